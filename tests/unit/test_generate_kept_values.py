"""What tests of kept bindings begin at where the core says nothing, or no argument gives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import Request, generate
from bindcheck.load import load
from glides import GLIDE, PANE, write_glides

ROWS = "def test_batch_rows_are_single_calls"
STEPS = "def test_a_stream_gives_the_values_of_a_single_call"


def told(root: Path, name: str, glide: str = GLIDE, pane: str = PANE) -> tuple[str, str]:
    """What is told of a test, and its text, empty without one."""
    crate = write_glides(root, glide, pane)
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(everything=True, replacing=Replacing(True))
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    plans = {(one.indicator, one.piece): one for one in result.plans}
    assert plans[name, "single"].state.value == "replace", plans[name, "single"].detail
    path = crate / f"tests/test_{name}_binding.py"
    return plans[name, "test"].detail, path.read_text() if path.is_file() else ""


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new)


def test_a_default_of_the_binding_is_taken(tmp_path: Path) -> None:
    detail, text = told(tmp_path, "glide")
    assert "not known" not in detail
    assert 'PARAMETERS = {"period": 12, "floor": None}' in text


def never_none(head: str) -> str:
    """The binding with a floor that Python cannot leave open."""
    glide = changed(GLIDE, "    floor: Option<f64>,\n) ->", "    floor: f64,\n) ->")
    glide = changed(glide, "{ period, floor }", "{ period, floor: Some(floor) }")
    return changed(glide, "floor=None", head)


@pytest.mark.parametrize(
    ("head", "value"), [("floor=0.5", "0.5"), ("floor=f64::NEG_INFINITY", "2.25")]
)
def test_what_cannot_be_none_begins_at_a_number(tmp_path: Path, head: str, value: str) -> None:
    """At the default of the binding, else at what the core takes in the place of None."""
    asked = "fn above(x: f64, c: &GlideConfig) -> f64 { x.max(c.floor.unwrap_or(2.25)) }"
    glide = changed(never_none(head), "mean.max(c.floor.unwrap_or(f64::MIN))", "above(mean, &c)")
    detail, text = told(tmp_path, "glide", f"{glide}\n{asked}\n")
    assert "not known" not in detail
    assert f'PARAMETERS = {{"period": 12, "floor": {value}}}' in text


def test_what_cannot_be_none_and_has_no_number_is_lacking(tmp_path: Path) -> None:
    detail, text = told(tmp_path, "glide", never_none("floor=f64::NEG_INFINITY"))
    assert detail.startswith("not known: the argument of `glide` for `floor`, and its default")
    assert not text


def record(*floors: float | None) -> str:
    points = ",".join(
        f'{{"parameters": {{"period": 12, "floor": {"null" if one is None else one}}}, '
        '"outputs": [{"name": "0", "nan": 0, "magnitude": 1, "at": [0], "values": [1]}]}'
        for one in floors
    )
    return (
        '{"version": 1, "indicators": {"glide": {"release": "debug", "source": "0",'
        f' "dependencies": {{}}, "length": 400, "kernel": "", "points": [{points}]}}}}}}'
    )


@pytest.mark.parametrize(
    ("floors", "tested", "filtered"),
    [((None, 0.5), True, True), ((0.25, 0.5), True, False), ((None,), False, False)],
)
def test_calls_of_the_core_that_the_binding_cannot_make(
    tmp_path: Path, floors: tuple[float | None, ...], tested: bool, filtered: bool
) -> None:
    write_glides(tmp_path)
    (tmp_path / "tests/bindcheck_values.json").write_text(record(*floors))
    detail, text = told(tmp_path, "glide", never_none("floor=0.5"))
    assert ("no test of values: they were recorded with" in detail) is not tested
    assert ("def test_values_are_those_of_the_core" in text) is tested
    assert ('CLOSED = ["period", "floor"]' in text) is filtered


@pytest.mark.parametrize("given", ["period", "period=usize::MAX", "period=90"])
def test_a_usual_count_is_taken_instead(tmp_path: Path, given: str) -> None:
    _, text = told(tmp_path, "glide", changed(GLIDE, "(prices, period=12, ", f"(prices, {given}, "))
    assert 'PARAMETERS = {"period": 14, "floor": None}' in text


def test_what_is_no_count_and_has_no_default_is_lacking(tmp_path: Path) -> None:
    glide = GLIDE
    for old, new in (
        ("pub period: usize", "pub gain: f64"),
        ("c.period", "c.gain as usize"),
        ("{ period: 12,", "{ gain: 12.0,"),
        ("{ period, floor", "{ gain, floor"),
        ("period=12, ", "gain, "),
        ("    period: usize,", "    gain: f64,"),
    ):
        assert old in glide
        glide = glide.replace(old, new)
    detail, text = told(tmp_path, "glide", glide)
    assert detail.startswith("not known: the argument of `glide` for `gain`, and its default")
    assert not text


def test_an_enum_behind_a_flag_leaves_rows_and_steps_to_be_tested(tmp_path: Path) -> None:
    detail, text = told(tmp_path, "pane")
    assert "not known" not in detail
    assert 'PARAMETERS = {"period": 5}' in text
    assert ROWS in text
    assert STEPS in text


SINGLE = "signature = (data, period=5, hold=false)"
RANGE = "period: periods, ends: Ends::Cut }"


def test_what_another_flag_chooses_is_not_compared(tmp_path: Path) -> None:
    """The batch and the stream have the other ends then."""
    pane = changed(PANE, SINGLE, SINGLE.replace("false", "true"))
    detail, text = told(tmp_path, "pane", pane=pane)
    assert "no test of the batch: not known: whether `pane_batch` has the `ends` of a sin" in detail
    assert "no test of the stream: not known: whether `PaneStream` has the `ends` of a s" in detail
    assert "def test_results_have_the_shape_of_the_input" in text
    assert ROWS not in text
    assert STEPS not in text


def test_a_batch_with_other_ends_is_not_compared(tmp_path: Path) -> None:
    detail, text = told(tmp_path, "pane", pane=changed(PANE, RANGE, RANGE.replace("Cut", "Hold")))
    assert "no test of the batch: not known: whether `pane_batch` has the `ends` of a sin" in detail
    assert ROWS not in text
    assert STEPS in text


def test_a_flag_without_default_is_not_called(tmp_path: Path) -> None:
    pane = changed(PANE, SINGLE, "signature = (data, period, hold)")
    detail, text = told(tmp_path, "pane", pane=pane)
    assert detail.startswith("not known: the argument of `pane` for `ends`, and its default")
    assert not text


def test_what_the_core_gave_is_not_compared_without_the_argument(tmp_path: Path) -> None:
    write_glides(tmp_path)
    (tmp_path / "tests/bindcheck_values.json").write_text(
        '{"version": 1, "indicators": {"pane": {"release": "debug", "source": "0",'
        ' "dependencies": {}, "length": 400, "kernel": "", "points": [{"parameters": {},'
        ' "outputs": [{"name": "0", "nan": 0, "magnitude": 1, "at": [0], "values": [1]}]}]}}}'
    )
    detail, text = told(tmp_path, "pane")
    assert "no test of values: not known: the argument for `ends`" in detail
    assert "RECORDED" not in text
    assert ROWS in text
