"""A crate that is only a cdylib, whose cores and modules are private, is measured as it is."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bindcheck.cli import main

pytestmark = pytest.mark.cargo

MANIFEST = """\
[package]
name = "closed"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
numpy = "0.30"
pyo3 = { version = "0.30", default-features = false, features = ["macros"] }

[profile.release]
opt-level = 1
"""
LIB = """\
//! Nobody outside can name anything here.
#![forbid(missing_docs, unreachable_pub)]
#![deny(warnings)]

use pyo3::prelude::*;

mod alone;
mod ema;
mod rsi;

#[pymodule]
fn closed(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(rsi::rsi_py, m)?)?;
    m.add_function(wrap_pyfunction!(ema::ema_py, m)?)?;
    m.add_function(wrap_pyfunction!(alone::ends_py, m)?)?;
    m.add_function(wrap_pyfunction!(alone::mean_py, m)?)?;
    m.add_function(wrap_pyfunction!(alone::row_gains_py, m)?)?;
    m.add_function(wrap_pyfunction!(alone::turned_py, m)?)?;
    m.add_function(wrap_pyfunction!(ema::ema_batch_py, m)?)
}
"""
RSI = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

enum RsiError { Short(usize) }
type Found<T> = Result<T, RsiError>;

mod work {
    pub(super) fn rsi(data: &[f64], period: usize) -> super::Found<Vec<f64>> {
        if data.len() <= period {
            return Err(super::RsiError::Short(data.len()));
        }
        let mut up = 0.0;
        Ok(data.iter().map(|x| { up += (x - up) / period as f64; up }).collect())
    }
}

#[pyfunction(name = "rsi")]
#[pyo3(signature = (data, period=14))]
pub(crate) fn rsi_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    let values = py
        .detach(|| work::rsi(data, period))
        .map_err(|RsiError::Short(n)| PyValueError::new_err(n))?;
    Ok(values.into_pyarray(py))
}
"""
EMA = """\
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[derive(Clone, Copy)]
pub(crate) struct EmaParams { period: Option<usize> }
impl Default for EmaParams {
    fn default() -> Self { Self { period: Some(9) } }
}
struct EmaInput<'a> { data: &'a [f64], params: EmaParams }
impl<'a> EmaInput<'a> {
    fn from_slice(data: &'a [f64], params: EmaParams) -> Self { Self { data, params } }
}
struct EmaOutput { values: Vec<f64> }

fn ema(input: &EmaInput) -> Result<EmaOutput, String> {
    let weight = 2.0 / (input.params.period.unwrap_or(9) as f64 + 1.0);
    let mut last = *input.data.first().ok_or("empty")?;
    let values = input.data.iter().map(|x| { last += weight * (x - last); last }).collect();
    Ok(EmaOutput { values })
}

#[derive(Clone, Copy)]
struct EmaBatchRange { period: (usize, usize, usize) }
struct EmaBatchOutput { values: Vec<f64>, rows: usize, cols: usize }

fn expand_grid(range: &EmaBatchRange) -> Vec<EmaParams> {
    let (start, end, step) = range.period;
    (start..=end).step_by(step.max(1)).map(|p| EmaParams { period: Some(p) }).collect()
}
fn ema_batch(data: &[f64], range: &EmaBatchRange) -> Result<EmaBatchOutput, String> {
    let combos = expand_grid(range);
    let mut values = Vec::new();
    for params in &combos {
        values.extend(ema(&EmaInput::from_slice(data, *params))?.values);
    }
    Ok(EmaBatchOutput { values, rows: combos.len(), cols: data.len() })
}

#[pyfunction(name = "ema")]
#[pyo3(signature = (data, period=9))]
pub(crate) fn ema_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let input = EmaInput::from_slice(data.as_slice()?, EmaParams { period: Some(period) });
    let output = py.detach(|| ema(&input)).map_err(PyValueError::new_err)?;
    Ok(output.values.into_pyarray(py))
}

#[pyfunction(name = "ema_batch")]
pub(crate) fn ema_batch_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyDict>> {
    let (data, range) = (data.as_slice()?, EmaBatchRange { period: period_range });
    let output = py.detach(|| ema_batch(data, &range)).map_err(PyValueError::new_err)?;
    let dict = PyDict::new(py);
    let values = output.values.into_pyarray(py).reshape([output.rows, output.cols])?;
    dict.set_item("values", values)?;
    Ok(dict)
}
"""
ALONE = """\
use numpy::ndarray::{Array1, ArrayView1};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

type Made<'py> = PyResult<Bound<'py, PyArray1<f64>>>;

fn mean(data: &[f64]) -> Result<f64, String> {
    let first = data.first().ok_or("empty")?;
    Ok(first + data.iter().map(|x| x - first).sum::<f64>() / data.len() as f64)
}
#[pyfunction(name = "mean")]
pub(crate) fn mean_py(data: PyReadonlyArray1<'_, f64>) -> PyResult<f64> {
    let copied = data.as_slice()?.to_vec();
    mean(&copied).map_err(PyValueError::new_err)
}

fn ends(x: ArrayView1<'_, f64>) -> (f64, f64) {
    x.iter().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(*x), high.max(*x)))
}
#[pyfunction(name = "ends")]
pub(crate) fn ends_py(x: PyReadonlyArray1<'_, f64>) -> (f64, f64) { ends(x.as_array()) }

fn turned(x: &ArrayView1<f64>, factor: f64) -> Array1<f64> { x * -factor }
#[pyfunction(name = "turned")]
#[pyo3(signature = (x, factor=2.0))]
pub(crate) fn turned_py<'py>(
    py: Python<'py>, x: PyReadonlyArray1<'py, f64>, factor: f64,
) -> Bound<'py, PyArray1<f64>> {
    turned(&x.as_array(), factor).into_pyarray(py)
}

fn row_gains(data: &[f64], stride: usize) -> Vec<f64> {
    data.iter().zip(&data[stride..]).map(|(then, now)| now / then).collect()
}
#[pyfunction(name = "row_gains")]
#[pyo3(signature = (data, stride=3))]
pub(crate) fn row_gains_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, stride: usize,
) -> Made<'py> {
    let data = data.as_slice()?;
    Ok(py.detach(|| row_gains(data, stride)).into_pyarray(py))
}
"""
FILES = {
    "Cargo.toml": MANIFEST,
    "src/lib.rs": LIB,
    "src/alone.rs": ALONE,
    "src/rsi.rs": RSI,
    "src/ema.rs": EMA,
}
SINGLES = {f"{name}/single/100" for name in ("rsi", "ema", "mean", "ends", "turned", "row_gains")}
VISIBLE = {
    *("mod alone", "alone::mean", "alone::ends", "alone::turned", "alone::row_gains"),
    *("mod rsi", "mod rsi::work", "rsi::work::rsi", "rsi::RsiError"),
    *("mod ema", "ema::ema", "ema::EmaInput", "ema::EmaInput::from_slice", "ema::EmaOutput"),
    *("ema::EmaOutput.values", "ema::EmaParams", "ema::EmaParams.period"),
    *("ema::ema_batch", "ema::EmaBatchRange", "ema::EmaBatchRange.period"),
    *("ema::EmaBatchOutput", "ema::EmaBatchOutput.values"),
}


