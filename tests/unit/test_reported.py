"""Which findings belong into the report of a run over some of the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bindcheck.load import Inputs
from bindcheck.reported import Reported
from bindcheck.testing import crate_of, program_from

LIB = """\
use pyo3::prelude::*;

mod work;

#[pyfunction]
fn doubled(value: f64) -> f64 {
    2.0 * value
}
"""
WORK = LIB.replace("mod work;\n\n", "").replace("doubled", "halved").replace("2.0", "0.5")


@pytest.fixture
def run_over() -> Callable[..., Reported]:
    """A run over the files that lie at or below the named paths."""

    def make(*paths: str) -> Reported:
        program = program_from({"src/lib.rs": LIB, "src/work.rs": WORK})
        program.reported = lambda path: any(Path(path).is_relative_to(one) for one in paths)
        crate = replace(crate_of(), root=Path.cwd(), lib_path=Path.cwd() / "src/lib.rs")
        return Reported(Inputs(program, crate, {}, ()))

    return make


def test_a_rust_file_counts_itself(run_over: Callable[..., Reported]) -> None:
    run = run_over("src/work.rs")
    assert run.shows("src/work.rs", "halved")
    assert not run.shows("src/lib.rs", "halved")


def test_a_manifest_is_always_shown_but_covered_by_the_whole_crate_only(
    run_over: Callable[..., Reported],
) -> None:
    assert run_over("src/work.rs").shows("Cargo.toml", "pyo3")
    assert not run_over("src/work.rs").covers("Cargo.toml", "pyo3")
    assert run_over("src").covers("Cargo.toml", "pyo3")
    assert run_over("Cargo.toml").covers("Cargo.toml", "pyo3")


@pytest.mark.parametrize("path", ["python/example.pyi", "tests/test_work.py"])
def test_a_stub_or_test_counts_where_its_function_does(
    run_over: Callable[..., Reported], path: str
) -> None:
    run = run_over("src/work.rs")
    assert run.shows(path, "halved")
    assert run.shows(path, "renamed", subject="src/work.rs")
    assert not run.shows(path, "doubled")
    assert not run.shows(path, "in_no_source")
    assert run_over("src").shows(path, "in_no_source")
    assert run_over(path).shows(path, "doubled")
