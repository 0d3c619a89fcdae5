"""The search for a crossover in fresh processes. The interpreter is a script that plays one."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck import write
from bindcheck.analysis.program import Program
from bindcheck.bench import looks, provenance
from bindcheck.bench import tune as subject
from bindcheck.bench.cases import Axes
from bindcheck.bench.copies import Copy
from bindcheck.bench.crossover import Lost, Pays
from bindcheck.bench.effort import Effort
from bindcheck.bench.engine import Task
from bindcheck.bench.jobs import Pairing
from bindcheck.bench.samples import Case, Kind, Layout, Provenance
from bindcheck.bench.thresholds import Adjustable, Threshold
from bindcheck.bench.tune import Tuned
from bindcheck.bench.wanted import Wanted
from bindcheck.cli import main, tune_output
from bindcheck.cli import tune as command
from bindcheck.cli.signals import terminable
from bindcheck.errors import BindcheckError, Terminated
from bindcheck.findings import Location
from bindcheck.report.tuning import tables
from bindcheck.testing import crate_of

CASE = Case(
    name="wave",
    indicator="wave",
    kind=Kind.BATCH,
    rows=10,
    cols=100,
    arguments=(),
    kernel=None,
    threads=None,
    layout=Layout.CONTIGUOUS,
    out=False,
    seed=1,
)
PLACE = Provenance(
    cpu="a processor",
    cores=4,
    governor="",
    kernel="Linux 6",
    python="",
    numpy="",
    rustc="rustc 1.95.0",
    bindcheck="0.1.0",
    crate="example",
    crate_version="1.2.3",
    commit="ab" * 20,
    dirty=True,
    source_hash="0",
    profile="release",
    rustflags="",
    features=(),
)
SCRIPT = """\
#!{python}
import json, os, signal, sys
job = json.load(sys.stdin)
with open({log!r}, "a") as file:
    file.write(f"{{job['cols']}}\\n")
lines = open({log!r}).read().split()
if len(lines) == {until}:
    os.kill({at}, signal.{signal})
sequential = 10.0 * job["cols"]
parallel = sequential / 2 + 20_000.0
pair = {{"pair": 0, "blocks": [[0, 4, parallel, sequential, False, False]] * 8,
        "empty": [0.0, 0.0], "faults": [0.0, 0.0], "warmup_calls": 40, "stable": True,
        "cells": [1, 1], "copy_bytes": 0, "copy_ns": 0.0}}
print(json.dumps({{"pid": 7, "core": None, "huge_pages": "", "numpy": "2", "python": "3",
                  "seen": {work} * job["cols"], "failures": [], "pairs": [pair]}}))
"""

COPY = Copy(Path("src/wave.rs"), b"", ())
BUILT = SimpleNamespace(opened=())


class Played:
    """Searches with processes of which one is interrupted, and counts them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.folder = folder
        self.log = folder / "log"
        monkeypatch.setattr(subject, "check_interpreter", lambda _: None)
        monkeypatch.setattr(subject, "usable_cores", lambda: 2)
        monkeypatch.setattr(
            subject,
            "variants_of",
            lambda *_: SimpleNamespace(
                found=None,
                sequential=None,
                passed=(),
                pooled=True,
                wanted=Wanted(Kind.BATCH),
                built=BUILT,
            ),
        )
        monkeypatch.setattr(subject, "_task", self._task)

    def _task(self, program: Any, crate: Any, variants: Any, case: Case, search: Any) -> Task:
        del program, crate, variants, search
        name = f"wave/{case.cols}"
        return Task(replace(case, name=name), (Pairing(("a", "b")),), {"cols": case.cols}, {})

    def search(
        self,
        until: int,
        signal: str = "SIGINT",
        at: str = "os.getpid()",
        threads: int | None = None,
        work: int = 10,
        budget: float | None = None,
    ) -> Tuned:
        python = self.folder / "python"
        text = SCRIPT.format(
            python=sys.executable, log=str(self.log), until=until, signal=signal, at=at, work=work
        )
        python.write_text(text)
        python.chmod(0o755)
        effort = Effort(3, 0.1, budget)
        search = subject.Search(100, 100_000, effort, threads, None)
        core: Any = SimpleNamespace(name="wave")
        nothing: Any = None
        return subject.tune(nothing, nothing, core, CASE, search, str(python), lambda *_: None)

    @property
    def started(self) -> int:
        """How many processes there were."""
        return len(self.log.read_text().split())


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(tmp_path, monkeypatch)


def test_the_crossover_is_searched_from_coarse_to_fine(played: Played) -> None:
    found = played.search(until=0).tuning
    # Parallel takes 98 % where 4.8 ns per value have paid for 20 µs.
    assert found.crossover is not None
    assert found.crossover.value == pytest.approx(10 * 20_000.0 / 4.8, rel=0.02)
    assert all(one.processes == 3 for one in found.points)
    assert not found.interrupted


