"""BC301: cells that a trial proves to be without a value."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc301_uninitialised_result import UninitialisedResult
from bindcheck.testing import audit_source

CODE = """
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn scaled_into(data: &[f64], span: usize, out: &mut [f64]) -> Result<(), String> {
    let first = data.iter().position(|x| !x.is_nan()).ok_or("no data")?;
    KERNEL
    Ok(())
}

#[pyfunction]
fn scaled<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    span: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    if span == 0 || span >= slice.len() {
        return Err(PyValueError::new_err("span is out of range"));
    }
    let out = unsafe { PyArray1::<f64>::new(py, [slice.len()], false) };
    let cells = unsafe { out.as_slice_mut()? };
    py.allow_threads(|| {
        FILL
        scaled_into(slice, span, cells)
    })
    .map_err(|e: String| PyValueError::new_err(e))?;
    Ok(out)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scaled, m)?)?;
    Ok(())
}
"""
FROM_FIRST = "for i in first..data.len() { out[i] = data[i] * span as f64; }"
THROUGH_POINTER = (
    "let mut i = first; while i < data.len() {"
    " unsafe { *out.get_unchecked_mut(i) = data[i] * span as f64; } i += 1; }"
)
THROUGH_ENDS = (
    "unsafe { let mut at = data.as_ptr().add(first); let end = data.as_ptr().add(data.len());"
    " let mut to = out.as_mut_ptr().add(first);"
    " while at < end { *to = *at * span as f64; at = at.add(1); to = to.add(1); } }"
)
FROM_SPAN = "for i in span..data.len() { out[i] = data[i - span].floor(); }"
IN_BRANCHES = (
    "for i in first..data.len() { let mut x = other::scaled(data[i]);"
    " if x > 1.0 { x = x.floor(); } out[i] = x * span as f64; }"
)
EVENED = (
    "let mut even = span; if even & 1 == 1 { even += 1; }"
    " for i in first + even..data.len() { out[i] = data[i - even]; }"
)
FILLED = "for i in 0..span { cells[i] = f64::NAN; }"
FILLED_EVEN = "let even = span + span % 2; for i in 0..even { cells[i] = f64::NAN; }"


def findings(kernel: str, fill: str = "") -> list[Finding]:
    code = CODE.replace("KERNEL", kernel).replace("FILL", fill)
    return list(audit_source(code, [UninitialisedResult()]).findings)


@pytest.mark.parametrize("kernel", [FROM_FIRST, THROUGH_POINTER, THROUGH_ENDS, IN_BRANCHES])
def test_leading_nan_that_nobody_writes_over_is_likely(kernel: str) -> None:
    [found] = findings(kernel)
    assert found.confidence is Confidence.LIKELY
    said = "nobody writes cell 0 of this memory for data that begins with NaN"
    assert found.message == said


def test_cells_that_no_call_writes_are_likely() -> None:
    [found] = findings(FROM_SPAN)
    assert found.confidence is Confidence.LIKELY
    assert found.message == "nobody writes cell 0 of this memory for ordinary data"


def test_a_warm_up_that_ends_before_the_kernel_begins_is_likely() -> None:
    [found] = findings(EVENED, FILLED)
    assert found.confidence is Confidence.LIKELY
    assert found.message == "nobody writes cell 3 of this memory for `span` = 3"


@pytest.mark.parametrize(
    ("kernel", "fill"),
    [
        (EVENED, FILLED_EVEN),
        (FROM_FIRST, "cells.fill(f64::NAN);"),
        (FROM_FIRST, "for cell in cells.iter_mut() { *cell = f64::NAN; }"),
        (f"out[..first].fill(f64::NAN); {FROM_FIRST}", ""),
        (f"for i in 0..first {{ out[i] = f64::NAN; }} {FROM_FIRST}", ""),
    ],
)
def test_cells_that_somebody_writes_are_silent(kernel: str, fill: str) -> None:
    assert findings(kernel, fill) == []


@pytest.mark.parametrize(
    "fill",
    [
        "let cells = &mut cells[..]; for cell in cells { *cell = 0.0; }",
        "for (cell, x) in cells.into_iter().zip(slice) { *cell = *x; }",
        "for (x, cell) in slice.iter().zip(&mut *cells) { *cell = *x; }",
        "for i in 0..cells.len() { let cell = &mut cells[i]; *cell = 0.0; }",
        "for i in 0..cells.len() { cells[i].clone_from(&0.0); }",
        "for i in 0..cells.len() { (cells[i], _) = (0.0, i); }",
        "for i in 0..cells.len() { unknown::put!(cells, i); }",
    ],
)
def test_cells_that_are_written_in_other_ways_are_not_proved(fill: str) -> None:
    found = findings(FROM_FIRST, fill)
    assert all(one.confidence is Confidence.SUSPECT for one in found)


@pytest.mark.parametrize(
    "writer",
    [
        "unsafe { other::blank(out.as_mut_ptr(), first) };",
        "let at = other::start(); for i in at..first { out[i] = 0.0; }",
        "let write = other::writer(); write(&mut out[..]);",
    ],
)
def test_who_is_not_followed_may_have_written(writer: str) -> None:
    found = findings(f"{FROM_FIRST} {writer}")
    assert all(one.confidence is Confidence.SUSPECT for one in found)


RANGED = (
    CODE.replace("scaled<", "scaled_batch<")
    .replace("(scaled, m)", "(scaled_batch, m)")
    .replace(
        "    span: usize,\n) -> PyResult", "    span_range: (usize, usize, usize),\n) -> PyResult"
    )
    .replace("let slice =", "let span = span_range.0;\n    let slice =")
    .replace("span == 0 || span >= slice.len()", "span >= slice.len()")
)
WARMED = "let warm = first + span; for i in 0..warm { out[i] = f64::NAN; }"
REST = "for i in warm..data.len() { out[i] = data[i - span]; }"


def ranged(kernel: str) -> list[str]:
    code = RANGED.replace("KERNEL", kernel).replace("FILL", "")
    return [one.message for one in audit_source(code, [UninitialisedResult()]).findings]


def test_a_number_for_which_the_kernel_returns_early_is_found_by_the_trials_of_panics() -> None:
    [found] = ranged(f"{WARMED} if span == 0 {{ return Ok(()); }} {REST}")
    assert found == "nobody writes cell 0 of this memory for `span_range` = (0, 0, 0)"


@pytest.mark.parametrize(
    "kernel",
    [
        f"{WARMED} {REST}",
        f'if span == 0 {{ return Err("0".to_string()); }} {WARMED} {REST}',
        f"if span == 0 {{ out.copy_from_slice(data); return Ok(()); }} {WARMED} {REST}",
    ],
)
def test_a_number_that_is_refused_or_leaves_nothing_out_is_silent(kernel: str) -> None:
    assert ranged(kernel) == []
