// clashing/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "clashing")]
#[pyo3(signature = (data, kern, data_slice, data_copy, params, input, output, stream, sweep, combos, rows, dict, values_array, values_out, kernel=None))]
pub fn clashing_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    kern: f64,
    data_slice: f64,
    data_copy: usize,
    params: usize,
    input: f64,
    output: f64,
    stream: usize,
    sweep: bool,
    combos: bool,
    rows: bool,
    dict: bool,
    values_array: bool,
    values_out: bool,
    kernel: Option<&str>,
) -> pyo3::PyResult<pyo3::Bound<'py, numpy::PyArray1<f64>>> {
    use numpy::IntoPyArray;

    let kern_ = crate::kernels::read_kernel(kernel, false)?;
    let data_copy_: Vec<f64>;
    let data_slice_ = match data.as_slice() {
        Ok(slice) => slice,
        Err(_) => {
            data_copy_ = data.as_array().to_vec();
            data_copy_.as_slice()
        }
    };
    let params_ = ClashingParams {
        kern: Some(kern),
        data_slice: Some(data_slice),
        data_copy: Some(data_copy),
        params: Some(params),
        input: Some(input),
        output: Some(output),
        stream: Some(stream),
        sweep: Some(sweep),
        combos: Some(combos),
        rows: Some(rows),
        dict: Some(dict),
        values_array: Some(values_array),
        values_out: Some(values_out),
    };
    let input_ = ClashingInput::from_slices(data_slice_, params_);
    let output_ = py
        .allow_threads(|| clashing_with_kernel(&input_, kern_))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(output_.values.into_pyarray(py))
}

// clashing/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "clashing_batch")]
#[pyo3(signature = (data, kern_range, sweep, combos, rows, dict, values_array, values_out, kernel=None))]
pub fn clashing_batch_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    kern_range: (f64, f64, f64),
    sweep: bool,
    combos: bool,
    rows: bool,
    dict: bool,
    values_array: bool,
    values_out: bool,
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
    let sweep_ = ClashingBatchRange {
        kern: kern_range,
        sweep,
        combos,
        rows,
        dict,
        values_array,
        values_out,
    };
    let combos_ = expand_clashing(&sweep_)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    if combos_.is_empty() {
        return Err(pyo3::exceptions::PyValueError::new_err(
            "the ranges make no combination",
        ));
    }
    let rows_ = combos_.len();
    let cols = data_slice.len();
    let total = rows_
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
    let values_array_ = numpy::PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let values_out_ = unsafe { values_array_.as_slice_mut()? };
    py.allow_threads(|| {
        values_out_.fill(f64::NAN);
        clashing_batch_inner_into(data_slice, &sweep_, kern, true, values_out_)
    })
    .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;

    let dict_ = pyo3::types::PyDict::new(py);
    dict_.set_item("values", values_array_.reshape([rows_, cols])?)?;
    let kerns: Vec<_> = combos_
        .iter()
        .map(|combo| combo.kern.unwrap_or(1.0))
        .collect();
    dict_.set_item("kerns", kerns.into_pyarray(py))?;
    Ok(dict_)
}

// clashing/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "ClashingStream")]
pub struct ClashingStreamPy {
    stream: ClashingStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl ClashingStreamPy {
    #[new]
    #[pyo3(signature = (kern, data_slice, data_copy, params, input, output, stream, sweep, combos, rows, dict, values_array, values_out))]
    fn new(
        kern: f64,
        data_slice: f64,
        data_copy: usize,
        params: usize,
        input: f64,
        output: f64,
        stream: usize,
        sweep: bool,
        combos: bool,
        rows: bool,
        dict: bool,
        values_array: bool,
        values_out: bool,
    ) -> pyo3::PyResult<Self> {
        let params_ = ClashingParams {
            kern: Some(kern),
            data_slice: Some(data_slice),
            data_copy: Some(data_copy),
            params: Some(params),
            input: Some(input),
            output: Some(output),
            stream: Some(stream),
            sweep: Some(sweep),
            combos: Some(combos),
            rows: Some(rows),
            dict: Some(dict),
            values_array: Some(values_array),
            values_out: Some(values_out),
        };
        let stream_ = ClashingStream::try_new(params_)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream: stream_ })
    }

    fn update(&mut self, value: f64) -> Option<f64> {
        self.stream.update(value)
    }
}

// clashing/register
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::clashing::clashing_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::clashing::clashing_batch_py, m)?)?;
        m.add_class::<crate::shapes::clashing::ClashingStreamPy>()?;
