"""BC210: workers that attach while the thread that waits for them is attached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of, release_name
from bindcheck.analysis.threads.stalls import Deadlock, deadlocks
from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate

_USES = "use rayon::prelude::*;\n"
_SCORE = """
fn score(callback: &Py<PyAny>, x: f64) -> PyResult<String> {
    Python::with_gil(|py| callback.call1(py, (x,))?.extract(py))
}
"""
_SIGNATURE = """
#[pyfunction]
fn call_all(py: Python<'_>, callbacks: Vec<Py<PyAny>>, x: f64) -> PyResult<Vec<String>> {
"""


def _crate(body: str, *, core: str = _SCORE) -> str:
    return binding_crate(f"{_SIGNATURE}{body}}}", "call_all", core=_USES + core)


class ParallelWhileAttached(EntryRule):
    """A parallel section whose workers need the interpreter that the waiting thread holds.

    ## What it does

    Reports a parallel iterator, a `join`, a scope of threads or a closure installed in a pool that
    runs while the binding is attached, when what the workers run attaches: in the closure itself,
    in a closure that is handed on to a helper of the crate, or in a function that it calls, however
    far down. A worker that attaches when it drops a value is not seen, nor is one behind a function
    pointer or a method of another crate.

    ## Why it matters

    Each worker waits for the interpreter, and the thread that holds it waits for the workers: a
    deadlock. It shows as a process that hangs without any load, and only when more than the calling
    thread takes part, so a small input may pass every test.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix. A release around the section ends the deadlock, but what the closure captures
    must be free of Python objects first.
    """

    code: ClassVar[str] = "BC210"
    name: ClassVar[str] = "parallel-while-attached"
    summary: ClassVar[str] = "workers attach while the thread that waits for them is attached"
    severity: ClassVar[Severity] = Severity.ERROR
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _crate(
                """\
    callbacks
        .par_iter()
        .map(|one| Python::with_gil(|py| one.call1(py, (x,))?.extract(py)))
        .collect()
"""
            ),
            "each worker attaches",
        ),
        Example(
            _crate("    callbacks.par_iter().map(|one| score(one, x)).collect()\n"),
            "through a helper",
        ),
        Example(
            _crate(
                """\
    POOL.install(|| callbacks.iter().map(|one| score(one, x)).collect())
""",
                core=_SCORE
                + """
static POOL: std::sync::LazyLock<rayon::ThreadPool> =
    std::sync::LazyLock::new(|| rayon::ThreadPoolBuilder::new().build().expect("no threads"));
""",
            ),
            "installed in a pool",
        ),
        Example(
            _crate(
                """\
    let mut scores = Vec::new();
    scores.resize_with(callbacks.len(), || Ok(String::new()));
    std::thread::scope(|scope| {
        for (one, cell) in callbacks.iter().zip(scores.iter_mut()) {
            scope.spawn(move || *cell = score(one, x));
        }
    });
    scores.into_iter().collect()
"""
            ),
            "a scope of threads",
        ),
        Example(
            _crate(
                "    in_order(&callbacks, |one| score(one, x))\n",
                core=_SCORE
                + """
fn in_order<F>(callbacks: &[Py<PyAny>], work: F) -> PyResult<Vec<String>>
where
    F: Fn(&Py<PyAny>) -> PyResult<String> + Sync,
{
    callbacks.par_iter().map(|one| work(one)).collect()
}
""",
            ),
            "a closure that a helper runs in parallel",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _crate(
                """\
    py.allow_threads(|| callbacks.par_iter().map(|one| score(one, x)).collect())
"""
            ),
            "released before the workers start",
        ),
        Example(
            _crate(
                """\
    let scores: Vec<f64> =
        py.allow_threads(|| (0..callbacks.len()).into_par_iter().map(|i| i as f64 * x).collect());
    callbacks.iter().zip(scores).map(|(one, s)| one.call1(py, (s,))?.extract(py)).collect()
"""
            ),
            "workers that do not attach, Python code called in order",
        ),
        Example(
            _crate(
                """\
    let call = |one: &Py<PyAny>| Python::with_gil(|py| one.call1(py, (x,))?.extract(py));
    py.allow_threads(|| callbacks.iter().map(call).collect())
"""
            ),
            "a callback closure that attaches",
        ),
        Example(
            _crate(
                """\
    std::thread::spawn(move || {
        for one in &callbacks {
            let _ = score(one, x);
        }
    });
    Ok(Vec::new())
"""
            ),
            "a thread that nobody waits for",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each parallel section that cannot end."""
        for one in deadlocks(program, entry):
            yield self.finding(
                program,
                span_of(one.section.place),
                item_of(program, one.section.place.ref),
                _message(one),
                help=f"release around it: `{release_name(program)}(|| ..)`",
                confidence=Confidence.CERTAIN if one.sure else Confidence.LIKELY,
            )


def _message(one: Deadlock) -> str:
    what = one.section.what if one.section.what.startswith("`") else f"`{one.section.what}`"
    who = (
        f"`{one.through}`, which its workers call, attaches"
        if one.through
        else "its workers attach"
    )
    return f"{what} is waited for while attached, and {who}: a deadlock"
