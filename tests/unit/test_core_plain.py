"""Cores without an Input struct: functions over slices, and what is none of them."""

from __future__ import annotations

import pytest

from bindcheck.testing import program_from

BOUND = """
use pyo3::prelude::*;
#[pyfunction]
fn drift_py(data: Vec<f64>, lag: usize) -> Vec<f64> { math::drift(&data, lag) }
"""


def names(code: str, *others: tuple[str, str]) -> list[str]:
    """Names of the cores of a crate."""
    return [core.name for core in program_from({"src/lib.rs": code, **dict(others)}).cores]


@pytest.mark.parametrize(
    "signature",
    [
        "pub fn drift(data: &[f64], lag: usize) -> Vec<f64>",
        "pub fn drift(data: &[f64], lag: usize) -> Result<Vec<f64>, String>",
        "pub fn drift(high: &[f64], low: &[f64], kernel: Kernel) -> (Vec<f64>, Vec<f64>)",
        "pub fn drift(data: &[f64], mode: Option<&str>) -> Vec<bool>",
        "pub fn drift(data: &[f64], lag: usize, out: &mut [f64])",
        "pub fn drift_into(data: &[f64], out: &mut [f64]) -> Result<(), String>",
    ],
)
def test_functions_over_slices_are_cores(signature: str) -> None:
    assert names(signature + " { todo!() }") == ["drift"]


@pytest.mark.parametrize(
    "signature",
    [
        "fn drift(data: &[f64]) -> Vec<f64>",
        "pub(crate) fn drift(data: &[f64]) -> Vec<f64>",
        "pub unsafe fn drift(data: &[f64]) -> Vec<f64>",
        "#[inline(always)] pub fn drift(data: &[f64]) -> Vec<f64>",
        '#[target_feature(enable = "avx2")] pub fn drift(data: &[f64]) -> Vec<f64>',
        "pub fn drift_scalar(data: &[f64], out: &mut [f64])",
        "pub fn drift_row(data: &[f64], out: &mut [f64])",
        "pub fn drift(data: &[f64], weights: &[f64], first: usize, out: &mut [f64])",
        "pub fn drift<F: Fn(f64) -> f64>(data: &[f64], out: &mut [f64], f: F)",
        "pub fn mean(data: &[f64]) -> f64",
        "pub fn axis(start: f64, end: f64) -> Vec<f64>",
        "pub fn fill(out: &mut [f64], value: f64)",
        "pub fn shape(data: &[f64]) -> Vec<Vec<f64>>",
        "pub fn read(text: &[u8]) -> Vec<String>",
        '#[cfg(feature = "other")] pub fn drift(data: &[f64]) -> Vec<f64>',
    ],
)
def test_helpers_kernels_and_reductions_are_none(signature: str) -> None:
    assert names(signature + " { todo!() }") == []


def test_what_another_function_calls_is_a_step_of_it() -> None:
    code = """
pub fn range_of(high: &[f64], low: &[f64]) -> Vec<f64> { todo!() }
pub fn average_range(high: &[f64], low: &[f64], n: usize) -> Vec<f64> { range_of(high, low) }
"""
    assert names(code) == ["average_range"]


def test_what_a_binding_calls_is_a_core_and_its_neighbours_are_not() -> None:
    math = """
pub fn drift(data: &[f64], lag: usize) -> Vec<f64> { todo!() }
pub fn unused(data: &[f64]) -> Vec<f64> { todo!() }
"""
    assert names("mod math;" + BOUND, ("src/math.rs", math)) == ["drift"]