@pytest.fixture(scope="module")
def crate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    root = tmp_path_factory.mktemp("private")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def bench(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the JSON of one command."""
    output = root / "result.json"
    output.unlink(missing_ok=True)
    options = ("--seconds", "1", "--no-history", "--no-control", "--sizes", "100", "--rows", "4")
    with contextlib.chdir(root):
        status = main(
            ["bench", *arguments, *options, "--output-format", "json", "--output-file", str(output)]
        )
    return status, json.loads(output.read_text()) if output.exists() else {}


def test_private_cores_are_measured_and_what_was_made_visible_is_told(crate: Path) -> None:
    _, found = bench(crate, "--all")
    assert found["troubles"] == []
    measured = {one["case"]["name"]: one["b_ns"] for one in found["comparisons"]}
    assert measured.keys() == {*SINGLES, "ema/batch/4x100"}
    # What both cost is the machine's; a hundred values take longer than an empty call.
    assert min(measured.values()) > 5.0
    numbers = {one["case"]["indicator"] for one in found["comparisons"] if one["of_input"]}
    assert numbers == {"mean", "ends"}
    assert {*found["made_visible"]} == VISIBLE
    told = "built from a copy of the sources, in which 22 private items are visible: `mod "
    assert any(one.startswith(told) for one in found["notes"])
    for name, text in FILES.items():
        assert (crate / name).read_text() == text


def test_messages_of_the_compiler_show_the_lines_of_the_sources(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = crate / "src/ema.rs"
    source.write_text(EMA.replace("let weight = 2.0", "let weight: bool = 2.0"))
    try:
        status, found = bench(crate, "ema")
    finally:
        source.write_text(EMA)
    assert (status, found) == (2, {})
    said = capsys.readouterr().err
    assert "the copy of the crate in which private items are visible does not build" in said
    line = 1 + EMA.split("let weight")[0].count("\n")
    assert f"src/ema.rs:{line}:" in said
    assert "let weight: bool = 2.0" in said
