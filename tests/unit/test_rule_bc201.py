"""Streams that go over all they have seen for each value."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc201_gil_held import GilHeld
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;

pub struct TideParams { pub period: Option<usize> }
pub struct TideInput<'a> { data: &'a [f64], params: TideParams }
impl<'a> TideInput<'a> {
    pub fn from_slice(data: &'a [f64], params: TideParams) -> Self { Self { data, params } }
}
pub struct TideOutput { pub values: Vec<f64> }
pub fn tide(input: &TideInput) -> Result<TideOutput, String> {
    Ok(TideOutput { values: input.data.to_vec() })
}
pub struct Inner { seen: Vec<f64>, period: usize }
impl Inner {
    pub fn feed(&mut self, value: f64) -> Option<f64> {
        self.seen.push(value);
        let input = TideInput::from_slice(&self.seen, TideParams { period: None });
        tide(&input).ok()?.values.last().copied()
    }
}
#[pyclass]
struct TideStreamPy { seen: Vec<f64>, inner: Inner, period: usize }
#[pymethods]
impl TideStreamPy {
    #[new]
    fn new(period: usize) -> Self {
        Self { seen: vec![], inner: Inner { seen: vec![], period }, period }
    }
    fn update(&mut self, value: f64) -> Option<f64> {
BODY
    }
}
"""
WHOLE = """\
        let input = TideInput::from_slice(&self.seen, TideParams { period: Some(self.period) });
        tide(&input).ok()?.values.last().copied()
"""


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (f"        self.seen.push(value);\n{WHOLE}", 1),
        (
            "        self.seen.push(value);\n"
            f"        if self.seen.len() > self.period {{ self.seen.remove(0); }}\n{WHOLE}",
            0,
        ),
        ("        self.inner.feed(value)\n", 1),
        ("        self.seen.push(value);\n        self.seen.last().copied()\n", 0),
    ],
)
def test_a_core_over_a_list_that_only_grows_is_work(body: str, count: int) -> None:
    findings = audit_source(CODE.replace("BODY", body), [GilHeld()]).findings
    assert [one.item for one in findings] == ["TideStreamPy::update"] * count
