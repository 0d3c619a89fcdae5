"""Streams that go over all they have seen for each value."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
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


KINDS = """
use pyo3::prelude::*;

pub struct TideParams { pub period: Option<usize>, pub kind: Option<String> }
pub struct TideInput<'a> { data: &'a [f64], params: TideParams }
impl<'a> TideInput<'a> {
    pub fn from_slice(data: &'a [f64], params: TideParams) -> Self { Self { data, params } }
}
pub struct TideOutput { pub values: Vec<f64> }
pub fn tide(input: &TideInput) -> Result<TideOutput, String> {
    Ok(TideOutput { values: input.data.to_vec() })
}
pub struct TideStream { seen: Vec<f64>, kind: String, last: f64, params: TideParams }
impl TideStream {
    pub fn try_new(params: TideParams) -> Result<Self, String> {
        let kind = params.kind.as_deref().unwrap_or("plain").to_string();
        Ok(Self { seen: Vec::new(), kind: HELD, last: 0.0, params })
    }
    pub fn update(&mut self, value: f64) -> Option<f64> {
        if CONDITION {
            self.last = value;
            Some(value)
        } else {
            self.seen.push(value);
            let input = TideInput::from_slice(&self.seen, self.params.clone());
            tide(&input).ok()?.values.last().copied()
        }
    }
}
#[pyclass]
struct TideStreamPy { stream: TideStream }
#[pymethods]
impl TideStreamPy {
    #[new]
    fn new(period: usize, kind: String) -> PyResult<Self> {
        let params = TideParams { period: Some(period), kind: GIVEN };
        let stream = TideStream::try_new(params).map_err(PyValueError::new_err)?;
        Ok(Self { stream })
    }
    fn update(&mut self, value: f64) -> Option<f64> {
        self.stream.update(value)
    }
}
"""
FIXED = 'Some("plain".to_string())'
PLAIN = 'self.kind == "plain"'


@pytest.mark.parametrize(
    ("given", "held", "condition", "count"),
    [
        (FIXED, "kind.clone()", PLAIN, 0),
        (FIXED, "kind.clone()", f'{PLAIN} || self.kind == "ebb"', 0),
        (FIXED, "kind", '!(self.kind.as_str() != "plain")', 0),
        (FIXED, "kind.clone()", 'self.kind == "ebb"', 1),
        (FIXED, "kind.clone()", f"{PLAIN} && self.last > 0.0", 1),
        (FIXED, "other_of(&params)", PLAIN, 1),
        ("Some(kind)", "kind.clone()", PLAIN, 1),
    ],
)
def test_a_branch_that_the_constructor_rules_out_is_no_work(
    given: str, held: str, condition: str, count: int
) -> None:
    code = KINDS.replace("GIVEN", given).replace("HELD", held).replace("CONDITION", condition)
    findings = audit_source(code, [GilHeld()]).findings
    assert [one.item for one in findings] == ["TideStreamPy::update"] * count


def test_a_stream_that_recomputes_is_told_to_keep_its_state() -> None:
    code = CODE.replace("BODY", "        self.inner.feed(value)\n")
    [finding] = audit_source(code, [GilHeld()]).findings
    assert "keep the state" in finding.help
    assert "quadratic" in (finding.cost or "")
    assert finding.fix is None
    [other] = audit_source(GilHeld.bad[0].code, [GilHeld()]).findings
    assert "wrap it in" in other.help


WARM = """
use pyo3::prelude::*;
use rayon::prelude::*;

fn total() -> f64 {
    let waves: Vec<f64> = (0..1_000_000).map(|i| i as f64).collect();
    waves.par_iter().sum()
}

fn total_of(waves: &[f64]) -> f64 {
    if waves.len() > 4096 { waves.par_iter().sum() } else { waves.iter().sum() }
}

struct Table { sums: Vec<fn() -> f64> }
impl Table {
    fn new() -> Self { Self { sums: vec![total] } }
}
fn detached() -> f64 { Python::with_gil(|py| py.allow_threads(|| total())) }
fn started() { std::thread::spawn(|| total()); }

#[pyfunction]
fn run(py: Python<'_>) -> f64 {
BODY
}
"""


@pytest.mark.parametrize(
    ("body", "reported"),
    [
        ("total()", ["run"]),
        ("py.allow_threads(|| total())", []),
        ("total_of(&[1.0, 2.0])", []),
        ("Table::new().sums.len() as f64", []),
        ("detached()", []),
        ("started(); 1.0", []),
    ],
)
def test_a_parallel_section_that_is_run_attached_is_work(body: str, reported: list[str]) -> None:
    findings = audit_source(WARM.replace("BODY", body), [GilHeld()]).findings
    assert [one.item for one in findings] == reported
    assert all(one.confidence is Confidence.LIKELY for one in findings)
