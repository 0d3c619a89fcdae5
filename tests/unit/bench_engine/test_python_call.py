"""Which argument of a binding gets what, and what peers get."""

from __future__ import annotations

import re

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes, cases_of
from bindcheck.bench.pythoncall import (
    PythonCall,
    entry_of,
    native_values,
    peer_call,
    python_call,
)
from bindcheck.bench.samples import Argument, Case, Kind
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace
from bindcheck.model import CoreApi
from bindcheck.testing import program_from

from .conftest import CORE, linked


def case_of(program: Program, kind: Kind) -> Case:
    return cases_of(program, program.cores[0], Axes(kinds=(kind,), sizes=(100,)))[0]


def call_of(program: Program, case: Case) -> PythonCall:
    core = program.cores[0]
    return python_call(program, core, entry_of(program, core, case.kind), case)


def test_positional_arguments_come_in_the_order_of_the_signature(program: Program) -> None:
    found = call_of(program, case_of(program, Kind.SINGLE))
    assert found.function == "wave"
    assert found.args == ({"series": 0}, {"value": 12}, {"value": 0.5}, {"value": "soft"})
    assert found.kwargs == {}


def test_what_comes_behind_a_gap_or_a_star_is_named(program: Program) -> None:
    case = replace(case_of(program, Kind.SINGLE), out=True)
    assert call_of(program, case).kwargs == {"out": {"out": True}}
    case = replace(case, out=False, kernel="scalar")
    assert call_of(program, case).args[-1] == {"value": "scalar"}


def test_ranges_go_to_range_arguments(program: Program) -> None:
    found = call_of(program, case_of(program, Kind.BATCH))
    assert found.args[1] == {"value": [12, 72, 1]}
    assert found.args[3] == {"value": "soft"}


PARTED = (
    CORE.replace(
        "(data, length_range, damping_range, ", "(data, length_start, length_{end}, damping, "
    )
    .replace("length_range: (usize, usize, usize)", "length_start: usize, length_{end}: usize")
    .replace("damping_range: (f64, f64, f64)", "damping: f64")
    .replace("length: length_range", "length: (length_start, length_{end}, length_step)")
    .replace("damping: damping_range", "damping: (damping, damping, 0.0)")
)


@pytest.mark.parametrize("end", ["end", "stop", "max"])
def test_ranges_go_to_arguments_for_their_parts(end: str) -> None:
    text = PARTED.replace("length_{end}", f"length_{end}")
    stepped = text.replace(f"length_{end}, damping, ", f"length_{end}, length_step, damping, ")
    stepped = stepped.replace(f"length_{end}: usize", f"length_{end}: usize, length_step: usize")
    program = linked(stepped)
    found = call_of(program, case_of(program, Kind.BATCH))
    assert [one.get("value") for one in found.args] == [None, 12, 72, 1, 0.5, "soft"]
    # Without an argument for the step, the sides would sweep over other values.
    program = linked(text)
    told = r"wants `length_start`, and `wave` has no parameter that it could be"
    with pytest.raises(BindcheckError, match=told):
        call_of(program, case_of(program, Kind.BATCH))


def test_a_sweep_is_no_value(program: Program) -> None:
    text = PARTED.replace("length_start, length_{end}, damping, ", "length_range, damping, ")
    text = text.replace("length_start: usize, length_{end}: usize", "length_range: (u8, u8, u8)")
    parted = linked(text)
    swept = replace(case_of(program, Kind.BATCH), arguments=case_of(parted, Kind.BATCH).arguments)
    assert call_of(parted, swept).args[2] == {"value": 0.5}
    wide = tuple(
        replace(one, value=(0.5, 0.7, 0.1)) if one.name == "damping" else one
        for one in swept.arguments
    )
    told = r"takes one value for `damping`, and the case has a sweep: give it one, as --param damp"
    with pytest.raises(BindcheckError, match=told):
        call_of(parted, replace(swept, arguments=wide))


def test_an_array_that_a_crate_has_a_name_for_is_an_array() -> None:
    text = CORE.replace("data: PyReadonlyArray1<'py, f64>", "series: Series<'py>")
    text = text.replace("signature = (data, ", "signature = (series, ")
    text = text.replace("data.as_slice()", "series.as_slice()")
    assert text.count("Series<'py>") == 2
    program = linked(text + "\npub type Series<'py> = PyReadonlyArray1<'py, f64>;\n")
    for kind in (Kind.SINGLE, Kind.BATCH):
        assert call_of(program, case_of(program, kind)).args[0] == {"series": 0}


