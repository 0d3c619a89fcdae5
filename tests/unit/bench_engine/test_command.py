"""What the command line of `bench` refuses, and what it tells to give instead."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck.analysis.program import Program
from bindcheck.bench.cases import Axes
from bindcheck.bench.effort import Effort
from bindcheck.bench.measure import Request
from bindcheck.bench.plain import with_plain
from bindcheck.bench.subjects import Selection, of_all
from bindcheck.cli import bench, bench_output, counts, main
from bindcheck.cli.bench_refusals import is_sweep
from bindcheck.fact import replace
from bindcheck.testing import crate_of, program_from

from .conftest import CORE, linked
from .test_subjects import CHOOSING, MODULE, STEADY


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["wave", "--sizes", ","], "--sizes ',' names nothing: write --sizes 100,1e4"),
        (["wave", "--sizes", ""], "--sizes '' names nothing: write --sizes 100,1e4"),
        (["wave", "--sizes", "1e2,x"], "--sizes: 'x' is no whole number above 0: write it as"),
        (["wave", "--sizes", "1e400"], "--sizes: '1e400' is no whole number above 0"),
        (["wave", "--sizes", "nan"], "--sizes: 'nan' is no whole number above 0"),
        (["wave", "--sizes", "-5"], "--sizes: '-5' is no whole number above 0"),
        (["wave", "--rows", "0"], "--rows: '0' is no whole number above 0"),
        (["wave", "--threads", ","], "--threads ',' names nothing: write --threads"),
        (["wave", "--kernels", " "], "--kernels ' ' names nothing: write --kernels auto,scalar"),
        (["wave", "--layouts", ""], "--layouts '' names nothing: write --layouts contiguous,strid"),
        (["wave", "--states", "retaned"], "recycled, retained, did you mean 'retained'?"),
        (["src/wave.rs"], "'src/wave.rs' is a path, NAME is an indicator: name the indicator: "),
        (["./crate"], "name an indicator, and choose the crate with --manifest-path"),
        (["Cargo.toml"], "name an indicator, and choose the crate with --manifest-path"),
        (["cases.toml"], "give a file of cases with --cases cases.toml"),
        (["wave", "--peer", "foo"], "'foo' is no peer: write module:function"),
        (["wave", "--peer", "a:b(c"], "'a:b(c' is no peer"),
        (["wave", "--peer", "a:b(c d)"], "the arguments of the peer 'a:b(c d)' do not parse"),
        (["wave", "--pair", "native/python"], "--pair 'native/python': write python/native, "),
        ([], "name an indicator, ask for --all, or give --cases"),
        (["wave", "--all"], "one of the three"),
        (["wave", "--exclude", "tide"], "--exclude: that is for --all: leave it out, or ask for"),
        (["wave", "--param", "length"], "--param 'length': write NAME=VALUE"),
        (["wave", "--single", "--rows", "5"], "--rows: that is for a batch: leave it out, or leav"),
        (
            ["wave", "--rows", "5", "--param", "length=10:20:2"],
            "--rows: the sweep of --param length=10:20:2 says how many there are",
        ),
        (
            ["wave", "--write-cases", "z.toml", "--phases", "--seconds", "2", "--margin", "1%"],
            "--phases, --seconds, --margin: nothing is measured with --write-cases z.toml, and",
        ),
        (["wave", "--write-cases", "nodir/z.toml"], "nodir: no such folder"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_give(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("bindcheck: error: ")
    assert told in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--single", "--rows", "5"],
            "--rows: that is for a batch: leave it out, or leave out --s",
        ),
        (["--sizes", "1e2,1e3", "--to", "1e6"], "--to: exactly those lengths are measured: leave "),
        (["--sizes", "1e2,1e3", "--from", "9"], "--from: exactly those lengths are measured: le"),
    ],
)
def test_tune_refuses_what_would_do_nothing(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tune", "wave", *arguments]) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("command", ["bench", "tune"])
def test_a_count_is_written_with_an_exponent_or_without(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # What is refused comes after what is read: the path, not the number.
    assert main([command, "wave", "--processes", "1e1", "--manifest-path", "none.toml"]) == 2
    assert "none.toml" in capsys.readouterr().err
    for wrong in ("1e400", "0", "2.5", "x"):
        assert main([command, "wave", "--processes", wrong, "--manifest-path", "none.toml"]) == 2
        said = capsys.readouterr().err
        assert "--processes" in said
        assert "none.toml" not in said


def test_a_count_is_a_whole_number() -> None:
    found = counts.Count(1).convert("1e3", None, None)
    assert (found, type(found)) == (1000, int)
    assert counts.numbers("1e2 1_000,100", "--sizes", ()) == (100, 1000)


@pytest.fixture
def _written(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs: Any = SimpleNamespace(program=program)
    monkeypatch.setattr(bench, "load_crate", lambda *_: bench.Loaded(inputs, crate_of()))
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("_written")
def test_a_kernel_that_there_is_none_of_is_not_written_to_cases(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bench", "wave", "--kernels", "foo", "--write-cases", "z.toml"]) == 2
    assert "error: no kernel is called 'foo' on the native side; " in capsys.readouterr().err
    assert not Path("z.toml").exists()
    arguments = ["wave", "--kernels", "scalar,foo", "--sizes", "10,20", "--write-cases", "z.toml"]
    assert main(["bench", *arguments]) == 3
    what = "wave/single/foo, wave/batch/foo"
    assert f"left out: {what}: no kernel is called 'foo'" in capsys.readouterr().err
    assert Path("z.toml").read_text().count('kernel = "scalar"') == 2


@pytest.mark.usefixtures("_written")
def test_of_all_indicators_those_without_a_kernel_are_left_out_of_cases(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["--kernels", "scalar,foo", "--sizes", "10", "--write-cases", "z.toml"]
    assert main(["bench", "--all", *arguments]) == 3
    assert "wave/batch/foo: no kernel is called 'foo'" in capsys.readouterr().err
    assert "foo" not in Path("z.toml").read_text()
    assert main(["bench", "--all", "--kernels", "foo", "--write-cases", "none.toml"]) == 2
    assert not Path("none.toml").exists()


def test_what_is_named_twice_is_measured_once() -> None:
    assert bench.numbers("100,1e2,1_000", "--sizes", ()) == (100, 1000)
    twice = ("python/native", "python/native", "python/peer")
    assert bench._pairs(twice) == (("python", "native"),)
    assert counts.listed("scalar,auto,scalar", "--kernels", "auto") == ("scalar", "auto")


@pytest.mark.usefixtures("_written")
def test_how_many_entries_a_file_of_cases_has_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "wave", "--sizes", "10,20,30", "--write-cases", "z.toml"]) == 0
    assert "6 cases written to z.toml, in 2 entries with sizes" in capsys.readouterr().err
    assert Path("z.toml").read_text().count("[[case]]") == 2


@pytest.mark.parametrize(("sizes", "told"), [((10, 20), False), ((10, 20, 30, 40), True)])
def test_a_run_of_minutes_says_so_before_it_begins(
    program: Program, sizes: tuple[int, ...], told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    selection = of_all(program, Axes(sizes=sizes))
    bench._announce(selection, Request("python", Effort(5, 5.0)))
    said = capsys.readouterr().err
    wanted = "bindcheck: 8 cases, 24 pairs of calls: about 2 minutes, after the build\n"
    assert said == (wanted if told else "")


@pytest.mark.parametrize("names", [["wave"], ["--all"]])
def test_cases_without_a_default_are_written_and_told(
    names: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    default = CORE[CORE.index("impl Default") : CORE.index("pub struct WaveInput")]
    program = linked(CORE.replace(default, "").replace("length=12, ", "length, "))
    inputs: Any = SimpleNamespace(program=program)
    monkeypatch.setattr(bench, "load_crate", lambda *_: bench.Loaded(inputs, crate_of()))
    monkeypatch.chdir(tmp_path)
    assert main(["bench", *names, "--single", "--sizes", "10", "--write-cases", "z.toml"]) == 3
    written, warning = capsys.readouterr().err.splitlines()
    assert written == "bindcheck: 1 case written to z.toml, in 1 entry with sizes"
    assert warning.endswith("no default is known of wave.length: write values into z.toml")
    assert 'length = "?"' in Path("z.toml").read_text()


def _requested(
    program: Program, monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[Selection, Request]:
    """What a command line would measure in a crate in the working folder."""
    found: list[Any] = []
    inputs: Any = SimpleNamespace(program=program)
    crate = replace(crate_of(), root=Path.cwd(), workspace_root=Path.cwd())
    monkeypatch.setattr(bench, "load_crate", lambda *_: bench.Loaded(inputs, crate))
    monkeypatch.setattr(bench, "_measure", lambda _, *given: found.append(given) or 0)
    assert main(["bench", *arguments]) == 0
    [(selection, request, _)] = found
    return selection, request


def test_the_file_that_cases_come_from_is_no_change_of_the_code(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[[case]]\nindicator = "wave"\nkind = "single"\nsizes = [10]\n'
    Path("mine.toml").write_text(text)
    selection, request = _requested(program, monkeypatch, "--cases", "mine.toml")
    assert Path("mine.toml") in request.written
    assert selection.asked is None


def test_an_indicator_that_only_the_baseline_knows_can_be_left_out(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    known = property(lambda _: ("tide",))
    monkeypatch.setattr(bench_output.Prepared, "indicators", known)
    selection, _ = _requested(program, monkeypatch, "--all", "--exclude", "tide", "--sizes", "10")
    assert selection.asked is not None
    assert selection.asked.excluded == ("tide",)
    assert {one.core.name for one in selection.subjects} == {"wave"}


def test_a_sweep_is_one_whatever_the_indicator_is_called() -> None:
    assert is_sweep("plain::lag.steps=2:8:3")
    assert not is_sweep("plain::lag.steps=2")
    assert not is_sweep("a::b::c.steps=2")


def _crate_of(program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line find a crate in the working folder."""
    inputs: Any = SimpleNamespace(program=program)
    crate = replace(crate_of(), root=folder, workspace_root=folder)
    monkeypatch.setattr(bench, "load_crate", lambda *_: bench.Loaded(inputs, crate))
    monkeypatch.chdir(folder)


