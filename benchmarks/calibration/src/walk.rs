//! An exponential average, then `work` units of nothing: a planted slow-down of any size.
//!
//! The binding works longer still when the environment asks for it: a change that only one side has, in the same case.

use crate::work::work;

mod layout {
    include!(concat!(env!("OUT_DIR"), "/layout.rs"));
}

/// Units of planted work in each call of the binding; none where it is not set.
pub const UNITS: &str = "BINDCHECK_CALIBRATION_UNITS";

/// Parameters; one that is `None` has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkParams {
    /// Length of the average, at least 1; default 10.
    pub period: Option<usize>,
    /// Units of planted work; default 0.
    pub work: Option<usize>,
}

impl Default for WalkParams {
    fn default() -> Self {
        Self { period: Some(10), work: Some(0) }
    }
}

/// A series and the parameters to apply to it.
#[derive(Debug, Clone, Copy)]
pub struct WalkInput<'a> {
    /// The series.
    pub data: &'a [f64],
    /// The parameters.
    pub params: WalkParams,
}

impl<'a> WalkInput<'a> {
    /// The input over one slice.
    #[must_use]
    pub const fn from_slice(data: &'a [f64], params: WalkParams) -> Self {
        Self { data, params }
    }
}

/// The result for one set of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkOutput {
    /// As many values as the input has.
    pub values: Vec<f64>,
}

/// What a call can get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkError {
    /// The period is 0.
    InvalidPeriod,
}

impl std::fmt::Display for WalkError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("the period must be at least 1")
    }
}

impl std::error::Error for WalkError {}

/// The average of a series.
pub fn walk(input: &WalkInput) -> Result<WalkOutput, WalkError> {
    let period = input.params.period.unwrap_or(10);
    if period == 0 {
        return Err(WalkError::InvalidPeriod);
    }
    let weight = 2.0 / (period as f64 + 1.0);
    let mut average = input.data.first().copied().unwrap_or(f64::NAN);
    let mut values = Vec::with_capacity(input.data.len());
    for value in input.data {
        average += weight * (value - average);
        values.push(average);
    }
    std::hint::black_box(work(input.params.work.unwrap_or(0), average.to_bits()));
    Ok(WalkOutput { values })
}

/// Ranges of parameters: start, end (inclusive) and step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkBatchRange {
    /// Lengths of the average.
    pub period: (usize, usize, usize),
    /// Units of planted work.
    pub work: (usize, usize, usize),
}

/// The results for a grid of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkBatchOutput {
    /// `rows · cols` values, row by row.
    pub values: Vec<f64>,
    /// The parameters of each row.
    pub combos: Vec<WalkParams>,
    /// Number of rows.
    pub rows: usize,
    /// Length of the input.
    pub cols: usize,
}

fn axis((start, end, step): (usize, usize, usize)) -> Vec<usize> {
    if step == 0 { vec![start] } else { (start..=end).step_by(step).collect() }
}

/// All combinations of a range.
#[must_use]
pub fn expand_grid(range: &WalkBatchRange) -> Vec<WalkParams> {
    let works = axis(range.work);
    axis(range.period)
        .into_iter()
        .flat_map(|period| works.iter().map(move |&work| WalkParams { period: Some(period), work: Some(work) }))
        .collect()
}

/// From how many cells on rows are shared out to threads: a planted constant, far too large.
pub const PARALLEL_FROM: usize = 20_000_000;

/// The averages of a series for all combinations.
pub fn walk_batch(data: &[f64], range: &WalkBatchRange) -> Result<WalkBatchOutput, WalkError> {
    let combos = expand_grid(range);
    let (rows, cols) = (combos.len(), data.len());
    let row = |params: &WalkParams| walk(&WalkInput::from_slice(data, *params)).map(|output| output.values);
    let values = if rows * cols >= PARALLEL_FROM {
        in_threads(&combos, row)?
    } else {
        combos.iter().map(row).collect::<Result<Vec<_>, _>>()?
    };
    Ok(WalkBatchOutput { values: values.concat(), combos, rows, cols })
}

fn in_threads(
    combos: &[WalkParams],
    row: impl Fn(&WalkParams) -> Result<Vec<f64>, WalkError> + Sync,
) -> Result<Vec<Vec<f64>>, WalkError> {
    let half = combos.len().div_ceil(2);
    let run = |combos: &[WalkParams]| combos.iter().map(&row).collect::<Result<Vec<_>, _>>();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| run(&combos[half..]));
        let mut values = run(&combos[..half])?;
        values.extend(other.join().unwrap_or(Err(WalkError::InvalidPeriod))?);
        Ok(values)
    })
}

#[cfg(feature = "python")]
mod python {
    use std::hint::black_box;
    use std::sync::OnceLock;

    use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;
    use pyo3::types::PyDict;

    use super::{UNITS, WalkBatchRange, WalkError, WalkInput, WalkParams, walk, walk_batch};
    use crate::work;

    fn planted() -> usize {
        static UNITS_FOUND: OnceLock<usize> = OnceLock::new();
        *UNITS_FOUND.get_or_init(|| std::env::var(UNITS).ok().and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    fn raised(error: WalkError) -> PyErr {
        PyValueError::new_err(error.to_string())
    }

    /// The average of `data`.
    #[pyfunction(name = "walk")]
    #[pyo3(signature = (data, period=10, work=0))]
    pub fn walk_py<'py>(
        py: Python<'py>,
        data: PyReadonlyArray1<'py, f64>,
        period: usize,
        work: usize,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let params = WalkParams { period: Some(period), work: Some(work) };
        let input = WalkInput::from_slice(data.as_slice()?, params);
        let output = py.detach(|| walk(&input)).map_err(raised)?;
        black_box(work::work(planted(), output.values.last().map_or(0, |value| value.to_bits())));
        Ok(output.values.into_pyarray(py))
    }

    /// The averages of `data` for all combinations.
    #[pyfunction(name = "walk_batch")]
    pub fn walk_batch_py<'py>(
        py: Python<'py>,
        data: PyReadonlyArray1<'py, f64>,
        period_range: (usize, usize, usize),
        work_range: (usize, usize, usize),
    ) -> PyResult<Bound<'py, PyDict>> {
        let range = WalkBatchRange { period: period_range, work: work_range };
        let series = data.as_slice()?;
        let output = py.detach(|| walk_batch(series, &range)).map_err(raised)?;
        let values: Bound<'py, PyArray2<f64>> = output.values.into_pyarray(py).reshape([output.rows, output.cols])?;
        let dict = PyDict::new(py);
        dict.set_item("values", values)?;
        Ok(dict)
    }
}

#[cfg(feature = "python")]
pub use python::{walk_batch_py, walk_py};
