"""Packages around replaced bindings: what they export is settled, and what waits says why."""

from __future__ import annotations

from pathlib import Path

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, SINGLE, STREAM
from tides_package import INIT, PRIVATE, PUBLIC, texts, written


def states(result: GenerateResult) -> dict[str, str]:
    return {plan.piece: plan.state.value for plan in result.plans}


def run(crate: Path, mode: Mode = Mode.WRITE) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=Replacing(mode is Mode.WRITE))
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def test_what_was_private_stays_private(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + SINGLE + BATCH + STREAM, PRIVATE)
    assert states(run(crate))["batch"] == "replace"
    assert (crate / INIT).read_text() == PRIVATE
    # The package hides them, so the test asks the native module.
    assert "\nfrom tides.tides import" in (crate / "tests/test_tide_binding.py").read_text()
    before = texts(crate)
    assert run(crate).status == 0
    assert texts(crate) == before
    assert run(crate, Mode.CHECK).status == 0


def test_what_was_public_is_tested_as_such(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + SINGLE + BATCH + STREAM, PUBLIC)
    assert states(run(crate))["batch"] == "replace"
    assert (crate / INIT).read_text() == PUBLIC
    assert "\nfrom tides import" in (crate / "tests/test_tide_binding.py").read_text()


def test_what_is_new_is_exported_all_the_same(tmp_path: Path) -> None:
    init = 'from tides.tides import tide\n\n__all__ = ["tide"]\n'
    crate = written(tmp_path, CORE + SINGLE + BATCH, init)
    assert states(run(crate))["stream"] == "missing"
    text = (crate / INIT).read_text()
    assert "TideStream" in text
    assert "tide_grid" not in text


def test_a_kept_region_whose_core_has_moved_on_is_told_with_its_line(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + SINGLE + BATCH + STREAM, PUBLIC)
    assert run(crate).status == 0
    path = crate / "src/tide.rs"
    old = "    pub length: Option<usize>,\n"
    path.write_text(path.read_text().replace(old, old.replace("length", "span"), 1))
    result = run(crate, Mode.CHECK)
    assert result.status == 1
    told = next(line for line in result.output.splitlines() if "a field `length`" in line)
    assert told.split()[:3] == ["tide", "single", "lacking"]
    number = int(told.rpartition(":")[2].rstrip(")"))
    assert "TideParams {" in path.read_text().splitlines()[number - 1]


def test_written_files_that_are_no_piece_are_named(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + SINGLE + BATCH, PRIVATE)
    files = [INIT, "python/tides/py.typed", ".bindcheck/generated.json"]
    told = ", ".join(f"{crate}/{name}" for name in files)
    assert f"also written: {told}\n" in run(crate).output
    assert "also written" not in run(crate).output


def test_what_a_package_hides_is_told_by_the_stub(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + SINGLE + BATCH + STREAM, PRIVATE)
    (line,) = [one for one in run(crate).output.splitlines() if one.split()[1:2] == ["stub"]]
    assert line.endswith(f"tides.pyi; {crate / INIT} does not export tide, tide_grid")
    crate = written(
        tmp_path / "open", CORE + SINGLE + BATCH + STREAM, "from tides.tides import *\n"
    )
    assert "does not export" not in run(crate).output


def test_a_package_that_passes_nothing_on_is_not_imported_from(tmp_path: Path) -> None:
    crate = written(tmp_path, CORE + SINGLE + BATCH + STREAM, "")
    run(crate)
    assert (crate / INIT).read_text() == ""
    assert "\nfrom tides.tides import" in (crate / "tests/test_tide_binding.py").read_text()
