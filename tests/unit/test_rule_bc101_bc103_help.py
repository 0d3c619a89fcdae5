"""Missing bindings: what is promised of the generator, and which configuration counts."""

from __future__ import annotations

import pytest

from bindcheck.rules.bc101_missing_single import MissingSingle
from bindcheck.rules.bc102_missing_batch import MissingBatch
from bindcheck.rules.bc103_missing_stream import MissingStream
from bindcheck.testing import audit_source

CORE = """
pub struct EbbParams { pub period: Option<usize> }
pub struct EbbInput<'a> { pub data: &'a [f64], pub params: EbbParams }
impl<'a> EbbInput<'a> {
    pub fn from_slice(data: &'a [f64], params: EbbParams) -> Self { Self { data, params } }
}
pub struct EbbOutput { pub values: Vec<f64> }
pub fn ebb(input: &EbbInput) -> Result<EbbOutput, String> { todo!() }
pub struct EbbStream<const N: usize> { sum: f64 }
impl<const N: usize> EbbStream<N> {
    pub fn try_new(params: EbbParams) -> Result<Self, String> { todo!() }
    pub fn update(&mut self, value: f64) -> Option<f64> { todo!() }
}
"""


def test_the_generator_is_not_said_to_write_what_it_may_lack_a_fact_for() -> None:
    report = audit_source(CORE, (MissingSingle(), MissingBatch(), MissingStream()))
    assert {one.code for one in report.findings} == {"BC101", "BC103"}
    for one in report.findings:
        assert one.help.startswith("`bindcheck generate ebb` writes the ")
        assert one.help.endswith(", or says what it lacks")


@pytest.mark.parametrize(
    ("gate", "codes"),
    [
        ("", {"BC101", "BC103"}),
        ('#[cfg(feature = "python")]', {"BC101", "BC103"}),
        ('#[cfg(feature = "other")]', set()),
    ],
)
def test_a_core_that_is_not_part_of_the_configuration_has_no_binding_either(
    gate: str, codes: set[str]
) -> None:
    rules = (MissingSingle(), MissingBatch(), MissingStream())
    report = audit_source(f"{gate} pub mod ebb;", rules, files={"src/ebb.rs": CORE})
    assert {one.code for one in report.findings} == codes
