"""BC303 knows what was asked of all elements of a list, and of the type of an array."""

from __future__ import annotations

import pytest

from bindcheck.testing import audit_source

CODE = """use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn cast_all(objects: &[&Bound<'_, PyAny>; 2]) -> [Option<f64>; 2] {
    let mut found = [const { None }; 2];
    for (given, one) in objects.iter().zip(found.iter_mut()) {
        *one = given.extract::<f64>().ok();
    }
    found
}

fn both(objects: &[&Bound<'_, PyAny>; 2]) -> Vec<f64> {
    let found = cast_all(objects);
    if ASKED {
        found.map(|one| one.unwrap()).to_vec()
    } else {
        Vec::new()
    }
}

#[pyfunction]
fn numbers(first: Bound<'_, PyAny>, second: Bound<'_, PyAny>) -> Vec<f64> {
    both(&[&first, &second])
}
"""


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        ("found.iter().all(|one| one.is_some())", 0),
        ("found.iter().all(Option::is_some)", 0),
        ("found.iter().any(|one| one.is_some())", 1),
        ("found.iter().all(|one| other.is_some())", 1),
        ("found.len() == 2", 1),
    ],
)
def test_elements_that_are_all_there_are_taken_out(asked: str, reported: int) -> None:
    findings = audit_source(CODE.replace("ASKED", asked)).findings
    assert [one.code for one in findings].count("BC303") == reported


REFUSED = """use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pyfunction]
fn numbers(values: Vec<Option<f64>>) -> PyResult<Vec<f64>> {
    if values.iter().any(ASKED) {
        return Err(PyValueError::new_err("a value is missing"));
    }
    Ok(values.into_iter().map(|one| one.unwrap()).collect())
}
"""


@pytest.mark.parametrize(
    ("asked", "reported"),
    [("|one| one.is_none()", 0), ("Option::is_none", 0), ("Option::is_some", 1)],
)
def test_a_list_with_a_gap_is_refused_before(asked: str, reported: int) -> None:
    findings = audit_source(REFUSED.replace("ASKED", asked)).findings
    assert [one.code for one in findings].count("BC303") == reported


ITEMS = """use numpy::{PyUntypedArray, PyUntypedArrayMethods};
use pyo3::prelude::*;

#[pyfunction]
fn firsts(array: &Bound<'_, PyUntypedArray>, table: Option<u8>) -> Vec<u8> {
    let size = array.dtype().itemsize();
    let text = [1u8, 2, 3, 4];
    if ASKED {
        return text.chunks_exact(4).map(|chunk| {
            let mut buffer = [0u8; 16];
            buffer[..size].copy_from_slice(chunk);
            buffer[0]
        }).collect();
    }
    Vec::new()
}
"""


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        ("size <= 16", 0),
        ("size <= 16 && let Some(_) = table", 0),
        ("table.is_some()", 1),
    ],
)
def test_the_size_of_items_is_a_number_that_can_be_checked(asked: str, reported: int) -> None:
    findings = audit_source(ITEMS.replace("ASKED", asked)).findings
    assert [one.code for one in findings].count("BC303") == reported


HEADS = """use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

#[pyfunction]
fn head(values: PyReadonlyArray1<'_, f64>, count: usize) -> PyResult<f64> {
    let slice = values.as_slice()?;
    Ok(slice[..END].iter().sum())
}
"""


@pytest.mark.parametrize(
    ("end", "reported"),
    [
        ("usize::min(count, slice.len())", 0),
        ("std::cmp::min(slice.len(), count)", 0),
        ("count.min(slice.len())", 0),
        ("usize::max(count, slice.len())", 1),
        ("count", 1),
    ],
)
def test_a_bound_may_be_called_by_its_path(end: str, reported: int) -> None:
    findings = audit_source(HEADS.replace("END", end)).findings
    assert [one.code for one in findings].count("BC303") == reported
