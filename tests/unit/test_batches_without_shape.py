"""Batches that give vectors without rows and columns: what is known of them, and what is bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Mode, Request, generate
from bindcheck.load import load
from bindcheck.rules.bc102_missing_batch import MissingBatch
from bindcheck.testing import audit_source, program_from
from tidings import packed

CORE = """
pub struct SwellParams { pub period: Option<usize> }
pub struct SwellInput<'a> { pub data: &'a [f64], pub params: SwellParams }
impl<'a> SwellInput<'a> {
    pub fn from_slice(data: &'a [f64], params: SwellParams) -> Self { Self { data, params } }
}
pub fn swell(input: &SwellInput) -> Result<(Vec<f64>, Vec<f64>), String> {
    Ok((input.data.to_vec(), input.data.to_vec()))
}
pub struct SwellBatchRange { pub period: (usize, usize, usize) }
pub fn swell_batch(data: &[f64], sweep: &SwellBatchRange) -> RETURNS {
    BODY
}
"""


def code_of(returns: str, body: str = "unimplemented!()") -> str:
    return CORE.replace("RETURNS", returns).replace("BODY", body)


def reasons(returns: str, more: str = "") -> list[str]:
    (core,) = program_from({"src/lib.rs": code_of(returns) + more}).cores
    return [said for part, said in core.why_not if part == "batch"]


def test_a_batch_of_rows_is_named_with_what_it_gives() -> None:
    assert reasons("Result<Vec<Vec<f64>>, String>") == [
        "`swell_batch` gives `Result<Vec<Vec<f64>>, String>`, not a struct with `rows` and `cols`"
    ]


def test_a_batch_with_its_shape_is_not_explained() -> None:
    output = (
        "pub struct SwellBatchOutput { pub one: Vec<f64>, pub two: Vec<f64>, pub rows: usize,\n"
        "pub cols: usize }\n"
    )
    assert reasons("Result<SwellBatchOutput, String>", output) == []


BARE = {
    "a tuple": ("(Vec<f64>, Vec<f64>)", True),
    "a tuple that may fail": ("Result<(Vec<f64>, Vec<f64>), String>", True),
    "a tuple with its combinations": ("(Vec<f64>, Vec<f64>, Vec<SwellParams>)", True),
    "one vector of two": ("Vec<f64>", False),
    "vectors of another type": ("(Vec<f32>, Vec<f64>)", False),
    "more vectors": ("(Vec<f64>, Vec<f64>, Vec<f64>)", False),
}


@pytest.mark.parametrize("name", BARE)
def test_vectors_of_a_grid_are_one_for_each_output(name: str) -> None:
    returns, known = BARE[name]
    (core,) = program_from({"src/lib.rs": code_of(returns)}).cores
    assert (core.batch_bare is not None) == known
    assert bool([part for part, _ in core.why_not if part == "batch"]) != known


# --- what is bound -------------------------------------------------------------------------------

MANIFEST = """
[package]
name = "swells"
version = "0.1.0"
edition = "2021"

[dependencies]
pyo3 = "0.26"
numpy = "0.26"
"""
PLAIN = """
pub struct PlainParams { pub period: Option<usize> }
pub struct PlainInput<'a> { pub data: &'a [f64], pub params: PlainParams }
impl<'a> PlainInput<'a> {
    pub fn from_slice(data: &'a [f64], params: PlainParams) -> Self { Self { data, params } }
}
pub struct PlainOutput { pub values: Vec<f64> }
pub fn plain(input: &PlainInput) -> Result<PlainOutput, String> {
    Ok(PlainOutput { values: input.data.to_vec() })
}
pub struct PlainBatchRange { pub period: (usize, usize, usize) }
pub struct PlainBatchOutput {
    pub values: Vec<f64>,
    pub combos: Vec<PlainParams>,
    pub rows: usize,
    pub cols: usize,
}
pub fn plain_batch(data: &[f64], sweep: &PlainBatchRange) -> Result<PlainBatchOutput, String> {
    unimplemented!()
}

use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::exceptions::PyValueError;

#[pyfunction(name = "plain")]
#[pyo3(signature = (data, period=None))]
pub fn plain_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: Option<usize>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let input = PlainInput::from_slice(slice, PlainParams { period });
    let out = py.detach(|| plain(&input)).map_err(PyValueError::new_err)?;
    Ok(out.values.into_pyarray(py))
}

#[pyfunction(name = "plain_batch")]
pub fn plain_batch_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period_range: (usize, usize, usize),
) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<u64>>)> {
    let slice = data.as_slice()?;
    let sweep = PlainBatchRange { period: period_range };
    let out = py.detach(|| plain_batch(slice, &sweep)).map_err(PyValueError::new_err)?;
    let periods: Vec<u64> = out.combos.iter().map(|p| p.period.unwrap_or(1) as u64).collect();
    Ok((out.values.into_pyarray(py).reshape([out.rows, out.cols])?, periods.into_pyarray(py)))
}
"""
MODULE = """
pub mod plain;
pub mod swell;

