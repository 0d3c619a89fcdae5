"""Both sides of a compiled crate do the same work: kernels, buffers, names, grids."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bindcheck.cli import main

pytestmark = pytest.mark.cargo

MANIFEST = """\
[package]
name = "shades"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
numpy = "0.30"
pyo3 = { version = "0.30", default-features = false, features = ["macros"] }

[profile.release]
opt-level = 1
"""
LIB = """\
pub mod deep;
pub mod pale;
pub mod short;
pub mod wrong;

use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub enum Kernel { Auto, Scalar }

pub fn chosen(kernel: &str) -> Kernel {
    if kernel == "scalar" { Kernel::Scalar } else { Kernel::Auto }
}

#[pymodule]
fn shades(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(short::short_py, m)?)?;
    m.add_function(wrap_pyfunction!(short::short_batch_py, m)?)?;
    m.add_function(wrap_pyfunction!(wrong::wrong_py, m)?)?;
    let deep = PyModule::new(m.py(), "deep")?;
    deep.add_function(wrap_pyfunction!(deep::deep_py, &deep)?)?;
    m.add_submodule(&deep)?;
    let pale = PyModule::new(m.py(), "pale")?;
    pale.add_function(wrap_pyfunction!(pale::pale_py, &pale)?)?;
    m.add_submodule(&pale)
}
"""

CORE = """\
use crate::Kernel;
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub struct NameParams { pub depth: Option<usize> }
impl Default for NameParams {
    fn default() -> Self { Self { depth: Some(3) } }
}
pub struct NameInput<'a> { pub data: &'a [f32], pub params: NameParams }
impl<'a> NameInput<'a> {
    pub fn from_slice(data: &'a [f32], params: NameParams) -> Self { Self { data, params } }
}
pub struct NameOutput { pub values: Vec<f32> }

pub fn name(input: &NameInput) -> Result<NameOutput, String> {
    name_with_kernel(input, Kernel::Auto)
}
pub fn name_with_kernel(input: &NameInput, kernel: Kernel) -> Result<NameOutput, String> {
    let mut values = vec![0.0; input.data.len()];
    name_into_slice(&mut values, input, kernel)?;
    Ok(NameOutput { values })
}
/// Leaves the values before `depth` as they are.
pub fn name_into_slice(dst: &mut [f32], input: &NameInput, kernel: Kernel) -> Result<(), String> {
    let depth = input.params.depth.ok_or("no depth")?;
    // No two kernels give the same, so that it shows which one was taken.
    let added = match kernel { Kernel::Auto => 1000.0, Kernel::Scalar => 0.0 };
    for at in depth..dst.len() {
        dst[at] = FACTOR * input.data[at - depth] + added;
    }
    Ok(())
}
"""

BINDING = """\
#[pyfunction(name = "PYTHON")]
#[pyo3(signature = (data, depth=3, kernel="scalar", *, out=None))]
pub fn name_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f32>, depth: usize, kernel: &str,
    out: Option<Bound<'py, PyArray1<f32>>>,
) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let kernel = crate::chosen(kernel);
    let input = NameInput::from_slice(data.as_slice()?, NameParams { depth: Some(depth) });
    if let Some(out) = out {
        name_into_slice(unsafe { out.as_slice_mut()? }, &input, kernel).unwrap();
        return Ok(out);
    }
    let output = py.detach(|| name_with_kernel(&input, kernel)).unwrap();
    Ok(output.values.into_pyarray(py))
}
"""

WITHOUT_KERNEL = """\
#[pyfunction(name = "wrong")]
#[pyo3(signature = (data, depth=3))]
pub fn name_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f32>, depth: usize,
) -> PyResult<Bound<'py, PyArray1<f32>>> {
    let input = NameInput::from_slice(data.as_slice()?, NameParams { depth: Some(depth) });
    let output = py.detach(|| name_with_kernel(&input, Kernel::Scalar)).unwrap();
    Ok(output.values.into_pyarray(py))
}
"""

GRID = """\
use numpy::PyArray2;

