"""A function that is handed over by its name does its work where it is called."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc201_gil_held import GilHeld
from bindcheck.testing import audit_source

CODE = """
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;

fn total(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum()
}

fn head(values: &[f64]) -> f64 {
    values.first().copied().unwrap_or(0.0)
}

#[pyfunction]
fn sized<'py>(py: Python<'py>, data: PyReadonlyArray1<'py, f64>) -> PyResult<f64> {
    BODY
}
"""


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("Ok(data.as_slice().map(total)?)", 1),
        ("Ok(data.as_slice().map(|values| total(values))?)", 1),
        ("Ok(data.as_slice().map(head)?)", 0),
        (
            "let slice = data.as_slice()?;\n"
            "    Ok(py.allow_threads(|| Some(slice).map_or(0.0, total)))",
            0,
        ),
    ],
)
def test_work_of_a_function_that_is_handed_over_runs_attached(body: str, count: int) -> None:
    found = audit_source(CODE.replace("BODY", body), [GilHeld()]).findings
    assert len(found) == count
