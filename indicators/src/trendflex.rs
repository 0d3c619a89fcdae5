//! `TrendFlex`, the trend-following sister of Ehlers' Reflex: how far a smoothed price stands from its own recent past.
//!
//! # Formula
//! The super smoother of length `period / 2` is `f[t] = c₁ (x[t] + x[t − 1]) / 2 + c₂ f[t − 1] + c₃ f[t − 2]` with
//! `a = exp(−1.414 π / (period / 2))`, `c₂ = 2 a cos(1.414 π / (period / 2))`, `c₃ = −a²`, `c₁ = 1 − c₂ − c₃`; it starts with
//! `f = x` for two values. With `s[t] = Σ (f[t] − f[t − k]) / period` over `k = 1 … period` and
//! `ms[t] = 0.04 s[t]² + 0.96 ms[t − 1]`, the value is `s[t] / √ms[t]`, and 0 where `ms[t]` is 0
//! (J. F. Ehlers, Reflex: A New Zero-Lag Indicator, 2020). Values have no unit: they do not change when the prices are
//! scaled.
//!
//! As `c₁ + c₂ + c₃ = 1`, the smoother is computed as `d[t] = c₁ ((x[t] + x[t − 1]) / 2 − f[t − 1]) + a² d[t − 1]`,
//! `f[t] = f[t − 1] + d[t]`, which comes to rest where the price does, and the sum is taken anew every `period` values, so
//! that no rounding error outlives two periods: once the smoother rests, values are exactly 0.
//!
//! # Parameters
//! `period` (at least 1, default 20): over how many values the sum reaches; half of it is not rounded.
//!
//! # NaN
//! With the first number at `f`, values before `f + period` are NaN and `ms` starts at 0 there. A later NaN or infinity
//! enters the recursion, and every value from there on is NaN.
//!
//! # Kernels
//! A batch computes eight rows in the lanes of a register, a lone row is the same recursion in one lane. All
//! kernels agree bit for bit, and so do single, batch and stream.
//!
//! # Example
//! ```
//! use bindcheck_indicators::trendflex::{TrendFlexInput, TrendFlexParams, trendflex};
//!
//! let rising: Vec<f64> = (0..100).map(f64::from).collect();
//! let output = trendflex(&TrendFlexInput::from_slice(&rising, TrendFlexParams { period: Some(10) }))?;
//! assert!(output.values[..10].iter().all(|value| value.is_nan()));
//! assert!(output.values[99] > 0.9);
//! # Ok::<(), bindcheck_indicators::trendflex::TrendFlexError>(())
//! ```

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::buffer::{MAX_LEN, as_uninit, assume_written, check_len, fill, filled, first_valid, repeated, reserve};
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
pub struct TrendFlexParams {
    /// Over how many values the sum reaches, at least 1; default 20.
    pub period: Option<usize>,
}

impl Default for TrendFlexParams {
    fn default() -> Self {
        Self { period: Some(20) }
    }
}

impl TrendFlexParams {
    /// The period, or its default.
    #[must_use]
    pub fn get_period(&self) -> usize {
        self.period.unwrap_or(20)
    }
}

/// A series and the parameters to apply to it.
#[derive(Debug, Clone, Copy)]
pub struct TrendFlexInput<'a> {
    /// The series.
    pub data: &'a [f64],
    /// The parameters.
    pub params: TrendFlexParams,
}

impl<'a> TrendFlexInput<'a> {
    /// The input over one slice.
    #[must_use]
    pub const fn from_slice(data: &'a [f64], params: TrendFlexParams) -> Self {
        Self { data, params }
    }
}

/// The result for one set of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendFlexOutput {
    /// As many values as the input has.
    pub values: Vec<f64>,
}

/// A grid of parameters: `(start, end, step)` each, end inclusive; step 0 means the start alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrendFlexBatchRange {
    /// Periods.
    pub period: (usize, usize, usize),
}

impl Default for TrendFlexBatchRange {
    /// The default parameters alone.
    fn default() -> Self {
        Self { period: (20, 20, 0) }
    }
}

