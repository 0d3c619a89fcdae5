// kinds/single
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "kinds")]
#[pyo3(signature = (data, length, on, shift, depth, kernel=None))]
pub fn kinds_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    length: usize,
    on: bool,
    shift: i32,
    depth: u32,
    kernel: Option<&str>,
) -> pyo3::PyResult<(
    pyo3::Bound<'py, numpy::PyArray1<bool>>,
    pyo3::Bound<'py, numpy::PyArray1<i8>>,
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
    let params = KindsParams {
        length: Some(length),
        on: Some(on),
        shift: Some(shift),
        depth: Some(depth),
    };
    let input = KindsInput::from_slices(data_slice, params);
    let output = py
        .allow_threads(|| kinds_with_kernel(&input, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok((
        output.up.into_pyarray(py),
        output.state.into_pyarray(py),
        output.level.into_pyarray(py),
    ))
}

// kinds/batch
#[cfg(feature = "python")]
#[pyo3::pyfunction(name = "kinds_batch")]
#[pyo3(signature = (data, length_range, on, kernel=None))]
pub fn kinds_batch_py<'py>(
    py: pyo3::Python<'py>,
    data: numpy::PyReadonlyArray1<'py, f64>,
    length_range: (usize, usize, usize),
    on: bool,
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
    let sweep = KindsBatchRange {
        length: length_range,
        on,
    };
    let output = py
        .allow_threads(|| kinds_batch_with_kernel(data_slice, &sweep, kern))
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    let shape = [output.rows, output.cols];

    let dict = pyo3::types::PyDict::new(py);
    let lengths: Vec<_> = output
        .combos
        .iter()
        .map(|combo| combo.length.unwrap_or(14) as u64)
        .collect();
    dict.set_item("up", output.up.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("state", output.state.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("level", output.level.into_pyarray(py).reshape(shape)?)?;
    dict.set_item("lengths", lengths.into_pyarray(py))?;
    Ok(dict)
}

// kinds/stream
#[cfg(feature = "python")]
#[pyo3::pyclass(name = "KindsStream")]
pub struct KindsStreamPy {
    stream: KindsStream,
}

#[cfg(feature = "python")]
#[pyo3::pymethods]
impl KindsStreamPy {
    #[new]
    #[pyo3(signature = (length, on, shift, depth))]
    fn new(length: usize, on: bool, shift: i32, depth: u32) -> pyo3::PyResult<Self> {
        let params = KindsParams {
            length: Some(length),
            on: Some(on),
            shift: Some(shift),
            depth: Some(depth),
        };
        let stream = KindsStream::try_new(params)
            .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
        Ok(Self { stream })
    }

    fn update(&mut self, value: f64) -> (Option<f64>, Option<f64>, f64) {
        self.stream.update(value)
    }
}

// kinds/register
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::kinds::kinds_py, m)?)?;
        m.add_function(pyo3::wrap_pyfunction!(crate::shapes::kinds::kinds_batch_py, m)?)?;
        m.add_class::<crate::shapes::kinds::KindsStreamPy>()?;