STEPS = """
fn drift_row(data: &[f64], lag: usize) -> Vec<f64> { todo!() }
fn weigh(data: &[f64], weights: &[f64]) -> Vec<f64> { todo!() }
pub fn drift(data: &[f64], lag: usize) -> Vec<f64> { todo!() }
#[pyfunction]
fn drift_py(data: Vec<f64>, lag: usize) -> Vec<f64> { BODY }
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("drift_row(&data, lag)", ["drift_row"]),
        ("weigh(&data, &data)", ["weigh"]),
        ("if lag > 3 { drift_row(&data, lag) } else { drift(&data, lag) }", ["drift"]),
        ("if lag > 3 { drift_row(&data, lag) } else { weigh(&data, &data) }", ["drift"]),
    ],
)
def test_a_step_by_its_names_is_a_core_where_it_is_all_that_a_binding_calls(
    body: str, found: list[str]
) -> None:
    assert names(STEPS.replace("BODY", body)) == found


def test_an_unbound_function_in_a_module_of_its_own_is_a_core() -> None:
    math = "pub fn drift(data: &[f64], lag: usize) -> Vec<f64> { todo!() }"
    speed = "pub fn speed(data: &[f64]) -> Vec<f64> { todo!() }"
    files = (("src/math.rs", math), ("src/speed.rs", speed))
    assert names("mod math; mod speed;" + BOUND, *files) == ["drift", "speed"]


def test_a_crate_with_input_structs_has_no_plain_cores() -> None:
    code = """
pub struct GainInput<'a> { pub data: &'a [f64] }
pub fn gain(input: &GainInput) -> Vec<f64> { todo!() }
pub fn helper(data: &[f64]) -> Vec<f64> { todo!() }
"""
    assert names(code) == ["gain"]


def test_a_plain_core_tells_its_series_values_and_outputs() -> None:
    code = """
pub fn band(h: &[f64], l: &[f64], lag: usize, top: Option<f64>, out: &mut [f64]) {}
"""
    (core,) = program_from({"src/lib.rs": code}).cores
    assert core.single is None
    assert core.into_slice is not None
    assert core.into_slice.roles == (
        "series:high",
        "series:low",
        "param:lag",
        "param:top",
        "out:out",
    )
    assert [(one.name, one.type.text, one.optional) for one in core.params] == [
        ("lag", "usize", False),
        ("top", "f64", True),
    ]
    assert [one.name for one in core.outputs] == ["out"]


ALIASES = """
pub mod swell;
#[cfg(feature = "short")]
pub type Real = f32;
#[cfg(not(feature = "short"))]
pub type Real = f64;
pub type Level = crate::Real;
pub type Count = usize;
pub type Name = String;
"""

SWELL = """
use crate::{Count, Level, Real as Number};
pub fn swell(data: &[crate::Real], lag: Count, out: &mut [Level]) -> Result<(), String> { todo!() }
"""


def test_aliases_of_numbers_are_numbers() -> None:
    (core,) = program_from({"src/lib.rs": ALIASES, "src/swell.rs": SWELL}).cores
    assert [(one.name, one.element) for one in core.constructors[0].series] == [("data", "f64")]
    assert [(one.name, one.type.text) for one in core.params] == [("lag", "usize")]
    assert [(one.name, one.element) for one in core.outputs] == [("out", "f64")]
    assert core.into_slice is not None
    assert core.into_slice.roles == ("series:data", "param:lag", "out:out")


@pytest.mark.parametrize(
    "aliases",
    [
        "pub struct Real(f64);",
        "pub type Real = Vec<f64>;",
        "pub type Real = Other; pub type Other = Real;",
        "mod other { pub type Real = f64; } pub struct Real;",
    ],
)
def test_names_that_stand_for_no_number_are_left(aliases: str) -> None:
    assert names(f"{aliases} pub fn drift(data: &[Real], out: &mut [Real]) {{ todo!() }}") == []


def test_a_function_called_like_its_module_is_no_step_of_others() -> None:
    mean = "pub fn mean(data: &[f64], n: usize) -> Vec<f64> { todo!() }"
    bands = (
        "use crate::mean::mean;\n"
        "pub fn bands(data: &[f64], n: usize) -> Vec<f64> { mean(data, n) }\n"
        "pub fn half(data: &[f64]) -> Vec<f64> { todo!() }\n"
        "pub fn third(data: &[f64]) -> Vec<f64> { half(data) }"
    )
    files = (("src/mean.rs", mean), ("src/bands.rs", bands))
    assert names("mod mean; mod bands;", *files) == ["mean", "bands", "third"]