impl TrendFlexBatchRange {
    /// All combinations, the first parameter varying slowest.
    pub fn expand(&self) -> Result<Vec<TrendFlexParams>, TrendFlexError> {
        let periods = axis_usize(self.period)?;
        let mut combos = reserve(combinations(&[periods.len()])?)?;
        combos.extend(periods.into_iter().map(|period| TrendFlexParams { period: Some(period) }));
        Ok(combos)
    }
}

/// The results for a grid of parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendFlexBatchOutput {
    /// `rows · cols` values, row by row.
    pub values: Vec<f64>,
    /// The parameters of each row.
    pub combos: Vec<TrendFlexParams>,
    /// Number of parameter combinations.
    pub rows: usize,
    /// Length of the input.
    pub cols: usize,
}

/// What a call can get wrong.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrendFlexError {
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

/// `TrendFlex` of a series by the fastest kernel.
pub fn trendflex(input: &TrendFlexInput) -> Result<TrendFlexOutput, TrendFlexError> {
    trendflex_with_kernel(input, Kernel::Auto)
}

/// `TrendFlex` of a series by a given kernel.
pub fn trendflex_with_kernel(input: &TrendFlexInput, kernel: Kernel) -> Result<TrendFlexOutput, TrendFlexError> {
    let kernel = kernel.choose(KERNELS)?;
    let first = trendflex_check(input.data, &[input.params])?;
    let values = filled(input.data.len(), |dst| trendflex_rows(input.data, first, &[input.params], kernel, dst))?;
    Ok(TrendFlexOutput { values })
}

/// `TrendFlex` of a series into a slice of the same length.
pub fn trendflex_into_slice(dst: &mut [f64], input: &TrendFlexInput, kernel: Kernel) -> Result<(), TrendFlexError> {
    // SAFETY: `trendflex_into_uninit` only writes numbers.
    let dst = unsafe { as_uninit(dst) };
    trendflex_into_uninit(dst, input, kernel).map(|_| ())
}

/// `TrendFlex` of a series into memory of the same length; the slice returned is the proof that all of it was written.
pub fn trendflex_into_uninit<'o>(
    dst: &'o mut [MaybeUninit<f64>],
    input: &TrendFlexInput,
    kernel: Kernel,
) -> Result<&'o mut [f64], TrendFlexError> {
    let kernel = kernel.choose(KERNELS)?;
    let first = trendflex_check(input.data, &[input.params])?;
    check_len(dst, input.data.len())?;
    Ok(trendflex_rows(input.data, first, &[input.params], kernel, dst)?)
}

/// `TrendFlex` of a series for every combination of a grid.
pub fn trendflex_batch_with_kernel(
    data: &[f64],
    sweep: &TrendFlexBatchRange,
    kernel: Kernel,
) -> Result<TrendFlexBatchOutput, TrendFlexError> {
    kernel.choose(KERNELS)?;
    let combos = sweep.expand()?;
    trendflex_check(data, &combos)?;
    let (rows, cols) = (combos.len(), data.len());
    let values = filled(cells(rows, cols)?, |dst| trendflex_batch_inner_into(data, &combos, kernel, 0, dst))?;
    Ok(TrendFlexBatchOutput { values, combos, rows, cols })
}

/// One row per combination into memory of `combos.len() · data.len()` values, on `threads` threads (0: all).
///
/// Every cell is written, the warm-up of each row with NaN; the slice returned is the proof.
pub fn trendflex_batch_inner_into<'o>(
    data: &[f64],
    combos: &[TrendFlexParams],
    kernel: Kernel,
    threads: usize,
    dst: &'o mut [MaybeUninit<f64>],
) -> Result<&'o mut [f64], TrendFlexError> {
    let kernel = kernel.choose(KERNELS)?;
    let first = trendflex_check(data, combos)?;
    check_len(dst, cells(combos.len(), data.len())?)?;
    write_rows(threads, data.len(), dst, |row, dst| {
        let combos = &combos[row..row + dst.len() / data.len()];
        Ok(trendflex_rows(data, first, combos, kernel, dst)?)
    })
}

