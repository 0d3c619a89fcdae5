"""BC203 tells iterators that give a result as it is from those that make what they give."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc203_copied_result import CopiedResult
from bindcheck.rules.example_crates import binding_crate
from bindcheck.testing import audit_source

STEPS = """
pub struct Steps {
    at: f64,
    left: usize,
}

impl Iterator for Steps {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.left = self.left.checked_sub(1)?;
        self.at += 0.5;
        Some(self.at)
    }
}

pub fn steps(data: &[f64]) -> Steps {
    Steps { at: data[0], left: data.len() }
}

pub fn halves(data: &[f64]) -> Vec<f64> {
    let mut out = Vec::with_capacity(data.len());
    for x in data {
        out.push(x / 2.0);
    }
    out
}
"""
BINDING = """
#[pyfunction]
#[pyo3(name = "made")]
fn made_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| CALL);
    Ok(MADE)
}
"""


_PUSHED = {
    f"pushed({name}, py)": (
        "{ let mut out = Vec::new(); for x in values.iter() { out.push(X); } MORE"
        "out.into_pyarray(py) }"
    )
    .replace("X", pushed)
    .replace("MORE", more)
    for name, pushed, more in (
        ("PUSHED", "*x", ""),
        ("DOUBLED", "x * 2.0", "out.push(values[0]); "),
    )
}
"""A loop over all values; the last one is new in one of them."""


@pytest.mark.parametrize(
    ("call", "made", "reported"),
    [
        ("halves(slice)", "PyArray1::from_iter(py, values.iter().copied())", 1),
        ("steps(slice)", "PyArray1::from_iter(py, values)", 0),
        ("steps(slice)", "PyArray1::from_iter(py, values.map(|x| x + 1.0))", 0),
        ("halves(slice)", "pushed(PUSHED, py)", 1),
        ("halves(slice)", "pushed(DOUBLED, py)", 0),
    ],
)
def test_only_what_is_there_already_is_copied(call: str, made: str, reported: int) -> None:
    made = _PUSHED.get(made, made)
    code = binding_crate(BINDING.replace("CALL", call).replace("MADE", made), "made_py", core=STEPS)
    assert len(audit_source(code, [CopiedResult()]).findings) == reported
