"""BC303 knows what holds behind a branch that a macro of the crate leaves the function in."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """use pyo3::prelude::*;

macro_rules! fail {
    ($($tt:tt)+) => {
        LEAVES Err(format!($($tt)+))
    };
}

macro_rules! ensure {
    ($condition:expr, $($tt:tt)+) => {
        if !$condition {
            fail!($($tt)+);
        }
    };
}

fn chosen(names: &[String], flags: &[bool]) -> Result<bool, String> {
    ensure!(!names.is_empty(), "no name");
    ensure!(flags.len() == names.len(), "{} flags", flags.len());
    Ok(flags[0])
}

#[pyfunction]
fn first(names: Vec<String>, flags: Vec<bool>) -> bool {
    chosen(&names, &flags).unwrap_or(false)
}
"""


@pytest.mark.parametrize(
    ("leaves", "reported"), [("return", 0), ("let _: Result<(), String> =", 1)]
)
def test_a_macro_that_returns_ends_its_branch(leaves: str, reported: int) -> None:
    report = audit_source(CODE.replace("LEAVES", leaves), [PanicPath()])
    assert len(report.findings) == reported, report.findings
