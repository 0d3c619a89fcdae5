// three_slices/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "three_slices")]
#[pyo3(signature = (high, low, close, length, factor, kind, kernel=None))]
pub fn three_slices_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    close: numpy::PyReadonlyArray1<'py, f64>,
    length: usize,
    factor: f64,
    kind: &str,
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
    let params = ThreeSlicesParams {
        length: Some(length),
        factor: Some(factor),
        kind: Some(kind.to_string()),
    };
    let input = ThreeSlicesInput::from_slices(high_slice, low_slice, close_slice, params);
    let output = py
        .allow_threads(|| three_slices_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((output.upper.into_pyarray(py), output.lower.into_pyarray(py)))
}

// three_slices/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "three_slices_batch")]
#[pyo3(signature = (high, low, close, length_range, factor_range, kind, kernel=None))]
pub fn three_slices_batch_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    close: numpy::PyReadonlyArray1<'py, f64>,
    length_range: (usize, usize, usize),
    factor_range: (f64, f64, f64),
    kind: String,
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
    let sweep = ThreeSlicesBatchRange {
        length: length_range,
        factor: factor_range,
        kind,
    };
    let combos = expand_three_slices(&sweep)
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
        let mut room = Vec::<[u64; 2]>::new();
        room.try_reserve_exact(total)
            .map_err(|_| pyo3::exceptions::PyMemoryError::new_err("no memory for rows * cols"))?;
        drop(std::hint::black_box(room));
    }
    let upper_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let upper_out = unsafe { upper_array.as_slice_mut()? };
    let lower_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let lower_out = unsafe { lower_array.as_slice_mut()? };
    py.allow_threads(|| {
        upper_out.fill(f64::NAN);
        lower_out.fill(f64::NAN);
        three_slices_batch_inner_into(
            high_slice,
            low_slice,
            close_slice,
            &sweep,
            kern,
            true,
            upper_out,
            lower_out,
        )
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item("upper", upper_array.reshape([rows, cols])?)?;
    dict.set_item("lower", lower_array.reshape([rows, cols])?)?;
    let lengths: Vec<_> = combos
        .iter()
        .map(|combo| combo.length.unwrap_or(14) as u64)
        .collect();
    dict.set_item("lengths", lengths.into_pyarray(py))?;
    let factors: Vec<_> = combos
        .iter()
        .map(|combo| combo.factor.unwrap_or(2.0))
        .collect();
    dict.set_item("factors", factors.into_pyarray(py))?;
    Ok(dict)
}

// three_slices/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "ThreeSlicesStream")]
pub struct ThreeSlicesStreamPy {
    stream: ThreeSlicesStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl ThreeSlicesStreamPy {
    #[new]
    #[pyo3(signature = (length, factor, kind))]
    fn new(length: usize, factor: f64, kind: &str) -> pyo3::PyResult<Self> {
        let params = ThreeSlicesParams {
            length: Some(length),
            factor: Some(factor),
            kind: Some(kind.to_string()),
        };
        let stream = ThreeSlicesStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, high: f64, low: f64, close: f64) -> Option<(f64, f64)> {
        self.stream.update(high, low, close)
    }
}

// three_slices/register
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::three_slices::three_slices_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::three_slices::three_slices_batch_py, m)?)?;
        m.add_class::<crate::shapes::three_slices::ThreeSlicesStreamPy>()?;
