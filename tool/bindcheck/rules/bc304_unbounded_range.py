"""BC304: a loop from start to end that some step never ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.program import Program
from bindcheck.analysis.ranges.endless import Endless, endless_loops, stepping_files
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.base import Example, FileRule
from bindcheck.rules.example_crates import binding_crate

_GRID = """
#[pyfunction]
#[pyo3(signature = (offset))]
fn offsets<'py>(
    py: Python<'py>,
    offset: (f64, f64, f64),
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (start, end, step) = offset;
CHECK    Ok(axis(start, end, step)?.into_pyarray(py))
}
"""
_AXIS = """
fn axis(start: f64, end: f64, step: f64) -> PyResult<Vec<f64>> {
CHECK    let mut values = Vec::new();
    let mut x = start;
LOOP    Ok(values)
}
"""
_PLAIN = """\
    while x <= end {
        values.push(x);
        x += step;
    }
"""
_ERROR = 'return Err(PyValueError::new_err("range of offset"));'
_NESTED = """
pub struct Sweep {
    pub offset: (f64, f64, f64),
}

fn expand(sweep: &Sweep) -> PyResult<Vec<f64>> {
    fn axis((start, end, step): (f64, f64, f64)) -> Vec<f64> {
        if step.abs() < 1e-12 || start == end {
            return vec![start];
        }
        let step = step.abs();
        let mut values = Vec::new();
        let mut x = start;
        if start < end {
            while x <= end + 1e-12 {
                values.push(x);
                x += step;
            }
        } else {
            while x >= end - 1e-12 {
                values.push(x);
                x -= step;
            }
        }
        values
    }
CHECK    Ok(axis(sweep.offset))
}

#[pyfunction]
#[pyo3(signature = (offset))]
fn offsets<'py>(
    py: Python<'py>,
    offset: (f64, f64, f64),
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let sweep = Sweep { offset };
    Ok(expand(&sweep)?.into_pyarray(py))
}
"""
_FINITE = f"""\
    let (start, end, step) = offset;
    if !start.is_finite() || !end.is_finite() || !(step > 1e-6) || (end - start) / step > 1e6 {{
        {_ERROR}
    }}
"""


def _axis(loop: str, *, inside: str = "", before: str = "") -> str:
    core = _AXIS.replace("CHECK", inside).replace("LOOP", loop)
    return binding_crate(_GRID.replace("CHECK", before), "offsets", core=core)


def _nested(check: str = "") -> str:
    return binding_crate(_NESTED.replace("CHECK", check), "offsets", core="")


class UnboundedRange(FileRule):
    """A loop over a range of the caller that some range never ends.

    ## What it does

    Looks for `while` and `loop` loops in which a variable goes by steps from a start to an end that
    come from a parameter, in functions that entry points reach with a range: a tuple of numbers, a
    struct that holds one, or numbers of which one is named like a step. The code from the entry
    point to the loop is replayed for ranges with a step of 0, one in the wrong direction, one too
    small to change the value (`1e9, 2e9, 1e-9`), and an infinite end; for whole numbers with a step
    of 0. A loop that one of them does not end, and that no caller refuses, is reported once, with
    the range that does it.

    Silent are loops that end by a count as well, and ranges that are checked on the way. Ranges
    written as a `for` loop over a count are not looked at, nor steps that are computed from two
    parameters.

    ## Why it matters

    The loop collects values until the memory is gone. It runs before any array is touched, often
    while other Python threads wait, and Ctrl-C does not end it.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: how many values are too many is a decision. Refuse what is not finite, a step
    that is not positive, and a count above a limit.
    """

    code: ClassVar[str] = "BC304"
    name: ClassVar[str] = "unbounded-range"
    summary: ClassVar[str] = "a range of the caller that a loop never comes to the end of"
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_axis(_PLAIN), "nothing is checked"),
        Example(
            _axis(_PLAIN, inside=f"    if step <= 0.0 {{\n        {_ERROR}\n    }}\n"),
            "a positive step may be too small, and the end infinite",
        ),
        Example(_nested(), "a function inside another one, two loops with one cause"),
        Example(
            _axis(
                """\
    loop {
        values.push(x);
        let next = x + step;
        if next == x || next > end {
            break;
        }
        x = next;
    }
