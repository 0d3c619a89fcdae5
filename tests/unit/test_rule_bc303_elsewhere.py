"""BC303 does not vouch for conditions of another crate that are too long to be told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.audit import audit
from bindcheck.config import Options
from bindcheck.findings import Confidence
from bindcheck.load import load
from bindcheck.rules.bc303_panic_path import PanicPath

CORE = """
pub fn checked(values: &[f64]) -> f64 {
    let mut sum = 0.0;
    for value in values.iter() {
        assert!(*value < 0.0 || *value > 1_000_000.0 || (*value > 7.5 && *value < 7.75));
        sum += value;
    }
    sum
}

pub fn plain(values: &[f64]) -> f64 {
    let mut sum = 0.0;
    for value in values.iter() {
        assert!(*value < 0.0);
        sum += value;
    }
    sum
}

pub fn told(values: &[f64], period: usize) -> f64 {
    if period == 0 {
        panic!("no period");
    }
    values.iter().sum()
}
"""
BINDING = """
use core_grid::{checked, plain, told};
use pyo3::prelude::*;

fn doubled(values: Vec<f64>) -> Vec<f64> {
    values.iter().map(|value| value * 2.0).collect()
}

#[pyfunction]
fn of_one(values: Vec<f64>, period: usize) -> f64 {
    CALL
}
"""
HEAD = '[package]\nname = "{}"\nversion = "0.1.0"\nedition = "2021"\n'
BOUND = '[dependencies]\npyo3 = "0.25"\ncore_grid = { path = "../core" }\n'


@pytest.mark.parametrize(
    ("call", "confidence"),
    [
        ("told(&values, period)", [Confidence.LIKELY]),
        ("checked(&values)", [Confidence.SUSPECT]),
        ("plain(&doubled(values))", [Confidence.LIKELY]),
        ("checked(&doubled(values))", [Confidence.SUSPECT]),
    ],
)
def test_a_condition_that_another_crate_sees_to(
    tmp_path: Path, call: str, confidence: list[Confidence]
) -> None:
    files = {
        "core/Cargo.toml": HEAD.format("core_grid"),
        "core/src/lib.rs": CORE,
        "py/Cargo.toml": HEAD.format("grid") + BOUND,
        "py/src/lib.rs": BINDING.replace("CALL", call),
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    inputs, config = load(Options(paths=(tmp_path / "py",), select=("BC303", "ALL")))
    found = audit(inputs, config, [PanicPath()]).findings
    told = [(one.message, one.confidence) for one in found]
    assert [one for _, one in told] == confidence, told
