// flat_planes/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "flat_planes")]
#[pyo3(signature = (data, period, gain, kernel=None))]
pub fn flat_planes_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    period: usize,
    gain: f64,
    kernel: Option<&str>,
) -> pyo3::PyResult<(
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
    let params = FlatPlanesParams {
        period: Some(period),
        gain: Some(gain),
    };
    let input = FlatPlanesInput::from_slice(data_slice, params);
    let output = py
        .detach(|| flat_planes_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((
        output.upper.into_pyarray(py),
        output.middle.into_pyarray(py),
        output.lower.into_pyarray(py),
    ))
}

// flat_planes/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "flat_planes_batch")]
#[pyo3(signature = (data, period_range, gain_range, kernel=None))]
pub fn flat_planes_batch_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
    gain_range: (f64, f64, f64),
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
    let sweep = FlatPlanesBatchRange {
        period: period_range,
        gain: gain_range,
    };
    let combos = expand_grid_flat_planes(&sweep)
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
        flat_planes_batch_inner_into(data_slice, &sweep, kern, true, values_out)
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item(
        "upper",
        values_array.reshape([3, rows, cols])?.get_item(0_usize)?,
    )?;
    dict.set_item(
        "middle",
        values_array.reshape([3, rows, cols])?.get_item(1_usize)?,
    )?;
    dict.set_item(
        "lower",
        values_array.reshape([3, rows, cols])?.get_item(2_usize)?,
    )?;
    let periods: Vec<_> = combos
        .iter()
        .map(|combo| combo.period.unwrap_or(9) as u64)
        .collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    let gains: Vec<_> = combos
        .iter()
        .map(|combo| combo.gain.unwrap_or(0.5))
        .collect();
    dict.set_item("gains", gains.into_pyarray(py))?;
    Ok(dict)
}

// flat_planes/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "FlatPlanesStream")]
pub struct FlatPlanesStreamPy {
    stream: FlatPlanesStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl FlatPlanesStreamPy {
    #[new]
    #[pyo3(signature = (period, gain))]
    fn new(period: usize, gain: f64) -> pyo3::PyResult<Self> {
        let params = FlatPlanesParams {
            period: Some(period),
            gain: Some(gain),
        };
        let stream = FlatPlanesStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, data: f64) -> Option<(f64, f64, f64)> {
        self.stream.update(data)
    }
}

// flat_planes/register
pub mod flat_planes;
        m.add_function(pyo3::wrap_pyfunction!(crate::flat_planes::flat_planes_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::flat_planes::flat_planes_batch_py, m)?)?;
        m.add_class::<crate::flat_planes::FlatPlanesStreamPy>()?;
