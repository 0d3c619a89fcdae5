// bare/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "bare")]
#[pyo3(signature = (high, low, period))]
pub fn bare_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    period: usize,
) -> pyo3::PyResult<pyo3::Bound<'py, numpy::PyArray1<f64>>> {
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
    let params = BareParams {
        period: Some(period),
    };
    let input = BareInput::from_slices(high_slice, low_slice, params);
    let output = py
        .detach(|| bare(&input))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.values.into_pyarray(py))
}

// bare/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "bare_batch")]
#[pyo3(signature = (high, low, period_range))]
pub fn bare_batch_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {
    use numpy::IntoPyArray;
    use numpy::PyArrayMethods;
    use pyo3::prelude::*;

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
    let sweep = BareBatchRange {
        period: period_range,
    };
    let output = py
        .detach(|| bare_batch_with_kernel(high_slice, low_slice, &sweep))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    let shape = [output.rows, output.cols];

    let dict = pyo3::types::PyDict::new(py);
    let periods: Vec<_> = output
        .combos
        .iter()
        .map(|combo| combo.period.unwrap_or(9) as u64)
        .collect();
    dict.set_item("values", output.values.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// bare/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "BareStream")]
pub struct BareStreamPy {
    stream: BareStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl BareStreamPy {
    #[new]
    #[pyo3(signature = (period))]
    fn new(period: usize) -> pyo3::PyResult<Self> {
        let params = BareParams {
            period: Some(period),
        };
        let stream = BareStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, high: f64, low: f64) -> f64 {
        self.stream.update(high, low)
    }
}

// bare/register
pub mod bare;
        m.add_function(pyo3::wrap_pyfunction!(crate::bare::bare_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::bare::bare_batch_py, m)?)?;
        m.add_class::<crate::bare::BareStreamPy>()?;
