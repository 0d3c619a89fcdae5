"""Sorts of panics that a caller's value reaches: zero, assertions, copies, helpers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bindcheck.analysis.failing.panics import panic_paths
from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint

Binding = Callable[..., tuple[Program, EntryPoint]]

PARAMS = "data: PyReadonlyArray1<'py, f64>, mut out: PyReadwriteArray1<'py, f64>, n: usize, x: f64"
HELPERS = """
fn pick(d: &[f64], i: usize) -> f64 { d[i] }
fn positive(d: &[f64], x: f64) -> f64 { if x < 0.0 { panic!("negative") } d.len() as f64 }
fn boom(x: f64) -> f64 { if x < 0.0 { panic!("negative"); } x.sqrt() }
fn validate(x: f64) -> PyResult<()> {
    if x < 0.0 { return Err(pyo3::exceptions::PyValueError::new_err("x")); }
    Ok(())
}
fn scaled(x: f64) -> PyResult<f64> { Ok(x * 2.0) }
fn checked(d: &[f64], i: usize) -> f64 { if i < d.len() { d[i] } else { 0.0 } }
fn twice(x: f64) -> f64 { boom(x) + boom(x) }
fn each<F: Fn(f64) -> f64>(d: &[f64], f: F) -> f64 { all(d, f) }
fn all<F: Fn(f64) -> f64>(d: &[f64], f: F) -> f64 {
    let mut sum = 0.0;
    for x in d { sum += f(*x); }
    sum
}
fn head(d: &[f64]) -> f64 { d[0] }
struct Config { size: usize, rows: usize }
fn config(size: usize) -> Config { Config { size, rows: 4 } }
fn rows_of(c: Config) -> usize { 100 / c.rows }
fn blocks_of(c: Config) -> usize { 100 / c.size }
struct Sums { total: f64, at: usize }
struct Blocks { left: usize, size: usize }
impl Blocks { fn new(left: usize, size: usize) -> Self { Self { left, size } } }
impl Iterator for Blocks {
    type Item = usize;
    fn next(&mut self) -> Option<usize> { self.left.checked_sub(1).inspect(|i| self.left = *i) }
}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("let s = 100 / n;", ["zero"]),
        ("let s = slice.len() / n;", ["zero"]),
        ("let s = slice.len() % n;", ["zero"]),
        ("let s = slice.len() / n.max(1);", []),
        ("let s = slice.len() / (n + 1);", []),
        ("if n == 0 { return Ok(1.0); } let s = slice.len() / n;", []),
        ("let s = 1.0 / x;", []),
        ("let s = slice.chunks(n).count();", ["zero"]),
        ("let n = n.max(1); let s = slice.windows(n).count();", []),
        ("target.copy_from_slice(slice);", ["copy"]),
        ("target[..2].copy_from_slice(&slice[..2]);", ["no data"]),
        ("if slice.len() != target.len() { return Ok(1.0); } target.copy_from_slice(slice);", []),
        ("assert!(n > 3);", ["assert"]),
        ("assert!(n < slice.len()); let s = slice[n];", ["assert"]),
        ("assert_eq!(slice.len(), target.len()); target.copy_from_slice(slice);", ["assert_eq"]),
        ("let k = 2; assert!(k > 1);", []),
        ("if n > 3 { panic!(); }", ["panic"]),
        ("let s = pick(slice, n);", ["pick"]),
        ("let s = pick(slice, n) + pick(slice, n);", ["pick"]),
        ("let s = pick(slice, 3);", ["no data"]),
        ("let s = positive(slice, x);", ["positive"]),
        ("let s = boom(x);", ["boom"]),
        ("let s = boom(1.0);", []),
        ("validate(x)?; let s = boom(x);", []),
        ("let y = scaled(x)?; let s = boom(x);", ["boom"]),
        ("let s = checked(slice, n);", []),
        ("if slice.is_empty() || slice[0] > 1.0 { return Ok(1.0); }", []),
        ("for i in Blocks::new(slice.len(), n) { let s = slice[i]; }", []),
        ("for i in 0..n { let s = slice[i]; }", ["index"]),
        ("let s = twice(x);", ["twice"]),
        ("let s = py.allow_threads(|| twice(x));", ["twice"]),
        ("let s = py.allow_threads(|| positive(slice, x));", ["positive"]),
        ("let s = py.allow_threads(|| checked(slice, n));", []),
        ("let s = py.allow_threads(|| pick(slice, n));", ["extreme"]),
        ("let s = py.allow_threads(|| head(slice));", ["head"]),
        ("let s = twice(1.0);", []),
        ("validate(x)?; let s = twice(x);", []),
        ("let s = head(slice);", ["head"]),
        ("let s = each(slice, |x| { assert!(x < n as f64); x });", ["assert"]),
        ("let s = each(slice, |x| x);", []),
        ("if slice.is_empty() { return Ok(1.0); } let s = head(slice);", []),
        ("let s = slice.iter().step_by(n).count();", ["zero"]),
        ("let s = slice.iter().step_by(n.max(1)).count();", []),
        ("let c = config(n); let s = rows_of(c);", []),
        ("let c = config(n); let s = blocks_of(c);", ["blocks_of"]),
        (
            "let mut c = Sums { total: 0.0, at: 0 }; c.total += x; let s = slice[c.at];",
            ["no data"],
        ),
    ],
)
def test_a_value_of_the_caller_reaches_the_panic(
    binding: Binding, body: str, expected: list[str]
) -> None:
    slices = "    let slice = data.as_slice()?;\n    let target = out.as_slice_mut()?;\n"
    text = f"{slices}    {body}\n    Ok(0.0)"
    found = binding(text, params=PARAMS, returns="PyResult<f64>", more=HELPERS)
    assert [one.panic.how for one in panic_paths(*found)] == expected


