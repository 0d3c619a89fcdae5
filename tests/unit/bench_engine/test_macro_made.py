"""Bindings that macros make are not measured: they are named, and never taken for unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.bench.cases import Axes
from bindcheck.bench.chosen import chosen
from bindcheck.bench.samples import Kind, Unmeasured
from bindcheck.bench.subjects import of_all
from bindcheck.cli.bench import load_crate
from bindcheck.errors import BindcheckError, NothingToDoError

MANIFEST = """[package]
name = "tides"
version = "0.1.0"
edition = "2021"

[dependencies]
pyo3 = "0.28"
numpy = "0.28"
"""

MACRO = """use numpy::*;
use pyo3::prelude::*;

macro_rules! bind {
    ($name:ident, $core:path) => {
        #[pyfunction]
        pub fn $name<'py>(
            py: Python<'py>, data: PyReadonlyArray1<'py, f64>,
        ) -> PyResult<Bound<'py, PyArray1<f64>>> {
            let data = data.as_slice()?;
            Ok(py.detach(|| $core(data)).into_pyarray(py))
        }
    };
}
pub fn ebb(data: &[f64]) -> Vec<f64> { data.to_vec() }
bind!(fallen, ebb);
bind!(risen, ebb);
#[cfg(feature = "none")]
bind!(gone, ebb);
"""
PLAIN = """
pub fn flow(data: &[f64]) -> Vec<f64> { data.to_vec() }

#[pyfunction(name = "flow")]
pub fn flow_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    Ok(py.detach(|| flow(data)).into_pyarray(py))
}
"""
CALLS = "bind! (src/lib.rs:16 and 1 more)"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def written(text: str):
        (tmp_path / "src").mkdir()
        (tmp_path / "Cargo.toml").write_text(MANIFEST)
        (tmp_path / "src/lib.rs").write_text(text)
        monkeypatch.chdir(tmp_path)
        return load_crate(None, None, None).inputs.program

    return written


def test_calls_of_macros_are_named_beside_what_is_measured(write) -> None:
    program = write(MACRO + PLAIN)
    found = of_all(program, Axes(kinds=(Kind.SINGLE,), sizes=(10,)))
    assert [one.case.name for one in found.subjects] == ["flow/single/10"]
    assert found.unmeasured == (Unmeasured(CALLS, "not read: made by a macro"),)


def test_a_name_in_a_call_of_a_macro_is_told_as_what_it_is(write) -> None:
    program = write(MACRO + PLAIN)
    told = r"src/lib.rs:17: 'risen' stands in `bind!`, which is not read \(made by a macro\)"
    with pytest.raises(NothingToDoError) as raised:
        chosen(program, ["risen"])
    raised.match(told)
    with pytest.raises(BindcheckError, match="no indicator with a binding is called 'rise'"):
        chosen(program, ["rise"])


def test_a_crate_whose_bindings_are_all_made_by_macros_says_so(write) -> None:
    program = write(MACRO)
    told = r"has a binding that could be timed: bind! \(.*\) is not read: made by a macro$"
    with pytest.raises(NothingToDoError, match=told):
        of_all(program, Axes(sizes=(10,)))
