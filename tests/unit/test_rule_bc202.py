"""What is said to help against a copy into a fresh array."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc202_copy_into_fresh_array import CopyIntoFreshArray
from bindcheck.rules.example_crates import binding_crate
from bindcheck.testing import audit_source

HEAD = """
#[pyfunction]
fn smooth_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    weight: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| smooth(slice, weight));
"""
ARRAY = "    let out = PyArray1::<f64>::zeros(py, [values.len()], false);\n"
TARGET = "    let target = unsafe { out.as_slice_mut()? };\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (f"{ARRAY}{TARGET}    target.copy_from_slice(&values);\n    Ok(out)", "into_pyarray(py)`"),
        (
            f"{ARRAY}{TARGET}    target.copy_from_slice(&values[..]);\n    Ok(out)",
            "into_pyarray(py)`",
        ),
        (
            f"    let plane = values.len() / 2;\n{ARRAY}{TARGET}"
            "    target.copy_from_slice(&values[plane..]);\n    Ok(out)",
            "several results in one piece",
        ),
        (
            f"    let plane = values.len();\n{ARRAY}{TARGET}"
            "    target[..plane].copy_from_slice(&values);\n    Ok(out)",
            "parts of this array's slice",
        ),
        (
            f"{ARRAY}{TARGET}    for i in 0..slice.len() {{\n"
            "        target[i] = values[slice.len() - 1 - i];\n    }\n    Ok(out)",
            "in the order in which Python gets it",
        ),
        (
            f"{ARRAY}    unsafe {{ out.as_slice_mut()? }}.copy_from_slice(&values);\n"
            "    Ok(values.into_pyarray(py))",
            "delete the array and the copy",
        ),
    ],
)
def test_the_remedy_fits_what_is_copied(body: str, said: str) -> None:
    code = binding_crate(f"{HEAD}{body}\n}}\n", "smooth_py")
    (one,) = audit_source(code, [CopyIntoFreshArray()]).findings
    assert said in one.help
