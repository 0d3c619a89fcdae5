"""BC308: arrays that are turned away by the raw flags of their memory."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc308_contiguous_only import ContiguousOnly
from bindcheck.testing import audit_source

CODE = """
use numpy::npyffi;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

struct Raw(Vec<u8>);

impl FromPyObject<'_> for Raw {
    fn extract_bound(ob: &Bound<'_, PyAny>) -> PyResult<Self> {
        let array = ob.as_ptr() as *mut npyffi::PyArrayObject;
        let flags = unsafe { (*array).flags };
        CHECK
        Ok(Self(Vec::new()))
    }
}

#[pyfunction]
fn size(raw: Raw) -> usize {
    raw.0.len()
}

#[pyfunction]
fn count(raw: Raw) -> usize {
    raw.0.len()
}
"""


@pytest.mark.parametrize(
    "check",
    [
        "if flags & npyffi::NPY_ARRAY_C_CONTIGUOUS == 0 {"
        ' return Err(PyTypeError::new_err("strided")); }',
        "if flags & (npyffi::NPY_ARRAY_C_CONTIGUOUS | npyffi::NPY_ARRAY_F_CONTIGUOUS) == 0 {"
        ' return Err(PyTypeError::new_err("strided")); }',
        "if flags & npyffi::NPY_ARRAY_C_CONTIGUOUS != 0 { read(array); } else {"
        ' return Err(PyTypeError::new_err("strided")); }',
    ],
)
def test_strided_arrays_are_refused_by_their_flags(check: str) -> None:
    [finding] = audit_source(CODE.replace("CHECK", check), [ContiguousOnly()]).findings
    assert finding.item == "Raw::extract_bound"
    assert finding.message.startswith("the array has to be contiguous")


@pytest.mark.parametrize(
    "check",
    [
        "if flags & npyffi::NPY_ARRAY_WRITEABLE == 0 {"
        ' return Err(PyTypeError::new_err("not writable")); }',
        "if flags & npyffi::NPY_ARRAY_C_CONTIGUOUS == 0 { copy(array); }",
    ],
)
def test_other_flags_and_copies_are_silent(check: str) -> None:
    assert audit_source(CODE.replace("CHECK", check), [ContiguousOnly()]).findings == ()