#[pyo3::pymodule]
mod swells {
    #[pymodule_export]
    use crate::plain::{plain_batch_py, plain_py};
}
"""
GRID = """
fn expand_grid(sweep: &SwellBatchRange) -> Result<Vec<SwellParams>, String> {
    Ok((sweep.period.0..sweep.period.1).map(|p| SwellParams { period: Some(p) }).collect())
}
"""
TUPLE = "Result<(Vec<f64>, Vec<f64>), String>"
LISTS = "let _ = expand_grid(sweep)?;"


def swells(folder: Path, returns: str, body: str, more: str = GRID) -> Path:
    """A crate with a batch that gives bare vectors; its reference gives a tuple."""
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "bindcheck.toml").write_text('reference = "plain"\n')
    (folder / "src/lib.rs").write_text(MODULE)
    (folder / "src/plain.rs").write_text(PLAIN)
    (folder / "src/swell.rs").write_text(code_of(returns, body) + more)
    return folder


def made(folder: Path, name: str = "swell", mode: Mode = Mode.WRITE) -> dict[str, tuple[str, str]]:
    """State and detail of each piece of the indicator."""
    inputs, config = load(Options(paths=(folder / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=Replacing(False))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    return {
        plan.piece: (plan.state.value, plan.detail)
        for plan in result.plans
        if plan.indicator == name
    }


def region_of(folder: Path) -> str:
    path = folder / "src/swell.rs"
    found = {one.key: one.body for one in find_regions(path.read_text(), "swell.rs")}
    return packed(found["swell/batch"])


def test_rows_are_the_combinations_that_the_core_lists(tmp_path: Path) -> None:
    folder = swells(tmp_path, TUPLE, f"{LISTS} unimplemented!()")
    assert made(folder)["batch"][0] == "missing"
    text = region_of(folder)
    assert "letcombos=expand_grid(&sweep).map_err" in text
    assert "letshape=[combos.len(),data_slice.len()];" in text
    assert "Ok((output.0.into_pyarray(py).reshape(shape)?,output.1.into_pyarray(py)" in text
    assert made(folder)["batch"][0] == "current"


def test_rows_are_the_combinations_that_the_core_gives_back(tmp_path: Path) -> None:
    folder = swells(tmp_path, "(Vec<f64>, Vec<f64>, Vec<SwellParams>)", "unimplemented!()")
    assert made(folder)["batch"][0] == "missing"
    text = region_of(folder)
    assert "expand_grid" not in text
    assert "letshape=[output.2.len(),data_slice.len()];" in text
    assert "output.2.iter().map(|combo|" in text


LACKING = {
    "nothing lists": (TUPLE, "unimplemented!()", "", "no function turns `&SwellBatchRange` into"),
    "a list that is not the core's": (
        TUPLE,
        "unimplemented!()",
        GRID,
        "does not call `expand_grid`",
    ),
    "rows as vectors": ("Vec<Vec<f64>>", "unimplemented!()", GRID, "`swell_batch` gives"),
}


@pytest.mark.parametrize("name", LACKING)
def test_what_no_batch_is_made_of_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    returns, body, more, wanted = LACKING[name]
    state, detail = made(swells(tmp_path, returns, body, more))["batch"]
    assert state == "lacking"
    assert wanted in detail
    assert "src/swell.rs:" in detail


def test_vectors_without_names_are_in_no_dict(tmp_path: Path) -> None:
    folder = swells(tmp_path, TUPLE, f"{LISTS} unimplemented!()")
    plain = folder / "src/plain.rs"
    plain.write_text(PLAIN.partition('#[pyfunction(name = "plain_batch")]')[0])
    lib = folder / "src/lib.rs"
    lib.write_text(MODULE.replace("plain_batch_py, ", ""))
    state, detail = made(folder)["batch"]
    assert state == "lacking"
    assert detail.startswith("not known: a key for each matrix of `swell_batch`, which gives")


# --- what the audit says of it -------------------------------------------------------------------

ONLY = CORE.partition("pub fn swell_batch(")[0]
HELPED = {
    "a tuple": (code_of(TUPLE), "writes the binding, or says what it lacks"),
    "rows as vectors": (code_of("Vec<Vec<f64>>"), "writes the binding, or says what it lacks"),
    "no function at all": (ONLY, "has nothing to bind"),
}


@pytest.mark.parametrize("name", HELPED)
def test_help_promises_what_generating_does(name: str) -> None:
    code, wanted = HELPED[name]
    (finding,) = audit_source(code, (MissingBatch(),), select=("BC102",)).findings
    assert wanted in finding.help
