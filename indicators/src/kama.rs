//! KAMA, Kaufman's adaptive moving average: fast when the price moves in one direction, slow when it only swings.
//!
//! # Formula
//! With `x` the series and `p` the period, the efficiency ratio is `|x[t] − x[t − p]| / Σ |x[k] − x[k − 1]|` over the last
//! `p` differences, 1 where the sum vanishes (is at most 1e-14) and never above 1. The smoothing constant is
//! `c = (ratio · (2/3 − 2/31) + 2/31)²`, from 2 (fast) and 30 (slow) bars, and `kama[t] = kama[t − 1] + c · (x[t] − kama[t − 1])`
//! (P. J. Kaufman, Trading Systems and Methods; the definition of TA-Lib).
//!
//! # Parameters
//! `period` (at least 1, default 30): over how many differences efficiency is measured.
//!
//! # NaN
//! With the first number at `f`, the recursion starts from `x[f + period − 1]` and the first value is at `f + period`; all
//! before it are NaN. A NaN or infinity up to there, or differences whose sum overflows, make every value NaN. Behind it
//! a NaN makes every value from there on NaN; at an infinity the value is that infinity, and every one after it NaN.
//!
//! # Kernels
//! A batch computes eight rows in the lanes of a register, a lone row is the same recursion in one lane. The step of the
//! recursion is a fused multiply-add: it keeps a constant series constant, and under `scalar` it may be a call into the
//! mathematical library. All kernels agree bit for bit, and so do single, batch and stream.
//!
//! # Example
//! ```
//! use bindcheck_indicators::kama::{KamaInput, KamaParams, kama};
//!
//! let output = kama(&KamaInput::from_slice(&[1.0, 2.0, 3.0, 4.0], KamaParams { period: Some(2) }))?;
//! assert!(output.values[..2].iter().all(|value| value.is_nan()));
//! assert!((output.values[2] - (2.0 + 4.0 / 9.0)).abs() < 1e-12);
//! # Ok::<(), bindcheck_indicators::kama::KamaError>(())
//! ```

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::buffer::{MAX_LEN, as_uninit, assume_written, check_len, fill, filled, first_valid, reserve};
use crate::error::CallError;
use crate::grid::{axis_usize, cells, combinations};
use crate::interrupt::pieces;
use crate::kernel::{Chosen, Kernel};
use crate::lanes::{Columns, LANES, cut, spread, write_columns};
use crate::ring::Ring;
use crate::rows::write_rows;

/// The kernels of this indicator, from the fastest to the slowest.
pub const KERNELS: &[Kernel] = &[Kernel::Avx512, Kernel::Avx2, Kernel::Scalar];

/// Parameters; one that is `None` has its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KamaParams {
    /// Over how many differences efficiency is measured, at least 1; default 30.
    pub period: Option<usize>,
}

impl Default for KamaParams {
    fn default() -> Self {
        Self { period: Some(30) }
    }
}

impl KamaParams {
    /// The period, or its default.
    #[must_use]
    pub fn get_period(&self) -> usize {
        self.period.unwrap_or(30)
    }
}

/// A series and the parameters to apply to it.
#[derive(Debug, Clone, Copy)]
pub struct KamaInput<'a> {
    /// The series.
    pub data: &'a [f64],
    /// The parameters.
    pub params: KamaParams,
}

impl<'a> KamaInput<'a> {
    /// The input over one slice.
    #[must_use]
    pub const fn from_slice(data: &'a [f64], params: KamaParams) -> Self {
        Self { data, params }
    }
}

/// The result for one set of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct KamaOutput {
    /// As many values as the input has.
    pub values: Vec<f64>,
}

/// A grid of parameters: `(start, end, step)` each, end inclusive; step 0 means the start alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KamaBatchRange {
    /// Periods.
    pub period: (usize, usize, usize),
}

impl Default for KamaBatchRange {
    /// The default parameters alone.
    fn default() -> Self {
        Self { period: (30, 30, 0) }
    }
}

impl KamaBatchRange {
    /// All combinations, the first parameter varying slowest.
    pub fn expand(&self) -> Result<Vec<KamaParams>, KamaError> {
        let periods = axis_usize(self.period)?;
        let mut combos = reserve(combinations(&[periods.len()])?)?;
        combos.extend(periods.into_iter().map(|period| KamaParams { period: Some(period) }));
        Ok(combos)
    }
}

