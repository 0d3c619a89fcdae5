"""What is looked at again when the body of a binding has changed, and when that is not enough."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bindcheck import relook
from bindcheck.cache import Cache
from bindcheck.config import Options
from bindcheck.fact import replace
from bindcheck.prepare import prepare_all
from bindcheck.recall import Recall, Recalled
from bindcheck.report import FORMATS, ReportOptions, Sources
from bindcheck.report.style import Style
from bindcheck.run import Run, audit_plan

MANIFEST = """\
[package]
name = "demo"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.25"
numpy = "0.25"
"""
LIB = """\
use pyo3::prelude::*;

mod drift;
mod pulse;

use drift::drift_py;

#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(drift_py, m)?)?;
    m.add_function(wrap_pyfunction!(pulse::pulse_py, m)?)?;
    m.add_function(wrap_pyfunction!(pulse::twice_py, m)?)?;
    Ok(())
}
"""
INDICATOR = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

pub struct DriftInput<'a> {
    data: &'a [f64],
    params: DriftParams,
}

pub struct DriftParams {
    pub period: Option<usize>,
}

pub struct DriftOutput {
    pub values: Vec<f64>,
}

/// Differences over a period.
pub fn drift(input: &DriftInput) -> Result<DriftOutput, String> {
    let period = input.params.period.unwrap_or(3);
    if period == 0 {
        return Err("no period".to_string());
    }
    Ok(DriftOutput { values: drift_scalar(input.data, period) })
}

fn drift_scalar(data: &[f64], period: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; data.len()];
    for i in period..data.len() {
        out[i] = data[i] - data[i - period];
    }
    out
}

#[pyfunction(name = "drift")]
#[pyo3(signature = (data, period=None))]
pub fn drift_py<'py>(
    py: Python<'py>,
    data: PyReadonlyArray1<'py, f64>,
    period: Option<usize>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let slice = data.as_slice()?;
    let limit = 10;
    let input = DriftInput { data: slice, params: DriftParams { period } };
    let found = py
        .allow_threads(|| drift(&input))
        .map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(found.values.into_pyarray(py))
}
"""
OTHER = INDICATOR.replace("drift", "pulse").replace("Drift", "Pulse")
TWICE = """
#[pyfunction(name = "twice")]
fn twice_py(x: f64) -> f64 {
    let y = x + x;
    inner(y)
}

fn inner(y: f64) -> f64 {
    y
}
"""
FILES = {
    "Cargo.toml": MANIFEST,
    "src/lib.rs": LIB,
    "src/drift.rs": INDICATOR,
    "src/pulse.rs": OTHER + TWICE,
}
Edit = Callable[[Path], None]


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "crate"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def shown(run: Run | Recalled) -> dict[str, str]:
    report = replace(run.report, elapsed=0.0)
    look = ReportOptions(style=Style(), per_rule=None)
    return {
        kind: FORMATS[kind](report, Sources(run.sources), look)
        for kind in ("text", "json", "sarif")
    }


def compared(cache: Cache) -> bool:
    """Whether the cache answers; if so, as a fresh audit does. Else what is found is kept."""
    plan = prepare_all(Options())
    recall = Recall(cache, Options(), plan)
    found = recall.find()
    fresh = audit_plan(plan, Options())
    if found is None:
        recall.keep(fresh)
        return False
    assert shown(found) == shown(fresh)
    return True


def put(old: str, new: str, name: str = "src/drift.rs") -> Edit:
    def edit(root: Path) -> None:
        text = (root / name).read_text()
        assert text.count(old) == 1, old
        (root / name).write_text(text.replace(old, new))

    return edit


LIMIT = "    let limit = 10;\n"
ANSWERED = {
    "another number": put(LIMIT, "    let limit = 11;\n"),
    "a longer statement": put(LIMIT, "    let limit = (10 + 1)\n        * 2 - 3;\n"),
    "a statement more": put(LIMIT, LIMIT + "    let more = limit + 1;\n"),
    "a statement less": put(LIMIT, ""),
    "a statement more at the start": put(
        "    let slice = data", "    let first = 1;\n    let slice = data"
    ),
    "in a file with two": put("    let y = x + x;\n", "    let y = 2.0 * x;\n", "src/pulse.rs"),
}


@pytest.mark.parametrize("edit", ANSWERED.values(), ids=ANSWERED.keys())
def test_a_binding_that_rules_say_the_same_of_is_looked_at_alone(
    crate: Path, cache: Cache, edit: Edit
) -> None:
    compared(cache)
    edit(crate)
    assert compared(cache)


