"""Generated tests compare bindings with values of the core, recorded without the binding."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main
from compiled import Compiler
from synthetic_cores import SAMPLE, write_reference

pytestmark = [
    pytest.mark.cargo,
    pytest.mark.skipif(sys.platform != "linux", reason="names the library as Linux does"),
]

SWAPS = (
    ("from_slices(high_slice, low_slice", "from_slices(low_slice, high_slice"),
    ("            high_slice,\n            low_slice,\n", " low_slice,\n high_slice,\n"),
    ("self.stream.update(high, low", "self.stream.update(low, high"),
)
"""Inputs taken for each other: in the single call, in the batch and in the stream."""


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    write_reference(tmp_path, [one for one in SAMPLE if one.name == "bars_two"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def build(crate: Path, compiler: Compiler) -> None:
    module = crate / "python/made_up/_core.so"
    compiler.build(crate, "libmade_up.so", module, "--features", "python")


def failing(crate: Path) -> set[str]:
    """Names of the generated tests that fail."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rf", "tests"],
        cwd=crate,
        env={**os.environ, "PYTHONPATH": str(crate / "python")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert " passed" in run.stdout, run.stdout + run.stderr
    return set(re.findall(r"^FAILED [^:]+::(\w+)", run.stdout, re.MULTILINE))


def snapshot(crate: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(crate)): path.read_bytes()
        for path in crate.rglob("*")
        if path.is_file() and "target" not in path.relative_to(crate).parts
    }


def test_inputs_swapped_alike_in_all_bindings_are_noticed(crate: Path, compiler: Compiler) -> None:
    assert main(["generate", "--all", "--values"]) == 0
    assert main(["generate", "--check"]) == 0
    build(crate, compiler)
    assert failing(crate) == set()

    file = crate / "src/bars_two.rs"
    text = file.read_text()
    for old, new in SWAPS:
        assert text.count(old) == 1
        text = text.replace(old, new)
    file.write_text(text)
    build(crate, compiler)
    # Batch, stream and single call still agree with each other.
    assert failing(crate) == {"test_values_are_those_of_the_core"}


def test_a_crate_that_does_not_compile_is_an_error_and_nothing_is_written(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (crate / "src/lib.rs").open("a") as file:
        file.write("\npub fn broken() -> usize { missing_name }\n")
    before = snapshot(crate)
    with contextlib.suppress(SystemExit):
        assert main(["generate", "--all", "--values"]) == 2
    said = capsys.readouterr().err
    assert "the crate does not build" in said
    assert "missing_name" in said
    assert snapshot(crate) == before | {
        name: text for name, text in snapshot(crate).items() if name == "Cargo.lock"
    }


def test_values_of_a_core_that_changed_are_told(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "--all", "--values"]) == 0
    file = crate / "src/bars_two.rs"
    text = file.read_text()
    file.write_text(
        text.replace("pub fn bars_two_with_kernel", "// Why.\npub fn bars_two_with_kernel")
    )
    assert main(["generate", "--check"]) == 0
    changed = re.sub(r"(pub fn bars_two_with_kernel[^{]*\{)", r"\1 let _ = 3;", text)
    assert changed != text
    file.write_text(changed)
    capsys.readouterr()
    assert main(["generate", "--check"]) == 1
    said = capsys.readouterr().out
    assert "bars_two  values" in said
    assert "the core has changed since" in said
    before = (crate / "tests/bindcheck_values.json").read_text()
    assert main(["generate", "--all", "--values"]) == 0
    assert main(["generate", "--check"]) == 0
    after = (crate / "tests/bindcheck_values.json").read_text()
    records = [json.loads(one)["indicators"]["bars_two"] for one in (before, after)]
    assert records[0]["points"] == records[1]["points"]
    assert records[0]["source"] != records[1]["source"]


@pytest.fixture
def four(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Cores: one is private, two cannot be called from outside, one ends the process."""
    if shutil.which("cargo") is None:
        pytest.skip("needs cargo")
    names = ("one_slice", "with_volume", "maybe_volume", "bars_two")
    write_reference(tmp_path, [one for one in SAMPLE if one.name in names])
    private = tmp_path / "src/with_volume.rs"
    text = private.read_text()
    assert text.count("    pub depth: Option<u32>,\n") == 1
    text = text.replace("    pub depth: Option<u32>", "    pub(crate) depth: Option<u32>")
    assert text.count("    pub fn from_slices(") == 1
    private.write_text(text.replace("    pub fn from_slices(", "    fn from_slices("))
    made = tmp_path / "src/maybe_volume.rs"
    text = made.read_text()
    # What a macro makes is not seen, so it is not made visible.
    error = re.search(
        r"#\[derive\(Debug\)\]\npub enum MaybeVolumeError \{.*?\n\}\n", text, re.DOTALL
    )
    assert error is not None
    hidden = f"made! {{ {error[0].replace('pub enum', 'pub(crate) enum')} }}\n"
    macro = "macro_rules! made { ($($item:tt)*) => { $($item)* } }\n"
    made.write_text(macro + text.replace(error[0], hidden))
    closed = tmp_path / "src/bars_two.rs"
    text = closed.read_text()
    assert text.count("pub struct BarsTwoParams") == 1
    head = "#[non_exhaustive]\npub struct BarsTwoParams"
    closed.write_text(text.replace("pub struct BarsTwoParams", head))
    ending = tmp_path / "src/one_slice.rs"
    text = ending.read_text()
    head = re.search(r"pub fn one_slice_with_kernel\((\w+)[^{]*\{", text)
    assert head is not None
    ends = f"if {head[1]}.params.period.unwrap_or(9) != 9 {{ std::process::abort() }}"
    ending.write_text(text.replace(head[0], f"{head[0]} {ends}"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_cannot_be_run_is_left_out_and_told(
    four: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", "--all", "--piece", "single,test", "--values"]) == 1
    said = capsys.readouterr().out
    line = r"{0} +values +lacking +not known: {1}"
    closed = r"src/bars_two\.rs:(\d+): `BarsTwoParams` is `non_exhaustive`"
    uncompiled = (
        r"a call of `maybe_volume_with_kernel` that compiles: "
        r".*maybe_volume\.rs:(\d+): error: type `(?:\w+::)*MaybeVolumeError` is private"
    )
    for name, told, place in (
        ("bars_two", closed, "pub struct BarsTwoParams"),
        ("maybe_volume", uncompiled, "pub fn maybe_volume_with_kernel"),
    ):
        found = re.search(line.format(name, told), said)
        assert found is not None, said
        shown = (four / f"src/{name}.rs").read_text().splitlines()[int(found[1]) - 1]
        assert place in shown
    records = json.loads((four / "tests/bindcheck_values.json").read_text())["indicators"]
    assert set(records) == {"one_slice", "with_volume"}
    assert [one["parameters"]["period"] for one in records["one_slice"]["points"]] == [9]
    for name, recorded in (("one_slice", True), ("with_volume", True), ("bars_two", False)):
        test = (four / f"tests/test_{name}_binding.py").read_text()
        assert ("test_values_are_those_of_the_core" in test) is recorded
