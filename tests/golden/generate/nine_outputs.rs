// nine_outputs/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "nine_outputs")]
#[pyo3(signature = (open, high, low, close, length, kernel=None))]
pub fn nine_outputs_py<'py>(
    py: pyo3::Python<'py>,
    open: numpy::PyReadonlyArray1<'py, f64>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    close: numpy::PyReadonlyArray1<'py, f64>,
    length: usize,
    kernel: Option<&str>,
) -> pyo3::PyResult<(
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
)> {
    use numpy::IntoPyArray;

    let kern = crate::kernels::read_kernel(kernel, false)?;
    let open_copy: Vec<f64>;
    let open_slice = match open.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            open_copy = open.as_array().to_vec();
            open_copy.as_slice()
        }
    };
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
    if high_slice.len() != open_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "open and high must have the same length",
        ));
    }
    if low_slice.len() != open_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "open and low must have the same length",
        ));
    }
    if close_slice.len() != open_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "open and close must have the same length",
        ));
    }
    let params = NineOutputsParams {
        length: Some(length),
    };
    let input =
        NineOutputsInput::from_slices(open_slice, high_slice, low_slice, close_slice, params);
    let output = py
        .allow_threads(|| nine_outputs_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((
        output.level1.into_pyarray(py),
        output.level2.into_pyarray(py),
        output.level3.into_pyarray(py),
        output.level4.into_pyarray(py),
        output.level5.into_pyarray(py),
        output.level6.into_pyarray(py),
        output.level7.into_pyarray(py),
        output.level8.into_pyarray(py),
        output.level9.into_pyarray(py),
    ))
}

// nine_outputs/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "nine_outputs_batch")]
#[pyo3(signature = (open, high, low, close, length_range, kernel=None))]
pub fn nine_outputs_batch_py<'py>(
    py: pyo3::Python<'py>,
    open: numpy::PyReadonlyArray1<'py, f64>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    close: numpy::PyReadonlyArray1<'py, f64>,
    length_range: (usize, usize, usize),
    kernel: Option<&str>,
) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {
    use numpy::IntoPyArray;
    use numpy::PyArrayMethods;
    use pyo3::prelude::*;

    let kern = crate::kernels::read_kernel(kernel, true)?;
    let open_copy: Vec<f64>;
    let open_slice = match open.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            open_copy = open.as_array().to_vec();
            open_copy.as_slice()
        }
    };
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
    if high_slice.len() != open_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "open and high must have the same length",
        ));
    }
    if low_slice.len() != open_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "open and low must have the same length",
        ));
    }
    if close_slice.len() != open_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "open and close must have the same length",
        ));
    }
    let sweep = NineOutputsBatchRange {
        length: length_range,
    };
    let combos = expand_nine_outputs(&sweep)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    if combos.is_empty() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "the ranges make no combination",
        ));
    }
    let rows = combos.len();
    let cols = open_slice.len();
    let total = rows
        .checked_mul(cols)
        .filter(|&cells| cells <= isize::MAX as usize / 8)
        .ok_or_else(|| pyo3::exceptions::PyValueError::new_err("rows * cols is too large"))?;
    if total >= 1 << 22 {
        // NumPy panics where it gets no memory: what there is not is asked for before.
        let mut room = Vec::<[u64; 9]>::new();
        room.try_reserve_exact(total)
            .map_err(|_| pyo3::exceptions::PyMemoryError::new_err("no memory for rows * cols"))?;
        drop(std::hint::black_box(room));
    }
    let level1_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let level1_out = unsafe { level1_array.as_slice_mut()? };
    let level2_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let level2_out = unsafe { level2_array.as_slice_mut()? };
    let level3_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let level3_out = unsafe { level3_array.as_slice_mut()? };
    let level4_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let level4_out = unsafe { level4_array.as_slice_mut()? };
    let level5_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let level5_out = unsafe { level5_array.as_slice_mut()? };
    let level6_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let level6_out = unsafe { level6_array.as_slice_mut()? };
    let level7_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let level7_out = unsafe { level7_array.as_slice_mut()? };
    let level8_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let level8_out = unsafe { level8_array.as_slice_mut()? };
    let level9_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let level9_out = unsafe { level9_array.as_slice_mut()? };
    py.allow_threads(|| {
        level1_out.fill(f64::NAN);
        level2_out.fill(f64::NAN);
        level3_out.fill(f64::NAN);
        level4_out.fill(f64::NAN);
        level5_out.fill(f64::NAN);
        level6_out.fill(f64::NAN);
        level7_out.fill(f64::NAN);
        level8_out.fill(f64::NAN);
        level9_out.fill(f64::NAN);
        nine_outputs_batch_inner_into(
            open_slice,
            high_slice,
            low_slice,
            close_slice,
            &sweep,
            kern,
            true,
            level1_out,
            level2_out,
            level3_out,
            level4_out,
            level5_out,
            level6_out,
            level7_out,
            level8_out,
            level9_out,
        )
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item("level1", level1_array.reshape([rows, cols])?)?;
    dict.set_item("level2", level2_array.reshape([rows, cols])?)?;
    dict.set_item("level3", level3_array.reshape([rows, cols])?)?;
    dict.set_item("level4", level4_array.reshape([rows, cols])?)?;
    dict.set_item("level5", level5_array.reshape([rows, cols])?)?;
    dict.set_item("level6", level6_array.reshape([rows, cols])?)?;
    dict.set_item("level7", level7_array.reshape([rows, cols])?)?;
    dict.set_item("level8", level8_array.reshape([rows, cols])?)?;
    dict.set_item("level9", level9_array.reshape([rows, cols])?)?;
    let lengths: Vec<_> = combos
        .iter()
        .map(|combo| combo.length.unwrap_or(14) as u64)
        .collect();
    dict.set_item("lengths", lengths.into_pyarray(py))?;
    Ok(dict)
}

// nine_outputs/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "NineOutputsStream")]
pub struct NineOutputsStreamPy {
    stream: NineOutputsStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl NineOutputsStreamPy {
    #[new]
    #[pyo3(signature = (length))]
    fn new(length: usize) -> pyo3::PyResult<Self> {
        let params = NineOutputsParams {
            length: Some(length),
        };
        let stream = NineOutputsStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, open: f64, high: f64, low: f64, close: f64) -> Option<(f64, f64)> {
        self.stream.update(open, high, low, close)
    }
}

// nine_outputs/register
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::nine_outputs::nine_outputs_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::nine_outputs::nine_outputs_batch_py, m)?)?;
        m.add_class::<crate::shapes::nine_outputs::NineOutputsStreamPy>()?;