ANEW = {
    "what is found is another": put("data.as_slice()?;", "data.as_slice().unwrap();"),
    "a number of the caller may overflow": put(
        LIMIT, "    let limit = 20 - period.unwrap_or(1);\n"
    ),
    "an error loses its message": put(
        "|e| PyValueError::new_err(e.to_string())", "|_| PyValueError::new_err(1)"
    ),
    "another function is called": put(LIMIT, "    let limit = drift_scalar(slice, 1);\n"),
    "a function less is called": put("    inner(y)\n", "    y\n", "src/pulse.rs"),
    "a type of the crate is named": put(LIMIT, "    let limit = DriftOutput { values: vec![] };\n"),
    "Rust calls it as well": put(
        "fn inner(y: f64) -> f64 {\n    y\n",
        "fn inner(y: f64) -> f64 {\n    y + twice_py(1.0)\n",
        "src/pulse.rs",
    ),
    "its head is another": put("period: Option<usize>,\n) ->", "period: Option<u32>,\n) ->"),
    "it does not parse": put(LIMIT, "    let limit = = 10;\n"),
    "two files": lambda root: (
        [
            put(LIMIT, "    let limit = 1;\n", name)(root)
            for name in ("src/drift.rs", "src/pulse.rs")
        ]
        and None
    ),
}


@pytest.mark.parametrize("edit", ANEW.values(), ids=ANEW.keys())
def test_what_others_see_is_audited_anew(crate: Path, cache: Cache, edit: Edit) -> None:
    compared(cache)
    edit(crate)
    assert not compared(cache)


NAMES = """
fn smoothed(kind: &str, data: &[f64]) -> Result<Vec<f64>, String> {
    match kind {
        "mean" => Ok(data.to_vec()),
        _ => Err(format!("unknown kind: {kind}")),
    }
}

fn level_of(kind: &str, data: &[f64]) -> f64 {
    if let Ok(values) = smoothed(kind, data) { values.len() as f64 } else { f64::NAN }
}

#[pyfunction]
fn level_py(kind: &str) -> PyResult<f64> {
    let scale = 1.0;
    if kind != "mean" {
        return Err(PyValueError::new_err("unknown kind"));
    }
    Ok(scale * level_of(kind, &[1.0]))
}
"""


def test_a_check_is_a_matter_of_those_who_rely_on_it(crate: Path, cache: Cache) -> None:
    pulse = crate / "src/pulse.rs"
    pulse.write_text(pulse.read_text() + NAMES)
    compared(cache)
    put("scale = 1.0", "scale = 2.0", "src/pulse.rs")(crate)
    assert compared(cache)
    put('kind != "mean"', "scale > 9.0", "src/pulse.rs")(crate)
    assert not compared(cache)


def test_a_binding_that_rust_calls_is_no_matter_of_one_file(crate: Path, cache: Cache) -> None:
    ANEW["Rust calls it as well"](crate)
    compared(cache)
    ANSWERED["in a file with two"](crate)
    assert not compared(cache)


@pytest.mark.parametrize("damage", [lambda body: b"", lambda body: body[:-9], lambda body: b"x"])
def test_without_what_was_seen_everything_is_audited_anew(
    crate: Path, cache: Cache, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    compared(cache)
    (seen,) = (tmp_path / "cache").glob("seen-*")
    seen.write_bytes(damage(seen.read_bytes()))
    ANSWERED["another number"](crate)
    assert not compared(cache)


def test_what_was_seen_of_other_texts_is_not_used(
    crate: Path, cache: Cache, tmp_path: Path
) -> None:
    compared(cache)
    (seen,) = (tmp_path / "cache").glob("seen-*")
    kept = seen.read_bytes()
    ANEW["another function is called"](crate)
    compared(cache)
    seen.write_bytes(kept)
    put("    let limit = drift_scalar(slice, 1);\n", "    let limit = 3;\n")(crate)
    assert not compared(cache)


def test_only_the_changed_file_and_what_it_leads_to_is_read(
    crate: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared(cache)
    ANSWERED["another number"](crate)
    read: list[str] = []
    skim = relook.skim_module
    monkeypatch.setattr(
        relook, "skim_module", lambda path, text: read.append(path) or skim(path, text)
    )
    plan = prepare_all(Options())
    assert Recall(cache, Options(), plan).find() is not None
    assert "src/pulse.rs" not in read
