"""An indicator whose three bindings are written by hand, each in a way of its own."""

MANIFEST = """
[package]
name = "tides"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib", "rlib"]

[dependencies]
pyo3 = "0.25"
numpy = "0.25"
"""

PYPROJECT = """
[build-system]
requires = ["maturin"]
build-backend = "maturin"

[tool.maturin]
python-source = "python"
module-name = "tides.tides"
"""

LIB = """use pyo3::prelude::*;

pub mod tide;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kernel {
    Auto,
    Scalar,
}

pub fn read_kernel(name: Option<&str>) -> PyResult<Kernel> {
    match name {
        None | Some("auto") => Ok(Kernel::Auto),
        _ => Ok(Kernel::Scalar),
    }
}

#[pymodule]
fn tides(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(tide::tide_py, m)?)?;
    m.add_function(wrap_pyfunction!(tide::tide_grid_py, m)?)?;
    m.add_class::<tide::TideStreamPy>()?;
    Ok(())
}
"""

CORE = """use crate::Kernel;
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[derive(Clone, Debug)]
pub struct TideParams {
    pub length: Option<usize>,
    pub name: Option<String>,
}

impl Default for TideParams {
    fn default() -> Self {
        Self { length: Some(5), name: Some("spring".to_string()) }
    }
}

pub struct TideInput<'a> {
    pub high: &'a [f64],
    pub low: &'a [f64],
    pub params: TideParams,
}

impl<'a> TideInput<'a> {
    pub fn from_slices(high: &'a [f64], low: &'a [f64], params: TideParams) -> Self {
        Self { high, low, params }
    }
}

pub struct TideOutput {
    pub flood: Vec<f64>,
    pub ebb: Vec<f64>,
}

#[derive(Clone, Debug)]
pub struct TideBatchRange {
    pub length: (usize, usize, usize),
}

#[derive(Debug)]
pub enum TideError {
    Empty,
    Length { expected: usize, got: usize },
}

impl std::fmt::Display for TideError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

pub fn tide_with_kernel(input: &TideInput, kernel: Kernel) -> Result<TideOutput, TideError> {
    let _ = (&input.params, kernel);
    if input.high.is_empty() {
        return Err(TideError::Empty);
    }
    Ok(TideOutput { flood: input.high.to_vec(), ebb: input.low.to_vec() })
}

fn expand_grid(sweep: &TideBatchRange) -> Result<Vec<TideParams>, TideError> {
    let (start, end, step) = sweep.length;
    let lengths = (start..=end).step_by(step.max(1));
    Ok(lengths.map(|length| TideParams { length: Some(length), name: None }).collect())
}

pub fn tide_batch_inner_into(
    high: &[f64],
    low: &[f64],
    sweep: &TideBatchRange,
    kern: Kernel,
    parallel: bool,
    out_flood: &mut [f64],
    out_ebb: &mut [f64],
) -> Result<Vec<TideParams>, TideError> {
    let _ = (kern, parallel);
    let combos = expand_grid(sweep)?;
    out_flood.fill(f64::NAN);
    out_ebb.fill(f64::NAN);
    for row in out_flood.chunks_mut(high.len()) {
        row.copy_from_slice(high);
    }
    for row in out_ebb.chunks_mut(low.len()) {
        row.copy_from_slice(low);
    }
    Ok(combos)
}

pub struct TideStream {
    params: TideParams,
}

impl TideStream {
    pub fn try_new(params: TideParams) -> Result<Self, TideError> {
        Ok(Self { params })
    }

    pub fn update(&mut self, high: f64, low: f64) -> Option<f64> {
        self.params.length.map(|_| high - low)
    }

    pub fn reset(&mut self) {
        self.params = TideParams::default();
    }
}
"""

SINGLE = """
/// Tides of two series.
#[pyfunction(name = "tide")]
#[pyo3(signature = (low, high, *, span=None, kind="neap", kernel=None))]
pub fn tide_py<'py>(
    py: Python<'py>,
    low: PyReadonlyArray1<'py, f64>,
    high: PyReadonlyArray1<'py, f64>,
    span: Option<usize>,
    kind: &str,
    kernel: Option<&str>,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
    let h = high.as_slice()?;
    let l = low.as_slice()?;
    if h.len() != l.len() {
        return Err(PyValueError::new_err("tides of different lengths"));
    }
    let kern = crate::read_kernel(kernel)?;
    let chosen = span.unwrap_or(7);
    let params = TideParams { length: Some(chosen), name: Some(kind.to_string()) };
    let input = TideInput::from_slices(h, l, params);
    let (ebb, flood) = py
        .allow_threads(|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood)))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok((ebb.into_pyarray(py), flood.into_pyarray(py)))
}
"""

