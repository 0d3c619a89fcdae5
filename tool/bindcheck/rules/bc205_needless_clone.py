"""BC205: an owned value is copied so that a closure may have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bindcheck.analysis.costs.clones import SpareCopy, spare_copies
from bindcheck.analysis.memory.writers import copy_cost, span_of
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import item_of
from bindcheck.findings import Finding, Severity
from bindcheck.model import EntryPoint
from bindcheck.rules.base import EntryRule, Example
from bindcheck.rules.example_crates import binding_crate

_CORE = """
pub fn smooth_each(data: &[f64], periods: &[usize]) -> Vec<f64> {
    let mut out = Vec::with_capacity(data.len());
    for (x, period) in data.iter().zip(periods.iter().cycle()) {
        out.push(x / (1 + period) as f64);
    }
    out
}
"""
_SIGNATURE = """
#[pyfunction]
#[pyo3(name = "smooth_each")]
fn smooth_each_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    periods: Vec<usize>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
"""


def _binding(body: str) -> str:
    return binding_crate(f"{_SIGNATURE}{body}}}", "smooth_each_py", core=_CORE)


class NeedlessClone(EntryRule):
    """A copy that is made only so that a closure can own it.

    ## What it does

    Reports `clone`, `to_vec` and `to_owned` of an owned argument or local collection when the copy
    goes into the closure of a release or of a thread, and the closure could have the original: it
    is not used afterwards, or the closure only reads and the release waits for it. Silent are
    copies in a loop, copies of what is used later on another thread, and reference counts.

    A copy of a field of `self` is not looked at.

    ## Why it matters

    The closure of a release may borrow, and it may take over what its function owns. A copy of the
    data costs a pass over it, attached, and twice the memory.

    ## Example

    ## Instead

    ## Fix safety

    No automatic fix: whether the closure should borrow the value or take it depends on the rest of
    the function.
    """

    code: ClassVar[str] = "BC205"
    name: ClassVar[str] = "needless-clone"
    summary: ClassVar[str] = "owned value copied in order to move it into a closure"
    severity: ClassVar[Severity] = Severity.WARNING
    bad: ClassVar[tuple[Example, ...]] = (
        Example(
            _binding(
                """\
    let own_periods = periods.clone();
    let values = py.allow_threads(move || smooth_each(slice, &own_periods));
    Ok(values.into_pyarray(py))
"""
            ),
            "the argument itself could go in",
        ),
        Example(
            _binding(
                """\
    let own_periods = periods.clone();
    let values = py.allow_threads(move || smooth_each(slice, &own_periods));
    if periods.len() > values.len() {
        return Err(PyValueError::new_err("more periods than values"));
    }
    Ok(values.into_pyarray(py))
"""
            ),
            "the closure could borrow",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn record(py: Python<'_>, names: Vec<String>) -> usize {
    let (sender, receiver) = std::sync::mpsc::channel();
    let for_thread = names.clone();
    std::thread::spawn(move || sender.send(for_thread.len()).ok());
    py.allow_threads(|| receiver.recv().unwrap_or(0))
}
""",
                "record",
                core="",
            ),
            "a thread gets a copy of what nobody else needs",
        ),
    )
    good: ClassVar[tuple[Example, ...]] = (
        Example(
            _binding(
                """\
    let values = py.allow_threads(|| smooth_each(slice, &periods));
    Ok(values.into_pyarray(py))
"""
            ),
            "borrowed",
        ),
        Example(
            _binding(
                """\
    let values = py.allow_threads(move || smooth_each(slice, &periods));
    Ok(values.into_pyarray(py))
"""
            ),
            "moved",
        ),
        Example(
            _binding(
                """\
    let mut sorted = periods.clone();
    let values = py.allow_threads(|| {
        sorted.sort_unstable();
        smooth_each(slice, &sorted)
    });
    if periods.len() > values.len() {
        return Err(PyValueError::new_err("more periods than values"));
    }
    Ok(values.into_pyarray(py))
"""
            ),
            "the copy is changed, the original is needed",
        ),
        Example(
            binding_crate(
                """
#[pyfunction]
fn record(py: Python<'_>, names: Vec<String>) -> usize {
    let (sender, receiver) = std::sync::mpsc::channel();
    for position in 0..4 {
        let sender = sender.clone();
        let for_thread = names.clone();
        std::thread::spawn(move || sender.send(for_thread.len() + position).ok());
    }
    py.allow_threads(|| receiver.recv().unwrap_or(0)) + names.len()
}
""",
                "record",
                core="",
            ),
            "each thread needs one of its own",
        ),
        Example(
            binding_crate(
                """
use std::sync::Arc;

#[pyclass]
struct Table {
    rows: Arc<Vec<f64>>,
}

#[pymethods]
impl Table {
    fn count(&self, py: Python<'_>) -> usize {
        let rows = Arc::clone(&self.rows);
        py.allow_threads(move || rows.len())
    }
}
""",
                core="",
            ).replace("    Ok(())", "    m.add_class::<Table>()?;\n    Ok(())"),
            "a reference count is no copy",
        ),
    )

    def check(self, program: Program, entry: EntryPoint) -> Iterator[Finding]:
        """Yield a finding for each copy, filed under the function that makes it."""
        for one in spare_copies(program, entry):
            yield self.finding(
                program,
                span_of(one.place),
                item_of(program, one.place.ref),
                f"`{one.name}` is copied although the closure could {_could(one)}",
                help=_help(one),
                cost=copy_cost(one.element),
            )


def _could(one: SpareCopy) -> str:
    return "borrow it" if one.borrows else "have the original"


def _help(one: SpareCopy) -> str:
    if one.borrows:
        return f"borrow `{one.name}` in the closure, without `move`"
    return f"use `{one.name}` itself in the closure"
