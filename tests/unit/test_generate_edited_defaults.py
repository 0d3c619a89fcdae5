"""A region in which somebody has changed arguments: what its test still asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Choice, Core, Parameter, write_reference

TEST = "tests/test_ebb_binding.py"
DEFAULTS = "test_defaults_are_those_of_the_core"
PARAMETERS = (
    Parameter("period", "usize", "9"),
    Parameter("shape", "choice", '"wide"', Choice("Shape", (("Thin", "thin"), ("Wide", "wide")))),
)


def with_reader(told: str) -> tuple[Parameter, ...]:
    texts = (("Thin", "thin"), ("Wide", "wide"))
    return PARAMETERS[0], Parameter("shape", "choice", '"wide"', Choice("Shape", texts, told))


def run(crate: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",), defaults="params"))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True)
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def written(root: Path, parameters: tuple[Parameter, ...]) -> list[str]:
    """A crate with an indicator that is bound, and the tests of that."""
    write_reference(root, (Core("ebb", parameters=parameters),))
    assert run(root).status == 0
    return asked(root)


def asked(crate: Path) -> list[str]:
    lines = (crate / TEST).read_text().splitlines()
    return [one[4:].partition("(")[0] for one in lines if one.startswith("def test_")]


def edit(crate: Path, old: str, new: str) -> None:
    path = crate / "src/ebb.rs"
    head, begin, text = path.read_text().partition("// bindcheck: begin ebb/single")
    assert old in text
    path.write_text(head + begin + text.replace(old, new, 1))


@pytest.mark.parametrize(("old", "new"), [("period=9", "period=12"), ('"wide"', '"thin"')])
def test_another_default_leaves_all_tests_but_that_of_defaults(
    tmp_path: Path, old: str, new: str
) -> None:
    before = written(tmp_path, PARAMETERS)
    assert DEFAULTS in before
    edit(tmp_path, old, new)
    states = {one.piece: one.state.value for one in run(tmp_path).plans}
    assert (states["single"], states["test"]) == ("edited", "stale")
    assert asked(tmp_path) == [one for one in before if one != DEFAULTS]
    assert run(tmp_path).changes == ()
    assert run(tmp_path, Mode.CHECK).status == 0


def test_who_needs_an_argument_that_tests_leave_out_is_called_by_a_test_of_its_own(
    tmp_path: Path,
) -> None:
    before = written(tmp_path, PARAMETERS)
    edit(tmp_path, "kernel=None", "kernel")
    edit(tmp_path, 'period=9, shape="wide"', "period, shape")
    run(tmp_path)
    assert 'given["kernel"] = None' in (tmp_path / TEST).read_text()
    assert len(asked(tmp_path)) < len(before)


@pytest.mark.parametrize("told", ["", "from_str"])
def test_the_text_of_an_enum_is_given_to_the_argument_that_is_read(
    tmp_path: Path, told: str
) -> None:
    written(tmp_path, with_reader(told))
    for old, new in (
        ("period=9", "span=9"),
        ("period: usize", "span: usize"),
        ("Some(period)", "Some(span)"),
    ):
        edit(tmp_path, old, new)
    states = {one.piece: one.state.value for one in run(tmp_path).plans}
    assert states["test"] == "stale"
    text = (tmp_path / TEST).read_text()
    assert 'PARAMETERS = {"period": 9, "shape": "wide"}' in text
    assert 'ARGUMENTS = {"period": "span", "shape": "shape"}' in text


def test_another_text_for_a_variant_is_not_taken_for_that_of_the_core(tmp_path: Path) -> None:
    written(tmp_path, with_reader(""))
    edit(tmp_path, '"wide" => Ok', '"broad" => Ok')
    edit(tmp_path, 'shape="wide"', 'shape="broad", span=9')
    edit(tmp_path, "    shape: &str,\n", "    shape: &str,\n    span: usize,\n")
    edit(tmp_path, "period=9, ", "")
    edit(tmp_path, "    period: usize,\n", "")
    edit(tmp_path, "Some(period)", "Some(span)")
    (test,) = [one for one in run(tmp_path).plans if one.piece == "test"]
    assert test.detail.startswith("not known: the argument of `ebb` for `shape`, and its default")
