"""BC310: errors that come through closures with names, own exceptions and traits."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.testing import audit_source

HEAD = """\
use pyo3::exceptions::{PyException, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

fn lagged(data: &[f64], lag: usize) -> Result<Vec<f64>, String> {
    if lag == 0 {
        return Err("lag is 0".to_string());
    }
    Ok(data.to_vec())
}
"""
BINDING = """
#[pyfunction]
fn f(data: Vec<f64>, lag: usize) -> PyResult<Vec<f64>> {
    {body}
}
"""


def findings(body: str, *, more: str = "") -> list[Finding]:
    code = HEAD + more + BINDING.replace("{body}", body)
    return list(audit_source(code, [LossyError()]).findings)


@pytest.mark.parametrize(
    ("refused", "raised"),
    [
        ('|| PyValueError::new_err("failed")', "map_err(|_| refused())"),
        ('|_| PyValueError::new_err("failed")', "map_err(refused)"),
    ],
)
def test_a_closure_with_a_name_is_known(refused: str, raised: str) -> None:
    [finding] = findings(f"let refused = {refused};\n    lagged(&data, lag).{raised}")
    assert finding.message == "what `lagged` says is dropped: `ValueError` is raised without it"
    assert finding.confidence is Confidence.CERTAIN
    assert finding.fix is None


@pytest.mark.parametrize("raised", ["map_err(refused)", "map_err(|e| refused(e))"])
def test_a_closure_with_a_name_that_tells_is_silent(raised: str) -> None:
    refused = "|e: String| PyValueError::new_err(e)"
    assert not findings(f"let refused = {refused};\n    lagged(&data, lag).{raised}")


def test_a_function_that_makes_the_exception_is_known() -> None:
    more = 'fn refused() -> PyErr { PyValueError::new_err("failed") }'
    [finding] = findings("lagged(&data, lag).map_err(|_| refused())", more=more)
    assert finding.confidence is Confidence.CERTAIN


OWN = """
fn number_of(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    let number: f64 = value.extract()?;
    {refuse}
    Ok(number)
}

#[pyfunction]
fn literal(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    number_of(value){then}
}
"""
REFUSE = 'if number < 0.0 { return Err(PyValueError::new_err(format!("{number} is negative"))); }'
DROP = '.map_err(|_| PyRuntimeError::new_err("no literal"))'


@pytest.mark.parametrize(
    ("refuse", "then", "count"),
    [
        (REFUSE, DROP, 1),
        ("", DROP, 0),
        (REFUSE, '.map_err(|e| PyRuntimeError::new_err(format!("no literal: {e}")))', 0),
        (REFUSE, f".or_else(|_| value.len().map(|n| n as f64)){DROP}", 0),
        (REFUSE, ".or(Ok(0.0))", 0),
        (REFUSE, ".map_err(|e| PyException::new_err(e.to_string()))", 0),
    ],
)
def test_what_an_own_exception_says_is_likely_lost(refuse: str, then: str, count: int) -> None:
    found = findings("Ok(data)", more=OWN.replace("{refuse}", refuse).replace("{then}", then))
    assert [one.confidence for one in found] == [Confidence.LIKELY] * count


BOUNDED = """
trait Filter {
    fn filter(&self, data: &mut Vec<f64>) -> Result<(), String>;
    fn refuses(&self) -> PyResult<()>;
}

fn through{generics}(filter: {type}, mut data: Vec<f64>) -> PyResult<Vec<f64>> {where} {
    {call}.map_err(|e| PyException::new_err(e.to_string()))?;
    Ok(data)
}
"""
FILTER = "filter.filter(&mut data)"


@pytest.mark.parametrize(
    ("generics", "type_", "where", "call", "count"),
    [
        ("<F: Filter>", "&F", "", FILTER, 1),
        ("<F>", "&F", "where F: Filter + Sync", FILTER, 1),
        ("", "&impl Filter", "", FILTER, 1),
        ("", "&dyn Filter", "", FILTER, 1),
        ("", "Box<dyn Filter>", "", FILTER, 1),
        ("<F: Other>", "&F", "", FILTER, 0),
        ("<F: Filter>", "&F", "", "filter.refuses()", 0),
        ("<F: Filter>", "&F", "", "other(filter).filter(&mut data)", 0),
    ],
)
def test_a_method_that_a_trait_declares_fails_as_declared(
    generics: str, type_: str, where: str, call: str, count: int
) -> None:
    more = BOUNDED + "\nimpl Filter for First {}\nimpl Filter for Second {}\n"
    parts = {"{generics}": generics, "{type}": type_, "{where}": where, "{call}": call}
    for name, text in parts.items():
        more = more.replace(name, text)
    assert len(findings("through(&First, data)", more=more)) == count
