"""The struct of parameters in an Input, by whatever name a crate gives such a struct."""

from __future__ import annotations

import pytest

from bindcheck.testing import program_from

CORE = """
#[derive(Clone)]
pub struct NAME { pub length: usize, pub gain: f64 }
impl Default for NAME {
    fn default() -> Self { Self { length: 5, gain: 1.5 } }
}
pub struct Clock { pub ticks: usize }
pub struct WaveInput<'a> { high: &'a [f64], low: &'a [f64], clock: Clock, FIELD: NAME }
impl<'a> WaveInput<'a> {
    pub fn new(high: &'a [f64], low: &'a [f64], FIELD: NAME) -> Self {
        Self { high, low, clock: Clock { ticks: 0 }, FIELD }
    }
}
pub struct WaveOutput { pub values: Vec<f64> }
pub fn wave(input: &WaveInput) -> Result<WaveOutput, String> {
    Ok(WaveOutput { values: input.high.to_vec() })
}
"""


@pytest.mark.parametrize(
    ("name", "field", "known"),
    [
        ("WaveParams", "p", True),
        ("WaveSettings", "p", True),
        ("Tuning", "settings", True),
        ("Tuning", "opts", True),
        ("WaveParameters", "p", True),
        ("Tuning", "p", False),
    ],
)
def test_an_input_has_its_parameters_in_a_struct(name: str, field: str, *, known: bool) -> None:
    code = CORE.replace("NAME", name).replace("FIELD", field)
    [core] = program_from({"src/lib.rs": code}).cores
    assert (core.params_struct == name) is known
    assert [one.name for one in core.params] == (["length", "gain"] if known else [])
    assert bool(core.constructors) is known
