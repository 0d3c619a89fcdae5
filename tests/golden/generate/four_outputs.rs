// four_outputs/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "four_outputs")]
#[pyo3(signature = (data, volume, fast, slow, kernel=None))]
pub fn four_outputs_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    volume: numpy::PyReadonlyArray1<'py, f64>,
    fast: usize,
    slow: usize,
    kernel: Option<&str>,
) -> pyo3::PyResult<(
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
)> {
    use numpy::IntoPyArray;

    let kern = crate::kernels::read_kernel(kernel, false)?;
    let data_copy: Vec<f64>;
    let data_slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            data_copy = data.as_array().to_vec();
            data_copy.as_slice()
        }
    };
    let volume_copy: Vec<f64>;
    let volume_slice = match volume.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            volume_copy = volume.as_array().to_vec();
            volume_copy.as_slice()
        }
    };
    if volume_slice.len() != data_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "data and volume must have the same length",
        ));
    }
    let params = FourOutputsParams {
        fast: Some(fast),
        slow: Some(slow),
    };
    let input = FourOutputsInput::from_slices(data_slice, volume_slice, params);
    let output = py
        .allow_threads(|| four_outputs_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((
        output.top.into_pyarray(py),
        output.fall.into_pyarray(py),
        output.rise.into_pyarray(py),
        output.base.into_pyarray(py),
    ))
}

// four_outputs/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "four_outputs_batch")]
#[pyo3(signature = (data, volume, fast_range, slow_range, kernel=None))]
pub fn four_outputs_batch_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    volume: numpy::PyReadonlyArray1<'py, f64>,
    fast_range: (usize, usize, usize),
    slow_range: (usize, usize, usize),
    kernel: Option<&str>,
) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {
    use numpy::IntoPyArray;
    use numpy::PyArrayMethods;
    use pyo3::prelude::*;

    let kern = crate::kernels::read_kernel(kernel, true)?;
    let data_copy: Vec<f64>;
    let data_slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            data_copy = data.as_array().to_vec();
            data_copy.as_slice()
        }
    };
    let volume_copy: Vec<f64>;
    let volume_slice = match volume.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            volume_copy = volume.as_array().to_vec();
            volume_copy.as_slice()
        }
    };
    if volume_slice.len() != data_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "data and volume must have the same length",
        ));
    }
    let sweep = FourOutputsBatchRange {
        fast: fast_range,
        slow: slow_range,
    };
    let combos = expand_four_outputs(&sweep);
    if combos.is_empty() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "the ranges make no combination",
        ));
    }
    let rows = combos.len();
    let cols = data_slice.len();
    let total = rows
        .checked_mul(cols)
        .filter(|&cells| cells <= isize::MAX as usize / 8)
        .ok_or_else(|| pyo3::exceptions::PyValueError::new_err("rows * cols is too large"))?;
    if total >= 1 << 22 {
        // NumPy panics where it gets no memory: what there is not is asked for before.
        let mut room = Vec::<[u64; 4]>::new();
        room.try_reserve_exact(total)
            .map_err(|_| pyo3::exceptions::PyMemoryError::new_err("no memory for rows * cols"))?;
        drop(std::hint::black_box(room));
    }
    let top_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let top_out = unsafe { top_array.as_slice_mut()? };
    let fall_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let fall_out = unsafe { fall_array.as_slice_mut()? };
    let rise_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let rise_out = unsafe { rise_array.as_slice_mut()? };
    let base_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let base_out = unsafe { base_array.as_slice_mut()? };
    py.allow_threads(|| {
        top_out.fill(f64::NAN);
        fall_out.fill(f64::NAN);
        rise_out.fill(f64::NAN);
        base_out.fill(f64::NAN);
        four_outputs_batch_inner_into(
            data_slice,
            volume_slice,
            &sweep,
            kern,
            true,
            top_out,
            fall_out,
            rise_out,
            base_out,
        )
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item("top", top_array.reshape([rows, cols])?)?;
    dict.set_item("fall", fall_array.reshape([rows, cols])?)?;
    dict.set_item("rise", rise_array.reshape([rows, cols])?)?;
    dict.set_item("base", base_array.reshape([rows, cols])?)?;
    let fasts: Vec<_> = combos
        .iter()
        .map(|combo| combo.fast.unwrap_or(12) as u64)
        .collect();
    dict.set_item("fasts", fasts.into_pyarray(py))?;
    let slows: Vec<_> = combos
        .iter()
        .map(|combo| combo.slow.unwrap_or(26) as u64)
        .collect();
    dict.set_item("slows", slows.into_pyarray(py))?;
    Ok(dict)
}

// four_outputs/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "FourOutputsStream")]
pub struct FourOutputsStreamPy {
    stream: FourOutputsStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl FourOutputsStreamPy {
    #[new]
    #[pyo3(signature = (fast, slow))]
    fn new(fast: usize, slow: usize) -> pyo3::PyResult<Self> {
        let params = FourOutputsParams {
            fast: Some(fast),
            slow: Some(slow),
        };
        let stream = FourOutputsStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, value: f64, volume: f64) -> Option<(f64, f64, f64, f64)> {
        self.stream.update(value, volume)
    }
}

// four_outputs/register
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::four_outputs::four_outputs_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::four_outputs::four_outputs_batch_py, m)?)?;
        m.add_class::<crate::shapes::four_outputs::FourOutputsStreamPy>()?;
