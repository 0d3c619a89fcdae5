pub mod python {
    use super::*;
    use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;
    use pyo3::types::PyDict;

    // bindcheck: begin tide/single template=1 interface=kept hash=f897fb6c0776
    /// Tides of two series.
    #[pyfunction(name = "tide")]
    #[pyo3(signature = (low, high, *, span=None, kind="neap", kernel=None))]
    pub fn tide_py<'py>(
        py: Python<'py>,
        low: PyReadonlyArray1<'py, f64>,
        high: PyReadonlyArray1<'py, f64>,
        span: Option<usize>,
        kind: &str,
        kernel: Option<&str>,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
        let kern = crate::read_kernel(kernel)?;
        let low_copy: Vec<f64>;
        let low_slice = match low.as_slice() {
            Ok(slice) => slice,
            Err(_) => {
                low_copy = low.as_array().to_vec();
                low_copy.as_slice()
            }
        };
        let high_copy: Vec<f64>;
        let high_slice = match high.as_slice() {
            Ok(slice) => slice,
            Err(_) => {
                high_copy = high.as_array().to_vec();
                high_copy.as_slice()
            }
        };
        if high_slice.len() != low_slice.len() {
            return Err(PyValueError::new_err(
                "tides of
different lengths",
            ));
        }
        let params = TideParams {
            length: Some(span.unwrap_or(7)),
            name: Some(kind.to_string()),
        };
        let input = TideInput::from_slices(high_slice, low_slice, params);
        let output = py
            .allow_threads(|| tide_with_kernel(&input, kern))
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok((output.ebb.into_pyarray(py), output.flood.into_pyarray(py)))
    }
    // bindcheck: end tide/single

    // bindcheck: begin tide/batch template=1 interface=kept hash=84f85a6a0398
    #[pyfunction(name = "tide_grid")]
    #[pyo3(signature = (high, low, spans, kernel=None))]
    pub fn tide_grid_py<'py>(
        py: Python<'py>,
        high: PyReadonlyArray1<'py, f64>,
        low: PyReadonlyArray1<'py, f64>,
        spans: (usize, usize, usize),
        kernel: Option<&str>,
    ) -> PyResult<Py<PyDict>> {
        let kern = crate::read_kernel(kernel)?;
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
        let sweep = TideBatchRange { length: spans };
        let combos =
            expand_grid(&sweep).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let rows = combos.len();
        let cols = high_slice.len();
        let total = rows
            .checked_mul(cols)
            .filter(|&cells| cells <= isize::MAX as usize / 8)
            .ok_or_else(|| PyValueError::new_err("rows * cols is too large"))?;
        let flood_array = PyArray1::<f64>::zeros(py, [total], false);
        // SAFETY: the array is new, so that nothing else refers to its memory.
        let flood_out = unsafe { flood_array.as_slice_mut()? };
        let ebb_array = PyArray1::<f64>::zeros(py, [total], false);
        // SAFETY: the array is new, so that nothing else refers to its memory.
        let ebb_out = unsafe { ebb_array.as_slice_mut()? };
        py.allow_threads(|| {
            tide_batch_inner_into(
                high_slice, low_slice, &sweep, kern, true, flood_out, ebb_out,
            )
        })
        .map_err(|error| PyValueError::new_err(error.to_string()))?;

        let dict = PyDict::new(py);
        dict.set_item("up", flood_array.reshape([rows, cols])?)?;
        dict.set_item("down", ebb_array.reshape([rows, cols])?)?;
        dict.set_item(
            "spans",
            combos
                .iter()
                .map(|p| p.length.unwrap_or(5) as u32)
                .collect::<Vec<u32>>()
                .into_pyarray(py),
        )?;
        dict.set_item("rows", rows)?;
        dict.set_item("cols", cols)?;
        Ok(dict.unbind())
    }
    // bindcheck: end tide/batch

    // bindcheck: begin tide/stream template=1 interface=kept hash=374b841dd910
    #[pyclass(name = "Tides")]
    pub struct TideStreamPy {
        inner: TideStream,
    }

    #[pymethods]
    impl TideStreamPy {
        #[new]
        #[pyo3(signature = (span=7))]
        fn new(span: usize) -> PyResult<Self> {
            if span > 1000 {
                return Err(PyValueError::new_err("a span beyond the year"));
            }
            let params = TideParams {
                length: Some(span),
                ..TideParams::default()
            };
            let stream = TideStream::try_new(params)
                .map_err(|error| PyValueError::new_err(error.to_string()))?;
            Ok(Self { inner: stream })
        }

        /// The next tide.
        fn update(&mut self, low: f64, high: f64) -> f64 {
            let result = self.inner.update(high, low);
            result.unwrap_or(f64::NAN)
        }

        // Not ours.
        fn reset(&mut self) {
            self.inner.reset();
        }
    }
    // bindcheck: end tide/stream
}
