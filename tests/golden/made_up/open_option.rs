// open_option/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "open_option")]
#[pyo3(signature = (data, period))]
pub fn open_option_py<'py>(
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
    let params = OpenOptionParams {
        period: Some(period),
    };
    let output = py
        .detach(|| open_option(data_slice, Some(&params)))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.values.into_pyarray(py))
}

// open_option/register
pub mod open_option;
        m.add_function(pyo3::wrap_pyfunction!(crate::open_option::open_option_py, m)?)?;
