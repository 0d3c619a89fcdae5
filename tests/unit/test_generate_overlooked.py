"""Functions that get no binding, and parts of results that bindings leave out, are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.conformance import find_reference
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.generate.learned.untaken import WITHOUT_REFERENCE
from bindcheck.generate.overlooked import overlooked, undefaulted
from bindcheck.generate.run import Mode, Request, generate
from bindcheck.load import load
from bindcheck.testing import program_from
from odd_bindings import RANGED, facts
from odd_reference import CORE
from synthetic_cores import Core, write_reference


@pytest.mark.parametrize(
    ("signature", "fact"),
    [
        ("wave(data: &[f64], kind: Kind) -> Vec<f64>", "how Python says `kind: Kind`"),
        ("wave(data: &[f64], n: &usize) -> Vec<f64>", "how Python says `n: &usize`"),
        ("wave(data: &Vec<f64>) -> Vec<f64>", "how Python says `data: &Vec<f64>`"),
        ("wave(data: impl AsRef<[f64]>) -> Vec<f64>", "`data: impl AsRef<[f64]>`"),
        ("wave(data: &[f64]) -> Box<[f64]>", "how NumPy says `Box<[f64]>`"),
        ("wave(data: &[f64]) -> Vec<Vec<f64>>", "how NumPy says `Vec<Vec<f64>>`"),
        ("wave(data: &[f64]) -> Vec<(f64, f64)>", "how NumPy says `Vec<(f64, f64)>`"),
        ("wave(data: &[f64]) -> Result<Vec<(usize, f64)>>", "`Result<Vec<(usize, f64)>>`"),
        ("wave(data: &[f64]) -> Two", "how NumPy says `Two`"),
        ("wave(data: &[f64]) -> Result<Two, String>", "how NumPy says `Result<Two, String>`"),
        ("wave<T: Into<f64>>(data: &[T]) -> Vec<f64>", "the types that `wave<T: Into<f64>>` is"),
    ],
)
def test_a_function_over_numbers_that_is_no_core(signature: str, fact: str) -> None:
    types = "enum Kind {} pub struct Two { pub up: Vec<f64>, pub at: usize }"
    source = f"{types}\npub fn {signature} {{ todo!() }}\n"
    (told,) = overlooked(program_from({"src/lib.rs": source}))
    assert told.startswith("src/lib.rs:2: no binding of `wave`: not known: ")
    assert fact in told


@pytest.mark.parametrize(
    ("word", "fact"), [("unsafe", "what makes a call safe"), ("async", "what runs it")]
)
def test_a_function_that_no_binding_can_call(word: str, fact: str) -> None:
    source = f"pub {word} fn wave(data: &[f64]) -> Vec<f64> {{ todo!() }}\n"
    (told,) = overlooked(program_from({"src/lib.rs": source}))
    assert told.startswith(f"src/lib.rs:1: no binding of `wave`: not known: {fact}")


@pytest.mark.parametrize(
    "source",
    [
        "fn wave(data: &Vec<f64>) -> Vec<f64> { todo!() }",
        "pub fn wave(data: &[f64]) -> Vec<f64> { todo!() }",
        "pub fn wave_row_scalar(data: &Vec<f64>) -> Vec<f64> { todo!() }",
        "pub fn wave(data: &Vec<f64>) -> usize { todo!() }",
        "pub fn wave(text: &str) -> Vec<f64> { todo!() }",
        "pub fn sorted<T: Ord>(data: &[T]) -> Vec<T> { todo!() }",
        "pub struct Count { pub n: usize } pub fn wave(data: &[f64]) -> Count { todo!() }",
        "pub fn step(data: &Vec<f64>) -> Vec<f64> { todo!() }\n"
        "pub fn wave(data: &[f64]) -> Vec<f64> { step(&data.to_vec()) }",
    ],
)
def test_what_is_no_indicator_or_has_a_binding_is_not_told(source: str) -> None:
    assert list(overlooked(program_from({"src/lib.rs": source}))) == []


CALLER = "pub fn tide(data: &[f64]) -> Vec<f64> {{ {0}(data) }}\n"


def test_a_function_that_another_one_calls_may_be_a_step_of_it() -> None:
    source = "pub fn wave(data: &[f64]) -> Vec<f64> { todo!() }\n"
    (told,) = overlooked(program_from({"src/lib.rs": source + CALLER.format("wave")}))
    doubt = "not known: whether it is more than a step of `tide`, which calls it"
    assert told == f"src/lib.rs:1: no binding of `wave`: {doubt}"


@pytest.mark.parametrize(
    "head",
    [
        "pub fn wave_row(data: &[f64])",
        "fn wave(data: &[f64])",
        "#[inline(always)]\npub fn wave(data: &[f64])",
        "pub fn wave<T: Copy>(data: &[T])",
        "pub fn wave(data: &Vec<f64>)",
    ],
)
def test_a_step_by_its_head_is_not_told(head: str) -> None:
    name = "wave_row" if "wave_row" in head else "wave"
    source = f"{head} -> Vec<f64> {{ todo!() }}\n" + CALLER.format(name)
    assert list(overlooked(program_from({"src/lib.rs": source}))) == []


@pytest.mark.parametrize(
    ("head", "word"),
    [
        ("wave_row(data: &[f64])", "`row` in its name"),
        ("wave(data: &[f64], stride: usize)", "its parameter `stride`"),
    ],
)
def test_a_step_by_a_word_alone_is_told_with_the_word(head: str, word: str) -> None:
    source = f"pub fn {head} -> Vec<f64> {{ todo!() }}\n"
    (told,) = overlooked(program_from({"src/lib.rs": source}))
    name = head.partition("(")[0]
    reason = f"{word} tells of a step of something else"
    assert told == f"src/lib.rs:1: no binding of `{name}`: {reason}"


def test_a_function_that_calls_itself_has_a_binding() -> None:
    source = "pub fn wave(data: &[f64]) -> Vec<f64> { wave(&data[1..]) }\n"
    assert list(overlooked(program_from({"src/lib.rs": source}))) == []


def notes(root: Path) -> tuple[str, ...]:
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request((), Mode.PLAN, everything=True)
    found = generate(inputs.program, inputs.crate, config, inputs.sources, request).notes
    return tuple(one for one in found if one != WITHOUT_REFERENCE)


def test_a_number_beside_the_vectors_of_a_result(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    assert notes(tmp_path) == ()
    text = path.read_text()
    path.write_text(
        text.replace("struct TideOutput {\n", "struct TideOutput {\n    pub count: usize,\n")
    )
    told = "tide: its binding leaves out `count: usize` of `TideOutput`: it gives arrays alone"
    assert notes(tmp_path) == (told,)


def test_a_core_that_is_not_part_of_the_configuration(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    gate = '#[cfg(feature = "extra")]'
    text = path.read_text()
    for name in ("tide(", "tide_with_kernel("):
        text = text.replace(f"pub fn {name}", f"{gate}\npub fn {name}")
    path.write_text(text)
    (told,) = notes(tmp_path)
    assert f"no binding of `tide`: {gate} leaves it out of this configuration" in told


MIXED = "pub fn wave(data: &[f64], period: usize) -> Vec<f64> { let _ = period; data.to_vec() }\n"


def mixed(root: Path, lib: str) -> None:
    """A crate with an indicator that takes a struct, and a file of plain functions."""
    write_reference(root, (Core("tide"),))
    (root / "src/wave.rs").write_text(MIXED)
    path = root / "src/lib.rs"
    path.write_text(path.read_text().replace("pub mod tide;", lib))


def test_a_plain_function_beside_indicators_with_structs_is_told(tmp_path: Path) -> None:
    mixed(tmp_path, "pub mod tide;\npub mod wave;")
    place = f"{tmp_path}/src/wave.rs:1: no binding of `wave`"
    assert notes(tmp_path) == (f"{place}: indicators of this crate take structs (`TideInput`)",)


def test_functions_in_the_file_of_an_indicator_are_told_if_they_have_nothing_of_its_name(
    tmp_path: Path,
) -> None:
    write_reference(tmp_path, (Core("tide"),))
    path = tmp_path / "src/tide.rs"
    lines = path.read_text().count("\n")
    beside = MIXED + MIXED.replace("wave", "tide_slow") + MIXED.replace("wave", "step_scalar")
    beside += "pub fn shares(data: &[f64], low: f64) -> Vec<char> { todo!() }\n"
    path.write_text(path.read_text() + beside)
    place = f"{path}:{lines + 1}: no binding of `wave`"
    assert notes(tmp_path) == (f"{place}: indicators of this crate take structs (`TideInput`)",)


def test_beside_indicators_with_structs_the_true_reason_is_told(tmp_path: Path) -> None:
    mixed(tmp_path, "pub mod tide;\npub mod wave;")
    source = "pub fn wave<T: Copy + Into<f64>>(data: &[T]) -> Vec<f64> { todo!() }\n"
    (tmp_path / "src/wave.rs").write_text(source)
    why = "not known: the types that `wave<T: Copy + Into<f64>>` is called with"
    assert notes(tmp_path) == (f"{tmp_path}/src/wave.rs:1: no binding of `wave`: {why}",)


NUMBER = "pub fn height(data: &[f64]) -> Result<Option<f64>, String> { todo!() }\n"


@pytest.mark.parametrize("lib", ["pub mod tide;\npub mod wave;", "pub mod wave;"])
def test_functions_that_give_one_number_are_told(tmp_path: Path, lib: str) -> None:
    mixed(tmp_path, lib)
    path = tmp_path / "src/wave.rs"
    called = NUMBER.replace("height", "depth")
    caller = "pub fn deepest(data: &[f64]) -> String { depth(data); todo!() }\n"
    hidden = NUMBER.replace("pub fn height", "fn inside") + NUMBER.replace(
        "height", "height_scalar"
    )
    path.write_text(MIXED + NUMBER + called + caller + hidden)
    one = "it gives one number (`Result<Option<f64>, String>`), not an array"
    told = [line for line in notes(tmp_path) if "`wave`" not in line]
    assert told == [f"{path}:2: no binding of `height`: {one}"]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("Option<&[f64]>", "beside what is bound it counts as a helper; `generate swell` says"),
        ("&[f64]", "its parameter `weights` tells of a step of something else"),
    ],
)
def test_an_array_that_may_be_left_out_is_no_sign_of_a_step(
    tmp_path: Path, kind: str, told: str
) -> None:
    mixed(tmp_path, "pub mod wave;")
    path = tmp_path / "src/wave.rs"
    bound = "#[pyo3::pyfunction]\npub fn wave_py(data: Vec<f64>) -> Vec<f64> { wave(&data, 2) }\n"
    swell = f"pub fn swell(data: &[f64], weights: {kind}) -> Vec<f64> {{ todo!() }}\n"
    path.write_text(MIXED + swell + bound)
    (line,) = (one for one in notes(tmp_path) if "swell" in one)
    assert f"{path}:2: no binding of `swell`: {told}" in line


@pytest.mark.parametrize(("struct", "told"), [("WaveParams", False), ("SurfParams", True)])
def test_beside_inputs_a_struct_of_parameters_has_the_name_of_its_core(
    tmp_path: Path, struct: str, *, told: bool
) -> None:
    mixed(tmp_path, "pub mod tide;\npub mod wave;")
    (tmp_path / "src/wave.rs").write_text(
        f"pub struct {struct} {{ pub n: usize }}\npub struct Two {{ pub up: Vec<f64> }}\n"
        f"pub fn wave(data: &[f64], params: &{struct}) -> Result<Two, String> {{ todo!() }}\n"
    )
    place = f"{tmp_path}/src/wave.rs:3: no binding of `wave`"
    line = f"{place}: indicators of this crate take structs (`TideInput`)"
    assert notes(tmp_path) == ((line,) if told else ())
    inputs, _ = load(Options(paths=(tmp_path / "src",)))
    assert ("wave" in [core.name for core in inputs.program.cores]) != told


@pytest.mark.parametrize(
    "source",
    [
        MIXED.replace("pub fn", "fn"),
        MIXED.replace("wave", "wave_scalar"),
        MIXED + "pub fn count(data: &[f64]) -> usize { wave(data, 2).len() }\n",
    ],
)
def test_steps_beside_indicators_with_structs_are_not_told(tmp_path: Path, source: str) -> None:
    mixed(tmp_path, "pub mod tide;\npub mod wave;")
    (tmp_path / "src/wave.rs").write_text(source)
    assert notes(tmp_path) == ()


def test_what_was_bound_stays_an_indicator_when_others_take_structs(tmp_path: Path) -> None:
    mixed(tmp_path, "pub mod wave;")
    inputs, config = load(Options(paths=(tmp_path / "src",)))
    assert inputs.crate is not None
    request = Request((), Mode.WRITE, everything=True)
    first = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    assert {one.indicator for one in first.plans} == {"wave"}
    path = tmp_path / "src/lib.rs"
    path.write_text(path.read_text().replace("pub mod wave;", "pub mod tide;\npub mod wave;"))
    inputs, config = load(Options(paths=(tmp_path / "src",)))
    assert inputs.crate is not None
    check = Request((), Mode.CHECK)
    assert generate(inputs.program, inputs.crate, config, inputs.sources, check).status == 0
    one = Request(("wave",), Mode.PLAN)
    assert generate(inputs.program, inputs.crate, config, inputs.sources, one).status == 0
    assert [core.name for core in inputs.program.cores] == ["tide", "wave"]


def test_plain_functions_beside_a_dependency_that_takes_structs(tmp_path: Path) -> None:
    core, root = tmp_path / "core", tmp_path / "binding"
    write_reference(core, (Core("tide"),))
    manifest = (core / "Cargo.toml").read_text()
    (root / "src").mkdir(parents=True)
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["core", "binding"]\n')
    named = manifest.replace('name = "made_up"', 'name = "binding"', 1)
    named = named.replace("[dependencies]\n", '[dependencies]\nmade_up = { path = "../core" }\n')
    (root / "Cargo.toml").write_text(named)
    (root / "src/lib.rs").write_text(f"pub mod wave;\npub use made_up::tide;\n{PYMODULE}")
    (root / "src/wave.rs").write_text(MIXED)
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    assert {one.name for one in inputs.program.cores} == {"tide", "wave"}
    request = Request((), Mode.PLAN, everything=True)
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    states = {one.piece: one.state.value for one in result.plans}
    assert {one.indicator for one in result.plans} == {"wave"}
    assert (states["single"], states["register"]) == ("missing", "missing")


PYMODULE = """
use pyo3::prelude::*;

