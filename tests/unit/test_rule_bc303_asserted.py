"""BC303: lengths that a helper asserts are compared by what calls it."""

from __future__ import annotations

import pytest

from bindcheck.testing import audit_source

CODE = """use numpy::{ArrayView1, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn packed(values: &ArrayView1<u8>, out: &mut [u8]) {
    let full = values.len() / 4;
    let rest = values.len() % 4;
    assert_eq!(out.len(), full + usize::from(rest > 0));
}

fn checked(values: &ArrayView1<u8>, out: &mut [u8]) -> PyResult<()> {
    CHECK
    packed(values, out);
    Ok(())
}

#[pyfunction]
fn pack(values: PyReadonlyArray1<'_, u8>, out: &Bound<'_, PyArray1<u8>>) -> PyResult<()> {
    let mut out = out.try_readwrite()?;
    checked(&values.as_array(), out.as_slice_mut()?)
}
"""
REFUSES = 'if needed != out.len() { return Err(PyValueError::new_err("length")); }'


@pytest.mark.parametrize(
    ("check", "reported"),
    [
        (
            "let needed = values.len().checked_sub(1).map_or(0, |last| last / 4 + 1);" + REFUSES,
            0,
        ),
        ("let needed = values.len().div_ceil(4);" + REFUSES, 0),
        ("let needed = 4;" + REFUSES, 1),
        ("", 1),
    ],
)
def test_whoever_compares_two_lengths_answers_for_what_is_asserted_of_them(
    check: str, reported: int
) -> None:
    findings = audit_source(CODE.replace("CHECK", check)).findings
    asserted = [one for one in findings if one.code == "BC303" and "has to hold" in one.message]
    assert len(asserted) == reported
