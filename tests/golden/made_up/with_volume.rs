// with_volume/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "with_volume")]
#[pyo3(signature = (high, low, volume, factor, period, depth, kernel=None))]
pub fn with_volume_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    volume: numpy::PyReadonlyArray1<'py, f64>,
    factor: f64,
    period: usize,
    depth: u32,
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
    let volume_copy: Vec<f64>;
    let volume_slice = match volume.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            volume_copy = volume.as_array().to_vec();
            volume_copy.as_slice()
        }
    };
    if low_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and low must have the same length",
        ));
    }
    if volume_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and volume must have the same length",
        ));
    }
    let params = WithVolumeParams {
        factor: Some(factor),
        period: Some(period),
        depth: Some(depth),
    };
    let input = WithVolumeInput::from_slices(high_slice, low_slice, volume_slice, params);
    let output = py
        .detach(|| with_volume_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output.values.into_pyarray(py))
}

// with_volume/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "with_volume_batch")]
#[pyo3(signature = (high, low, volume, factor_range, period_range, depth_range, kernel=None))]
pub fn with_volume_batch_py<'py>(
    py: pyo3::Python<'py>,
    high: numpy::PyReadonlyArray1<'py, f64>,
    low: numpy::PyReadonlyArray1<'py, f64>,
    volume: numpy::PyReadonlyArray1<'py, f64>,
    factor_range: (f64, f64, f64),
    period_range: (usize, usize, usize),
    depth_range: (u32, u32, u32),
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
    let volume_copy: Vec<f64>;
    let volume_slice = match volume.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            volume_copy = volume.as_array().to_vec();
            volume_copy.as_slice()
        }
    };
    if low_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and low must have the same length",
        ));
    }
    if volume_slice.len() != high_slice.len() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "high and volume must have the same length",
        ));
    }
    let sweep = WithVolumeBatchRange {
        factor: factor_range,
        period: period_range,
        depth: depth_range,
    };
    let combos = expand_grid_with_volume(&sweep);
    if combos.is_empty() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "the ranges make no combination",
        ));
    }
    let rows = combos.len();
    let cols = high_slice.len();
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
        with_volume_batch_inner_into(
            high_slice,
            low_slice,
            volume_slice,
            &combos,
            kern,
            true,
            values_out,
        )
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict = pyo3::types::PyDict::new(py);
    dict.set_item("values", values_array.reshape([rows, cols])?)?;
    let factors: Vec<_> = combos
        .iter()
        .map(|combo| combo.factor.unwrap_or(1.5))
        .collect();
    dict.set_item("factors", factors.into_pyarray(py))?;
    let periods: Vec<_> = combos
        .iter()
        .map(|combo| combo.period.unwrap_or(9) as u64)
        .collect();
    dict.set_item("periods", periods.into_pyarray(py))?;
    let depths: Vec<_> = combos
        .iter()
        .map(|combo| combo.depth.unwrap_or(3))
        .collect();
    dict.set_item("depths", depths.into_pyarray(py))?;
    Ok(dict)
}

// with_volume/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "WithVolumeStream")]
pub struct WithVolumeStreamPy {
    stream: WithVolumeStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl WithVolumeStreamPy {
    #[new]
    #[pyo3(signature = (factor, period, depth))]
    fn new(factor: f64, period: usize, depth: u32) -> pyo3::PyResult<Self> {
        let params = WithVolumeParams {
            factor: Some(factor),
            period: Some(period),
            depth: Some(depth),
        };
        let stream = WithVolumeStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, high: f64, low: f64, volume: f64) -> Option<f64> {
        self.stream.update(high, low, volume)
    }
}

// with_volume/register
pub mod with_volume;
        m.add_function(pyo3::wrap_pyfunction!(crate::with_volume::with_volume_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::with_volume::with_volume_batch_py, m)?)?;
        m.add_class::<crate::with_volume::WithVolumeStreamPy>()?;
