"""Cores with an Input struct: what is read from signatures and types."""

from __future__ import annotations

import pytest

from bindcheck.model import CoreApi, CoreFunction
from bindcheck.testing import program_from

TYPES = """
pub enum Kernel { Auto, Scalar }
pub struct Bars { pub close: Vec<f64> }

#[derive(Debug)]
pub enum WaveError { Empty }

#[derive(Clone)]
pub struct WaveParams {
    /// Window in bars.
    pub length: Option<usize>,
    pub damping: Option<f64>,
}

impl Default for WaveParams {
    fn default() -> Self {
        Self { length: Some(12), damping: Some(0.5) }
    }
}

pub enum WaveData<'a> {
    Bars(&'a Bars),
    Slice(&'a [f64]),
}

pub struct WaveInput<'a> {
    pub data: WaveData<'a>,
    pub params: WaveParams,
}

impl<'a> WaveInput<'a> {
    pub fn from_bars(bars: &'a Bars, params: WaveParams) -> Self {
        Self { data: WaveData::Bars(bars), params }
    }
    pub fn from_slice(sl: &'a [f64], params: WaveParams) -> Self {
        Self { data: WaveData::Slice(sl), params }
    }
    pub fn length(&self) -> usize { self.params.length.unwrap_or(12) }
}

pub struct WaveOutput { pub values: Vec<f64> }
"""

FUNCTIONS = """
pub fn wave(input: &WaveInput) -> Result<WaveOutput, WaveError> {
    wave_with_kernel(input, Kernel::Auto)
}
pub fn wave_with_kernel(input: &WaveInput, kernel: Kernel) -> Result<WaveOutput, WaveError> {
    todo!()
}
pub fn wave_into_slice(
    dst: &mut [f64], input: &WaveInput, kern: Kernel,
) -> Result<(), WaveError> { todo!() }
fn wave_compute_into(
    data: &[f64], weights: &[f64], length: usize, first: usize, kernel: Kernel, out: &mut [f64],
) {}
fn wave_scalar(data: &[f64], length: usize, out: &mut [f64]) {}
fn wave_row_scalar(data: &[f64], first: usize, length: usize, out: &mut [f64]) {}
"""

BATCH = """
pub struct WaveBatchRange {
    pub length: (usize, usize, usize),
    pub damping: (f64, f64, f64),
}
pub struct WaveBatchOutput {
    pub values: Vec<f64>,
    pub combos: Vec<WaveParams>,
    pub rows: usize,
    pub cols: usize,
}
fn expand_grid(r: &WaveBatchRange) -> Result<Vec<WaveParams>, WaveError> { todo!() }
pub fn wave_batch_with_kernel(
    data: &[f64], sweep: &WaveBatchRange, k: Kernel,
) -> Result<WaveBatchOutput, WaveError> { todo!() }
pub fn wave_batch_par_slice(
    data: &[f64], sweep: &WaveBatchRange, k: Kernel,
) -> Result<WaveBatchOutput, WaveError> { todo!() }
fn wave_batch_inner(
    data: &[f64], sweep: &WaveBatchRange, kern: Kernel, parallel: bool,
) -> Result<WaveBatchOutput, WaveError> { todo!() }
fn wave_batch_inner_into(
    data: &[f64], sweep: &WaveBatchRange, kern: Kernel, parallel: bool, out: &mut [f64],
) -> Result<Vec<WaveParams>, WaveError> { todo!() }
"""

STREAM = """
pub struct WaveStream { last: f64 }
impl WaveStream {
    pub fn try_new(params: WaveParams) -> Result<Self, WaveError> { todo!() }
    pub fn update(&mut self, value: f64) -> Option<f64> { Some(value) }
    pub fn reset(&mut self) {}
}
"""

WHOLE = TYPES + FUNCTIONS + BATCH + STREAM


