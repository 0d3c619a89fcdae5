"""What a crate does not offer is told, and no text is written that needs it."""

from __future__ import annotations

from pathlib import Path

from bindcheck.config import Options
from bindcheck.generate.plan import PiecePlan
from bindcheck.generate.run import Mode, Request, generate
from bindcheck.load import load
from synthetic_cores import Core, Parameter, write_reference


def planned(root: Path) -> dict[str, PiecePlan]:
    inputs, config = load(Options(paths=(root / "src",), defaults="params"))
    assert inputs.crate is not None
    request = Request(("tide",), Mode.WRITE)
    result = generate(inputs.program, inputs.crate, config, inputs.sources, request)
    return {one.piece: one for one in result.plans}


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_private_reader_of_kernels_is_not_called(tmp_path: Path) -> None:
    write_reference(tmp_path, (Core("tide"),))
    assert "read_kernel(" in planned(tmp_path)["single"].text
    other = tmp_path / "other"
    write_reference(other, (Core("tide"),))
    replaced(other / "src/lib.rs", "pub fn read_kernel", "fn read_kernel")
    plans = planned(other)
    wanted = "not known: a way to call `read_kernel`, which is private in `kernels` ("
    assert all(plans[one].detail.startswith(wanted) for one in ("single", "batch"))
    assert "read_kernel" not in (other / "src/tide.rs").read_text()


def test_parameters_without_default_are_not_left_out_in_tests(tmp_path: Path) -> None:
    core = Core("tide", parameters=(Parameter("period", "usize", "9"),), taken="ref", plain=True)
    write_reference(tmp_path, (core,))
    assert "test_defaults_are_those_of_the_core" in planned(tmp_path)["test"].text
    other = tmp_path / "other"
    write_reference(other, (core,))
    replaced(other / "src/tide.rs", "impl Default for TideParams", "impl TideParams")
    text = planned(other)["test"].text
    assert "test_defaults_are_those_of_the_core" not in text
    assert "def test_" in text
