//! Weighted sums over a sliding window, the kernel of every indicator that has one window of fixed weights.
//!
//! Neighbouring results share a register, one lane each, so every result is the sum of its products in the order of the
//! window. No product is contracted into a fused multiply-add. All kernels therefore agree bit for bit, with each other
//! and with a loop over one window.

use std::mem::MaybeUninit;

use crate::buffer::{assume_written, fill};
use crate::kernel::{Chosen, Kernel};

/// The kernels, from the fastest to the slowest.
pub const KERNELS: &[Kernel] = &[Kernel::Avx512, Kernel::Avx2, Kernel::Scalar];

/// How many columns all rows of a group compute before the next ones, so that the input stays in the first-level cache.
const TILE: usize = 1024;

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
) -> &'o mut [f64] {
    assert_eq!(dst.len(), windows.len() * data.len(), "one row per window");
    for (row, window) in dst.chunks_exact_mut(data.len()).zip(windows) {
        fill(&mut row[..first + window.len() - 1], f64::NAN);
    }
    for tile in (0..data.len()).step_by(TILE) {
        let end = data.len().min(tile + TILE);
        for (row, window) in dst.chunks_exact_mut(data.len()).zip(windows) {
            let begin = tile.max(first + window.len() - 1);
            if begin < end {
                convolve(kernel, &data[begin + 1 - window.len()..end], window, &mut row[begin..end]);
            }
        }
    }
    // SAFETY: `fill` wrote each row up to its warm-up, and the tiles cover the rest of it.
    unsafe { assume_written(dst) }
}

/// Writes the sum of `window[k] · data[i + k]` to each `dst[i]`.
fn convolve(kernel: Chosen, data: &[f64], window: &[f64], dst: &mut [MaybeUninit<f64>]) {
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
fn convolve_avx512(data: &[f64], window: &[f64], dst: &mut [MaybeUninit<f64>]) {
    convolve_body(data, window, dst);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn convolve_avx2(data: &[f64], window: &[f64], dst: &mut [MaybeUninit<f64>]) {
    convolve_body(data, window, dst);
}

#[inline(always)]
fn convolve_body(data: &[f64], window: &[f64], dst: &mut [MaybeUninit<f64>]) {
    assert_eq!(data.len() + 1, dst.len() + window.len(), "a window for every result");
    let wide = convolve_blocks::<32>(data, window, dst);
    let (data, dst) = (&data[wide..], &mut dst[wide..]);
    let narrow = convolve_blocks::<8>(data, window, dst);
    convolve_blocks::<1>(&data[narrow..], window, &mut dst[narrow..]);
}

/// Whole blocks of `N` neighbouring results; gives the number of results.
#[inline(always)]
fn convolve_blocks<const N: usize>(data: &[f64], window: &[f64], dst: &mut [MaybeUninit<f64>]) -> usize {
    let (blocks, _) = dst.as_chunks_mut::<N>();
    for (block, data) in blocks.iter_mut().zip(data.windows(window.len() + N - 1).step_by(N)) {
        let mut sums = [0.0; N];
        for (weight, values) in window.iter().zip(data.windows(N)) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
        *block = sums.map(MaybeUninit::new);
    }
    blocks.len() * N
}
