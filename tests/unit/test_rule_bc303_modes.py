"""BC303: numbers that no arm of a `match` is for, and warm-ups of single calls."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

HEAD = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
"""
SPREAD = """
pub struct Spread { period: usize, kind: usize, filled: usize, sum: f64 }
impl Spread {
    pub fn try_new(period: usize, kind: usize) -> Result<Self, String> {
        if period == 0 {
            return Err("period".to_string());
        }
        CHECK
        Ok(Self { period, kind, filled: 0, sum: 0.0 })
    }
    pub fn update(&mut self, value: f64) -> Option<f64> {
        self.filled += 1;
        self.sum += value;
        if self.filled < self.period {
            return None;
        }
        let spread = match self.kind {
            0 => self.sum,
            1 => self.sum / self.period as f64,
            2 => value,
            _ => LAST,
        };
        Some(spread)
    }
}
#[pyclass(name = "Spread")]
struct SpreadPy { inner: Spread }
#[pymethods]
impl SpreadPy {
    #[new]
    fn new(period: usize, kind: usize) -> PyResult<Self> {
        let inner = Spread::try_new(period, kind).map_err(PyValueError::new_err)?;
        Ok(SpreadPy { inner })
    }
    fn update(&mut self, value: f64) -> Option<f64> {
        self.inner.update(value)
    }
}
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<SpreadPy>()
}
"""
LAGGED = """
#[derive(Clone, Default)]
pub struct LaggedParams { pub period: Option<usize> }
pub struct LaggedInput<'a> { pub data: &'a [f64], pub params: LaggedParams }
impl<'a> LaggedInput<'a> {
    pub fn from_slice(data: &'a [f64], params: LaggedParams) -> Self {
        Self { data, params }
    }
}
pub struct LaggedOutput { pub values: Vec<f64> }
pub fn lagged(input: &LaggedInput) -> Result<LaggedOutput, String> {
    let mut values = vec![0.0; input.data.len()];
    lagged_into(&mut values, input)?;
    Ok(LaggedOutput { values })
}
fn lagged_into(out: &mut [f64], input: &LaggedInput) -> Result<(), String> {
    let data = input.data;
    let period = input.params.period.unwrap_or(5);
    let first = data.iter().position(|x| !x.is_nan()).ok_or("no data")?;
    if period == 0 || period > data.len() CHECK {
        return Err("period".to_string());
    }
    for i in first + period..data.len() {
        out[i] = data[i] - data[i - period];
    }
    let warm = first + period - 1;
    WRITE
    Ok(())
}
#[pyfunction]
#[pyo3(name = "lagged", signature = (data, period=5))]
fn lagged_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let input = LaggedInput::from_slice(slice, LaggedParams { period: Some(period) });
    let output = py.allow_threads(|| lagged(&input)).map_err(PyValueError::new_err)?;
    Ok(output.values.into_pyarray(py))
}
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(lagged_py, m)?)?;
    Ok(())
}
"""


def messages(code: str, **parts: str) -> list[str]:
    """What is likely, or certain, with these parts in the code."""
    for name, text in parts.items():
        code = code.replace(name, text)
    findings = audit_source(HEAD + code, [PanicPath()]).findings
    return [one.message for one in findings if one.confidence is not Confidence.SUSPECT]


def test_a_stream_that_takes_any_mode_panics_when_it_is_fed() -> None:
    [found] = messages(SPREAD, CHECK="", LAST="unreachable!()")
    assert "for `kind` = 3 in `update` `unreachable!` is reached" in found


@pytest.mark.parametrize(
    ("check", "last"),
    [
        ('if kind > 2 { return Err("kind".to_string()); }', "unreachable!()"),
        ("", "self.sum - value"),
    ],
)
def test_modes_that_are_refused_or_have_a_meaning_are_silent(check: str, last: str) -> None:
    assert messages(SPREAD, CHECK=check, LAST=last) == []


@pytest.mark.parametrize(
    "write", ["for i in 0..warm { out[i] = f64::NAN; }", "out[..warm].fill(f64::NAN);"]
)
def test_a_warm_up_behind_gaps_is_longer_than_the_data(write: str) -> None:
    [found] = messages(LAGGED, CHECK="", WRITE=write)
    assert "for `period` = 6 and 6 values of data and data that begins with NaN" in found
    assert messages(LAGGED, CHECK="|| data.len() - first < period", WRITE=write) == []
    bounded = write.replace("..warm", "..warm.min(data.len())")
    assert messages(LAGGED, CHECK="", WRITE=bounded) == []