def cores_of(code: str, *others: tuple[str, str]) -> tuple[CoreApi, ...]:
    """Cores of a crate whose `src/lib.rs` is `code`; `others` are further files."""
    return program_from({"src/lib.rs": code, **dict(others)}).cores


def core_of(code: str, *others: tuple[str, str]) -> CoreApi:
    """The only core of a crate."""
    (core,) = cores_of(code, *others)
    return core


def roles(function: CoreFunction | None) -> tuple[str, ...]:
    assert function is not None
    return function.roles


def test_all_parts_of_a_core_are_found() -> None:
    core = core_of(WHOLE)
    assert (core.name, core.prefix, core.stem) == ("wave", "Wave", "lib")
    assert core.module_path == ("crate",)
    assert core.input_lifetime
    assert core.error == "WaveError"
    assert roles(core.single) == ("input",)
    assert roles(core.with_kernel) == ("input", "kernel")
    assert roles(core.into_slice) == ("out:values", "input", "kernel")
    assert roles(core.expand_grid) == ("range",)
    assert roles(core.batch_with_kernel) == ("series:data", "range", "kernel")
    assert roles(core.batch_inner) == ("series:data", "range", "kernel", "parallel")
    assert roles(core.batch_inner_into) == (
        "series:data",
        "range",
        "kernel",
        "parallel",
        "out:values",
    )
    assert core.batch_output == "WaveBatchOutput"
    assert [output.name for output in core.batch_outputs] == ["values"]
    assert core.why_not == ()


def test_the_plain_batch_function_is_preferred_to_its_variants() -> None:
    core = core_of(WHOLE)
    assert core.batch_with_kernel is not None
    assert core.batch_with_kernel.name == "wave_batch_with_kernel"


def test_steps_of_a_core_are_not_its_functions() -> None:
    steps = """
fn wave_compute_into(
    data: &[f64], weights: &[f64], length: usize, first: usize, kernel: Kernel, out: &mut [f64],
) -> Result<(), WaveError> { todo!() }
fn wave_scalar(data: &[f64], length: usize, out: &mut [f64]) {}
"""
    assert core_of(TYPES + "pub fn wave(i: &WaveInput) -> WaveOutput { todo!() }" + steps) == (
        core_of(TYPES + "pub fn wave(i: &WaveInput) -> WaveOutput { todo!() }")
    )


def test_a_function_without_result_is_infallible() -> None:
    core = core_of(TYPES + "pub fn wave(input: &WaveInput) -> WaveOutput { todo!() }")
    assert core.single is not None
    assert not core.single.fallible
    assert core.error is None


def test_a_result_alias_is_looked_through() -> None:
    alias = """
type WaveResult<T> = Result<T, WaveError>;
pub fn wave(input: &WaveInput) -> WaveResult<WaveOutput> { todo!() }
"""
    core = core_of(TYPES + alias)
    assert core.single is not None
    assert (core.single.fallible, core.single.error) == (True, "WaveError")
    assert core.output_struct == "WaveOutput"


def test_the_prefix_comes_from_the_struct_and_the_name_from_the_function() -> None:
    source = WHOLE.replace("fn wave", "fn ocean_wave").replace("wave_with", "ocean_wave_with")
    core = core_of("mod water;", ("src/water.rs", source))
    assert (core.name, core.prefix, core.stem) == ("ocean_wave", "Wave", "water")
    assert core.module_path == ("crate", "water")


def test_a_core_may_be_spread_over_files() -> None:
    functions = "use crate::types::*;\n" + FUNCTIONS + BATCH
    core = core_of(
        "mod types; mod wave;", ("src/types.rs", TYPES + STREAM), ("src/wave.rs", functions)
    )
    assert core.path == "src/types.rs"
    assert core.with_kernel is not None
    assert core.with_kernel.ref.path == "src/wave.rs"
    assert core.output_struct == "WaveOutput"
    assert core.range_struct == "WaveBatchRange"
    assert roles(core.batch_inner_into)[-1] == "out:values"


