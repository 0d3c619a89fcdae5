"""Bindings that keep their interface: their stub entry, and their test against the core."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bindcheck.cli import main
from compiled import Compiler
from glides import write_glides
from synthetic_cores import SAMPLE, write_reference

SINGLE = (
    ("(high, low, close, period, factor, shift, kernel=None)",
     "(high, *, low, close, span=9, factor=2.5, shift=None, kernel=None)"),
    ("    period: usize,", "    span: usize,"),
    ("    shift: i32,", "    shift: Option<i32>,"),
    ("period: Some(period)", "period: Some(span)"),
    ("shift: Some(shift)", "shift: Some(shift.unwrap_or(-3))"),
)  # fmt: skip
BATCH = (
    ("(high, low, close, period_range, factor_range, shift_range, kernel=None)",
     "(high, low, close, spans, start, end, *, step=0.0, shifts, kernel)"),
    ("    period_range: (usize, usize, usize),", "    spans: (usize, usize, usize),"),
    ("    factor_range: (f64, f64, f64),", "    start: f64,\n    end: f64,\n    step: f64,"),
    ("    shift_range: (i32, i32, i32),", "    shifts: (i32, i32, i32),"),
    ("period: period_range", "period: spans"),
    ("factor: factor_range", "factor: (start, end, step)"),
    ("shift: shift_range", "shift: shifts"),
    ('dict.set_item("periods", ', 'dict.set_item("spans", '),
    ("let periods: Vec<_>", "let periods: Vec<u64>"),
    ("let shifts: Vec<_>", "let shifts: Vec<i32>"),
    ("    let factors: Vec<_>", '    dict.set_item("rows", rows)?;\n    let factors: Vec<f64>'),
)  # fmt: skip
STREAM = (
    ("(period, factor, shift)", "(shift, *, span=9, factor=2.5)"),
    ("new(period: usize, factor: f64, shift: i32)", "new(shift: i32, span: usize, factor: f64)"),
    ("period: Some(period)", "period: Some(span)"),
    ("high: f64, low: f64, close: f64", "close: f64, low: f64, high: f64"),
)
"""What a person wrote otherwise than the generator does: names, orders, defaults and keys."""


def changed(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate whose bindings are by hand, with names and orders of their own."""
    write_reference(tmp_path, [one for one in SAMPLE if one.name == "bars_two"])
    monkeypatch.chdir(tmp_path)
    assert main(["generate", "--all", "--piece", "single,batch,stream,register"]) == 0
    path = tmp_path / "src/bars_two.rs"
    parts = re.split(r"// bindcheck: begin bars_two/\w+ .*\n", path.read_text())
    core, single, batch, stream = parts
    text = core + changed(single, SINGLE) + changed(batch, BATCH) + changed(stream, STREAM)
    path.write_text(re.sub(r"(?m)^// bindcheck: .*\n", "", text))
    shutil.rmtree(tmp_path / ".bindcheck")
    return tmp_path


def test_a_kept_binding_has_its_stub_and_its_test(crate: Path) -> None:
    assert main(["generate", "--all", "--replace"]) == 0
    assert "interface=kept" in (crate / "src/bars_two.rs").read_text()
    stub = (crate / "python/made_up/_core.pyi").read_text()
    declared = """def bars_two(
    high: NDArray[np.float64],
    *,
    low: NDArray[np.float64],
    close: NDArray[np.float64],
    span: int = 9,
    factor: float = 2.5,
    shift: int | None = None,
    kernel: str | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:"""
    assert declared in stub
    assert "Any" not in stub
    assert "    shifts: tuple[int, int, int],\n    kernel: str | None,\n) -> " in stub
    test = (crate / "tests/test_bars_two_binding.py").read_text()
    assert "from made_up import BarsTwoStream, bars_two, bars_two_batch" in test
    grid = """GRID = {
    "spans": (9, 11, 1),
    "start": 2.5,
    "end": 2.5,
    "step": 0.0,
    "shifts": (-3, -3, 0),
    "kernel": None,
}
SWEPT = {"spans": "period", "factors": "factor", "shifts": "shift"}"""
    assert grid in test
    assert 'STREAM = {"period": "span", "factor": "factor", "shift": "shift"}' in test
    assert 'names = ["close", "low", "high"]' in test
    assert 'assert result["rows"] == len(result["upper"])' in test
    assert 'ARGUMENTS = {"period": "span", "factor": "factor", "shift": "shift"}' in test
    assert main(["generate", "--check"]) == 0