USES = "use numpy::*;\nuse pyo3::prelude::*;\nuse rayon::prelude::*;\n"
WRITING = ["--sizes", "10,20,30,40", "--write-cases", "z.toml"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["still", "--outs", "given"],
        ["turned"],
        ["still", "--batch"],
        ["still", "--kernels", "scalar"],
    ],
)
def test_what_a_run_refuses_is_not_written_to_cases(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = with_plain(program_from({"src/lib.rs": USES + CHOOSING + STEADY + MODULE}))
    _crate_of(program, tmp_path, monkeypatch)
    assert main(["bench", *arguments, "--sizes", "10,20,30,40"]) == 3
    refused = capsys.readouterr().err
    assert main(["bench", *arguments, *WRITING]) == 3
    assert capsys.readouterr().err == refused
    assert not Path("z.toml").exists()


def test_of_all_indicators_one_whose_binding_chooses_is_left_out_of_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = with_plain(program_from({"src/lib.rs": USES + CHOOSING + STEADY + MODULE}))
    _crate_of(program, tmp_path, monkeypatch)
    assert main(["bench", "--all", *WRITING]) == 3
    left, written = capsys.readouterr().err.splitlines()
    what = "the binding `turned` chooses between `turned_par` (src/lib.rs:6) and `turned` ("
    assert left.startswith(f"bindcheck: warning: left out: turned/single: {what}")
    assert written == "bindcheck: 4 cases written to z.toml, in 1 entry with sizes"
    assert 'indicator = "steady"' in Path("z.toml").read_text()


@pytest.mark.parametrize(
    ("names", "told", "written"),
    [
        (["turned"], ["chooses between"], False),
        (["turned", "still"], ["chooses between"], True),
        (["still", "turned"], ["chooses between"], True),
        (["still", "Filter"], ["'Filter' is a class"], True),
        (["Filter", "turned"], ["'Filter' is a class", "chooses between"], False),
        (["--all"], ["chooses between"], True),
        (["--all", "--exclude", "still"], ["chooses between"], False),
    ],
)
def test_what_cannot_be_measured_costs_the_same_status_however_it_is_named(
    names: list[str],
    told: list[str],
    written: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = with_plain(program_from({"src/lib.rs": USES + CHOOSING + STEADY + MODULE}))
    _crate_of(program, tmp_path, monkeypatch)
    assert main(["bench", *names, *WRITING]) == 3
    said = capsys.readouterr().err
    assert all(one in said for one in told)
    assert Path("z.toml").exists() is written
    if written:
        assert Path("z.toml").read_text().count('indicator = "steady"') == 1
    assert main(["bench", *names, "filtr", *WRITING]) == 2, "nothing has that name"


def test_a_way_that_the_core_has_not_is_left_out_of_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    into = CORE[CORE.index("pub fn wave_into_slice(") : CORE.index("const SMALL")]
    _crate_of(linked(CORE.replace(into, "")), tmp_path, monkeypatch)
    arguments = ["wave", "--single", "--outs", "new,given", "--sizes", "10"]
    assert main(["bench", *arguments, "--write-cases", "z.toml"]) == 3
    left = capsys.readouterr().err.splitlines()[0]
    told = "`wave` has no native function for one series that writes into a given buffer"
    assert left == f"bindcheck: warning: left out: wave/single/out: {told}"
    assert Path("z.toml").read_text().count("[[case]]") == 1


@pytest.mark.parametrize(
    ("kind", "blanks"), [("--single", ["length"]), ("--batch", ["length", "damping"])]
)
def test_a_case_whose_values_will_be_filled_in_is_looked_at_all_the_same(
    kind: str,
    blanks: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    default = CORE[CORE.index("impl Default") : CORE.index("pub struct WaveInput")]
    text = CORE.replace(default, "").replace("(data, length=12, ", "(data, span, ")
    text = text.replace("f64>, length: usize, ", "f64>, span: usize, ")
    _crate_of(linked(text), tmp_path, monkeypatch)
    assert main(["bench", "wave", kind, "--sizes", "10", "--write-cases", "z.toml"]) == 3
    assert "left out" not in capsys.readouterr().err
    for name in blanks:
        assert f'{name} = "?"' in Path("z.toml").read_text()
    taken = text.replace('mode="soft", kernel=None', 'mode="soft", kernel=None, other')
    _crate_of(
        linked(taken.replace("kernel: Option<&str>", "kernel: Option<&str>, other: i32")),
        tmp_path,
        monkeypatch,
    )
    assert main(["bench", "wave", kind, "--sizes", "10", "--write-cases", "z.toml"]) == 3
    assert "and `wave` has no parameter that it could be" in capsys.readouterr().err


def test_a_file_that_does_not_parse_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "src").mkdir()
    manifest = tmp_path / "Cargo.toml"
    manifest.write_text(
        '[package]\nname = "odd"\nversion = "0.1.0"\nedition = "2021"\n'
        '[dependencies]\npyo3 = "0.29.0"\n'
    )
    (tmp_path / "src/lib.rs").write_text(
        "pub fn open(data: &[f64]) -> Vec<f64> {\n    data.to_vec()\n"
    )
    assert main(["bench", "open", "--manifest-path", str(manifest)]) != 0
    err = capsys.readouterr().err
    assert "src/lib.rs:1: syntax error" in err
    assert "what is in the file may not be seen" in err
