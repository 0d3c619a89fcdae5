"""BC211: a lock that is kept over a release, while others wait for it attached."""

from __future__ import annotations

import pytest

from bindcheck.findings import Severity
from bindcheck.rules.bc211_blocking_while_attached import BlockingWhileAttached
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;
use std::sync::RwLock;

#[pyclass(frozen)]
struct Column { cells: RwLock<Vec<f64>> }

#[pymethods]
impl Column {
    fn same(&self, py: Python<'_>, other: &Column) -> bool {
        SAME
    }
    fn put(&self, py: Python<'_>, cells: Vec<f64>) {
        PUT
    }
}
"""
SAME = "let cells = self.cells.read().unwrap(); py.detach(|| cells.iter().all(|x| *x > 0.0))"
PUT = "*self.cells.write().unwrap() = cells;"


def reported(same: str = SAME, put: str = PUT) -> dict[str, str]:
    code = CODE.replace("SAME", same).replace("PUT", put)
    found = audit_source(code, [BlockingWhileAttached()], pyo3="0.26.0").findings
    assert all(one.severity is Severity.ERROR for one in found)
    return {one.item: one.message for one in found}


def test_both_sides_of_a_deadlock_are_told() -> None:
    found = reported()
    assert found["Column::same"] == (
        "the lock of `read` is kept over a release (`detach`), and `Column::put` waits for it"
        " attached: a deadlock"
    )
    assert "`Column::same` detaches (`detach`) while it holds it" in found["Column::put"]


@pytest.mark.parametrize(
    ("same", "put"),
    [
        ("py.detach(|| self.cells.read().unwrap().iter().all(|x| *x > 0.0))", PUT),
        (
            "let cells = self.cells.read().unwrap().clone();"
            " py.detach(|| cells.iter().all(|x| *x > 0.0))",
            PUT,
        ),
        (SAME, "py.detach(|| *self.cells.write().unwrap() = cells);"),
        (SAME, 'drop(cells); println!("{}", self.cells.read().unwrap().len());'),
    ],
)
def test_silent_without_a_release_under_the_lock_or_without_anybody_who_waits(
    same: str, put: str
) -> None:
    assert "Column::same" not in reported(same, put)