def test_two_cores_in_one_file_keep_apart() -> None:
    other = (
        WHOLE.replace("Wave", "Tide").replace("wave", "tide").replace("expand_grid", "expand_tide")
    )
    shared = "pub enum Kernel { Auto, Scalar }\npub struct Bars { pub close: Vec<f64> }\n"
    cores = cores_of(WHOLE + other.replace(shared, ""))
    assert [core.name for core in cores] == ["wave", "tide"]
    for core in cores:
        assert core.params_struct == f"{core.prefix}Params"
        assert core.range_struct == f"{core.prefix}BatchRange"
        assert core.stream is not None
        assert core.stream.name == f"{core.prefix}Stream"
        assert core.batch_inner_into is not None
        assert core.batch_inner_into.name == f"{core.name}_batch_inner_into"


def test_cores_of_one_name_are_told_apart_by_their_modules() -> None:
    cores = cores_of("mod a; mod b;", ("src/a.rs", WHOLE), ("src/b.rs", WHOLE))
    assert [core.name for core in cores] == ["crate::a::wave", "crate::b::wave"]


def test_of_two_configurations_the_active_one_counts() -> None:
    twins = """
#[cfg(feature = "python")]
pub fn wave(input: &WaveInput) -> Result<WaveOutput, WaveError> { todo!() }
#[cfg(not(feature = "python"))]
pub fn wave(input: &WaveInput) -> WaveOutput { todo!() }
"""
    core = core_of(TYPES + twins)
    assert core.single is not None
    assert core.single.fallible


def test_a_struct_that_only_ends_in_input_is_no_core() -> None:
    assert cores_of("pub struct UserInput { pub text: String }") == ()
    assert (
        cores_of(
            "pub struct FormInput<'a> { f: &'a str }\npub fn send(f: &FormInput) -> bool { true }"
        )
        == ()
    )


# --- inputs ------------------------------------------------------------------------------------


def test_only_constructors_from_arrays_are_usable() -> None:
    (constructor,) = core_of(WHOLE).constructors
    assert constructor.function == "from_slice"
    assert [series.name for series in constructor.series] == ["data"]
    assert constructor.arguments == ("data", "params")


def test_without_such_a_constructor_the_reason_is_given() -> None:
    code = WHOLE.replace("fn from_slice(sl: &'a [f64]", "fn from_slice(sl: &'a Bars")
    core = core_of(code)
    assert core.constructors == ()
    assert ("constructors", "`from_bars` takes `bars: &'a Bars`, which is not an array") in (
        core.why_not
    )


def test_abbreviated_series_are_spelled_out_and_matched_in_batches() -> None:
    code = WHOLE.replace("sl: &'a [f64]", "h: &'a [f64], l: &'a [f64], c: &'a [f64]").replace(
        "    data: &[f64], sweep", "    high: &[f64], lows: &[f64], _close: &[f64], sweep"
    )
    core = core_of(code)
    (constructor,) = core.constructors
    assert constructor.arguments == ("high", "low", "close", "params")
    assert roles(core.batch_with_kernel)[:3] == ("series:high", "series:low", "series:close")
    assert core.why_not == ()


def test_series_may_be_optional_or_of_integers() -> None:
    code = WHOLE.replace(
        "sl: &'a [f64]", "stamps: &'a [i64], price: &'a [f64], volume: Option<&'a [f64]>"
    )
    (constructor,) = core_of(code).constructors
    found = [(series.name, series.element, series.optional) for series in constructor.series]
    assert found == [("stamps", "i64", False), ("price", "f64", False), ("volume", "f64", True)]


def test_a_value_beside_the_parameters_is_an_extra() -> None:
    code = WHOLE.replace("sl: &'a [f64],", "sl: &'a [f64], side: &'a str,").replace(
        "sweep: &WaveBatchRange, k", "sweep: &WaveBatchRange, side: &str, k"
    )
    core = core_of(code)
    (constructor,) = core.constructors
    assert constructor.arguments == ("data", "extra:side", "params")
    assert roles(core.batch_with_kernel) == ("series:data", "range", "extra:side", "kernel")


