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

pub fn settled(values: &[f64], complete: bool) -> f64 {
    let left = values.len() % 2;
    if left == 1 {
        assert!(complete);
    }
    values.iter().sum()
}
"""
BINDING = """
use core_grid::{checked, plain, settled, told};
use pyo3::prelude::*;

fn doubled(values: Vec<f64>) -> Vec<f64> {
    values.iter().map(|value| value * 2.0).collect()
}

#[pyfunction]
fn of_one(values: Vec<f64>, period: usize, complete: bool) -> f64 {
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
        ("settled(&values, complete)", []),
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


INVARIANTS = """
pub struct Table {
    pub rows: Vec<f64>,
}

fn taken(prices: &[f64], at: usize) -> f64 {
    if prices.len() == 1 {
        prices[0]
    } else {
        prices[at]
    }
}

fn price(price: f64, other: f64) -> f64 {
    if price <= 0.0 {
        panic!("a price of {price}");
    }
    price + other
}

pub enum Kind {
    Whole,
    Part(usize),
}

impl Kind {
    pub fn of(size: usize) -> Self {
        if size < 4 {
            return Kind::Whole;
        }
        Kind::Part(size)
    }
}

impl Table {
    fn parts(&self, size: usize) -> Vec<Vec<f64>> {
        self.rows.chunks(size.max(1)).map(|one| one.to_vec()).collect()
    }

    pub fn widest(&self, size: usize) -> usize {
        let parts = self.parts(size);
        assert!(parts.len() <= self.rows.len());
        parts.len()
    }

    pub fn cell(&self, at: usize) -> f64 {
        assert!(at < self.rows.len());
        self.rows.iter().sum()
    }

    pub fn cell_of(&self, at: usize) -> f64 {
        self.cell(at)
    }

    pub fn first(&self, at: usize) -> f64 {
        let parts = self.parts(at);
        if parts.is_empty() {
            return 0.0;
        }
        self.cell(parts.len() - 1)
    }

    pub fn scaled(&self, size: usize, whole: bool) -> f64 {
        for one in self.parts(size) {
            if whole && one.len() == 1 {
                panic!("too few");
            }
        }
        0.0
    }

    pub fn chosen(&self, size: usize) -> f64 {
        self.scaled(size, false)
    }

    pub fn kind(&self, kind: Kind) -> usize {
        match kind {
            Kind::Part(size) => {
                assert!(size > 3);
                size
            }
            Kind::Whole => 0,
        }
    }

    pub fn number(&self, size: Option<usize>) -> usize {
        match size {
            Some(size) => {
                assert!(size > 3);
                size
            }
            None => 0,
        }
    }

    pub fn priced(&self, prices: &[f64]) -> f64 {
        (0..prices.len()).map(|i| price(prices[i], taken(prices, i))).sum()
    }

    pub fn priced_by(&self, prices: &[f64]) -> f64 {
        (0..prices.len()).map(|i| price(taken(prices, i), 1.0)).sum()
    }

    pub fn gated(&self, size: usize) -> usize {
        #[cfg(feature = "checks")]
        assert!(size > 3);
        size
    }
}
"""
ON_TABLE = """
use core_grid::{Kind, Table};
use pyo3::prelude::*;

#[pyfunction]
fn of_one(values: Vec<f64>, other: Vec<f64>, at: usize, whole: bool) -> f64 {
    let table = Table { rows: values };
    CALL as f64
}
"""


def _found(root: Path, call: str, features: str = "") -> list[tuple[str, Confidence]]:
    own = '[features]\ndefault = ["checks"]\nchecks = []\n'
    files = {
        "core/Cargo.toml": HEAD.format("core_grid") + "[features]\nchecks = []\n",
        "core/src/lib.rs": INVARIANTS,
        "py/Cargo.toml": HEAD.format("grid")
        + own
        + f'[dependencies]\npyo3 = "0.25"\ncore_grid = {{ path = "../core"{features} }}\n',
        "py/src/lib.rs": ON_TABLE.replace("CALL", call),
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    inputs, config = load(Options(paths=(root / "py",), select=("BC303", "ALL")))
    return [
        (one.message.partition("`:")[0], one.confidence)
        for one in audit(inputs, config, [PanicPath()]).findings
    ]


@pytest.mark.parametrize(
    ("call", "confidence"),
    [
        ("table.cell(at)", [Confidence.LIKELY]),
        ("table.cell_of(at)", [Confidence.LIKELY]),
        ("table.first(at)", []),
        ("table.widest(at)", []),
        ("table.scaled(at, whole)", [Confidence.LIKELY]),
        ("table.scaled(at, false)", []),
        ("table.chosen(at)", []),
        ("table.kind(Kind::of(at))", []),
        ("table.number(Some(at))", [Confidence.LIKELY]),
        ("table.priced(&other)", [Confidence.LIKELY]),
        ("table.priced_by(&other)", [Confidence.LIKELY]),
    ],
)
def test_what_another_crate_asks_of_its_own_values(
    tmp_path: Path, call: str, confidence: list[Confidence]
) -> None:
    found = _found(tmp_path, call)
    assert [one for _, one in found] == confidence, found


@pytest.mark.parametrize(("features", "count"), [("", 0), (', features = ["checks"]', 1)])
def test_another_crate_is_compiled_with_its_own_features(
    tmp_path: Path, features: str, count: int
) -> None:
    assert len(_found(tmp_path, "table.gated(at)", features)) == count
