"""Sources that the examples of several rules are put together from: one small indicator, whole."""

from __future__ import annotations

USES = """\
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
"""

CORE = """
#[derive(Clone)]
pub struct GainParams {
    pub factor: Option<f64>,
}

pub struct GainInput<'a> {
    data: &'a [f64],
    params: GainParams,
}

impl<'a> GainInput<'a> {
    pub fn from_slice(data: &'a [f64], params: GainParams) -> Self {
        Self { data, params }
    }
}

pub struct GainOutput {
    pub values: Vec<f64>,
}

pub fn gain(input: &GainInput) -> Result<GainOutput, String> {
    let factor = input.params.factor.unwrap_or(2.0);
    Ok(GainOutput { values: input.data.iter().map(|x| x * factor).collect() })
}
"""

SINGLE = """
#[pyfunction(name = "gain")]
#[pyo3(signature = (data, factor=None))]
fn gain_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    factor: Option<f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let input = GainInput::from_slice(data.as_slice()?, GainParams { factor });
    let output = py.allow_threads(|| gain(&input)).map_err(PyValueError::new_err)?;
    Ok(output.values.into_pyarray(py))
}
"""

GRID = """
pub struct GainBatchRange {
    pub factor: (f64, f64, f64),
}

pub struct GainBatchOutput {
    pub values: Vec<f64>,
    pub combos: Vec<GainParams>,
    pub rows: usize,
    pub cols: usize,
}

fn expand_grid(range: &GainBatchRange) -> Result<Vec<GainParams>, String> {
    let (start, end, step) = range.factor;
    if step <= 0.0 || end < start || !((end - start) / step).is_finite() {
        return Err(format!("invalid range: {start}, {end}, {step}"));
    }
    let count = ((end - start) / step) as usize + 1;
    Ok((0..count).map(|k| GainParams { factor: Some(start + k as f64 * step) }).collect())
}

pub fn gain_batch(data: &[f64], range: &GainBatchRange) -> Result<GainBatchOutput, String> {
    let combos = expand_grid(range)?;
    let values = combos
        .iter()
        .flat_map(|p| data.iter().map(move |x| x * p.factor.unwrap_or(2.0)))
        .collect();
    Ok(GainBatchOutput { values, rows: combos.len(), cols: data.len(), combos })
}
"""

INTO = """
pub fn gain_batch_inner_into(
    data: &[f64],
    range: &GainBatchRange,
    out: &mut [f64],
) -> Result<Vec<GainParams>, String> {
    let combos = expand_grid(range)?;
    for (row, p) in out.chunks_mut(data.len()).zip(&combos) {
        for (cell, x) in row.iter_mut().zip(data) {
            *cell = x * p.factor.unwrap_or(2.0);
        }
    }
    Ok(combos)
}
"""

BATCH_INTO = """
#[pyfunction(name = "gain_batch")]
fn gain_batch_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    factor_range: (f64, f64, f64),
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    let range = GainBatchRange { factor: factor_range };
    let rows = expand_grid(&range).map_err(PyValueError::new_err)?.len();
    let cells = rows
        .checked_mul(data.len())
        .ok_or_else(|| PyValueError::new_err("the grid is too large"))?;
    let mut values = vec![0.0; cells];
    py.allow_threads(|| gain_batch_inner_into(data, &range, &mut values))
        .map_err(PyValueError::new_err)?;
    Ok(values.into_pyarray(py))
}
"""

BATCH_OWNING = """
#[pyfunction(name = "gain_batch")]
fn gain_batch_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    factor_range: (f64, f64, f64),
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    let range = GainBatchRange { factor: factor_range };
    let batch = py.allow_threads(|| gain_batch(data, &range)).map_err(PyValueError::new_err)?;
    Ok(batch.values.into_pyarray(py))
}
"""

STREAM = """
pub struct GainStream {
    factor: f64,
}

impl GainStream {
    pub fn try_new(params: GainParams) -> Result<Self, String> {
        Ok(Self { factor: params.factor.unwrap_or(2.0) })
    }

    pub fn update(&mut self, value: f64) -> Option<f64> {
        Some(value * self.factor)
    }
}
"""

STREAM_CLASS = """
#[pyclass(name = "GainStream")]
struct GainStreamPy {
    stream: GainStream,
}

#[pymethods]
impl GainStreamPy {
    #[new]
    #[pyo3(signature = (factor=None))]
    fn new(factor: Option<f64>) -> PyResult<Self> {
        let stream = GainStream::try_new(GainParams { factor }).map_err(PyValueError::new_err)?;
        Ok(Self { stream })
    }

    fn update(&mut self, value: f64) -> Option<f64> {
        self.stream.update(value)
    }
}
"""

SMOOTHED = """
fn smoothed(kind: &str, data: &[f64]) -> Result<Vec<f64>, String> {
    match kind {
        "mean" => Ok(data.windows(2).map(|w| (w[0] + w[1]) / 2.0).collect()),
        "last" => Ok(data.to_vec()),
        _ => Err(format!("unknown kind: {kind}")),
    }
}
"""
LEVEL_PY = """
#[pyfunction]
#[pyo3(signature = (data, kind))]
fn level(py: Python<'_>, data: PyReadonlyArray1<'_, f64>, kind: &str) -> PyResult<f64> {
    let slice = data.as_slice()?;
    RESULT
}
"""


def module(*exports: str) -> str:
    """A `#[pymodule]` that exports functions, and classes (names that begin with a capital)."""
    lines = [
        f"    m.add_class::<{name}>()?;\n"
        if name[:1].isupper()
        else f"    m.add_function(wrap_pyfunction!({name}, m)?)?;\n"
        for name in exports
    ]
    head = "\n#[pymodule]\nfn example(m: &Bound<'_, PyModule>) -> PyResult<()> {\n"
    return f"{head}{''.join(lines)}    Ok(())\n}}\n"


LAGGED = """
/// Differences over `lag` steps.
fn lagged(data: &[f64], lag: usize) -> Result<Vec<f64>, String> {
    if lag == 0 || lag > data.len() {
        return Err(format!("lag must be in 1..={}, not {lag}", data.len()));
    }
    Ok(data.windows(lag).map(|w| w[lag - 1] - w[0]).collect())
}
"""
LAGGED_ENUM = """
#[derive(Debug, thiserror::Error)]
pub enum LagError {
    #[error("lag is 0")]
    Zero,
    #[error("lag {lag} is longer than the data ({length})")]
    TooLong { lag: usize, length: usize },
}

fn lagged(data: &[f64], lag: usize) -> Result<Vec<f64>, LagError> {
    if lag == 0 {
        return Err(LagError::Zero);
    }
    if lag > data.len() {
        return Err(LagError::TooLong { lag, length: data.len() });
    }
    Ok(data.windows(lag).map(|w| w[lag - 1] - w[0]).collect())
}
"""