/// The results for a grid of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct KamaBatchOutput {
    /// `rows · cols` values, row by row.
    pub values: Vec<f64>,
    /// The parameters of each row.
    pub combos: Vec<KamaParams>,
    /// Number of parameter combinations.
    pub rows: usize,
    /// Length of the input.
    pub cols: usize,
}

/// What a call can get wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum KamaError {
    /// The period is 0, or not below the input length.
    #[error("invalid period {period}: must be from 1 to {max}")]
    InvalidPeriod {
        /// The period.
        period: usize,
        /// The longest period that the input allows.
        max: usize,
    },
    /// What any call can get wrong.
    #[error("{0}")]
    Call(#[from] CallError),
}

/// KAMA of a series by the fastest kernel.
pub fn kama(input: &KamaInput) -> Result<KamaOutput, KamaError> {
    kama_with_kernel(input, Kernel::Auto)
}

/// KAMA of a series by a given kernel.
pub fn kama_with_kernel(input: &KamaInput, kernel: Kernel) -> Result<KamaOutput, KamaError> {
    let kernel = kernel.choose(KERNELS)?;
    let first = kama_check(input.data, &[input.params])?;
    let values = filled(input.data.len(), |dst| kama_rows(input.data, first, &[input.params], kernel, dst))?;
    Ok(KamaOutput { values })
}

/// KAMA of a series into a slice of the same length.
pub fn kama_into_slice(dst: &mut [f64], input: &KamaInput, kernel: Kernel) -> Result<(), KamaError> {
    // SAFETY: `kama_into_uninit` only writes numbers.
    let dst = unsafe { as_uninit(dst) };
    kama_into_uninit(dst, input, kernel).map(|_| ())
}

/// KAMA of a series into memory of the same length; the slice returned is the proof that all of it was written.
pub fn kama_into_uninit<'o>(
    dst: &'o mut [MaybeUninit<f64>],
    input: &KamaInput,
    kernel: Kernel,
) -> Result<&'o mut [f64], KamaError> {
    let kernel = kernel.choose(KERNELS)?;
    let first = kama_check(input.data, &[input.params])?;
    check_len(dst, input.data.len())?;
    Ok(kama_rows(input.data, first, &[input.params], kernel, dst)?)
}

/// KAMA of a series for every combination of a grid.
pub fn kama_batch_with_kernel(
    data: &[f64],
    sweep: &KamaBatchRange,
    kernel: Kernel,
) -> Result<KamaBatchOutput, KamaError> {
    kernel.choose(KERNELS)?;
    let combos = sweep.expand()?;
    kama_check(data, &combos)?;
    let (rows, cols) = (combos.len(), data.len());
    let values = filled(cells(rows, cols)?, |dst| kama_batch_inner_into(data, &combos, kernel, 0, dst))?;
    Ok(KamaBatchOutput { values, combos, rows, cols })
}

/// One row per combination into memory of `combos.len() · data.len()` values, on `threads` threads (0: all).
///
/// Every cell is written, the warm-up of each row with NaN; the slice returned is the proof.
pub fn kama_batch_inner_into<'o>(
    data: &[f64],
    combos: &[KamaParams],
    kernel: Kernel,
    threads: usize,
    dst: &'o mut [MaybeUninit<f64>],
) -> Result<&'o mut [f64], KamaError> {
    let kernel = kernel.choose(KERNELS)?;
    let first = kama_check(data, combos)?;
    check_len(dst, cells(combos.len(), data.len())?)?;
    write_rows(threads, data.len(), dst, |row, dst| {
        let combos = &combos[row..row + dst.len() / data.len()];
        Ok(kama_rows(data, first, combos, kernel, dst)?)
    })
}

/// Checks input and parameters of a call; gives the index of the first number.
pub(crate) fn kama_check(data: &[f64], combos: &[KamaParams]) -> Result<usize, KamaError> {
    let first = first_valid(data)?;
    if combos.is_empty() {
        return Err(CallError::EmptyGrid.into());
    }
    if data.len() < 2 {
        // No period is below a length of 1: none can be asked for instead.
        return Err(CallError::TooFewValues { needed: 2, valid: data.len() - first }.into());
    }
    for params in combos {
        kama_check_params(params, data.len() - 1)?;
        let (needed, valid) = (params.get_period() + 1, data.len() - first);
        if valid < needed {
            return Err(CallError::TooFewValues { needed, valid }.into());
        }
    }
    Ok(first)
}

