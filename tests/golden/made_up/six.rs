// six/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "six")]
#[pyo3(signature = (data, period, kernel=None))]
pub fn six_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    period: usize,
    kernel: Option<&str>,
) -> pyo3::PyResult<(
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
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
    let params = SixParams {
        period: Some(period),
    };
    let input = SixInput::from_slice(data_slice, params);
    let output = py
        .detach(|| six_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((
        output.a.into_pyarray(py),
        output.b.into_pyarray(py),
        output.c.into_pyarray(py),
        output.d.into_pyarray(py),
        output.e.into_pyarray(py),
        output.f.into_pyarray(py),
    ))
}

// six/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "six_batch")]
#[pyo3(signature = (data, period_range, kernel=None))]
pub fn six_batch_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
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
    let sweep = SixBatchRange {
        period: period_range,
    };
    let output = py
        .detach(|| six_batch_with_kernel(data_slice, &sweep, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    let shape = [output.rows, output.cols];

    let dict = pyo3::types::PyDict::new(py);
    let periods: Vec<_> = output
        .combos
        .iter()
        .map(|combo| combo.period.unwrap_or(9) as u64)
        .collect();
    dict.set_item("a", output.a.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("b", output.b.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("c", output.c.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("d", output.d.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("e", output.e.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("f", output.f.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// six/register
pub mod six;
        m.add_function(pyo3::wrap_pyfunction!(crate::six::six_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::six::six_batch_py, m)?)?;
