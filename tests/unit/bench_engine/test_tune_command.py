"""What the command line of `tune` shows, keeps and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck import write
from bindcheck.analysis.program import Program
from bindcheck.bench import provenance
from bindcheck.bench import tune as subject
from bindcheck.bench.cases import Axes
from bindcheck.bench.tune import Tuned
from bindcheck.cli import main, tune_output
from bindcheck.cli import tune as command
from bindcheck.cli.tune_output import Sheet
from bindcheck.errors import BindcheckError, NothingToDoError, Terminated
from bindcheck.testing import crate_of

from .playing import CASE, PLACE, Played


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(tmp_path, monkeypatch)


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes `tune wave other more` find, or raise, what is given for each."""

    def give(*made: Tuned | BaseException) -> None:
        left = iter(made)

        def tune(*_: object) -> Tuned:
            one = next(left)
            if isinstance(one, BaseException):
                raise one
            return one

        crate = replace(crate_of(), root=tmp_path)
        loaded = SimpleNamespace(inputs=SimpleNamespace(program=None, sources={}), crate=crate)
        named = [
            SimpleNamespace(case=CASE, core=SimpleNamespace(name=name), notes=())
            for name in ("wave", "other", "more")
        ]
        monkeypatch.setattr(command, "load_crate", lambda *_: loaded)
        monkeypatch.setattr(command, "_subjects", lambda *_, **__: named)
        monkeypatch.setattr(provenance, "provenance", lambda *_: PLACE)
        monkeypatch.setattr(subject, "tune", tune)

    return give


@pytest.fixture
def whole(played: Played) -> Tuned:
    return played.search(until=0)


def other(tuned: Tuned) -> Tuned:
    return replace(tuned, tuning=replace(tuned.tuning, case=replace(CASE, indicator="other")))


@pytest.mark.parametrize(("end", "status"), [(KeyboardInterrupt(), 130), (Terminated(), 143)])
def test_the_command_line_shows_earlier_results_and_how_it_was_ended(
    played: Played,
    three: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    end: KeyboardInterrupt,
    status: int,
) -> None:
    first = played.search(until=0)
    played.log.unlink()
    cut = other(replace(played.search(until=8), end=end))
    three(first, cut, AssertionError("the third is not begun"))
    assert main(["tune", "wave", "other", "more"]) == status
    said = capsys.readouterr()
    # Nobody said how many threads: all that there are.
    assert "wave batch, 10 rows, 2 threads\n" in said.out
    assert "threads pay from 41," in said.out
    assert "other batch, 10 rows, 2 threads\n" in said.out
    assert "interrupted: this is what was measured, too little for an answer" in said.out
    assert said.err.endswith("bindcheck: interrupted: what was measured by then is shown\n")


