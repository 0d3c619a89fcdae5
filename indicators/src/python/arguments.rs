//! Scalar arguments: a value that does not fit is a `ValueError`, one of another type a `TypeError`.

use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;

use crate::kernel::Kernel;
use crate::python::Raise;

/// The kernel of this name, `None` meaning `"auto"`; one that is not among `offered` or cannot run here is an error.
pub fn parse_kernel(name: Option<&str>, offered: &[Kernel]) -> Result<Kernel, Raise> {
    let kernel = Kernel::from_name(name.unwrap_or("auto"))?;
    kernel.choose(offered)?;
    Ok(kernel)
}

/// The number of threads as cores take it: `None` is 0, which stands for as many as this process may use.
pub fn parse_threads(threads: Option<usize>) -> PyResult<usize> {
    match threads {
        None => Ok(0),
        Some(0) => Err(PyValueError::new_err("threads must be at least 1, or None for all that may be used")),
        Some(threads) => Ok(threads),
    }
}

/// A count; negative and huge integers are a `ValueError`.
pub fn unsigned(value: &Bound<'_, PyAny>) -> PyResult<usize> {
    value.extract().map_err(|error| out_of_range(error, value))
}

/// An optional count.
pub fn unsigned_or_none(value: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
    value.extract().map_err(|error| out_of_range(error, value))
}

/// A range of counts, `(start, end, step)`.
pub fn unsigned_range(value: &Bound<'_, PyAny>) -> PyResult<(usize, usize, usize)> {
    value.extract().map_err(|error| out_of_range(error, value))
}

/// A number; an integer too large for a float is a `ValueError`.
pub fn real(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    value.extract().map_err(|error| out_of_range(error, value))
}

/// A range of numbers, `(start, end, step)`.
pub fn real_range(value: &Bound<'_, PyAny>) -> PyResult<(f64, f64, f64)> {
    value.extract().map_err(|error| out_of_range(error, value))
}

/// `OverflowError` is an `ArithmeticError`; for an argument it is a wrong value like any other.
fn out_of_range(error: PyErr, value: &Bound<'_, PyAny>) -> PyErr {
    if !error.is_instance_of::<PyOverflowError>(value.py()) {
        return error;
    }
    let refused = PyValueError::new_err(format!("out of range: {}", error.value(value.py())));
    refused.set_cause(value.py(), Some(error));
    refused
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use pyo3::exceptions::PyTypeError;

    use super::*;

    fn outcome<T>(code: &CStr, parse: impl Fn(&Bound<'_, PyAny>) -> PyResult<T>) -> Result<T, &'static str> {
        Python::initialize();
        Python::attach(|py| {
            parse(&py.eval(code, None, None).unwrap()).map_err(|error| {
                if error.is_instance_of::<PyValueError>(py) {
                    "ValueError"
                } else if error.is_instance_of::<PyTypeError>(py) {
                    "TypeError"
                } else {
                    "another"
                }
            })
        })
    }

    #[test]
    fn integers_out_of_range_are_value_errors() {
        assert_eq!(outcome(c"9", unsigned), Ok(9));
        for code in [c"-1", c"2**64", c"-2**200"] {
            assert_eq!(outcome(code, unsigned), Err("ValueError"), "{code:?}");
        }
        for code in [c"9.0", c"'9'", c"None", c"[9]"] {
            assert_eq!(outcome(code, unsigned), Err("TypeError"), "{code:?}");
        }
        assert_eq!(outcome(c"None", unsigned_or_none), Ok(None));
        assert_eq!(outcome(c"-1", unsigned_or_none), Err("ValueError"));
    }

    #[test]
    fn numbers_beyond_floats_are_value_errors() {
        assert_eq!(outcome(c"3", real), Ok(3.0));
        assert_eq!(outcome(c"10**400", real), Err("ValueError"));
        assert_eq!(outcome(c"'x'", real), Err("TypeError"));
    }

    #[test]
    fn ranges_have_three_members() {
        assert_eq!(outcome(c"(1, 5, 2)", unsigned_range), Ok((1, 5, 2)));
        assert_eq!(outcome(c"(1, -5, 2)", unsigned_range), Err("ValueError"));
        assert_eq!(outcome(c"(0.5, 1, 0.25)", real_range), Ok((0.5, 1.0, 0.25)));
        assert!(outcome(c"(1, 5)", unsigned_range).is_err());
        assert!(outcome(c"5", real_range).is_err());
    }

    #[test]
    fn zero_threads_are_a_value_error() {
        assert_eq!(parse_threads(None).unwrap(), 0);
        assert_eq!(parse_threads(Some(3)).unwrap(), 3);
        assert!(parse_threads(Some(0)).is_err());
    }

    #[test]
    fn kernels_are_checked_against_what_is_offered() {
        assert_eq!(parse_kernel(None, &[Kernel::Scalar]).unwrap(), Kernel::Auto);
        assert!(parse_kernel(Some("neon"), &[Kernel::Scalar]).is_err());
        assert!(parse_kernel(Some("fast"), &[Kernel::Scalar]).is_err());
    }
}
