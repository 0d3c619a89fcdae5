"""Functions beside a bound one: helpers to `--all`, unless somebody names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.cli import main

MANIFEST = """\
[package]
name = "mini"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.29.0"
numpy = "0.29.0"
"""
LIB = """\
pub mod stats;
use pyo3::prelude::*;
#[pymodule]
mod mini {
    #[pymodule_export]
    use super::stats::twice_py;
}
"""
STATS = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

pub fn twice(values: &[f64]) -> Vec<f64> {
    values.iter().map(|v| v * 2.0).collect()
}

pub fn largest(values: &[TYPE]) -> Vec<TYPE> {
    values.to_vec()
}

pub fn eighth(values: &[f64]) -> Vec<f64> {
    halved(values)
}

fn halved(values: &[f64]) -> Vec<f64> {
    values.to_vec()
}

#[pyfunction]
#[pyo3(name = "twice")]
pub fn twice_py<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = values.as_slice()?;
    let out = py.detach(|| twice(slice));
    Ok(out.into_pyarray(py))
}
"""


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/conftest.py").write_text("")
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src/lib.rs").write_text(LIB)
    (tmp_path / "src/stats.rs").write_text(STATS.replace("TYPE", "f64"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_is_said_that_a_function_counts_as_a_helper(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (crate / "src/stats.rs").read_text()
    assert main(["generate", "--all"]) == 0
    err = capsys.readouterr().err
    for name, line in (("largest", 8), ("eighth", 12)):
        assert (
            f"src/stats.rs:{line}: no binding of `{name}`: beside what is bound it counts as a "
            f"helper; `generate {name}` says that it is none" in err
        )
    assert "halved" not in err
    assert (crate / "src/stats.rs").read_text() == before


def test_a_function_that_is_named_gets_its_binding(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "largest"]) == 0
    assert "pub fn largest_py<'py>(" in (crate / "src/stats.rs").read_text()
    assert "largest_py" in (crate / "src/lib.rs").read_text()
    assert main(["generate", "--check"]) == 0
    capsys.readouterr()
    assert main(["generate", "--all"]) == 0
    assert "no binding of `largest`" not in capsys.readouterr().err


def test_a_private_function_is_none_by_any_name(crate: Path) -> None:
    before = (crate / "src/stats.rs").read_text()
    assert main(["generate", "halved"]) != 0
    assert (crate / "src/stats.rs").read_text() == before


@pytest.mark.parametrize(("element", "near"), [("f64", "1e-9"), ("f32", "1e-5")])
def test_numbers_are_compared_as_exactly_as_their_type_is(
    crate: Path, element: str, near: str
) -> None:
    (crate / "src/stats.rs").write_text(STATS.replace("TYPE", element))
    assert main(["generate", "largest"]) == 0
    text = (crate / "tests/test_largest_binding.py").read_text()
    assert f"rtol={near}, atol={near}, equal_nan=True" in text
