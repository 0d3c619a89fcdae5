// time_stamps/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "time_stamps")]
#[pyo3(signature = (timestamps, volumes, prices, anchor, kernel=None))]
pub fn time_stamps_py<'py>(
    py: pyo3::Python<'py>,
    timestamps: numpy::PyReadonlyArray1<'py, i64>,
    volumes: numpy::PyReadonlyArray1<'py, f64>,
    prices: numpy::PyReadonlyArray1<'py, f64>,
    anchor: &str,
    kernel: Option<&str>,
) -> pyo3::PyResult<pyo3::Bound<'py, numpy::PyArray1<f64>>> {
    use numpy::IntoPyArray;

    let kern = crate::kernels::read_kernel(kernel, false)?;
    let timestamps_copy: Vec<i64>;
    let timestamps_slice = match timestamps.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            timestamps_copy = timestamps.as_array().to_vec();
            timestamps_copy.as_slice()
        }
    };
    let volumes_copy: Vec<f64>;
    let volumes_slice = match volumes.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            volumes_copy = volumes.as_array().to_vec();
            volumes_copy.as_slice()
        }
    };
    let prices_copy: Vec<f64>;
    let prices_slice = match prices.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            prices_copy = prices.as_array().to_vec();
            prices_copy.as_slice()
        }
    };
    if volumes_slice.len() != timestamps_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "timestamps and volumes must have the same length",
        ));
    }
    if prices_slice.len() != timestamps_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "timestamps and prices must have the same length",
        ));
    }
    let params = TimeStampsParams {
        anchor: Some(anchor.to_string()),
    };
    let input = TimeStampsInput::from_slices(timestamps_slice, volumes_slice, prices_slice, params);
    let output = py
        .allow_threads(|| time_stamps_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.values.into_pyarray(py))
}

// time_stamps/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "time_stamps_batch")]
#[pyo3(signature = (timestamps, volumes, prices, anchor_range, kernel=None))]
pub fn time_stamps_batch_py<'py>(
    py: pyo3::Python<'py>,
    timestamps: numpy::PyReadonlyArray1<'py, i64>,
    volumes: numpy::PyReadonlyArray1<'py, f64>,
    prices: numpy::PyReadonlyArray1<'py, f64>,
    anchor_range: (String, String, u32),
    kernel: Option<&str>,
) -> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {
    use numpy::IntoPyArray;
    use numpy::PyArrayMethods;
    use pyo3::prelude::*;

    let kern = crate::kernels::read_kernel(kernel, true)?;
    let timestamps_copy: Vec<i64>;
    let timestamps_slice = match timestamps.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            timestamps_copy = timestamps.as_array().to_vec();
            timestamps_copy.as_slice()
        }
    };
    let volumes_copy: Vec<f64>;
    let volumes_slice = match volumes.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            volumes_copy = volumes.as_array().to_vec();
            volumes_copy.as_slice()
        }
    };
    let prices_copy: Vec<f64>;
    let prices_slice = match prices.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            prices_copy = prices.as_array().to_vec();
            prices_copy.as_slice()
        }
    };
    if volumes_slice.len() != timestamps_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "timestamps and volumes must have the same length",
        ));
    }
    if prices_slice.len() != timestamps_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "timestamps and prices must have the same length",
        ));
    }
    let sweep = TimeStampsBatchRange {
        anchor: anchor_range,
    };
    let output = py
        .allow_threads(|| {
            time_stamps_batch_with_kernel(
                timestamps_slice,
                volumes_slice,
                prices_slice,
                &sweep,
                kern,
            )
        })
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    let shape = [output.rows, output.cols];

    let dict = pyo3::types::PyDict::new(py);
    let anchors: Vec<_> = output
        .combos
        .iter()
        .map(|combo| combo.anchor.clone().unwrap_or_else(|| "1d".to_string()))
        .collect();
    dict.set_item("values", output.values.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("anchors", anchors)?;
    Ok(dict)
}

// time_stamps/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "TimeStampsStream")]
pub struct TimeStampsStreamPy {
    stream: TimeStampsStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl TimeStampsStreamPy {
    #[new]
    #[pyo3(signature = (anchor))]
    fn new(anchor: &str) -> pyo3::PyResult<Self> {
        let params = TimeStampsParams {
            anchor: Some(anchor.to_string()),
        };
        let stream = TimeStampsStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, timestamp: i64, price: f64, volume: f64) -> Option<f64> {
        self.stream.update(timestamp, price, volume)
    }
}

// time_stamps/register
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::time_stamps::time_stamps_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::time_stamps::time_stamps_batch_py, m)?)?;
        m.add_class::<crate::shapes::time_stamps::TimeStampsStreamPy>()?;
