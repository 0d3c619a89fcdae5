// open_bars/imports
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

// open_bars/single
/// `open_bars` of `high`, `low`, `close`, one-dimensional arrays of any layout: a new float64 array of the same length, or `out`.
///
/// Kernels are "auto", "scalar", "avx2", "avx512" and "neon". A wrong value, a kernel that is not available here or an
/// unusable `out` is a `ValueError`, another type or dtype a `TypeError`. An interrupt ends the call within
/// about 50 ms. No array may be written or resized meanwhile.
#[cfg(feature = "python")]
#[pyfunction(name = "open_bars")]
#[pyo3(signature = (high, low, close, period=9, kernel=None, *, out=None))]
pub fn open_bars_py<'py>(
    py: Python<'py>,
    high: Series<'py>,
    low: Series<'py>,
    close: Series<'py>,
    #[pyo3(from_py_with = unsigned)] period: usize,
    kernel: Option<&str>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let params = OpenBarsParams { period };
    let high_view = high.view()?;
    let low_view = low.view()?;
    let close_view = close.view()?;
    if let Some(out) = out {
        let mut out = Out::series(&out, high_view.len(), &[high_view.span(), low_view.span(), close_view.span()])?;
        let dst = out.memory();
        py.detach(interruptible(|| {
            let high = high_view.read()?;
            let low = low_view.read()?;
            let close = close_view.read()?;
            open_bars_into_uninit(dst, &high, &low, &close, params, kernel)?;
            Ok(())
        }))?;
        return Ok(out.into_array());
    }
    let output = py.detach(interruptible(|| {
        let high = high_view.read()?;
        let low = low_view.read()?;
        let close = close_view.read()?;
        Ok(open_bars_with_kernel(&high, &low, &close, params, kernel)?)
    }))?;
    Ok(output.into_pyarray(py))
}

// open_bars/batch
/// `open_bars` of `high`, `low`, `close` for every combination of the ranges `(start, end, step)`, end inclusive, step 0 meaning the start alone.
///
/// The dict has `values`, one row per combination (a new matrix, or `out`), and the parameters of each row in
/// `periods`. `threads` is `None` for all that this process may use. Errors and the rest are those of the single call.
#[cfg(feature = "python")]
#[pyfunction(name = "open_bars_batch")]
#[pyo3(signature = (high, low, close, period_range, kernel=None, *, threads=None, out=None))]
pub fn open_bars_batch_py<'py>(
    py: Python<'py>,
    high: Series<'py>,
    low: Series<'py>,
    close: Series<'py>,
    #[pyo3(from_py_with = unsigned_range)] period_range: (usize, usize, usize),
    kernel: Option<&str>,
    #[pyo3(from_py_with = unsigned_or_none)] threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let threads = parse_threads(threads)?;
    let sweep = OpenBarsBatchRange { period: period_range };
    let high_view = high.view()?;
    let low_view = low.view()?;
    let close_view = close.view()?;
    let (high_slice, low_slice, close_slice, combos) = py.detach(interruptible(|| {
        let combos = sweep.expand()?;
        let high = high_view.read()?;
        let low = low_view.read()?;
        let close = close_view.read()?;
        open_bars_check(&high, &low, &close, &combos)?;
        Ok((high, low, close, combos))
    }))?;
    let mut values = Out::matrix(
        py,
        out.as_ref(),
        combos.len(),
        high_view.len(),
        &[high_view.span(), low_view.span(), close_view.span()],
    )?;
    let dst = values.memory();
    py.detach(interruptible(|| {
        open_bars_batch_inner_into(&high_slice, &low_slice, &close_slice, &combos, kernel, threads, dst)?;
        Ok(())
    }))?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_array())?;
    let periods: Vec<_> = combos.iter().map(OpenBarsParams::get_period).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// open_bars/stream
/// `open_bars` one value at a time, with the parameters and errors of the single call.
#[cfg(feature = "python")]
#[pyclass(frozen, name = "OpenBarsStream", module = "bindcheck_indicators")]
pub struct OpenBarsStreamPy {
    stream: Mutex<OpenBarsStream>,
}

#[cfg(feature = "python")]
#[pymethods]
impl OpenBarsStreamPy {
    #[new]
    #[pyo3(signature = (period=9))]
    fn new(#[pyo3(from_py_with = unsigned)] period: usize) -> PyResult<Self> {
        let params = OpenBarsParams { period };
        let stream = OpenBarsStream::try_new(params).map_err(Raise::from)?;
        Ok(Self { stream: Mutex::new(stream) })
    }

    /// Takes the next values; gives a value once the warm-up is over.
    fn update(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = real)] high: f64,
        #[pyo3(from_py_with = real)] low: f64,
        #[pyo3(from_py_with = real)] close: f64,
    ) -> Option<f64> {
        let mut stream = self.stream.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        stream.update(high, low, close)
    }
}

// open_bars/register
pub mod open_bars;
    use crate::open_bars::{OpenBarsStreamPy, open_bars_batch_py, open_bars_py};
