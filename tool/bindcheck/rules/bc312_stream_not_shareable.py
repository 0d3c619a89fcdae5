"""BC312: a stream that two threads cannot share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.bindings.sharing import Exclusive, exclusive
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import MUTEX_EXT_SINCE, release_name
from bindcheck.findings import Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example

_HEAD = """\
use pyo3::prelude::*;
"""
_CLASS = """
#[pyclass]
pub struct MeanStream {
    sum: f64,
    count: u64,
}

#[pymethods]
impl MeanStream {
    #[new]
    fn new() -> Self {
        Self { sum: 0.0, count: 0 }
    }

    fn update(&mut self, value: f64) -> f64 {
        self.sum += value;
        self.count += 1;
        self.sum / self.count as f64
    }
}
"""
_LOCKED = """
use pyo3::sync::MutexExt;
use std::sync::{Mutex, PoisonError};

struct Mean {
    sum: f64,
    count: u64,
}

#[pyclass(frozen)]
pub struct MeanStream {
    state: Mutex<Mean>,
}

#[pymethods]
impl MeanStream {
    #[new]
    fn new() -> Self {
        Self { state: Mutex::new(Mean { sum: 0.0, count: 0 }) }
    }

    fn update(&self, py: Python<'_>, value: f64) -> f64 {
        let mut state = self.state.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        state.sum += value;
        state.count += 1;
        state.sum / state.count as f64
    }
}
"""


def _crate(body: str, *, attribute: str = "#[pymodule]") -> str:
    module = (
        f"\n{attribute}\nfn example(m: &Bound<'_, PyModule>) -> PyResult<()> {{\n"
        "    m.add_class::<MeanStream>()?;\n    Ok(())\n}\n"
    )
    return f"{_HEAD}{body}{module}"


class StreamNotShareable(EntryRule):
    """A class fed value by value through `&mut self`.

    ## What it does

    Reports the method that feeds a stream class (the class of an indicator's stream, one with
    `Stream` in its name, or a method named `update`, `push`, `step` and the like) when it takes
    `&mut self` or `PyRefMut`, once for each class. Silent are `unsendable` classes, and modules
    that need the GIL as long as no method lets go of it: up to PyO3 0.27 those are all that do not
    say `gil_used = false`.

    ## Why it matters

    PyO3 guards the borrow with a flag, not with a lock: when a second thread calls a method of the
    same object meanwhile it does not wait, it gets `RuntimeError: Already borrowed`. On a
    free-threaded Python that happens between any two calls, with a GIL wherever a method lets go of
    it.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: the fields move behind a lock, and the class can no longer be changed through
    setters.
    """

    code: ClassVar[str] = "BC312"
    name: ClassVar[str] = "stream-not-shareable"
    summary: ClassVar[str] = "stream that two threads cannot share"
    severity: ClassVar[Severity] = Severity.ADVICE
    widespread: ClassVar[bool] = True
    bad: ClassVar[tuple[Example, ...]] = (
        Example(_crate(_CLASS), "`&mut self`", pyo3="0.29.0"),
        Example(
            _crate(
                _CLASS.replace("&mut self,", "mut slf: PyRefMut<'_, Self>,").replace(
                    "self.", "slf."
                )
            ),
            "a guard instead of `&mut self`",
            pyo3="0.29.0",
        ),
        Example(
            _crate(_CLASS, attribute="#[pymodule(gil_used = false)]"),
            "a module that does without the GIL",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(_crate(_LOCKED), "`frozen`, the state behind a lock", pyo3="0.29.0"),
        Example(
            _crate(_CLASS.replace("#[pyclass]", "#[pyclass(unsendable)]")),
            "an object that stays in its thread",
            pyo3="0.29.0",
        ),
        Example(
            _crate(_CLASS, attribute="#[pymodule(gil_used = true)]"),
            "a module that keeps the GIL",
            pyo3="0.29.0",
        ),
        Example(_crate(_CLASS), "a PyO3 whose modules need the GIL by default", pyo3="0.27.0"),
        Example(
            _crate(
                _CLASS.replace("MeanStream", "Settings")
                .replace("update", "configure")
                .replace("fn new() -> Self", "fn new() -> Settings")
            ).replace("MeanStream", "Settings"),
            "not fed",
            pyo3="0.29.0",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for a class that is fed through an exclusive borrow."""
        found = exclusive(program, entry)
        if found is None:
            return
        method = found.method
        yield self.finding(
            program,
            (method.ref.path, program.function(method.ref).name_span),
            method.rust_name,
            f"`{method.python_name}` borrows the object alone: {_when(found)} a second thread gets "
            "`RuntimeError: Already borrowed`",
            help=f"make the class `frozen` and keep its state in a `Mutex` ({_taken(program)})",
        )


def _taken(program: Program) -> str:
    """How to wait for a lock without keeping others from attaching."""
    if program.pyo3 is None or program.pyo3 >= MUTEX_EXT_SINCE:
        return "`lock_py_attached`"
    return f"taken inside `{release_name(program)}`"


def _when(found: Exclusive) -> str:
    return "while it lets go of the interpreter" if found.released else "without a GIL"
