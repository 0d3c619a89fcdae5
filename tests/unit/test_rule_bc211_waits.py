"""BC211: waits that no call says: items of iterators, files that objects name, flags."""

from __future__ import annotations

from pathlib import Path

import pytest

import bindcheck.load
from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.rules.bc211_blocking_while_attached import BlockingWhileAttached
from bindcheck.testing import audit_source

PULLED = """
use frames::Pieces;
use pyo3::prelude::*;
use std::sync::{Arc, Mutex};
USE

#[pyclass(frozen)]
struct Reader { pieces: Arc<Mutex<Pieces>> }
#[pymethods]
impl Reader {
    fn start(&self) { self.pieces.lock().unwrap().start(); }
    fn __next__(slf: PyRef<'_, Self>, py: Python<'_>) -> Option<usize> {
        let pieces = Arc::clone(&slf.pieces);
        TAKES
    }
}
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_class::<Reader>() }
"""
RELEASED = "py.detach(|| pieces.lock().unwrap().next())"


def said(code: str) -> dict[str, str]:
    found = audit_source(code, [BlockingWhileAttached()], pyo3="0.26.0").findings
    return {one.item.rpartition("::")[2]: one.message for one in found}


def pulled(takes: str, use: str = "") -> dict[str, str]:
    return said(PULLED.replace("TAKES", takes).replace("USE", use))


def test_who_lets_go_for_the_next_item_waits_for_it() -> None:
    assert pulled(RELEASED) == {
        "start": "`lock` waits for a lock while attached, and `Reader::__next__` waits (`next`) "
        "while it holds it"
    }


@pytest.mark.parametrize(
    ("takes", "use"),
    [
        ("py.detach(|| pieces.lock().unwrap().count())", ""),
        ("let _ = py; pieces.lock().unwrap().next()", ""),
        (RELEASED, "struct Pieces;"),
    ],
    ids=["only counts", "attached", "an iterator of the crate"],
)
def test_other_methods_and_other_iterators_do_not_wait(takes: str, use: str) -> None:
    assert pulled(takes, use) == {}


def test_iterators_of_the_standard_library_do_not_wait() -> None:
    code = PULLED.replace("use frames::Pieces;", "use std::env::Args as Pieces;")
    assert said(code.replace("TAKES", RELEASED).replace("USE", "")) == {}


MANIFEST = """
[package]
name = "demo"
version = "0.1.0"
[lib]
crate-type = ["cdylib"]
[dependencies]
pyo3 = "0.26"
words = { path = "../words" }
"""
MEMBER = """
pub struct Builder { files: Option<(String, String)>, words: Vec<String> }
impl Builder {
    pub fn new() -> Self { Builder { files: None, words: Vec::new() } }
    pub fn files(mut self, words: String, rules: String) -> Self {
        self.files = Some((words, rules));
        self
    }
    pub fn build(self) -> Result<usize, String> {
        BUILDS
    }
}
fn read(words: &str, rules: &str) -> Result<usize, String> {
    let text = std::fs::read_to_string(words).map_err(|e| e.to_string())?;
    Ok(text.len() + rules.len())
}
"""
BUILT = """
use pyo3::prelude::*;
use pyo3::exceptions::PyValueError;
use words::Builder;

fn with_builder(builder: Builder) -> PyResult<usize> {
    builder.build().map_err(PyValueError::new_err)
}
#[pyfunction]
fn load(py: Python<'_>, words: String, rules: String) -> PyResult<usize> {
    let builder = Builder::new().files(words, rules);
    LOADS
}
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_function(wrap_pyfunction!(load, m)?) }
"""
BUILDS = """
        if let Some((words, rules)) = self.files {
            return read(&words, &rules);
        }
        Ok(self.words.len())
"""


def built(folder: Path, builds: str, loads: str) -> list[tuple[str, str]]:
    """What is said of a crate whose builder is that of another one, which it names by its path."""
    files = {
        "demo/Cargo.toml": MANIFEST,
        "demo/src/lib.rs": BUILT.replace("LOADS", loads),
        "words/Cargo.toml": '[package]\nname = "words"\nversion = "0.1.0"\n',
        "words/src/lib.rs": MEMBER.replace("BUILDS", builds),
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    inputs, config = bindcheck.load.load(Options(paths=(folder / "demo",), select=("BC211",)))
    return [(one.item, one.message) for one in audit(inputs, config).findings]


def test_a_builder_opens_the_files_that_it_was_given(tmp_path: Path) -> None:
    assert built(tmp_path, BUILDS, "with_builder(builder)") == [
        ("with_builder", "`build` goes to a file while the GIL is held")
    ]


@pytest.mark.parametrize(
    ("builds", "loads"),
    [
        (BUILDS, "py.detach(|| with_builder(builder))"),
        ("Ok(self.words.len())", "with_builder(builder)"),
        ('read("words.txt", "rules.txt")', "with_builder(builder)"),
    ],
    ids=["released", "no file", "a file that the code names"],
)
def test_a_builder_without_files_or_in_a_release_is_silent(
    tmp_path: Path, builds: str, loads: str
) -> None:
    assert built(tmp_path, builds, loads) == []


FLAGS = """
use pyo3::prelude::*;
use std::sync::RwLock;

#[pyclass]
struct Series { data: RwLock<Vec<f64>> }
fn chunks(py: Python<'_>, data: &[f64], again: bool) -> Option<usize> {
    BRANCHES
}
fn view(py: Python<'_>, data: &[f64], again: bool) -> Option<usize> { chunks(py, data, again) }
#[pymethods]
impl Series {
    fn width(&self, py: Python<'_>) -> Option<usize> {
        view(py, &self.data.read().unwrap(), LITERAL)
    }
    fn clear(&self) { self.data.write().unwrap().clear(); }
}
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_class::<Series>() }
"""
MATCH = """
    match (data.len() > 1, again) {
        (true, false) => None,
        (true, true) => Some(py.detach(|| data.len())),
        (false, _) => Some(0),
    }
"""
IF = "if !again || data.is_empty() { None } else { Some(py.detach(|| data.len())) }"


def flagged(branches: str, literal: str) -> set[str]:
    return set(said(FLAGS.replace("BRANCHES", branches).replace("LITERAL", literal)))


@pytest.mark.parametrize("branches", [MATCH, IF], ids=["match", "if"])
def test_a_literal_rules_a_release_out(branches: str) -> None:
    assert flagged(branches, "false") == set()
    assert flagged(branches, "true") == {"clear", "width"}


def test_a_flag_that_is_another_one_later_rules_nothing_out() -> None:
    assert flagged("let again = !data.is_empty();" + IF, "false") == {"clear", "width"}
