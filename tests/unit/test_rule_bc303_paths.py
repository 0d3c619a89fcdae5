"""BC303: a path that the caller passes need not have an extension or a name."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence
from bindcheck.testing import audit_source

CODE = """use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::{Path, PathBuf};

#[pyfunction]
fn format_of(given: GIVEN) -> PyResult<String> {
    BODY
}
"""


@pytest.mark.parametrize(
    ("given", "body", "reported"),
    [
        ("String", "Ok(Path::new(&given).extension().unwrap().to_str().unwrap().into())", 1),
        ("PathBuf", 'let name = given.file_name().expect("a name"); Ok(format!("{name:?}"))', 1),
        (
            "String",
            "Ok(Path::new(&given).file_stem().ok_or_else(|| "
            'PyValueError::new_err("no name"))?.to_str().unwrap().into())',
            0,
        ),
        ("String", 'Ok(Path::new("a.txt").extension().unwrap().to_str().unwrap().into())', 0),
    ],
)
def test_a_part_that_a_path_need_not_have(given: str, body: str, reported: int) -> None:
    findings = audit_source(CODE.replace("GIVEN", given).replace("BODY", body)).findings
    found = [one.confidence for one in findings if one.code == "BC303"]
    assert found == [Confidence.CERTAIN] * reported
