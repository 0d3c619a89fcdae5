"""What processes find together is what one finds alone, and what is let go of can be read again."""

import os

import pytest

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.flow.evaluate import flow_of
from bindcheck.analysis.keeping.forgetting import forget
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.shared_calls import follow_calls
from bindcheck.checks import run_rules
from bindcheck.crew import Crew
from bindcheck.rules import RULES
from bindcheck.testing import program_from

LIB = """\
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use numpy::{PyArray1, PyReadonlyArray1};

mod steps;

#[pyfunction]
fn swept<'py>(py: Python<'py>, data: PyReadonlyArray1<'py, f64>, range: (f64, f64, f64))
    -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = data.as_slice()?;
    let periods = steps::expanded(range);
    let values = steps::averaged(data, periods.len());
    Ok(PyArray1::from_vec(py, values))
}

#[pyfunction]
fn weight(kind: &str) -> PyResult<f64> {
    steps::weight(kind).map_err(|_| PyValueError::new_err("no weight"))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(weight, m)?)?;
    m.add_function(wrap_pyfunction!(swept, m)?)
}
"""
STEPS = """\
pub fn expanded((start, end, step): (f64, f64, f64)) -> Vec<f64> {
    let mut found = Vec::new();
    let mut at = start;
    while at <= end {
        found.push(at);
        at += step;
    }
    found
}

pub fn averaged(data: &[f64], count: usize) -> Vec<f64> {
    data.iter().map(|one| one / count as f64).collect()
}

pub fn weight(kind: &str) -> Result<f64, String> {
    match kind {
        "even" => Ok(1.0),
        _ => Err(format!("no weight is called {kind}")),
    }
}
"""


def program() -> Program:
    return program_from({"src/lib.rs": LIB, "src/steps.rs": STEPS})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_processes_find_together_what_one_finds_alone() -> None:
    alone = run_rules(program(), RULES).found
    together, crew = program(), Crew(2)
    crew.fork(dict.fromkeys(together.modules, 1))
    try:
        found = run_rules(together, RULES, crew=crew).found
    finally:
        crew.leave()
    assert {"BC304", "BC310"} <= {one.finding.code for one in alone}
    assert found == alone


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_calls_are_known_and_asked_for_in_every_process() -> None:
    one, crew = program(), Crew(2)
    crew.fork(dict.fromkeys(one.modules, 1))
    starts = [entry.ref for entry in one.entries]
    try:
        follow_calls(one, crew, starts, lambda ref: True)
        names = {one.function(ref).name for ref in one.asked.bodies}
        handed = crew.hand_over(names)
    finally:
        crew.leave()
    assert all({"swept", "expanded", "averaged", "weight"} <= names for names in handed)


def test_what_was_let_go_of_is_read_again_as_a_whole() -> None:
    one = program()
    entry = next(entry for entry in one.entries if entry.python_name == "swept")
    body, anatomy = one.body(entry.ref), anatomy_of(one, entry.ref)
    events = flow_of(one).entry(entry)
    forget(one, entry.ref.path)
    again = anatomy_of(one, entry.ref)
    assert one.body(entry.ref) == body
    assert one.body(entry.ref) is not body
    assert again is not None
    assert again is not anatomy
    assert again.body is one.body(entry.ref)
    assert [call.place for call in flow_of(one).entry(entry).calls] == [
        call.place for call in events.calls
    ]
