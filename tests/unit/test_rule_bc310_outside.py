"""BC310: errors of other crates of which it is known what they say, or as what they are raised."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.testing import audit_source

HEAD = """\
use std::fs;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

#[derive(Debug)]
pub enum LevelError {
    Read(String),
    Short,
}

impl From<LevelError> for PyErr {
    fn from(error: LevelError) -> Self {
        PyValueError::new_err(format!("{error:?}"))
    }
}
"""


def findings(code: str) -> list[Finding]:
    return list(audit_source(HEAD + code, [LossyError()]).findings)


def helper(body: str) -> str:
    return f"""
fn loaded(path: &str) -> Result<Vec<f64>, LevelError> {{
    let text = {body};
    Ok(text.split(',').filter_map(|one| one.parse().ok()).collect())
}}

#[pyfunction]
fn load(path: &str) -> PyResult<Vec<f64>> {{
    Ok(loaded(path)?)
}}
"""


@pytest.mark.parametrize(
    ("body", "callee", "instead"),
    [
        (
            'fs::read_to_string(path).map_err(|_| LevelError::Read("no levels".into()))?',
            "fs::read_to_string",
            "LevelError::Read",
        ),
        (
            'serde_json::from_str::<String>(path).map_err(|_e| LevelError::Read("bad".into()))?',
            "serde_json::from_str",
            "LevelError::Read",
        ),
        (
            "fs::read(path).map(|one| String::from_utf8_lossy(&one).into_owned())"
            ".map_err(|_| LevelError::Short)?",
            "fs::read",
            "LevelError::Short",
        ),
    ],
)
def test_the_reason_is_dropped_below_a_binding(body: str, callee: str, instead: str) -> None:
    [finding] = findings(helper(body))
    said = f"what `{callee}` says is dropped: `{instead}` is raised without it"
    assert (finding.message, finding.confidence) == (said, Confidence.LIKELY)
    assert f"`{instead}(e.to_string())`" in finding.help


def test_the_reason_is_dropped_in_a_binding() -> None:
    [finding] = findings(
        """
#[pyfunction]
fn load(path: &str) -> PyResult<String> {
    fs::read_to_string(path).map_err(|_| PyOSError::new_err("no levels"))
}
"""
    )
    assert finding.message.endswith("`OSError` is raised without it")
    assert "`PyOSError::new_err(e.to_string())`" in finding.help


def test_an_exception_of_the_crate_takes_the_place_of_the_reason() -> None:
    [finding] = findings(
        """
pyo3::create_exception!(levels, LoadError, pyo3::exceptions::PyException);

#[pyfunction]
fn load(text: &str) -> PyResult<Vec<f64>> {
    serde_json::from_str(text).map_err(|_| {
        let said = "no levels";
        LoadError::new_err(said)
    })
}
"""
    )
    said = "what `serde_json::from_str` says is dropped: `LoadError` is raised without it"
    assert (finding.message, finding.confidence) == (said, Confidence.LIKELY)
    assert "`LoadError::new_err(e.to_string())`" in finding.help


@pytest.mark.parametrize(
    "body",
    [
        "fs::read_to_string(path).map_err(|e| LevelError::Read(e.to_string()))?",
        'fs::read_to_string(path).map_err(|e| LevelError::Read(format!("{e}")))?',
        "std::str::from_utf8(path.as_bytes()).map_err(|_| LevelError::Short)?.to_string()",
        'fs::read_to_string(path).or_else(|_| fs::read_to_string("levels"))'
        ".map_err(|e| LevelError::Read(e.to_string()))?",
    ],
)
def test_who_tells_the_reason_or_has_none_is_silent(body: str) -> None:
    assert not findings(helper(body))


def test_a_function_that_no_binding_reaches_is_silent() -> None:
    body = helper("fs::read_to_string(path).map_err(|_| LevelError::Short)?")
    assert not findings(body.replace("Ok(loaded(path)?)", "Ok(Vec::new())"))


ARROW = """
use arrow_schema::ArrowError;
use pyo3_arrow::error::PyArrowResult;

fn checked(levels: &[f64]) -> Result<(), ArrowError> {
    match levels.iter().position(|one| *one < 0.0) {
        Some(at) => Err(ArrowError::ComputeError(format!("level {at} is negative"))),
        None => Ok(()),
    }
}
"""


def test_an_error_that_another_crate_raises_bare_is_one_finding() -> None:
    [finding] = findings(
        ARROW
        + """
#[pyfunction]
fn total(levels: Vec<f64>) -> PyArrowResult<f64> {
    checked(&levels)?;
    checked(&levels[1..])?;
    Ok(levels.iter().sum())
}
"""
    )
    said = "errors of `checked` are raised as bare `Exception`: nobody can catch them alone"
    assert (finding.message, finding.confidence) == (said, Confidence.LIKELY)


def test_an_error_that_is_made_for_it_is_one_too() -> None:
    [finding] = findings(
        ARROW
        + """
#[pyfunction]
fn first(levels: Vec<f64>) -> PyArrowResult<f64> {
    let first = levels.first();
    Ok(*first.ok_or_else(|| ArrowError::ComputeError("no level".to_string()))?)
}
"""
    )
    assert finding.message.startswith("errors of `ArrowError` are raised as bare `Exception`")


@pytest.mark.parametrize(
    "binding",
    [
        """
#[pyfunction]
fn total(levels: Vec<f64>) -> PyResult<f64> {
    checked(&levels).map_err(|e| PyValueError::new_err(e.to_string()))?;
    Ok(levels.iter().sum())
}
""",
        """
#[pyfunction]
fn total(levels: Vec<f64>) -> PyArrowResult<f64> {
    if levels.is_empty() {
        return Err(PyValueError::new_err("no level").into());
    }
    Ok(levels.iter().sum())
}
""",
        """
fn refused(levels: &[f64]) -> PyResult<()> {
    checked(levels).map_err(|e| PyValueError::new_err(e.to_string()))
}

#[pyfunction]
fn total(levels: Vec<f64>) -> PyArrowResult<f64> {
    refused(&levels)?;
    Ok(levels.iter().sum())
}
""",
    ],
)
def test_an_error_with_a_class_is_silent(binding: str) -> None:
    assert not findings(ARROW + binding)


def test_a_type_of_the_crate_with_that_name_is_its_own() -> None:
    own = ARROW.replace("use pyo3_arrow::error::PyArrowResult;", "").replace(
        "use arrow_schema::ArrowError;",
        "pub enum ArrowError { ComputeError(String) }\n"
        "impl From<ArrowError> for PyErr {\n"
        "    fn from(error: ArrowError) -> Self { match error {\n"
        "        ArrowError::ComputeError(text) => PyValueError::new_err(text) } }\n"
        "}\ntype PyArrowResult<T> = Result<T, ArrowError>;",
    )
    assert not findings(
        own
        + """
#[pyfunction]
fn total(levels: Vec<f64>) -> PyArrowResult<f64> {
    checked(&levels)?;
    Ok(levels.iter().sum())
}
"""
    )


def test_the_error_of_a_check_is_what_is_named() -> None:
    [finding] = findings(
        ARROW
        + """
fn first(levels: &[f64]) -> Result<f64, ArrowError> {
    levels.first().copied().ok_or_else(|| ArrowError::ComputeError("no level".to_string()))
}

#[pyfunction]
fn total(levels: Vec<f64>) -> PyArrowResult<f64> {
    let first = first(&levels)?;
    checked(&levels)?;
    Ok(first)
}
"""
    )
    assert finding.message.startswith("errors of `checked` are raised as bare `Exception`")
