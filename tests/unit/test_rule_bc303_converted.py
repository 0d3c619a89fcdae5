"""BC303: what `FromPyObject` unwraps of the objects that callers pass."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use pyo3::exceptions::PyTypeError;
use pyo3::types::PyDict;

#[pyclass]
struct Plan { unit: String }
struct Unit(String);

impl<'a, 'py> FromPyObject<'a, 'py> for Unit {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let py = object.py();
        BODY
    }
}
#[pyfunction]
fn length(unit: Unit) -> usize { unit.0.len() }
#[pymodule]
fn demo(m: &Bound<'_, PyModule>) -> PyResult<()> { m.add_function(wrap_pyfunction!(length, m)?) }
"""
BY_NAME = """
        match &*object.get_type().qualname()?.to_cow()? {
            "Span" => Ok(Unit(object.getattr("unit").unwrap().extract()?)),
            "Zone" => Ok(Unit(object.getattr("zone")?.getattr("unit").expect("unit").extract()?)),
            other => Err(PyTypeError::new_err(format!("{other} has no unit"))),
        }
"""


def said(body: str) -> list[tuple[str, str, str]]:
    found = audit_source(CODE.replace("BODY", body), [PanicPath()], pyo3="0.27.0").findings
    return [(one.item, str(one.confidence), one.message) for one in found]


def test_the_name_of_a_class_promises_no_attributes() -> None:
    assert said(BY_NAME) == [
        (
            "Unit::extract",
            "likely",
            "`unwrap` panics: `getattr` of `object` may fail, here and once more: "
            "any class may have the name that is asked for; reached from `length`",
        )
    ]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ('Ok(Unit(object.getattr("unit").unwrap().extract()?))', "getattr"),
        ('Ok(Unit(object.call_method0("unit").unwrap().extract()?))', "call_method0"),
        ("Ok(Unit(object.extract().unwrap()))", "extract"),
        ("Ok(Unit(object.cast::<Plan>().unwrap().borrow().unit.clone()))", "cast"),
        ('Ok(Unit(object.getattr("plan")?.extract().unwrap()))', "extract"),
    ],
)
def test_whatever_is_asked_of_any_object_may_fail(body: str, what: str) -> None:
    [(_, confidence, message)] = said(body)
    assert confidence == "likely"
    assert message == f"`unwrap` panics: `{what}` of `object` may fail; reached from `length`"


def test_what_an_object_gives_may_fail_as_well() -> None:
    body = """
        let plan = object.getattr("plan")?;
        let Ok(unit) = plan.getattr("unit") else { return Ok(Unit(String::new())) };
        Ok(Unit(unit.extract().unwrap()))"""
    [(_, _, message)] = said(body)
    assert message == "`unwrap` panics: `extract` of `unit` may fail; reached from `length`"


EMPTY = "this index panics on empty input: the caller may pass nothing; reached from `length`"
LISTED = 'let units = object.getattr("units")?.extract::<Vec<String>>()?;\n        '


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            'let count: usize = object.getattr("count")?.extract()?;\n'
            "        assert!(count > 1);\n        Ok(Unit(String::new()))",
            ["`assert!` panics: `count > 1` has to hold; reached from `length`"],
        ),
        (LISTED + "Ok(Unit(units[0].clone()))", [EMPTY]),
        (
            'let count: usize = object.getattr("count")?.extract()?;\n'
            '        if count < 2 { return Err(PyTypeError::new_err("count")); }\n'
            "        assert!(count > 1);\n        Ok(Unit(String::new()))",
            [],
        ),
        (LISTED + "Ok(Unit(units.first().cloned().unwrap_or_default()))", []),
    ],
    ids=["asserted", "indexed", "refused before", "none is no fault"],
)
def test_what_comes_out_of_an_object_is_the_callers(body: str, expected: list[str]) -> None:
    assert [message for _, _, message in said(body)] == expected


@pytest.mark.parametrize(
    "body",
    [
        'Ok(Unit(object.getattr("unit")?.extract()?))',
        'if object.is_instance_of::<Plan>() { return Ok(Unit(object.getattr("unit").unwrap()'
        '.extract()?)); }\n        Err(PyTypeError::new_err("no unit"))',
        'object.cast::<Plan>()?;\n        Ok(Unit(object.getattr("unit").unwrap().extract()?))',
        'if !object.hasattr("unit")? { return Err(PyTypeError::new_err("no unit")); }\n'
        '        Ok(Unit(object.getattr("unit").unwrap().extract()?))',
        'if object.get_type().is(&py.get_type::<Plan>()) { return Ok(Unit(object.getattr("unit")'
        '.unwrap().extract()?)); }\n        Err(PyTypeError::new_err("no unit"))',
        "Ok(Unit(object.get_type().name().unwrap().to_string()))",
        "Ok(Unit(object.str().unwrap().to_string()))",
        'Ok(Unit(object.py().import("sys").unwrap().getattr("platform").unwrap().extract()?))',
        'Ok(Unit(object.getattr("unit").map_or(String::new(), |unit| unit.to_string())))',
        'let plan = PyDict::new(py);\n        Ok(Unit(plan.get_item("unit")?.unwrap().extract()?))',
    ],
    ids=[
        "raised",
        "an instance of an own class",
        "cast before",
        "asked for the attribute",
        "the class itself is compared",
        "every class has a name",
        "every object has a text",
        "a module",
        "another value instead",
        "an object of its own",
    ],
)
def test_objects_that_are_known_and_errors_that_are_raised_are_silent(body: str) -> None:
    assert said(body) == []
