//! Parameter ranges `(start, end, step)`, end inclusive, as lists of values.
//!
//! A step of 0 means the start alone. A range that runs against its step is an error, never an empty list. The number of
//! values is computed before any of them, so neither tiny steps nor huge bounds cost time or memory.

use std::fmt::Debug;

use crate::buffer;
use crate::error::CallError;

/// The largest number of parameter combinations in one batch.
pub const MAX_COMBINATIONS: usize = 1 << 22;

/// The values of an integer range.
pub fn axis_usize((start, end, step): (usize, usize, usize)) -> Result<Vec<usize>, CallError> {
    if step == 0 {
        return Ok(vec![start]);
    }
    if end < start {
        return Err(reversed(&start, &end, &step));
    }
    let count = ((end - start) / step).checked_add(1).ok_or(TOO_LARGE)?;
    let mut values = reserve_axis(count)?;
    values.extend((0..count).map(|i| start + i * step));
    Ok(values)
}

/// The values of a range of floats; a negative step counts down.
///
/// Each value is `start + i · step`, so errors do not add up. A last value that misses `end` by less than a billionth of
/// a step is `end`.
pub fn axis_f64((start, end, step): (f64, f64, f64)) -> Result<Vec<f64>, CallError> {
    if !(start.is_finite() && end.is_finite() && step.is_finite()) {
        return Err(CallError::NonFiniteRange { start, end, step });
    }
    #[expect(clippy::float_cmp, reason = "equal bounds are one value, whatever the step")]
    if step == 0.0 || start == end {
        return Ok(vec![start]);
    }
    if (end > start) != (step > 0.0) {
        return Err(reversed(&start, &end, &step));
    }
    let steps = ((end - start) / step + 1e-9).floor();
    if steps >= MAX_COMBINATIONS as f64 {
        return Err(TOO_LARGE);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and MAX_COMBINATIONS")]
    let last = steps as usize;
    let mut values = reserve_axis(last + 1)?;
    values.extend((0..=last).map(|i| {
        let value = start + i as f64 * step;
        if (value - end).abs() <= step.abs() * 1e-9 { end } else { value }
    }));
    Ok(values)
}

/// The number of combinations of axes with these lengths.
pub fn combinations(axes: &[usize]) -> Result<usize, CallError> {
    axes.iter()
        .try_fold(1_usize, |product, &len| product.checked_mul(len))
        .filter(|&count| count <= MAX_COMBINATIONS)
        .ok_or(TOO_LARGE)
}

/// The number of values in a batch result: rows times columns, checked against the address space.
pub fn cells(rows: usize, cols: usize) -> Result<usize, CallError> {
    rows.checked_mul(cols).filter(|&cells| cells <= buffer::MAX_LEN).ok_or(CallError::ResultTooLarge { rows, cols })
}

const TOO_LARGE: CallError = CallError::GridTooLarge { limit: MAX_COMBINATIONS };

fn reserve_axis<T>(count: usize) -> Result<Vec<T>, CallError> {
    if count > MAX_COMBINATIONS {
        return Err(TOO_LARGE);
    }
    buffer::reserve(count)
}

fn reversed<T: Debug>(start: &T, end: &T, step: &T) -> CallError {
    CallError::ReversedRange { start: format!("{start:?}"), end: format!("{end:?}"), step: format!("{step:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_ranges_include_their_end() {
        assert_eq!(axis_usize((20, 26, 3)).unwrap(), [20, 23, 26]);
        assert_eq!(axis_usize((20, 25, 3)).unwrap(), [20, 23]);
        assert_eq!(axis_usize((5, 5, 1)).unwrap(), [5]);
    }

    #[test]
    fn a_zero_step_is_the_start_alone() {
        assert_eq!(axis_usize((7, 3, 0)).unwrap(), [7]);
        assert_eq!(axis_f64((0.5, 0.9, 0.0)).unwrap(), [0.5]);
        assert_eq!(axis_f64((0.5, 0.9, -0.0)).unwrap(), [0.5]);
    }

    #[test]
    fn float_ranges_end_on_their_end_exactly() {
        let values = axis_f64((0.1, 0.3, 0.1)).unwrap();
        assert_eq!(values, [0.1, 0.2, 0.3]);
        assert_eq!(axis_f64((0.0, 1.0, 0.3)).unwrap().len(), 4);
        assert_eq!(axis_f64((1.0, 0.0, -0.5)).unwrap(), [1.0, 0.5, 0.0]);
    }

    #[test]
    fn reversed_ranges_are_errors() {
        assert!(matches!(axis_usize((9, 3, 1)), Err(CallError::ReversedRange { .. })));
        assert!(matches!(axis_f64((1.0, 0.0, 0.1)), Err(CallError::ReversedRange { .. })));
        assert!(matches!(axis_f64((0.0, 1.0, -0.1)), Err(CallError::ReversedRange { .. })));
    }

    #[test]
    fn hostile_ranges_neither_hang_nor_allocate() {
        let max = usize::MAX;
        for range in [(0, max, 1), (1, max, 1), (0, max, 2)] {
            assert_eq!(axis_usize(range), Err(TOO_LARGE), "{range:?}");
        }
        assert_eq!(axis_usize((max, max, max)).unwrap(), [max]);
        assert_eq!(axis_usize((0, max, max)).unwrap(), [0, max]);
        for range in [(0.0, 1.0, 1e-300), (-1e308, 1e308, 1.0), (0.0, 1.0, f64::MIN_POSITIVE)] {
            assert_eq!(axis_f64(range), Err(TOO_LARGE), "{range:?}");
        }
        let nan = f64::NAN;
        let inf = f64::INFINITY;
        for range in [(nan, 1.0, 0.1), (0.0, nan, 0.1), (0.0, 1.0, nan), (0.0, inf, 0.1), (0.0, 1.0, inf)] {
            assert!(matches!(axis_f64(range), Err(CallError::NonFiniteRange { .. })), "{range:?}");
        }
    }

    #[test]
    fn products_are_checked() {
        assert_eq!(combinations(&[61, 2, 3]), Ok(366));
        assert_eq!(combinations(&[usize::MAX, 2]), Err(TOO_LARGE));
        assert_eq!(combinations(&[MAX_COMBINATIONS, 2]), Err(TOO_LARGE));
        assert!(cells(usize::MAX, 2).is_err());
        assert!(cells(isize::MAX as usize, 1).is_err());
        assert_eq!(cells(61, 1000), Ok(61_000));
    }
}
