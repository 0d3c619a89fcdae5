"""BC303: numbers that an object keeps, and that are too small for what a method does with them."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

#[derive(Default)]
struct Limits { limit: usize, step: usize }
struct Cutter { limits: Option<Limits>, marks: Vec<u8> }

fn pieces(data: &[f64], most: usize, step: usize) -> usize {
    assert!(step < most);
    data.len() / (most - step)
}
impl Cutter {
    fn keep(&mut self, limits: Option<Limits>) -> Result<(), String> {
        if let Some(limits) = &limits {
            CHECK
        }
        self.limits = limits;
        Ok(())
    }
    fn cut(&self, data: &[f64]) -> usize {
        let marks = self.marks.len();
        match &self.limits {
            Some(limits) => { TAKES }
            None => data.len(),
        }
    }
}
#[pyclass]
struct PyCutter { cutter: Cutter }
#[pymethods]
impl PyCutter {
    #[new]
    fn new() -> Self { Self { cutter: Cutter { limits: None, marks: Vec::new() } } }
    fn enable(&mut self, limit: usize, more: &Bound<'_, PyDict>) -> PyResult<()> {
        OWN
        let mut limits = Limits { limit, ..Default::default() };
        if let Some(step) = more.get_item("step")? {
            limits.step = step.extract()?;
        }
        self.cutter.keep(Some(limits)).map_err(PyValueError::new_err)
    }
    fn cut(&self, data: Vec<f64>) -> usize { self.cutter.cut(&data) }
}
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_class::<PyCutter>() }
"""
TAKES = "data.len().min(limits.limit - marks)"
ASSERTS = "pieces(data, data.len() / 2, limits.step)"


def said(takes: str, check: str = "", own: str = "") -> list[str]:
    code = CODE.replace("TAKES", takes).replace("CHECK", check).replace("OWN", own)
    found = audit_source(code, [PanicPath()]).findings
    return [f"{one.item}: {one.message}, {one.confidence}" for one in found]


def refused(when: str) -> str:
    return f'if {when} {{ return Err("too few".into()); }}'


def test_more_is_taken_from_a_kept_number_than_it_may_be() -> None:
    assert said(TAKES) == [
        "PyCutter::enable: this is kept as it is: `Cutter::cut` takes `marks` from it, which wraps "
        "if that is more (reached from `PyCutter::cut`), likely"
    ]


@pytest.mark.parametrize(
    ("takes", "check", "own"),
    [
        (f"if limits.limit < marks {{ 0 }} else {{ {TAKES} }}", "", ""),
        (TAKES, refused("limits.limit < self.marks.len()"), ""),
        (TAKES, "", 'if limit < 9 { return Err(PyValueError::new_err("few")); }'),
        ("data.len().min(limits.limit.saturating_sub(marks))", "", ""),
        ("let limits = Limits { limit: 9, step: marks }; limits.limit - marks", "", ""),
    ],
    ids=["asked there", "asked where it is kept", "asked first", "saturating", "another one"],
)
def test_numbers_that_somebody_looks_at_are_silent(takes: str, check: str, own: str) -> None:
    assert said(takes, check, own) == []


@pytest.mark.parametrize("check", ["", refused("limits.limit < limits.step")])
def test_an_assertion_refuses_what_the_check_has_let_pass(check: str) -> None:
    assert said(ASSERTS, check) == [
        "PyCutter::enable: this is kept as it is: `pieces` asserts `step < most` of it "
        "(reached from `PyCutter::cut`), likely"
    ]


@pytest.mark.parametrize(
    ("takes", "check"),
    [
        (ASSERTS, refused("limits.limit <= limits.step")),
        ("pieces(data, 9, marks)", ""),
        ("if limits.step < 4 { pieces(data, 4, 3) } else { 0 }", ""),
    ],
    ids=["refused as strictly", "no kept number", "not handed on"],
)
def test_an_assertion_that_the_check_covers_is_silent(takes: str, check: str) -> None:
    assert said(takes, check) == []