def test_an_input_of_many_series_belongs_to_the_same_core() -> None:
    many = "pub struct WaveBatchInput<'a> { pub rows: &'a [&'a [f64]] }"
    assert core_of(WHOLE + many).prefix == "Wave"


# --- parameters --------------------------------------------------------------------------------


def test_defaults_are_read_without_option_and_ownership() -> None:
    code = WHOLE.replace(
        "pub damping: Option<f64>,",
        "pub damping: Option<f64>, pub mode: Option<String>,"
        " pub strict: Option<bool>, pub n: usize,",
    ).replace(
        "damping: Some(0.5) }",
        'damping: Some(-LIMIT), mode: Some("ema".to_string()), strict: None, n: 3 }',
    )
    core = core_of(code + "const LIMIT: f64 = 0.25;")
    found = [(one.name, one.type.text, one.optional, one.default) for one in core.params]
    assert found == [
        ("length", "usize", True, "12"),
        ("damping", "f64", True, "-0.25"),
        ("mode", "String", True, '"ema"'),
        ("strict", "bool", True, None),
        ("n", "usize", False, "3"),
    ]
    assert core.params[0].doc == "Window in bars."


def test_getters_give_defaults_where_default_is_derived() -> None:
    start, end = TYPES.index("impl Default for WaveParams"), TYPES.index("pub enum WaveData")
    code = TYPES[:start].replace("#[derive(Clone)]", "#[derive(Clone, Default)]") + TYPES[end:]
    code = code.replace(
        "pub fn length",
        "fn damping(&self) -> f64 { self.params.damping.unwrap_or_else(|| 0.5) }\n"
        "    pub fn length",
    )
    core = core_of(code + FUNCTIONS)
    assert [param.default for param in core.params] == ["12", "0.5"]


def test_a_unit_struct_of_parameters_has_none() -> None:
    start, end = TYPES.index("#[derive(Clone)]"), TYPES.index("pub enum WaveData")
    code = TYPES[:start] + "pub struct WaveParams;\n" + TYPES[end:]
    code = code.replace(
        "    pub fn length(&self) -> usize { self.params.length.unwrap_or(12) }\n", ""
    )
    batch = """
pub struct WaveBatchOutput { pub values: Vec<f64>, pub rows: usize, pub cols: usize }
pub fn wave_batch_with_kernel(data: &[f64], k: Kernel) -> Result<WaveBatchOutput, WaveError> {
    todo!()
}
fn wave_batch_inner_into(
    data: &[f64], k: Kernel, _parallel: bool, out: &mut [f64],
) -> Result<(), WaveError> { todo!() }
"""
    core = core_of(code + FUNCTIONS + batch)
    assert (core.params_struct, core.params, core.range_struct) == ("WaveParams", (), None)
    assert roles(core.batch_with_kernel) == ("series:data", "kernel")
    assert roles(core.batch_inner_into) == ("series:data", "kernel", "parallel", "out:values")


# --- outputs -----------------------------------------------------------------------------------


def test_several_outputs_are_matched_to_buffers_by_name() -> None:
    code = (
        WHOLE.replace(
            "pub struct WaveOutput { pub values: Vec<f64> }",
            "pub struct WaveOutput { pub upper: Vec<f64>, pub is_up: Vec<bool> }",
        )
        .replace("dst: &mut [f64]", "up_out: &mut [bool], dst_upper: &mut [f64]")
        .replace("parallel: bool, out: &mut [f64]", "parallel: bool, a: &mut [f64], b: &mut [bool]")
    )
    core = core_of(code)
    assert [(one.name, one.element) for one in core.outputs] == [
        ("upper", "f64"),
        ("is_up", "bool"),
    ]
    assert roles(core.into_slice)[:2] == ("out:is_up", "out:upper")
    assert roles(core.batch_inner_into)[-2:] == ("out:upper", "out:is_up")
    assert ("batch_output", "`WaveBatchOutput` holds 1 result vectors, `WaveOutput` 2") in (
        core.why_not
    )


