"""Bindings by hand in an inline module of the core's file: replaced where they stand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.config import Options
from bindcheck.generate.regions import find_regions
from bindcheck.generate.replacing import Replacing
from bindcheck.generate.run import GenerateResult, Mode, Request, generate
from bindcheck.generate.rustfile import settle
from bindcheck.load import load
from compiled import Compiler
from tides import BATCH, CORE, LIB, MANIFEST, RESET, SINGLE, STREAM

GOLDEN = Path(__file__).parents[1] / "golden" / "replace" / "inside.rs"
UPDATE = os.environ.get("BINDCHECK_UPDATE_GOLDEN") == "1"

IMPORTS = """use crate::Kernel;
use numpy::{IntoPyArray, PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
"""
TEXT = '"tides of\ndifferent lengths"'
"""A literal of two lines, the second of which must not move."""


def inside(binding: str, opening: str) -> str:
    """Bindings in modules, formatted as rustfmt does."""
    mods = opening.split()
    binding = textwrap.indent(binding, "    " * len(mods))
    for at, name in reversed(list(enumerate(mods))):
        outer = "    " * at
        binding = f"{outer}pub mod {name} {{\n{outer}    use super::*;\n{binding}{outer}}}\n"
    return binding.replace("tides of different lengths", TEXT[1:-1])


@pytest.fixture(params=["python", "outer inner"], ids=["one", "two"])
def scope(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def crate(tmp_path: Path, scope: str) -> Path:
    """An indicator whose three bindings are written by hand in inline modules."""
    folder = tmp_path / "src"
    folder.mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    path = f"tide::{'::'.join(scope.split())}::"
    lib = LIB.replace("tide::tide_", f"{path}tide_").replace("tide::TideS", f"{path}TideS")
    (folder / "lib.rs").write_text(lib)
    core = CORE.replace(IMPORTS, "use crate::Kernel;\n")
    binding = IMPORTS.replace("use crate::Kernel;\n", "") + SINGLE + BATCH + STREAM
    (folder / "tide.rs").write_text(core + "\n" + inside(binding, scope))
    return tmp_path


def run(
    crate: Path, *, mode: Mode = Mode.WRITE, replacing: Replacing | None = None
) -> GenerateResult:
    inputs, config = load(Options(paths=(crate / "src",)))
    assert inputs.crate is not None
    request = Request(mode=mode, everything=True, replacing=replacing or Replacing())
    return generate(inputs.program, inputs.crate, config, inputs.sources, request)


def tide(crate: Path) -> str:
    return (crate / "src/tide.rs").read_text()


def without_reset(crate: Path) -> None:
    """Take away a method that a class of our own has no place for."""
    text = tide(crate)
    indent = next(one for one in text.splitlines() if one.endswith("// Not ours."))
    depth = " " * (len(indent) - len(indent.lstrip()) - 4)
    method = textwrap.indent(RESET, depth)
    assert method in text
    (crate / "src/tide.rs").write_text(text.replace(method, ""))


def test_regions_stand_in_the_module_at_its_indentation(crate: Path, scope: str) -> None:
    before = tide(crate)
    result = run(crate, replacing=Replacing(True))
    assert result.status == 0, result.output
    states = {plan.piece: plan.state.value for plan in result.plans}
    assert states == dict.fromkeys(("single", "batch", "stream"), "replace") | {
        "register": "present"
    }
    text = tide(crate)
    indent = "    " * len(scope.split())
    head = before[: before.index(f"{indent}/// Tides of")]
    assert text.startswith(head)
    regions = find_regions(text, "tide.rs")
    assert [one.indent for one in regions] == [indent] * 3
    assert text.count("fn tide_py<") == text.count("fn tide_grid_py<") == 1
    assert text.count("struct TideStreamPy") == 1
    # What a literal holds is not indented, and what is kept of comments is.
    assert TEXT in text
    assert f"{indent}    // Not ours.\n" in text


@pytest.mark.parametrize("scope", ["python"], indirect=True)
def test_the_text_of_regions_in_a_module(crate: Path) -> None:
    run(crate, replacing=Replacing(True))
    text = tide(crate)
    made = text[text.index("pub mod python") :]
    if UPDATE:
        GOLDEN.write_text(made)
    assert made == GOLDEN.read_text()


@pytest.mark.skipif(shutil.which("rustfmt") is None, reason="needs rustfmt")
def test_a_formatter_changes_nothing(crate: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    run(crate, replacing=Replacing(True))
    text = tide(crate)
    copy = tmp_path_factory.mktemp("copy") / "tide.rs"
    copy.write_text(text)
    subprocess.run(["rustfmt", "--edition", "2021", copy], check=True)
    made = copy.read_text()
    of = [one.body for one in find_regions(text, "tide.rs")]
    assert [one.body for one in find_regions(made, "tide.rs")] == of


def test_a_second_run_changes_nothing_with_or_without_the_option(crate: Path) -> None:
    run(crate, replacing=Replacing(True))
    for replacing in (Replacing(True), Replacing()):
        again = run(crate, mode=Mode.CHECK, replacing=replacing)
        assert (again.status, again.changes) == (0, ()), again.output


def test_an_edit_is_merged_where_it_stands(crate: Path) -> None:
    run(crate, replacing=Replacing(True))
    path, text = crate / "src/tide.rs", tide(crate)
    region = next(one for one in find_regions(text, "tide.rs") if one.key == "tide/single")
    line = next(one for one in region.body.splitlines(True) if "TideInput::from_slices" in one)
    line = region.indent + line
    assert text.count(line) == 1
    depth = " " * (len(line) - len(line.lstrip()))
    path.write_text(text.replace(line, f"{depth}// By hand.\n{line}", 1))
    assert run(crate).status == 0
    assert tide(crate) == text.replace(line, f"{depth}// By hand.\n{line}", 1)

    edited = next(one for one in find_regions(tide(crate), "tide.rs") if one.key == region.key)
    ours = region.body.replace("Ok((", "let made = 1;\n    Ok((")
    settled = settle(edited, region.key, 2, ours, region.body, interface="kept")
    assert settled.state == "stale"
    assert settled.wrapped is not None
    assert f"\n{depth}// By hand.\n" in settled.wrapped
    assert f"\n{region.indent}    let made = 1;\n" in settled.wrapped
    left = [one for one in settled.wrapped.splitlines() if not one.startswith(region.indent)]
    assert left == [TEXT.splitlines()[1] + ","]


def test_a_module_that_does_not_compile_is_put_back(
    crate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tide(crate)
    run(crate, replacing=Replacing(True))
    line = tide(crate).splitlines().index(next(filter(_ends_stream, tide(crate).splitlines())))
    (crate / "src/tide.rs").write_text(before)
    shutil.rmtree(crate / ".bindcheck")
    span = {"file_name": "src/tide.rs", "line_start": line, "is_primary": True}
    message = {"level": "error", "message": "no", "code": None, "spans": [span]}
    said = json.dumps({"reason": "compiler-message", "message": message})
    cargo = crate / "bin/cargo"
    cargo.parent.mkdir()
    cargo.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\nexit 101\n")
    cargo.chmod(0o755)
    monkeypatch.setenv("PATH", f"{cargo.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(crate)
    assert main(["generate", "--all", "--replace", "--verify"]) == 1
    assert f"src/tide.rs:{line}: error: no (in tide/stream)" in capsys.readouterr().out
    assert tide(crate) == before
    assert not (crate / ".bindcheck").exists()


def _ends_stream(line: str) -> bool:
    return line.strip() == "// bindcheck: end tide/stream"


def test_our_own_interface_reaches_the_core_from_the_module(crate: Path) -> None:
    without_reset(crate)
    result = run(crate, replacing=Replacing(True, keep=False))
    assert [plan.state.value for plan in result.plans].count("replace") == 3
    again = run(crate, mode=Mode.CHECK)
    assert again.changes == ()


@pytest.mark.cargo
@pytest.mark.parametrize("keep", [True, False], ids=["kept", "new"])
def test_what_is_replaced_in_modules_compiles(crate: Path, keep: bool, compiler: Compiler) -> None:
    without_reset(crate)
    compiler.check(crate)
    assert run(crate, replacing=Replacing(True, keep=keep)).status == 0
    compiler.check(crate)
