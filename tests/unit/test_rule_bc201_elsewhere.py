"""BC201: a call that another binding of the crate runs in a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.findings import Confidence
from bindcheck.load import load
from bindcheck.rules.bc201_gil_held import GilHeld
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use std::sync::RwLock;

pub struct Table { columns: Vec<Vec<f64>> }

impl Table {
    pub fn pack(&self, into: &mut Vec<u8>) -> Result<(), String> {
        for column in &self.columns {
            for x in column {
                into.extend(x.to_le_bytes());
            }
        }
        Ok(())
    }
    pub fn width(&self) -> usize { self.columns.len() }
}

fn released<T, F>(py: Python<'_>, work: F) -> T
where
    F: Send + FnOnce() -> T,
    T: Send,
{
    py.allow_threads(work)
}

trait Enter {
    fn enter<T: Send, F: Send + FnOnce() -> T>(self, work: F) -> T;
}

impl Enter for Python<'_> {
    fn enter<T: Send, F: Send + FnOnce() -> T>(self, work: F) -> T {
        self.allow_threads(|| work())
    }
}

#[pyclass]
struct PyTable { table: RwLock<Table> }

#[pymethods]
impl PyTable {
    fn store(&self, py: Python<'_>) -> PyResult<usize> {
        STORE
    }
    fn send(&self, py: Python<'_>) -> PyResult<usize> {
        SEND
    }
}
"""
HELD = """
        let mut bytes = Vec::new();
        self.table.read().unwrap().pack(&mut bytes).map_err(failed)?;
        Ok(bytes.len())
"""
RELEASED = """
        let mut bytes = Vec::new();
        CALL(|| self.table.read().unwrap().pack(&mut bytes)).map_err(failed)?;
        Ok(bytes.len())
"""
WIDTH = "Ok(self.table.read().unwrap().width())"


def reported(store: str, send: str) -> list[tuple[str, str]]:
    code = CODE.replace("STORE", store).replace("SEND", send)
    found = audit_source(code, [GilHeld()]).findings
    assert all(one.confidence is Confidence.LIKELY for one in found)
    return [(one.item, one.message) for one in found]


@pytest.mark.parametrize("call", ["py.allow_threads", "py.enter"])
def test_what_another_binding_releases_is_worth_a_release_here(call: str) -> None:
    assert reported(HELD, RELEASED.replace("CALL", call)) == [
        (
            "PyTable::store",
            "`pack` runs while the GIL is held; `PyTable::send` lets go for it",
        )
    ]


def test_a_function_of_the_crate_that_lets_go_is_a_release() -> None:
    send = RELEASED.replace("CALL(||", "released(py, ||")
    assert [item for item, _ in reported(HELD, send)] == ["PyTable::store"]


@pytest.mark.parametrize(
    ("store", "send"),
    [
        (HELD, HELD),
        (RELEASED.replace("CALL", "py.enter"), RELEASED.replace("CALL", "py.allow_threads")),
        (WIDTH, RELEASED.replace("CALL", "py.enter")),
    ],
    ids=["nobody lets go", "all let go", "another call"],
)
def test_silent(store: str, send: str) -> None:
    assert reported(store, send) == []


def test_only_what_a_release_is_about_counts() -> None:
    send = """
        let mut bytes = Vec::new();
        py.enter(|| {
            let table = self.table.read().unwrap();
            if table.width() > 0 {
                table.pack(&mut bytes)
            } else {
                Ok(())
            }
        })
        .map_err(failed)?;
        Ok(bytes.len())
"""
    assert reported(WIDTH, send) == []
    assert [item for item, _ in reported(HELD, send)] == ["PyTable::store"]


def test_one_branch_that_lets_go_has_decided_for_the_other() -> None:
    both = """
        let mut bytes = Vec::new();
        let table = self.table.read().unwrap();
        if table.width() > 9 {
            py.enter(|| table.pack(&mut bytes)).map_err(failed)?;
        } else {
            table.pack(&mut bytes).map_err(failed)?;
        }
        Ok(bytes.len())
"""
    assert reported(both, WIDTH) == []
    assert [item for item, _ in reported(both, RELEASED.replace("CALL", "py.enter"))] == [
        "PyTable::store"
    ]


CORE = """
pub struct Grid { pub rows: Vec<Vec<f64>> }

impl Grid {
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write_text(&mut out);
        out
    }
    pub fn write_text(&self, out: &mut String) {
        for row in &self.rows {
            out.push_str(&format!("{row:?}"));
        }
    }
}
"""
BINDING = """
use core_grid::Grid;
use pyo3::prelude::*;

#[pyclass]
struct PyGrid { grid: Grid }

#[pymethods]
impl PyGrid {
    fn text(&self, py: Python<'_>) -> String {
        py.allow_threads(|| self.grid.to_text())
    }
    fn written(&self) -> String {
        let mut out = String::new();
        self.grid.write_text(&mut out);
        out
    }
}
"""


def test_a_function_of_another_crate_that_only_hands_the_work_on(tmp_path: Path) -> None:
    head = '[package]\nname = "{}"\nversion = "0.1.0"\nedition = "2021"\n'
    bound = '[dependencies]\npyo3 = "0.25"\ncore_grid = { path = "../core" }\n'
    files = {
        "core/Cargo.toml": head.format("core_grid"),
        "core/src/lib.rs": CORE,
        "py/Cargo.toml": head.format("grid") + bound,
        "py/src/lib.rs": BINDING,
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    inputs, config = load(Options(paths=(tmp_path / "py",), select=("BC201",)))
    found = audit(inputs, config, [GilHeld()]).findings
    assert [(one.item, one.message) for one in found] == [
        (
            "PyGrid::written",
            "`write_text` runs while the GIL is held; `PyGrid::text` lets go for it",
        )
    ]
