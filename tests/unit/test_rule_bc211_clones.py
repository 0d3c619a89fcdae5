"""BC211: locks that a hand-written `Clone` takes where PyO3 clones what Python hands over."""

from __future__ import annotations

import pytest

from bindcheck.findings import Finding
from bindcheck.rules.bc211_blocking_while_attached import BlockingWhileAttached
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use std::sync::RwLock;

#[pyclass(frozen)]
pub struct Table { rows: RwLock<Vec<f64>> }
CLONE
#[pymethods]
impl Table {
    fn save(&self, py: Python<'_>, file: Py<PyAny>) {
        HOLDER
    }
}
fn inner(object: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    EXTRACT
}
#[pyfunction]
fn total(object: &Bound<'_, PyAny>) -> PyResult<f64> { Ok(inner(object)?.iter().sum()) }
MORE
"""
CLONE = """
impl Clone for Table {
    fn clone(&self) -> Self { Table { rows: RwLock::new(self.rows.read().unwrap().clone()) } }
}
"""
HOLDER = (
    "py.detach(|| { let mut rows = self.rows.write().unwrap();"
    " Python::attach(|py| file.call1(py, (rows.pop(),))); });"
)
EXTRACT = "Ok(object.extract::<Table>()?.rows.into_inner().unwrap())"
BORROW = "Ok(object.extract::<PyRef<'_, Table>>()?.name())"
HANDED = "#[pyfunction]\nfn count(table: TYPE) -> usize { 1 }"


def found(
    clone: str = CLONE, holder: str = HOLDER, extract: str = EXTRACT, more: str = ""
) -> list[Finding]:
    code = CODE.replace("CLONE", clone).replace("HOLDER", holder).replace("EXTRACT", extract)
    rules = [BlockingWhileAttached()]
    return list(audit_source(code.replace("MORE", more), rules, pyo3="0.26.0").findings)


@pytest.mark.parametrize(
    "extract",
    [
        EXTRACT,
        "let tables = object.extract::<Vec<Table>>()?; Ok(tables[0].values())",
        'let table = object.getattr("table")?.extract::<Option<Table>>()?; Ok(vec![])',
        "let table: Table = object.extract()?; Ok(table.values())",
        "Python::attach(|py| { let table = object.extract::<Table>()?; Ok(table.values()) })",
    ],
)
def test_an_extracted_object_is_cloned_under_its_lock(extract: str) -> None:
    (one,) = found(extract=extract)
    assert one.item == "Table::clone"
    assert "`Table::save` attaches" in one.message
    assert "deadlock" in one.message
    assert "`Py<Table>`" in one.help
    assert "as an argument" not in one.help


@pytest.mark.parametrize("type_", ["Table", "Option<Table>", "Vec<Table>", "(Table, f64)"])
def test_an_argument_by_value_is_cloned_under_its_lock(type_: str) -> None:
    (one,) = found(extract=BORROW, more=HANDED.replace("TYPE", type_))
    assert one.item == "Table::clone"


@pytest.mark.parametrize("type_", ["&Table", "PyRef<'_, Table>", "Py<Table>", "Option<&Table>"])
def test_an_object_that_is_borrowed_is_not_cloned(type_: str) -> None:
    assert not found(extract=BORROW, more=HANDED.replace("TYPE", type_))


def test_two_places_that_extract_are_one_cause() -> None:
    more = HANDED.replace("TYPE", "Table")
    assert [one.item for one in found(more=more)] == ["Table::clone"]


def test_a_lock_that_nobody_keeps_for_long_is_silent() -> None:
    assert not found(holder="self.rows.write().unwrap().clear();")


def test_a_reader_does_not_wait_for_a_reader() -> None:
    assert not found(holder=HOLDER.replace("write()", "read()").replace("let mut", "let"))


def test_a_clone_that_takes_no_lock_is_silent() -> None:
    empty = CLONE.replace("self.rows.read().unwrap().clone()", "Vec::new()")
    assert not found(clone=empty)


def test_what_the_crate_extracts_its_own_way_is_not_cloned() -> None:
    own = """
impl<'py> FromPyObject<'py> for Table {
    fn extract_bound(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        Ok(Table { rows: RwLock::new(vec![object.len()? as f64]) })
    }
}
"""
    assert not found(clone=CLONE + own)