def test_an_input_that_nothing_makes_of_arrays_is_refused() -> None:
    made = "from_slice(data: &'a [f64], params: WaveParams) -> Self { Self { data, params } }"
    literal = "WaveInput { data: data.as_slice()?, params }"
    assert CORE.count(made) == 1
    text = CORE.replace(f"pub fn {made}", "").replace(
        "WaveInput::from_slice(data.as_slice()?, params)", literal
    )
    program = linked(text)
    with pytest.raises(BindcheckError, match="not known how its input is made of arrays"):
        call_of(program, case_of(program, Kind.SINGLE))


def test_an_argument_that_only_python_wants_is_refused() -> None:
    program = linked(CORE.replace('mode="soft", kernel=None, *', "mode, weight, kernel=None, *"))
    with pytest.raises(BindcheckError, match="wants `weight`"):
        call_of(program, case_of(program, Kind.SINGLE))


@pytest.mark.parametrize(
    "renamed",
    [
        {"data": "close", "length": "window"},
        {"data": "close"},
        {"length": "window", "damping": "speed"},
    ],
)
def test_arrays_and_parameters_by_other_names_are_matched_in_their_order(
    renamed: dict[str, str],
) -> None:
    start, end = CORE.index("#[pyfunction"), CORE.index("}", CORE.index("#[pyfunction"))
    single = CORE[start:end]
    for old, new in renamed.items():
        single = re.sub(rf"\b{old}\b(?=[:,=])", new, single)
    program = linked(CORE[:start] + single + CORE[end:])
    found = call_of(program, case_of(program, Kind.SINGLE))
    assert found.args == ({"series": 0}, {"value": 12}, {"value": 0.5}, {"value": "soft"})
    assert found.kwargs == {}


PLAIN = """\
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

pub fn smooth(data: &[f64], period: usize, weight: f64) -> Vec<f64> {
    data.iter().map(|x| x * weight * period as f64).collect()
}

#[pyfunction(name = "smooth")]
#[pyo3(signature = SIGNATURE)]
pub fn smooth_py<'py>(
    py: Python<'py>, close: PyReadonlyArray1<'py, f64>, ARGUMENTS,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let data = close.as_slice()?;
    Ok(py.detach(|| smooth(data, CALL)).into_pyarray(py))
}

#[pymodule]
fn example(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(smooth_py, m)?)
}
"""


def plain(signature: str, arguments: str, call: str) -> Program:
    parts = {"SIGNATURE": signature, "ARGUMENTS": arguments, "CALL": call}
    text = PLAIN
    for mark, part in parts.items():
        text = text.replace(mark, part)
    return program_from({"src/lib.rs": text})


@pytest.mark.parametrize(
    ("core", "binding", "given"),
    [
        ("f64", "PyReadonlyArray1<'py, f32>", "f32"),
        ("f32", "Option<PyReadonlyArray1<'py, f64>>", "f64"),
        ("f64", "&Bound<'py, PyArray1<i64>>", "i64"),
        ("f64", "PyReadonlyArray1<'py, f64>", None),
        ("f64", "PyArrayLike1<'py, f32>", None),
        ("f64", "PyReadonlyArray1<'py, Price>", None),
        ("f64", "Vec<f32>", None),
    ],
)
def test_an_array_of_another_type_than_the_core_reads_is_refused(
    core: str, binding: str, given: str | None
) -> None:
    text = PLAIN.replace("data: &[f64]", f"data: &[{core}]")
    text = text.replace("close: PyReadonlyArray1<'py, f64>", f"close: {binding}")
    for mark, part in {
        "SIGNATURE": "(close, period=3, weight=1.0)",
        "ARGUMENTS": "period: usize, weight: f64",
        "CALL": "period, weight",
    }.items():
        text = text.replace(mark, part)
    program = program_from({"src/lib.rs": text})
    case = case_of(program, Kind.SINGLE)
    if given is None:
        assert call_of(program, case).args[0] == {"series": 0}
        return
    told = (
        f"src/lib.rs:10: `smooth` takes `close` as an array of {given}, and `smooth` one of {core}"
    )
    with pytest.raises(BindcheckError, match=re.escape(told)):
        call_of(program, case)


