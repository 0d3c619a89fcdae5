"""A crate of two indicators, edits of it, and what the cache says of them beside a fresh audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bindcheck.cache import Cache
from bindcheck.config import Options
from bindcheck.fact import replace
from bindcheck.prepare import prepare_all
from bindcheck.recall import Recall, Recalled
from bindcheck.report import FORMATS, ReportOptions, Sources
from bindcheck.report.style import Style
from bindcheck.run import Run, audit_plan
from demo import MANIFEST

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


def shown(run: Run | Recalled) -> dict[str, str]:
    """The report of a run in several formats, as if it had taken no time."""
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
    """An edit that replaces the only place where a text stands."""

    def edit(root: Path) -> None:
        text = (root / name).read_text()
        assert text.count(old) == 1, old
        (root / name).write_text(text.replace(old, new))

    return edit


def both(*edits: Edit) -> Edit:
    """Several edits as one."""

    def edit(root: Path) -> None:
        for one in edits:
            one(root)

    return edit


def made(root: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a crate; where it is."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root
