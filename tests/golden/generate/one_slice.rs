// one_slice/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "one_slice")]
#[pyo3(signature = (data, length, kernel=None))]
pub fn one_slice_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    length: usize,
    kernel: Option<&str>,
) -> pyo3::PyResult<pyo3::Bound<'py, numpy::PyArray1<f64>>> {
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
    let params = OneSliceParams {
        length: Some(length),
    };
    let input = OneSliceInput::from_slices(data_slice, params);
    let output = py
        .allow_threads(|| one_slice_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.values.into_pyarray(py))
}

// one_slice/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "one_slice_batch")]
#[pyo3(signature = (data, length_range, kernel=None))]
pub fn one_slice_batch_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    length_range: (usize, usize, usize),
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
    let sweep = OneSliceBatchRange {
        length: length_range,
    };
    let combos = expand_one_slice(&sweep)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
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
        let mut room = Vec::<u64>::new();
        room.try_reserve_exact(total)
            .map_err(|_| pyo3::exceptions::PyMemoryError::new_err("no memory for rows * cols"))?;
        drop(std::hint::black_box(room));
    }
    let values_array = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let values_out = unsafe { values_array.as_slice_mut()? };
    py.allow_threads(|| {
        values_out.fill(f64::NAN);
        one_slice_batch_inner_into(data_slice, &sweep, kern, true, values_out)
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item("values", values_array.reshape([rows, cols])?)?;
    let lengths: Vec<_> = combos
        .iter()
        .map(|combo| combo.length.unwrap_or(14) as u64)
        .collect();
    dict.set_item("lengths", lengths.into_pyarray(py))?;
    Ok(dict)
}

// one_slice/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "OneSliceStream")]
pub struct OneSliceStreamPy {
    stream: OneSliceStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl OneSliceStreamPy {
    #[new]
    #[pyo3(signature = (length))]
    fn new(length: usize) -> pyo3::PyResult<Self> {
        let params = OneSliceParams {
            length: Some(length),
        };
        let stream = OneSliceStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, value: f64) -> Option<f64> {
        self.stream.update(value)
    }
}

// one_slice/register
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::one_slice::one_slice_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::one_slice::one_slice_batch_py, m)?)?;
        m.add_class::<crate::shapes::one_slice::OneSliceStreamPy>()?;
