//! ALMA, the Arnaud Legoux moving average: a Gaussian window whose peak is moved towards the newest value.
//!
//! # Formula
//! With `m = offset · (period − 1)` and `s = period / sigma`, the value at `t` is `Σ wᵢ · x[t − period + 1 + i] / Σ wᵢ`
//! over `i = 0 … period − 1`, where `wᵢ = exp(−(i − m)² / 2s²)` (A. Legoux and D. Kouzis-Loukas, 2009; `m` is not rounded).
//!
//! # Parameters
//! `period` (at least 1, default 9): length of the window. `offset` (0 to 1, default 0.85): where the window peaks, 1 being
//! the newest value. `sigma` (above 0, default 6): the larger, the narrower the window.
//!
//! # NaN
//! Leading NaN shift the warm-up: with the first number at `f`, values before `f + period − 1` are NaN. A later NaN makes
//! the `period` values NaN whose windows hold it, and so does an infinity that a vanishing weight meets.
//!
//! # Kernels
//! Those of [`crate::fir`]: all kernels agree bit for bit, and so do single, batch and stream.
//!
//! # Example
//! ```
//! use bindcheck_indicators::alma::{AlmaInput, AlmaParams, alma};
//!
//! let params = AlmaParams { period: Some(3), ..AlmaParams::default() };
//! let output = alma(&AlmaInput::from_slice(&[1.0, 2.0, 3.0, 4.0], params))?;
//! assert!(output.values[..2].iter().all(|value| value.is_nan()));
//! assert!((output.values[3] - 3.6857).abs() < 1e-4);
//! # Ok::<(), bindcheck_indicators::alma::AlmaError>(())
//! ```

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::buffer::{MAX_LEN, as_uninit, check_len, filled, first_valid, reserve};
use crate::error::CallError;
pub use crate::fir::KERNELS;
use crate::fir::convolve_rows;
use crate::grid::{axis_f64, axis_usize, cells, combinations};
use crate::interrupt::{Meter, pieces};
use crate::kernel::{Chosen, Kernel};
use crate::ring::Ring;
use crate::rows::write_rows;

/// Parameters; one that is `None` has its default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlmaParams {
    /// Length of the window, at least 1; default 9.
    pub period: Option<usize>,
    /// Where the window peaks, from 0 (oldest value) to 1 (newest); default 0.85.
    pub offset: Option<f64>,
    /// Sharpness of the window, above 0; default 6.
    pub sigma: Option<f64>,
}

impl Default for AlmaParams {
    fn default() -> Self {
        Self { period: Some(9), offset: Some(0.85), sigma: Some(6.0) }
    }
}

impl AlmaParams {
    /// The period, or its default.
    #[must_use]
    pub fn get_period(&self) -> usize {
        self.period.unwrap_or(9)
    }

    /// The offset, or its default.
    #[must_use]
    pub fn get_offset(&self) -> f64 {
        self.offset.unwrap_or(0.85)
    }

    /// The sigma, or its default.
    #[must_use]
    pub fn get_sigma(&self) -> f64 {
        self.sigma.unwrap_or(6.0)
    }
}

/// A series and the parameters to apply to it.
#[derive(Debug, Clone, Copy)]
pub struct AlmaInput<'a> {
    /// The series.
    pub data: &'a [f64],
    /// The parameters.
    pub params: AlmaParams,
}

impl<'a> AlmaInput<'a> {
    /// The input over one slice.
    #[must_use]
    pub const fn from_slice(data: &'a [f64], params: AlmaParams) -> Self {
        Self { data, params }
    }
}

/// The result for one set of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct AlmaOutput {
    /// As many values as the input has.
    pub values: Vec<f64>,
}

/// A grid of parameters: `(start, end, step)` each, end inclusive; step 0 means the start alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlmaBatchRange {
    /// Periods.
    pub period: (usize, usize, usize),
    /// Offsets.
    pub offset: (f64, f64, f64),
    /// Sigmas.
    pub sigma: (f64, f64, f64),
}

impl Default for AlmaBatchRange {
    /// The default parameters alone.
    fn default() -> Self {
        Self { period: (9, 9, 0), offset: (0.85, 0.85, 0.0), sigma: (6.0, 6.0, 0.0) }
    }
}

impl AlmaBatchRange {
    /// All combinations, the first parameter varying slowest.
    pub fn expand(&self) -> Result<Vec<AlmaParams>, AlmaError> {
        let periods = axis_usize(self.period)?;
        let offsets = axis_f64(self.offset)?;
        let sigmas = axis_f64(self.sigma)?;
        let mut combos = reserve(combinations(&[periods.len(), offsets.len(), sigmas.len()])?)?;
        for &period in &periods {
            for &offset in &offsets {
                for &sigma in &sigmas {
                    combos.push(AlmaParams { period: Some(period), offset: Some(offset), sigma: Some(sigma) });
                }
            }
        }
        Ok(combos)
    }
}

