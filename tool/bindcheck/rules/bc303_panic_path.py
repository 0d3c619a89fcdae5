"""BC303: a binding that panics on what a caller may pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.failing.chains import PanicAt
from bindcheck.analysis.failing.panics import panic_paths, reached_from
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.flow.values import REVERSED
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import Closure, EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import GRID, binding_crate
from bindcheck.rules.panic_texts import CHECK, GATHER, HELP, LOWERED, WHAT

_SIGNATURE = """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
"""
_REST = """\
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
"""
_WARM = """
#[pyfunction]
fn tail_of<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
"""
_TAIL = """\
    let values = py.allow_threads(|| smooth(tail, 0.5));
    Ok(values.into_pyarray(py))
"""
_KERNEL = """
#[derive(Clone, Copy)]
pub enum Kernel {
    Auto,
    Scalar,
    ScalarBatch,
}

fn best() -> Kernel {
    Kernel::ScalarBatch
}

fn validate(name: Option<&str>) -> PyResult<Kernel> {
    match name {
        None => Ok(Kernel::Auto),
        Some("scalar") => Ok(Kernel::ScalarBatch),
        Some(other) => Err(PyValueError::new_err(other.to_string())),
    }
}

#[pyfunction]
#[pyo3(signature = (kernel=None))]
fn lanes(kernel: Option<&str>) -> PyResult<usize> {
"""


_RINGS = (
    GRID
    + """
fn rung(data: &[f64], range: &GainBatchRange) -> Result<f64, String> {
    let combos = expand_grid(range);
    let longest = combos.iter().map(|c| c.period.unwrap_or(1)).max().unwrap_or(1);
CHECK    let mut ring = vec![0.0; longest];
    let mut at = 0;
    for &x in data {
        ring[at] = x;
        at += 1;
        if at == longest {
            at = 0;
        }
    }
    Ok(ring.iter().sum())
}
"""
)
_RUNG = """
#[pyfunction]
#[pyo3(name = "rung", signature = (data, period_range))]
fn rung_py(
    py: Python<'_>,
    data: PyReadonlyArray1<'_, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<f64> {
    let slice = data.as_slice()?;
    let range = GainBatchRange { period: period_range };
    py.allow_threads(|| rung(slice, &range)).map_err(PyValueError::new_err)
}
"""


def _rung(check: str) -> str:
    return binding_crate(_RUNG, "rung_py", core=_RINGS.replace("CHECK", check))


def _single(body: str) -> str:
    return binding_crate(f"{_SIGNATURE}{body}{_REST}}}", "smooth_py")


def _tail(body: str) -> str:
    return binding_crate(f"{_WARM}{body}{_TAIL}}}", "tail_of")


class PanicPath(EntryRule):
    """A place where a caller's input makes the binding panic.

    ## What it does

    Reports `unwrap` and `expect` on what depends on the caller (`as_slice`, `extract`, a cast,
    checked arithmetic, a conversion, the result of a core), indices and slices by unchecked values
    of the caller, subtractions on them that may wrap, divisions and chunks by them that may be 0,
    the first byte of a text that may be empty, `copy_from_slice` between arguments of unchecked
    lengths, assertions on them, and `unreachable!` or `panic!` where a match or a condition on them
    can get to. So are `unreachable!` on variants of what is behind a lock, if another function puts
    any value there, and a text cut at a number of bytes that nobody has taken from it (in methods
    of foreign traits too, where an object of that type is made for an entry point). An index, a
    slice, a division or an assertion in a helper, or in a helper of it, is reported at the call,
    once for each helper and each check that its arguments fail: who has passed the same check
    before passes it again. What another crate asserts of values that it has made itself is
    its own affair; what it asks of its arguments is suspect where the condition is too long to be
    told. Silent where a condition, a fallible call or the crate's grid expansion has settled the
    value, as far as that goes: `start + count > len` says nothing of a `start` for
    which the sum wraps, and `vol < 0.005` lets a `vol` pass for which `vol - 0.01` is negative, and
    so does a loop that ends each round with `vol.clamp(0.005, 5.0)`. One finding for each cause in
    a function. A subtraction that wraps and is then replaced by a bound
    (`.min(cols)`) is a warning, unless the profile of the wheel has `overflow-checks`.

    What a function makes of Python objects that it is handed is reported in that function, once
    for all entry points that come to it. Of a function inside another one this is all that is
    looked at; where it is called through a pointer, what it unwraps of the object itself is left
    out, for it was chosen for such objects. What a method unwraps of an object that its struct
    keeps, and that a function of the crate was handed, or of what that has given, is likely, also
    in methods of foreign traits (`Hash`), which other crates call; and so is `panic!` behind casts
    of it that fail. So is what the `extract` of a `FromPyObject` unwraps of the object (`getattr`,
    a call, a cast), unless it has asked before what the object is or has: that its class has a
    certain name tells neither. What that takes out of it is followed as in an entry point.

    A number that an object keeps as it is given is reported where it is handed over, if a method of
    the object (of a path dependency, too) divides by it or goes through data by as many, and no
    method of its type ever looks at it. So is one from which a method takes what may be more, and
    one of which a function asserts what a check has let pass where it is kept. So is memory as long
    as the longest of some texts that is cut at the lengths of others. Memory that a helper asks for
    by a difference which wraps is reported at the call. `unimplemented!` and `todo!` are likely
    where a function makes the variant that the arm is for, and where it names one of another crate.
    So is the `unwrap` of what a function of another crate makes of the caller's values, and that of
    what a helper makes of a text (`from_str`, `parse`, a file of that name), at the call.

    Into cores, and into helpers that are handed data while released, arrays of the caller are
    followed whose lengths have not been compared: through structs, variants and slices to the first
    index, slice or assertion that does not put up with unequal ones, which is reported at the call
    in the binding. So is `get_unchecked`, which reads what lies behind the array instead. One
    comparison on the way is enough, whatever is done about it; but where inputs are cut to the
    shortest, the entry point is run with one that is longer than the others.

    Whole numbers are tried out there: the entry point is run, as far as its code and that of the
    crate is known, for arrays with ordinary data and for 0, or for the range from 0 to 0, first of
    all unsigned numbers and then of one after the other, for numbers nearly as large as the data is
    long or larger, and for one above a constant that is asserted or sizes a buffer. An index, a
    slice, an assertion, a division or an `unwrap` that does not put up with that is reported
    (likely) at the call in the binding, with the number, and whether a subtraction has wrapped on
    the way. So is a pointer or a `get_unchecked` that leaves its memory.
    Where 0 is one of several numbers that panic, the others are tried too, and longer data with
    numbers as large as that: up to three places are told of an entry point. Silent where the number
    is refused, where something unknown decides about it, and where ordinary numbers get to the same
    place, unless they do not for longer data. The binding for one call of an indicator is left to
    the checks of its core. What a constructor has made is fed with rising numbers: where a method
    panics, that is reported at the constructor. A number that is cast to a narrower type is also
    tried as 4294967295, and arrays without values are tried last. Where a file has `clamp` or
    `partial_cmp`, data with NaN in the middle and floats of which one is larger than the others are
    tried, for bounds that are reversed or NaN.

    Some numbers are tried only where the code makes it plausible that they matter, and then for
    every binding: 1 where a cursor begins behind the first cell of a ring, or the cell before a
    warm-up's last one is read; a range that goes down where somebody counts its numbers by
    `(end - start) / step + 1`; and the larger of two numbers for the smaller one (`fast_period` and
    `slow_period`) where that is subtracted; for a parameter that a `match` is on
    (`0 => .., 1 => .., _ => ..`), the first number above those with an arm. Where nothing else has
    panicked, numbers as large as the data is long are tried with data of which the first two values
    are NaN: a warm-up that is made before the valid values are counted is then longer than a row.
    That, again, is left to the core in the one call of an indicator, unless its file writes up to
    a warm-up that is counted from the first valid value.

    Silent is what something of another crate in a field of a Python class (a graph) says of itself:
    that was not chosen in the call. A text or variant is known that an earlier `match` has let
    pass. Calls that one chain unwraps are one finding, as are the borrows of one object.

    The result of a function of the crate that is unwrapped is reported (likely), if it fails as
    another crate says for what is behind a lock, and another function puts there what it is given;
    and so is an answer over HTTP whose status a function has extracted from a Python object.

    ## Why it matters

    A panic arrives in Python as `PanicException`, which is no `Exception`: `except Exception` does
    not catch it, and with `panic = "abort"` the process ends.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: which exception a caller should see is a decision.
    """

    code: ClassVar[str] = "BC303"
    name: ClassVar[str] = "panic-path"
    summary: ClassVar[str] = "input of the caller makes the binding panic"
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _single("    let slice = data.as_slice().unwrap();\n"),
            "strided input panics",
        ),
        Example(
            _single(
                """\
    let owned = data.as_array().to_owned();
    let slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => owned.as_slice().expect("owned arrays are contiguous"),
    };
