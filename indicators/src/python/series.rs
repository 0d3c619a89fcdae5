//! Input arrays: what is accepted, and how any layout becomes a slice.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::marker::PhantomData;
use std::ptr;

use numpy::npyffi::PY_ARRAY_API;
use numpy::{Element, PyArray1, PyArrayMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::PyTypeInfo;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::buffer;
use crate::error::CallError;
use crate::interrupt::pieces;

/// A one-dimensional array of `T`, to be borrowed for reading.
///
/// Accepted are `numpy.ndarray` and its subclasses except `numpy.ma.MaskedArray`, whose mask would be lost. Lists, other
/// dtypes and other dimensions are a `TypeError`: converting them silently would hide a copy per call.
///
/// The borrow begins with [`Series::view`], when all arguments are parsed: reading the others may run Python code
/// (`__index__`, `__float__`), which may give this array another shape or dtype. From then on the object may get another
/// shape or dtype, and `NumPy` refuses to resize it, because the borrow is a view of it.
///
/// What is not defended: Python code that runs before the call returns, in another thread or in the handler of a signal,
/// can write to the elements, as the borrow keeps out other Rust extensions only, and can free them by
/// `resize(refcheck=False)` or `__setstate__`, which do not ask whether there is a view. Callers must do neither.
pub struct Series<'py, T: Element + Copy = f64> {
    object: Bound<'py, PyAny>,
    borrowed: OnceCell<PyReadonlyArray1<'py, T>>,
}

impl<'py, T: Element + Copy> Series<'py, T> {
    /// Borrows the array; gives its elements as plain data that a detached closure may take along.
    pub fn view(&self) -> PyResult<View<'_, T>> {
        if self.borrowed.get().is_none() {
            // The first borrow stays, should there be two.
            let _ = self.borrowed.set(self.borrow()?);
        }
        self.borrowed.get().map(View::of).ok_or_else(in_use)
    }

    fn borrow(&self) -> PyResult<PyReadonlyArray1<'py, T>> {
        let array = self.object.cast::<PyUntypedArray>().map_err(|_| refused::<T>(&self.object))?;
        let array = own_view(array)?;
        let array = array.cast::<PyArray1<T>>().map_err(|_| refused::<T>(&self.object))?;
        array.try_readonly().map_err(|_| in_use())
    }
}

impl<'a, 'py, T: Element + Copy> FromPyObject<'a, 'py> for Series<'py, T> {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        // Checked here so that the error names the argument, and again by `borrow`.
        object.cast::<PyArray1<T>>().map_err(|_| refused::<T>(&object))?;
        if object.cast_exact::<PyUntypedArray>().is_err() && is_masked(&object)? {
            return Err(PyTypeError::new_err(
                "masked arrays are not accepted, their mask would be lost: pass x.filled(np.nan)",
            ));
        }
        Ok(Self { object: object.to_owned(), borrowed: OnceCell::new() })
    }
}

/// A second array object over the same memory. Python cannot reach it, so its shape, strides and dtype stay as they are.
pub(super) fn own_view<'py>(array: &Bound<'py, PyUntypedArray>) -> PyResult<Bound<'py, PyUntypedArray>> {
    let py = array.py();
    let ndarray = PyUntypedArray::type_object_raw(py);
    // SAFETY: `array` is an ndarray, null keeps its dtype, and the type object is that of ndarray itself.
    let view = unsafe { PY_ARRAY_API.PyArray_View(py, array.as_array_ptr(), ptr::null_mut(), ndarray) };
    // SAFETY: a new reference to an ndarray, or null with an exception set.
    unsafe { Ok(Bound::from_owned_ptr_or_err(py, view)?.cast_into_unchecked()) }
}

fn in_use() -> PyErr {
    PyValueError::new_err("the array is being written by another call")
}

fn refused<T: Element>(object: &Bound<'_, PyAny>) -> PyErr {
    let wanted = T::get_dtype(object.py());
    let got = match object.cast::<PyUntypedArray>() {
        Ok(array) => format!("dtype {} with ndim {}", array.dtype(), array.ndim()),
        Err(_) => format!("{}", object.get_type()),
    };
    PyTypeError::new_err(format!(
        "expected a one-dimensional array of {wanted}, got {got}: use np.ascontiguousarray(x, dtype=np.{wanted})"
    ))
}

fn is_masked(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    static MASKED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    object.is_instance(MASKED.import(object.py(), "numpy.ma", "MaskedArray")?)
}