fn kama_check_params(params: &KamaParams, max: usize) -> Result<(), KamaError> {
    let period = params.get_period();
    if period == 0 || period > max {
        return Err(KamaError::InvalidPeriod { period, max });
    }
    Ok(())
}

/// Up to [`LANES`] rows for checked parameters.
fn kama_rows<'o>(
    data: &[f64],
    first: usize,
    combos: &[KamaParams],
    kernel: Chosen,
    dst: &'o mut [MaybeUninit<f64>],
) -> Result<&'o mut [f64], CallError> {
    match combos.len() {
        1 => kama_lanes::<1>(data, first, combos, kernel, dst),
        _ => kama_lanes::<LANES>(data, first, combos, kernel, dst),
    }?;
    // SAFETY: with no error, each row was written up to its first value with NaN, and every column from there on.
    Ok(unsafe { assume_written(dst) })
}

fn kama_lanes<const N: usize>(
    data: &[f64],
    first: usize,
    combos: &[KamaParams],
    kernel: Chosen,
    dst: &mut [MaybeUninit<f64>],
) -> Result<(), CallError> {
    let periods: [usize; N] = spread(combos).map(|params: KamaParams| params.get_period());
    let mut rows = Rows { data, first, periods, lanes: Lanes { sum: [0.0; N], before: [0.0; N], value: [0.0; N] } };
    for (lane, row) in dst.chunks_exact_mut(data.len()).enumerate() {
        let begin = first + periods[lane];
        fill(&mut row[..begin], f64::NAN)?;
        rows.lanes.sum[lane] = travelled(&data[first..=begin])?;
    }
    for columns in pieces(first..data.len()) {
        let columns = columns?;
        match kernel.get() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a `Chosen` exists only for a kernel that this CPU can run.
            Kernel::Avx512 => unsafe { kama_avx512(&mut rows, columns, dst) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Kernel::Avx2 => unsafe { kama_avx2(&mut rows, columns, dst) },
            _ => kama_body(&mut rows, columns, dst),
        }
    }
    Ok(())
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
fn kama_avx512<const N: usize>(rows: &mut Rows<N>, columns: Range<usize>, dst: &mut [MaybeUninit<f64>]) {
    kama_body(rows, columns, dst);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn kama_avx2<const N: usize>(rows: &mut Rows<N>, columns: Range<usize>, dst: &mut [MaybeUninit<f64>]) {
    kama_body(rows, columns, dst);
}

/// The sum of the absolute differences.
fn travelled(data: &[f64]) -> Result<f64, CallError> {
    let mut sum = 0.0;
    for places in pieces(1..data.len()) {
        let places = places?;
        let pairs = data[places.start - 1..places.end].windows(2);
        sum = pairs.fold(sum, |sum, pair| sum + (pair[0] - pair[1]).abs());
    }
    Ok(sum)
}

/// The next columns of all rows, each from its first value on.
#[inline(always)]
fn kama_body<const N: usize>(rows: &mut Rows<N>, columns: Range<usize>, dst: &mut [MaybeUninit<f64>]) {
    let Rows { data, first, periods, .. } = *rows;
    // Rows begin at columns of their own, and advance together from `shared` on.
    let shared = first + 1 + periods.iter().fold(0, |longest, &period| longest.max(period));
    let (apart, together) = cut(columns, shared);
    for (lane, row) in dst.chunks_exact_mut(data.len()).enumerate() {
        let (period, begin) = (periods[lane], first + periods[lane]);
        let mut one = rows.lanes.get(lane);
        if apart.contains(&begin) {
            one = Lanes::first(data[first], data[begin - 1], data[begin], one.sum[0]);
            row[begin].write(one.value[0]);
        }
        for column in apart.start.max(begin + 1)..apart.end {
            row[column].write(one.step(data[column - 1], data[column], [data[column - period]])[0]);
        }
        rows.lanes.put(lane, one);
    }
    // A copy of the rows stays in registers.
    let mut walk = *rows;
    write_columns(dst, data.len(), together, &mut walk);
    rows.lanes = walk.lanes;
}

/// The rows of a batch.
#[derive(Clone, Copy)]
struct Rows<'a, const N: usize> {
    data: &'a [f64],
    first: usize,
    periods: [usize; N],
    lanes: Lanes<N>,
}

impl<const N: usize> Columns<N> for Rows<'_, N> {
    #[inline(always)]
    fn next(&mut self, column: usize) -> [f64; N] {
        let mut tail = [0.0; N];
        for (tail, period) in tail.iter_mut().zip(&self.periods) {
            *tail = self.data[column - period];
        }
        self.lanes.step(self.data[column - 1], self.data[column], tail)
    }
}

