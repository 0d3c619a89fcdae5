"""Both sides are compiled and measured: a crate that is only a cdylib, its core elsewhere."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bindcheck.cli import main

pytestmark = pytest.mark.cargo

ROOT = """\
[workspace]
members = ["core", "binding"]
resolver = "2"

[workspace.package]
version = "1.2.3"
edition = "2021"

[workspace.dependencies]
numpy = "0.30"
pyo3 = { version = "0.30", default-features = false, features = ["macros"] }
ema-core = { path = "core" }

[profile.release]
debug = 1

# The dependencies are built once for each of three libraries.
[profile.release.package."*"]
debug = 0
opt-level = 1
"""
CORE_MANIFEST = """\
[package]
name = "ema-core"
version.workspace = true
edition.workspace = true
"""
CORE_LIB = "mod ema;\npub use ema::{ema, ema_batch, EmaBatchRange, EmaInput, EmaParams};\n"
CORE = """\
const MANIFEST: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));

#[derive(Clone, Copy)]
pub struct EmaParams { pub period: Option<usize> }
impl Default for EmaParams {
    fn default() -> Self { Self { period: Some(9) } }
}
pub struct EmaInput<'a> { pub data: &'a [f64], pub params: EmaParams }
impl<'a> EmaInput<'a> {
    pub fn from_slice(data: &'a [f64], params: EmaParams) -> Self { Self { data, params } }
}
pub struct EmaOutput { pub values: Vec<f64> }

pub fn ema(input: &EmaInput) -> Result<EmaOutput, String> {
    let weight = 2.0 / (input.params.period.unwrap_or(9) as f64 + 1.0);
    let mut last = *input.data.first().ok_or(MANIFEST)?;
    let values = input.data.iter().map(|x| { last += weight * (x - last); last }).collect();
    Ok(EmaOutput { values })
}

#[derive(Clone, Copy)]
pub struct EmaBatchRange { pub period: (usize, usize, usize) }
pub struct EmaBatchOutput {
    pub values: Vec<f64>, pub combos: Vec<EmaParams>, pub rows: usize, pub cols: usize,
}
const PARALLEL_FROM: usize = 1_000_000_000;

pub fn expand_grid(range: &EmaBatchRange) -> Vec<EmaParams> {
    let (start, end, step) = range.period;
    (start..=end).step_by(step.max(1)).map(|p| EmaParams { period: Some(p) }).collect()
}
pub fn ema_batch(data: &[f64], range: &EmaBatchRange) -> Result<EmaBatchOutput, String> {
    let combos = expand_grid(range);
    let (rows, cols) = (combos.len(), data.len());
    let row = |p: &EmaParams| ema(&EmaInput::from_slice(data, *p)).map(|o| o.values);
    let half = if rows * cols >= PARALLEL_FROM { rows / 2 } else { rows };
    let mut all = Vec::new();
    std::thread::scope(|scope| {
        let rest = &combos[half..];
        let other = (!rest.is_empty())
            .then(|| scope.spawn(|| rest.iter().map(row).collect::<Result<Vec<_>, _>>()));
        for params in &combos[..half] { all.push(row(params)?); }
        if let Some(other) = other { all.extend(other.join().unwrap()?); }
        Ok::<(), String>(())
    })?;
    Ok(EmaBatchOutput { values: all.concat(), combos, rows, cols })
}
"""
BINDING_MANIFEST = """\
[package]
name = "ema-binding"
version.workspace = true
edition.workspace = true

[lib]
name = "ema_native"
crate-type = ["cdylib"]

[dependencies]
numpy.workspace = true
pyo3.workspace = true
ema-core.workspace = true
"""
BUILD = """\
fn main() {
    let here = std::path::PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap());
    assert!(here.join("../core/src/ema.rs").exists());
}
"""
BINDING = """\
use ema_core::{ema, ema_batch, EmaBatchRange, EmaInput, EmaParams};
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[pyfunction(name = "ema")]
#[pyo3(signature = (data, period=9))]
fn ema_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, period: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let input = EmaInput::from_slice(data.as_slice()?, EmaParams { period: Some(period) });
    let output = py.detach(|| ema(&input)).map_err(PyValueError::new_err)?;
    Ok(output.values.into_pyarray(py))
}

#[pyfunction(name = "ema_batch")]
fn ema_batch_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, period_range: (usize, usize, usize),
) -> PyResult<Bound<'py, PyDict>> {
    let (data, range) = (data.as_slice()?, EmaBatchRange { period: period_range });
    let output = py.detach(|| ema_batch(data, &range)).map_err(PyValueError::new_err)?;
    let dict = PyDict::new(py);
    let values = output.values.into_pyarray(py).reshape([output.rows, output.cols])?;
    dict.set_item("values", values)?;
    Ok(dict)
}

#[pymodule]
fn ema_native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(ema_py, m)?)?;
    m.add_function(wrap_pyfunction!(ema_batch_py, m)?)
}
"""
FILES = {
    "Cargo.toml": ROOT,
    "core/Cargo.toml": CORE_MANIFEST,
    "core/src/lib.rs": CORE_LIB,
    "core/src/ema.rs": CORE,
    "binding/Cargo.toml": BINDING_MANIFEST,
    "binding/build.rs": BUILD,
    "binding/src/lib.rs": BINDING,
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    root = tmp_path_factory.mktemp("bench")
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def run(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the JSON of one command."""
    output = root / "result.json"
    output.unlink(missing_ok=True)
    with contextlib.chdir(root):
        status = main([*arguments, "--output-format", "json", "--output-file", str(output)])
    return status, json.loads(output.read_text()) if output.exists() else {}


