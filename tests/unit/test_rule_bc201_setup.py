"""BC201: what sets an object up, what passes objects on, and what makes an error, is no work."""

from __future__ import annotations

import pytest

from bindcheck.testing import audit_source

CODE = """use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyAny;

pub struct Label(u8);

#[derive(Clone)]
pub enum Channel { Named(String), Coded(Label) }

fn channels_of(given: &Bound<'_, PyAny>) -> PyResult<Vec<Channel>> {
    let codes = given.extract::<PyReadonlyArray1<'_, u8>>()?;
    Ok(codes.as_array().iter().map(|&code| Channel::Coded(Label(code))).collect())
}

fn in_order(channels: &[Channel]) -> Vec<Channel> {
    let mut sorted = channels.to_vec();
    sorted.sort();
    let codes: Vec<u8> = sorted.iter().map(|one| match one {
        Channel::Coded(label) => label.0.rotate_left(1),
        Channel::Named(_) => 0,
    }).collect();
    sorted.truncate(codes.len());
    sorted
}

fn cumulated(values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    values.iter().map(|one| { sum += one.sqrt(); sum }).collect()
}

#[pyclass]
#[derive(Clone)]
pub struct Filter { channels: Vec<Channel> }

#[pymethods]
impl Filter {
    #[new]
    fn new(channels: &Bound<'_, PyAny>) -> PyResult<Self> {
        let channels = channels_of(channels)?;
        Ok(Filter { channels: in_order(&channels) })
    }
}

#[pyclass]
pub struct Index { sums: Vec<f64> }

#[pymethods]
impl Index {
    #[new]
    fn new(values: PyReadonlyArray1<'_, f64>) -> PyResult<Self> {
        Ok(Index { sums: cumulated(values.as_slice()?) })
    }
}

#[pyclass(from_py_object)]
#[derive(Clone)]
pub struct Prior(engine::Prior);

#[pyfunction]
fn mixture(parts: Vec<(f64, Prior)>) -> usize {
    let parts: Vec<_> = parts.into_iter().map(|(weight, prior)| (weight, prior.0)).collect();
    parts.len()
}

#[pyfunction]
fn scaled(parts: Vec<(f64, f64)>) -> usize {
    let parts: Vec<_> = parts.into_iter().map(|(weight, other)| (weight * other, other)).collect();
    parts.len()
}

fn explained(values: &[f64]) -> PyErr {
    let shown: Vec<String> = values.iter().map(|one| format!("{one:.3}")).collect();
    PyValueError::new_err(shown.join(" "))
}

#[pyfunction]
fn first(values: PyReadonlyArray1<'_, f64>) -> PyResult<f64> {
    let slice = values.as_slice()?;
    slice.first().copied().ok_or_else(|| explained(slice))
}

#[pyfunction]
fn spelt(values: PyReadonlyArray1<'_, f64>) -> PyResult<f64> {
    let slice = values.as_slice()?;
    Err(explained(slice))
}
"""


@pytest.mark.parametrize(
    ("item", "reported"),
    [
        pytest.param("Filter::new", 0, id="a constructor sorts how its object is set up"),
        pytest.param("Index::new", 1, id="a constructor computes on an array"),
        pytest.param("mixture", 0, id="a number beside each object"),
        pytest.param("scaled", 1, id="pairs of numbers"),
        pytest.param("first", 0, id="an error is made of the data"),
        pytest.param("spelt", 1, id="the same in every case"),
    ],
)
def test_what_goes_over_data_is_work(item: str, reported: int) -> None:
    found = [one.item for one in audit_source(CODE).findings if one.code == "BC201"]
    assert found.count(item) == reported
