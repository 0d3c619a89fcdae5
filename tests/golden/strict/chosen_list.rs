// chosen_list/imports
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

// chosen_list/single
/// `chosen_list` of `data`, a one-dimensional array of any layout: a new float64 array of the same length, or `out`.
///
/// Kernels are "auto", "scalar", "avx2", "avx512" and "neon". A wrong value, a kernel that is not available here or an
/// unusable `out` is a `ValueError`, another type or dtype a `TypeError`. An interrupt ends the call within
/// about 50 ms. No array may be written or resized meanwhile.
#[cfg(feature = "python")]
#[pyfunction(name = "chosen_list")]
#[pyo3(signature = (data, side="both-ways", period=9, kernel=None, *, out=None))]
pub fn chosen_list_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    side: &str,
    #[pyo3(from_py_with = unsigned)] period: usize,
    kernel: Option<&str>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let side = match side {
        "long" => Ok(ChosenSides::Long),
        "short" => Ok(ChosenSides::Short),
        "both-ways" => Ok(ChosenSides::Both),
        other => Err(pyo3::exceptions::PyValueError::new_err(format!(
            "side must be one of 'long', 'short', 'both-ways', not {other:?}"
        ))),
    }?;
    let params = ChosenListParams { side: Some(side), period: Some(period) };
    let data_view = data.view()?;
    if let Some(out) = out {
        let mut out = Out::series(&out, data_view.len(), &[data_view.span()])?;
        let dst = out.memory();
        py.detach(interruptible(|| {
            let data = data_view.read()?;
            let input = ChosenListInput::from_slice(&data, params);
            chosen_list_into_uninit(dst, &input, kernel)?;
            Ok(())
        }))?;
        return Ok(out.into_array());
    }
    let output = py.detach(interruptible(|| {
        let data = data_view.read()?;
        let input = ChosenListInput::from_slice(&data, params);
        Ok(chosen_list_with_kernel(&input, kernel)?)
    }))?;
    Ok(output.values.into_pyarray(py))
}

// chosen_list/batch
/// `chosen_list` of `data` for every combination of the ranges `(start, end, step)`, end inclusive, step 0 meaning the start alone.
///
/// The dict has `values`, one row per combination (a new matrix, or `out`), and the parameters of each row in
/// `periods`, `sides`. `threads` is `None` for all that this process may use. Errors and the rest are those of the single call.
#[cfg(feature = "python")]
#[pyfunction(name = "chosen_list_batch")]
#[pyo3(signature = (data, period_range, side, kernel=None, *, threads=None, out=None))]
pub fn chosen_list_batch_py<'py>(
    py: Python<'py>,
    data: Series<'py>,
    #[pyo3(from_py_with = unsigned_range)] period_range: (usize, usize, usize),
    side: Vec<String>,
    kernel: Option<&str>,
    #[pyo3(from_py_with = unsigned_or_none)] threads: Option<usize>,
    out: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kernel = parse_kernel(kernel, KERNELS)?;
    let threads = parse_threads(threads)?;
    let side = side
        .iter()
        .map(String::as_str)
        .map(|text| match text {
            "long" => Ok(ChosenSides::Long),
            "short" => Ok(ChosenSides::Short),
            "both-ways" => Ok(ChosenSides::Both),
            other => Err(pyo3::exceptions::PyValueError::new_err(format!(
                "side must be one of 'long', 'short', 'both-ways', not {other:?}"
            ))),
        })
        .collect::<pyo3::PyResult<Vec<_>>>()?;
    let sweep = ChosenListBatchRange { period: period_range, side };
    let data_view = data.view()?;
    let (data_slice, combos) = py.detach(interruptible(|| {
        let combos = sweep.expand()?;
        let data = data_view.read()?;
        chosen_list_check(&data, &combos)?;
        Ok((data, combos))
    }))?;
    let mut values = Out::matrix(py, out.as_ref(), combos.len(), data_view.len(), &[data_view.span()])?;
    let dst = values.memory();
    py.detach(interruptible(|| {
        chosen_list_batch_inner_into(&data_slice, &combos, kernel, threads, dst)?;
        Ok(())
    }))?;
    let dict = PyDict::new(py);
    dict.set_item("values", values.into_array())?;
    let periods: Vec<_> = combos.iter().map(ChosenListParams::get_period).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    let sides: Vec<_> = combos
        .iter()
        .map(|combo| match ChosenListParams::get_side(combo) {
            ChosenSides::Long => "long",
            ChosenSides::Short => "short",
            ChosenSides::Both => "both-ways",
        })
        .collect();
    dict.set_item("sides", sides)?;
    Ok(dict)
}

// chosen_list/stream
/// `chosen_list` one value at a time, with the parameters and errors of the single call.
#[cfg(feature = "python")]
#[pyclass(frozen, name = "ChosenListStream", module = "bindcheck_indicators")]
pub struct ChosenListStreamPy {
    stream: Mutex<ChosenListStream>,
}

#[cfg(feature = "python")]
#[pymethods]
impl ChosenListStreamPy {
    #[new]
    #[pyo3(signature = (side="both-ways", period=9))]
    fn new(side: &str, #[pyo3(from_py_with = unsigned)] period: usize) -> PyResult<Self> {
        let side = match side {
            "long" => Ok(ChosenSides::Long),
            "short" => Ok(ChosenSides::Short),
            "both-ways" => Ok(ChosenSides::Both),
            other => Err(pyo3::exceptions::PyValueError::new_err(format!(
                "side must be one of 'long', 'short', 'both-ways', not {other:?}"
            ))),
        }?;
        let params = ChosenListParams { side: Some(side), period: Some(period) };
        let stream = ChosenListStream::try_new(params).map_err(Raise::from)?;
        Ok(Self { stream: Mutex::new(stream) })
    }

    /// Takes the next value; gives a value once the warm-up is over.
    fn update(&self, py: Python<'_>, #[pyo3(from_py_with = real)] data: f64) -> Option<f64> {
        let mut stream = self.stream.lock_py_attached(py).unwrap_or_else(PoisonError::into_inner);
        stream.update(data)
    }
}

// chosen_list/register
pub mod chosen_list;
    use crate::chosen_list::{ChosenListStreamPy, chosen_list_batch_py, chosen_list_py};
