"""BC302: products that size an allocation in a helper of the binding."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Severity
from bindcheck.rules.bc302_unchecked_size import UncheckedSize
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;

pub struct Span3 {
    fast: (usize, usize, usize),
    slow: (usize, usize, usize),
    mid: (usize, usize, usize),
}

fn axis(range: (usize, usize, usize)) -> Vec<usize> {
    (range.0..=range.1).step_by(range.2.max(1)).collect()
}

fn grid(ranges: &Span3) -> Vec<usize> {
    let (fasts, slows, mids) = (axis(ranges.fast), axis(ranges.slow), axis(ranges.mid));
    SIZED
    found
}

#[pyfunction]
fn rows_of(
    fast: (usize, usize, usize),
    slow: (usize, usize, usize),
    mid: (usize, usize, usize),
) -> usize {
    grid(&Span3 { fast, slow, mid }).len()
}
"""


@pytest.mark.parametrize(
    ("sized", "count"),
    [
        ("let found = Vec::with_capacity(fasts.len() * slows.len() * mids.len());", 1),
        (
            "let cells = fasts.len().saturating_mul(slows.len()).saturating_mul(mids.len());\n"
            "    let found = Vec::with_capacity(cells);",
            0,
        ),
        ("let found = Vec::with_capacity(fasts.len());", 0),
    ],
)
def test_a_product_in_a_helper_is_reported_where_it_stands(sized: str, count: int) -> None:
    code = CODE.replace("SIZED", sized)
    found = audit_source(code, [UncheckedSize()]).findings
    assert [one.item for one in found] == ["grid"] * count
    for one in found:
        assert (one.severity, one.confidence) == (Severity.ERROR, Confidence.CERTAIN)
        assert "with_capacity" in code.splitlines()[one.location.line - 1]


TURNED = """
fn turned(matrix: &[f64], size: usize) -> Vec<usize> {
    vec![matrix.len(); size * size]
}
"""


@pytest.mark.parametrize(("cells", "item"), [("size * size", "grid"), ("4", "turned")])
def test_a_product_that_callers_have_made_a_matrix_of_is_reported_there(
    cells: str, item: str
) -> None:
    sized = (
        f"let size = ranges.fast.0; let matrix = vec![0.0; {cells}];"
        " let found = turned(&matrix, size);"
    )
    code = CODE.replace("SIZED", sized) + TURNED
    [found] = audit_source(code, [UncheckedSize()]).findings
    assert found.item == item
