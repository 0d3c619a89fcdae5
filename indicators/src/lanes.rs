//! Rows of a recursive indicator in the lanes of one register.
//!
//! A recursion cannot share a register between neighbouring columns, but rows with different parameters are independent:
//! column by column, one step computes [`LANES`] rows. A lone row is the same recursion with one lane, so single and batch
//! agree bit for bit.

use std::mem::MaybeUninit;
use std::ops::Range;

pub use crate::rows::LANES;

/// How many columns are collected before they are written row by row.
const TILE: usize = 64;

/// One parameter per lane; lanes without a row repeat the last row, and what they compute is not stored.
#[inline(always)]
#[must_use]
pub fn spread<T: Copy, const N: usize>(rows: &[T]) -> [T; N] {
    std::array::from_fn(|lane| rows[lane.min(rows.len() - 1)])
}

/// Cuts a range of columns where the last row has begun: from there on all rows advance together.
#[inline(always)]
#[must_use]
pub fn cut(columns: Range<usize>, shared: usize) -> (Range<usize>, Range<usize>) {
    let middle = shared.clamp(columns.start, columns.end);
    (columns.start..middle, middle..columns.end)
}

/// A recursion over columns, one row per lane.
///
/// This is a trait and not a closure because only a function can be `#[inline(always)]`, and what is not inlined into a
/// `#[target_feature]` copy is compiled for the baseline.
pub trait Columns<const N: usize> {
    /// Computes the next column, which has this index.
    fn next(&mut self, column: usize) -> [f64; N];
}

/// Writes a range of columns of all rows of `dst`, each `cols` long.
#[inline(always)]
pub fn write_columns<const N: usize>(
    dst: &mut [MaybeUninit<f64>],
    cols: usize,
    range: Range<usize>,
    columns: &mut impl Columns<N>,
) {
    if N == 1 {
        for (column, cell) in range.clone().zip(&mut dst[range]) {
            cell.write(columns.next(column)[0]);
        }
        return;
    }
    let mut tile = [[0.0; N]; TILE];
    for start in range.clone().step_by(TILE) {
        let len = TILE.min(range.end - start);
        for (column, cells) in (start..).zip(&mut tile[..len]) {
            *cells = columns.next(column);
        }
        for (lane, row) in dst.chunks_exact_mut(cols).enumerate().take(N) {
            for (cell, values) in row[start..start + len].iter_mut().zip(&tile) {
                cell.write(values[lane]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_rows_repeat_the_last_one() {
        assert_eq!(spread::<_, 4>(&[1, 2]), [1, 2, 2, 2]);
        assert_eq!(spread::<_, 1>(&[7]), [7]);
    }

    #[test]
    fn columns_are_cut_where_all_rows_have_begun() {
        assert_eq!(cut(10..20, 3), (10..10, 10..20));
        assert_eq!(cut(10..20, 13), (10..13, 13..20));
        assert_eq!(cut(10..20, 33), (10..20, 20..20));
    }

    struct Numbers;

    impl Columns<8> for Numbers {
        fn next(&mut self, column: usize) -> [f64; 8] {
            std::array::from_fn(|lane| (lane * 1000 + column) as f64)
        }
    }

    #[test]
    fn columns_become_rows() {
        for (rows, cols, begin) in [(1, 200, 3), (3, 1, 0), (8, 64, 0), (8, 130, 7), (5, 65, 64)] {
            let mut dst = vec![MaybeUninit::new(-1.0); rows * cols];
            write_columns(&mut dst, cols, begin..cols, &mut Numbers);
            for (i, cell) in dst.into_iter().enumerate() {
                let (row, column) = (i / cols, i % cols);
                let expected = if column < begin { -1.0 } else { (row * 1000 + column) as f64 };
                // SAFETY: all cells were initialised above.
                assert_eq!(unsafe { cell.assume_init() }.to_bits(), expected.to_bits());
            }
        }
    }
}