def test_what_takes_no_number_of_threads_is_measured_once(
    whole: Tuned, three: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    without = replace(whole, tuning=replace(whole.tuning, threads=None, threads_used=None))
    three(without, whole, whole, without)
    assert main(["tune", "wave", "other", "more", "--threads", "2,4"]) in (0, 1)
    heads = [one for one in capsys.readouterr().out.splitlines() if one.startswith("wave")]
    threads = ", 2 threads"
    assert heads == [f"wave batch, 10 rows{one}" for one in ("", threads, threads, "")]


REFUSED = NothingToDoError("`other` has nothing to tune")
UNBUILT = BindcheckError("it does not build")


@pytest.mark.parametrize(
    ("made", "status", "told"),
    [
        ((REFUSED, "", ""), 3, {"wave": REFUSED}),
        (("", REFUSED, ""), 3, {"other": REFUSED}),
        (("", "", UNBUILT), 2, {"more": UNBUILT}),
        ((UNBUILT, REFUSED, ""), 2, {"wave": UNBUILT, "other": REFUSED}),
        ((REFUSED, "", UNBUILT), 2, {"wave": REFUSED, "more": UNBUILT}),
    ],
)
def test_a_name_without_a_result_leaves_the_others_alone(
    whole: Tuned,
    three: Callable[..., None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    made: tuple[Any, ...],
    status: int,
    told: dict[str, BindcheckError],
) -> None:
    three(*(one or whole for one in made))
    assert main(["tune", "wave", "other", "more"]) == status
    said = capsys.readouterr()
    assert said.out.count("threads pay from 41,") == 3 - len(told)
    for name, error in told.items():
        assert f"bindcheck: error: {name}: {error}\n" in said.err
        assert f"no result: {name}: {error}\n" in said.out
    refused = [(one["indicator"], one["reason"]) for one in kept(tmp_path)["refused"]]
    assert refused == [(name, str(error)) for name, error in told.items()]
    assert not kept(tmp_path)["interrupted"]


def test_where_no_name_has_a_result_all_are_told_and_the_worst_counts(
    three: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    three(UNBUILT, REFUSED, REFUSED)
    assert main(["tune", "wave", "other", "more"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-2:] == [
        "bindcheck: error: other, more: `other` has nothing to tune",
        "bindcheck: error: wave: it does not build",
    ]
    assert kept(tmp_path) is None
    three(REFUSED, REFUSED, REFUSED)
    assert main(["tune", "wave", "other", "more"]) == 3


def test_an_interrupt_after_a_refusal_tells_both(
    whole: Tuned, three: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    three(REFUSED, KeyboardInterrupt())
    assert main(["tune", "wave", "other", "more"]) == 130
    assert "bindcheck: error: wave: `other` has nothing to tune\n" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_any_more_costs_no_result(
    whole: Tuned,
    three: Callable[..., None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    three(whole, whole, whole)
    written = tune_output.emit

    def emit(text: str, path: Path | None) -> None:
        if path is not None:
            raise OSError(28, "No space left on device", str(path))
        written(text, path)

    monkeypatch.setattr(tune_output, "emit", emit)
    assert main(["tune", "wave", "--output-file", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.out.count("threads pay from 41,") == 3
    assert "No space left on device" in said.err
    assert "the results are on stdout" in said.err


def kept(tmp_path: Path, name: str = "tune.json") -> Any:
    path = tmp_path / "target/bindcheck/bench" / name
    return json.loads(path.read_text()) if path.exists() else None


def test_the_last_whole_run_is_kept_beside_one_that_was_broken_off(
    played: Played, three: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = played.search(until=0)
    played.log.unlink()
    cut = replace(played.search(until=8), end=KeyboardInterrupt())
    three(whole, other(whole), other(whole))
    main(["tune", "wave", "other", "more", "--output-format", "json"])
    first = kept(tmp_path)
    assert first == json.loads(capsys.readouterr().out)
    assert [one["case"]["indicator"] for one in first["tunings"]] == ["wave", "other", "other"]
    assert not first["interrupted"]
    three(whole, cut)
    assert main(["tune", "wave", "other"]) == 130
    assert kept(tmp_path) == first
    broken = kept(tmp_path, "tune-interrupted.json")
    assert broken["interrupted"]
    assert [one["interrupted"] for one in broken["tunings"]] == [False, True]
    three(UNBUILT, UNBUILT, UNBUILT)
    assert main(["tune", "wave", "other"]) == 2
    assert kept(tmp_path) == first


def test_a_full_disk_leaves_the_earlier_results(
    whole: Tuned,
    three: Callable[..., None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    three(whole, whole, whole)
    main(["tune", "wave"])
    first = kept(tmp_path)

    def full(path: Path, text: str) -> None:
        raise BindcheckError("cannot be written: No space left on device", path)

    monkeypatch.setattr(write, "write_text", full)
    three(whole, whole, whole)
    capsys.readouterr()
    assert main(["tune", "wave"]) == 2
    said = capsys.readouterr()
    assert said.out.count("threads pay from 41,") == 3
    assert "tune.json: cannot be written: No space left on device" in said.err
    assert kept(tmp_path) == first


def test_results_name_machine_versions_commit_and_threads(
    whole: Tuned, three: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    three(whole, whole, whole)
    main(["tune", "wave"])
    head = capsys.readouterr().out.splitlines()
    assert head[0].endswith("tune of example 1.2.3 at abababababab with uncommitted changes")
    assert head[1] == "a processor · 4 cores · Linux 6"
    assert head[2] == "Python 3 · NumPy 2 · rustc 1.95.0 · profile release"
    assert " ".join(map(str.strip, head[3:5])).endswith(
        " · 3 fresh processes for each size · 95 % intervals · 2 cores could be used"
    )
    assert head[5:7] == ["", "wave batch, 10 rows, 2 threads"]
    found = kept(tmp_path)
    assert (found["provenance"]["python"], found["provenance"]["commit"]) == ("3", "ab" * 20)
    assert [(one["threads_used"], one["cores"]) for one in found["tunings"]] == [(2, 2)] * 3


def test_a_budget_is_shared_out_between_searches_and_what_it_leaves_out_is_told(
    played: Played, three: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replace(played.search(until=0), seconds=10.0)
    asked: list[float | None] = []
    three()

    def tune(*given: Any) -> Tuned:
        asked.append(given[4].effort.budget)
        return replace(whole, whole=len(asked) > 1)

    monkeypatch.setattr(subject, "tune", tune)
    main(["tune", "wave", "--budget", "300"])
    assert asked == [100.0, 145.0, 280.0]
    assert kept(tmp_path) is None
    assert kept(tmp_path, "tune-interrupted.json")["budget_s"] == 300.0
    assert main(["tune", "wave", "--budget", "3"]) == 2
    assert len(asked) == 3


def test_a_file_that_cannot_be_written_is_told_before_anything_is_measured(
    three: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    three(AssertionError("nothing is measured"))
    assert main(["tune", "wave", "--output-file", "/proc/out"]) == 2
    assert "/proc/out: cannot be written" in capsys.readouterr().err


def test_a_kernel_is_chosen_by_its_name(program: Program) -> None:
    loaded = SimpleNamespace(inputs=SimpleNamespace(program=program))
    for kernel in ("scalar", None):
        axes = Axes(sizes=(50,), kernels=(kernel,))
        [subject] = command._subjects(
            loaded, ["wave"], axes, Sheet("text", None, None), single=True
        )
        assert subject.case.kernel == kernel


def test_one_thread_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "wave", "--threads", "1,2"]) == 2
    assert "--threads 1: one thread cannot pay" in capsys.readouterr().err