"""
            ),
            "the copy of a reversed array is not contiguous either",
            also=("BC204",),
        ),
        Example(
            _tail("    let tail = &slice[period..];\n"),
            "a bound of the caller",
        ),
        Example(
            _tail(
                """\
    let skip = period - 1;
    let tail = slice.get(skip..).unwrap_or(slice);
"""
            ),
            "wraps for 0",
        ),
        Example(
            binding_crate(
                _KERNEL
                + """\
    match validate(kernel)? {
        Kernel::ScalarBatch => Ok(1),
        _ => unreachable!(),
    }
}
""",
                "lanes",
                core="",
            ),
            "`Auto` reaches it",
        ),
        Example(_rung(""), "a period of 0 comes through a grid"),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _rung('    if longest == 0 {\n        return Err("a period of 0".into());\n    }\n'),
            "refused where the grid ends up",
        ),
        Example(_single("    let slice = data.as_slice()?;\n"), "an exception instead"),
        Example(
            _tail(
                """\
    if period == 0 || period > slice.len() {
        return Err(PyValueError::new_err("period is out of range"));
    }
    let tail = &slice[period - 1..];
"""
            ),
            "checked before",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(signature = (period_range))]
fn periods_of<'py>(
    py: Python<'py>,
    period_range: (usize, usize, usize),
) -> Bound<'py, PyArray1<u64>> {
    let combos = expand_grid(&GainBatchRange { period: period_range });
    let periods: Vec<u64> = combos.iter().map(|c| c.period.unwrap() as u64).collect();
    periods.into_pyarray(py)
}

#[pyfunction]
fn double_of(period: usize) -> usize {
    let params = GainParams { factor: None, period: Some(period) };
    params.period.unwrap()
}
""",
                "periods_of",
                "double_of",
                core=GRID,
            ),
            "fields that are always `Some`",
        ),
        Example(
            binding_crate(
                _KERNEL
                + """\
    let chosen = match validate(kernel)? {
        Kernel::Auto => best(),
        other => other,
    };
    match chosen {
        Kernel::ScalarBatch => Ok(1),
        _ => unreachable!(),
    }
}
""",
                "lanes",
                core="",
            ),
            "`Auto` has been resolved",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each place that panics."""
        for one in panic_paths(program, entry):
            yield self.finding(
                program,
                span_of(one.panic.place),
                item_of(program, one.panic.place.ref),
                _message(one) + _from(program, one),
                help=_help(program, one),
                severity=_severity(program, one),
                confidence=_confidence(one),
            )


def _severity(program: Program, one: PanicAt) -> Severity:
    checked = program.crate is not None and program.crate.wheel_checks_overflow
    return Severity.WARNING if one.panic.bounded and not checked else Severity.ERROR


def _help(program: Program, one: PanicAt) -> str:
    if one.panic.lowered:
        return LOWERED
    if one.panic.why == REVERSED:
        return GATHER
    if one.panic.how in ("unwrap", "expect") and _is_in_closure(program, one.panic.place):
        return "let the closure give a `Result`, or keep the error aside and raise it behind"
    return HELP.get(one.panic.how, CHECK)


def _is_in_closure(program: Program, place: Place) -> bool:
    """Whether `?` would leave a closure, not the function."""
    anatomy = anatomy_of(program, place.ref)
    closures = anatomy.all(Closure) if anatomy is not None else ()
    return any(one.span.contains(place.span) for one in closures)


_NAMED = 3


def _message(one: PanicAt) -> str:
    what = WHAT.get(one.panic.how, f"`{one.panic.how}` panics")
    if not one.panic.why:
        return f"{what} on `None` or an error"
    given = ", ".join(f"`{name}`" for name in one.panic.given[:_NAMED])
    return f"{what}: {one.panic.why}" + (f", which depends on {given}" if given else "")


def _from(program: Program, one: PanicAt) -> str:
    """Which entry points come to a helper that panics."""
    names = [f"`{entry.rust_name}`" for entry in reached_from(program, one.panic.place.ref)]
    if not names:
        return ""
    named, more = names[:_NAMED], len(names) - _NAMED
    last = f"{more} more" if more > 0 else named.pop()
    return f"; reached from {', '.join(named)} and {last}" if named else f"; reached from {last}"


def _confidence(one: PanicAt) -> Confidence:
    if not one.known:
        return Confidence.SUSPECT
    return Confidence.CERTAIN if one.certain else Confidence.LIKELY
