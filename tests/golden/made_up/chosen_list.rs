// chosen_list/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "chosen_list")]
#[pyo3(signature = (data, side, period, kernel=None))]
pub fn chosen_list_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    side: &str,
    period: usize,
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
    let side = match side {
        "long" => Ok(ChosenSides::Long),
        "short" => Ok(ChosenSides::Short),
        "both-ways" => Ok(ChosenSides::Both),
        other => Err(pyo3::exceptions::PyValueError::new_err(format!(
            "side must be one of 'long', 'short', 'both-ways', not {other:?}"
        ))),
    }?;
    let params = ChosenListParams {
        side: Some(side),
        period: Some(period),
    };
    let input = ChosenListInput::from_slice(data_slice, params);
    let output = py
        .detach(|| chosen_list_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.values.into_pyarray(py))
}

// chosen_list/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "chosen_list_batch")]
#[pyo3(signature = (data, period_range, side, kernel=None))]
pub fn chosen_list_batch_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
    side: Vec<String>,
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
    let side = side
        .iter()
        .map(String::as_str)
        .map(|text| match text {
            "long" => Ok(ChosenSides::Long),
            "short" => Ok(ChosenSides::Short),
            "both-ways" => Ok(ChosenSides::Both),
            other => Err(pyo3::exceptions::PyValueError::new_err(format!(
                "side must be one of 'long', 'short', 'both-ways', not {other:?}"
            ))),
        })
        .collect::<pyo3::PyResult<Vec<_>>>()?;
    let sweep = ChosenListBatchRange {
        period: period_range,
        side,
    };
    let output = py
        .detach(|| chosen_list_batch_with_kernel(data_slice, &sweep, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    let shape = [output.rows, output.cols];

    let dict = pyo3::types::PyDict::new(py);
    let periods: Vec<_> = output
        .combos
        .iter()
        .map(|combo| combo.period.unwrap_or(9) as u64)
        .collect();
    let sides: Vec<_> = output
        .combos
        .iter()
        .map(
            |combo| match combo.side.as_ref().unwrap_or(&ChosenSides::Both) {
                ChosenSides::Long => "long",
                ChosenSides::Short => "short",
                ChosenSides::Both => "both-ways",
            },
        )
        .collect();
    dict.set_item("values", output.values.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("periods", periods.into_pyarray(py))?;
    dict.set_item("sides", sides)?;
    Ok(dict)
}

// chosen_list/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "ChosenListStream")]
pub struct ChosenListStreamPy {
    stream: ChosenListStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl ChosenListStreamPy {
    #[new]
    #[pyo3(signature = (side, period))]
    fn new(side: &str, period: usize) -> pyo3::PyResult<Self> {
        let side = match side {
            "long" => Ok(ChosenSides::Long),
            "short" => Ok(ChosenSides::Short),
            "both-ways" => Ok(ChosenSides::Both),
            other => Err(pyo3::exceptions::PyValueError::new_err(format!(
                "side must be one of 'long', 'short', 'both-ways', not {other:?}"
            ))),
        }?;
        let params = ChosenListParams {
            side: Some(side),
            period: Some(period),
        };
        let stream = ChosenListStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, data: f64) -> Option<f64> {
        self.stream.update(data)
    }
}

// chosen_list/register
pub mod chosen_list;
        m.add_function(pyo3::wrap_pyfunction!(crate::chosen_list::chosen_list_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::chosen_list::chosen_list_batch_py, m)?)?;
        m.add_class::<crate::chosen_list::ChosenListStreamPy>()?;
