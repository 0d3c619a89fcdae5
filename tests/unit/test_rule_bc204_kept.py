"""BC204: what an object keeps of an array has to be a copy; a list it may do without sets it up."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc204_copied_argument import CopiedArgument
from bindcheck.testing import audit_source

CODE = """
use numpy::*;
use pyo3::prelude::*;

#[pyclass]
struct Model { start: Option<Array1<f64>>, values: Vec<f64> }

fn made(values: Vec<f64>) -> Model { Model { start: None, values } }

#[pymethods]
impl Model {
    #[new]
    SIGNATURE
    fn new(PARAMS) -> PyResult<Self> {
        BODY
    }
}
"""


def copies(params: str, body: str, signature: str = "") -> int:
    code = CODE.replace("PARAMS", params).replace("BODY", body).replace("SIGNATURE", signature)
    return len(list(audit_source(code, [CopiedArgument()]).findings))


@pytest.mark.parametrize(
    ("params", "body"),
    [
        (
            "start: Option<PyReadonlyArray1<'_, f64>>",
            "let start = start.map(|x| x.to_owned_array());\n"
            "Ok(Model { start, values: Vec::new() })",
        ),
        (
            "start: Option<PyReadonlyArray1<'_, f64>>",
            "Ok(Model { start: start.map(|x| x.as_array().to_owned()), values: Vec::new() })",
        ),
        ("data: PyReadonlyArray1<'_, f64>", "let values = data.to_vec()?; Ok(made(values))"),
        ("data: PyReadonlyArray1<'_, f64>", "Ok(Self { start: None, values: data.to_vec()? })"),
        (
            "data: PyReadonlyArray1<'_, f64>",
            "let mut model = made(Vec::new()); model.values = data.as_slice()?.to_vec(); Ok(model)",
        ),
    ],
)
def test_a_copy_that_an_object_keeps_is_needed(params: str, body: str) -> None:
    assert copies(params, body) == 0


@pytest.mark.parametrize(
    "body",
    [
        "let values = vec![data.to_vec()?.len() as f64];\nOk(made(values))",
        "let copy = data.to_vec()?;\nlet n = copy[0];\nOk(made(vec![n]))",
    ],
)
def test_a_copy_of_which_an_object_keeps_a_number_is_not(body: str) -> None:
    assert copies("data: PyReadonlyArray1<'_, f64>", body) == 1


@pytest.mark.parametrize(
    ("params", "signature", "reported"),
    [
        ("values: Vec<f64>", "", 1),
        ("values: Vec<f64>", "#[pyo3(signature = (values))]", 1),
        ("values: Vec<f64>", "#[pyo3(signature = (values=vec![]))]", 0),
        ("values: Option<Vec<f64>>", "#[pyo3(signature = (values=None))]", 0),
    ],
)
def test_a_list_that_an_object_can_do_without_is_a_setting(
    params: str, signature: str, reported: int
) -> None:
    body = "Ok(Model { start: None, values })"
    assert copies(params, body, signature) == reported


def test_a_list_that_is_computed_on_is_data_even_if_it_may_be_left_out() -> None:
    body = "let total: f64 = values.iter().flatten().sum();\nOk(made(vec![total]))"
    assert copies("values: Option<Vec<f64>>", body, "#[pyo3(signature = (values=None))]") == 1