def test_one_buffer_for_several_outputs_is_no_single_output() -> None:
    code = WHOLE.replace(
        "pub struct WaveOutput { pub values: Vec<f64> }",
        "pub struct WaveOutput { pub upper: Vec<f64>, pub lower: Vec<f64> }",
    )
    core = core_of(code)
    assert roles(core.batch_inner_into)[-1] == "out:*"
    assert (
        "batch_inner_into",
        "`wave_batch_inner_into` writes 2 outputs into one buffer",
    ) in core.why_not


def test_vectors_and_tuples_are_outputs_too() -> None:
    plain = core_of(TYPES + "pub fn wave(input: &WaveInput) -> Vec<i8> { todo!() }")
    assert [(one.name, one.element) for one in plain.outputs] == [("values", "i8")]
    both = core_of(TYPES + "pub fn wave(input: &WaveInput) -> (Vec<f64>, Vec<f64>) { todo!() }")
    assert [one.name for one in both.outputs] == ["0", "1"]
    assert both.output_struct is None


# --- batches -----------------------------------------------------------------------------------


def test_range_fields_sweep_the_parameters_they_flow_into() -> None:
    code = (
        WHOLE.replace("pub length: (usize", "pub span: (usize")
        .replace(
            "pub damping: (f64, f64, f64)", "pub decay_range: (f64, f64, f64), pub mode: String"
        )
        .replace(
            "fn expand_grid(r: &WaveBatchRange) -> Result<Vec<WaveParams>, WaveError> { todo!() }",
            """
fn axis<T>(range: (T, T, T)) -> Vec<T> { todo!() }
fn expand_grid(r: &WaveBatchRange) -> Vec<WaveParams> {
    let spans = axis(r.span);
    let mut out = Vec::new();
    for &n in &spans {
        for d in axis(r.decay_range).into_iter() {
            out.push(WaveParams { length: Some(n), damping: Some(d) });
        }
    }
    out
}
""",
        )
    )
    core = core_of(code)
    found = [(one.name, one.axis, one.param) for one in core.ranges]
    assert found == [
        ("span", True, "length"),
        ("decay_range", True, "damping"),
        ("mode", False, None),
    ]
    assert core.expand_grid is not None
    assert not core.expand_grid.fallible
    assert core.why_not == ()


def test_flow_through_closures_is_followed() -> None:
    code = (
        WHOLE.replace("pub length: (usize", "pub n: (usize")
        .replace("    pub damping: (f64, f64, f64),\n", "")
        .replace(
            "fn expand_grid(r: &WaveBatchRange) -> Result<Vec<WaveParams>, WaveError> { todo!() }",
            """
fn expand_grid(r: &WaveBatchRange) -> Vec<WaveParams> {
    let (start, end, step) = r.n;
    (start..=end).step_by(step).map(|p| WaveParams { length: Some(p), damping: None }).collect()
}
""",
        )
    )
    assert [(one.name, one.param) for one in core_of(code).ranges] == [("n", "length")]


def test_an_unmatched_axis_is_explained() -> None:
    core = core_of(WHOLE.replace("pub length: (usize", "pub speed: (usize"))
    assert ("ranges", "no parameter is recognised for the range `speed`") in core.why_not


def test_a_grid_may_be_expanded_by_a_method() -> None:
    code = WHOLE.replace(
        "fn expand_grid(r: &WaveBatchRange) -> Result<Vec<WaveParams>, WaveError> { todo!() }",
        "impl WaveBatchRange { pub fn combos(&self) -> Vec<WaveParams> { todo!() } }",
    )
    core = core_of(code)
    assert core.expand_grid is not None
    assert (core.expand_grid.name, core.expand_grid.roles) == ("combos", ())


