"""BC303: arms that give up on a variant which another function makes."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use pyo3::types::PyList;

enum Part { Plain(f64), Custom(Py<PyAny>) }

#[pyclass]
struct PyPart { part: Part }

#[pymethods]
impl PyPart {
    #[new]
    fn new(value: f64) -> Self { Self { part: Part::Plain(value) } }
    MAKES
}

#[pyfunction]
fn total(parts: &Bound<'_, PyList>) -> PyResult<f64> {
    let mut sum = 0.0;
    for one in parts.iter() {
        let part: PyRef<PyPart> = one.extract()?;
        sum += match &part.part {
            Part::Plain(value) => *value,
            Part::Custom(_) => GIVES_UP,
        };
    }
    Ok(sum)
}
"""
MAKES = """
    #[staticmethod]
    fn custom(object: Py<PyAny>) -> Self { Self { part: Part::Custom(object) } }
"""


@pytest.mark.parametrize("macro", ["unimplemented!()", 'todo!("custom parts")'])
def test_a_variant_that_a_binding_makes_reaches_its_arm(macro: str) -> None:
    code = CODE.replace("MAKES", MAKES).replace("GIVES_UP", macro)
    [finding] = audit_source(code, [PanicPath()]).findings
    assert "`PyPart::custom` makes such values" in finding.message
    assert finding.confidence is Confidence.LIKELY


def test_one_that_nobody_makes_is_suspect_only() -> None:
    code = CODE.replace("MAKES", "").replace("GIVES_UP", "unimplemented!()")
    [finding] = audit_source(code, [PanicPath()]).findings
    assert finding.confidence is Confidence.SUSPECT


FOREIGN = """
use maps::Mapping;
use pyo3::prelude::*;

OWN
#[pyclass]
struct Options { mapping: Option<Mapping> }
#[pymethods]
impl Options {
    fn kind(&self) -> u8 {
        match &self.mapping {
            None => 0,
            ARM
        }
    }
}
"""


@pytest.mark.parametrize(
    ("arm", "own", "confidence"),
    [
        ("Some(Mapping::Frozen { .. }) => unimplemented!(),", "", [Confidence.LIKELY]),
        ("_ => unimplemented!(),", "", [Confidence.SUSPECT]),
        (
            "Some(Mapping::Frozen { .. }) => unimplemented!(),",
            "enum Mapping { Frozen { size: u8 } }",
            [Confidence.SUSPECT],
        ),
        ("Some(Mapping::Frozen { .. }) => unreachable!(),", "", []),
        ("Some(Mapping::Frozen { .. }) => 1,", "", []),
    ],
    ids=["named", "any other", "of the crate", "denied", "dealt with"],
)
def test_a_variant_of_another_crate_that_is_named_may_come(
    arm: str, own: str, confidence: list[Confidence]
) -> None:
    use = "use maps::Mapping;"
    code = FOREIGN.replace("ARM", arm).replace("OWN", own).replace(use, "" if own else use)
    found = audit_source(code, [PanicPath()]).findings
    assert [one.confidence for one in found] == confidence


UNWRAPPED = """
use pyo3::prelude::*;

#[pyfunction]
fn field_of(schema: usize, size: usize) -> PyResult<usize> {
    let field = MADE;
    Ok(field.width())
}
"""


@pytest.mark.parametrize(
    ("made", "messages"),
    [
        ("arrow::import(schema).unwrap()", ["`unwrap` panics: `import` fails, likely"]),
        ("arrow::import(3).unwrap()", []),
        ("arrow::import(schema).map_err(to_py)?", []),
    ],
    ids=["of the caller", "of its own", "an exception"],
)
def test_what_another_crate_makes_of_the_callers_values(made: str, messages: list[str]) -> None:
    found = audit_source(UNWRAPPED.replace("MADE", made), [PanicPath()]).findings
    assert [f"{one.message}, {one.confidence}" for one in found] == messages
