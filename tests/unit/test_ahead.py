"""Python tests that another process reads ahead say what they say when they are read here."""

from pathlib import Path

import pytest

import bindcheck.ahead
from bindcheck.ahead import no_tests, read_tests_ahead
from bindcheck.config import Options
from bindcheck.crew import Crew
from bindcheck.prepare import Plan, prepare_all
from bindcheck.python_side.finding import python_side
from bindcheck.python_side.side import PythonSide
from bindcheck.run import audit_plan

CRATE = {
    "Cargo.toml": """\
[package]
name = "example"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.25"
""",
    "src/lib.rs": """\
use pyo3::prelude::*;

#[pyfunction]
fn scaled(x: f64) -> f64 {
    x * 2.0
}

#[pyfunction]
fn halved(x: f64) -> f64 {
    x / 2.0
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(scaled, m)?)?;
    m.add_function(wrap_pyfunction!(halved, m)?)?;
    Ok(())
}
""",
    "tests/test_scaled.py": "import example\n\n\ndef test_it():\n    assert example.scaled(1.0)\n",
    "tests/test_broken.py": "import example\n\ndef test_it(:\n",
}
OPTIONS = Options(paths=(Path(),))


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    for path, text in CRATE.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Crew, "of_machine", lambda: Crew(2))
    monkeypatch.setattr(bindcheck.ahead, "_WORTH_A_PROCESS", 1)
    return prepare_all(OPTIONS)


def test_the_facts_are_those_of_this_process(plan: Plan) -> None:
    crate = plan.crates[0].crate
    assert crate is not None
    side = python_side(crate, {})
    known = read_tests_ahead(plan)()
    assert list(known) == ["tests/test_broken.py", "tests/test_scaled.py"]
    for path, facts in known.items():
        assert repr(facts) == repr(side.read(path))


def test_what_was_read_ahead_is_not_read_again(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    here = audit_plan(plan, OPTIONS).report
    tests = read_tests_ahead(plan)
    monkeypatch.setattr(PythonSide, "read", lambda side, path, module="": 1 // 0)
    ahead = audit_plan(plan, OPTIONS, tests=tests).report
    assert ahead.findings == here.findings
    assert ahead.findings


def test_what_is_small_is_not_read_ahead(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindcheck.ahead, "_WORTH_A_PROCESS", 10_000)
    assert read_tests_ahead(plan) is no_tests
    assert not no_tests()