def test_a_grid_of_something_else_is_explained() -> None:
    code = WHOLE.replace(
        "Result<Vec<WaveParams>, WaveError> { todo!() }", "Vec<(usize, f64)> { todo!() }"
    )
    core = core_of(code)
    assert core.range_struct == "WaveBatchRange"
    assert core.expand_grid is None
    reason = "no function turns `&WaveBatchRange` into a vector of `WaveParams`"
    assert ("expand_grid", reason) in core.why_not


def test_the_uninitialised_convention_is_read() -> None:
    code = (
        TYPES
        + FUNCTIONS.replace("&mut [f64], input", "&mut [f64], input")
        + """
pub fn wave_into_uninit<'o>(
    out: &'o mut [MaybeUninit<f64>], input: &WaveInput, kernel: Kernel,
) -> Result<&'o mut [f64], WaveError> { todo!() }
pub fn wave_batch_inner_into<'o>(
    data: &[f64], grid: &[WaveParams], kernel: Kernel, threads: usize,
    out: &'o mut [MaybeUninit<f64>],
) -> Result<&'o mut [f64], WaveError> { todo!() }
"""
    )
    core = core_of(code)
    assert core.into_slice is not None
    assert core.into_slice.name == "wave_into_slice"
    assert roles(core.into_uninit) == ("out:values", "input", "kernel")
    assert roles(core.batch_inner_into) == (
        "series:data",
        "combos",
        "kernel",
        "threads",
        "out:values",
    )


def test_parameters_of_batches_get_roles_by_name_and_type() -> None:
    code = WHOLE.replace(
        "sweep: &WaveBatchRange, kern: Kernel, parallel: bool, out: &mut [f64],",
        "combos: &[WaveParams], first: usize, warm: &[usize], lengths: &[usize], damp: f64,"
        " odd: &Bars, out: &mut [f64],",
    )
    core = core_of(code)
    assert roles(core.batch_inner_into) == (
        "series:data",
        "combos",
        "first",
        "warm",
        "values:length",
        "param:damping",
        "?",
        "out:values",
    )
    reason = "`wave_batch_inner_into` takes `odd: &Bars`, of unknown meaning"
    assert ("batch_inner_into", reason) in core.why_not


# --- streams -----------------------------------------------------------------------------------


def test_a_stream_has_constructor_and_update() -> None:
    stream = core_of(WHOLE).stream
    assert stream is not None
    assert (stream.name, roles(stream.constructor)) == ("WaveStream", ("params",))
    assert roles(stream.update) == ("series:data",)
    assert stream.update is not None
    assert stream.update.returns.text == "Option<f64>"


def test_a_stream_may_take_parameters_one_by_one_and_several_numbers() -> None:
    code = (
        WHOLE.replace("sl: &'a [f64]", "high: &'a [f64], low: &'a [f64]")
        .replace(
            "try_new(params: WaveParams) -> Result<Self, WaveError>", "new(length: usize) -> Self"
        )
        .replace("update(&mut self, value: f64)", "update(&mut self, h: f64, l: f64)")
    )
    stream = core_of(code).stream
    assert stream is not None
    assert roles(stream.constructor) == ("param:length",)
    assert roles(stream.update) == ("series:high", "series:low")


def test_a_stream_that_cannot_be_made_is_explained() -> None:
    code = WHOLE.replace("try_new(params: WaveParams)", "try_new(bars: &Bars, params: WaveParams)")
    core = core_of(code)
    assert core.stream is not None
    reason = "`WaveStream::try_new` takes `bars: &Bars`, of unknown meaning"
    assert core.why_not == (("stream", reason),)


