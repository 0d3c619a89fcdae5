"""BC211: locks around values of other crates into which this one has put Python code."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc211_blocking_while_attached import BlockingWhileAttached
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use std::sync::RwLock;

#[pyclass]
struct PyPlan { plan: RwLock<Plan> }
#[pymethods]
impl PyPlan {
    MAKES
    fn width(&self, py: Python<'_>) -> usize {
        HELD
    }
    fn again(&self) -> Self { Self { plan: RwLock::new(self.plan.read().unwrap().clone()) } }
}

#[pyclass]
struct PyBook { book: RwLock<Book> }
#[pymethods]
impl PyBook {
    #[new]
    fn new() -> Self { Self { book: RwLock::new(Book::empty()) } }
    fn add(&self, name: &str, plan: PyRef<'_, PyPlan>) {
        ADDED
    }
    fn run(&self, py: Python<'_>, name: &str) -> usize {
        py.detach(|| self.book.write().unwrap().run(name))
    }
}
"""
WITH_CODE = """
    #[staticmethod]
    fn calling(function: Py<PyAny>) -> Self {
        Self { plan: RwLock::new(Plan::from_function(Source::new(function))) }
    }
"""
WITHOUT_CODE = """
    #[staticmethod]
    fn reading(path: &str) -> Self { Self { plan: RwLock::new(Plan::from_file(path)) } }
"""
RUNS = "py.detach(|| self.plan.write().unwrap().resolve().width())"
ADDS = "self.book.write().unwrap().add(name, plan.plan.read().unwrap().clone());"


def reported(makes: str = WITH_CODE, held: str = RUNS, added: str = ADDS) -> dict[str, str]:
    code = CODE.replace("MAKES", makes).replace("HELD", held).replace("ADDED", added)
    found = audit_source(code, [BlockingWhileAttached()], pyo3="0.26.0").findings
    said: dict[str, str] = {}
    for one in found:
        said[one.item] = f"{said.get(one.item, '')}{one.message}\n"
    return said


@pytest.mark.parametrize(
    "held",
    [
        RUNS,
        "py.detach(|| { let mut plan = self.plan.write().unwrap(); plan.resolve(); plan.width() })",
    ],
)
def test_a_library_may_run_python_code_under_the_lock(held: str) -> None:
    found = reported(held=held)
    assert "`PyPlan::width` calls Python (`resolve`) while it holds it" in found["PyPlan::again"]


def test_a_value_that_was_given_such_a_value_may_run_it_too() -> None:
    assert "`PyBook::run` calls Python (`run`) while it holds it" in reported()["PyBook::add"]


@pytest.mark.parametrize(
    ("makes", "held"),
    [
        (WITHOUT_CODE, RUNS),
        (WITH_CODE, "py.detach(|| self.plan.write().unwrap().clone()); 0"),
        (WITH_CODE, "py.detach(|| self.plan.read().unwrap().resolve().width())"),
        (
            WITH_CODE,
            "let plan = py.detach(|| self.plan.write().unwrap().clone());"
            " py.detach(|| plan.resolve().width())",
        ),
    ],
)
def test_nobody_waits_where_no_such_code_runs_under_a_lock_of_its_own(
    makes: str, held: str
) -> None:
    assert "PyPlan::again" not in reported(makes, held)


def test_what_is_given_other_values_runs_nothing() -> None:
    added = "self.book.write().unwrap().note(name); plan.plan.read().unwrap().width();"
    assert "PyBook::add" not in reported(WITHOUT_CODE, added=ADDS)
    assert "Book" not in str(reported(held="0", added=added).get("PyBook::add", ""))