/// The results for a grid of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct AlmaBatchOutput {
    /// `rows · cols` values, row by row.
    pub values: Vec<f64>,
    /// The parameters of each row.
    pub combos: Vec<AlmaParams>,
    /// Number of parameter combinations.
    pub rows: usize,
    /// Length of the input.
    pub cols: usize,
}

/// What a call can get wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AlmaError {
    /// The period is 0 or exceeds the input.
    #[error("invalid period {period}: must be from 1 to {max}")]
    InvalidPeriod {
        /// The period.
        period: usize,
        /// The longest period that the input allows.
        max: usize,
    },
    /// The offset is not a number from 0 to 1.
    #[error("invalid offset {offset:?}: must be from 0 to 1")]
    InvalidOffset {
        /// The offset.
        offset: f64,
    },
    /// The sigma is not a finite number above 0.
    #[error("invalid sigma {sigma:?}: must be finite and above 0")]
    InvalidSigma {
        /// The sigma.
        sigma: f64,
    },
    /// The window is so narrow that no weight is left.
    #[error("invalid sigma {sigma:?}: at period {period} and offset {offset:?} every weight vanishes")]
    VanishingWeights {
        /// The sigma.
        sigma: f64,
        /// The period.
        period: usize,
        /// The offset.
        offset: f64,
    },
    /// What any call can get wrong.
    #[error("{0}")]
    Call(#[from] CallError),
}

/// ALMA of a series by the fastest kernel.
pub fn alma(input: &AlmaInput) -> Result<AlmaOutput, AlmaError> {
    alma_with_kernel(input, Kernel::Auto)
}

/// ALMA of a series by a given kernel.
pub fn alma_with_kernel(input: &AlmaInput, kernel: Kernel) -> Result<AlmaOutput, AlmaError> {
    let kernel = kernel.choose(KERNELS)?;
    let first = alma_check(input.data, &[input.params])?;
    let values = filled(input.data.len(), |dst| alma_rows(input.data, first, &[input.params], kernel, dst))?;
    Ok(AlmaOutput { values })
}

/// ALMA of a series into a slice of the same length.
pub fn alma_into_slice(dst: &mut [f64], input: &AlmaInput, kernel: Kernel) -> Result<(), AlmaError> {
    // SAFETY: `alma_into_uninit` only writes numbers.
    let dst = unsafe { as_uninit(dst) };
    alma_into_uninit(dst, input, kernel).map(|_| ())
}

/// ALMA of a series into memory of the same length; the slice returned is the proof that all of it was written.
pub fn alma_into_uninit<'o>(
    dst: &'o mut [MaybeUninit<f64>],
    input: &AlmaInput,
    kernel: Kernel,
) -> Result<&'o mut [f64], AlmaError> {
    let kernel = kernel.choose(KERNELS)?;
    let first = alma_check(input.data, &[input.params])?;
    check_len(dst, input.data.len())?;
    alma_rows(input.data, first, &[input.params], kernel, dst)
}

/// ALMA of a series for every combination of a grid.
pub fn alma_batch_with_kernel(
    data: &[f64],
    sweep: &AlmaBatchRange,
    kernel: Kernel,
) -> Result<AlmaBatchOutput, AlmaError> {
    kernel.choose(KERNELS)?;
    let combos = sweep.expand()?;
    alma_check(data, &combos)?;
    let (rows, cols) = (combos.len(), data.len());
    let values = filled(cells(rows, cols)?, |dst| alma_batch_inner_into(data, &combos, kernel, 0, dst))?;
    Ok(AlmaBatchOutput { values, combos, rows, cols })
}

/// One row per combination into memory of `combos.len() · data.len()` values, on `threads` threads (0: all).
///
/// Every cell is written, the warm-up of each row with NaN; the slice returned is the proof.
pub fn alma_batch_inner_into<'o>(
    data: &[f64],
    combos: &[AlmaParams],
    kernel: Kernel,
    threads: usize,
    dst: &'o mut [MaybeUninit<f64>],
) -> Result<&'o mut [f64], AlmaError> {
    let kernel = kernel.choose(KERNELS)?;
    let first = alma_check(data, combos)?;
    check_len(dst, cells(combos.len(), data.len())?)?;
    write_rows(threads, data.len(), dst, |row, dst| {
        let combos = &combos[row..row + dst.len() / data.len()];
        alma_rows(data, first, combos, kernel, dst)
    })
}