/// Checks input and parameters of a call; gives the index of the first number.
pub(crate) fn trendflex_check(data: &[f64], combos: &[TrendFlexParams]) -> Result<usize, TrendFlexError> {
    let first = first_valid(data)?;
    if combos.is_empty() {
        return Err(CallError::EmptyGrid.into());
    }
    if data.len() < 2 {
        // No period is below a length of 1: none can be asked for instead.
        return Err(CallError::TooFewValues { needed: 2, valid: data.len() - first }.into());
    }
    for params in combos {
        trendflex_check_params(params, data.len() - 1)?;
        let (needed, valid) = (params.get_period() + 1, data.len() - first);
        if valid < needed {
            return Err(CallError::TooFewValues { needed, valid }.into());
        }
    }
    Ok(first)
}

fn trendflex_check_params(params: &TrendFlexParams, max: usize) -> Result<(), TrendFlexError> {
    let period = params.get_period();
    if period == 0 || period > max {
        return Err(TrendFlexError::InvalidPeriod { period, max });
    }
    Ok(())
}

/// Up to [`LANES`] rows for checked parameters.
fn trendflex_rows<'o>(
    data: &[f64],
    first: usize,
    combos: &[TrendFlexParams],
    kernel: Chosen,
    dst: &'o mut [MaybeUninit<f64>],
) -> Result<&'o mut [f64], CallError> {
    match combos.len() {
        1 => trendflex_lanes::<1>(data, first, combos, kernel, dst),
        _ => trendflex_lanes::<LANES>(data, first, combos, kernel, dst),
    }?;
    // SAFETY: with no error, each row was written up to its first value with NaN, and every column from there on.
    Ok(unsafe { assume_written(dst) })
}

fn trendflex_lanes<const N: usize>(
    data: &[f64],
    first: usize,
    combos: &[TrendFlexParams],
    kernel: Chosen,
    dst: &mut [MaybeUninit<f64>],
) -> Result<(), CallError> {
    let periods: [usize; N] = spread(combos).map(|params: TrendFlexParams| params.get_period());
    let mut rows = Rows::new(data, first, periods)?;
    for (row, period) in dst.chunks_exact_mut(data.len()).zip(periods) {
        fill(&mut row[..first + period], f64::NAN)?;
    }
    for columns in pieces(first..data.len()) {
        let columns = columns?;
        match kernel.get() {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a `Chosen` exists only for a kernel that this CPU can run.
            Kernel::Avx512 => unsafe { trendflex_avx512(&mut rows, columns, dst) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Kernel::Avx2 => unsafe { trendflex_avx2(&mut rows, columns, dst) },
            _ => trendflex_body(&mut rows, columns, dst),
        }
    }
    Ok(())
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn trendflex_avx512<const N: usize>(rows: &mut Rows<N>, columns: Range<usize>, dst: &mut [MaybeUninit<f64>]) {
    trendflex_body(rows, columns, dst);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn trendflex_avx2<const N: usize>(rows: &mut Rows<N>, columns: Range<usize>, dst: &mut [MaybeUninit<f64>]) {
    trendflex_body(rows, columns, dst);
}

/// The next columns of all rows.
#[inline(always)]
fn trendflex_body<const N: usize>(rows: &mut Rows<N>, columns: Range<usize>, dst: &mut [MaybeUninit<f64>]) {
    let Rows { data, first, periods, shared, .. } = *rows;
    let mut walk = Walk { data, first, lanes: rows.lanes, ring: &mut rows.ring };
    let (apart, together) = cut(columns, shared);
    for column in apart {
        let values = walk.next(column);
        for (lane, row) in dst.chunks_exact_mut(data.len()).enumerate() {
            if column < first + periods[lane] {
                walk.lanes.square[lane] = 0.0;
            } else {
                row[column].write(values[lane]);
            }
        }
    }
    write_columns(dst, data.len(), together, &mut walk);
    rows.lanes = walk.lanes;
}

/// The rows of a batch, and as many smoothed columns as the longest period looks back.
struct Rows<'a, const N: usize> {
    data: &'a [f64],
    first: usize,
    periods: [usize; N],
    /// Rows begin at columns of their own, and advance together from this one on.
    shared: usize,
    lanes: Lanes<N>,
    /// Its length is a power of two, so that a mask wraps it.
    ring: Vec<[f64; N]>,
}

impl<'a, const N: usize> Rows<'a, N> {
    fn new(data: &'a [f64], first: usize, periods: [usize; N]) -> Result<Self, CallError> {
        let longest = periods.iter().fold(0, |longest, &period| longest.max(period));
        let ring = repeated([0.0; N], (longest + 1).next_power_of_two())?;
        let lanes = Lanes::new(periods, data[first]);
        Ok(Self { data, first, periods, shared: first + longest.max(2), lanes, ring })
    }
}

/// The rows while they advance: the lanes are a copy, which stays in registers.
struct Walk<'a, const N: usize> {
    data: &'a [f64],
    first: usize,
    lanes: Lanes<N>,
    ring: &'a mut [[f64; N]],
}

impl<const N: usize> Columns<N> for Walk<'_, N> {
    #[inline(always)]
    fn next(&mut self, column: usize) -> [f64; N] {
        if column < self.first + 2 {
            self.lanes.start(self.data[column]);
        } else {
            self.lanes.smooth(self.data[column - 1], self.data[column]);
        }
        let mask = self.ring.len() - 1;
        self.ring[column & mask] = self.lanes.smoothed;
        let mut tail = [0.0; N];
        for lane in 0..N {
            tail[lane] = self.ring[column.wrapping_sub(self.lanes.periods[lane]) & mask][lane];
        }
        self.lanes.step(tail)
    }
}