#[derive(Clone, Copy)]
pub struct NameBatchRange { pub depth: (usize, usize, usize) }
pub struct NameBatchOutput {
    pub values: Vec<f32>, pub combos: Vec<NameParams>, pub rows: usize, pub cols: usize,
}
pub fn expand_grid(range: &NameBatchRange) -> Vec<NameParams> {
    let (start, end, step) = range.depth;
    (start..=end).step_by(step.max(1)).map(|depth| NameParams { depth: Some(depth) }).collect()
}
pub fn name_batch_with_kernel(
    data: &[f32], range: &NameBatchRange, kernel: Kernel,
) -> Result<NameBatchOutput, String> {
    let combos = expand_grid(range);
"""

BATCH = (
    GRID
    + """\
    let mut values = Vec::new();
    for params in &combos {
        values.extend(name_with_kernel(&NameInput::from_slice(data, *params), kernel)?.values);
    }
    Ok(NameBatchOutput { values, rows: combos.len(), combos, cols: data.len() })
}

/// One row too few.
#[pyfunction(name = "name_batch")]
#[pyo3(signature = (data, depth_range, kernel="scalar"))]
pub fn name_batch_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f32>, depth_range: (usize, usize, usize),
    kernel: &str,
) -> PyResult<Bound<'py, PyArray2<f32>>> {
    let (start, end, step) = depth_range;
    let range = NameBatchRange { depth: (start, end - step, step) };
    let output = name_batch_with_kernel(data.as_slice()?, &range, crate::chosen(kernel)).unwrap();
    Ok(output.values.into_pyarray(py).reshape([output.rows, output.cols])?)
}
"""
)


def module(name: str, text: str, python: str = "run", factor: float = 1.0) -> str:
    """A module around one core function, whose values are its input times `factor`."""
    text = f"const FACTOR: f32 = {factor:.1f};\n{text}"
    for word, by in (("PYTHON", python), ("Name", name.capitalize()), ("name", name)):
        text = text.replace(word, by)
    # What the attribute of PyO3 is called is no name of ours.
    return text.replace(f"pyfunction({name} =", "pyfunction(name =")


FILES = {
    "Cargo.toml": MANIFEST,
    "src/lib.rs": LIB,
    "src/deep.rs": module("deep", CORE + BINDING, factor=2.0),
    "src/pale.rs": module("pale", CORE + BINDING, factor=3.0),
    "src/short.rs": module("short", CORE + BINDING + BATCH, "short"),
    "src/wrong.rs": module("wrong", CORE + WITHOUT_KERNEL),
}


@pytest.fixture(scope="module")
def crate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    root = tmp_path_factory.mktemp("shades")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def bench(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the JSON of one command."""
    output = root / "result.json"
    output.unlink(missing_ok=True)
    options = ("--seconds", "0.5", "--no-history", "--no-control", "--output-format", "json")
    with contextlib.chdir(root):
        status = main(["bench", *arguments, *options, "--output-file", str(output)])
    return status, json.loads(output.read_text()) if output.exists() else {}


def test_sides_that_do_not_the_same_work_have_no_result(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The functions of both submodules are called `run`, and every kernel gives other values."""
    own = ("deep", "pale", "--single", "--sizes", "1000", "--outs", "new,given")
    _, found = bench(crate, *own, "--peer", "numpy:multiply(data, 2.0)")
    assert found["troubles"] == []
    names = [one["case"]["name"] for one in found["comparisons"] if one["sides"][1] == "native"]
    assert names == ["deep/single/1000", "deep/single/out/1000",
                     "pale/single/1000", "pale/single/out/1000"]  # fmt: skip
    # Both sides agree, so the native one has the kernel that the signature has by default.
    for one in found["comparisons"]:
        beside_peer = one["sides"][1] != "native"
        assert any("not the same computation" in told for told in one["reasons"]) is beside_peer

    capsys.readouterr()
    status, found = bench(crate, "wrong", "--single", "--sizes", "1000")
    assert (status, found) == (2, {})
    told = capsys.readouterr().err
    assert "wrong/single/1000: these are not the same computation: first at cell 3: " in told
    assert "997 of 1,000 values differ by more than 0.0001 of their size" in told

    status, found = bench(crate, "short", "--batch", "--rows", "5", "--sizes", "100")
    assert (status, found) == (2, {})
    told = capsys.readouterr().err
    assert (
        "the sides compute different grids: python 4 × 100 = 400 cells, native 5 × 100 = 500 cells"
    ) in told
