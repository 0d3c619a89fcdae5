// open_ref/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "open_ref")]
#[pyo3(signature = (data, period, kernel=None))]
pub fn open_ref_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
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
    let params = OpenRefParams {
        period: Some(period),
    };
    let output = py
        .detach(|| open_ref_with_kernel(data_slice, &params, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.values.into_pyarray(py))
}

// open_ref/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "open_ref_batch")]
#[pyo3(signature = (data, period_range, kernel=None))]
pub fn open_ref_batch_py<'py>(
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
    let sweep = OpenRefBatchRange {
        period: period_range,
    };
    let combos = expand_grid_open_ref(&sweep)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    if combos.is_empty() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "the ranges make no combination",
        ));
    }
    let rows = combos.len();
    let cols = data_slice.len();
    let total = rows
        .checked_mul(cols)
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
        open_ref_batch_inner_into(data_slice, &sweep, kern, true, values_out)
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item("values", values_array.reshape([rows, cols])?)?;
    let periods: Vec<_> = combos
        .iter()
        .map(|combo| combo.period.unwrap_or(9) as u64)
        .collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    Ok(dict)
}

// open_ref/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "OpenRefStream")]
pub struct OpenRefStreamPy {
    stream: OpenRefStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl OpenRefStreamPy {
    #[new]
    #[pyo3(signature = (period))]
    fn new(period: usize) -> pyo3::PyResult<Self> {
        let params = OpenRefParams {
            period: Some(period),
        };
        let stream = OpenRefStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, data: f64) -> Option<f64> {
        self.stream.update(data)
    }
}

// open_ref/register
pub mod open_ref;
        m.add_function(pyo3::wrap_pyfunction!(crate::open_ref::open_ref_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::open_ref::open_ref_batch_py, m)?)?;
        m.add_class::<crate::open_ref::OpenRefStreamPy>()?;
