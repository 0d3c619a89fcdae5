"""Classes of Python without a function: what counts functions must not count them."""

from __future__ import annotations

from bindcheck.testing import audit_source, program_from

CLASSES = """use pyo3::prelude::*;

#[pyclass(frozen)]
pub struct Tide { pub period: usize }

#[pyclass]
pub struct Wave { pub height: f64 }

#[pyclass(get_all)]
pub enum Kind { Low, High }

#[pymodule]
mod tides {
    #[pymodule_export]
    use super::{Kind, Tide, Wave};
}
"""


def test_every_rule_reads_classes_of_a_crate_without_functions() -> None:
    report = audit_source(CLASSES)
    assert {one.code for one in report.findings} <= {"BC109"}
    classes = [one for one in program_from({"src/lib.rs": CLASSES}).entries if one.class_ref]
    assert len(classes) == 3
