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
