"""BC310: errors that have a class in Python, and are made into text before they get there."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.testing import audit_source

HEAD = """\
use std::fs::{self, File};
use pyo3::create_exception;
use pyo3::exceptions::{PyKeyError, PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;

create_exception!(demo, StoreError, pyo3::exceptions::PyException);

#[derive(Debug)]
pub enum LevelError {
    Missing(String),
    Short(usize),
}
type LevelResult<T> = Result<T, LevelError>;

#[derive(Debug)]
pub enum Failure {
    Level(LevelError),
    Disk(String),
    Other(String),
}

impl From<LevelError> for Failure {
    fn from(error: LevelError) -> Self {
        Failure::Level(error)
    }
}

impl From<Failure> for PyErr {
    fn from(error: Failure) -> PyErr {
        match error {
            Failure::Level(LevelError::Missing(name)) => PyKeyError::new_err(name),
            Failure::Level(LevelError::Short(count)) => PyValueError::new_err(count),
            Failure::Disk(text) => PyOSError::new_err(text),
            other => PyRuntimeError::new_err(format!("{other:?}")),
        }
    }
}

fn level(name: &str) -> Result<f64, LevelError> {
    if name.is_empty() {
        return Err(LevelError::Missing(name.to_string()));
    }
    Ok(1.0)
}

fn noted(name: &str) -> LevelResult<f64> {
    level(name)
}

fn foreign(name: &str) -> Result<f64, other::Trouble> {
    other::level(name)
}
"""


def findings(body: str, result: str = "PyResult<f64>", head: str = HEAD) -> list[Finding]:
    """Findings for a helper with this body, and a binding that calls it."""
    code = f"""
fn taken(py: Python<'_>, name: &str) -> {result} {{
    {body}
}}

