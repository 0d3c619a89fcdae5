"""BC303: floats without an order, where one is asked for."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn leveled(data: &[f64], least: f64, most: f64) -> Result<Vec<f64>, String> {
    CHECK
    let mut out = vec![0.0; data.len()];
    BODY
    Ok(out)
}

#[pyfunction]
#[pyo3(signature = (data, least=0.1, most=0.9))]
fn level<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    least: f64,
    most: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let values = py.allow_threads(|| leveled(slice, least, most)).map_err(PyValueError::new_err)?;
    Ok(values.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(level, m)?)?;
    Ok(())
}
"""
CLAMPED = "for (i, &x) in data.iter().enumerate() { out[i] = CALL; }"
SORTED = "out.copy_from_slice(data); out.sort_by(|a, b| CALL); out[0] += least * most;"
ORDER = 'if !(least <= most) { return Err("least is more than most".to_string()); }'
REVERSED = "the bounds of a `clamp` are reversed, or one is NaN"


def findings(body: str, check: str = "") -> list[Finding]:
    code = CODE.replace("CHECK", check).replace("BODY", body)
    return [
        one
        for one in audit_source(code, [PanicPath()]).findings
        if one.confidence is not Confidence.SUSPECT
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (CLAMPED.replace("CALL", "x.clamp(least, most)"), f"`least` = 8.0 in `leveled` {REVERSED}"),
        (
            CLAMPED.replace("CALL", "least.clamp(x - most, x + most)"),
            f"data with NaN in the middle in `leveled` {REVERSED}",
        ),
        (
            SORTED.replace("CALL", "a.partial_cmp(b).unwrap()"),
            "data with NaN in the middle in `leveled` `unwrap` finds nothing",
        ),
    ],
)
def test_floats_that_have_no_order_are_likely_a_panic(body: str, said: str) -> None:
    [found] = findings(body)
    assert found.message == f"this call panics for floats that nobody refuses: for {said}"
    assert found.confidence is Confidence.LIKELY
    assert found.item == "level"


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (CLAMPED.replace("CALL", "x.clamp(least, most)"), ORDER),
        (CLAMPED.replace("CALL", "x.clamp(least.min(most), least.max(most))"), ""),
        (CLAMPED.replace("CALL", "if x.is_nan() { x } else { least.clamp(x - 1.0, x) }"), ""),
        (SORTED.replace("CALL", "a.total_cmp(b)"), ""),
        (
            SORTED.replace("CALL", "a.partial_cmp(b).unwrap()").replace(
                "out.copy_from_slice(data);",
                "let mut out: Vec<f64> = data.iter().copied().filter(|x| !x.is_nan()).collect();",
            ),
            "",
        ),
    ],
)
def test_floats_with_an_order_are_silent(body: str, check: str) -> None:
    assert not findings(body, check)
