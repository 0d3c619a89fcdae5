"""Functions over slices that take a struct of parameters, or give their results as one."""

from __future__ import annotations

import pytest

from bindcheck.model import CoreApi
from bindcheck.testing import program_from

PARAMS = """
#[derive(Clone)]
pub struct SwellParams {
    /// Values in each window.
    pub period: usize,
    pub gain: Option<f64>,
}
impl Default for SwellParams {
    fn default() -> Self { Self { period: 14, gain: Some(1.5) } }
}
pub struct SwellOutput { pub upper: Vec<f64>, pub lower: Vec<f64> }
"""

BATCH = """
pub struct SwellBatchRange { pub period: (usize, usize, usize) }
pub struct SwellBatchOutput {
    pub upper: Vec<f64>, pub lower: Vec<f64>, pub combos: Vec<SwellParams>,
    pub rows: usize, pub cols: usize,
}
pub fn expand_grid(range: &SwellBatchRange) -> Vec<SwellParams> {
    (range.period.0..range.period.1)
        .map(|period| SwellParams { period, gain: None }).collect()
}
pub fn swell_batch(data: &[f64], range: &SwellBatchRange) -> Result<SwellBatchOutput, String> {
    todo!()
}
pub struct SwellStream { period: usize }
impl SwellStream {
    pub fn try_new(params: SwellParams) -> Result<Self, String> { todo!() }
    pub fn update(&mut self, value: f64) -> Option<(f64, f64)> { None }
}
"""


def cores(code: str, *others: tuple[str, str]) -> tuple[CoreApi, ...]:
    return program_from({"src/lib.rs": code, **dict(others)}).cores


@pytest.mark.parametrize(
    ("taken", "roles"),
    [
        ("data: &[f64], params: &SwellParams", ("series:data", "params")),
        ("data: &[f64], params: SwellParams", ("series:data", "params")),
        ("data: &[f64], params: Option<&SwellParams>", ("series:data", "params")),
        ("data: &[f64], params: Option<SwellParams>", ("series:data", "params")),
        ("p: &SwellParams, h: &[f64], l: &[f64]", ("params", "series:high", "series:low")),
        ("x: &[f64], p: SwellParams, y: &[f64]", ("series:x", "params", "series:y")),
        ("weights: &[f64], p: SwellParams", ("series:data", "params")),
        ("data: &[f64], p: &SwellParams, shift: f64", ("series:data", "params", "extra:shift")),
    ],
)
@pytest.mark.parametrize(
    "given",
    ["Vec<f64>", "Result<Vec<f64>, String>", "(Vec<f64>, Vec<bool>)", "Result<SwellOutput, ()>"],
)
def test_a_struct_of_parameters_may_stand_anywhere(
    taken: str, roles: tuple[str, ...], given: str
) -> None:
    (core,) = cores(f"{PARAMS}pub fn swell({taken}) -> {given} {{ todo!() }}")
    assert core.name == "swell"
    assert core.prefix == "Swell"
    assert core.single is not None
    assert core.single.roles == roles
    assert core.input is None
    assert core.params_struct == "SwellParams"
    assert [(one.name, one.type.text, one.optional, one.default) for one in core.params] == [
        ("period", "usize", False, "14"),
        ("gain", "f64", True, "1.5"),
    ]
    assert core.params[0].doc.strip() == "Values in each window."
    extras = [one.name for one in core.constructors[0].extras]
    assert extras == (["shift"] if "shift" in taken else [])


def test_what_the_function_puts_in_place_of_none_is_a_default() -> None:
    code = """
pub struct SwellConfig { pub period: Option<usize>, pub shift: usize }
pub fn swell(data: &[f64], config: &SwellConfig) -> Vec<f64> {
    let period = config.period.unwrap_or(21);
    data[period..].to_vec()
}
"""
    (core,) = cores(code)
    assert [(one.name, one.default) for one in core.params] == [("period", "21"), ("shift", None)]


def test_vectors_of_a_struct_are_results() -> None:
    code = "pub fn swell(data: &[f64], lag: usize) -> Result<SwellOutput, String> { todo!() }"
    (core,) = cores(PARAMS + code)
    assert core.output_struct == "SwellOutput"
    assert [one.name for one in core.outputs] == ["upper", "lower"]
    assert core.single is not None
    assert core.single.roles == ("series:data", "param:lag")


def test_batch_and_stream_belong_to_the_core() -> None:
    code = "pub fn swell(data: &[f64], params: &SwellParams) -> SwellOutput { todo!() }"
    (core,) = cores(PARAMS + code + BATCH)
    assert core.range_struct == "SwellBatchRange"
    assert [(one.name, one.param) for one in core.ranges] == [("period", "period")]
    assert core.expand_grid is not None
    assert core.batch_with_kernel is not None
    assert core.batch_with_kernel.roles == ("series:data", "range")
    assert core.batch_output == "SwellBatchOutput"
    assert core.stream is not None
    assert core.stream.name == "SwellStream"
    assert core.why_not == ()


def test_vectors_of_a_tuple_are_called_as_those_of_the_batch() -> None:
    code = "pub fn swell(data: &[f64], params: &SwellParams) -> (Vec<f64>, Vec<f64>) { todo!() }"
    (core,) = cores(PARAMS + code + BATCH)
    assert [one.name for one in core.outputs] == ["upper", "lower"]


