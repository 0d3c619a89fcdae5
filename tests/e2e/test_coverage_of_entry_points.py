"""A crate of a workspace that binds in every way: the audit sees what an independent count sees."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main

COUNT = Path(__file__).parents[2] / "benchmarks/count_entry_points.py"

FILES = {
    "Cargo.toml": """\
[workspace]
members = ["binding", "core"]
resolver = "2"

[workspace.dependencies]
pyo3 = "0.28"
core-lib = { path = "core" }
""",
    "core/Cargo.toml": '[package]\nname = "core-lib"\nversion = "0.1.0"\nedition = "2021"\n',
    "core/src/lib.rs": """\
#[macro_export]
macro_rules! bind {
    ($name:ident) => {
        #[pyfunction]
        fn $name(value: f64) -> f64 { value }
    };
}
pub fn twice(value: f64) -> f64 { 2.0 * value }
""",
    "binding/Cargo.toml": """\
[package]
name = "binding"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[features]
extra = []

[dependencies]
pyo3 = { workspace = true }
core-lib = { workspace = true }
""",
    "binding/src/lib.rs": """\
//! `#[pyfunction]` in words is none.
use core_lib::bind;
use pyo3::prelude::*;

#[path = "elsewhere/functions.rs"]
mod functions;
mod classes;
#[cfg(feature = "extra")]
mod extra;

bind!(made);

#[pymodule]
fn binding(m: &Bound<'_, PyModule>) -> PyResult<()> {
    #[pyfn(m)]
    fn nested(value: f64) -> f64 { core_lib::twice(value) }
    #[pyclass]
    struct Local;
    #[pymethods]
    impl Local {
        fn unseen(&self) {}
    }
    m.add_class::<Local>()?;
    m.add_class::<classes::Gain>()?;
    m.add_function(wrap_pyfunction!(functions::free, m)?)?;
    m.add_function(wrap_pyfunction!(made, m)?)
}

#[pymodule]
mod second {
    use pyo3::prelude::*;
    #[pyfunction]
    fn inline() {}
}

#[cfg(test)]
mod tests {
    #[pyfunction]
    fn only_in_tests() {}
}
""",
    "binding/src/elsewhere/functions.rs": """\
use pyo3::prelude::*;
mod beside;
/* #[pyfunction] fn no() {} */
#[pyfunction]
#[pyo3(signature = (text = "#[pyfunction] fn no() {}"))]
pub fn free(text: &str) -> usize { text.len() }
""",
    "binding/src/elsewhere/beside.rs": """\
macro_rules! pair { ($a:ident, $b:ident) => { core_lib::bind!($a); core_lib::bind!($b); }; }
pair!(one, two);
""",
    "binding/src/classes.rs": """\
use pyo3::prelude::*;
#[pyclass]
pub struct Gain;
#[pymethods]
impl Gain {
    #[new]
    fn new() -> Self { Gain }
    fn apply(&self, value: f64) -> f64 {
        fn helper(value: f64) -> f64 { value }
        helper(value)
    }
    #[cfg(feature = "extra")]
    fn more(&self) {}
}
impl Gain {
    fn hidden(&self) {}
}
""",
    "binding/src/extra.rs": "#[pyo3::pyfunction]\npub fn extra() {}\n",
    "binding/src/stray.rs": "#[pyo3::pyfunction]\npub fn stray() {}\n",
}


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_entry_point_is_seen_or_listed_with_its_reason(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["audit", ".", "--output-format", "json", "--exit-zero"])
    report = json.loads(capsys.readouterr().out)
    assert report["crate"]["pyo3"] == "0.28.0"
    coverage = report["summary"]
    assert coverage["entry_points"] == len(["nested", "inline", "free", "new", "apply"])
    assert coverage["other_configuration"] == len(["more", "extra"])
    assert coverage["not_in_crate"] == ["binding/src/stray.rs"]
    inside = "inside a body, not followed"
    assert [(one["item"], one["path"], one["reason"]) for one in report["unanalysed"]] == [
        ("pair!", "binding/src/elsewhere/beside.rs", "made by a macro"),
        ("bind!", "binding/src/lib.rs", "made by a macro"),
        ("struct Local", "binding/src/lib.rs", inside),
        ("impl Local", "binding/src/lib.rs", inside),
    ]


def count(folder: Path) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, str(COUNT), ".", "--manifest-path", "binding/Cargo.toml")
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_an_independent_count_finds_the_same(workspace: Path) -> None:
    done = count(workspace)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "audit: 5 entry points audited, 2 not in this configuration, 4 places not analysed",
        "count: 8 entry points, 2 macro calls (>= 3 more)",
        "not counted: binding/src/stray.rs: 1 (no mod reaches it)",
        "no differences",
    ]
    assert done.returncode == 0


def test_the_comparison_tells_what_only_one_of_both_has() -> None:
    compared = runpy.run_path(str(COUNT))["compared"]
    counted, audited = {("a.rs", 1), ("a.rs", 2), ("other.rs", 3)}, {("a.rs", 2), ("a.rs", 4)}
    assert compared("entry point", counted, audited, {"a.rs"}) == [
        "a.rs:1: entry point counted, not audited",
        "a.rs:4: entry point audited, not counted",
    ]
