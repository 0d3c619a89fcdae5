"""Functions that are called through a map or a list of pointers: any that is stored there."""

from __future__ import annotations

import pytest

from bindcheck.rules import RULE_BY_CODE
from bindcheck.testing import audit_source

HEAD = """
use std::collections::HashMap;
use pyo3::prelude::*;
use pyo3::types::PyDict;

type Operation = fn(Vec<f64>, &Bound<PyDict>) -> PyResult<Vec<f64>>;

fn scaled(data: Vec<f64>, options: &Bound<PyDict>) -> PyResult<Vec<f64>> {
    let factor = options.get_item("factor")?.map_or(Ok(1.0), |one| one.extract::<f64>())?;
    Ok(data.iter().map(|one| factor * one).collect())
}

fn added(data: Vec<f64>, options: &Bound<PyDict>) -> PyResult<Vec<f64>> {
    let other = options.get_item("other")?.unwrap().extract::<Vec<f64>>().unwrap();
    Ok(data.iter().zip(&other).map(|(a, b)| a + b).collect())
}

fn counted(data: &[f64]) -> usize {
    data.len()
}

#[pyclass]
struct Engine {
    known: STORE,
}

#[pymethods]
impl Engine {
    #[new]
    fn new() -> Self {
        MADE
    }

    fn run(&self, data: Vec<f64>, name: &str, options: &Bound<PyDict>) -> PyResult<Vec<f64>> {
        CALLED
    }
}
"""
STORE = "HashMap<&'static str, Operation>"
MADE = """\
let mut known: HashMap<&'static str, Operation> = HashMap::new();
        known.insert("scale", scaled as Operation);
        known.insert("add", added);
        Self { known }"""
CALLED = """\
match self.known.get(name) {
            Some(one) => one(data, options),
            None => Err(pyo3::exceptions::PyKeyError::new_err(name.to_string())),
        }"""
LISTED = (
    "Vec<Operation>",
    "Self { known: vec![scaled as Operation, added] }",
    "let one = self.known[0];\n        one(data, options)",
)


def found(code: str, rule: str, *, store: str = STORE, made: str = MADE) -> list[str]:
    code = HEAD.replace("STORE", store).replace("MADE", made).replace("CALLED", code)
    return [one.item for one in audit_source(code, [RULE_BY_CODE[rule]]).findings]


@pytest.mark.parametrize(
    ("rule", "items"),
    [
        ("BC201", ["Engine::run"]),
        ("BC204", ["added", "Engine::run"]),
        ("BC303", ["added"]),
    ],
)
def test_what_is_stored_in_a_map_is_followed(rule: str, items: list[str]) -> None:
    assert found(CALLED, rule) == items


def test_what_is_stored_in_a_list_is_followed() -> None:
    store, made, called = LISTED
    assert found(called, "BC204", store=store, made=made) == ["added", "Engine::run"]


def test_a_pointer_that_is_written_out_is_one_too() -> None:
    store = "HashMap<String, fn(Vec<f64>, &Bound<PyDict>) -> PyResult<Vec<f64>>>"
    made = MADE.replace("HashMap<&'static str, Operation>", store).replace(" as Operation", "")
    assert found(CALLED, "BC303", store=store, made=made) == ["added"]


@pytest.mark.parametrize(
    ("called", "store", "made"),
    [
        # Nothing is called.
        ("let _ = self.known.get(name);\n        Ok(data)", STORE, MADE),
        # What is stored is called with something else.
        ("Ok(data)", "HashMap<&'static str, fn(&[f64]) -> usize>", "Self { known: made() }"),
        # The one that panics is never stored.
        (CALLED, STORE, MADE.replace('known.insert("add", added);', "")),
    ],
)
def test_what_is_not_called_or_not_stored_is_silent(called: str, store: str, made: str) -> None:
    assert found(called, "BC303", store=store, made=made) == []


def test_a_list_that_an_unknown_function_gets_is_its_own() -> None:
    called = "match self.known.get(name) { Some(one) => one(data), None => Ok(Vec::new()) }"
    store = "HashMap<&'static str, Box<dyn Fn(Vec<f64>) -> PyResult<Vec<f64>>>>"
    assert found(called, "BC204", store=store, made="Self { known: made() }") == []


@pytest.mark.parametrize(
    ("pointer", "items"),
    [
        ("fn(Vec<f64>, &Bound<'_, PyDict>) -> PyResult<Vec<f64>>", ["added"]),
        ("for<'a> fn(data: Vec<f64>, &Bound<'a, types::PyDict>) -> PyResult<Vec<f64>>", ["added"]),
        ("fn(Vec<f32>, &Bound<PyDict>) -> PyResult<Vec<f64>>", []),
        ("fn(Vec<f64>, &Bound<PyDict>) -> PyResult<Vec<f32>>", []),
        ("fn(Vec<f64>) -> PyResult<Vec<f64>>", []),
    ],
)
def test_only_functions_of_the_type_may_be_stored(pointer: str, items: list[str]) -> None:
    store = f"HashMap<String, {pointer}>"
    made = MADE.replace("HashMap<&'static str, Operation>", store).replace(" as Operation", "")
    assert found(CALLED, "BC303", store=store, made=made) == items