def bench(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    return run(root, "bench", "ema", "--seconds", "1", "--no-history", *arguments)


def test_both_sides_compute_the_same_cells_and_python_costs_more(workspace: Path) -> None:
    _, found = bench(workspace, "--sizes", "100", "--rows", "5", "--no-control")
    assert found["troubles"] == []
    names = [one["case"]["name"] for one in found["comparisons"]]
    assert names == ["ema/single/100", "ema/batch/5x100"]
    single = found["comparisons"][0]
    # An argument, a release and an array take at least some tens of nanoseconds, and no more than
    # some microseconds.
    assert 20.0 < single["difference_ns"]["value"] < 5_000.0
    assert single["verdict"] == "slower"
    assert len(single["trials"]) == 5


def test_the_sources_stay_as_they_are(workspace: Path) -> None:
    for name, text in FILES.items():
        assert (workspace / name).read_text() == text
    assert {path.name for path in workspace.iterdir()} <= {
        *("Cargo.toml", "core", "binding", "target", "result.json"),
    }


def test_a_call_against_itself_and_peers_are_measured(workspace: Path) -> None:
    arguments = ("--single", "--sizes", "1000", "--pair", "native/native")
    peers = (
        "--peer",
        "numpy:cumsum(data)",
        "--peer",
        "nothing.here:f",
        "--peer",
        "numpy:sum(data)",
    )
    _, found = bench(workspace, *arguments, *peers)
    sides = [tuple(one["sides"]) for one in found["comparisons"]]
    assert sides == [("native", "native"), ("python", "peer:numpy:cumsum(data)")]
    assert abs(found["comparisons"][0]["ratio"]["value"] - 1.0) < 0.1
    reasons = [one["reason"] for one in found["troubles"]]
    different = "python 1 × 1,000 = 1,000 cells, peer:numpy:sum(data) 1 cells"
    assert any("nothing.here:f is not there" in reason for reason in reasons)
    assert any(different in reason for reason in reasons)


def test_phases_come_from_an_instrumented_build(workspace: Path) -> None:
    _, found = bench(workspace, "--single", "--sizes", "10000", "--no-control", "--phases")
    [phases] = found["phases"]
    compute = sorted(phases["compute_ns"])[2]
    assert compute > 10 * sorted(phases["release_ns"])[2]
    assert all(value >= 0.0 for value in phases["arguments_ns"] + phases["result_ns"])
    # The measuring points are in the copy alone.
    assert "bindcheck" not in (workspace / "binding/src/lib.rs").read_text()


def test_states_and_layouts_are_measured_apart(workspace: Path) -> None:
    _, found = bench(
        workspace, "--single", "--sizes", "1000", "--no-control",
        "--states", "recycled,retained",
    )  # fmt: skip
    assert [one["state"] for one in found["comparisons"]] == ["recycled", "retained"]


def test_a_threshold_of_a_workspace_member_is_judged(workspace: Path) -> None:
    # It chooses how many rows a thread gets, which may be none: nothing that can be read.
    line = 1 + CORE[: CORE.index(">= PARALLEL_FROM")].count("\n")
    status, found = run(
        workspace, "tune", "ema", "--rows", "4", "--sizes", "100,100000",
        "--seconds", "2", "--processes", "3", "--line", f"{line}",
    )  # fmt: skip
    [tuning] = found["tunings"]
    threshold = tuning["threshold"]
    assert (threshold["text"], threshold["value"]) == ("PARALLEL_FROM", 1_000_000_000)
    assert threshold["compared"] == "rows * cols"
    assert tuning["points"][0]["compared"] == 400
    # Starting a thread takes longer than a hundred numbers do.
    assert tuning["points"][0]["ratio"] > 1.0
    # That threads pay for half a million numbers is nothing that a busy machine has to show; where
    # they do, the constant is wrong.
    verdict = (tuning["judged"], status)
    assert verdict in {("too large", 1), ("cannot tell", 3)}
    if tuning["pays"] in ("all", "from the crossover on"):
        assert verdict == ("too large", 1)


@pytest.mark.skipif(os.name != "posix", reason="signals of a terminal")
def test_an_interrupt_ends_tuning_at_once_and_shows_what_was_measured(
    workspace: Path, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    python = tmp_path / "python"
    noticed = f'case "$4" in *bench.worker*) echo >> {begun} ;; esac'
    python.write_text(f'#!/bin/sh\n{noticed}\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    command = [sys.executable, "-m", "bindcheck", "tune", "ema", "--rows", "4", "--seconds", "20"]
    run = subprocess.Popen(
        [*command, "--python", str(python)], cwd=workspace, start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    # The second process is at work: the first one has measured a size.
    while run.poll() is None and not (begun.exists() and len(begun.read_text()) > 1):
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGINT)
    sent = time.monotonic()
    said, told = run.communicate(timeout=60)
    assert (run.returncode, time.monotonic() - sent < 5.0) == (130, True), told
    assert "(one process: no interval)" in said
    assert "interrupted: this is what was measured" in said
    assert told.endswith("bindcheck: interrupted: what was measured by then is shown\n")


def test_what_does_not_build_shows_the_compilers_message(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = workspace / "core/src/ema.rs"
    source.write_text(CORE.replace("let weight = 2.0", "let weight: bool = 2.0"))
    try:
        status, found = bench(workspace, "--single", "--sizes", "100")
    finally:
        source.write_text(CORE)
    assert (status, found) == (2, {})
    said = capsys.readouterr().err
    assert "the crate does not build with profile 'release'" in said
    assert "mismatched types" in said
    assert "ema.rs" in said
