"""BC303: numbers with which an object is made, and which its methods do not put up with."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Finding
from bindcheck.rules.bc303_panic_path import PanicPath
from bindcheck.testing import audit_source

STREAM = """
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

struct Ring {
    cells: Vec<f64>,
    at: usize,
    most: i32,
}

impl Ring {
    fn try_new(period: usize, most: usize) -> Result<Self, String> {
        CHECK
        Ok(Self { cells: vec![0.0; period], at: 0, most: most as i32 })
    }

    fn update(&mut self, x: f64) -> Option<f64> {
        BODY
    }
}

#[pyclass]
struct RingStream {
    ring: Ring,
}

#[pymethods]
impl RingStream {
    #[new]
    fn new(period: usize, most: usize) -> PyResult<Self> {
        let ring = Ring::try_new(period, most).map_err(PyValueError::new_err)?;
        Ok(Self { ring })
    }

    fn update(&mut self, x: f64) -> Option<f64> {
        self.ring.update(x)
    }
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<RingStream>()?;
    Ok(())
}
"""
INDEX = (
    "let old = self.cells[self.at]; self.cells[self.at] = x; self.at += 1;"
    " if self.at == self.cells.len() { self.at = 0; } Some(x - old)"
)
CLAMP = "let step = x as i32; Some(step.clamp(-self.most, self.most) as f64)"
REVERSED = "the bounds of a `clamp` are reversed, or one is NaN"
ZERO = 'if period == 0 { return Err("period is 0".to_string()); }'
MOST = 'if most > 1000 { return Err("most is too large".to_string()); }'


def findings(body: str, check: str = "") -> list[Finding]:
    code = STREAM.replace("CHECK", check).replace("BODY", body)
    return [
        one
        for one in audit_source(code, [PanicPath()]).findings
        if one.confidence is not Confidence.SUSPECT
    ]


@pytest.mark.parametrize(
    ("body", "check", "given"),
    [
        (INDEX, "", "`period` = 0 and `most` = 0 in `update` an index is too large"),
        (
            CLAMP,
            ZERO,
            "`most` = 4294967295 in `update` the bounds of a `clamp` are reversed, or one is NaN",
        ),
    ],
)
def test_a_number_that_a_later_call_does_not_put_up_with_is_likely_a_panic(
    body: str, check: str, given: str
) -> None:
    [found] = findings(body, check)
    assert found.message == (
        f"a method of the object panics for a number that nobody refuses: for {given}"
    )
    assert found.confidence is Confidence.LIKELY
    assert found.item == "RingStream::new"


@pytest.mark.parametrize(
    ("body", "check"),
    [
        (INDEX, ZERO),
        (CLAMP, ZERO + MOST),
        ("if self.cells.is_empty() { return None; } self.cells[0] = x; Some(x)", ""),
        ("self.at += 1; if self.at > 3 { Some(self.cells.iter().sum()) } else { None }", ""),
    ],
)
def test_what_is_refused_or_put_up_with_is_silent(body: str, check: str) -> None:
    assert not findings(body, check)
