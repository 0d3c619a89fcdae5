"""Which batch cores need a counterpart that writes into a given slice."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc104_missing_inner_into import MissingInnerInto
from bindcheck.testing import audit_source

CODE = """
use pyo3::prelude::*;

#[derive(Clone, Copy)]
pub enum Kernel { Auto, Scalar }
pub struct TideParams {PARAMS}
pub struct TideInput<'a> { data: &'a [f64], params: TideParams }
pub struct TideOutput { pub values: Vec<f64> }
pub fn tide_with_kernel(input: &TideInput, kernel: Kernel) -> Result<TideOutput, String> {
    compute(input, kernel)
}
INTO
RANGE
pub struct TideBatchOutput { pub values: Vec<f64>, pub rows: usize, pub cols: usize }
pub fn tide_batch_with_kernel(
    data: &[f64],
    GIVEN
    kernel: Kernel,
) -> Result<TideBatchOutput, String> {
    compute_batch(data, kernel)
}
#[pyfunction]
fn tide_py(data: PyReadonlyArray1<'_, f64>) -> PyResult<Vec<f64>> {
    let input = TideInput { data: data.as_slice()?, params: TideParams::default() };
    Ok(tide_with_kernel(&input, Kernel::Auto).map_err(PyValueError::new_err)?.values)
}
"""
INTO = """
pub fn tide_into_slice(out: &mut [f64], input: &TideInput, kernel: Kernel) -> Result<(), String> {
    fill(out, input, kernel)
}
"""
RANGE = "pub struct TideBatchRange { pub FIELD: (usize, usize, usize) }"


@pytest.mark.parametrize(
    ("params", "field", "into", "count"),
    [
        ("{ pub period: Option<usize> }", "period", INTO, 1),
        ("{}", "", INTO, 0),
        ("{}", "unused", INTO, 0),
        ("{}", "", "", 1),
    ],
)
def test_one_row_that_is_written_into_a_slice_is_enough(
    params: str, field: str, into: str, count: int
) -> None:
    code = CODE.replace("{PARAMS}", params).replace("INTO", into)
    code = code.replace("RANGE", RANGE.replace("FIELD", field) if field else "")
    code = code.replace("GIVEN", "range: &TideBatchRange," if field else "")
    assert len(audit_source(code, [MissingInnerInto()]).findings) == count


def test_no_more_is_promised_than_the_generator_can_do() -> None:
    for example in MissingInnerInto.bad:
        [finding] = audit_source(example.code, [MissingInnerInto()]).findings
        assert finding.help.startswith("write `gain_batch_inner_into`: it fills the slice")
        assert finding.fix is None