ROWS = """
fn summed(a: &[Vec<f64>]) -> Result<f64, String> {
    if a.is_empty() { return Err("empty".into()); }
    let cols = a[0].len();
    CHECK
    let mut sum = 0.0;
    for i in 0..a.len() { for j in 0..cols { sum += a[i][j]; } }
    Ok(sum)
}
"""


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("", ["summed"]),
        ('if a.iter().any(|r| r.len() != cols) { return Err("ragged".into()); }', []),
        ('for r in a { if r.len() != cols { return Err("ragged".into()); } }', []),
        ('for r in a { if r.is_empty() { return Err("empty".into()); } }', ["summed"]),
    ],
)
def test_rows_that_differ_panic_in_a_helper(
    binding: Binding, check: str, expected: list[str]
) -> None:
    text = "    summed(&rows).map_err(pyo3::exceptions::PyValueError::new_err)"
    helper = ROWS.replace("CHECK", check)
    found = binding(text, params="rows: Vec<Vec<f64>>", returns="PyResult<f64>", more=helper)
    assert [one.panic.how for one in panic_paths(*found)] == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("dims[1]", ["zero"]),
        ("cells.ncols()", ["zero"]),
        ("dims[1].max(1)", []),
        ("4", []),
    ],
)
def test_an_array_may_be_empty_in_one_dimension(
    binding: Binding, size: str, expected: list[str]
) -> None:
    text = (
        "    let cells = rows.as_array();\n    let dims = cells.shape();\n    CHECK"
        f"    let all = cells.to_vec();\n    Ok(all.chunks_exact({size}).count())"
    )
    params = "rows: PyReadonlyArray2<'py, f64>"
    bare = binding(text.replace("CHECK", ""), params=params, returns="PyResult<usize>")
    assert [one.panic.how for one in panic_paths(*bare)] == expected
    check = "if dims[1] == 0 { return Ok(0); }\n"
    checked = binding(text.replace("CHECK", check), params=params, returns="PyResult<usize>")
    assert panic_paths(*checked) == ()
