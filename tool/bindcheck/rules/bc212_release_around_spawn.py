"""BC212: what is released only starts the work; the wait for it is attached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.costs.spawns import empty_releases
from bindcheck.analysis.memory.writers import span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of, release_name
from bindcheck.findings import Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate

_TOTAL = """
#[pyfunction]
fn total(py: Python<'_>, counts: Vec<u64>) -> PyResult<u64> {
    BODY
}
"""
_LATER = """
#[pyfunction]
fn later(py: Python<'_>, callback: Py<PyAny>) -> PyResult<f64> {
    let (sender, receiver) = std::sync::mpsc::channel();
    py.allow_threads(|| {
        std::thread::spawn(move || {
            let result = Python::with_gil(|py| callback.call0(py)?.extract::<f64>(py));
            let _ = sender.send(result);
        });
    });
    receiver.recv().map_err(|_| PyValueError::new_err("the thread is gone"))?
}
"""
_GONE = 'map_err(|_| PyValueError::new_err("the thread is gone"))'


def _total(body: str) -> str:
    return binding_crate(_TOTAL.replace("BODY", body.strip()), "total", core="")


class ReleaseAroundSpawn(EntryRule):
    """A release that is over as soon as another thread has been started.

    ## What it does

    Reports a release whose closure does nothing but start threads or tasks, when the binding then
    waits for them attached: joins a thread, receives from a channel, or blocks on a handle. An
    error where the thread that is waited for needs to attach. Silent is a release that also waits,
    and a binding that hands out a handle without waiting.

    ## Why it matters

    The release looks right and gives nothing: the interpreter is held for as long as the work
    takes. The time that matters is the wait, not the start.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: the wait moves into the closure, and with it what the closure captures and
    returns.
    """

    code: ClassVar[str] = "BC212"
    name: ClassVar[str] = "release-around-spawn"
    summary: ClassVar[str] = "release only starts the work, the wait for it is attached"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _total(
                f"""
    let thread = py.allow_threads(|| {{
        std::thread::spawn(move || counts.iter().sum::<u64>())
    }});
    thread.join().{_GONE}
"""
            ),
            "joined outside",
        ),
        Example(
            _total(
                f"""
    let (sender, receiver) = std::sync::mpsc::channel();
    py.allow_threads(|| rayon::spawn(move || sender.send(counts.iter().sum()).unwrap_or(())));
    receiver.recv().{_GONE}
"""
            ),
            "received outside",
        ),
        Example(
            binding_crate(_LATER, "later", core=""),
            "the thread can never be done: it needs to attach",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _total(
                f"""
    py.allow_threads(|| std::thread::spawn(move || counts.iter().sum::<u64>()).join())
        .{_GONE}
"""
            ),
            "joined inside",
        ),
        Example(
            _total(
                f"""
    let thread = py.allow_threads(|| {{
        std::thread::spawn(move || counts.iter().sum::<u64>())
    }});
    py.allow_threads(|| thread.join()).{_GONE}
"""
            ),
            "a second release waits",
        ),
        Example(
            binding_crate(
                """
#[pyclass]
struct Job {
    thread: Option<std::thread::JoinHandle<u64>>,
}

#[pymethods]
impl Job {
    #[new]
    fn new() -> Self {
        Job { thread: None }
    }

    fn start(&mut self, py: Python<'_>, counts: Vec<u64>) {
        self.thread = py.allow_threads(|| {
            Some(std::thread::spawn(move || counts.iter().sum::<u64>()))
        });
    }

    fn result(&mut self, py: Python<'_>) -> Option<u64> {
        let thread = self.thread.take();
        py.allow_threads(|| thread.and_then(|one| one.join().ok()))
    }
}
""",
                core="",
            ).replace("    Ok(())", "    m.add_class::<Job>()?;\n    Ok(())"),
            "a handle is kept, the wait is released elsewhere",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each release that holds no work."""
        for one in empty_releases(program, entry):
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                f"this release ends when `{one.spawn.what}` has started the work; "
                f"`{one.wait.how}` waits for it while the GIL is held",
                help=f"move `{one.wait.how}` into `{release_name(program)}(|| ..)`",
                severity=Severity.ERROR if one.wait.vain else None,
                cost="no other Python thread runs until the work is done",
            )
