"""BC303: numbers above what code asserts, or has room for."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

const ROOM: usize = 64;

fn lagged_into(data: &[f64], lag: usize, gain: usize, out: &mut Vec<f64>) -> Result<(), String> {
    if lag == 0 || gain == 0 || data.len() <= lag {
        return Err("not enough data".to_string());
    }
    CHECK
    for i in 0..lag {
        out[i] = f64::NAN;
    }
    BODY
    Ok(())
}

#[pyfunction]
fn delays<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    lag: usize,
    gain: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let mut values = vec![0.0; slice.len()];
    py.allow_threads(|| lagged_into(slice, lag, gain, &mut values))
        .map_err(|e: String| PyValueError::new_err(e))?;
    Ok(values.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(delays, m)?)?;
    Ok(())
}
"""
ASSERTED = 'const MOST: usize = 1_000; assert!(lag <= MOST, "too far"); out[lag] = data[0];'
BUFFERED = (
    "let mut ring = [0.0; ROOM]; let mut at = 0; let _ = gain;"
    " for &x in data { ring[at] = x; at += 1; if at == lag { at = 0; } }"
)


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
        (ASSERTED, "`lag` = 1001 and 1048 values of data in `lagged_into` `lag <= MOST` does not"),
        (BUFFERED, "`lag` = 65 and 112 values of data in `lagged_into` an index is too large"),
    ],
)
def test_one_above_a_constant_is_likely_a_panic(body: str, said: str) -> None:
    [found] = findings(body)
    assert found.confidence is Confidence.LIKELY
    assert said in found.message
    assert found.item == "delays"


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (ASSERTED, 'if lag > 1_000 { return Err("too far".to_string()); }'),
        (BUFFERED, 'if lag > ROOM { return Err("too far".to_string()); }'),
        (BUFFERED, "if lag > ROOM { out.fill(gain as f64); return Ok(()); }"),
        (ASSERTED.replace("assert!", "debug_assert!"), ""),
        ("const MOST: usize = 1_000; assert!(data.len() <= MOST * lag); out[0] = 0.0;", ""),
    ],
)
def test_what_is_refused_or_done_otherwise_is_silent(body: str, check: str) -> None:
    assert findings(body, check) == []


def test_a_loop_that_may_return_is_not_passed_over() -> None:
    leaving = "for i in 0..data.len() { if data[i] > 70.0 { return Ok(()); } } "
    assert findings(ASSERTED.replace("assert!", f"{leaving} assert!")) == []


WARM = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn summed(data: &[f64], span: usize, out: &mut Vec<f64>) -> Result<(), String> {
    if span == 0 {
        return Err("span is 0".to_string());
    }
    CHECK
    out[..span - 1].fill(f64::NAN);
    for i in span - 1..data.len() {
        out[i] = data[i + 1 - span..=i].iter().sum();
    }
    Ok(())
}

#[pyfunction]
#[pyo3(signature = (data, span=DEFAULT))]
fn sums<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    span: Option<usize>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let mut values = vec![0.0; slice.len()];
    let span = span.unwrap_or(20)LEAST;
    py.allow_threads(|| summed(slice, span, &mut values))
        .map_err(|e: String| PyValueError::new_err(e))?;
    Ok(values.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(sums, m)?)?;
    Ok(())
}
"""
FULL = 'if span > data.len() { return Err("not enough data".to_string()); }'


def told(check: str = "", default: str = "None", least: str = "") -> list[str]:
    code = WARM.replace("CHECK", check).replace("DEFAULT", default).replace("LEAST", least)
    return [
        one.message
        for one in audit_source(code, [PanicPath()]).findings
        if one.confidence is Confidence.LIKELY and "values of data" in one.message
    ]


def test_a_number_larger_than_the_data_is_long_is_tried() -> None:
    [found] = told()
    assert "for `span` = 8 and 6 values of data in `summed` a slice is too long" in found


@pytest.mark.parametrize("default", ["None", "20"])
def test_a_number_that_is_compared_with_the_data_is_silent(default: str) -> None:
    assert told(FULL, default) == []
    assert told(least=".min(slice.len())", default=default) == []
