// streamless/imports
#[cfg(feature = "python")]
use numpy::{IntoPyArray, PyArray1};
#[cfg(feature = "python")]
use pyo3::{prelude::*, types::PyDict};

#[cfg(feature = "python")]
use crate::python::{
    Out, Series, interruptible, parse_kernel, parse_threads, unsigned, unsigned_or_none, unsigned_range,
};

// streamless/single
/// `streamless` of `high`, `low`, one-dimensional arrays of any layout: a new float64 array of the same length, or `out`.
///
/// Kernels are "auto", "scalar", "avx2", "avx512" and "neon". A wrong value, a kernel that is not available here or an
/// unusable `out` is a `ValueError`, another type or dtype a `TypeError`. An interrupt ends the call within
/// about 50 ms. No array may be written or resized meanwhile.
#[cfg(feature = "python")]
#[pyfunction(name = "streamless")]
#[pyo3(signature = (high, low, period=9, kernel=None, *, out=None))]
pub fn streamless_py<'py>(
    py: Python<'py>,
    high: Series<'py>,
    low: Series<'py>,
    #[pyo3(from_py_with = unsigned)] period: usize,
    kernel: Option<&str>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let params = StreamlessParams { period: Some(period) };
    let high_view = high.view()?;
    let low_view = low.view()?;
    if let Some(out) = out {
        let mut out = Out::series(&out, high_view.len(), &[high_view.span(), low_view.span()])?;
        let dst = out.memory();
        py.detach(interruptible(|| {
            let high = high_view.read()?;
            let low = low_view.read()?;
            let input = StreamlessInput::from_slices(&high, &low, params);
            streamless_into_uninit(dst, &input, kernel)?;
            Ok(())
        }))?;
        return Ok(out.into_array());
    }
    let output = py.detach(interruptible(|| {
        let high = high_view.read()?;
        let low = low_view.read()?;
        let input = StreamlessInput::from_slices(&high, &low, params);
        Ok(streamless_with_kernel(&input, kernel)?)
    }))?;
    Ok(output.values.into_pyarray(py))
}

// streamless/batch
/// `streamless` of `high`, `low` for every combination of the ranges `(start, end, step)`, end inclusive, step 0 meaning the start alone.
///
/// The dict has `values`, one row per combination (a new matrix, or `out`), and the parameters of each row in
/// `periods`. `threads` is `None` for all that this process may use. Errors and the rest are those of the single call.
#[cfg(feature = "python")]
#[pyfunction(name = "streamless_batch")]
#[pyo3(signature = (high, low, period_range, kernel=None, *, threads=None, out=None))]
pub fn streamless_batch_py<'py>(
    py: Python<'py>,
    high: Series<'py>,
    low: Series<'py>,
    #[pyo3(from_py_with = unsigned_range)] period_range: (usize, usize, usize),
    kernel: Option<&str>,
    #[pyo3(from_py_with = unsigned_or_none)] threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let threads = parse_threads(threads)?;
    let sweep = StreamlessBatchRange { period: period_range };
    let high_view = high.view()?;
    let low_view = low.view()?;
    let (high_slice, low_slice, combos) = py.detach(interruptible(|| {
        let combos = sweep.expand()?;
        let high = high_view.read()?;
        let low = low_view.read()?;
        streamless_check(&high, &low, &combos)?;
        Ok((high, low, combos))
    }))?;
    let mut values =
        Out::matrix(py, out.as_ref(), combos.len(), high_view.len(), &[high_view.span(), low_view.span()])?;
    let dst = values.memory();
    py.detach(interruptible(|| {
        streamless_batch_inner_into(&high_slice, &low_slice, &combos, kernel, threads, dst)?;
        Ok(())
    }))?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_array())?;
    let periods: Vec<_> = combos.iter().map(StreamlessParams::get_period).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// streamless/register
pub mod streamless;
    use crate::streamless::{streamless_batch_py, streamless_py};
