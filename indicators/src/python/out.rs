//! Output buffers: arrays that the caller passed as `out=`, and fresh ones from `numpy.empty`.

use std::mem::MaybeUninit;

use numpy::{Ix1, Ix2, PyArray, PyArrayDescrMethods, PyArrayMethods, PyReadwriteArray, PyUntypedArray};
use numpy::{PyUntypedArrayMethods, dtype, ndarray::Dimension};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::grid;
use crate::python::series::own_view;
use crate::python::{Raise, Span};

/// An exact, aligned, C-contiguous, writable array of float64, borrowed for writing and apart from all inputs.
pub struct Out<'py, D: Dimension> {
    array: Bound<'py, PyArray<f64, D>>,
    // The memory is that of our own view: what becomes of the shape and dtype of `array` meanwhile does not matter.
    view: Bound<'py, PyArray<f64, D>>,
    cells: usize,
    // Keeps other calls out of the array until this one is done.
    _guard: PyReadwriteArray<'py, f64, D>,
}

impl<'py> Out<'py, Ix1> {
    /// Checks an array of `len` values that the caller passed.
    pub fn series(out: &Bound<'py, PyAny>, len: usize, inputs: &[Span]) -> PyResult<Self> {
        Self::checked(out, &[len], inputs)
    }
}

impl<'py> Out<'py, Ix2> {
    /// Checks a matrix that the caller passed, or takes a fresh one of `rows` rows of `cols` values.
    pub fn matrix(
        py: Python<'py>,
        out: Option<&Bound<'py, PyAny>>,
        rows: usize,
        cols: usize,
        inputs: &[Span],
    ) -> PyResult<Self> {
        static EMPTY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        grid::cells(rows, cols).map_err(Raise::from)?;
        match out {
            Some(out) => Self::checked(out, &[rows, cols], inputs),
            None => Self::checked(&EMPTY.import(py, "numpy", "empty")?.call1(((rows, cols),))?, &[rows, cols], inputs),
        }
    }
}

impl<'py, D: Dimension> Out<'py, D> {
    fn checked(out: &Bound<'py, PyAny>, shape: &[usize], inputs: &[Span]) -> PyResult<Self> {
        let array = out.cast_exact::<PyArray<f64, D>>().map_err(|_| refused(out, shape))?.clone();
        let view = own_view(array.as_untyped())?.cast_into::<PyArray<f64, D>>().map_err(|_| refused(out, shape))?;
        if view.shape() != shape {
            return Err(refused(out, shape));
        }
        if !(view.is_c_contiguous() && view.is_aligned()) {
            return Err(PyValueError::new_err("out must be C-contiguous and aligned"));
        }
        let cells = shape.iter().product();
        let start = view.data().addr();
        if inputs.iter().any(|input| input.touches(start, cells * size_of::<f64>())) {
            return Err(PyValueError::new_err("out overlaps an input"));
        }
        let guard = view
            .try_readwrite()
            .map_err(|_| PyValueError::new_err("out must be writable and not in use by another call or another out"))?;
        Ok(Self { array, view, cells, _guard: guard })
    }

    /// All of the memory, to be written.
    pub fn memory(&mut self) -> &mut [MaybeUninit<f64>] {
        // NumPy calls an array without elements aligned and contiguous wherever it points.
        if self.cells == 0 {
            return &mut [];
        }
        // SAFETY: the view has elements, so that `checked` found its `cells` floats adjacent and aligned; the guard and
        // the span check keep all other Rust borrows away, and `&mut self` this one unique. `MaybeUninit` asks nothing
        // of what the memory holds.
        unsafe { std::slice::from_raw_parts_mut(self.view.data().cast(), self.cells) }
    }

    /// Where the elements are, to compare with another output.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::contiguous(self.view.data().addr(), self.cells)
    }

    /// The array, once it is written.
    #[must_use]
    pub fn into_array(self) -> Bound<'py, PyArray<f64, D>> {
        self.array
    }
}

/// Why an object cannot be an output of this shape.
fn refused(out: &Bound<'_, PyAny>, shape: &[usize]) -> PyErr {
    let Ok(array) = out.cast_exact::<PyUntypedArray>() else {
        return PyTypeError::new_err(format!("out must be a numpy.ndarray and no subclass, got {}", out.get_type()));
    };
    let descr = array.dtype();
    if descr.is_equiv_to(&dtype::<f64>(out.py())) {
        PyValueError::new_err(format!("out must have shape {shape:?}, got {:?}", array.shape()))
    } else {
        PyTypeError::new_err(format!("out must have dtype float64 in native order, got {descr}"))
    }
}
