"""Kept batches and streams beside a single call of our own: only what gives the same is tested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, write_reference

TEST = "tests/test_tide_binding.py"
STREAM = "test_a_stream_gives_the_values_of_a_single_call"
BATCH = "test_batch_rows_are_single_calls"
STEP = "self.stream.update(data)"


def run(crate: Path, mode: Mode = Mode.WRITE, *, replacing: bool = False) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=Replacing(replacing))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def kept(crate: Path, piece: str, old: str, new: str) -> str:
    """Write one binding by hand, with a change, and let it be replaced; what the test is told."""
    write_reference(crate, (Core("tide"),))
    run(crate)
    path = crate / "src/tide.rs"
    text = path.read_text()
    begin, end = (text.index(f"// bindcheck: {word} tide/{piece}") for word in ("begin", "end"))
    body = text[begin:end].partition("\n")[2]
    assert body.count(old) == 1
    rest = text[end:].partition("\n")[2]
    path.write_text(text[:begin] + body.replace(old, new) + rest)
    plans = {one.piece: one for one in run(crate, replacing=True).plans}
    assert plans[piece].state.value == "replace", plans[piece].detail
    assert re.search(rf"begin tide/{piece} .*interface=kept", path.read_text())
    assert run(crate, Mode.CHECK).status == 0
    return plans["test"].detail


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (STEP, ""),
        (f"{STEP}.map(|value| value * 100.0)", "which outputs `update` gives in which order"),
        ("self.stream.update(data * 2.0)", "which series `TideStreamPy::update` is given"),
    ],
)
def test_a_stream_that_gives_other_values_is_not_compared(
    tmp_path: Path, new: str, told: str
) -> None:
    detail = kept(tmp_path, "stream", STEP, new)
    assert (f"no test of the stream: not known: {told}" in detail) == bool(told)
    text = (tmp_path / TEST).read_text()
    assert (STREAM in text) != bool(told)
    assert BATCH in text


def test_a_method_of_another_name_is_not_called(tmp_path: Path) -> None:
    detail = kept(
        tmp_path, "stream", "    fn update(", '    #[pyo3(name = "push")]\n    fn update('
    )
    assert "no test of the stream: not known: a method `update`" in detail
    assert STREAM not in (tmp_path / TEST).read_text()


@pytest.mark.parametrize(("key", "tested"), [("periods", True), ("lengths", False)])
def test_a_batch_with_keys_of_its_own_is_not_compared(
    tmp_path: Path, key: str, *, tested: bool
) -> None:
    detail = kept(tmp_path, "batch", '"periods"', f'"{key}"')
    assert ("no test of the batch: not known: the usual keys" in detail) != tested
    text = (tmp_path / TEST).read_text()
    assert (BATCH in text) == tested
    assert STREAM in text


KEY = '"periods", periods.into_pyarray(py)'


@pytest.mark.parametrize(
    ("shown", "told"),
    [("one.period.unwrap_or(9)", True), ("one.period.unwrap_or(9).max(3)", False)],
)
def test_a_key_that_is_a_parameter_has_its_type(tmp_path: Path, shown: str, *, told: bool) -> None:
    values = f"combos.iter().map(|one| {shown}).collect::<Vec<_>>()"
    kept(tmp_path, "batch", KEY, f'"spans", {values}.into_pyarray(py)')
    run(tmp_path)
    stub = (tmp_path / "python/made_up/_core.pyi").read_text()
    assert ("    spans: NDArray[np.uintp]\n" in stub) == told
    assert ("-> dict[str, Any]:" in stub) != told


def test_a_stream_that_cannot_be_replaced_is_tested_with_either_command(tmp_path: Path) -> None:
    """What stays by hand is the same to `--all` and to `--all --replace`."""
    write_reference(tmp_path, (Core("tide"),))
    run(tmp_path)
    path = tmp_path / "src/tide.rs"
    text = re.sub(r"// bindcheck: (?:begin|end) tide/stream.*\n", "", path.read_text())
    field = "stream: TideStream,"
    assert text.count(field) == 1
    path.write_text(
        text.replace(field, f"{field}\n    seen: usize,").replace(
            "{ stream }", "{ stream, seen: 0 }"
        )
    )
    run(tmp_path)
    before = (tmp_path / TEST).read_text()
    assert STREAM in before
    plans = {one.piece: one for one in run(tmp_path, replacing=True).plans}
    assert plans["stream"].state.value == "lacking", plans["stream"]
    assert (tmp_path / TEST).read_text() == before
    assert run(tmp_path, Mode.CHECK).status == 0
