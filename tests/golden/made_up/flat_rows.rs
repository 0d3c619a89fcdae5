// flat_rows/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "flat_rows")]
#[pyo3(signature = (high, low, close, period, kernel=None))]
pub fn flat_rows_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    close: numpy::PyReadonlyArray1<'py, f64>,
    period: usize,
    kernel: Option<&str>,
) -> pyo3::PyResult<(
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
    pyo3::Bound<'py, numpy::PyArray1<f64>>,
)> {
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
    let close_copy: Vec<f64>;
    let close_slice = match close.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            close_copy = close.as_array().to_vec();
            close_copy.as_slice()
        }
    };
    if low_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and low must have the same length",
        ));
    }
    if close_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and close must have the same length",
        ));
    }
    let params = FlatRowsParams {
        period: Some(period),
    };
    let input = FlatRowsInput::from_slices(high_slice, low_slice, close_slice, params);
    let output = py
        .detach(|| flat_rows_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((
        output.upper.into_pyarray(py),
        output.middle.into_pyarray(py),
        output.lower.into_pyarray(py),
    ))
}

// flat_rows/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "flat_rows_batch")]
#[pyo3(signature = (high, low, close, period_range, kernel=None))]
pub fn flat_rows_batch_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    close: numpy::PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
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
    let close_copy: Vec<f64>;
    let close_slice = match close.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            close_copy = close.as_array().to_vec();
            close_copy.as_slice()
        }
    };
    if low_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and low must have the same length",
        ));
    }
    if close_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and close must have the same length",
        ));
    }
    let sweep = FlatRowsBatchRange {
        period: period_range,
    };
    let combos = expand_grid_flat_rows(&sweep)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    if combos.is_empty() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "the ranges make no combination",
        ));
    }
    let rows = combos.len();
    let cols = high_slice.len();
    let total = rows
        .checked_mul(cols)
        .and_then(|cells| cells.checked_mul(3))
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
    py.detach(|| {
        values_out.fill(f64::NAN);
        flat_rows_batch_inner_into(
            high_slice,
            low_slice,
            close_slice,
            &sweep,
            kern,
            true,
            values_out,
        )
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item(
        "upper",
        values_array
            .reshape([rows, 3, cols])?
            .get_item((pyo3::types::PySlice::full(py), 0_usize))?,
    )?;
    dict.set_item(
        "middle",
        values_array
            .reshape([rows, 3, cols])?
            .get_item((pyo3::types::PySlice::full(py), 1_usize))?,
    )?;
    dict.set_item(
        "lower",
        values_array
            .reshape([rows, 3, cols])?
            .get_item((pyo3::types::PySlice::full(py), 2_usize))?,
    )?;
    let periods: Vec<_> = combos
        .iter()
        .map(|combo| combo.period.unwrap_or(9) as u64)
        .collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// flat_rows/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "FlatRowsStream")]
pub struct FlatRowsStreamPy {
    stream: FlatRowsStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl FlatRowsStreamPy {
    #[new]
    #[pyo3(signature = (period))]
    fn new(period: usize) -> pyo3::PyResult<Self> {
        let params = FlatRowsParams {
            period: Some(period),
        };
        let stream = FlatRowsStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, high: f64, low: f64, close: f64) -> Option<(f64, f64, f64)> {
        self.stream.update(high, low, close)
    }
}

// flat_rows/register
pub mod flat_rows;
        m.add_function(pyo3::wrap_pyfunction!(crate::flat_rows::flat_rows_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::flat_rows::flat_rows_batch_py, m)?)?;
        m.add_class::<crate::flat_rows::FlatRowsStreamPy>()?;