/// The recursion, one row per lane.
///
/// Sums are of distances from a value of the row itself, so that those of equal values are exactly 0.
#[derive(Debug, Clone, Copy)]
struct Lanes<const N: usize> {
    /// The coefficients of the smoother: `c₁`, and how much of the last step goes on, `a²`.
    pull: [f64; N],
    keep: [f64; N],
    periods: [usize; N],
    /// One over the period.
    scale: [f64; N],
    /// The smoothed value of this column, and its distance from the one before.
    smoothed: [f64; N],
    moved: [f64; N],
    /// The sum of the distances of the `period` smoothed values before this column from `base`.
    sum: [f64; N],
    base: [f64; N],
    /// The sum that takes over when it has `period` values: those since it began, from `next_base`.
    next_sum: [f64; N],
    next_base: [f64; N],
    /// The number of columns seen, the one at which each sum is due, and the first of those.
    columns: usize,
    due: [usize; N],
    soonest: usize,
    /// The running mean square.
    square: [f64; N],
}

impl<const N: usize> Lanes<N> {
    fn new(periods: [usize; N], first: f64) -> Self {
        let angle = periods.map(|period| 1.414 * std::f64::consts::PI / (0.5 * period as f64));
        let keep = angle.map(|angle| (-2.0 * angle).exp());
        let c2 = angle.map(|angle| 2.0 * (-angle).exp() * angle.cos());
        let pull = std::array::from_fn(|lane| 1.0 - c2[lane] + keep[lane]);
        let (zeros, firsts) = ([0.0; N], [first; N]);
        Self {
            pull,
            keep,
            periods,
            scale: periods.map(|period| 1.0 / period as f64),
            smoothed: firsts,
            moved: zeros,
            sum: zeros,
            base: firsts,
            next_sum: zeros,
            next_base: firsts,
            columns: 0,
            due: periods,
            soonest: periods.iter().fold(usize::MAX, |soonest, &period| soonest.min(period)),
            square: zeros,
        }
    }

    /// Takes one of the first two columns, which are not smoothed.
    #[inline(always)]
    fn start(&mut self, price: f64) {
        self.moved = self.smoothed.map(|before| price - before);
        self.smoothed = [price; N];
    }

    /// Smooths a later column.
    #[inline(always)]
    fn smooth(&mut self, last: f64, price: f64) {
        let mean = last + 0.5 * (price - last);
        for lane in 0..N {
            let moved = self.pull[lane] * (mean - self.smoothed[lane]) + self.keep[lane] * self.moved[lane];
            self.moved[lane] = moved;
            self.smoothed[lane] += moved;
        }
    }

