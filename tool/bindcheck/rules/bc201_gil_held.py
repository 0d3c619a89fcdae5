"""BC201: array-sized work while the interpreter is held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from bindcheck.analysis.flow.events import Kind, Place
from bindcheck.analysis.flow.values import Size
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.elsewhere import elsewhere, worth_telling
from bindcheck.analysis.threads.regions import Held, is_about_objects, item_of, release_name
from bindcheck.analysis.threads.singles import singles
from bindcheck.analysis.threads.stalls import stalls
from bindcheck.findings import Confidence, Finding, Fix, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import SMOOTH, binding_crate
from bindcheck.rules.releasing import released

_SIGNATURE = """
#[pyfunction]
#[pyo3(name = "smooth")]
fn smooth_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
"""


def _single(body: str, *, core: str = SMOOTH) -> str:
    return binding_crate(f"{_SIGNATURE}{body}}}", "smooth_py", core=core)


class GilHeld(EntryRule):
    """Array-sized work in a binding that never lets go of the interpreter.

    ## What it does

    Reports a call of an indicator's core, of a helper that loops over the data, a parallel section
    or a loop over an input array or a result, when it runs attached; also a core that a stream runs
    over a list to which it adds every value, unless the texts that the constructor fixes rule the
    branch out. Calls are followed inside the crate, default methods of its traits included: a
    function that delegates to a releasing one is clean. A helper that gets no array is reported if
    it comes to a parallel section, and (likely) one that another method of the class has run in
    parallel for many items, in a release, or that another function of the crate calls in a release
    that is about nothing else, be it a function of another crate. Silent are loops over lists of
    Python objects or that touch such objects, that only pass on names or wrappers, or that go over
    a shape or a list called `dims`, branches behind a size guard, and work as long as the parameter
    grid. Once work is released, only further core calls are reported.

    A call that is handed objects, and neither an array nor a struct made of one, is suspect: what
    it goes over may be short, as the columns of a table are. Where the crate lets go for methods of
    other types, but never for those of the types that the call is about, it is silent; so it is in
    a constructor, where such a call sets the object up, and about what only makes an error.

    A loop over `0..n` with a number of the caller is not seen as array-sized; a call through a
    trait object is not followed.

    ## Why it matters

    While a binding computes attached, no other Python thread runs: a thread pool over many symbols
    takes as long as a loop, and a server does not answer until the call is over.

    ## Example

    ## Instead

    ## Fix safety

    Unsafe: a call, a chain or a loop is wrapped in a release where what it captures is plain data
    as far as types tell; what other threads may do meanwhile changes, and a function without the
    token `py` gets it as a parameter.
    """

    code: ClassVar[str] = "BC201"
    name: ClassVar[str] = "gil-held"
    summary: ClassVar[str] = "array-sized work while the interpreter is held"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _single(
                "    let slice = data.as_slice()?;\n"
                "    Ok(smooth(slice, weight).into_pyarray(py))\n"
            ),
            "the core is called attached",
        ),
        Example(
            _single(
                """\
    let slice = data.as_slice()?;
    let mut total = 0.0;
    let mut values = Vec::with_capacity(slice.len());
    for x in slice {
        total += weight * x;
        values.push(total);
    }
    Ok(values.into_pyarray(py))
""",
                core="",
            ),
            "a loop over the input",
            pyo3="0.26.0",
        ),
        Example(
            _single(
                """\
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| {
        Python::with_gil(|_py| smooth(slice, weight))
    });
    Ok(values.into_pyarray(py))
