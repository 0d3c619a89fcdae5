"""BC204: copies behind an attempt to take the object as an array of numbers."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc204_copied_argument import CopiedArgument
from bindcheck.testing import audit_source

CODE = """
use numpy::*;
use pyo3::prelude::*;

#[pyfunction]
fn taken(value: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    FIRST
    if let Ok(array) = value.downcast::<PyArray1<f64>>() {
        return Ok(array.readonly().as_array().to_vec());
    }
    let list = value.call_method0("tolist")?;
    let flags = list.extract::<Vec<bool>>()?;
    Ok(vec![flags.len() as f64])
}
"""
TO_VEC = "if let Ok(array) = value.downcast"


def copies(first: str) -> list[str]:
    found = audit_source(CODE.replace("FIRST", first), [CopiedArgument()]).findings
    return [one.message.split("`")[1] for one in found]


@pytest.mark.parametrize(
    ("first", "silent"),
    [
        ("", False),
        ("if let Ok(list) = value.extract::<Vec<f64>>() { return Ok(list); }", True),
        ("if let Ok(array) = value.extract::<PyArray>() { return Ok(array.values()); }", True),
        ("if let Ok(array) = other.extract::<PyArray>() { return Ok(array.values()); }", False),
        ("if let Ok(array) = value.extract::<PyArray>() { note(array); }", False),
        ("if let Ok(one) = value.extract::<f64>() { return Ok(vec![one]); }", False),
    ],
)
def test_what_was_tried_before_gets_no_array_of_numbers(first: str, silent: bool) -> None:
    assert ("to_vec" not in copies(first)) is silent


@pytest.mark.parametrize(("kind", "size"), [("bool", 8), ("f64", 32)])
def test_a_list_of_truth_values_costs_pointers(kind: str, size: int) -> None:
    code = CODE.replace("FIRST", "").replace("Vec<bool>", f"Vec<{kind}>")
    code = code.replace("let flags = list", 'let flags = value.call_method0("tolist")?')
    found = audit_source(code, [CopiedArgument()]).findings
    costs = [one.cost for one in found if one.message.startswith("`tolist`")]
    assert f"about 15 ns and {size} bytes per element" in costs
