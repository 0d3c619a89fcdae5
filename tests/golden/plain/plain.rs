// gain/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "gain")]
#[pyo3(signature = (data, period))]
pub fn gain_py<'py>(
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
    let output = py.detach(|| gain(data_slice, period));
    Ok(output.into_pyarray(py))
}

// rising/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "rising")]
#[pyo3(signature = (data))]
pub fn rising_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f32>,
) -> pyo3::PyResult<pyo3::Bound<'py, numpy::PyArray1<bool>>> {
    use numpy::IntoPyArray;

    let data_copy: Vec<f32>;
    let data_slice = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            data_copy = data.as_array().to_vec();
            data_copy.as_slice()
        }
    };
    let out_values = py.detach(|| {
        let mut out_values = vec![<bool>::default(); data_slice.len()];
        rising(data_slice, &mut out_values);
        out_values
    });
    Ok(out_values.into_pyarray(py))
}

// spread/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "spread")]
#[pyo3(signature = (high, low))]
pub fn spread_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
) -> pyo3::PyResult<(
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
)> {
    use numpy::IntoPyArray;

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
    let output = py
        .detach(|| spread(high_slice, low_slice))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((output.0.into_pyarray(py), output.1.into_pyarray(py)))
}

// register
        m.add_function(pyo3::wrap_pyfunction!(crate::plain::gain_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::plain::rising_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::plain::spread_py, m)?)?;
