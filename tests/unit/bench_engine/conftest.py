"""A crate with one core, its bindings, and a threshold."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.model import CoreApi
from bindcheck.testing import program_from

LIB = """\
pub mod wave;
pub use wave::Kernel;
"""

CORE = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;

pub enum Kernel { Auto, Scalar, Avx2 }

#[derive(Clone)]
pub struct WaveParams { pub length: Option<usize>, pub damping: Option<f64>, pub mode: String }

impl Default for WaveParams {
    fn default() -> Self {
        Self { length: Some(12), damping: Some(0.5), mode: "soft".to_string() }
    }
}

pub struct WaveInput<'a> { pub data: &'a [f64], pub params: WaveParams }

impl<'a> WaveInput<'a> {
    pub fn from_slice(data: &'a [f64], params: WaveParams) -> Self { Self { data, params } }
}

pub struct WaveOutput { pub values: Vec<f64> }

#[derive(Debug)]
pub enum WaveError { Empty }

pub fn wave(input: &WaveInput) -> Result<WaveOutput, WaveError> {
    wave_with_kernel(input, Kernel::Auto)
}
pub fn wave_with_kernel(input: &WaveInput, kernel: Kernel) -> Result<WaveOutput, WaveError> {
    if input.data.len() < SMALL {
        return sequential(input);
    }
    parallel(input)
}
pub fn wave_into_slice(
    dst: &mut [f64], input: &WaveInput, kernel: Kernel,
) -> Result<(), WaveError> { todo!() }

const SMALL: usize = 8_000;

fn sequential(input: &WaveInput) -> Result<WaveOutput, WaveError> { todo!() }
fn parallel(input: &WaveInput) -> Result<WaveOutput, WaveError> {
    let values = input.data.par_iter().map(|x| x * 2.0).collect();
    Ok(WaveOutput { values })
}

pub struct WaveBatchRange {
    pub length: (usize, usize, usize),
    pub damping: (f64, f64, f64),
    pub mode: String,
}
pub struct WaveBatchOutput {
    pub values: Vec<f64>, pub combos: Vec<WaveParams>, pub rows: usize, pub cols: usize,
}
pub fn expand_grid(range: &WaveBatchRange) -> Result<Vec<WaveParams>, WaveError> { todo!() }
pub fn wave_batch_with_kernel(
    data: &[f64], sweep: &WaveBatchRange, kernel: Kernel,
) -> Result<WaveBatchOutput, WaveError> { todo!() }
pub fn wave_batch_inner_into(
    data: &[f64], combos: &[WaveParams], kernel: Kernel, threads: usize, out: &mut [f64],
) -> Result<(), WaveError> { todo!() }

#[pyfunction(name = "wave")]
#[pyo3(signature = (data, length=12, damping=0.5, mode="soft", kernel=None, *, out=None))]
pub fn wave_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, length: usize, damping: f64, mode: &str,
    kernel: Option<&str>, out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let params = WaveParams {
        length: Some(length), damping: Some(damping), mode: mode.to_string(),
    };
    let input = WaveInput::from_slice(data.as_slice()?, params);
    let output = py.allow_threads(|| wave_with_kernel(&input, Kernel::Auto)).map_err(raised)?;
    Ok(output.values.into_pyarray(py))
}

#[pyfunction(name = "wave_batch")]
#[pyo3(signature = (data, length_range, damping_range, mode="soft", kernel=None))]
pub fn wave_batch_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, length_range: (usize, usize, usize),
    damping_range: (f64, f64, f64), mode: &str, kernel: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let sweep = WaveBatchRange {
        length: length_range, damping: damping_range, mode: mode.to_string(),
    };
    let slice = data.as_slice()?;
    wave_batch_with_kernel(slice, &sweep, Kernel::Auto).map_err(raised)?;
    Ok(PyDict::new(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(wave_py, m)?)?;
    m.add_function(wrap_pyfunction!(wave_batch_py, m)?)
}
"""


def sources(core: str = CORE, lib: str = LIB) -> dict[str, str]:
    """The files of the crate."""
    return {"src/lib.rs": lib, "src/wave.rs": core}


def linked(core: str = CORE, lib: str = LIB) -> Program:
    """The crate with other texts."""
    return program_from(sources(core, lib))


@pytest.fixture
def program() -> Program:
    """The crate."""
    return linked()


@pytest.fixture
def core(program: Program) -> CoreApi:
    """Its only indicator."""
    [found] = program.cores
    return found
