"""BC303: numbers that few would choose, where the code makes it plausible that they matter."""

from __future__ import annotations

import pytest

from bindcheck.analysis.trials.uncommon import uncommon
from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source, program_from

HEAD = """
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
"""
TAIL = """
#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(NAME, m)?)?;
    Ok(())
}
"""


def messages(name: str, code: str) -> list[str]:
    """What is likely, or certain, of a crate with this entry point."""
    report = audit_source(HEAD + code + TAIL.replace("NAME", name), [PanicPath()])
    return [one.message for one in report.findings if one.confidence is not Confidence.SUSPECT]


RING = """
fn momentum(data: &[f64], period: usize, out: &mut [f64]) {
    let mut ring = vec![0.0; period];
    ring[0] = data[0];
    let mut head = 1usize;
    for i in 1..data.len() {
        TURN
        out[i] = data[i] - unsafe { *ring.get_unchecked(head) };
        unsafe { *ring.get_unchecked_mut(head) = data[i] };
        head += 1;
        if head == period {
            head = 0;
        }
    }
}

#[pyfunction]
fn momentum_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    if period == 0 || period > slice.len() {
        return Err(PyValueError::new_err("period"));
    }
    let mut values = vec![f64::NAN; slice.len()];
    py.allow_threads(|| momentum(slice, period, &mut values));
    Ok(values.into_pyarray(py))
}
"""


def test_a_cursor_that_begins_behind_the_first_cell_leaves_a_ring_of_one() -> None:
    assert messages("momentum_py", RING.replace("TURN", "")) == [
        "this call leaves the memory of an array for a number that nobody refuses:"
        " for `period` = 1 in `momentum`"
    ]


def test_a_cursor_that_turns_before_it_is_used_does_not() -> None:
    turned = "if head >= period { head = 0; }"
    assert messages("momentum_py", RING.replace("TURN", turned)) == []


BEFORE = """
fn changes(data: &[f64], period: usize, out: &mut [f64]) {
    let first = data.iter().position(|x| !x.is_nan()).unwrap_or(0);
    let start = first + period - 1;
    if start >= data.len() CHECK {
        return;
    }
    out[start] = data[start] - data[start - 1];
}

#[pyfunction]
fn changes_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    if period == 0 {
        return Err(PyValueError::new_err("period"));
    }
    let mut values = vec![f64::NAN; slice.len()];
    py.allow_threads(|| changes(slice, period, &mut values));
    Ok(values.into_pyarray(py))
}
"""


def test_the_cell_before_the_first_is_read_for_a_period_of_one() -> None:
    [found] = messages("changes_py", BEFORE.replace("CHECK", ""))
    assert "for `period` = 1 a subtraction in `changes` wraps" in found
    assert messages("changes_py", BEFORE.replace("CHECK", "|| start == 0")) == []


COUNTED = """
fn expand(range: (usize, usize, usize)) -> Vec<usize> {
    let (start, end, step) = range;
    if step == 0 || start == end {
        return vec![start];
    }
    let mut found = vec![start];
    let mut at = start;
    while at > end {
        at = at.saturating_sub(step);
        found.push(at);
    }
    found
}

#[pyfunction]
fn powers<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let rows = {
        fn count((start, end, step): (usize, usize, usize)) -> usize {
            if step == 0 || start == end {
                1
            } else {
                COUNT
            }
        }
        count(period_range)
    };
    let values = PyArray1::<f64>::zeros(py, [rows], false);
    let mut room = unsafe { values.as_slice_mut()? };
    for (cell, period) in room.iter_mut().zip(expand(period_range)) {
        *cell = slice.iter().map(|x| x.powi(period as i32)).sum();
    }
    Ok(values)
}
"""


def test_a_range_that_goes_down_wraps_where_somebody_counts_it_as_rising() -> None:
    [found] = messages("powers", COUNTED.replace("COUNT", "(end - start) / step + 1"))
    assert "for `period_range` = (4, 2, 1) a subtraction in `powers` wraps" in found


def test_a_range_that_is_counted_both_ways_does_not() -> None:
    both = "if start < end { (end - start) / step + 1 } else { (start - end) / step + 1 }"
    assert messages("powers", COUNTED.replace("COUNT", both)) == []


CROSSED = """
fn crossed(data: &[f64], fast: usize, slow: usize, out: &mut [f64]) {
    for i in slow..data.len() {
        let old = i - fast;
        out[i] = data[old] - data[i - slow];
    }
}

#[pyfunction]
fn crossed_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    fast_period: usize,
    slow_period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    if fast_period == 0 || slow_period == 0 || slow_period > slice.len() CHECK {
        return Err(PyValueError::new_err("period"));
    }
    let mut values = vec![f64::NAN; slice.len()];
    py.allow_threads(|| crossed(slice, fast_period, slow_period, &mut values));
    Ok(values.into_pyarray(py))
}
"""


def test_the_larger_number_for_the_smaller_one_wraps_where_it_is_subtracted() -> None:
    [found] = messages("crossed_py", CROSSED.replace("CHECK", ""))
    assert "for `fast_period` = 3 and `slow_period` = 2 a subtraction in `crossed` wraps" in found


def test_numbers_whose_order_is_checked_do_not() -> None:
    assert messages("crossed_py", CROSSED.replace("CHECK", "|| fast_period > slow_period")) == []


AHEAD = """
fn first_valid(data: &[f64]) -> Option<usize> {
    data.iter().position(|x| !x.is_nan())
}

fn warm_up(out: &mut [f64], count: usize) {
    assert!(count <= out.len(), "the warm-up is longer than the row");
    for cell in &mut out[..count] {
        *cell = f64::NAN;
    }
}

fn averaged(data: &[f64], period: usize, out: &mut [f64]) -> Result<(), String> {
    if period == 0 || period > data.len() {
        return Err("period".to_string());
    }
    let first = first_valid(data).ok_or("no data")?;
    CHECK
    warm_up(out, first + period - 1);
    for i in first + period - 1..data.len() {
        out[i] = data[i + 1 - period..=i].iter().sum::<f64>() / period as f64;
    }
    Ok(())
}

#[pyfunction]
fn averaged_batch<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let mut values = vec![0.0; slice.len()];
    py.allow_threads(|| averaged(slice, period_range.0, &mut values))
        .map_err(PyValueError::new_err)?;
    Ok(values.into_pyarray(py))
}
"""


def test_data_that_begins_with_nan_is_too_short_for_a_period_as_long() -> None:
    [found] = messages("averaged_batch", AHEAD.replace("CHECK", ""))
    assert found == (
        "this call panics for a number that nobody refuses: for `period_range` = (6, 6, 0) and 6"
        " values of data and data that begins with NaN in `warm_up` `count <= out.len()` does not"
        " hold"
    )


def test_values_that_are_counted_from_the_first_valid_one_are_enough() -> None:
    counted = 'if data.len() - first < period { return Err("too few".to_string()); }'
    assert messages("averaged_batch", AHEAD.replace("CHECK", counted)) == []


@pytest.mark.parametrize("tried", [True, False])
def test_what_is_known_already_is_not_told_again(tried: bool) -> None:
    code = HEAD + CROSSED.replace("CHECK", "") + TAIL.replace("NAME", "crossed_py")
    program = program_from({"src/lib.rs": code})
    [entry] = [one for one in program.entries if one.rust_name == "crossed_py"]
    [found] = uncommon(program, entry, set())
    assert bool(uncommon(program, entry, {found.at} if tried else set())) is not tried
