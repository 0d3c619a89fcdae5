"""Cases from the model, and from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.casefile import case_text, read_cases
from bindcheck.bench.cases import Axes, cases_of, literal, parsed, rows_of
from bindcheck.bench.samples import Argument, Kind
from bindcheck.cli import main
from bindcheck.errors import BindcheckError
from bindcheck.model import CoreApi


def test_a_single_case_has_the_parameters_of_the_core(program: Program, core: CoreApi) -> None:
    [case] = cases_of(program, core, Axes(kinds=(Kind.SINGLE,), sizes=(100,)))
    assert case.name == "wave/single/100"
    assert case.cells == 100
    assert case.arguments == (
        Argument("length", 12),
        Argument("damping", 0.5),
        Argument("mode", "soft"),
    )


def test_a_batch_sweeps_the_first_integer_over_61_rows(program: Program, core: CoreApi) -> None:
    [case] = cases_of(program, core, Axes(kinds=(Kind.BATCH,), sizes=(50,)))
    assert case.rows == 61
    assert case.arguments[0] == Argument("length", (12, 72, 1))
    assert case.arguments[1] == Argument("damping", (0.5, 0.5, 0.0))
    assert case.name == "wave/batch/61x50"


def test_a_sweep_of_the_users_takes_the_place_of_ours(program: Program, core: CoreApi) -> None:
    axes = Axes(kinds=(Kind.BATCH,), sizes=(50,), params=(("damping", "0.25:1.0:0.25"),))
    [case] = cases_of(program, core, axes)
    assert case.rows == 4
    assert case.arguments[0].value == (12, 12, 0)


def test_only_a_batch_varies_with_threads(program: Program, core: CoreApi) -> None:
    cases = cases_of(program, core, Axes(sizes=(10,), threads=(1, 2)))
    assert [case.threads for case in cases] == [None, 1, 2]


def test_an_unknown_parameter_is_refused_with_the_known_ones(
    program: Program, core: CoreApi
) -> None:
    with pytest.raises(BindcheckError, match=r"no parameter 'x'; it has length, damping, mode"):
        cases_of(program, core, Axes(params=(("x", "1"),)))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("14", 14),
        ("1_000usize", 1000),
        ("0.85", 0.85),
        ("true", True),
        ('"ema".to_string()', "ema"),
    ],
)
def test_literals_of_rust_are_read(text: str, value: object) -> None:
    assert literal(text) == value


def test_what_is_no_literal_has_no_value() -> None:
    assert literal("DEFAULT") is None


def test_a_text_stays_a_text_and_three_numbers_are_a_sweep() -> None:
    assert parsed("ema") == "ema"
    assert parsed("2:8:3") == (2, 8, 3)


def test_rows_of_float_steps_do_not_depend_on_rounding() -> None:
    assert rows_of((Argument("x", (0.1, 0.7, 0.1)), Argument("y", (3, 1, 1)))) == 21


# --- files -------------------------------------------------------------------------------------


def test_cases_survive_a_file(program: Program, core: CoreApi, tmp_path: Path) -> None:
    cases = cases_of(program, core, Axes(sizes=(10, 20), kernels=(None, "scalar")))
    path = tmp_path / "cases.toml"
    path.write_text(case_text(cases), encoding="utf-8")
    assert sorted(read_cases(path), key=lambda one: one.name) == sorted(
        cases, key=lambda one: one.name
    )


BATCH = """\
[[case]]
indicator = "wave"
kind = "batch"
sizes = [1000]
arguments = { damping = 0.5 }
"""


def read(text: str, folder: Path) -> object:
    path = folder / "cases.toml"
    path.write_text(text, encoding="utf-8")
    return read_cases(path)


def test_different_grids_on_the_two_sides_are_an_error_that_names_both(tmp_path: Path) -> None:
    text = BATCH + "python = { length = [2, 228, 1] }\nnative = { length = [2, 62, 1] }\n"
    with pytest.raises(BindcheckError) as caught:
        read(text, tmp_path)
    assert "python 227 rows (damping=0.5, length=2..228 step 1)" in str(caught.value)
    assert "native 61 rows (damping=0.5, length=2..62 step 1)" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("speed = 3\n", "unknown key 'speed'"),
        ("python = { length = [1, 2] }\nnative = { length = [1, 2] }\n", "is no sweep"),
        ('layout = "round"\n', "round"),
    ],
)
def test_a_wrong_entry_is_named(change: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match=r"\[\[case\]\] 1") as caught:
        read(BATCH + change, tmp_path)
    assert message in str(caught.value)
    assert caught.value.path == tmp_path / "cases.toml"


def test_an_entry_without_a_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match="lacks 'kind'"):
        read(BATCH.replace('kind = "batch"\n', ""), tmp_path)


def test_a_peer_is_asked_for_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "wave", "--pair", "python/peer"]) == 2
    assert "--pair python/peer: name the other function with --peer" in capsys.readouterr().err
