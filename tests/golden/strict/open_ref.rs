// open_ref/imports
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

// open_ref/single
/// `open_ref` of `data`, a one-dimensional array of any layout: a new float64 array of the same length, or `out`.
///
/// Kernels are "auto", "scalar", "avx2", "avx512" and "neon". A wrong value, a kernel that is not available here or an
/// unusable `out` is a `ValueError`, another type or dtype a `TypeError`. An interrupt ends the call within
/// about 50 ms. No array may be written or resized meanwhile.
#[cfg(feature = "python")]
#[pyfunction(name = "open_ref")]
#[pyo3(signature = (data, period=9, kernel=None, *, out=None))]
pub fn open_ref_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    #[pyo3(from_py_with = unsigned)] period: usize,
    kernel: Option<&str>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let params = OpenRefParams { period: Some(period) };
    let data_view = data.view()?;
    if let Some(out) = out {
        let mut out = Out::series(&out, data_view.len(), &[data_view.span()])?;
        let dst = out.memory();
        py.detach(interruptible(|| {
            let data = data_view.read()?;
            open_ref_into_uninit(dst, &data, &params, kernel)?;
            Ok(())
        }))?;
        return Ok(out.into_array());
    }
    let output = py.detach(interruptible(|| {
        let data = data_view.read()?;
        Ok(open_ref_with_kernel(&data, &params, kernel)?)
    }))?;
    Ok(output.values.into_pyarray(py))
}

// open_ref/batch
/// `open_ref` of `data` for every combination of the ranges `(start, end, step)`, end inclusive, step 0 meaning the start alone.
///
/// The dict has `values`, one row per combination (a new matrix, or `out`), and the parameters of each row in
/// `periods`. `threads` is `None` for all that this process may use. Errors and the rest are those of the single call.
#[cfg(feature = "python")]
#[pyfunction(name = "open_ref_batch")]
#[pyo3(signature = (data, period_range, kernel=None, *, threads=None, out=None))]
pub fn open_ref_batch_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    #[pyo3(from_py_with = unsigned_range)] period_range: (usize, usize, usize),
    kernel: Option<&str>,
    #[pyo3(from_py_with = unsigned_or_none)] threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let threads = parse_threads(threads)?;
    let sweep = OpenRefBatchRange { period: period_range };
    let data_view = data.view()?;
    let (data_slice, combos) = py.detach(interruptible(|| {
        let combos = sweep.expand()?;
        let data = data_view.read()?;
        open_ref_check(&data, &combos)?;
        Ok((data, combos))
    }))?;
    let mut values = Out::matrix(py, out.as_ref(), combos.len(), data_view.len(), &[data_view.span()])?;
    let dst = values.memory();
    py.detach(interruptible(|| {
        open_ref_batch_inner_into(&data_slice, &combos, kernel, threads, dst)?;
        Ok(())
    }))?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_array())?;
    let periods: Vec<_> = combos.iter().map(OpenRefParams::get_period).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// open_ref/stream
/// `open_ref` one value at a time, with the parameters and errors of the single call.
#[cfg(feature = "python")]
#[pyclass(frozen, name = "OpenRefStream", module = "bindcheck_indicators")]
pub struct OpenRefStreamPy {
    stream: Mutex<OpenRefStream>,
}

#[cfg(feature = "python")]
#[pymethods]
impl OpenRefStreamPy {
    #[new]
    #[pyo3(signature = (period=9))]
    fn new(#[pyo3(from_py_with = unsigned)] period: usize) -> PyResult<Self> {
        let params = OpenRefParams { period: Some(period) };
        let stream = OpenRefStream::try_new(params).map_err(Raise::from)?;
        Ok(Self { stream: Mutex::new(stream) })
    }

    /// Takes the next value; gives a value once the warm-up is over.
    fn update(&self, py: Python<'_>, #[pyo3(from_py_with = real)] data: f64) -> Option<f64> {
        let mut stream = self.stream.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        stream.update(data)
    }
}

// open_ref/register
pub mod open_ref;
    use crate::open_ref::{OpenRefStreamPy, open_ref_batch_py, open_ref_py};
