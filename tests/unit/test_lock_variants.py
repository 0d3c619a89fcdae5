"""Locks of enums: who asks for one variant, and what happens to another one under the lock."""

from __future__ import annotations

import pytest

from bindcheck.testing import audit_source

CODE = """
use std::sync::{Arc, RwLock};

use other::Plain;
use pyo3::prelude::*;

trait Apply {
    fn apply(&self, text: &str) -> usize;
}

struct Own(Py<PyAny>);

impl Apply for Own {
    fn apply(&self, text: &str) -> usize {
        Python::attach(|py| self.0.call1(py, (text,)).map_or(0, |_| text.len()))
    }
}

enum Step {
    Given(Plain),
    Custom(Own),
}

impl Apply for Step {
    fn apply(&self, text: &str) -> usize {
        match self {
            Step::Given(one) => one.apply(text),
            Step::Custom(one) => one.apply(text),
        }
    }
}

#[pyclass(frozen)]
struct Chain {
    step: Arc<RwLock<Step>>,
}

#[pymethods]
impl Chain {
    #[new]
    fn new() -> Self {
        Chain { step: Arc::new(RwLock::new(Step::Given(Plain::new()))) }
    }

    fn run(&self, py: Python<'_>, text: &str) -> usize {
        py.detach(|| self.step.read().unwrap().apply(text))
    }

    fn set_width(&self, width: usize) {
        SET
    }
}

#[pymodule]
fn lib(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Chain>()?;
    Ok(())
}
"""
ONE = """
        if let Step::Given(ref mut one) = *self.step.write().unwrap() {
            one.width = width;
        }
"""
KEPT = """
        let mut step = self.step.write().unwrap();
        if let Step::Given(ref mut one) = *step {
            one.width = width;
        }
"""


def deadlocks(code: str) -> int:
    found = audit_source(code, select=("BC211",), pyo3="0.27.0").findings
    return sum("a deadlock" in one.message and "write" in one.message for one in found)


@pytest.mark.parametrize("body", [ONE, KEPT])
def test_who_changes_what_another_crate_made_does_not_wait_for_what_attaches(body: str) -> None:
    assert deadlocks(CODE.replace("SET", body)) == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("if let Step::Given(ref mut one)", "if let Step::Custom(ref mut one)"),
        (
            "            one.width = width;\n        }",
            "            one.width = 1;\n        } else { () }",
        ),
        ("    Given(Plain),", "    Given(Own),"),
        ("            Step::Given(one) => one.apply(text),\n", ""),
    ],
    ids=["the other variant", "anything else", "of this crate", "no arm of its own"],
)
def test_otherwise_both_wait_for_ever(old: str, new: str) -> None:
    code = CODE.replace("SET", ONE)
    assert old in code
    assert deadlocks(code.replace(old, new)) == 1
