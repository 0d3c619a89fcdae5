"""BC303 leaves addresses alone: no caller chooses where something lies."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

CODE = """use pyo3::prelude::*;

struct Key {
    address: usize,
}

impl Key {
    fn new(object: Py<PyAny>) -> Self {
        let address = object.as_ptr() as usize;
        Self { address }
    }
}

#[pyfunction]
fn kept(object: Bound<'_, PyAny>, count: usize) -> usize {
    let address = object.as_ptr() as usize;
    let key = Key::new(object.clone().unbind());
    assert_eq!(ASKED);
    key.address
}
"""


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        ("key.address, address", 0),
        ("key.address, count", 1),
        ("count % 2, 0", 1),
    ],
)
def test_addresses_are_no_values_of_the_caller(asked: str, reported: int) -> None:
    report = audit_source(CODE.replace("ASKED", asked), [PanicPath()])
    assert len(report.findings) == reported, report.findings