def test_classes_of_the_binding_are_no_streams_of_the_core() -> None:
    binding = """
#[pyclass]
pub struct OtherStreamPy { stream: WaveStream }
#[pymethods]
impl OtherStreamPy {
    #[new]
    fn new(params: WaveParams) -> Self { todo!() }
    fn update(&mut self, value: f64) -> Option<f64> { None }
}
"""
    stream = core_of(WHOLE + binding).stream
    assert stream is not None
    assert stream.name == "WaveStream"


def test_a_stream_that_is_itself_the_class_is_known_by_name() -> None:
    code = WHOLE.replace("pub struct WaveStream", "#[pyclass]\npub struct WaveStream").replace(
        "impl WaveStream", "#[pymethods]\nimpl WaveStream"
    )
    stream = core_of(code).stream
    assert stream is not None
    assert (stream.name, stream.constructor, stream.update) == ("WaveStream", None, None)


def test_many_functions_over_one_input_leave_the_choice_open() -> None:
    code = (
        TYPES
        + """
pub fn crest(input: &WaveInput) -> WaveOutput { todo!() }
pub fn trough(input: &WaveInput) -> WaveOutput { todo!() }
"""
    )
    core = core_of(code)
    assert core.single is None
    assert dict(core.why_not)["single"].startswith("2 functions take the input struct alone")


ALIASES = """
pub enum WaveError { Odd }
pub type Axis = (usize, usize, usize);
pub type Answer<T> = Result<T, WaveError>;
pub type Made<T, E = WaveError> = std::result::Result<T, E>;
pub type Rows<T> = Answer<Vec<T>>;
pub type Given<T = WaveOutput> = Answer<T>;
pub type Listed<T = Vec<f64>> = Answer<T>;
"""


@pytest.mark.parametrize(
    ("use", "answer", "error"),
    [
        ("use crate::common::{Answer, Axis, WaveError};", "Answer<WaveOutput>", "WaveError"),
        ("use crate::common::*;", "Made<WaveOutput>", "WaveError"),
        ("use crate::common::*;", "Made<WaveOutput, String>", "String"),
        (
            "use crate::common::{self, Axis, Answer as Told};",
            "Told<WaveOutput>",
            "crate::common::WaveError",
        ),
        (
            "use crate::common::{self, Axis};",
            "common::Made<WaveOutput>",
            "crate::common::WaveError",
        ),
    ],
)
def test_aliases_of_other_modules_are_looked_through(use: str, answer: str, error: str) -> None:
    types = TYPES.replace("#[derive(Debug)]\npub enum WaveError { Empty }\n", "")
    core = core_of(
        "pub mod common; pub mod wave;",
        ("src/common.rs", ALIASES),
        (
            "src/wave.rs",
            f"{use}\n{types}\n"
            "pub struct WaveBatchRange { pub length: Axis }\n"
            "fn expand(r: &WaveBatchRange) -> crate::common::Rows<WaveParams> { todo!() }\n"
            f"pub fn wave(input: &WaveInput) -> {answer} {{ todo!() }}\n",
        ),
    )
    assert core.single is not None
    assert (core.single.fallible, core.single.error) == (True, error)
    assert core.output_struct == "WaveOutput"
    assert [(one.type.text, one.axis) for one in core.ranges] == [("(usize, usize, usize)", True)]
    assert core.expand_grid is not None
    assert core.expand_grid.fallible


@pytest.mark.parametrize("returns", ["Listed", "Listed<Vec<f64>>", "Answer<Vec<f64>>"])
def test_what_an_alias_gives_by_default_is_known(returns: str) -> None:
    code = (
        ALIASES
        + "pub struct WaveOutput;\npub type Real = f64;\n"
        + f"pub fn halves(data: &[Real]) -> {returns} {{ Ok(data.to_vec()) }}\n"
    )
    (core,) = program_from({"src/lib.rs": code}).cores
    assert [one.element for one in core.outputs] == ["f64"]
    assert core.single is not None
    assert core.single.error == "WaveError"