#[pymodule]
fn binding(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let _ = m;
    Ok(())
}
"""


FIXED = CORE.replace("pub struct {X}Params {", "pub struct {X}Params { pub flat: bool,").replace(
    "pub gain: (f64, f64, f64) }", "pub gain: (f64, f64, f64), pub flat: bool }"
)


def test_defaults_of_ranges_that_are_lost_are_told() -> None:
    form = {RANGED: "(data, length_range=(5, 30, 1), gain_range=(1.0, 1.0, 0.0))"}
    assert list(undefaulted(facts(form))) == []
    assert list(undefaulted(facts({}, core=FIXED))) == []
    assert list(undefaulted(facts(form, core=FIXED))) == [
        "wave: `length_range`, `gain_range` of its batch must be given:"
        " `flat` behind has no default"
    ]


METER = """pub struct MeterParams { pub period: Option<usize> }
pub struct MeterStream { seen: usize }
impl MeterStream {
    pub fn try_new(params: MeterParams) -> Result<Self, String> { Ok(Self { seen: 0 }) }
    pub fn update(&mut self, value: f64) -> Option<f64> { Some(value) }
}
"""


def test_a_stream_without_a_function_is_told() -> None:
    (told,) = overlooked(program_from({"src/lib.rs": METER}))
    fact = "not known: the function of one call that it belongs to"
    assert told == f"src/lib.rs:2: no binding of `MeterStream`: {fact}"


@pytest.mark.parametrize(
    "change",
    [
        ("pub struct MeterStream", "#[pyclass]\npub struct MeterStream"),
        (
            "pub struct MeterP",
            "#[pyclass]\npub struct Meter { inner: MeterStream }\npub struct MeterP",
        ),
        ("pub struct MeterStream", "struct MeterStream"),
        ("pub struct MeterStream", '#[cfg(feature = "other")]\npub struct MeterStream'),
        ("MeterStream", "Meter"),
        ("fn update(&mut self, value: f64)", "fn update(&mut self, value: &str)"),
        (
            "pub struct MeterParams",
            "pub struct MeterInput<'a> { pub data: &'a [f64], pub params: MeterParams }\n"
            "impl<'a> MeterInput<'a> { pub fn new(data: &'a [f64], params: MeterParams) -> Self "
            "{ Self { data, params } } }\npub struct MeterOutput { pub values: Vec<f64> }\n"
            "pub fn meter(input: &MeterInput) -> Result<MeterOutput, String> { todo!() }\n"
            "pub struct MeterParams",
        ),
    ],
    ids=["class", "held", "private", "gated", "no-stream", "no-number", "core"],
)
def test_a_stream_that_is_bound_or_none_is_not_told(change: tuple[str, str]) -> None:
    source = METER.replace(*change)
    assert source != METER
    assert list(overlooked(program_from({"src/lib.rs": source}))) == []


def refused(root: Path, source: str, *names: str) -> BindcheckError:
    """What is said of a crate that has no indicator, or none of the names."""
    write_reference(root, (Core("tide"),))
    (root / "src/tide.rs").write_text(source)
    inputs, config = load(Options(paths=(root / "src",)))
    assert inputs.crate is not None
    request = Request(names, Mode.PLAN, everything=not names)
    with pytest.raises(BindcheckError) as caught:
        generate(inputs.program, inputs.crate, config, inputs.sources, request)
    return caught.value


@pytest.mark.parametrize(
    ("source", "name", "fact"),
    [
        (
            "pub struct TideParams { pub taps: Vec<f64> }\n"
            "pub fn tide(data: &[f64], params: &TideParams) -> Vec<f64> { todo!() }\n",
            "tide",
            "not known: how Python says `taps: Vec<f64>` of `TideParams`",
        ),
        (
            "pub struct TideParams { pub n: usize }\n"
            "pub fn tide(params: &TideParams, data: &Vec<f64>) -> Vec<f64> { todo!() }\n",
            "tide",
            "not known: how Python says `data: &Vec<f64>`",
        ),
        ("\npub fn tide(data: &[f64]) -> f64 { 0.0 }\n", "tide", "holds no vector of numbers"),
        ("\nfn tide(data: &[f64]) -> Vec<f64> { todo!() }\n", "tide", "it is not `pub`"),
        (
            "struct Sea;\nimpl Sea { pub fn tide(&self, data: &[f64]) -> Vec<f64> { todo!() } }\n",
            "tide",
            "it is a method of `Sea`",
        ),
        (
            '\n#[cfg(feature = "sea")] pub fn tide(data: &[f64]) -> Vec<f64> { todo!() }\n',
            "tide",
            'cfg(feature = "sea")] leaves it out',
        ),
        ("\npub fn tide_row(data: &[f64]) -> Vec<f64> { todo!() }\n", "tide_row", "of a step of"),
        ("\n#[pyo3::pyfunction] fn tide(data: Vec<f64>) {}\n", "tide", "it is a binding itself"),
    ],
)
def test_where_nothing_is_an_indicator_the_nearest_functions_are_named(
    tmp_path: Path, source: str, name: str, fact: str
) -> None:
    for names in ((), (name,)):
        said = refused(tmp_path, source, *names)
        assert isinstance(said, NothingToDoError)
        head, line = str(said).splitlines()
        assert head.startswith("the crate has no indicator: no struct called `<X>Input`")
        assert f"src/tide.rs:2: `{name}`: " in line
        assert fact in line


def test_a_handful_of_functions_is_named(tmp_path: Path) -> None:
    source = "".join(f"fn tide{at}(data: &[f64]) -> Vec<f64> {{ todo!() }}\n" for at in range(9))
    assert len(str(refused(tmp_path, source)).splitlines()) == 1 + 5


def test_a_crate_without_arrays_names_no_function(tmp_path: Path) -> None:
    said = str(refused(tmp_path, "pub fn tide(level: f64) -> f64 { level }\n"))
    assert said.endswith("and returns vectors of them")
    (line,) = str(refused(tmp_path, "pub fn tide(level: f64) {}\n", "tide")).splitlines()[1:]
    assert line.endswith("src/tide.rs:1: `tide`: it takes no array")


def test_a_name_of_no_indicator_is_that_of_a_function(tmp_path: Path) -> None:
    source = (
        "pub fn tide(data: &[f64]) -> Vec<f64> { data.to_vec() }\n"
        "pub fn ebb(data: &Vec<f64>) -> Vec<f64> { data.to_vec() }\n"
    )
    said = refused(tmp_path, source, "ebb")
    assert not isinstance(said, NothingToDoError)
    head, line = str(said).splitlines()
    assert head == "no indicator is called 'ebb'; functions that are none:"
    assert line.endswith("src/tide.rs:2: `ebb`: not known: how Python says `data: &Vec<f64>`")
    assert "functions" not in str(refused(tmp_path, source, "tidal"))


def test_a_reference_that_is_no_indicator_is_explained(tmp_path: Path) -> None:
    source = (
        "pub fn tide(data: &[f64]) -> Vec<f64> { data.to_vec() }\n"
        "pub fn ebb(data: &Vec<f64>) -> Vec<f64> { data.to_vec() }\n"
    )
    write_reference(tmp_path, (Core("tide"),))
    (tmp_path / "src/tide.rs").write_text(source)
    inputs, _ = load(Options(paths=(tmp_path / "src",)))
    with pytest.raises(BindcheckError, match=r"(?s)`ebb`.*how Python says `data: &Vec<f64>`"):
        find_reference(inputs.program, "ebb")
    with pytest.raises(BindcheckError, match=r"no binding of `tide` \(.*tide\.rs\) was found"):
        find_reference(inputs.program, "tide")