/// Checks input and parameters of a call; gives the index of the first number.
pub(crate) fn alma_check(data: &[f64], combos: &[AlmaParams]) -> Result<usize, AlmaError> {
    let first = first_valid(data)?;
    if combos.is_empty() {
        return Err(CallError::EmptyGrid.into());
    }
    for params in combos {
        alma_check_params(params, data.len())?;
        let (needed, valid) = (params.get_period(), data.len() - first);
        if valid < needed {
            return Err(CallError::TooFewValues { needed, valid }.into());
        }
    }
    Ok(first)
}

fn alma_check_params(params: &AlmaParams, max: usize) -> Result<(), AlmaError> {
    let (period, offset, sigma) = (params.get_period(), params.get_offset(), params.get_sigma());
    if period == 0 || period > max {
        return Err(AlmaError::InvalidPeriod { period, max });
    }
    if !(0.0..=1.0).contains(&offset) {
        return Err(AlmaError::InvalidOffset { offset });
    }
    if !(sigma.is_finite() && sigma > 0.0) {
        return Err(AlmaError::InvalidSigma { sigma });
    }
    let peak = offset * (period - 1) as f64;
    if !weight(params)(peak.round()).is_normal() {
        return Err(AlmaError::VanishingWeights { sigma, period, offset });
    }
    Ok(())
}

/// The weight of a place in the window, not normalised.
fn weight(params: &AlmaParams) -> impl Fn(f64) -> f64 {
    let period = params.get_period();
    let m = params.get_offset() * (period - 1) as f64;
    let s = period as f64 / params.get_sigma();
    move |i| (-(i - m) * (i - m) / (2.0 * s * s)).exp()
}

/// The window, oldest place first; its weights sum to 1.
fn alma_weights(params: &AlmaParams) -> Result<Vec<f64>, CallError> {
    let period = params.get_period();
    let mut weights = reserve(period)?;
    let mut norm = 0.0;
    for piece in pieces(0..period) {
        let piece = piece?;
        norm = add_weights(&mut weights, params, piece, norm);
    }
    for piece in pieces(0..period) {
        normalise(&mut weights[piece?], norm);
    }
    Ok(weights)
}

/// Adds the weights of these places; gives the sum so far.
fn add_weights(weights: &mut Vec<f64>, params: &AlmaParams, places: Range<usize>, mut norm: f64) -> f64 {
    let weight = weight(params);
    weights.extend(places.map(|i| {
        let weight = weight(i as f64);
        norm += weight;
        weight
    }));
    norm
}

fn normalise(weights: &mut [f64], norm: f64) {
    for weight in weights {
        *weight /= norm;
    }
}

/// Rows for checked parameters.
fn alma_rows<'o>(
    data: &[f64],
    first: usize,
    combos: &[AlmaParams],
    kernel: Chosen,
    dst: &'o mut [MaybeUninit<f64>],
) -> Result<&'o mut [f64], AlmaError> {
    let mut meter = Meter::new();
    let window = |params: &AlmaParams| meter.spend(params.get_period()).and_then(|()| alma_weights(params));
    let windows = combos.iter().map(window).collect::<Result<Vec<_>, _>>()?;
    Ok(convolve_rows(data, first, &windows, kernel, dst)?)
}

/// ALMA one value at a time. Room for `period` values and weights is reserved at the start, so that `update` cannot fail.
#[derive(Debug, Clone)]
pub struct AlmaStream {
    params: AlmaParams,
    weights: Vec<f64>,
    window: Ring,
}

impl AlmaStream {
    /// A stream that has seen nothing.
    pub fn try_new(params: AlmaParams) -> Result<Self, AlmaError> {
        alma_check_params(&params, MAX_LEN)?;
        let period = params.get_period();
        Ok(Self { params, weights: reserve(period)?, window: Ring::new(period)? })
    }

    /// Takes the next value; gives the average once `period` values were taken from the first that is not NaN.
    pub fn update(&mut self, value: f64) -> Option<f64> {
        if self.window.is_empty() && value.is_nan() {
            return None;
        }
        self.window.push(value);
        if !self.window.is_full() {
            return None;
        }
        if self.weights.is_empty() {
            let period = self.params.get_period();
            let norm = add_weights(&mut self.weights, &self.params, 0..period, 0.0);
            normalise(&mut self.weights, norm);
        }
        Some(self.weights.iter().zip(self.window.iter()).fold(0.0, |sum, (weight, value)| sum + weight * value))
    }
}

// Python binding

#[cfg(feature = "python")]
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "python")]
use numpy::{IntoPyArray, PyArray1};
#[cfg(feature = "python")]
use pyo3::{prelude::*, sync::MutexExt, types::PyDict};

#[cfg(feature = "python")]
use crate::python::{
    Out, Raise, Series, interruptible, parse_kernel, parse_threads, real, real_range, unsigned, unsigned_or_none,
    unsigned_range,
};

