// open_vector/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "open_vector")]
#[pyo3(signature = (data, period))]
pub fn open_vector_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    period: usize,
) -> pyo3::PyResult<pyo3::Bound<'py, numpy::PyArray1<f64>>> {
    use numpy::IntoPyArray;

    let data_copy: Vec<f64>;
    let data_slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            data_copy = data.as_array().to_vec();
            data_copy.as_slice()
        }
    };
    let params = OpenVectorParams { period };
    let output = py
        .detach(|| open_vector(data_slice, &params))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.into_pyarray(py))
}

// open_vector/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "open_vector_batch")]
#[pyo3(signature = (data, period_range))]
pub fn open_vector_batch_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {
    use numpy::IntoPyArray;
    use numpy::PyArrayMethods;
    use pyo3::prelude::*;

    let data_copy: Vec<f64>;
    let data_slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            data_copy = data.as_array().to_vec();
            data_copy.as_slice()
        }
    };
    let sweep = OpenVectorBatchRange {
        period: period_range,
    };
    let output = py
        .detach(|| open_vector_batch_with_kernel(data_slice, &sweep))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    let shape = [output.rows, output.cols];

    let dict = pyo3::types::PyDict::new(py);
    let periods: Vec<_> = output
        .combos
        .iter()
        .map(|combo| combo.period as u64)
        .collect();
    dict.set_item("values", output.values.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// open_vector/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "OpenVectorStream")]
pub struct OpenVectorStreamPy {
    stream: OpenVectorStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl OpenVectorStreamPy {
    #[new]
    #[pyo3(signature = (period))]
    fn new(period: usize) -> pyo3::PyResult<Self> {
        let params = OpenVectorParams { period };
        let stream = OpenVectorStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, data: f64) -> Option<f64> {
        self.stream.update(data)
    }
}

// open_vector/register
pub mod open_vector;
        m.add_function(pyo3::wrap_pyfunction!(crate::open_vector::open_vector_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::open_vector::open_vector_batch_py, m)?)?;
        m.add_class::<crate::open_vector::OpenVectorStreamPy>()?;
