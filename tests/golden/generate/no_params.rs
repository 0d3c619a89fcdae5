// no_params/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "no_params")]
#[pyo3(signature = (high, low, kernel=None))]
pub fn no_params_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    kernel: Option<&str>,
) -> pyo3::PyResult<pyo3::Bound<'py, numpy::PyArray1<f64>>> {
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
    let params = NoParamsParams {};
    let input = NoParamsInput::from_slices(high_slice, low_slice, params);
    let output = py
        .allow_threads(|| no_params_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.values.into_pyarray(py))
}

// no_params/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "no_params_batch")]
#[pyo3(signature = (high, low, kernel=None))]
pub fn no_params_batch_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
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
    let sweep = NoParamsBatchRange {};
    let output = py
        .allow_threads(|| no_params_batch_with_kernel(high_slice, low_slice, &sweep, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    let shape = [output.rows, output.cols];

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item("values", output.values.into_pyarray(py).reshape(shape)?)?;
    Ok(dict)
}

// no_params/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "NoParamsStream")]
pub struct NoParamsStreamPy {
    stream: NoParamsStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl NoParamsStreamPy {
    #[new]
    #[pyo3(signature = ())]
    fn new() -> pyo3::PyResult<Self> {
        let params = NoParamsParams {};
        let stream = NoParamsStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, high: f64, low: f64) -> f64 {
        self.stream.update(high, low)
    }
}

// no_params/register
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::no_params::no_params_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::no_params::no_params_batch_py, m)?)?;
        m.add_class::<crate::shapes::no_params::NoParamsStreamPy>()?;
