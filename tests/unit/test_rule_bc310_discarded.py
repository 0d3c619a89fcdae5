"""BC310: what writes into memory, fails, and is bound to `_`."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.testing import audit_source

CODE = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn scaled_into(data: &[f64], period: usize, factor: f64, out: &mut [f64]) -> Result<(), String> {
    if period == 0 {
        return Err("period is 0".to_string());
    }
    if factor.is_nan() || factor.is_infinite() {
        return Err(format!("factor is {factor}"));
    }
    for (i, &x) in data.iter().enumerate().skip(period) {
        out[i] = factor * (x - data[i - period]);
    }
    Ok(())
}

fn row_into(data: &[f64], period: usize, factor: f64, out: &mut [f64]) {
    CALL
}

#[pyfunction]
#[pyo3(signature = (data, period, factor=1.0))]
fn scaled<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
    factor: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    CHECK
    let mut out = vec![0.0; slice.len()];
    py.allow_threads(|| row_into(slice, period, factor, &mut out));
    Ok(out.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scaled, m)?)?;
    Ok(())
}
"""
CALL = "let _ = scaled_into(data, period, factor, out);"
PERIOD = 'if period == 0 { return Err(PyValueError::new_err("period is 0")); }'
FACTOR = 'if !factor.is_finite() { return Err(PyValueError::new_err("factor")); }'


def findings(call: str, check: str) -> list[Finding]:
    code = CODE.replace("CALL", call).replace("CHECK", check)
    return list(audit_source(code, [LossyError()], pyo3="0.25.0").findings)


@pytest.mark.parametrize(
    ("check", "given"), [("", "`period` = 0"), (PERIOD, "`factor` = nan"), (FACTOR, "`period` = 0")]
)
def test_an_error_that_is_bound_to_nothing_is_likely_lossy(check: str, given: str) -> None:
    [found] = findings(CALL, check)
    assert found.item == "row_into"
    assert found.confidence is Confidence.LIKELY
    assert found.message == (
        f"`scaled_into` fails for {given}, and writes nothing: the caller learns nothing of it"
    )


@pytest.mark.parametrize(
    ("call", "check"),
    [
        (CALL, PERIOD + FACTOR),
        ("if scaled_into(data, period, factor, out).is_err() { out.fill(f64::NAN); }", ""),
        ("let _ = scaled_into(data, period.max(1), 1.0, out);", ""),
    ],
)
def test_what_cannot_fail_or_is_looked_at_is_silent(call: str, check: str) -> None:
    assert not findings(call, check)


MODES = CODE.replace("period == 0", "!matches_mode(period)").replace(
    "fn row_into",
    """fn matches_mode(period: usize) -> bool {
    match period {
        0 => true,
        1 | 2 => true,
        _ => false,
    }
}

fn row_into""",
)


def test_so_is_one_for_a_number_that_is_not_matched() -> None:
    code = MODES.replace("CALL", CALL).replace("CHECK", FACTOR)
    [found] = audit_source(code, [LossyError()], pyo3="0.25.0").findings
    assert "`scaled_into` fails for `period` = 3" in found.message


STORED = """
use pyo3::prelude::*;

fn store(values: &[f64], path: &str) -> Result<usize, String> {
    if path.is_empty() {
        return Err("no path".to_string());
    }
    Ok(values.len())
}

fn log_to(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("no path".to_string());
    }
    Ok(())
}

#[pyfunction]
fn keep(py: Python<'_>, values: Vec<f64>, path: String) -> PyResult<usize> {
    BODY
    Ok(values.len())
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(keep, m)?)?;
    Ok(())
}
"""


@pytest.mark.parametrize(
    "body",
    [
        "let _ = store(&values, &path);",
        "_ = store(&values, &path);",
        "store(&values, &path).ok();",
        "let _ = py.allow_threads(|| store(&values, &path));",
    ],
)
def test_a_binding_that_drops_an_error_is_likely_lossy(body: str) -> None:
    report = audit_source(STORED.replace("BODY", body), [LossyError()], pyo3="0.25.0")
    [found] = report.findings
    assert (found.item, found.confidence) == ("keep", Confidence.LIKELY)
    assert found.message == "an error of `store` is dropped: the caller learns nothing of it"


@pytest.mark.parametrize(
    "body",
    [
        "let _ = log_to(&path);",
        'let _ = store(&[], "levels");',
        "let _ = store(&values, &path).map_err(pyo3::exceptions::PyValueError::new_err)?;",
        "let _stored = store(&values, &path).is_ok();",
        "if store(&values, &path).is_err() { return Ok(0); }",
    ],
)
def test_what_nobody_asked_for_or_what_is_handed_on_is_silent(body: str) -> None:
    report = audit_source(STORED.replace("BODY", body), [LossyError()], pyo3="0.25.0")
    assert not report.findings
