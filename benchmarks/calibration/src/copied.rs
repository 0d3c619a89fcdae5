//! A running maximum whose binding copies the result once: a planted cost of eight bytes per element.

/// Parameters; there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CopiedParams {}

/// A series.
#[derive(Debug, Clone, Copy)]
pub struct CopiedInput<'a> {
    /// The series.
    pub data: &'a [f64],
    /// The parameters.
    pub params: CopiedParams,
}

impl<'a> CopiedInput<'a> {
    /// The input over one slice.
    #[must_use]
    pub const fn from_slice(data: &'a [f64], params: CopiedParams) -> Self {
        Self { data, params }
    }
}

/// The result.
#[derive(Debug, Clone, PartialEq)]
pub struct CopiedOutput {
    /// As many values as the input has.
    pub values: Vec<f64>,
}

/// What a call can get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopiedError {
    /// The input has no values.
    Empty,
}

/// The largest value so far.
///
/// Never inlined, so that both sides run the same instructions at the same place: laid out twice, the loop takes times
/// that differ by 0.3 %, which for 100,000 values is a tenth of what the copy takes.
#[inline(never)]
pub fn copied(input: &CopiedInput) -> Result<CopiedOutput, CopiedError> {
    let mut largest = *input.data.first().ok_or(CopiedError::Empty)?;
    let mut values = Vec::with_capacity(input.data.len());
    for &value in input.data {
        largest = value.max(largest);
        values.push(largest);
    }
    Ok(CopiedOutput { values })
}

#[cfg(feature = "python")]
mod python {
    use numpy::{PyArray1, PyReadonlyArray1};
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    use super::{CopiedInput, CopiedParams, copied};

    /// The largest value of `data` so far, in an array that is a copy of the result.
    #[pyfunction(name = "copied")]
    pub fn copied_py<'py>(py: Python<'py>, data: PyReadonlyArray1<'py, f64>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let input = CopiedInput::from_slice(data.as_slice()?, CopiedParams {});
        let output = py.detach(|| copied(&input)).map_err(|_| PyValueError::new_err("no values"))?;
        Ok(PyArray1::from_slice(py, &output.values))
    }
}

#[cfg(feature = "python")]
pub use python::copied_py;
