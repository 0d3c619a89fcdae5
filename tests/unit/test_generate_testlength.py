"""Which parameter a test sweeps, and what it gives for the others."""

from __future__ import annotations

import pytest

from bindcheck.generate.testfile import axis
from bindcheck.generate.testlength import swept
from bindcheck.model import ParamField
from bindcheck.testing import program_from


def params(text: str) -> tuple[ParamField, ...]:
    """Parameters of a core: `name = default` of `usize`, or of `f64` with a point."""
    pairs = [one.split(" = ") for one in text.split(", ")]
    fields = [f"pub {name}: Option<{'f64' if '.' in value else 'usize'}>" for name, value in pairs]
    source = f"""
pub struct TideParams {{ {", ".join(fields)} }}
impl Default for TideParams {{
    fn default() -> Self {{ Self {{ {", ".join(f"{n}: Some({v})" for n, v in pairs)} }} }}
}}
pub struct TideInput<'a> {{ pub data: &'a [f64], pub params: TideParams }}
impl<'a> TideInput<'a> {{
    pub fn from_slice(data: &'a [f64], params: TideParams) -> Self {{ Self {{ data, params }} }}
}}
pub struct TideOutput {{ pub values: Vec<f64> }}
pub fn tide(input: &TideInput) -> Result<TideOutput, String> {{ todo!() }}
"""
    (core,) = program_from({"src/tide.rs": source, "src/lib.rs": "pub mod tide;\n"}).cores
    return core.params


@pytest.mark.parametrize(
    ("text", "step", "expected"),
    [
        ("period = 9", 2, "period"),
        ("fast = 12, slow = 26", 2, "fast"),
        ("short = 2, long = 5", 2, "long"),
        ("short = 2, long = 5", 1, "short"),
        ("short = 2, long = 4", 1, "long"),
        ("slow = 26, fast = 24", 2, "slow"),
        ("a = 2, b = 4, c = 7", 2, "c"),
        ("factor = 2.5, period = 3", 2, "period"),
        ("mode = 3, period = 9", 2, "period"),
        ("ma_type = 1, devtype = 2, exit_mode = 0", 2, ""),
        ("commode = 3", 2, "commode"),
        ("factor = 2.5", 2, ""),
    ],
)
def test_a_grid_sweeps_a_count_that_stays_below_the_others(
    text: str, step: int, expected: str
) -> None:
    found = params(text)
    assert len(found) == text.count("=")
    assert swept(found, found, step) == expected


def test_a_count_stays_below_one_that_no_range_has() -> None:
    short, long = params("short = 2, long = 5")
    assert swept([short], [short, long], 2) == "short"
    assert swept([short, *params("other = 8")], [short, long], 2) == "other"


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        ("9", 2, "(9, 13, 2)"),
        ("9", 0, "(9, 9, 0)"),
        ("0.5", 0, "(0.5, 0.5, 0.0)"),
        ("True", 0, "(True, True, False)"),
        ("False", 0, "(False, False, False)"),
    ],
)
def test_a_range_has_numbers_of_one_kind(value: str, step: int, expected: str) -> None:
    assert axis(value, step) == expected
