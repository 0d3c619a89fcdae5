"""Values that hold for a whole grid have the defaults of the core where the reference's have."""

from __future__ import annotations

import pytest

from odd_bindings import LIB, RANGED, batch, binding, facts_of
from odd_reference import ARRAYS, COMMON, CORE, DEFAULT_RANGE, FROM, named, with_form

SINGLE = {
    "(data, length, gain)": "(data, length=5, gain=1.0, flat=true)",
    "length: usize, gain: f64\n": "length: usize, gain: f64, flat: bool\n",
    "{ length: Some(length), gain: Some(gain) }\n": (
        "{ length: Some(length), gain: Some(gain), flat: Some(flat) }\n"
    ),
}
GRID = {
    "    gain_range: (f64, f64, f64),\n": "    gain_range: (f64, f64, f64), {taken},\n",
    "{ length: length_range, gain: gain_range }": (
        "{ length: length_range, gain: gain_range, flat: {made} }"
    ),
    RANGED: "(data, length_range, gain_range, {given})",
}
ENUM = """
#[derive(Clone, Copy, Debug)]
pub enum Way { Up, Down }
"""


def core(kind: str, value: str, param: str = "Some(true)", own: str = "bool") -> str:
    """A core whose grid has one value for the parameter `flat`."""
    text = CORE.replace("gain: (f64, f64, f64) }", f"gain: (f64, f64, f64), flat: {kind} }}")
    text = text.replace("gain: Option<f64> }", f"gain: Option<f64>, flat: Option<{own}> }}")
    text = text.replace("gain: Some(1.0) }", f"gain: Some(1.0), flat: {param} }}")
    declared = DEFAULT_RANGE.replace("(1.0, 1.0, 0.0) }", f"(1.0, 1.0, 0.0), flat: {value} }}")
    return text + (declared if value else "") + ENUM


def files(reference: str, other: str, form: dict[str, str]) -> dict[str, str]:
    return {
        "src/lib.rs": LIB,
        "src/common.rs": COMMON + FROM,
        "src/alma.rs": named(reference, "alma") + with_form(form, ARRAYS),
        "src/wave.rs": named(other, "wave"),
    }


def grid(given: str, taken: str = "flat: bool", made: str = "flat") -> dict[str, str]:
    """The reference's batch with an argument that holds for all rows."""
    parts = (("{given}", given), ("{taken}", taken), ("{made}", made))
    form = dict(GRID)
    for word, text in parts:
        form = {old: new.replace(word, text) for old, new in form.items()}
    return form


def heads(other: str, form: dict[str, str], reference: str = "") -> str:
    """The signature of the new batch, which the stub tells as well."""
    made = facts_of(files(reference or core("bool", "true"), other, form), "wave")
    shown = batch(made).partition("signature = (data, ")[2].partition("))]")[0]
    told = ", ".join(f"{one.name}={one.default}".rstrip("=") for one in binding(made).ranges)
    assert told.lower() == shown.lower()
    return shown


SWEPT = "length_range, gain_range"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        # Said by the range and the parameter of the reference; those of the other core differ.
        ("flat=true", "flat=false"),
        ("flat", "flat"),
        # No core says it.
        ("flat=false", "flat"),
    ],
)
def test_the_range_of_a_core_says_what_holds_for_its_grid(given: str, shown: str) -> None:
    assert heads(core("bool", "false"), grid(given)) == f"{SWEPT}, {shown}"


def test_the_parameter_says_it_where_the_range_has_no_default() -> None:
    assert heads(core("bool", ""), grid("flat=true")) == f"{SWEPT}, flat=true"
    # The reference has what its range says alone, so the parameter of another core says nothing.
    apart = core("bool", "false", "Some(true)")
    assert heads(core("bool", ""), grid("flat=false"), apart) == f"{SWEPT}, flat"
    assert heads(core("bool", "true"), grid("flat=false"), apart) == f"{SWEPT}, flat=true"


def test_it_may_be_none_or_a_number_or_a_text() -> None:
    assert heads(core("Option<bool>", "None"), grid("flat=true")) == f"{SWEPT}, flat=None"
    eight = core("u8", "8", "Some(7)", "u8")
    assert heads(eight, grid("flat=true")) == f"{SWEPT}, flat=8"
    way = core("Way", "Way::Down", "Some(Way::Up)", "Way")
    assert heads(way, grid("flat=true")) == f'{SWEPT}, flat="down"'
    held = grid("flat=None", "flat: Option<bool>", "flat.unwrap_or(true)")
    assert heads(core("bool", "false"), held) == f"{SWEPT}, flat=false"


def test_a_reference_without_such_a_value_gives_them_defaults_as_it_gives_parameters() -> None:
    plain = CORE + DEFAULT_RANGE
    single = {"(data, length, gain)": "(data, length=5, gain=1.0)"}
    assert heads(core("bool", "true"), single, plain) == f"{SWEPT}, flat=true"
    assert heads(core("bool", "true"), {}, plain) == f"{SWEPT}, flat"


def test_a_default_that_no_core_says_is_told() -> None:
    made = facts_of(files(core("bool", "true"), CORE, SINGLE | grid("flat=false")), "wave")
    [said] = made.style.untaken
    assert said.endswith(
        "not known: where `py_alma_grid` has the default of `flat` from; new ones have none"
    )
    taken = facts_of(files(core("bool", "true"), CORE, SINGLE | grid("flat=true")), "wave")
    assert taken.style.untaken == ()