    /// Lets the sums that follow take over where they have `period` values.
    #[inline(always)]
    fn renew(&mut self) {
        let full = self.due.map(|due| due == self.columns);
        self.sum = select(full, self.next_sum, self.sum);
        self.base = select(full, self.next_base, self.base);
        self.next_sum = select(full, [0.0; N], self.next_sum);
        self.next_base = select(full, self.smoothed, self.next_base);
        self.due = select(full, self.periods.map(|period| self.columns.saturating_add(period)), self.due);
        self.soonest = self.due.iter().fold(usize::MAX, |soonest, &due| soonest.min(due));
    }

    /// The value of this column in each row; `tail` is the smoothed value `period` places back.
    ///
    /// Where there is none yet, the value means nothing, and `square` is to be reset.
    #[inline(always)]
    fn step(&mut self, tail: [f64; N]) -> [f64; N] {
        let mut values = [0.0; N];
        for lane in 0..N {
            values[lane] = (self.smoothed[lane] - self.base[lane]) - self.sum[lane] * self.scale[lane];
        }
        for lane in 0..N {
            self.sum[lane] += self.smoothed[lane] - tail[lane];
        }
        for lane in 0..N {
            self.next_sum[lane] += self.smoothed[lane] - self.next_base[lane];
        }
        self.columns += 1;
        if self.columns == self.soonest {
            self.renew();
        }
        for lane in 0..N {
            self.square[lane] = 0.04 * (values[lane] * values[lane]) + 0.96 * self.square[lane];
        }
        for lane in 0..N {
            // Both sides are computed, so that lanes need no branch.
            let value = values[lane] / self.square[lane].sqrt();
            values[lane] = if self.square[lane] == 0.0 { 0.0 } else { value };
        }
        values
    }
}

/// The lanes of `yes` where the condition holds, those of `no` elsewhere. All at once: lanes that branch one by one do not
/// share a register.
#[inline(always)]
fn select<T: Copy, const N: usize>(condition: [bool; N], yes: [T; N], no: [T; N]) -> [T; N] {
    std::array::from_fn(|lane| if condition[lane] { yes[lane] } else { no[lane] })
}

/// `TrendFlex` one value at a time. Room for `period` values is reserved at the start, so that `update` cannot fail.
#[derive(Debug, Clone)]
pub struct TrendFlexStream {
    window: Ring,
    last: f64,
    seen: usize,
    state: Option<Lanes<1>>,
    period: usize,
}

impl TrendFlexStream {
    /// A stream that has seen nothing.
    pub fn try_new(params: TrendFlexParams) -> Result<Self, TrendFlexError> {
        trendflex_check_params(&params, MAX_LEN)?;
        let period = params.get_period();
        Ok(Self { window: Ring::new(period)?, last: f64::NAN, seen: 0, state: None, period })
    }

    /// Takes the next value; gives a value from the one on that follows `period` values, leading NaN not counted.
    pub fn update(&mut self, value: f64) -> Option<f64> {
        if self.seen == 0 && value.is_nan() {
            return None;
        }
        let state = self.state.get_or_insert_with(|| Lanes::new([self.period], value));
        if self.seen < 2 {
            state.start(value);
        } else {
            state.smooth(self.last, value);
        }
        let [smoothed] = state.smoothed;
        self.last = value;
        self.seen = self.seen.saturating_add(1);
        let tail = self.window.push(smoothed);
        let [value] = state.step([tail.unwrap_or(0.0)]);
        if tail.is_none() {
            state.square = [0.0];
        }
        tail.map(|_| value)
    }
}

// bindcheck: begin trendflex/imports template=1 hash=ec0215b56dc9
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
// bindcheck: end trendflex/imports