def test_a_fact_that_a_test_lacks_is_told(crate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = crate / "src/bars_two.rs"
    path.write_text(path.read_text().replace("period: Some(span)", "period: Some(span * 2)"))
    main(["generate", "--all", "--replace", "--piece", "single,test"])
    said = capsys.readouterr().out
    assert "not known: the argument of `bars_two` for `period`, and its default" in said
    assert not (crate / "tests/test_bars_two_binding.py").exists()


def test_what_cannot_be_tested_of_others_is_told(
    crate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = crate / "src/bars_two.rs"
    text = changed(path.read_text(), (("period: spans", "period: (spans.0, spans.1, 1)"),))
    path.write_text(
        changed(text, (("update(high, low, close)", "update(high * 2.0, low, close)"),))
    )
    main(["generate", "--all", "--replace"])
    said = capsys.readouterr().out
    told = "no test of the batch: not known: the argument for the range `period`, and the default"
    assert told in said
    assert (
        "no test of the stream: not known: which series `BarsTwoStreamPy::update` is given" in said
    )
    test = (crate / "tests/test_bars_two_binding.py").read_text()
    assert "from made_up import bars_two\n" in test
    assert "GRID" not in test
    assert "STREAM" not in test


def test_a_test_beside_a_batch_by_hand_is_brought_up_to_date(crate: Path) -> None:
    name = "test_a_stream_gives_the_values_of_a_single_call"
    assert main(["generate", "--all", "--replace", "--piece", "single,stream,test"]) == 0
    path = crate / "tests/test_bars_two_binding.py"
    text = path.read_text()
    assert f"def {name}" in text
    assert "GRID" not in text
    report = crate / "report.xml"
    report.write_text(
        f'<testsuite><testcase classname="tests.test_bars_two_binding" name="{name}">'
        '<failure message="AssertionError: other values"/></testcase></testsuite>'
    )
    main(["generate", "--all", "--piece", "test", "--disagreements", str(report)])
    assert "@pytest.mark.xfail(" in path.read_text()


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


@pytest.mark.cargo
@pytest.mark.skipif(sys.platform != "linux", reason="names the library as Linux does")
def test_the_test_of_a_kept_binding_passes(crate: Path, compiler: Compiler) -> None:
    assert main(["generate", "--all", "--replace", "--values"]) == 0
    build(crate, compiler)
    assert failing(crate) == set()
    test = (crate / "tests/test_bars_two_binding.py").read_text()
    assert "test_values_are_those_of_the_core" in test

    file = crate / "src/bars_two.rs"
    text, count = re.subn(
        r"\bcombo\.period\.unwrap_or\(9\)", "(combo.period.unwrap_or(9) + 1)", file.read_text()
    )
    assert count == 1
    text = changed(text, (("stream.update(high, low, close)", "stream.update(low, high, close)"),))
    file.write_text(text)
    build(crate, compiler)
    # Parameters of another row, and inputs taken for each other.
    assert failing(crate) == {
        "test_batch_rows_are_single_calls",
        "test_a_stream_gives_the_values_of_a_single_call",
    }


@pytest.mark.cargo
@pytest.mark.skipif(sys.platform != "linux", reason="names the library as Linux does")
def test_tests_of_bindings_with_defaults_of_their_own_pass(
    tmp_path: Path, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write_glides(tmp_path))
    assert main(["generate", "--all", "--replace"]) == 0
    build(tmp_path, compiler)
    assert failing(tmp_path) == set()
    file = tmp_path / "src/pane.rs"
    file.write_text(changed(file.read_text(), (("ends: Ends::Cut,\n", "ends: Ends::Hold,\n"),)))
    build(tmp_path, compiler)
    # The rows have other ends than a single call.
    assert failing(tmp_path) == {"test_batch_rows_are_single_calls"}
