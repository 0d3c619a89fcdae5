// open_value/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "open_value")]
#[pyo3(signature = (high, low, close, period, kind, gain, kernel=None))]
pub fn open_value_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    close: numpy::PyReadonlyArray1<'py, f64>,
    period: usize,
    kind: &str,
    gain: f64,
    kernel: Option<&str>,
) -> pyo3::PyResult<(
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
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
    let close_copy: Vec<f64>;
    let close_slice = match close.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            close_copy = close.as_array().to_vec();
            close_copy.as_slice()
        }
    };
    if low_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and low must have the same length",
        ));
    }
    if close_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and close must have the same length",
        ));
    }
    let params = OpenValueParams {
        period,
        kind: kind.to_string(),
        gain,
    };
    let output = py
        .detach(|| open_value_with_kernel(high_slice, low_slice, close_slice, params, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((
        output.upper.into_pyarray(py),
        output.middle.into_pyarray(py),
        output.lower.into_pyarray(py),
    ))
}

// open_value/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "open_value_batch")]
#[pyo3(signature = (high, low, close, period_range, kernel=None))]
pub fn open_value_batch_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    close: numpy::PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
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
    let close_copy: Vec<f64>;
    let close_slice = match close.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            close_copy = close.as_array().to_vec();
            close_copy.as_slice()
        }
    };
    if low_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and low must have the same length",
        ));
    }
    if close_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and close must have the same length",
        ));
    }
    let sweep = OpenValueBatchRange {
        period: period_range,
    };
    let combos = expand_grid_open_value(&sweep)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
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
        let mut room = Vec::<[u64; 3]>::new();
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
    let lower_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let lower_out = unsafe { lower_array.as_slice_mut()? };
    py.detach(|| {
        upper_out.fill(f64::NAN);
        middle_out.fill(f64::NAN);
        lower_out.fill(f64::NAN);
        open_value_batch_inner_into(
            high_slice,
            low_slice,
            close_slice,
            &combos,
            kern,
            true,
            upper_out,
            middle_out,
            lower_out,
        )
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item("upper", upper_array.reshape([rows, cols])?)?;
    dict.set_item("middle", middle_array.reshape([rows, cols])?)?;
    dict.set_item("lower", lower_array.reshape([rows, cols])?)?;
    let periods: Vec<_> = combos.iter().map(|combo| combo.period as u64).collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// open_value/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "OpenValueStream")]
pub struct OpenValueStreamPy {
    stream: OpenValueStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl OpenValueStreamPy {
    #[new]
    #[pyo3(signature = (period, kind, gain))]
    fn new(period: usize, kind: &str, gain: f64) -> pyo3::PyResult<Self> {
        let params = OpenValueParams {
            period,
            kind: kind.to_string(),
            gain,
        };
        let stream = OpenValueStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, high: f64, low: f64, close: f64) -> Option<(f64, f64, f64)> {
        self.stream.update(high, low, close)
    }
}

// open_value/register
pub mod open_value;
        m.add_function(pyo3::wrap_pyfunction!(crate::open_value::open_value_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::open_value::open_value_batch_py, m)?)?;
        m.add_class::<crate::open_value::OpenValueStreamPy>()?;