/// The elements of a [`Series`], without the interpreter: place, length and layout as of the borrow.
#[derive(Clone, Copy)]
pub enum View<'a, T = f64> {
    /// Contiguous and aligned: used in place.
    Slice(&'a [T]),
    /// Anything else: gathered by [`View::read`].
    Strided(Strided<'a, T>),
}

impl<'a, T: Element + Copy> View<'a, T> {
    fn of(array: &'a PyReadonlyArray1<'_, T>) -> Self {
        match array.as_slice() {
            Ok(slice) => Self::Slice(slice),
            Err(_) => Self::Strided(Strided {
                first: array.data().cast(),
                len: array.len(),
                stride: array.strides()[0],
                lifetime: PhantomData,
            }),
        }
    }
}

impl<'a, T: Copy> View<'a, T> {
    /// Number of elements.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Slice(slice) => slice.len(),
            Self::Strided(strided) => strided.len,
        }
    }

    /// Whether there are no elements.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the elements are, to compare with an output buffer.
    #[must_use]
    pub fn span(&self) -> Span {
        let size = size_of::<T>();
        match self {
            Self::Slice(slice) => {
                Span { first: slice.as_ptr().addr(), len: slice.len(), stride: size.cast_signed(), size }
            }
            Self::Strided(strided) => {
                Span { first: strided.first.addr(), len: strided.len, stride: strided.stride, size }
            }
        }
    }

    /// The elements in order, copied only where the layout asks for it.
    pub fn read(self) -> Result<Cow<'a, [T]>, CallError> {
        match self {
            Self::Slice(slice) => Ok(Cow::Borrowed(slice)),
            Self::Strided(strided) => strided.gather().map(Cow::Owned),
        }
    }
}

/// Elements that are a fixed number of bytes apart, not necessarily aligned.
#[derive(Clone, Copy)]
pub struct Strided<'a, T> {
    first: *const u8,
    len: usize,
    stride: isize,
    lifetime: PhantomData<&'a [T]>,
}

// SAFETY: it stands for a `&'a [T]` of `Element + Copy` data, all of which are plain numbers.
unsafe impl<T: Sync> Send for Strided<'_, T> {}
// SAFETY: as above; nothing is ever written through the pointer.
unsafe impl<T: Sync> Sync for Strided<'_, T> {}

impl<T: Copy> Strided<'_, T> {
    fn gather(self) -> Result<Vec<T>, CallError> {
        let mut values = buffer::reserve(self.len)?;
        let mut at = self.first;
        for piece in pieces(0..self.len) {
            values.extend(piece?.map(|_| {
                // SAFETY: NumPy keeps all `len` elements, `stride` bytes apart, inside the array that `'a` borrows;
                // `read_unaligned` asks for no more than that.
                let value = unsafe { at.cast::<T>().read_unaligned() };
                at = at.wrapping_offset(self.stride);
                value
            }));
        }
        Ok(values)
    }
}

/// The addresses of an array's elements.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    first: usize,
    len: usize,
    stride: isize,
    size: usize,
}

impl Span {
    /// The addresses of `len` adjacent floats.
    pub(super) const fn contiguous(first: usize, len: usize) -> Self {
        Self { first, len, stride: size_of::<f64>().cast_signed(), size: size_of::<f64>() }
    }

    /// Whether an element lies, wholly or in part, in the `bytes` bytes from address `start`.
    pub(super) fn touches(self, start: usize, bytes: usize) -> bool {
        if self.len == 0 || bytes == 0 {
            return false;
        }
        let reach = self.stride.unsigned_abs() * (self.len - 1);
        let low = if self.stride < 0 { self.first - reach } else { self.first };
        if low >= start + bytes || low + reach + self.size <= start {
            return false;
        }
        // The extents meet. The first element that ends behind `start` decides whether an element does.
        let step = self.stride.unsigned_abs().max(1);
        let behind = (start + 1).saturating_sub(low + self.size).div_ceil(step);
        low + behind * step < start + bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    /// The definition that `touches` shortens: some element shares a byte with the buffer.
    fn shares_a_byte(span: Span, start: usize, bytes: usize) -> bool {
        (0..span.len).any(|i| {
            let at = span.first.wrapping_add_signed(span.stride * i.cast_signed());
            at < start + bytes && start < at + span.size
        })
    }

    #[test]
    fn spans_meet_buffers_where_they_share_a_byte() {
        for stride in [-40, -24, -16, -8, -4, 0, 4, 8, 12, 16, 24, 40] {
            for first in 1000..1024 {
                for len in 0..4 {
                    let span = Span { first, len, stride, size: 8 };
                    for start in (840..1200).step_by(4) {
                        for bytes in [0, 8, 16, 32] {
                            let expected = bytes > 0 && shares_a_byte(span, start, bytes);
                            assert_eq!(span.touches(start, bytes), expected, "{span:?} {start} {bytes}");
                        }
                    }
                }
            }
        }
    }
}
