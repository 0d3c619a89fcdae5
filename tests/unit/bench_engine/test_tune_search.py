"""The search for a crossover in fresh processes."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from bindcheck.bench import looks
from bindcheck.bench import tune as subject
from bindcheck.bench.crossover import Lost, Pays
from bindcheck.bench.samples import Kind
from bindcheck.bench.thresholds import Adjustable, Threshold
from bindcheck.bench.wanted import Wanted
from bindcheck.cli.signals import terminable
from bindcheck.errors import BindcheckError, Terminated
from bindcheck.findings import Location
from bindcheck.report.tuning import tables

from .playing import BUILT, COPY, SCRIPT, Played


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
    played.script = changed
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
        sequential=None,
        switch=None,
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
    played.script = script
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
        sequential=None,
        switch=None,
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
