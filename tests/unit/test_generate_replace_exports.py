"""Packages around replaced bindings: what they export is settled, and what waits says why."""

from __future__ import annotations

from pathlib import Path

from bindcheck.config import Options
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.load import load
from tides import BATCH, CORE, LIB, MANIFEST, PYPROJECT, SINGLE, STREAM

INIT = "python/tides/__init__.py"
PRIVATE = 'from tides.tides import Tides\n\n__all__ = ["Tides"]\n'
PUBLIC = 'from tides.tides import Tides, tide, tide_grid\n\n__all__ = ["Tides", "tide"]\n'


def written(folder: Path, text: str, init: str) -> Path:
    """A crate with a package that exports what `init` says, a stub and a folder of tests."""
    for name in ("src", "python/tides", "tests"):
        (folder / name).mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "src/lib.rs").write_text(LIB)
    (folder / "src/tide.rs").write_text(text)
    (folder / INIT).write_text(init)
    (folder / "python/tides/tides.pyi").write_text("")
    (folder / "tests/test_more.py").write_text("")
    return folder


def texts(crate: Path) -> dict[str, bytes]:
    found = sorted(path for path in crate.rglob("*") if path.is_file())
    return {path.relative_to(crate).as_posix(): path.read_bytes() for path in found}


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
