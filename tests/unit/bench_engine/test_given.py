"""Which parameters of a command line are for which indicator, and what it has asked for."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.asked import asked_for
from bindcheck.bench.cases import Axes
from bindcheck.bench.given import for_each
from bindcheck.bench.plain import with_plain
from bindcheck.bench.samples import Argument, Kind, Named
from bindcheck.bench.subjects import Selection, of_all, of_names
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import replace
from bindcheck.testing import program_from

from .conftest import CORE, LIB, sources

SHIFT = """
pub fn {name}(data: &[f64], steps: usize) -> Vec<f64> {{ todo!() }}

#[pyfunction(name = "{name}")]
#[pyo3(signature = (data, steps=3))]
pub fn {name}_py<'py>(
    py: Python<'py>, data: PyReadonlyArray1<'py, f64>, steps: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {{
    let data = data.as_slice()?;
    Ok(py.allow_threads(|| {name}(data, steps)).into_pyarray(py))
}}
"""
AXES = Axes(kinds=(Kind.SINGLE,), sizes=(10,))


@pytest.fixture(scope="module")
def three() -> Program:
    """`wave` with `length` and more, `lag` and `delay`, which Python calls `late`, with `steps`."""
    uses = CORE[: CORE.index("use rayon")]
    delay = SHIFT.format(name="delay").replace('name = "delay"', 'name = "late"')
    plain = uses + SHIFT.format(name="lag") + delay
    files = sources(CORE, LIB + "pub mod plain;\n")
    return with_plain(program_from(files | {"src/plain.rs": plain}))


def first_values(found: Selection) -> dict[str, object]:
    """The first argument of each single call, by indicator."""
    return {one.case.indicator: one.case.arguments[0].value for one in found.subjects}


def given(*params: tuple[str, str]) -> Axes:
    return replace(AXES, params=params)


def test_with_several_names_a_parameter_is_for_those_that_have_it(three: Program) -> None:
    found = of_names(three, ["wave", "lag", "delay"], given(("steps", "9")))
    assert first_values(found) == {"wave": 12, "lag": 9, "delay": 9}


@pytest.mark.parametrize("before", [False, True])
def test_what_is_given_for_one_indicator_goes_before(three: Program, *, before: bool) -> None:
    params = [("lag.steps", "4"), ("steps", "9")]
    axes = given(*(params if before else reversed(params)))
    for found in (of_names(three, ["wave", "lag", "delay"], axes), of_all(three, axes)):
        assert first_values(found) == {"wave": 12, "lag": 4, "delay": 9}


def test_a_module_names_all_of_its_indicators(three: Program) -> None:
    found = of_all(three, given(("plain.steps", "5"), ("wave.length", "7")))
    assert first_values(found) == {"wave": 7, "lag": 5, "delay": 5}


def test_a_sweep_for_one_indicator_leaves_the_single_calls_of_others(three: Program) -> None:
    axes = Axes(sizes=(10,), params=(("wave.length", "2:8:3"),))
    names = [one.case.name for one in of_all(three, axes).subjects]
    assert sorted(names) == ["delay/single/10", "lag/single/10", "wave/batch/3x10"]


@pytest.mark.parametrize(
    ("names", "param", "told"),
    [
        (["wave", "lag"], "step", r"--param step: no indicator has a parameter 'step', did you"),
        (["wave", "lag"], "lag.step", r"--param lag.step: `lag` has no parameter 'step', did you"),
        (["wave", "lag"], "lag.length", r"`lag` has no parameter 'length'; they have steps"),
        (["wave", "lag"], "delay.steps", "no indicator that is measured is called 'delay'; there"),
        (["wave", "lag"], "wav.length", r"that is measured is called 'wav', did you mean 'wave'\?"),
        (["lag"], "step", r"`lag` has no parameter 'step', did you mean 'steps'\?"),
    ],
)
def test_a_parameter_of_none_is_a_mistake(
    three: Program, names: list[str], param: str, told: str
) -> None:
    with pytest.raises(BindcheckError, match=told):
        of_names(three, names, given((param, "9")))


def test_the_tuner_is_given_the_parameters_of_each(three: Program) -> None:
    cores = [core for core in three.cores if core.name in ("lag", "delay")]
    found = for_each(three, cores, given(("steps", "9"), ("delay.steps", "2")))
    assert {core.name: own.params for core, own in found} == {
        "lag": (("steps", "9"),),
        "delay": (("steps", "2"),),
    }


def test_a_selection_knows_what_was_asked_for(three: Program) -> None:
    named = of_names(three, ["wave", "late"], AXES).asked
    assert named is not None
    assert named.names == (Named("wave", "wave"), Named("late", "delay"))
    everything = of_all(three, given(("steps", "9")), ["plain"]).asked
    assert everything is not None
    assert (everything.names, everything.sizes) == ((), (10,))
    assert set(everything.excluded) == {"plain", "lag", "delay"}
    assert everything.params == (Argument("steps", "9"),)
    assert everything.kinds == AXES.kinds
    assert asked_for(AXES).excluded == ()


def test_what_only_an_earlier_run_has_measured_can_be_left_out(three: Program) -> None:
    with pytest.raises(BindcheckError, match=r"--exclude: no indicator .* 'tide'"):
        of_all(three, AXES, ["tide"])
    found = of_all(three, AXES, ["tide", "lag"], gone=["tide", "wave"])
    assert set(first_values(found)) == {"wave", "delay"}
    assert found.asked is not None
    assert set(found.asked.excluded) == {"tide", "lag"}
    with pytest.raises(NothingToDoError, match="--exclude leaves no indicator"):
        of_all(three, AXES, ["wave", "plain"], gone=["wave"])
