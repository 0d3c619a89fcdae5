"""BC303: the first byte of a text that may be empty."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;

fn first(text: &str) -> u8 {
    text.as_bytes()[0]
}

#[pyfunction]
fn mark(py: Python<'_>, sep: &str, other: Option<&str>) -> PyResult<u8> {
    BODY
}
"""


def messages(body: str) -> list[str]:
    found = audit_source(CODE.replace("BODY", body), [PanicPath()]).findings
    assert all(one.confidence is not Confidence.SUSPECT for one in found)
    return [one.message for one in found]


@pytest.mark.parametrize(
    "body",
    [
        "Ok(sep.as_bytes()[0])",
        "let all = sep.as_bytes(); Ok(all[0])",
        "py.allow_threads(|| Ok(sep.as_bytes()[0]))",
        'Ok(other.unwrap_or(",").as_bytes()[0])',
    ],
)
def test_an_empty_text_has_no_first_byte(body: str) -> None:
    assert messages(body) == ["this index panics on empty input: the caller may pass an empty text"]


def test_nor_in_a_helper() -> None:
    [message] = messages("Ok(first(sep))")
    assert message.startswith("`first` panics: the caller may pass an empty text")


@pytest.mark.parametrize(
    "body",
    [
        "if sep.is_empty() { return Err(pyo3::exceptions::PyValueError::new_err(0)); }"
        " Ok(sep.as_bytes()[0])",
        "if sep.len() != 1 { return Ok(b','); } Ok(sep.as_bytes()[0])",
        'Ok(";".as_bytes()[0])',
        "Ok(sep.as_bytes().first().copied().unwrap_or(b','))",
    ],
)
def test_a_text_that_was_looked_at_or_is_written_is_silent(body: str) -> None:
    assert messages(body) == []
