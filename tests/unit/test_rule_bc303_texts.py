"""BC303: texts of the caller that a helper makes something of, and takes to be right."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

KINDS = """
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use std::str::FromStr;

#[derive(PartialEq)]
pub enum Kind {
    All,
    First,
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_lowercase().as_str() {
            "all" => Ok(Kind::All),
            "first" => Ok(Kind::First),
            _ => Err(format!("no kind {text}")),
        }
    }
}

fn chosen(data: &[f64], kind: &str) -> f64 {
    let kind = MADE;
    if kind == Kind::All { data.iter().sum() } else { data[..1].iter().sum() }
}

fn passed_on(data: &[f64], kind: &str) -> f64 {
    chosen(data, kind)
}

#[pyfunction]
fn total(data: PyReadonlyArray1<'_, f64>, kind: &str) -> PyResult<f64> {
    let values = data.as_slice()?;
    Ok(CALLED)
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(total, m)?)?;
    Ok(())
}
"""
UNWRAPPED = 'Kind::from_str(kind).expect("no such kind")'


def found(made: str, called: str) -> list[tuple[str, Confidence]]:
    code = KINDS.replace("MADE", made).replace("CALLED", called)
    findings = audit_source(code, [PanicPath()]).findings
    return [(one.message, one.confidence) for one in findings if "no element" not in one.message]


@pytest.mark.parametrize(
    ("made", "called", "helper"),
    [
        (UNWRAPPED, "chosen(values, kind)", "chosen"),
        (UNWRAPPED, "passed_on(values, kind)", "passed_on"),
        ("kind.parse::<Kind>().unwrap()", "chosen(values, kind)", "chosen"),
    ],
)
def test_a_text_that_a_helper_unwraps_is_reported_at_the_call(
    made: str, called: str, helper: str
) -> None:
    said = [one for one in found(made, called) if one[0].startswith(f"`{helper}` panics")]
    assert len(said) == 1
    assert said[0][1] is not Confidence.SUSPECT


@pytest.mark.parametrize(
    ("made", "called"),
    [
        ("Kind::from_str(kind).unwrap_or(Kind::All)", "chosen(values, kind)"),
        (UNWRAPPED, 'chosen(values, "all")'),
    ],
    ids=["another value instead", "a text of the crate's own"],
)
def test_a_text_that_cannot_fail_is_none(made: str, called: str) -> None:
    assert not any("chosen` panics" in message for message, _ in found(made, called))