"""
            ),
            "released and attached again around the work",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn self_test() -> f64 {
    largest_gap()
}
""",
                "self_test",
                core="""
use rayon::prelude::*;

fn largest_gap() -> f64 {
    let waves: Vec<f64> = (0..1_000_000).map(|i| (i as f64).sin()).collect();
    waves
        .par_chunks(65_536)
        .map(|part| part.iter().fold(0.0, |last: f64, x| last.max(x.sin().abs())))
        .reduce(|| 0.0, f64::max)
}
""",
            ),
            "a helper without arguments computes in parallel",
        ),
        Example(
            _single(
                "    let slice = data.as_slice()?;\n"
                "    Ok(Gain { weight }.over(slice).into_pyarray(py))\n",
                core="""
trait Filter {
    fn weight(&self) -> f64;

    fn over(&self, data: &[f64]) -> Vec<f64> {
        data.iter().map(|x| x * self.weight()).collect()
    }
}

trait Named {
    fn over(&self) -> String;
}

struct Gain {
    weight: f64,
}

impl Filter for Gain {
    fn weight(&self) -> f64 {
        self.weight
    }
}
""",
            ),
            "a method that a trait gives to the type",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _single(
                """\
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| smooth(slice, weight));
    Ok(values.into_pyarray(py))
"""
            ),
            "released",
        ),
        Example(
            binding_crate(
                """
fn released<'py>(
    py: Python<'py>,
    data: &PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    Ok(py.detach(|| smooth(slice, weight)).into_pyarray(py))
}
"""
                + _SIGNATURE
                + "    released(py, &data, weight)\n}",
                "smooth_py",
            ),
            "delegates to a function that releases",
            pyo3="0.26.0",
        ),
        Example(
            _single(
                """\
    let slice = data.as_slice()?;
    let values = if weight > 1.0 {
        py.allow_threads(|| smooth(slice, 1.0))
    } else {
        py.allow_threads(|| smooth(slice, weight))
    };
    Ok(values.into_pyarray(py))
"""
            ),
            "two releases in the branches of an `if`",
        ),
        Example(
            _single(
                """\
    let slice = data.as_slice()?;
    let values = if slice.len() < 4096 {
        smooth(slice, weight)
    } else {
        py.allow_threads(|| smooth(slice, weight))
    };
    Ok(values.into_pyarray(py))
"""
            ),
            "held only where a release costs more than the work",
        ),
        Example(
            _single(
                """\
    let slice = data.as_slice()?;
    let values = release_gil!(py, smooth(slice, weight));
    Ok(values.into_pyarray(py))
""",
                core=SMOOTH
                + """
macro_rules! release_gil {
    ($py:expr, $work:expr) => {
        $py.allow_threads(|| $work)
    };
}
""",
            ),
            "a macro of the project releases",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn total_of(items: Vec<Bound<'_, PyAny>>) -> PyResult<f64> {
    let mut total = 0.0;
    for item in &items {
        total += item.extract::<f64>()?;
    }
    Ok(total)
}
""",
                "total_of",
                core="",
            ),
            "a loop that touches Python objects has to hold it",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn titles_of(names: Vec<String>) -> Vec<String> {
    names.into_iter().map(|name| name.to_uppercase()).collect()
}
""",
                "titles_of",
                core="",
            ),
            "a list of names is no array",
        ),
        Example(
            binding_crate(
                """
#[pyclass]
struct Track {
    weights: Vec<f64>,
}

fn joined(parts: impl Iterator<Item = Vec<f64>>) -> Vec<f64> {
    let mut all = Vec::new();
    for part in parts {
        all.extend(part);
    }
    all
}

#[pymethods]
impl Track {
    #[new]
    fn new() -> Self {
        Self { weights: Vec::new() }
    }

    #[staticmethod]
    fn join(tracks: Vec<PyRef<'_, Track>>) -> Track {
        Track { weights: joined(tracks.iter().map(|one| one.weights.clone())) }
    }
}
""",
                core="",
            ).replace("    Ok(())", "    m.add_class::<Track>()?;\n    Ok(())"),
            "what goes over a list of Python objects has to hold it",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each held core call, or for the chief work of the entry."""
        found = worth_telling(program, entry)
        yield from self._released_elsewhere(program, entry, found)
        for held in found:
            fix = None if held.work.again else released(program, entry, held)
            yield self.finding(
                program,
                span_of(held.place),
                entry.rust_name,
                _message(held),
                help=_help(program, held, fix),
                cost=_AGAIN if held.work.again else _COST,
                confidence=_confidence(program, entry, held),
                fix=fix,
            )

    def _released_elsewhere(
        self, program: Program, entry: EntryPoint, found: Sequence[Held]
    ) -> Iterator[Finding]:
        """Work that others let go for: for the same call, or for many of it."""
        told: set[Place] = set()
        for place, name, other in _let_go_for(program, entry):
            if place in told or _is_told(program, entry, place, found):
                continue
            told.add(place)
            yield self.finding(
                program,
                span_of(place),
                entry.rust_name,
                f"`{name}` runs while the GIL is held; {other}",
                help=f"run it in `{release_name(program)}(|| ..)`, on what is taken out before",
                cost="no other Python thread runs meanwhile",
                confidence=Confidence.LIKELY,
            )


def _let_go_for(program: Program, entry: EntryPoint) -> Iterator[tuple[Place, str, str]]:
    """Calls of functions that others let go for, with what these are called and what they do."""
    for one in singles(program, entry):
        name = program.function(one.function).name
        yield one.place, name, f"`{one.other.rust_name}` lets go for many of it"
    for same in elsewhere(program, entry):
        name = program.function(same.function).name
        yield same.place, name, f"`{item_of(program, same.by)}` lets go for it"


def _is_told(program: Program, entry: EntryPoint, place: Place, found: Sequence[Held]) -> bool:
    """Whether the call is reported as work: not if a lock that it waits for takes its place."""
    around = [held.place.span for held in found if held.place.span.contains(place.span)]
    if not around:
        return bool(found)
    return not any(around[0].contains(stall.place.span) for stall in stalls(program, entry))


_COST = "no other Python thread runs while it goes over the data"
_AGAIN = "all values so far are computed anew for each one: quadratic in the length of the stream"


def _help(program: Program, held: Held, fix: Fix | None) -> str:
    if held.work.again:
        return "keep the state of the last value, or the window the core needs, not all values"
    release = release_name(program)
    if fix is not None:
        return f"wrap it in `{release}(|| ..)`: slices and plain data go in"
    return f"run it in `{release}(|| ..)`, on slices and plain data that are taken out before"


def _message(held: Held) -> str:
    what = held.work.what if held.work.what.startswith("`") else f"`{held.work.what}`"
    more = f" (and {held.more} more)" if held.more else ""
    if held.work.kind in (Kind.LOOP, Kind.CHAIN):
        return f"{what} over array-sized data runs while the GIL is held{more}"
    return f"{what} runs while the GIL is held{more}"


def _confidence(program: Program, entry: EntryPoint, held: Held) -> Confidence:
    if is_about_objects(program, entry, held):
        return Confidence.SUSPECT
    followed = held.work.size is Size.DATA
    sure = followed and held.work.kind in (Kind.CORE, Kind.HELPER, Kind.PARALLEL)
    return Confidence.CERTAIN if sure else Confidence.LIKELY