"""
            ),
            "a step of the wrong sign, although one that is too small is caught",
        ),
        Example(
            _axis(
                """\
    let mut i = 0;
    while x <= end {
        values.push(x);
        i += 1;
        x = start + i as f64 * step;
    }
""",
                inside=f"    if !end.is_finite() {{\n        {_ERROR}\n    }}\n",
            ),
            "counted, but not up to anything",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(signature = (period))]
fn periods(py: Python<'_>, period: (u32, u32, u32)) -> Bound<'_, PyArray1<u32>> {
    let mut values = Vec::new();
    let mut x = period.0;
    while x <= period.1 {
        values.push(x);
        x += period.2;
    }
    values.into_pyarray(py)
}
""",
                "periods",
                core="",
            ),
            "a step of 0 in a range of whole numbers",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _axis(
                _PLAIN,
                inside=f"""\
    if !start.is_finite() || !end.is_finite() || !(step > 0.0) || (end - start) / step > 1e6 {{
        {_ERROR}
    }}
""",
            ),
            "finite, forward, and not too many",
        ),
        Example(_axis(_PLAIN, before=_FINITE.partition("\n")[2]), "checked in the binding"),
        Example(
            _nested(_FINITE.replace("= offset", "= sweep.offset")),
            "checked by the function around",
        ),
        Example(
            _axis(
                f"""\
    while x <= end {{
        if values.len() >= 100_000 {{
            {_ERROR}
        }}
        values.push(x);
        x += step;
    }}
"""
            ),
            "a limit on what is collected",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(signature = (period))]
fn periods(py: Python<'_>, period: (u32, u32, u32)) -> Bound<'_, PyArray1<u32>> {
    let (start, end, step) = period;
    if step == 0 || start >= end {
        return vec![start].into_pyarray(py);
    }
    let mut values = Vec::new();
    let mut x = start;
    while x <= end {
        values.push(x);
        match x.checked_add(step) {
            Some(next) => x = next,
            None => break,
        }
    }
    values.into_pyarray(py)
}
""",
                "periods",
                core="",
            ),
            "a step of 0 is settled before",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
#[pyo3(signature = (x, step))]
fn root(x: f64, step: f64) -> f64 {
    let mut guess = x;
    while (guess * guess - x).abs() > step {
        guess = (guess + x / guess) / 2.0;
    }
    guess
}
""",
                "root",
                core="",
            ),
            "not a range",
        ),
    )

    def files(self, program: Program) -> tuple[str, ...]:
        """Those of functions that a range of the caller may come to."""
        return stepping_files(program)

    def check(self, program: Program, path: str) -> Iterator[Finding]:
        """Yield a finding for each loop, one for loops of one function with the same step."""
        for one in endless_loops(program, path):
            yield self.finding(
                program,
                (one.ref.path, one.loop.span),
                one.name if one.nested else item_of(program, one.ref),
                _message(one),
                help="refuse what is not finite, a step that is not positive, and too many values",
                confidence=_confidence(one),
            )


_KINDS = {
    "zero": "a step of 0",
    "backward": "a step of the wrong sign",
    "tiny": "a step too small to change the value",
    "infinite": "an infinite end",
}


def _message(one: Endless) -> str:
    kinds = [_KINDS[kind] for kind in one.kinds]
    several = f"{', '.join(kinds[:-1])} or {kinds[-1]}" if len(kinds) > 1 else kinds[0]
    start, end, step = one.example
    more = f" (and {one.more} more)" if one.more else ""
    return f"{several} never ends this loop{more}: start {start:g}, end {end:g}, step {step:g}"


def _confidence(one: Endless) -> Confidence:
    plain = one.kinds != ("tiny",)
    return Confidence.CERTAIN if one.sure and plain else Confidence.LIKELY
