"""Two indicators bound by hand: one whose parameters may be left out as a whole, without defaults
of their own, and one with an enum for which Python gives a flag.
"""

from __future__ import annotations

from pathlib import Path

from synthetic_cores import write_reference

GLIDE = """use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[derive(Debug, Clone, Copy)]
pub struct GlideConfig {
    pub period: usize,
    pub floor: Option<f64>,
}

/// The mean of a window, not below a floor.
pub fn glide(prices: &[f64], config: Option<GlideConfig>) -> Result<Vec<f64>, String> {
    let c = config.unwrap_or(GlideConfig { period: 12, floor: None });
    if c.period == 0 || c.period > prices.len() {
        return Err(format!("no window of {}", c.period));
    }
    let mut out = vec![f64::NAN; prices.len()];
    for at in c.period - 1..prices.len() {
        let mean = prices[at + 1 - c.period..=at].iter().sum::<f64>() / c.period as f64;
        out[at] = mean.max(c.floor.unwrap_or(f64::MIN));
    }
    Ok(out)
}

#[pyfunction(name = "glide")]
#[pyo3(signature = (prices, period=12, floor=None))]
pub fn glide_py<'py>(
    py: Python<'py>,
    prices: PyReadonlyArray1<'py, f64>,
    period: usize,
    floor: Option<f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let prices = prices.as_slice()?;
    let values = py
        .detach(|| glide(prices, Some(GlideConfig { period, floor })))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(values.into_pyarray(py))
}
"""

PANE = """use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Ends {
    #[default]
    Cut,
    Hold,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PaneParams {
    pub period: usize,
    pub ends: Ends,
}

impl Default for PaneParams {
    fn default() -> Self {
        Self { period: 5, ends: Ends::Cut }
    }
}

/// The mean of a window.
pub fn pane(data: &[f64], params: &PaneParams) -> Result<Vec<f64>, String> {
    let period = params.period;
    if period == 0 || period > data.len() {
        return Err(format!("no window of {period}"));
    }
    let mut stream = PaneStream::new(params.clone());
    let ends = params.ends == Ends::Hold;
    let held = |x: f64| if ends { x } else { f64::NAN };
    Ok(data.iter().map(|&x| stream.update(x).unwrap_or(held(x))).collect())
}

#[derive(Debug, Clone)]
pub struct PaneBatchRange {
    pub period: (usize, usize, usize),
    pub ends: Ends,
}

pub struct PaneBatchOutput {
    pub values: Vec<f64>,
    pub combos: Vec<PaneParams>,
    pub rows: usize,
    pub cols: usize,
}

pub fn pane_batch(data: &[f64], range: &PaneBatchRange) -> Result<PaneBatchOutput, String> {
    let (start, end, step) = range.period;
    let periods = (start..=end).step_by(step.max(1));
    let combos: Vec<PaneParams> =
        periods.map(|period| PaneParams { period, ends: range.ends }).collect();
    let mut values = Vec::new();
    for combo in &combos {
        values.extend(pane(data, combo)?);
    }
    Ok(PaneBatchOutput { values, rows: combos.len(), cols: data.len(), combos })
}

pub struct PaneStream {
    params: PaneParams,
    window: Vec<f64>,
}

impl PaneStream {
    pub fn new(params: PaneParams) -> Self {
        Self { params, window: Vec::new() }
    }

    pub fn update(&mut self, value: f64) -> Option<f64> {
        self.window.push(value);
        if self.window.len() > self.params.period {
            self.window.remove(0);
        }
        let full = self.window.len() == self.params.period;
        full.then(|| self.window.iter().sum::<f64>() / self.window.len() as f64)
    }
}

#[pyfunction(name = "pane")]
#[pyo3(signature = (data, period=5, hold=false))]
pub fn pane_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
    hold: bool,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    let ends = if hold { Ends::Hold } else { Ends::Cut };
    let params = PaneParams { period, ends };
    let values = py
        .detach(|| pane(data, &params))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(values.into_pyarray(py))
}

#[pyfunction(name = "pane_batch")]
#[pyo3(signature = (data, periods))]
pub fn pane_batch_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    periods: (usize, usize, usize),
) -> PyResult<Bound<'py, PyDict>> {
    let data = data.as_slice()?;
    let sweep = PaneBatchRange { period: periods, ends: Ends::Cut };
    let output = py
        .detach(|| pane_batch(data, &sweep))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    let dict = PyDict::new(py);
    dict.set_item("values", output.values.into_pyarray(py).reshape([output.rows, output.cols])?)?;
    let periods: Vec<u64> = output.combos.iter().map(|c| c.period as u64).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

#[pyclass(name = "PaneStream")]
pub struct PaneStreamPy {
    stream: PaneStream,
}

#[pymethods]
impl PaneStreamPy {
    #[new]
    #[pyo3(signature = (period=5))]
    fn new(period: usize) -> PyResult<Self> {
        let params = PaneParams { period, ..Default::default() };
        Ok(Self { stream: PaneStream::new(params) })
    }

    fn update(&mut self, value: f64) -> Option<f64> {
        self.stream.update(value)
    }
}
"""


def write_glides(root: Path, glide: str = GLIDE, pane: str = PANE) -> Path:
    """A crate with the two, whose module registers none of their bindings yet."""
    write_reference(root, ())
    lib = root / "src/lib.rs"
    gate = '#[cfg(feature = "python")]\n'
    lib.write_text(f"{gate}pub mod glide;\n{gate}pub mod pane;\n{lib.read_text()}")
    (root / "src/glide.rs").write_text(glide)
    (root / "src/pane.rs").write_text(pane)
    return root
