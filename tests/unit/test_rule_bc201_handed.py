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


LISTS = """use pyo3::prelude::*;

fn product(numbers: &[i64]) -> f64 {
    let mut found = 1.0;
    for one in numbers.iter() {
        found *= (*one as f64).sqrt();
    }
    found
}

#[pyfunction]
fn of_list(NAME: Vec<i64>) -> f64 {
    product(&NAME)
}
"""


@pytest.mark.parametrize(("name", "reported"), [("counts", 1), ("dims", 0), ("new_shape", 0)])
def test_a_list_with_one_number_for_each_dimension_is_short(name: str, reported: int) -> None:
    found = audit_source(LISTS.replace("NAME", name)).findings
    assert [one.code for one in found].count("BC201") == reported


RELEASES = """use pyo3::prelude::*;

pub struct Table { rows: Vec<f64> }

pub struct Schema { sizes: Vec<f64> }

impl Table {
    fn total(&self) -> f64 {
        let mut sum = 0.0;
        for one in self.rows.iter() {
            sum += one.sqrt();
        }
        sum
    }
}

impl Schema {
    fn total(&self) -> f64 {
        let mut sum = 0.0;
        for one in self.sizes.iter() {
            sum += one.sqrt();
        }
        sum
    }
}

#[pyclass]
pub struct Holder { table: Table, schema: Schema }

#[pymethods]
impl Holder {
    fn away(&self, py: Python<'_>) -> f64 {
        py.detach(|| self.RELEASED.total())
    }

    fn of_table(&self) -> f64 {
        self.table.total()
    }

    fn of_schema(&self) -> f64 {
        self.schema.total()
    }
}
"""


@pytest.mark.parametrize(
    ("released", "held"), [("table", "Holder::of_table"), ("schema", "Holder::of_schema")]
)
def test_a_crate_that_never_lets_go_for_a_type_knows_why(released: str, held: str) -> None:
    findings = audit_source(RELEASES.replace("RELEASED", released)).findings
    assert {one.item for one in findings if one.code == "BC201"} == {held}


FLAGS = """use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

fn runs_of(flags: FLAGS) -> usize {
    let mut runs = 0;
    let mut before = false;
    for &one in flags.iter() {
        runs += usize::from(one && !before);
        before = one;
    }
    runs
}

#[pyfunction]
fn runs(given: GIVEN) -> usize {
    runs_of(HANDED)
}
"""


@pytest.mark.parametrize(
    ("given", "flags", "handed", "confidence"),
    [
        (
            "PyReadonlyArray1<'_, bool>",
            "ArrayView1<'_, bool>",
            "given.as_array()",
            Confidence.CERTAIN,
        ),
        ("Vec<bool>", "Vec<bool>", "given", Confidence.SUSPECT),
    ],
)
def test_a_mask_is_data_and_a_list_of_flags_may_be_choices(
    given: str, flags: str, handed: str, confidence: Confidence
) -> None:
    code = FLAGS.replace("FLAGS", flags).replace("GIVEN", given).replace("HANDED", handed)
    found = [one.confidence for one in audit_source(code).findings if one.code == "BC201"]
    assert found == [confidence]
