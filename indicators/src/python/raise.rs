//! From an error of a core to a Python exception, in one place.

use std::error::Error;

use pyo3::PyErr;
use pyo3::exceptions::{PyMemoryError, PyValueError};

use crate::error::CallError;

/// An exception to be, made without the interpreter: a closure that runs detached returns it.
#[derive(Debug)]
pub enum Raise {
    /// A `ValueError` with this message.
    Value(String),
    /// A `MemoryError` with this message.
    Memory(String),
    /// What the handler of a signal raised.
    Signal(Box<PyErr>),
}

impl<E: Error + 'static> From<E> for Raise {
    fn from(error: E) -> Self {
        let call = error.source().unwrap_or(&error).downcast_ref::<CallError>();
        match call {
            Some(CallError::OutOfMemory { .. }) => Self::Memory(error.to_string()),
            _ => Self::Value(error.to_string()),
        }
    }
}

impl From<Raise> for PyErr {
    fn from(raise: Raise) -> Self {
        match raise {
            Raise::Value(message) => PyValueError::new_err(message),
            Raise::Memory(message) => PyMemoryError::new_err(message),
            Raise::Signal(error) => *error,
        }
    }
}