/// The recursion, one row per lane.
#[derive(Debug, Clone, Copy)]
struct Lanes<const N: usize> {
    /// The sum of the last `period` absolute differences.
    sum: [f64; N],
    /// The value `period` places back in the column before.
    before: [f64; N],
    /// KAMA in the column before.
    value: [f64; N],
}

impl Lanes<1> {
    /// The state in the column of the first result, whose price came from `tail` in steps that add up to `sum`; `start`
    /// is the price before. A sum that is not finite holds an infinity, whose row is NaN from its first value on.
    fn first(tail: f64, start: f64, price: f64, sum: f64) -> Self {
        let value = if sum.is_finite() { smooth(start, price, tail, sum) } else { f64::NAN };
        Self { sum: [sum], before: [tail], value: [value] }
    }
}

impl<const N: usize> Lanes<N> {
    #[inline(always)]
    fn get(&self, lane: usize) -> Lanes<1> {
        Lanes { sum: [self.sum[lane]], before: [self.before[lane]], value: [self.value[lane]] }
    }

    #[inline(always)]
    fn put(&mut self, lane: usize, one: Lanes<1>) {
        (self.sum[lane], self.before[lane], self.value[lane]) = (one.sum[0], one.before[0], one.value[0]);
    }

    /// The next column: the last price, this one, and for each row the one `period` places back.
    #[inline(always)]
    fn step(&mut self, last: f64, price: f64, tail: [f64; N]) -> [f64; N] {
        let change = (price - last).abs();
        for lane in 0..N {
            self.sum[lane] = self.sum[lane] - (self.before[lane] - tail[lane]).abs() + change;
            self.value[lane] = smooth(self.value[lane], price, tail[lane], self.sum[lane]);
        }
        self.before = tail;
        self.value
    }
}

/// KAMA after `value`, when the price moved from `tail` to `price` in steps whose sizes add up to `sum`.
#[inline(always)]
fn smooth(value: f64, price: f64, tail: f64, sum: f64) -> f64 {
    const FAST: f64 = 2.0 / 3.0;
    const SLOW: f64 = 2.0 / 31.0;
    let moved = (price - tail).abs();
    // Both sides are computed, so that lanes need no branch.
    let efficiency = moved / sum;
    let ratio = if sum <= moved.max(1e-14) { 1.0 } else { efficiency };
    let constant = ratio * (FAST - SLOW) + SLOW;
    (price - value).mul_add(constant * constant, value)
}

/// KAMA one value at a time. Room for `period` values is reserved at the start, so that `update` cannot fail.
#[derive(Debug, Clone)]
pub struct KamaStream {
    window: Ring,
    last: f64,
    /// The sum of the absolute differences of the warm-up.
    sum: f64,
    state: Option<Lanes<1>>,
}

impl KamaStream {
    /// A stream that has seen nothing.
    pub fn try_new(params: KamaParams) -> Result<Self, KamaError> {
        kama_check_params(&params, MAX_LEN)?;
        Ok(Self { window: Ring::new(params.get_period())?, last: f64::NAN, sum: 0.0, state: None })
    }

    /// Takes the next value; gives the average from the one on that follows `period` values, leading NaN not counted.
    pub fn update(&mut self, value: f64) -> Option<f64> {
        let first = self.window.is_empty();
        if first && value.is_nan() {
            return None;
        }
        let last = std::mem::replace(&mut self.last, value);
        let tail = self.window.push(value);
        if let (Some(state), Some(tail)) = (&mut self.state, tail) {
            return Some(state.step(last, value, [tail])[0]);
        }
        if !first {
            self.sum += (last - value).abs();
        }
        let state = self.state.insert(Lanes::first(tail?, last, value, self.sum));
        Some(state.value[0])
    }
}

// bindcheck: begin kama/imports template=1 hash=ec0215b56dc9
#[cfg(feature = "python")]
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "python")]
use numpy::{IntoPyArray, PyArray1};
#[cfg(feature = "python")]
use pyo3::{prelude::*, sync::MutexExt, types::PyDict};