// bindcheck: begin trendflex/single template=1 hash=8a43b048f5a3
/// `trendflex` of `data`, a one-dimensional array of any layout: a new float64 array of the same length, or `out`.
///
/// Kernels are "auto", "scalar", "avx2", "avx512" and "neon". A wrong value, a kernel that is not available here or an
/// unusable `out` is a `ValueError`, another type or dtype a `TypeError`. An interrupt ends the call within
/// about 50 ms. No array may be written or resized meanwhile.
#[cfg(feature = "python")]
#[pyfunction(name = "trendflex")]
#[pyo3(signature = (data, period=20, kernel=None, *, out=None))]
pub fn trendflex_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    #[pyo3(from_py_with = unsigned)] period: usize,
    kernel: Option<&str>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let params = TrendFlexParams { period: Some(period) };
    let data_view = data.view()?;
    if let Some(out) = out {
        let mut out = Out::series(&out, data_view.len(), &[data_view.span()])?;
        let dst = out.memory();
        py.detach(interruptible(|| {
            let data = data_view.read()?;
            let input = TrendFlexInput::from_slice(&data, params);
            trendflex_into_uninit(dst, &input, kernel)?;
            Ok(())
        }))?;
        return Ok(out.into_array());
    }
    let output = py.detach(interruptible(|| {
        let data = data_view.read()?;
        let input = TrendFlexInput::from_slice(&data, params);
        Ok(trendflex_with_kernel(&input, kernel)?)
    }))?;
    Ok(output.values.into_pyarray(py))
}
// bindcheck: end trendflex/single

// bindcheck: begin trendflex/batch template=1 hash=ec90fc1424d7
/// `trendflex` of `data` for every combination of the ranges `(start, end, step)`, end inclusive, step 0 meaning the start alone.
///
/// The dict has `values`, one row per combination (a new matrix, or `out`), and the parameters of each row in
/// `periods`. `threads` is `None` for all that this process may use. Errors and the rest are those of the single call.
#[cfg(feature = "python")]
#[pyfunction(name = "trendflex_batch")]
#[pyo3(signature = (data, period_range, kernel=None, *, threads=None, out=None))]
pub fn trendflex_batch_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    #[pyo3(from_py_with = unsigned_range)] period_range: (usize, usize, usize),
    kernel: Option<&str>,
    #[pyo3(from_py_with = unsigned_or_none)] threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let threads = parse_threads(threads)?;
    let sweep = TrendFlexBatchRange { period: period_range };
    let data_view = data.view()?;
    let (data_slice, combos) = py.detach(interruptible(|| {
        let combos = sweep.expand()?;
        let data = data_view.read()?;
        trendflex_check(&data, &combos)?;
        Ok((data, combos))
    }))?;
    let mut values = Out::matrix(py, out.as_ref(), combos.len(), data_view.len(), &[data_view.span()])?;
    let dst = values.memory();
    py.detach(interruptible(|| {
        trendflex_batch_inner_into(&data_slice, &combos, kernel, threads, dst)?;
        Ok(())
    }))?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_array())?;
    let periods: Vec<_> = combos.iter().map(TrendFlexParams::get_period).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}
// bindcheck: end trendflex/batch

// bindcheck: begin trendflex/stream template=1 hash=93f4113ab2ad
/// `trendflex` one value at a time, with the parameters and errors of the single call.
#[cfg(feature = "python")]
#[pyclass(frozen, name = "TrendFlexStream", module = "bindcheck_indicators")]
pub struct TrendFlexStreamPy {
    stream: Mutex<TrendFlexStream>,
}

#[cfg(feature = "python")]
#[pymethods]
impl TrendFlexStreamPy {
    #[new]
    #[pyo3(signature = (period=20))]
    fn new(#[pyo3(from_py_with = unsigned)] period: usize) -> PyResult<Self> {
        let params = TrendFlexParams { period: Some(period) };
        let stream = TrendFlexStream::try_new(params).map_err(Raise::from)?;
        Ok(Self { stream: Mutex::new(stream) })
    }

    /// Takes the next value; gives a value once the warm-up is over.
    fn update(&self, py: Python<'_>, #[pyo3(from_py_with = real)] value: f64) -> Option<f64> {
        let mut stream = self.stream.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        stream.update(value)
    }
}
// bindcheck: end trendflex/stream

#[cfg(test)]
mod tests;
