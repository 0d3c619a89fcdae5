//! From an error of a core to a Python exception, in one place.

use std::error::Error;

use pyo3::PyErr;
use pyo3::exceptions::{PyMemoryError, PyValueError};

use crate::error::CallError;

/// An exception to be, made without the interpreter: a closure that runs detached returns it.
#[derive(Debug)]
pub struct Raise {
    out_of_memory: bool,
    message: String,
}

impl<E: Error + 'static> From<E> for Raise {
    fn from(error: E) -> Self {
        let call = error.source().unwrap_or(&error).downcast_ref::<CallError>();
        Self { out_of_memory: matches!(call, Some(CallError::OutOfMemory { .. })), message: error.to_string() }
    }
}

impl From<Raise> for PyErr {
    fn from(raise: Raise) -> Self {
        if raise.out_of_memory { PyMemoryError::new_err(raise.message) } else { PyValueError::new_err(raise.message) }
    }
}