#[cfg(feature = "python")]
use crate::python::{
    Out, Raise, Series, interruptible, parse_kernel, parse_threads, real, unsigned, unsigned_or_none, unsigned_range,
};
// bindcheck: end kama/imports

// bindcheck: begin kama/single template=1 hash=5635a5bbd015
/// `kama` of `data`, a one-dimensional array of any layout: a new float64 array of the same length, or `out`.
///
/// Kernels are "auto", "scalar", "avx2", "avx512" and "neon". A wrong value, a kernel that is not available here or an
/// unusable `out` is a `ValueError`, another type or dtype a `TypeError`. An interrupt ends the call within
/// about 50 ms. No array may be written or resized meanwhile.
#[cfg(feature = "python")]
#[pyfunction(name = "kama")]
#[pyo3(signature = (data, period=30, kernel=None, *, out=None))]
pub fn kama_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    #[pyo3(from_py_with = unsigned)] period: usize,
    kernel: Option<&str>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let params = KamaParams { period: Some(period) };
    let data_view = data.view()?;
    if let Some(out) = out {
        let mut out = Out::series(&out, data_view.len(), &[data_view.span()])?;
        let dst = out.memory();
        py.detach(interruptible(|| {
            let data = data_view.read()?;
            let input = KamaInput::from_slice(&data, params);
            kama_into_uninit(dst, &input, kernel)?;
            Ok(())
        }))?;
        return Ok(out.into_array());
    }
    let output = py.detach(interruptible(|| {
        let data = data_view.read()?;
        let input = KamaInput::from_slice(&data, params);
        Ok(kama_with_kernel(&input, kernel)?)
    }))?;
    Ok(output.values.into_pyarray(py))
}
// bindcheck: end kama/single

// bindcheck: begin kama/batch template=1 hash=5ed745e76789
/// `kama` of `data` for every combination of the ranges `(start, end, step)`, end inclusive, step 0 meaning the start alone.
///
/// The dict has `values`, one row per combination (a new matrix, or `out`), and the parameters of each row in
/// `periods`. `threads` is `None` for all that this process may use. Errors and the rest are those of the single call.
#[cfg(feature = "python")]
#[pyfunction(name = "kama_batch")]
#[pyo3(signature = (data, period_range, kernel=None, *, threads=None, out=None))]
pub fn kama_batch_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    #[pyo3(from_py_with = unsigned_range)] period_range: (usize, usize, usize),
    kernel: Option<&str>,
    #[pyo3(from_py_with = unsigned_or_none)] threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let threads = parse_threads(threads)?;
    let sweep = KamaBatchRange { period: period_range };
    let data_view = data.view()?;
    let (data_slice, combos) = py.detach(interruptible(|| {
        let combos = sweep.expand()?;
        let data = data_view.read()?;
        kama_check(&data, &combos)?;
        Ok((data, combos))
    }))?;
    let mut values = Out::matrix(py, out.as_ref(), combos.len(), data_view.len(), &[data_view.span()])?;
    let dst = values.memory();
    py.detach(interruptible(|| {
        kama_batch_inner_into(&data_slice, &combos, kernel, threads, dst)?;
        Ok(())
    }))?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_array())?;
    let periods: Vec<_> = combos.iter().map(KamaParams::get_period).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}
// bindcheck: end kama/batch

// bindcheck: begin kama/stream template=1 hash=01f79ee31348
/// `kama` one value at a time, with the parameters and errors of the single call.
#[cfg(feature = "python")]
#[pyclass(frozen, name = "KamaStream", module = "bindcheck_indicators")]
pub struct KamaStreamPy {
    stream: Mutex<KamaStream>,
}

#[cfg(feature = "python")]
#[pymethods]
impl KamaStreamPy {
    #[new]
    #[pyo3(signature = (period=30))]
    fn new(#[pyo3(from_py_with = unsigned)] period: usize) -> PyResult<Self> {
        let params = KamaParams { period: Some(period) };
        let stream = KamaStream::try_new(params).map_err(Raise::from)?;
        Ok(Self { stream: Mutex::new(stream) })
    }

    /// Takes the next value; gives a value once the warm-up is over.
    fn update(&self, py: Python<'_>, #[pyo3(from_py_with = real)] value: f64) -> Option<f64> {
        let mut stream = self.stream.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        stream.update(value)
    }
}
// bindcheck: end kama/stream

#[cfg(test)]
mod tests;
