"""What is said of a panic: one finding for a cause, its condition, and how bad it is."""

from __future__ import annotations

import pytest

from bindcheck.findings import Severity
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

PRICED = """
use pyo3::prelude::*;

fn price(spot: f64, vol: f64) -> f64 {
    if spot <= 0.0 || vol < 0.0 {
        panic!("out of range");
    }
    spot * vol
}

fn value(spot: f64, vol: f64) -> f64 {
    if spot <= 0.0 || vol < 0.0 {
        panic!("out of range");
    }
    spot + vol
}

fn rise(spot: f64, vol: f64) -> f64 {
    let step = 0.01 * spot;
    price(spot + step, vol) - price(spot - step, vol)
}

fn slope(spot: f64, vol: f64) -> f64 {
    price(spot, vol + 0.01) - price(spot, vol - 0.01)
}

fn later(spot: f64, vol: f64) -> f64 {
    if vol <= 0.01 {
        return 0.0;
    }
    price(spot, vol - 0.01)
}

#[pyfunction]
fn told(spot: f64, vol: f64, other: f64) -> f64 {
    BODY
}
"""
LOWERED = "less than this value is looked at"


@pytest.mark.parametrize(
    ("body", "helpers"),
    [
        ("price(spot, vol) + value(spot, vol)", ["price"]),
        ("if other > 0.0 { price(spot, vol) } else { value(spot, vol) }", ["price"]),
        ("price(spot, vol) + value(other, vol)", ["price", "value"]),
        ("price(spot, vol) + rise(spot, vol) + later(spot, vol)", ["price"]),
        ("price(spot, vol) + slope(spot, vol)", ["price", "slope"]),
    ],
)
def test_one_check_that_is_missing_is_one_finding(body: str, helpers: list[str]) -> None:
    found = audit_source(PRICED.replace("BODY", body), [PanicPath()]).findings
    assert [one.message.split("`")[1] for one in found] == helpers
    assert all("where `spot <= 0.0 || vol < 0.0`" in one.message for one in found)
    assert [LOWERED in one.help for one in found] == [name == "slope" for name in helpers]


ASSERTS = """
use pyo3::prelude::*;

fn prefix(cells: &mut [f64], warm: usize, cols: usize) {
    assert!(warm <= cols, "the warm-up is longer than a row");
    cells[0] = warm as f64;
}

#[pyfunction]
fn filled(period: usize) -> f64 {
    let mut cells = vec![0.0; 64];
    prefix(&mut cells, period, 64);
    cells[0]
}
"""


def test_an_assertion_of_a_helper_is_named_with_the_value_it_gets() -> None:
    messages = [one.message for one in audit_source(ASSERTS, [PanicPath()]).findings]
    asserted = "`prefix` panics: `warm <= cols` has to hold, which depends on `period`"
    assert messages == [asserted]


def test_numbers_that_an_assertion_does_not_look_at_are_not_named() -> None:
    code = ASSERTS.replace("cols: usize", "cols: usize, gap: f64").replace("64);", "64, gap);")
    code = code.replace("period: usize", "period: usize, gap: f64")
    messages = [one.message for one in audit_source(code, [PanicPath()]).findings]
    assert messages == [
        "`prefix` panics: `warm <= cols` has to hold, which depends on `period`",
    ]


WRAPS = """
use pyo3::prelude::*;

#[pyfunction]
fn cells_of(period: usize) -> usize {
    let warm = 8 + period - 9;
    USED
}
"""


@pytest.mark.parametrize(
    ("used", "profile", "severity"),
    [
        ("warm.min(64)", "", Severity.WARNING),
        ("warm + 1", "", Severity.ERROR),
        ("warm.min(64)", "\n[profile.release]\noverflow-checks = true\n", Severity.ERROR),
        ("warm.min(64)", "\n[profile.dev]\noverflow-checks = true\n", Severity.WARNING),
    ],
)
def test_a_difference_that_is_bounded_afterwards_is_a_warning(
    used: str, profile: str, severity: Severity
) -> None:
    manifest = '[package]\nname = "example"\n[dependencies]\npyo3 = "0.25.0"\n' + profile
    code = WRAPS.replace("USED", used)
    [one] = audit_source(code, [PanicPath()], files={"Cargo.toml": manifest}).findings
    assert (one.severity, "wraps" in one.message) == (severity, True)


OPERATORS = """
use pyo3::prelude::*;
use std::sync::RwLock;

#[pyclass]
pub struct Held {
    column: RwLock<frames::Column>,
}

#[pymethods]
impl Held {
    fn rest(&self, other: u8) -> u64 {
        frames::count(&*self.column.read().unwrap() % other)
    }

    fn less(&self, other: u8) -> u64 {
        frames::count(&*self.column.read().unwrap() - other)
    }

    fn plain(&self, number: u32, other: u32) -> u32 {
        &number % other
    }
}
"""


def test_what_is_no_number_is_counted_with_by_rules_of_its_own() -> None:
    findings = audit_source(OPERATORS, [PanicPath()]).findings
    told = [one.item for one in findings if "for 0" in one.message or "wraps" in one.message]
    assert told == ["Held::plain"]