def test_a_core_that_decides_for_itself_is_told_beside_the_answer(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = "sequential * (0.5 if sequential > 1e5 else 1)"
    changed = SCRIPT.replace("sequential / 2 + 20_000.0", same)
    monkeypatch.setattr(sys.modules[__name__], "SCRIPT", changed)
    found = played.search(until=0).tuning
    assert found.crossover is not None
    [note] = found.notes
    assert note.startswith("up to 100,000 cells both ways take the same time")
    assert "the core decides for itself there" in tables([found])


def test_an_interrupt_ends_the_search_with_what_was_measured(played: Played) -> None:
    # Six sizes in rounds: the first was measured by two processes.
    found = played.search(until=8).tuning
    assert played.started == 8
    assert found.interrupted
    assert [one.processes for one in found.points] == [2, 1, 1, 1, 1, 1]
    assert [one.interval is None for one in found.points] == [False, *[True] * 5]
    assert (found.pays, found.crossover) == (Pays.UNKNOWN, None)


def test_an_interrupt_of_the_closer_look_keeps_the_first_one(played: Played) -> None:
    # 18 processes look coarsely; the closer look has measured a first size by one.
    found = played.search(until=20).tuning
    assert played.started == 20
    assert found.interrupted
    assert [one.processes for one in found.points] == [3] * 6


def test_an_interrupt_of_the_first_process_leaves_nothing(played: Played) -> None:
    with pytest.raises(KeyboardInterrupt):
        played.search(until=1)
    assert played.started == 1


def test_a_request_to_end_is_told_from_an_interrupt(played: Played) -> None:
    with terminable():
        found = played.search(8, "SIGTERM", "os.getppid()")
    assert isinstance(found.end, Terminated)
    assert found.tuning.interrupted


def test_a_size_without_a_result_is_kept_with_its_reason(played: Played) -> None:
    # The sixth of six sizes dies in the first of three rounds.
    found = played.search(6, "SIGKILL").tuning
    assert not found.interrupted
    assert found.lost == (Lost(100_000, "the process died of SIGKILL"),)
    assert "length 100,000: a process had no result: the process died of SIG" in tables([found])
    found.points = found.points[:-1]
    assert "length 100,000: not measured: the process died of SIGKILL\n" in tables([found])


def fitting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The source has a threshold, which counts what it compares."""
    threshold = Threshold(Location("src/wave.rs", 7, 1, 7, 6), "FROM", "work", 40_000)
    built = SimpleNamespace(
        found=Adjustable(threshold, COPY),
        passed=(),
        pooled=True,
        wanted=Wanted(Kind.BATCH),
        built=BUILT,
    )
    monkeypatch.setattr(subject, "variants_of", lambda *_: built)


def test_a_call_that_fails_may_be_that_of_the_constant_that_was_set(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = '"failures": [{{"pair": None, "reason": "the native call returned an error"}}]'
    script = SCRIPT.replace('"failures": [], "pairs": [pair]', f'{refused}, "pairs": []')
    monkeypatch.setattr(sys.modules[__name__], "SCRIPT", script)
    with pytest.raises(BindcheckError, match=r"returned an error$"):
        played.search(until=0)
    fitting(monkeypatch)
    with pytest.raises(BindcheckError, match=r"`FROM` at src/wave\.rs:7 is set so .* with --line$"):
        played.search(until=0)


def test_a_size_at_which_nothing_would_be_sequential_is_left_out(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitting(monkeypatch)
    found = played.search(until=0, work=2**31 // 50_000).tuning
    assert [one.cols for one in found.lost] == [100_000]
    assert "from 2,147,483,647 on both sides would work the same way" in tables([found])
    assert max(one.compared for one in found.points) < 2**31 - 1
    with pytest.raises(BindcheckError, match="no size has a result: the source compares"):
        played.search(until=0, work=2**31)


@pytest.mark.parametrize(("pooled", "label"), [(True, ", 2 threads"), (False, "")])
def test_a_number_of_threads_that_nobody_takes_is_no_label(
    played: Played, monkeypatch: pytest.MonkeyPatch, pooled: bool, label: str
) -> None:
    threshold = Threshold(Location("src/wave.rs", 7, 1, 7, 6), "FROM", "rows * cols", 40_000)
    built = SimpleNamespace(
        found=Adjustable(threshold, COPY),
        passed=(),
        pooled=pooled,
        wanted=Wanted(Kind.BATCH),
        built=BUILT,
    )
    monkeypatch.setattr(subject, "variants_of", lambda *_: built)
    found = played.search(until=0, threads=2).tuning
    text = tables([found])
    assert text.startswith(f"wave batch, 10 rows{label}\n")
    assert ("--threads was left out: the core starts threads of its own" in text) is not pooled


# --- the command line --------------------------------------------------------------------------


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
        named = [SimpleNamespace(case=CASE, core=None, notes=())] * 3
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


def test_an_error_of_a_later_name_keeps_what_was_measured(
    whole: Tuned, three: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    three(whole, BindcheckError("`other` has nothing to tune"))
    assert main(["tune", "wave", "other", "more"]) == 2
    said = capsys.readouterr()
    assert "threads pay from 41," in said.out
    assert said.err.endswith("bindcheck: error: `other` has nothing to tune\n")


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
    three(whole, BindcheckError("`other` has nothing to tune"))
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
    assert head[3].endswith(
        " · 3 fresh processes for each size · 95 % intervals · 2 cores could be used"
    )
    assert head[4:6] == ["", "wave batch, 10 rows, 2 threads"]
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


def test_a_length_for_which_the_budget_has_no_time_is_told(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter((0.0, 1e9, 0.0))
    monkeypatch.setattr(looks, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    found = played.search(until=0, budget=1000.0)
    assert not found.whole
    assert len(found.tuning.points) == 6
    assert len(found.tuning.lost) == 7
    assert "not measured: there was no time for it in --budget\n" in tables([found.tuning])
    with pytest.raises(BindcheckError, match="there was no time for it in --budget"):
        played.search(until=0, budget=1e-9)


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
        [subject] = command._subjects(loaded, ["wave"], axes, single=True)
        assert subject.case.kernel == kernel


def test_one_thread_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "wave", "--threads", "1,2"]) == 2
    assert "--threads 1: one thread cannot pay" in capsys.readouterr().err
