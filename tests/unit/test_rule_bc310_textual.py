"""BC310: exceptions that go through `std::io` as their text."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc310_lossy_error import LossyError
from bindcheck.testing import audit_source

STREAM = """
use std::io::{self, Write};
use pyo3::prelude::*;

struct Sink {
    inner: Py<PyAny>,
}

fn failed(error: PyErr) -> io::Error {
    MADE
}

impl Write for Sink {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let count = self.inner.call_method1(py, "write", (buf,)).map_err(HELPER)?;
            count.extract(py).map_err(HELPER)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[pyfunction]
fn store(object: Py<PyAny>) -> PyResult<()> {
    Sink { inner: object }.write_all(b"levels")?;
    Ok(())
}
"""


def findings(made: str, helper: str = "failed") -> list[Finding]:
    code = STREAM.replace("MADE", made).replace("HELPER", helper)
    return list(audit_source(code, [LossyError()]).findings)


@pytest.mark.parametrize(
    "made",
    [
        "io::Error::other(error.to_string())",
        'io::Error::new(io::ErrorKind::Other, format!("{error}"))',
        "Python::attach(|py| match error.value(py).str() {"
        ' Ok(text) => io::Error::other(text.to_string()), Err(_) => io::Error::other("none") })',
    ],
)
def test_an_exception_that_is_passed_on_as_its_text_is_likely_lost(made: str) -> None:
    [found] = findings(made)
    assert found.message == (
        "an exception in `write` is passed on as its text: its class and traceback are lost"
    )
    assert found.confidence is Confidence.LIKELY
    assert found.item == "failed"
    assert "io::Error::from(error)" in found.help


@pytest.mark.parametrize(
    "made",
    ["io::Error::other(error)", "io::Error::from(error)", "error.into()"],
)
def test_an_exception_that_is_held_is_none(made: str) -> None:
    assert findings(made) == []


def test_a_helper_that_no_stream_hands_errors_is_none() -> None:
    assert findings("io::Error::other(error.to_string())", "io::Error::from") == []


def test_an_error_of_another_type_is_none() -> None:
    code = STREAM.replace("error: PyErr", "error: std::fmt::Error")
    code = code.replace("MADE", "io::Error::other(error.to_string())").replace("HELPER", "failed")
    assert list(audit_source(code, [LossyError()]).findings) == []
