"""BC303: cores that cut their inputs to be even, and bindings that make room for the longer one."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

BATCH = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn spread_into(
    open: &[f64], close: &[f64], lags: &[usize], out: &mut [f64]
) -> Result<(), String> {
    CUT
    if cols == 0 {
        return Err("no data".to_string());
    }
    for (row, cells) in out.chunks_mut(cols).enumerate() {
        let lag = lags[row];
        for i in lag..cells.len() {
            cells[i] = close[i] - open[i - lag];
        }
    }
    Ok(())
}

#[pyfunction]
fn spread<'py>(
    py: Python<'py>,
    open: PyReadonlyArray1<'py, f64>,
    close: PyReadonlyArray1<'py, f64>,
    lag: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let open = open.as_slice()?;
    let close = close.as_slice()?;
    if lag > 100 {
        return Err(PyValueError::new_err("lag is too large"));
    }
    let lags = vec![lag, lag + 1];
    let mut out = vec![0.0; ROOM];
    py.allow_threads(|| spread_into(open, close, &lags, &mut out))
        .map_err(|e| PyValueError::new_err(e))?;
    Ok(out.into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(spread, m)?)?;
    Ok(())
}
"""
CUT = "let cols = open.len().min(close.len());"
EQUAL = 'if open.len() != close.len() { return Err("unequal".to_string()); }'


def findings(cut: str, room: str) -> list[Finding]:
    code = BATCH.replace("CUT", cut).replace("ROOM", room)
    return [
        one
        for one in audit_source(code, [PanicPath()]).findings
        if one.confidence is not Confidence.SUSPECT
    ]


@pytest.mark.parametrize(
    ("room", "longer"), [("2 * open.len()", "open"), ("2 * close.len()", "close")]
)
def test_room_for_the_longer_of_two_inputs_is_likely_a_panic(room: str, longer: str) -> None:
    [found] = findings(CUT, room)
    assert found.message == (
        "this call panics for inputs of unequal length:"
        f" in `spread_into` an index is too large where `{longer}` is the longer one"
    )
    assert found.confidence is Confidence.LIKELY
    assert found.item == "spread"


@pytest.mark.parametrize(
    ("cut", "room"),
    [
        (CUT, "2 * open.len().min(close.len())"),
        (f"{EQUAL} {CUT}", "2 * open.len()"),
        (f'{CUT} if out.len() != 2 * cols {{ return Err("room".into()); }}', "2 * open.len()"),
    ],
)
def test_room_for_what_is_computed_is_silent(cut: str, room: str) -> None:
    assert not findings(cut, room)
