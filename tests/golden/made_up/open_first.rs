// open_first/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "open_first")]
#[pyo3(signature = (high, low, period, mode, kernel=None))]
pub fn open_first_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    period: usize,
    mode: &str,
    kernel: Option<&str>,
) -> pyo3::PyResult<(
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
)> {
    use numpy::IntoPyArray;

    let kern = crate::kernels::read_kernel(kernel, false)?;
    let high_copy: Vec<f64>;
    let high_slice = match high.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            high_copy = high.as_array().to_vec();
            high_copy.as_slice()
        }
    };
    let low_copy: Vec<f64>;
    let low_slice = match low.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            low_copy = low.as_array().to_vec();
            low_copy.as_slice()
        }
    };
    if low_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and low must have the same length",
        ));
    }
    let mode = match mode {
        "slow" => Ok(OpenMode::Slow),
        "fast" => Ok(OpenMode::Fast),
        other => Err(pyo3::exceptions::PyValueError::new_err(format!(
            "mode must be one of 'slow', 'fast', not {other:?}"
        ))),
    }?;
    let params = OpenFirstParams {
        period: Some(period),
        mode: Some(mode),
    };
    let output = py
        .detach(|| open_first_with_kernel(&params, high_slice, low_slice, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((output.0.into_pyarray(py), output.1.into_pyarray(py)))
}

// open_first/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "open_first_batch")]
#[pyo3(signature = (high, low, period_range, mode, kernel=None))]
pub fn open_first_batch_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
    mode: &str,
    kernel: Option<&str>,
) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {
    use numpy::IntoPyArray;
    use numpy::PyArrayMethods;
    use pyo3::prelude::*;

    let kern = crate::kernels::read_kernel(kernel, true)?;
    let high_copy: Vec<f64>;
    let high_slice = match high.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            high_copy = high.as_array().to_vec();
            high_copy.as_slice()
        }
    };
    let low_copy: Vec<f64>;
    let low_slice = match low.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            low_copy = low.as_array().to_vec();
            low_copy.as_slice()
        }
    };
    if low_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and low must have the same length",
        ));
    }
    let mode = match mode {
        "slow" => Ok(OpenMode::Slow),
        "fast" => Ok(OpenMode::Fast),
        other => Err(pyo3::exceptions::PyValueError::new_err(format!(
            "mode must be one of 'slow', 'fast', not {other:?}"
        ))),
    }?;
    let sweep = OpenFirstBatchRange {
        period: period_range,
        mode,
    };
    let combos = expand_grid_open_first(&sweep);
    if combos.is_empty() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "the ranges make no combination",
        ));
    }
    let rows = combos.len();
    let cols = high_slice.len();
    let total = rows
        .checked_mul(cols)
        .filter(|&cells| cells <= isize::MAX as usize / 8)
        .ok_or_else(|| pyo3::exceptions::PyValueError::new_err("rows * cols is too large"))?;
    if total >= 1 << 22 {
        // NumPy panics where it gets no memory: what there is not is asked for before.
        let mut room = Vec::<[u64; 2]>::new();
        room.try_reserve_exact(total)
            .map_err(|_| pyo3::exceptions::PyMemoryError::new_err("no memory for rows * cols"))?;
        drop(std::hint::black_box(room));
    }
    let upper_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let upper_out = unsafe { upper_array.as_slice_mut()? };
    let middle_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let middle_out = unsafe { middle_array.as_slice_mut()? };
    py.detach(|| {
        upper_out.fill(f64::NAN);
        middle_out.fill(f64::NAN);
        open_first_batch_inner_into(
            high_slice, low_slice, &sweep, kern, true, upper_out, middle_out,
        )
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item("upper", upper_array.reshape([rows, cols])?)?;
    dict.set_item("middle", middle_array.reshape([rows, cols])?)?;
    let periods: Vec<_> = combos
        .iter()
        .map(|combo| combo.period.unwrap_or(9) as u64)
        .collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// open_first/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "OpenFirstStream")]
pub struct OpenFirstStreamPy {
    stream: OpenFirstStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl OpenFirstStreamPy {
    #[new]
    #[pyo3(signature = (period, mode))]
    fn new(period: usize, mode: &str) -> pyo3::PyResult<Self> {
        let mode = match mode {
            "slow" => Ok(OpenMode::Slow),
            "fast" => Ok(OpenMode::Fast),
            other => Err(pyo3::exceptions::PyValueError::new_err(format!(
                "mode must be one of 'slow', 'fast', not {other:?}"
            ))),
        }?;
        let params = OpenFirstParams {
            period: Some(period),
            mode: Some(mode),
        };
        let stream = OpenFirstStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, high: f64, low: f64) -> (f64, f64) {
        self.stream.update(high, low)
    }
}

// open_first/register
pub mod open_first;
        m.add_function(pyo3::wrap_pyfunction!(crate::open_first::open_first_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::open_first::open_first_batch_py, m)?)?;
        m.add_class::<crate::open_first::OpenFirstStreamPy>()?;
