"""BC301: who writes the first cells of memory without a value."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding, Severity
from bindcheck.rules.bc301_uninitialised_result import UninitialisedResult
from bindcheck.testing import audit_source

RULE = UninitialisedResult()
BINDING = """
use numpy::*;
use pyo3::prelude::*;

#[pyfunction]
fn f<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    n: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let slice = data.as_slice()?;
    let out = unsafe { PyArray1::<f64>::new(py, [n * slice.len()], false) };
    let cells = unsafe { out.as_slice_mut()? };
    py.allow_threads(|| into(slice, n, cells));
    Ok(out.into_any())
}
"""


def found(callee: str, binding: str = BINDING) -> list[Finding]:
    return list(audit_source(binding + callee, (RULE,)).findings)


def into(body: str) -> list[Finding]:
    return found(f"fn into(data: &[f64], n: usize, out: &mut [f64]) {{\n{body}\n}}\n")


@pytest.mark.parametrize(
    "body",
    [
        "for i in n..data.len() { out[i] = data[i]; }",
        "for i in n..data.len() { if data[i].is_nan() { out[i] = f64::NAN; } }",
        "out[n..].fill(0.0);",
        "let (a, b) = out.split_at_mut(n); b.fill(0.0);",
        "let p = unsafe { out.as_mut_ptr().add(n) }; unsafe { *p = 1.0 };",
        "let mut i = n; while i < data.len() { out[i] = data[i]; i += 1; }",
        "for (o, x) in out.iter_mut().zip(data).skip(n) { *o = *x; }",
        "for x in out.iter_mut() { *x *= 2.0; }",
        "for (row, cells) in out.chunks_mut(9).enumerate() { for i in n..9 { cells[i] = 0.0; } }",
        "for row in 0..n { for i in n..9 { out[row * 9 + i] = 0.0; } }",
        "for row in 0..n { for i in n..9 { let at = row * 9 + i; out[at] = 0.0; } }",
        "let row = |r: usize, cells: &mut [f64]| { for i in n..9 { cells[i] = 0.0; } };\n"
        "for (r, cells) in out.chunks_mut(9).enumerate() { row(r, cells); }",
        "fn inner(n: usize, cells: &mut [f64]) { for i in n..9 { cells[i] = 0.0; } }\n"
        "inner(n, out);",
        "let total = out.len();",
    ],
)
def test_memory_that_is_only_written_from_somewhere_on_is_reported(body: str) -> None:
    (one,) = into(body)
    assert (one.severity, one.confidence) == (Severity.ERROR, Confidence.SUSPECT)
    assert "`out`" in one.message
    assert "P01" in one.help


@pytest.mark.parametrize(
    "body",
    [
        "out.fill(f64::NAN);",
        "out[..n].fill(f64::NAN);",
        "for row in 0..n { let o = row * 9; for i in 0..n { let at = o + i; out[at] = 0.0; } }",
        "for v in &mut out[..n] { *v = f64::NAN; }",
        "for i in 0..n { out[i] = f64::NAN; }",
        "for i in 0..n { out[i] = data[i]; }",
        "for (o, x) in out.iter_mut().zip(data) { *o = *x; }",
        "out.iter_mut().take(n).for_each(|o| *o = 0.0);",
        "out.iter_mut().enumerate().for_each(|(i, o)| *o = data[i]);",
        "let mut i = 0; while i < n { out[i] = 0.0; i += 1; }",
        "out[0] = data[0]; for i in 1..data.len() { out[i] = out[i - 1] + data[i]; }",
        "let p = out.as_mut_ptr(); let mut i = 0;\n"
        "while i < n { unsafe { *p.add(i) = 0.0 }; i += 1; }",
        "let mut p = out.as_mut_ptr(); for x in data { unsafe { *p = *x; p = p.add(1); } }",
        "for (row, cells) in out.chunks_mut(9).enumerate() { for i in 0..n { cells[i] = 0.0; } }",
        "for row in 0..n { let s = row * 9; for v in &mut out[s..s + n] { *v = 0.0; } }",
        "for row in 0..n { let s = row.checked_mul(9).unwrap();\n"
        "for i in s..s + n { out[i] = 0.0; } }",
        "for row in 0..n { for i in 0..n { out[row * 9 + i] = f64::NAN; } }",
        "for cells in out.chunks_mut(9) { cells.copy_from_slice(data); }",
        "let (a, b) = out.split_at_mut(n); a.fill(0.0);",
        "let raw = unsafe { std::slice::from_raw_parts_mut(out.as_mut_ptr() as *mut u64, 9) };\n"
        "raw.fill(0);",
        "unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), out.as_mut_ptr(), n) };",
        "let row = |cells: &mut [f64]| cells.fill(0.0);\n"
        "for cells in out.chunks_mut(9) { row(cells); }",
        "fn inner(cells: &mut [f64]) { cells.fill(0.0); } inner(out);",
        "other_crate::means(data, out);",
    ],
)
def test_memory_whose_first_cells_are_written_is_silent(body: str) -> None:
    assert into(body) == []


def test_callees_of_callees_are_followed() -> None:
    chain = """
fn into(data: &[f64], n: usize, out: &mut [f64]) { rows(data, n, out); }
fn rows(data: &[f64], n: usize, out: &mut [f64]) {
    for cells in out.chunks_mut(data.len()) { one(n, cells); }
}
fn one(n: usize, cells: &mut [f64]) { WRITE }
"""
    assert found(chain.replace("WRITE", "cells[..n].fill(0.0);")) == []
    assert len(found(chain.replace("WRITE", "cells[n..].fill(0.0);"))) == 1


def test_recursion_comes_to_an_end() -> None:
    assert (
        len(found("fn into(data: &[f64], n: usize, out: &mut [f64]) { into(data, n, out); }")) == 1
    )


def test_all_arrays_of_a_binding_are_one_finding() -> None:
    binding = BINDING.replace(
        "    let cells =",
        "    let more = unsafe { PyArray1::<f64>::new(py, [n], false) };\n"
        "    let rest = unsafe { more.as_slice_mut()? };\n    let cells =",
    ).replace("into(slice, n, cells)", "both(slice, n, cells, rest)")
    callee = """
fn both(data: &[f64], n: usize, one: &mut [f64], two: &mut [f64]) {
    for i in n..data.len() { one[i] = 0.0; two[i] = 0.0; }
}
"""
    (one,) = found(callee, binding)
    assert "`out`, `more`" in one.message


@pytest.mark.parametrize(
    "allocation",
    [
        "PyArray1::<f64>::zeros(py, [n], false)",
        "other_crate::PyArray::new(slice, n)",
        "PyArray1::from_vec(py, vec![0.0; n])",
    ],
)
def test_memory_with_a_value_is_silent(allocation: str) -> None:
    made = "unsafe { PyArray1::<f64>::new(py, [n * slice.len()], false) }"
    callee = "fn into(data: &[f64], n: usize, out: &mut [f64]) { out[n..].fill(0.0); }"
    assert found(callee, BINDING.replace(made, allocation)) == []


def test_an_array_that_is_replaced_before_it_is_used_is_silent() -> None:
    made = "unsafe { PyArray1::<f64>::new(py, [n * slice.len()], false) };"
    later = made + "\n    let out = PyArray1::from_vec(py, vec![0.0; n]);"
    callee = "fn into(data: &[f64], n: usize, out: &mut [f64]) { out[n..].fill(0.0); }"
    assert found(callee, BINDING.replace(made, later)) == []
