"""Which cases are measured, which cannot be, and that this is known before anything is built."""

from __future__ import annotations

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes, cases_of
from bindcheck.bench.samples import Kind
from bindcheck.bench.subjects import Selection, Subject, callable_ones, of_cores
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace
from bindcheck.model import CoreApi

from .conftest import CORE, linked

DEFAULT = CORE[CORE.index("impl Default") : CORE.index("pub struct WaveInput")]
REQUIRED = CORE.replace(DEFAULT, "").replace("length=12, ", "length, ")


def cores_and_axes(core: str, *kinds: Kind) -> tuple[Program, CoreApi, Axes]:
    program = linked(core)
    return program, program.cores[0], Axes(kinds=kinds, sizes=(10,))


@pytest.mark.parametrize("kind", list(Kind))
def test_an_argument_that_python_must_give_is_asked_for(kind: Kind) -> None:
    program, core, axes = cores_and_axes(REQUIRED, kind)
    with pytest.raises(BindcheckError, match=r"`wave`: no default of `length`.* is known; give"):
        cases_of(program, core, axes)
    given = replace(axes, params=(("length", "20"), ("damping", "0.5"), ("mode", "soft")))
    [case] = cases_of(program, core, given)
    assert case.arguments[0].name == "length"


def test_what_may_be_none_is_none() -> None:
    text = REQUIRED.replace("length: usize, damping", "length: Option<usize>, damping")
    program, core, axes = cores_and_axes(text, Kind.SINGLE)
    [case] = cases_of(program, core, axes)
    assert case.arguments[0].value is None


def test_with_all_an_indicator_without_a_default_leaves_the_others_alone() -> None:
    program, core, axes = cores_and_axes(REQUIRED, Kind.SINGLE)
    with pytest.raises(BindcheckError, match="--param length=VALUE"):
        of_cores(program, [core], axes, everything=False)
    found = of_cores(program, [core], axes, everything=True)
    assert found.subjects == ()
    assert "--param length=VALUE" in found.failures[0].reason


def test_a_case_that_cannot_be_called_is_known_before_the_build(
    program: Program, core: CoreApi
) -> None:
    cases = cases_of(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(10, 20)))
    bad = replace(cases[0], arguments=cases[0].arguments[1:], kernel="sclar")
    with pytest.raises(BindcheckError, match="no kernel is called 'sclar'"):
        callable_ones(program, Selection((Subject(bad, core),)))
    found = callable_ones(program, Selection((Subject(bad, core), Subject(cases[1], core))))
    assert [one.case for one in found.subjects] == [cases[1]]
    assert [one.case for one in found.failures] == [bad.name]