BATCH = """
#[pyfunction(name = "tide_grid")]
#[pyo3(signature = (high, low, spans, kernel=None))]
pub fn tide_grid_py<'py>(
    py: Python<'py>,
    high: PyReadonlyArray1<'py, f64>,
    low: PyReadonlyArray1<'py, f64>,
    spans: (usize, usize, usize),
    kernel: Option<&str>,
) -> PyResult<Py<PyDict>> {
    let h = high.as_slice()?;
    let l = low.as_slice()?;
    let sweep = TideBatchRange { length: spans };
    let combos = expand_grid(&sweep).map_err(|e| PyValueError::new_err(e.to_string()))?;
    let rows = combos.len();
    let cols = h.len();
    let first = unsafe { PyArray1::<f64>::new(py, [rows * cols], false) };
    let second = unsafe { PyArray1::<f64>::new(py, [rows * cols], false) };
    let a = unsafe { first.as_slice_mut()? };
    let b = unsafe { second.as_slice_mut()? };
    let kern = crate::read_kernel(kernel)?;
    py.allow_threads(|| tide_batch_inner_into(h, l, &sweep, kern, true, a, b))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    let dict = PyDict::new(py);
    dict.set_item("up", first.reshape((rows, cols))?)?;
    dict.set_item("down", second.reshape((rows, cols))?)?;
    let spans: Vec<u32> = combos.iter().map(|p| p.length.unwrap_or(5) as u32).collect();
    dict.set_item("spans", spans.into_pyarray(py))?;
    dict.set_item("rows", rows)?;
    dict.set_item("cols", cols)?;
    Ok(dict.into())
}
"""

STREAM = """
#[pyclass(name = "Tides")]
pub struct TideStreamPy {
    inner: TideStream,
}

#[pymethods]
impl TideStreamPy {
    #[new]
    #[pyo3(signature = (span=7))]
    fn new(span: usize) -> PyResult<Self> {
        if span > 1000 {
            return Err(PyValueError::new_err("a span beyond the year"));
        }
        let params = TideParams { length: Some(span), ..TideParams::default() };
        let inner =
            TideStream::try_new(params).map_err(|e| PyValueError::new_err(e.to_string()))?;
        Ok(TideStreamPy { inner })
    }

    /// The next tide.
    fn update(&mut self, low: f64, high: f64) -> f64 {
        self.inner.update(high, low).unwrap_or(f64::NAN)
    }

    // Not ours.
    fn reset(&mut self) {
        self.inner.reset();
    }
}
"""

RESET = """
    // Not ours.
    fn reset(&mut self) {
        self.inner.reset();
    }
"""

INTO = """
pub fn tide_into_slices(
    flood: &mut [f64],
    ebb: &mut [f64],
    input: &TideInput,
    kernel: Kernel,
) -> Result<(), TideError> {
    let _ = kernel;
    flood[1..].copy_from_slice(&input.high[1..]);
    ebb[1..].copy_from_slice(&input.low[1..]);
    Ok(())
}
"""

# Lines of these bindings, in whose place tests put others.
HIGH = "    let h = high.as_slice()?;\n"
KERNEL = "    let kern = crate::read_kernel(kernel)?;\n"
CHOSEN = "    let chosen = span.unwrap_or(7);\n"
INPUT = "    let input = TideInput::from_slices(h, l, params);\n"
CALL = """    let (ebb, flood) = py
        .allow_threads(|| tide_with_kernel(&input, kern).map(|tide| (tide.ebb, tide.flood)))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
"""
END = "    Ok((ebb.into_pyarray(py), flood.into_pyarray(py)))"
SWEEP = "    let sweep = TideBatchRange { length: spans };\n"
FIRST = 'dict.set_item("up", first.reshape((rows, cols))?)?;'
HANDED = "        self.inner.update(high, low).unwrap_or(f64::NAN)"


def unnamed(text: str) -> str:
    """Tides without the parameter for which no test knows a value."""
    for old, new in (
        ("pub name: Option<String>,", ""),
        (', name: Some("spring".to_string())', ""),
        (", name: None", ""),
        (', kind="neap"', ""),
        ("    kind: &str,\n", ""),
        (", name: Some(kind.to_string())", ""),
    ):
        text = text.replace(old, new)
    return text
