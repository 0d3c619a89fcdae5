"""BC302: the numbers of a shape, multiplied, are as many values as there are."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc302_unchecked_size import UncheckedSize
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;

#[pyclass]
struct Plate {
    shape: [usize; 3],
    sides: [usize; 3],
    other_shape: (usize, usize),
    values: Vec<u8>,
}

#[pymethods]
impl Plate {
    fn turn(&self, count: usize) -> usize {
        BODY
    }
}
"""


def count(body: str) -> int:
    return len(audit_source(CODE.replace("BODY", body), [UncheckedSize()]).findings)


@pytest.mark.parametrize(
    "body",
    [
        "let [h, w, c] = self.shape;\n        vec![0u8; h * w * c].len()",
        "let [h, w, _] = self.shape;\n        vec![0u8; h * w].len()",
        "vec![0u8; self.shape[0] * self.shape[1]].len()",
    ],
)
def test_the_numbers_of_one_shape_do_not_overflow(body: str) -> None:
    assert count(body) == 0


@pytest.mark.parametrize(
    "body",
    [
        "let [h, w, c] = self.sides;\n        vec![0u8; h * w * c].len()",
        "let [h, _, _] = self.shape;\n        vec![0u8; h * h].len()",
        "let [h, w, _] = self.shape;\n        vec![0u8; h * w * count].len()",
    ],
)
def test_other_numbers_may(body: str) -> None:
    assert count(body) == 1
