"""BC201 is sure of what goes over an array that a call gets, not over parts of objects."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.testing import audit_source

CODE = """use pyo3::prelude::*;

fn total(values: Vec<f64>) -> f64 {
    let mut sum = 0.0;
    for one in values.iter() {
        sum += one.sqrt();
    }
    sum
}

#[derive(Clone, FromPyObject)]
pub struct Step { weights: Vec<f64> }

fn told(step: &Step) -> f64 {
    let mut sum = 0.0;
    for one in step.weights.iter() {
        sum += one.sqrt();
    }
    sum
}

#[pyfunction]
fn of_array(values: Vec<f64>) -> f64 {
    total(values)
}

#[pyfunction]
fn of_made(values: Vec<f64>) -> f64 {
    let step = Step { weights: values };
    told(&step)
}

fn summed(pairs: &[(f64, f64)]) -> f64 {
    let mut sum = 0.0;
    for (one, other) in pairs.iter() {
        sum += one.sqrt() * other.sqrt();
    }
    sum
}

#[pyfunction]
fn of_pairs(values: Vec<f64>) -> f64 {
    let pairs: Vec<(f64, f64)> = values.iter().map(|one| (*one, *one)).collect();
    summed(&pairs)
}

#[pyfunction]
fn of_object(step: Step) -> f64 {
    told(&step)
}

#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(of_array, m)?)?;
    m.add_function(wrap_pyfunction!(of_made, m)?)?;
    m.add_function(wrap_pyfunction!(of_pairs, m)?)?;
    m.add_function(wrap_pyfunction!(of_object, m)?)?;
    Ok(())
}
"""


@pytest.mark.parametrize(
    ("item", "confidence"),
    [
        ("of_array", Confidence.CERTAIN),
        ("of_made", Confidence.CERTAIN),
        ("of_pairs", Confidence.CERTAIN),
        ("of_object", Confidence.SUSPECT),
    ],
)
def test_the_confidence_is_that_of_what_is_handed_over(item: str, confidence: Confidence) -> None:
    found = [one for one in audit_source(CODE).findings if one.code == "BC201" and one.item == item]
    assert [one.confidence for one in found] == [confidence]
