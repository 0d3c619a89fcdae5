"""BC108: results whose Rust type is any object, by what the code makes of them."""

from __future__ import annotations

import pytest

from bindcheck.rules import RULE_BY_CODE
from bindcheck.testing import audit_source

RULE = [RULE_BY_CODE["BC108"]]
CODE = """
use numpy::{PyArray1, IntoPyArray};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

MORE

#[pyfunction]
fn levels(py: Python<'_>, count: usize) -> PyResult<PyObject> {
    BODY
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(levels, m)?)?;
    Ok(())
}
"""
WRAPPED = """
fn wrapped(py: Python<'_>, values: Vec<f64>) -> PyResult<PyObject> {
    let array = PyArray::new(Arc::new(Float64Array::from(values)), field());
    let result = array.to_arro3(py)?;
    Ok(result.into())
}
"""
FILLED = """
fn filled<'py>(py: Python<'py>, values: Vec<f64>) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    found.set_item("low", wrapped(py, values.clone())?)?;
    found.set_item("high", wrapped(py, values)?)?;
    Ok(found)
}
"""


def messages(body: str, returns: str, more: str = "") -> list[str]:
    stub = (
        "import numpy as np\nfrom numpy.typing import NDArray\n"
        f"def levels(count: int) -> {returns}: ...\n"
    )
    code = CODE.replace("BODY", body).replace("MORE", more)
    found = audit_source(code, RULE, files={"example.pyi": stub}).findings
    return [one.message.removeprefix("`example.pyi:3` ") for one in found]


ARRAY = "NDArray[np.float64]"


@pytest.mark.parametrize(
    ("body", "returns", "said"),
    [
        (
            "wrapped(py, vec![0.0; count])",
            ARRAY,
            "returns an array of float64, the function an Arrow array",
        ),
        (
            "Ok(filled(py, vec![0.0; count])?.into())",
            f"dict[str, {ARRAY}]",
            "returns `dict` of array of float64, the function `dict` of Arrow array",
        ),
        (
            "if count == 0 { return wrapped(py, Vec::new()); }\n"
            "    let made = wrapped(py, vec![0.0; count])?;\n    Ok(made)",
            ARRAY,
            "returns an array of float64, the function an Arrow array",
        ),
        (
            "Ok(vec![0.0; count].into_pyarray(py).into_any().unbind())",
            "list[float]",
            "returns `list`, the function an array",
        ),
        (
            "Ok(PyDict::new(py).into())",
            ARRAY,
            "returns an array of float64, the function `dict`",
        ),
    ],
)
def test_what_is_made_is_compared(body: str, returns: str, said: str) -> None:
    assert messages(body, returns, WRAPPED + FILLED) == [said]


@pytest.mark.parametrize(
    ("body", "returns"),
    [
        ("wrapped(py, vec![0.0; count])", "Any"),
        ("wrapped(py, vec![0.0; count])", "Float64Array"),
        ("Ok(vec![0.0; count].into_pyarray(py).into_any().unbind())", ARRAY),
        ("Ok(filled(py, vec![0.0; count])?.into())", "dict[str, Any]"),
        ("Ok(PyDict::new(py).into())", f"dict[str, {ARRAY}]"),
        # Two ways, two kinds.
        (
            "if count == 0 { return Ok(PyList::empty(py).into()); }\n"
            "    wrapped(py, vec![0.0; count])",
            ARRAY,
        ),
        # What another library makes is not known.
        ("Ok(frame::of(py, count)?.into())", ARRAY),
        ('let made = py.import("numpy")?.call_method0("ones")?;\n    Ok(made.into())', "list"),
    ],
)
def test_what_agrees_or_is_not_known_is_silent(body: str, returns: str) -> None:
    assert messages(body, returns, WRAPPED + FILLED) == []


def test_a_dict_with_values_of_two_kinds_is_any_dict() -> None:
    mixed = FILLED.replace("wrapped(py, values)?", "values.into_pyarray(py)")
    body = "Ok(filled(py, vec![0.0; count])?.into())"
    assert messages(body, f"dict[str, {ARRAY}]", WRAPPED + mixed) == []
