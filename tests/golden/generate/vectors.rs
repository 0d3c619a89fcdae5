// vectors/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "vectors")]
#[pyo3(signature = (data, length, kernel=None))]
pub fn vectors_py<'py>(
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
    let params = VectorsParams {
        length: Some(length),
    };
    let input = VectorsInput::from_slices(data_slice, params);
    let output = py
        .allow_threads(|| vectors_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.values.into_pyarray(py))
}

// vectors/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "vectors_batch")]
#[pyo3(signature = (data, length_range, kernel=None))]
pub fn vectors_batch_py<'py>(
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
    let sweep = VectorsBatchRange {
        length: length_range,
    };
    let output = py
        .allow_threads(|| vectors_batch_with_kernel(data_slice, &sweep, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    let shape = [output.rows, output.cols];

    let dict = pyo3::types::PyDict::new(py);
    let lengths: Vec<_> = output
        .combos
        .iter()
        .map(|combo| combo.length.unwrap_or(14) as u64)
        .collect();
    dict.set_item("values", output.values.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("lengths", lengths.into_pyarray(py))?;
    Ok(dict)
}

// vectors/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "VectorsStream")]
pub struct VectorsStreamPy {
    stream: VectorsStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl VectorsStreamPy {
    #[new]
    #[pyo3(signature = (length))]
    fn new(length: usize) -> pyo3::PyResult<Self> {
        let params = VectorsParams {
            length: Some(length),
        };
        let stream = VectorsStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, value: f64) -> Option<f64> {
        self.stream.update(value)
    }
}

// vectors/register
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::vectors::vectors_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::vectors::vectors_batch_py, m)?)?;
        m.add_class::<crate::shapes::vectors::VectorsStreamPy>()?;