@pytest.mark.parametrize("weight", ["weight", "factor"])
def test_a_default_of_the_binding_is_one_by_whatever_name_it_has(weight: str) -> None:
    signature = f"(close, length=14, {weight}=0.5)"
    program = plain(signature, f"length: usize, {weight}: f64", f"length, {weight}")
    case = case_of(program, Kind.SINGLE)
    assert case.arguments == (Argument("period", 14), Argument("weight", 0.5))
    assert call_of(program, case).args == ({"series": 0}, {"value": 14}, {"value": 0.5})


def test_a_default_is_not_guessed_where_one_side_has_more_parameters() -> None:
    program = plain("(close, length=14)", "length: usize", "length, 1.0")
    with pytest.raises(BindcheckError, match=r"no default of `period`, `weight` is known"):
        case_of(program, Kind.SINGLE)


def test_a_flag_of_the_binding_is_no_parameter_of_the_core() -> None:
    single = CORE.replace('mode="soft", kernel=None, *', "checked=true, kernel=None, *", 1)
    program = linked(single.replace("damping: f64, mode: &str,", "damping: f64, checked: bool,", 1))
    with pytest.raises(BindcheckError, match=r"takes no `mode`.*different things"):
        call_of(program, case_of(program, Kind.SINGLE))


def test_one_name_too_many_is_not_matched() -> None:
    program = linked(CORE.replace('mode="soft", kernel=None, *', "manner, weight, kernel=None, *"))
    with pytest.raises(BindcheckError, match=r"wants `manner`, and `wave` has no parameter that"):
        call_of(program, case_of(program, Kind.SINGLE))


def test_what_python_cannot_be_told_is_refused(program: Program) -> None:
    case = replace(case_of(program, Kind.BATCH), out=True)
    with pytest.raises(BindcheckError, match=r"takes no `out=` to write its result into"):
        call_of(program, case)


def test_an_array_to_write_into_that_must_be_given_is_named_as_that() -> None:
    program = linked(CORE.replace("*, out=None))", "*, out))"))
    case = case_of(program, Kind.SINGLE)
    with pytest.raises(BindcheckError, match=r"wants `out`, an array that .*: .* --outs given"):
        call_of(program, case)
    assert call_of(program, replace(case, out=True)).kwargs == {"out": {"out": True}}


def test_native_values_follow_the_slots(program: Program) -> None:
    case = case_of(program, Kind.BATCH)
    slots = (("length", 0), ("length", 1), ("damping", 2), ("mode", None), ("nothing", None))
    assert native_values(slots, case) == [12, 72, 0.0, "soft", None]


def test_a_peer_without_brackets_gets_the_arguments_of_the_binding(
    program: Program, core: CoreApi
) -> None:
    case = case_of(program, Kind.SINGLE)
    own = call_of(program, case)
    found = peer_call("package.module:name", own, core, case)
    assert (found["module"], found["function"]) == ("package.module", "name")
    assert found["args"] == list(own.args)


def test_names_in_brackets_are_arrays_and_parameters(program: Program, core: CoreApi) -> None:
    case = case_of(program, Kind.SINGLE)
    own = call_of(program, case)
    found = peer_call("talib:KAMA(data, timeperiod=length, x=-3)", own, core, case)
    assert found["args"] == [{"series": 0}]
    assert found["kwargs"] == {"timeperiod": {"value": 12}, "x": {"value": -3}}


def test_names_in_brackets_may_be_those_of_the_binding() -> None:
    text = CORE.replace("(data, length=12, ", "(close, window=12, ").replace(
        "data: PyReadonlyArray1<'py, f64>, length: usize",
        "close: PyReadonlyArray1<'py, f64>, window: usize",
    )
    program = linked(text)
    case = case_of(program, Kind.SINGLE)
    own = call_of(program, case)
    for call in ("talib:KAMA(close, window)", "talib:KAMA(data, length)"):
        found = peer_call(call, own, program.cores[0], case)
        assert found["args"] == [{"series": 0}, {"value": 12}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("talib", "is no peer"),
        ("talib:KAMA(data", "is no peer"),
        ("talib:KAMA(data,, 3)", "do not parse"),
        ("talib:KAMA(speed)", "names `speed`; the case has data, length"),
        ("talib:KAMA(len(data))", "no literal"),
    ],
)
def test_a_wrong_peer_is_refused(text: str, message: str, program: Program, core: CoreApi) -> None:
    case = case_of(program, Kind.SINGLE)
    with pytest.raises(BindcheckError, match=message):
        peer_call(text, call_of(program, case), core, case)