#[pyfunction]
fn take(py: Python<'_>, name: &str) -> PyResult<f64> {{
    Ok(taken(py, name)?)
}}
"""
    return list(audit_source(head + code, [LossyError()]).findings)


def file(mapped: str) -> str:
    return f"Ok(File::open(name).map_err({mapped})?.metadata()?.len() as f64)"


@pytest.mark.parametrize(
    "body",
    [
        file("|e| PyRuntimeError::new_err(e.to_string())"),
        file('|e| PyRuntimeError::new_err(format!("{e}"))'),
        file('|e| { PyRuntimeError::new_err(format!("{:?}", e)) }'),
        file("|e| Failure::Other(e.to_string())"),
        "Ok(py.allow_threads(|| fs::read(name))"
        ".map_err(|e| PyRuntimeError::new_err(e.to_string()))?.len() as f64)",
    ],
)
def test_why_a_file_cannot_be_had_is_told_by_the_class(body: str) -> None:
    [found] = findings(body)
    assert found.message.endswith(
        "arrive as `RuntimeError`, not as `FileNotFoundError` or `PermissionError`"
    )
    assert found.confidence is Confidence.CERTAIN
    assert found.help.startswith("`?` alone keeps the class, or `io::Error::new(e.kind(), text)`")


@pytest.mark.parametrize(
    "mapped",
    [
        '|e| PyRuntimeError::new_err(format!("no levels in {name}: {e}"))',
        "|e| PyValueError::new_err(e.to_string())",
    ],
    ids=["a text of its own", "what is raised for arguments"],
)
def test_what_may_be_meant_is_only_likely(mapped: str) -> None:
    [found] = findings(file(mapped))
    assert found.confidence is Confidence.LIKELY


def helper(made: str) -> str:
    return f"{HEAD}\nfn failed(error: impl std::fmt::Display) -> PyErr {{\n    {made}\n}}\n"


def test_a_helper_for_any_error_knows_no_class() -> None:
    head = helper("PyValueError::new_err(error.to_string())")
    [found] = findings(file("failed"), head=head)
    assert "arrive as `ValueError`, not as `FileNotFoundError`" in found.message
    assert found.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "head",
    [
        helper("PyOSError::new_err(error.to_string())"),
        helper("StoreError::new_err(error.to_string())"),
        helper("if early { PyKeyError::new_err(error) } else { PyOSError::new_err(error) }"),
        helper("PyValueError::new_err(error.to_string())")
        + "mod other { fn failed(error: std::io::Error) -> PyErr { error.into() } }\n",
    ],
    ids=["the same class", "an exception of the crate", "several", "two of that name"],
)
def test_helpers_that_may_know_it_are_silent(head: str) -> None:
    assert findings(file("failed"), head=head) == []


@pytest.mark.parametrize(
    ("body", "result"),
    [
        (file('|e| PyOSError::new_err(format!("no levels in {name}: {e}"))'), "PyResult<f64>"),
        (file("|e| std::io::Error::new(e.kind(), name.to_string())"), "PyResult<f64>"),
        (file("|e| StoreError::new_err(e.to_string())"), "PyResult<f64>"),
        (file("|e| Failure::Disk(e.to_string())"), "PyResult<f64>"),
        (file("|e| Failure::Other(e.to_string())"), "Result<f64, Failure>"),
        ("Ok(File::open(name)?.metadata()?.len() as f64)", "PyResult<f64>"),
    ],
    ids=[
        "the same class",
        "its kind is kept",
        "an exception of the crate",
        "a variant for files",
        "who gives errors of its own",
        "handed on",
    ],
)
def test_files_whose_errors_keep_their_class_are_silent(body: str, result: str) -> None:
    assert findings(body, result) == []


@pytest.mark.parametrize(
    ("body", "result", "instead"),
    [
        (
            "Ok(level(name).map_err(|e| Failure::Other(e.to_string()))?)",
            "PyResult<f64>",
            "`map_err(Failure::from)?` keeps the class",
        ),
        (
            'Ok(noted(name).map_err(|e| Failure::Other(format!("{e:?}")))?)',
            "Result<f64, Failure>",
            "`?` alone keeps the class",
        ),
        (
            "level(name).map_err(|e| PyRuntimeError::new_err(e.to_string()))",
            "PyResult<f64>",
            "`map_err(Failure::from)?` keeps the class",
        ),
        (
            "level(name).map_err(|e| Failure::Other(e.to_string()).into())",
            "PyResult<f64>",
            "`map_err(Failure::from)?` keeps the class",
        ),
    ],
)
def test_an_error_that_the_conversion_knows_certainly_loses_its_class_as_text(
    body: str, result: str, instead: str
) -> None:
    [found] = findings(body, result)
    assert found.message.endswith(
        "become text and arrive as `RuntimeError`: the class they have is lost"
    )
    assert (found.confidence, found.help) == (Confidence.CERTAIN, instead)


def test_a_field_that_is_marked_says_the_same_as_an_impl() -> None:
    impl = HEAD[HEAD.index("impl From<LevelError>") : HEAD.index("impl From<Failure>")]
    head = HEAD.replace(impl, "").replace("Level(LevelError),", "Level(#[from] LevelError),")
    [found] = findings("Ok(level(name).map_err(|e| Failure::Other(e.to_string()))?)", head=head)
    assert found.confidence is Confidence.CERTAIN


def test_an_error_that_only_its_alias_names_is_likely() -> None:
    head = HEAD.replace("type LevelResult<T> = Result<T, LevelError>;", "")
    head = head.replace("pyo3::prelude::*;", "pyo3::prelude::*;\nuse other::LevelResult;", 1)
    [found] = findings("Ok(noted(name).map_err(|e| Failure::Other(e.to_string()))?)", head=head)
    assert found.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "body",
    [
        "Ok(level(name).map_err(Failure::from)?)",
        "Ok(level(name).map_err(|e| Failure::Level(e))?)",
        'Ok(level(name).map_err(|e| PyValueError::new_err(format!("{e:?}")))?)',
        'Ok(level(name).map_err(|e| StoreError::new_err(format!("{e:?}")))?)',
        "Ok(foreign(name).map_err(|e| Failure::Other(e.to_string()))?)",
        "Ok(foreign(name).map_err(|e| PyRuntimeError::new_err(e.to_string()))?)",
    ],
    ids=[
        "the conversion itself",
        "its own variant",
        "chosen for this argument",
        "an exception of the crate",
        "an error that nothing knows",
        "an error that nothing knows, raised",
    ],
)
def test_errors_with_their_class_or_without_one_are_silent(body: str) -> None:
    assert findings(body) == []


def test_a_conversion_with_one_class_loses_none() -> None:
    start = HEAD.index("        match error {")
    end = HEAD.index("fn level(")
    head = HEAD[:start] + '        PyRuntimeError::new_err(format!("{error:?}"))\n    }\n}\n\n'
    body = "Ok(level(name).map_err(|e| Failure::Other(e.to_string()))?)"
    assert findings(body, head=head + HEAD[end:]) == []
