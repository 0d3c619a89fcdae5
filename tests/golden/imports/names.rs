// wave/imports
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

// wave/single
#[pyfunction(name = "calc_wave")]
#[pyo3(signature = (data, length, gain))]
pub fn py_wave<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    length: usize,
    gain: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data_slice = data.as_slice()?;
    let params = WaveParams {
        length: Some(length),
        gain: Some(gain),
    };
    let input = WaveInput::from_slice(data_slice, params);
    let output = py.allow_threads(|| wave(&input))?;
    Ok(output.values.into_pyarray(py))
}

// wave/batch
#[pyfunction(name = "calc_wave_grid")]
#[pyo3(signature = (data, length_range, gain_range))]
pub fn py_wave_grid<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    length_range: (usize, usize, usize),
    gain_range: (f64, f64, f64),
) -> PyResult<Bound<'py, PyDict>> {
    let data_slice = data.as_slice()?;
    let sweep = WaveBatchRange {
        length: length_range,
        gain: gain_range,
    };
    let combos = expand_grid(&sweep);
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
    let values_array = PyArray1::<f64>::zeros(py, [total], false);
    // SAFETY: the array is new, so that nothing else refers to its memory.
    let values_out = unsafe { values_array.as_slice_mut()? };
    py.allow_threads(|| {
        values_out.fill(f64::NAN);
        wave_batch_inner_into(data_slice, &sweep, values_out)
    })?;

    let dict = PyDict::new(py);
    dict.set_item("values", values_array.reshape([rows, cols])?)?;
    let lengths: Vec<_> = combos
        .iter()
        .map(|combo| combo.length.unwrap_or(5) as u64)
        .collect();
    dict.set_item("lengths", lengths.into_pyarray(py))?;
    let gains: Vec<_> = combos
        .iter()
        .map(|combo| combo.gain.unwrap_or(1.0))
        .collect();
    dict.set_item("gains", gains.into_pyarray(py))?;
    Ok(dict)
}

// wave/stream
#[pyclass(name = "WaveFeed")]
pub struct PyWaveStream {
    stream: WaveStream,
}

#[pymethods]
impl PyWaveStream {
    #[new]
    #[pyo3(signature = (length, gain))]
    fn new(length: usize, gain: f64) -> PyResult<Self> {
        let params = WaveParams {
            length: Some(length),
            gain: Some(gain),
        };
        let stream = WaveStream::try_new(params)?;
        Ok(Self { stream })
    }

    fn update(&mut self, value: f64) -> Option<f64> {
        self.stream.update(value)
    }
}

