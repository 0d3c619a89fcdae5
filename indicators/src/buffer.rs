//! Result memory: allocated without aborting, written once, and only ever read after it was written.
//!
//! A core writes into `&mut [MaybeUninit<f64>]` and returns the same memory as `&mut [f64]`: the returned slice is the
//! proof that every element was written.

use std::mem::MaybeUninit;

use crate::error::CallError;
use crate::interrupt::pieces;

/// The most numbers that fit into one allocation.
pub const MAX_LEN: usize = isize::MAX as usize / size_of::<f64>();

/// From this size on a buffer is advised for huge pages: below it the page faults saved are not worth the call.
const HUGE_PAGE_BYTES: usize = 4 << 20;

/// An empty `Vec` with room for `len` elements, behind huge pages if it is large; a refusal of the allocator is an error.
pub fn reserve<T>(len: usize) -> Result<Vec<T>, CallError> {
    let mut values: Vec<T> = Vec::new();
    values.try_reserve_exact(len).map_err(|_| CallError::OutOfMemory { bytes: len.saturating_mul(size_of::<T>()) })?;
    advise_huge_pages(values.spare_capacity_mut());
    Ok(values)
}

/// A `Vec` of `len` elements, all of them written by `write`.
pub fn filled<E: From<CallError>>(
    len: usize,
    write: impl for<'o> FnOnce(&'o mut [MaybeUninit<f64>]) -> Result<&'o mut [f64], E>,
) -> Result<Vec<f64>, E> {
    let [values] = filled_many(len, |[dst]| write(dst).map(|written| [written]))?;
    Ok(values)
}

/// `M` vectors of `len` elements each, all of them written by `write`.
///
/// # Panics
/// If `write` returns other memory than it was given, which is a fault of the core.
pub fn filled_many<const M: usize, E: From<CallError>>(
    len: usize,
    write: impl for<'o> FnOnce([&'o mut [MaybeUninit<f64>]; M]) -> Result<[&'o mut [f64]; M], E>,
) -> Result<[Vec<f64>; M], E> {
    let mut vectors = [const { Vec::new() }; M];
    for values in &mut vectors {
        *values = reserve(len)?;
    }
    let starts = vectors.each_ref().map(Vec::as_ptr);
    let written = write(vectors.each_mut().map(|values| &mut values.spare_capacity_mut()[..len]))?;
    let proofs = written.map(|values| (values.as_ptr(), values.len()));
    for ((values, start), proof) in vectors.iter_mut().zip(starts).zip(proofs) {
        assert_eq!(proof, (start, len), "the core must return the memory it was given");
        // SAFETY: `write` returned this vector's `len` elements of spare capacity as initialised `f64`.
        unsafe { values.set_len(len) };
    }
    Ok(vectors)
}

/// Sees a slice of numbers as memory to be written; what it holds is forgotten.
///
/// # Safety
/// Only initialised values may be written through the result.
pub unsafe fn as_uninit(dst: &mut [f64]) -> &mut [MaybeUninit<f64>] {
    // SAFETY: the layouts are the same, `f64` has no drop glue, and the caller keeps every element initialised.
    unsafe { std::slice::from_raw_parts_mut(dst.as_mut_ptr().cast(), dst.len()) }
}

/// Sees written memory as numbers.
///
/// # Safety
/// Every element of `dst` must be initialised.
pub unsafe fn assume_written(dst: &mut [MaybeUninit<f64>]) -> &mut [f64] {
    // SAFETY: the caller vouches for every element; the layouts are the same.
    unsafe { std::slice::from_raw_parts_mut(dst.as_mut_ptr().cast(), dst.len()) }
}

/// Fills `dst` with one value.
#[inline(always)]
pub fn fill(dst: &mut [MaybeUninit<f64>], value: f64) -> Result<(), CallError> {
    for piece in pieces(0..dst.len()) {
        for cell in &mut dst[piece?] {
            cell.write(value);
        }
    }
    Ok(())
}

/// A `Vec` of `len` equal elements.
pub fn repeated<T: Copy>(value: T, len: usize) -> Result<Vec<T>, CallError> {
    let mut values = reserve(len)?;
    for piece in pieces(0..len) {
        values.resize(piece?.end, value);
    }
    Ok(values)
}

/// Index of the first value that is not NaN.
pub fn first_valid(data: &[f64]) -> Result<usize, CallError> {
    if data.is_empty() {
        return Err(CallError::EmptyInput);
    }
    for piece in pieces(0..data.len()) {
        let piece = piece?;
        if let Some(place) = data[piece.clone()].iter().position(|value| !value.is_nan()) {
            return Ok(piece.start + place);
        }
    }
    Err(CallError::AllNan { len: data.len() })
}

/// Checks the length of an output buffer.
pub fn check_len(dst: &[MaybeUninit<f64>], expected: usize) -> Result<(), CallError> {
    if dst.len() == expected { Ok(()) } else { Err(CallError::OutputLength { expected, got: dst.len() }) }
}

/// Asks for huge pages behind a large buffer that nothing has touched yet; a refusal changes nothing.
fn advise_huge_pages<T>(memory: &[MaybeUninit<T>]) {
    if size_of_val(memory) < HUGE_PAGE_BYTES {
        return;
    }
    #[cfg(all(target_os = "linux", not(miri)))]
    {
        // SAFETY: `sysconf` reads a constant.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
        let start = memory.as_ptr().addr();
        let skip = start.next_multiple_of(page) - start;
        let inside = (size_of_val(memory) - skip) / page * page;
        let first = memory.as_ptr().wrapping_byte_add(skip).cast_mut().cast();
        // SAFETY: the range lies inside `memory`, on page boundaries; MADV_HUGEPAGE does not change what it holds.
        unsafe { libc::madvise(first, inside, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ones(dst: &mut [MaybeUninit<f64>]) -> &mut [f64] {
        fill(dst, 1.0).unwrap();
        // SAFETY: `fill` wrote every element.
        unsafe { assume_written(dst) }
    }

    #[test]
    fn filled_vectors_have_what_was_written() {
        let large = if cfg!(miri) { 100 } else { HUGE_PAGE_BYTES / 8 + 5 };
        for len in [0, 1, 7, large] {
            assert_eq!(filled::<CallError>(len, |dst| Ok(ones(dst))).unwrap(), vec![1.0; len]);
        }
    }

    #[test]
    fn a_failed_write_gives_no_vector() {
        assert_eq!(filled(4, |_| Err(CallError::EmptyInput)), Err(CallError::EmptyInput));
    }

    #[test]
    #[should_panic(expected = "the memory it was given")]
    fn other_memory_is_no_proof() {
        let _ = filled(3, |_| Ok::<_, CallError>(&mut []));
    }

    #[test]
    fn impossible_lengths_are_errors() {
        for len in [usize::MAX, usize::MAX / 8, isize::MAX as usize / 8 + 1] {
            assert!(matches!(reserve::<f64>(len), Err(CallError::OutOfMemory { .. })));
        }
    }

    #[test]
    fn the_first_number_is_found() {
        let nan = f64::NAN;
        assert_eq!(first_valid(&[nan, nan, 3.0]), Ok(2));
        assert_eq!(first_valid(&[f64::INFINITY]), Ok(0));
        assert_eq!(first_valid(&[nan]), Err(CallError::AllNan { len: 1 }));
        assert_eq!(first_valid(&[]), Err(CallError::EmptyInput));
    }
}
