//! Weighted sums over a sliding window, the kernel of every indicator that has one window of fixed weights.
//!
//! Neighbouring results share a register, one lane each, so every result is the sum of its products in the order of the
//! window. No product is contracted into a fused multiply-add. All kernels therefore agree bit for bit, with each other
//! and with a loop over one window.

use std::mem::MaybeUninit;

use crate::buffer::{assume_written, fill};
use crate::error::CallError;
use crate::interrupt::Meter;
use crate::kernel::{Chosen, Kernel};

/// The kernels, from the fastest to the slowest.
pub const KERNELS: &[Kernel] = &[Kernel::Avx512, Kernel::Avx2, Kernel::Scalar];

/// How many columns all rows of a group compute before the next ones, so that the input stays in the first-level cache.
const TILE: usize = 1024;
/// How many weights are applied to a tile at once: it bounds the work between two looks at an interrupt, and keeps the
/// weights of a long window in the cache.
const PART: usize = 2048;

/// One row per window: NaN before column `first + window.len() - 1`, from there on the sum of `window[k]` times the values
/// that end in that column.
///
/// # Panics
/// If `dst` is not `windows.len() · data.len()` long, or a window is empty or longer than `data[first..]`.
pub fn convolve_rows<'o>(
    data: &[f64],
    first: usize,
    windows: &[Vec<f64>],
    kernel: Chosen,
    dst: &'o mut [MaybeUninit<f64>],
) -> Result<&'o mut [f64], CallError> {
    assert_eq!(dst.len(), windows.len() * data.len(), "one row per window");
    for (row, window) in dst.chunks_exact_mut(data.len()).zip(windows) {
        fill(&mut row[..first + window.len() - 1], f64::NAN)?;
    }
    let mut meter = Meter::new();
    for tile in (0..data.len()).step_by(TILE) {
        let end = data.len().min(tile + TILE);
        for (row, window) in dst.chunks_exact_mut(data.len()).zip(windows) {
            let begin = tile.max(first + window.len() - 1);
            if begin < end {
                let data = &data[begin + 1 - window.len()..end];
                convolve_tile(kernel, data, window, &mut row[begin..end], &mut meter)?;
            }
        }
    }
    // SAFETY: `fill` wrote each row up to its warm-up, and the tiles cover the rest of it.
    Ok(unsafe { assume_written(dst) })
}

/// Writes the sum of `window[k] · data[i + k]` to each `dst[i]`, one part of a long window after the other.
#[inline(always)]
fn convolve_tile(
    kernel: Chosen,
    data: &[f64],
    window: &[f64],
    dst: &mut [MaybeUninit<f64>],
    meter: &mut Meter,
) -> Result<(), CallError> {
    let (part, rest) = window.split_at(window.len().min(PART));
    meter.spend(part.len() * dst.len())?;
    let reach = dst.len() - 1;
    convolve(kernel, &data[..part.len() + reach], part, dst);
    if rest.is_empty() {
        return Ok(());
    }
    // SAFETY: `convolve` wrote every element.
    let sums = unsafe { assume_written(dst) };
    for (begin, part) in (PART..).step_by(PART).zip(rest.chunks(PART)) {
        meter.spend(part.len() * sums.len())?;
        convolve(kernel, &data[begin..begin + part.len() + reach], part, sums);
    }
    Ok(())
}

/// Where sums go: to memory not written yet, or on top of the sums over the weights before.
trait Sum: Sized {
    /// The sums so far.
    fn before<const N: usize>(sums: &[Self; N]) -> [f64; N];
    /// The memory with these sums.
    fn of<const N: usize>(sums: [f64; N]) -> [Self; N];
}

impl Sum for MaybeUninit<f64> {
    #[inline(always)]
    fn before<const N: usize>(_: &[Self; N]) -> [f64; N] {
        [0.0; N]
    }

    #[inline(always)]
    fn of<const N: usize>(sums: [f64; N]) -> [Self; N] {
        sums.map(Self::new)
    }
}

impl Sum for f64 {
    #[inline(always)]
    fn before<const N: usize>(sums: &[Self; N]) -> [f64; N] {
        *sums
    }

    #[inline(always)]
    fn of<const N: usize>(sums: [f64; N]) -> [Self; N] {
        sums
    }
}

/// Adds the sum of `window[k] · data[i + k]` to each `dst[i]`.
fn convolve<S: Sum>(kernel: Chosen, data: &[f64], window: &[f64], dst: &mut [S]) {
    match kernel.get() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a `Chosen` exists only for a kernel that this CPU can run.
        Kernel::Avx512 => unsafe { convolve_avx512(data, window, dst) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Kernel::Avx2 => unsafe { convolve_avx2(data, window, dst) },
        _ => convolve_body(data, window, dst),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn convolve_avx512<S: Sum>(data: &[f64], window: &[f64], dst: &mut [S]) {
    convolve_body(data, window, dst);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn convolve_avx2<S: Sum>(data: &[f64], window: &[f64], dst: &mut [S]) {
    convolve_body(data, window, dst);
}

#[inline(always)]
fn convolve_body<S: Sum>(data: &[f64], window: &[f64], dst: &mut [S]) {
    assert_eq!(data.len() + 1, dst.len() + window.len(), "a window for every result");
    let wide = convolve_blocks::<32, S>(data, window, dst);
    let (data, dst) = (&data[wide..], &mut dst[wide..]);
    let narrow = convolve_blocks::<8, S>(data, window, dst);
    convolve_blocks::<1, S>(&data[narrow..], window, &mut dst[narrow..]);
}

/// Whole blocks of `N` neighbouring results; gives the number of results.
#[inline(always)]
fn convolve_blocks<const N: usize, S: Sum>(data: &[f64], window: &[f64], dst: &mut [S]) -> usize {
    let (blocks, _) = dst.as_chunks_mut::<N>();
    for (block, data) in blocks.iter_mut().zip(data.windows(window.len() + N - 1).step_by(N)) {
        let mut sums = S::before(block);
        for (weight, values) in window.iter().zip(data.windows(N)) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
        *block = S::of(sums);
    }
    blocks.len() * N
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::filled;
    use crate::interrupt::watched;
    use crate::testing::{NAN, bits, walk};

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes there")]
    fn long_windows_are_summed_in_their_order() {
        let data = walk(2 * PART + 700);
        for len in [1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 500] {
            let window = walk(len);
            let mut expected = vec![NAN; 3 + len - 1];
            let sum =
                |values: &[f64]| values.iter().zip(&window).fold(0.0, |sum, (value, weight)| sum + weight * value);
            expected.extend(data[3..].windows(len).map(sum));
            for kernel in KERNELS.iter().filter(|kernel| kernel.is_available()) {
                let kernel = kernel.choose(KERNELS).unwrap();
                let windows = [window.clone()];
                let values = filled(data.len(), |dst| convolve_rows(&data, 3, &windows, kernel, dst)).unwrap();
                assert_eq!(bits(&values), bits(&expected), "{kernel:?} {len}");
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes minutes there")]
    fn a_tile_under_a_long_window_can_be_interrupted() {
        let data = walk(300_000);
        let windows = [vec![0.5; 299_000]];
        let asked = std::cell::Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() == 5
        };
        let kernel = Kernel::Auto.choose(KERNELS).unwrap();
        let result = watched(&stop, || filled(data.len(), |dst| convolve_rows(&data, 0, &windows, kernel, dst)));
        assert_eq!(result, Err(CallError::Interrupted));
        assert_eq!(asked.get(), 5);
    }
}
