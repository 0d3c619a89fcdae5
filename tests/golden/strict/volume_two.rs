// volume_two/imports
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

// volume_two/single
/// `volume_two` of `high`, `low`, `volume`, one-dimensional arrays of any layout: a new float64 array of the same length, or `out`.
///
/// Kernels are "auto", "scalar", "avx2", "avx512" and "neon". A wrong value, a kernel that is not available here or an
/// unusable `out` is a `ValueError`, another type or dtype a `TypeError`. An interrupt ends the call within
/// about 50 ms. No array may be written or resized meanwhile.
#[cfg(feature = "python")]
#[pyfunction(name = "volume_two")]
#[pyo3(signature = (high, low, volume, factor=1.5, period=9, slow=30, kernel=None, *, out=None))]
pub fn volume_two_py<'py>(
    py: Python<'py>,
    high: Series<'py>,
    low: Series<'py>,
    volume: Series<'py>,
    #[pyo3(from_py_with = real)] factor: f64,
    #[pyo3(from_py_with = unsigned)] period: usize,
    #[pyo3(from_py_with = unsigned)] slow: usize,
    kernel: Option<&str>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let params = VolumeTwoParams { factor: Some(factor), period: Some(period), slow: Some(slow) };
    let high_view = high.view()?;
    let low_view = low.view()?;
    let volume_view = volume.view()?;
    if let Some(out) = out {
        let mut out = Out::series(&out, high_view.len(), &[high_view.span(), low_view.span(), volume_view.span()])?;
        let dst = out.memory();
        py.detach(interruptible(|| {
            let high = high_view.read()?;
            let low = low_view.read()?;
            let volume = volume_view.read()?;
            let input = VolumeTwoInput::from_slices(&high, &low, &volume, params);
            volume_two_into_uninit(dst, &input, kernel)?;
            Ok(())
        }))?;
        return Ok(out.into_array());
    }
    let output = py.detach(interruptible(|| {
        let high = high_view.read()?;
        let low = low_view.read()?;
        let volume = volume_view.read()?;
        let input = VolumeTwoInput::from_slices(&high, &low, &volume, params);
        Ok(volume_two_with_kernel(&input, kernel)?)
    }))?;
    Ok(output.values.into_pyarray(py))
}

// volume_two/batch
/// `volume_two` of `high`, `low`, `volume` for every combination of the ranges `(start, end, step)`, end inclusive, step 0 meaning the start alone.
///
/// The dict has `values`, one row per combination (a new matrix, or `out`), and the parameters of each row in
/// `factors`, `periods`, `slows`. `threads` is `None` for all that this process may use. Errors and the rest are those of the single call.
#[cfg(feature = "python")]
#[pyfunction(name = "volume_two_batch")]
#[pyo3(signature = (high, low, volume, factor_range, period_range, slow_range, kernel=None, *, threads=None, out=None))]
pub fn volume_two_batch_py<'py>(
    py: Python<'py>,
    high: Series<'py>,
    low: Series<'py>,
    volume: Series<'py>,
    #[pyo3(from_py_with = real_range)] factor_range: (f64, f64, f64),
    #[pyo3(from_py_with = unsigned_range)] period_range: (usize, usize, usize),
    #[pyo3(from_py_with = unsigned_range)] slow_range: (usize, usize, usize),
    kernel: Option<&str>,
    #[pyo3(from_py_with = unsigned_or_none)] threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let threads = parse_threads(threads)?;
    let sweep = VolumeTwoBatchRange { factor: factor_range, period: period_range, slow: slow_range };
    let high_view = high.view()?;
    let low_view = low.view()?;
    let volume_view = volume.view()?;
    let (high_slice, low_slice, volume_slice, combos) = py.detach(interruptible(|| {
        let combos = sweep.expand()?;
        let high = high_view.read()?;
        let low = low_view.read()?;
        let volume = volume_view.read()?;
        volume_two_check(&high, &low, &volume, &combos)?;
        Ok((high, low, volume, combos))
    }))?;
    let mut values = Out::matrix(
        py,
        out.as_ref(),
        combos.len(),
        high_view.len(),
        &[high_view.span(), low_view.span(), volume_view.span()],
    )?;
    let dst = values.memory();
    py.detach(interruptible(|| {
        volume_two_batch_inner_into(&high_slice, &low_slice, &volume_slice, &combos, kernel, threads, dst)?;
        Ok(())
    }))?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_array())?;
    let factors: Vec<_> = combos.iter().map(VolumeTwoParams::get_factor).collect();
    dict.set_item("factors", factors.into_pyarray(py))?;
    let periods: Vec<_> = combos.iter().map(VolumeTwoParams::get_period).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    let slows: Vec<_> = combos.iter().map(VolumeTwoParams::get_slow).collect();
    dict.set_item("slows", slows.into_pyarray(py))?;
    Ok(dict)
}

// volume_two/stream
/// `volume_two` one value at a time, with the parameters and errors of the single call.
#[cfg(feature = "python")]
#[pyclass(frozen, name = "VolumeTwoStream", module = "bindcheck_indicators")]
pub struct VolumeTwoStreamPy {
    stream: Mutex<VolumeTwoStream>,
}

#[cfg(feature = "python")]
#[pymethods]
impl VolumeTwoStreamPy {
    #[new]
    #[pyo3(signature = (factor=1.5, period=9, slow=30))]
    fn new(
        #[pyo3(from_py_with = real)] factor: f64,
        #[pyo3(from_py_with = unsigned)] period: usize,
        #[pyo3(from_py_with = unsigned)] slow: usize,
    ) -> PyResult<Self> {
        let params = VolumeTwoParams { factor: Some(factor), period: Some(period), slow: Some(slow) };
        let stream = VolumeTwoStream::try_new(params).map_err(Raise::from)?;
        Ok(Self { stream: Mutex::new(stream) })
    }

    /// Takes the next values; gives a value once the warm-up is over.
    fn update(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = real)] high: f64,
        #[pyo3(from_py_with = real)] low: f64,
        #[pyo3(from_py_with = real)] volume: f64,
    ) -> Option<f64> {
        let mut stream = self.stream.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        stream.update(high, low, volume)
    }
}

// volume_two/register
pub mod volume_two;
    use crate::volume_two::{VolumeTwoStreamPy, volume_two_batch_py, volume_two_py};