/// ALMA of `data`, a one-dimensional float64 array of any layout: a new array of the same length, or `out`.
///
/// Kernels are "auto", "scalar", "avx2", "avx512" and "neon". A wrong value, a kernel that is not available here or an
/// unusable `out` is a `ValueError`, another type or dtype a `TypeError`. An interrupt ends the call within
/// about 50 ms. `data` must not be written or resized meanwhile.
#[cfg(feature = "python")]
#[pyfunction(name = "alma")]
#[pyo3(signature = (data, period=9, offset=0.85, sigma=6.0, kernel=None, *, out=None))]
pub fn alma_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    #[pyo3(from_py_with = unsigned)] period: usize,
    #[pyo3(from_py_with = real)] offset: f64,
    #[pyo3(from_py_with = real)] sigma: f64,
    kernel: Option<&str>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let params = AlmaParams { period: Some(period), offset: Some(offset), sigma: Some(sigma) };
    let data_view = data.view()?;
    if let Some(out) = out {
        let mut out = Out::series(&out, data_view.len(), &[data_view.span()])?;
        let dst = out.memory();
        py.detach(interruptible(|| {
            let data = data_view.read()?;
            let input = AlmaInput::from_slice(&data, params);
            alma_into_uninit(dst, &input, kernel)?;
            Ok(())
        }))?;
        return Ok(out.into_array());
    }
    let output = py.detach(interruptible(|| {
        let data = data_view.read()?;
        let input = AlmaInput::from_slice(&data, params);
        Ok(alma_with_kernel(&input, kernel)?)
    }))?;
    Ok(output.values.into_pyarray(py))
}

/// ALMA of `data` for every combination of the ranges `(start, end, step)`, end inclusive, step 0 meaning the start alone.
///
/// The dict has `values`, one row per combination (a new matrix, or `out`), and the parameters of each row in `periods`,
/// `offsets` and `sigmas`. `threads` is `None` for all that this process may use. Errors and the rest are those of `alma`.
#[cfg(feature = "python")]
#[pyfunction(name = "alma_batch")]
#[pyo3(signature = (data, period_range, offset_range, sigma_range, kernel=None, *, threads=None, out=None))]
pub fn alma_batch_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    #[pyo3(from_py_with = unsigned_range)] period_range: (usize, usize, usize),
    #[pyo3(from_py_with = real_range)] offset_range: (f64, f64, f64),
    #[pyo3(from_py_with = real_range)] sigma_range: (f64, f64, f64),
    kernel: Option<&str>,
    #[pyo3(from_py_with = unsigned_or_none)] threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let threads = parse_threads(threads)?;
    let sweep = AlmaBatchRange { period: period_range, offset: offset_range, sigma: sigma_range };
    let data_view = data.view()?;
    let (data_slice, combos) = py.detach(interruptible(|| {
        let combos = sweep.expand()?;
        let data = data_view.read()?;
        alma_check(&data, &combos)?;
        Ok((data, combos))
    }))?;
    let mut values = Out::matrix(py, out.as_ref(), combos.len(), data_view.len(), &[data_view.span()])?;
    let dst = values.memory();
    py.detach(interruptible(|| {
        alma_batch_inner_into(&data_slice, &combos, kernel, threads, dst)?;
        Ok(())
    }))?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_array())?;
    let periods: Vec<_> = combos.iter().map(AlmaParams::get_period).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    let offsets: Vec<_> = combos.iter().map(AlmaParams::get_offset).collect();
    dict.set_item("offsets", offsets.into_pyarray(py))?;
    let sigmas: Vec<_> = combos.iter().map(AlmaParams::get_sigma).collect();
    dict.set_item("sigmas", sigmas.into_pyarray(py))?;
    Ok(dict)
}

/// ALMA one value at a time, with the parameters and errors of `alma`.
#[cfg(feature = "python")]
#[pyclass(frozen, name = "AlmaStream", module = "bindcheck_indicators")]
pub struct AlmaStreamPy {
    stream: Mutex<AlmaStream>,
}

#[cfg(feature = "python")]
#[pymethods]
impl AlmaStreamPy {
    #[new]
    #[pyo3(signature = (period=9, offset=0.85, sigma=6.0))]
    fn new(
        #[pyo3(from_py_with = unsigned)] period: usize,
        #[pyo3(from_py_with = real)] offset: f64,
        #[pyo3(from_py_with = real)] sigma: f64,
    ) -> PyResult<Self> {
        let params = AlmaParams { period: Some(period), offset: Some(offset), sigma: Some(sigma) };
        let stream = AlmaStream::try_new(params).map_err(Raise::from)?;
        Ok(Self { stream: Mutex::new(stream) })
    }

    /// Takes the next value; gives a value once the warm-up is over.
    fn update(&self, py: Python<'_>, #[pyo3(from_py_with = real)] value: f64) -> Option<f64> {
        let mut stream = self.stream.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        stream.update(value)
    }
}

#[cfg(test)]
mod tests;
