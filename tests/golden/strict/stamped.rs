// stamped/imports
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

// stamped/single
/// `stamped` of `timestamps`, `price`, one-dimensional arrays of any layout: a new float64 array of the same length, or `out`.
///
/// Kernels are "auto", "scalar", "avx2", "avx512" and "neon". A wrong value, a kernel that is not available here or an
/// unusable `out` is a `ValueError`, another type or dtype a `TypeError`. An interrupt ends the call within
/// about 50 ms. No array may be written or resized meanwhile.
#[cfg(feature = "python")]
#[pyfunction(name = "stamped")]
#[pyo3(signature = (timestamps, price, period=9, kernel=None, *, out=None))]
pub fn stamped_py<'py>(
    py: Python<'py>,
    timestamps: Series<'py, i64>,
    price: Series<'py>,
    #[pyo3(from_py_with = unsigned)] period: usize,
    kernel: Option<&str>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let params = StampedParams { period: Some(period) };
    let timestamps_view = timestamps.view()?;
    let price_view = price.view()?;
    if let Some(out) = out {
        let mut out = Out::series(&out, timestamps_view.len(), &[timestamps_view.span(), price_view.span()])?;
        let dst = out.memory();
        py.detach(interruptible(|| {
            let timestamps = timestamps_view.read()?;
            let price = price_view.read()?;
            let input = StampedInput::from_slices(&timestamps, &price, params);
            stamped_into_uninit(dst, &input, kernel)?;
            Ok(())
        }))?;
        return Ok(out.into_array());
    }
    let output = py.detach(interruptible(|| {
        let timestamps = timestamps_view.read()?;
        let price = price_view.read()?;
        let input = StampedInput::from_slices(&timestamps, &price, params);
        Ok(stamped_with_kernel(&input, kernel)?)
    }))?;
    Ok(output.values.into_pyarray(py))
}

// stamped/batch
/// `stamped` of `timestamps`, `price` for every combination of the ranges `(start, end, step)`, end inclusive, step 0 meaning the start alone.
///
/// The dict has `values`, one row per combination (a new matrix, or `out`), and the parameters of each row in
/// `periods`. `threads` is `None` for all that this process may use. Errors and the rest are those of the single call.
#[cfg(feature = "python")]
#[pyfunction(name = "stamped_batch")]
#[pyo3(signature = (timestamps, price, period_range, kernel=None, *, threads=None, out=None))]
pub fn stamped_batch_py<'py>(
    py: Python<'py>,
    timestamps: Series<'py, i64>,
    price: Series<'py>,
    #[pyo3(from_py_with = unsigned_range)] period_range: (usize, usize, usize),
    kernel: Option<&str>,
    #[pyo3(from_py_with = unsigned_or_none)] threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let threads = parse_threads(threads)?;
    let sweep = StampedBatchRange { period: period_range };
    let timestamps_view = timestamps.view()?;
    let price_view = price.view()?;
    let (timestamps_slice, price_slice, combos) = py.detach(interruptible(|| {
        let combos = sweep.expand()?;
        let timestamps = timestamps_view.read()?;
        let price = price_view.read()?;
        stamped_check(&timestamps, &price, &combos)?;
        Ok((timestamps, price, combos))
    }))?;
    let mut values = Out::matrix(
        py,
        out.as_ref(),
        combos.len(),
        timestamps_view.len(),
        &[timestamps_view.span(), price_view.span()],
    )?;
    let dst = values.memory();
    py.detach(interruptible(|| {
        stamped_batch_inner_into(&timestamps_slice, &price_slice, &combos, kernel, threads, dst)?;
        Ok(())
    }))?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_array())?;
    let periods: Vec<_> = combos.iter().map(StampedParams::get_period).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// stamped/stream
/// `stamped` one value at a time, with the parameters and errors of the single call.
#[cfg(feature = "python")]
#[pyclass(frozen, name = "StampedStream", module = "bindcheck_indicators")]
pub struct StampedStreamPy {
    stream: Mutex<StampedStream>,
}

#[cfg(feature = "python")]
#[pymethods]
impl StampedStreamPy {
    #[new]
    #[pyo3(signature = (period=9))]
    fn new(#[pyo3(from_py_with = unsigned)] period: usize) -> PyResult<Self> {
        let params = StampedParams { period: Some(period) };
        let stream = StampedStream::try_new(params).map_err(Raise::from)?;
        Ok(Self { stream: Mutex::new(stream) })
    }

    /// Takes the next values; gives a value once the warm-up is over.
    fn update(&self, py: Python<'_>, timestamps: i64, #[pyo3(from_py_with = real)] price: f64) -> Option<f64> {
        let mut stream = self.stream.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        stream.update(timestamps, price)
    }
}

// stamped/register
pub mod stamped;
    use crate::stamped::{StampedStreamPy, stamped_batch_py, stamped_py};
