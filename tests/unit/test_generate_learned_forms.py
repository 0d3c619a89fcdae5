"""New bindings have results, defaults, streams and refusals in the form of an odd reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bindcheck.generate.pythonside import keeps_signature, python_binding
from bindcheck.generate.stub import stub_entry, typing_names
from odd_bindings import (
    DICT,
    GIVEN,
    LIB,
    MATRIX,
    RANGED,
    TWO,
    batch,
    binding,
    facts,
    facts_of,
    joined,
    rendered,
    single,
    stream,
    stub,
)
from odd_reference import (
    ARRAYS,
    COMMON,
    CORE,
    DEFAULT_RANGE,
    FORMS,
    FROM,
    named,
    with_form,
)

# --- results --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cast", "shown", "dtype"),
    [
        ("c.length.unwrap_or(5) as i64", "combo.length.unwrap_or(5) as i64)", "int64"),
        ("c.length.unwrap_or(5) as f64", "combo.length.unwrap_or(5) as f64)", "float64"),
        ("c.length.unwrap_or(5)", "combo.length.unwrap_or(5))", "uintp"),
        ("i64::try_from(c.length.unwrap()).unwrap()", "unwrap_or(5) as i64)", "int64"),
        # Into what is not said.
        ("c.length.unwrap_or(5).try_into().unwrap()", "unwrap_or(5) as u64)", "uint64"),
    ],
)
def test_values_of_parameters_have_the_type_of_the_references(
    cast: str, shown: str, dtype: str
) -> None:
    made = facts({"c.length.unwrap_or(5) as u64": cast})
    assert shown in batch(made)
    assert "combo.gain.unwrap_or(1.0))" in batch(made)
    assert [one.type for one in binding(made).swept] == [
        f"NDArray[np.{dtype}]",
        "NDArray[np.float64]",
    ]


def test_what_comes_first_in_a_result_comes_first_in_new_ones() -> None:
    made, own = facts(LATE), facts({})
    assert batch(made).index('"gains"') < batch(made).index('"values"')
    assert batch(own).index('"values"') < batch(own).index('"lengths"')
    assert stub(made).index("gains: NDArray") < stub(made).index("values: NDArray")


LATE = {
    "{dict}": """let dict = PyDict::new(py);
    let lengths: Vec<_> = combos.iter().map(|c| c.length.unwrap() as u64).collect();
    let gains: Vec<_> = combos.iter().map(|c| c.gain.unwrap()).collect();
    dict.set_item("lengths", lengths.into_pyarray(py))?;
    dict.set_item("gains", gains.into_pyarray(py))?;
    dict.set_item("values", array.reshape([rows, cols])?)?;
    Ok(dict)"""
}
ARRAYED = ".collect::<Vec<_>>().into_pyarray(py)"
LENGTHS = "combos.iter().map(|c| c.length.unwrap() as i64)"
GAINS = "combos.iter().map(|c| c.gain.unwrap())"


@pytest.mark.parametrize(
    ("kind", "end", "returns", "shown", "annotation"),
    [
        (
            f"({MATRIX}, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>)",
            f"Ok(({GIVEN}, {LENGTHS}{ARRAYED}, {GAINS}{ARRAYED}))",
            "(pyo3::Bound<'py, numpy::PyArray2<f64>>, pyo3::Bound<'py, numpy::PyArray1<i64>>,"
            " pyo3::Bound<'py, numpy::PyArray1<f64>>)",
            "Ok((values_array.reshape([rows, cols])?, lengths.into_pyarray(py),"
            " gains.into_pyarray(py)))",
            "tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]",
        ),
        (
            f"(Vec<i64>, Vec<f64>, {MATRIX})",
            f"Ok(({LENGTHS}.collect(), {GAINS}.collect(), {GIVEN}))",
            "(Vec<i64>, Vec<f64>, pyo3::Bound<'py, numpy::PyArray2<f64>>)",
            "Ok((lengths, gains, values_array.reshape([rows, cols])?))",
            "tuple[list[int], list[float], NDArray[np.float64]]",
        ),
        (
            f"({MATRIX}, Vec<(usize, f64)>)",
            "let swept = combos.iter().map(|c| (c.length.unwrap(), c.gain.unwrap())).collect();"
            f"\nOk(({GIVEN}, swept))",
            "(pyo3::Bound<'py, numpy::PyArray2<f64>>, Vec<(usize, f64)>)",
            "Ok((values_array.reshape([rows, cols])?, swept))",
            "tuple[NDArray[np.float64], list[tuple[int, float]]]",
        ),
        (
            MATRIX,
            f"Ok({GIVEN})",
            "pyo3::Bound<'py, numpy::PyArray2<f64>>",
            "Ok(values_array.reshape([rows, cols])?)",
            "NDArray[np.float64]",
        ),
        (
            MATRIX,
            GIVEN.removesuffix("?"),
            "pyo3::Bound<'py, numpy::PyArray2<f64>>",
            "Ok(values_array.reshape([rows, cols])?)",
            "NDArray[np.float64]",
        ),
    ],
)
def test_a_batch_without_keys_gives_the_parts_that_the_reference_gives(
    kind: str, end: str, returns: str, shown: str, annotation: str
) -> None:
    made = facts({DICT: f"PyResult<{kind}>", "{dict}": end})
    text = joined(batch(made))
    assert joined(f"-> pyo3::PyResult<{returns}> {{") in text
    assert joined(shown) in text
    assert "PyDict" not in text
    assert f") -> {annotation}:" in stub(made)
    assert typing_names(binding(made)) == ("final",)
    again = rendered(facts({DICT: f"PyResult<{kind}>", "{dict}": end}, "alma"))
    assert again.style.keys == made.style.keys


def test_a_tuple_of_parts_that_are_not_known_is_not_taken_over() -> None:
    end = f"Ok(({GIVEN}, rows + cols))"
    made = facts({DICT: f"PyResult<({MATRIX}, usize)>", "{dict}": end})
    assert not made.style.keys.bare
    assert 'set_item("values"' in batch(made)


PAIR = {
    "PyResult<Bound<'py, PyArray1<f64>>>": DICT,
    "Ok(output.values.into_pyarray(py))": """let dict = PyDict::new(py);
    dict.set_item("upper_band", output.upper.into_pyarray(py))?;
    dict.set_item("lower_band", output.lower.into_pyarray(py))?;
    Ok(dict)""",
}


def test_several_outputs_are_a_dict_where_those_of_the_reference_are() -> None:
    made = facts(PAIR, core=TWO)
    text = single(made)
    assert "-> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {" in text
    assert 'dict.set_item("upper_band", output.upper.into_pyarray(py))?;' in text
    assert "use pyo3::prelude::*;" in text
    shown = python_binding(made, {"single": True})
    entry = stub_entry(shown, None, "str")
    assert "class _WaveResult(TypedDict):\n    upper_band: NDArray[np.float64]\n" in entry
    assert ") -> _WaveResult:" in entry
    assert typing_names(shown) == ("TypedDict",)


def test_one_output_stays_an_array_beside_a_reference_whose_several_are_a_dict() -> None:
    made = facts(PAIR, core=TWO)
    one = replace(made.core, outputs=made.core.outputs[:1])
    assert "set_item" not in single(replace(made, core=one))
    assert "set_item" in single(made)


# --- defaults -------------------------------------------------------------------------------------


def test_parameters_may_be_none_where_those_of_the_reference_may() -> None:
    made = facts(FORMS["tuple"])
    text = single(made)
    assert "signature = (data, length=None, gain=None)" in text
    assert "    length: Option<usize>,\n" in text
    assert "WaveParams { length, gain }" in text
    assert "    length: int | None = None,\n" in stub(made)
    # The constructor of its stream has no defaults.
    assert "signature = (length, gain))" in stream(made)
    assert "fn new(length: usize, gain: f64)" in stream(made)


def test_a_stream_has_the_defaults_that_that_of_the_reference_has() -> None:
    made = facts(FORMS["cast"])
    assert "signature = (values, length, gain)" in single(made)
    assert "signature = (length=5, gain=1.0)" in stream(made)


OPEN = {
    "    length_range: (usize, usize, usize)": "    length_range: Option<(usize, usize, usize)>",
    "    gain_range: (f64, f64, f64)": "    gain_range: Option<(f64, f64, f64)>",
    RANGED: "(data, length_range=None, gain_range=None)",
}


@pytest.mark.parametrize(
    ("form", "shown", "same"),
    [
        (
            {RANGED: "(data, length_range=(5, 30, 1), gain_range=(1.0, 1.0, 0.0))"},
            "length_range=(5, 30, 1), gain_range=(1.0, 1.0, 0.0)",
            True,
        ),
        (
            {RANGED: "(data, length_range=(5, 5, 2), gain_range=(1.0, 1.0, 0.5))"},
            "length_range=(5, 5, 2), gain_range=(1.0, 1.0, 0.5)",
            True,
        ),
        # Nothing says where these come from, or one of them must be given.
        (
            {RANGED: "(data, length_range=(7, 9, 2), gain_range=(1.0, 1.0, 0.5))"},
            "length_range, gain_range",
            False,
        ),
        (
            {RANGED: "(data, length_range, gain_range=(1.0, 1.0, 0.0))"},
            "length_range, gain_range",
            False,
        ),
        ({}, "length_range, gain_range", True),
    ],
)
def test_ranges_have_the_defaults_that_those_of_the_reference_have(
    form: Mapping[str, str], shown: str, *, same: bool
) -> None:
    made = facts(form)
    assert f"signature = (data, {shown})" in batch(made)
    given = [f"{one.name}={one.default}".rstrip("=") for one in binding(made).ranges]
    assert ", ".join(given) == shown
    own = next(one for one in made.program.entries if one.python_name == "calc_alma_grid")
    reference = replace(made, core=facts(form, "alma").core)
    assert keeps_signature(reference, own) == same


@pytest.mark.parametrize(
    ("length", "gain", "shown"),
    [
        ("length_range.unwrap_or((5, 30, 1))", "gain_range.unwrap_or((1.0, 1.0, 0.0))", "(5, 30"),
        ("length_range.unwrap_or((5, 5, 3))", "gain_range.unwrap_or((1.0, 1.0, 0.0))", "(5, 5, 3"),
        (
            "length_range.unwrap_or(AlmaBatchRange::default().length)",
            "gain_range.unwrap_or(AlmaBatchRange::default().gain)",
            "(5, 30",
        ),
    ],
)
def test_a_range_may_be_none_where_that_of_the_reference_may(
    length: str, gain: str, shown: str
) -> None:
    swept = {"{ length: length_range, gain: gain_range }": f"{{ length: {length}, gain: {gain} }}"}
    made = facts(OPEN | swept)
    text = batch(made)
    assert "signature = (data, length_range=None, gain_range=None)" in text
    assert "length_range: Option<(usize, usize, usize)>,\n" in text
    assert f"length: length_range.unwrap_or({shown}" in text
    assert "    length_range: tuple[int, int, int] | None = None,\n" in stub(made)


@pytest.mark.parametrize(
    "renamed",
    [
        {
            "use pyo3::types::PyDict;": "use pyo3::types::PyDict as Dict;",
            "PyArrayMethods, PyReadonlyArray1}": "PyArrayMethods, PyReadonlyArray1 as Line}",
            "data: PyReadonlyArray1<": "prices: Line<",
        },
        {
            "use pyo3::types::PyDict;": "type Dict = pyo3::types::PyDict;",
            "PyArrayMethods, PyReadonlyArray1}": "PyArrayMethods}",
            "use pyo3::prelude::*;": "use pyo3::prelude::*;\n"
            "type Line<'py> = numpy::PyReadonlyArray1<'py, f64>;",
            "data: PyReadonlyArray1<'py, f64>": "prices: Line<'py>",
        },
    ],
    ids=["use", "type"],
)
def test_types_are_known_under_other_names(renamed: Mapping[str, str]) -> None:
    form = {
        **renamed,
        "data.as_slice()?": "prices.as_slice()?",
        "signature = (data, ": "signature = (prices, ",
        "PyResult<Bound<'py, PyArray1<f64>>>": "PyResult<Bound<'py, Dict>>",
        "Ok(output.values.into_pyarray(py))": """let dict = Dict::new(py);
    dict.set_item("line", output.values.into_pyarray(py))?;
    Ok(dict)""",
        "PyResult<Bound<'py, PyDict>>": "PyResult<Bound<'py, Dict>>",
        "PyDict::new(py)": "Dict::new(py)",
    }
    made = facts(form)
    assert made.style.untaken == ()
    assert "-> pyo3::PyResult<pyo3::Bound<'py, pyo3::types::PyDict>> {" in single(made)
    assert 'dict.set_item("line", output.values.into_pyarray(py))?;' in single(made)
    assert "prices: numpy::PyReadonlyArray1<'py, f64>," in single(made)
    assert "PyDict" in batch(made)


HELD = "length_range=(2, 6, 2), gain_range=(1.0, 1.0, 0.0)"
ALIKE = "length_range=(5, 5, 2), gain_range=(1.0, 1.0, 0.5)"


@pytest.mark.parametrize(
    ("kind", "value", "ranges", "shown"),
    [
        ("Option<bool>", "Some(false)", "(5, 30, 1)", f"{HELD}, flat=false"),
        ("bool", "true", "(5, 30, 1)", f"{HELD}, flat=true"),
        ("Option<u8>", "None", "(5, 30, 1)", f"{HELD}, flat=None"),
        # The parameter says it where ranges are of its value.
        ("Option<bool>", "Some(false)", "(5, 5, 2)", f"{ALIKE}, flat=true"),
        # Nothing says it, and nothing before it can be left out.
        ("bool", "chosen()", "(5, 30, 1)", "length_range, gain_range, flat"),
        ("String", 'String::from("x")', "(5, 30, 1)", "length_range, gain_range, flat"),
        ("Option<bool>", "Some(false)", "", "length_range, gain_range, flat"),
    ],
)
def test_what_is_held_fixed_has_a_default_where_ranges_have_one(
    kind: str, value: str, ranges: str, shown: str
) -> None:
    step = "0.5" if ranges == "(5, 5, 2)" else "0.0"
    given = f"(data, length_range={ranges}, gain_range=(1.0, 1.0, {step}))"
    made = facts_of(
        {
            "src/lib.rs": LIB,
            "src/common.rs": COMMON + FROM,
            "src/alma.rs": named(CORE + DEFAULT_RANGE, "alma")
            + with_form({RANGED: given} if ranges else {}, ARRAYS),
            "src/wave.rs": named(held_fixed(kind, value), "wave"),
        },
        "wave",
    )
    assert f"signature = (data, {shown})" in batch(made)
    told = ", ".join(f"{one.name}={one.default}".rstrip("=") for one in binding(made).ranges)
    assert told == shown.replace("false", "False").replace("true", "True")


def held_fixed(kind: str, value: str) -> str:
    """A core whose grid has one value for the parameter `flat`."""
    bare = kind.removeprefix("Option<").rstrip(">")
    core = CORE.replace("gain: (f64, f64, f64) }", f"gain: (f64, f64, f64), flat: {kind} }}")
    core = core.replace("gain: Option<f64> }", f"gain: Option<f64>, flat: Option<{bare}> }}")
    own = DEFAULT_RANGE.replace("(5, 30, 1)", "(2, 6, 2)")
    core = core.replace("gain: Some(1.0) }", "gain: Some(1.0), flat: Some(true) }")
    return core + own.replace("(1.0, 1.0, 0.0) }", f"(1.0, 1.0, 0.0), flat: {value} }}")