VARIANTS = """
pub enum Kernel { Auto, Scalar }
pub fn swell(data: &[f64], params: &SwellParams) -> Result<Vec<f64>, String> {
    swell_with_kernel(data, params, Kernel::Auto)
}
pub fn swell_with_kernel(
    data: &[f64], params: &SwellParams, kernel: Kernel
) -> Result<Vec<f64>, String> { todo!() }
pub fn swell_into(out: &mut [f64], data: &[f64], params: &SwellParams) -> Result<(), String> {
    todo!()
}
"""


def test_variants_of_a_function_are_one_core() -> None:
    (core,) = cores(PARAMS + VARIANTS)
    assert core.name == "swell"
    assert core.single is not None
    assert core.single.name == "swell"
    assert core.with_kernel is not None
    assert core.with_kernel.roles == ("series:data", "params", "kernel")
    assert core.into_slice is not None
    assert core.into_slice.roles == ("out:values", "series:data", "params")


def test_cores_that_share_their_parameters_have_streams_of_their_own() -> None:
    code = """
pub struct AverageParams { pub period: usize }
pub fn fast(data: &[f64], params: &AverageParams) -> Vec<f64> { todo!() }
pub fn slow(data: &[f64], params: &AverageParams) -> Vec<f64> { todo!() }
pub struct SlowStream { period: usize }
impl SlowStream {
    pub fn new(params: AverageParams) -> Self { todo!() }
    pub fn update(&mut self, value: f64) -> f64 { value }
}
"""
    fast, slow = cores(code)
    assert (fast.name, fast.prefix, fast.stream) == ("fast", "Fast", None)
    assert slow.stream is not None
    assert slow.stream.name == "SlowStream"


@pytest.mark.parametrize(
    "code",
    [
        # What no binding can make.
        "pub struct P { pub w: Vec<f64> } pub fn s(d: &[f64], params: &P) -> Vec<f64> { todo!() }",
        "pub struct PParams<T> { pub w: T }"
        " pub fn s(d: &[f64], p: &PParams<f64>) -> Vec<f64> { todo!() }",
        "pub struct PParams(usize); pub fn s(d: &[f64], p: &PParams) -> Vec<f64> { todo!() }",
        "pub struct SParams { pub n: usize }"
        " pub fn s(d: &[f64], p: &mut SParams) -> Vec<f64> { todo!() }",
        # Neither called a struct of parameters, nor given as such.
        "pub struct State { pub n: usize } pub fn s(d: &[f64], at: &State) -> Vec<f64> { todo!() }",
        # No result of numbers.
        "pub struct SParams { pub n: usize } pub fn s(d: &[f64], p: &SParams) -> usize { 0 }",
        "pub struct Seen { pub at: usize, pub values: Vec<f64> }"
        " pub fn s(d: &[f64]) -> Seen { todo!() }",
        # Read from bytes.
        "pub struct Sizes { pub of: Vec<u32> } pub fn s(d: &[u8]) -> Sizes { todo!() }",
        # A grid.
        "pub struct Grid { pub rows: Vec<f64> } pub fn s(d: &[f64]) -> Grid { todo!() }",
        # Not public.
        "pub struct SParams { pub n: usize } fn s(d: &[f64], p: &SParams) -> Vec<f64> { todo!() }",
    ],
)
def test_what_is_none(code: str) -> None:
    assert cores(code) == ()


def test_one_that_is_called_like_its_parameters_is_a_core_beside_what_is_bound() -> None:
    code = """
use pyo3::prelude::*;
pub fn swell(data: &[f64], params: &SwellParams) -> Vec<f64> { todo!() }
pub fn flat(data: &[f64], lag: usize) -> Vec<f64> { todo!() }
pub fn other(data: &[f64], lag: usize) -> Vec<f64> { todo!() }
#[pyfunction]
fn flat_py(data: Vec<f64>, lag: usize) -> Vec<f64> { flat(&data, lag) }
"""
    assert [core.name for core in cores(PARAMS + code)] == ["swell", "flat"]


INPUT = """
pub struct GainParams { pub period: usize }
pub struct GainInput<'a> { pub data: &'a [f64], pub params: GainParams }
pub fn gain(input: &GainInput) -> Vec<f64> { todo!() }
pub fn gain_step(data: &[f64], params: &GainParams) -> Vec<f64> { todo!() }
"""


def test_beside_input_structs_a_core_is_called_like_its_parameters() -> None:
    code = "pub fn {}(data: &[f64], params: &SwellParams) -> Vec<f64> {{ todo!() }}"
    own = INPUT + PARAMS + code.format("swell")
    assert [core.name for core in cores(own)] == ["gain", "swell"]
    assert [core.name for core in cores(INPUT + PARAMS + code.format("helper"))] == ["gain"]


def test_a_binding_of_such_a_core_is_known() -> None:
    code = """
use pyo3::prelude::*;
pub fn swell(data: &[f64], params: &SwellParams) -> Vec<f64> { todo!() }
#[pyfunction]
#[pyo3(name = "swell")]
fn swell_py(data: Vec<f64>, period: usize) -> Vec<f64> {
    swell(&data, &SwellParams { period, gain: None })
}
"""
    program = program_from({"src/lib.rs": PARAMS + code + BATCH})
    (entry,) = [one for one in program.entries if one.python_name == "swell"]
    assert (entry.indicator, entry.role.value) == ("swell", "single")
