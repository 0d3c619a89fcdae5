from __future__ import annotations

import math
from pathlib import Path

import pytest

from bindcheck.bench import history
from bindcheck.bench.document import to_json
from bindcheck.errors import BindcheckError


def _day(number: int) -> str:
    return f"2026-01-{number + 1:02}T12:00:00+00:00"


def test_runs_are_kept_and_read_in_order_of_time(maker, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "history.jsonl"
    runs = [maker.outcome(1.02, _day(number)) for number in (1, 0)]
    for one in runs:
        history.add(one, path)
    found = history.read(path)
    assert [one.started for one in found.runs] == [_day(0), _day(1)]
    assert found.problems == ()
    for kept, run in zip(found.runs, reversed(runs), strict=True):
        assert kept.comparisons == run.judged, "controls are told by their comparison"
        assert kept.provenance == run.provenance


def test_runs_of_several_zones_are_in_order_of_time(maker, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    began = ["2026-03-01T01:00:00+02:00", "2026-03-01T00:30:00Z", "no time", "2026-02-28T22:30:00"]
    for one in began:
        history.add(maker.outcome(1.02, one), path)
    found = [one.started for one in history.read(path).runs]
    assert found == [began[2], began[3], began[0], began[1]]


def test_no_file_is_an_empty_history(tmp_path: Path) -> None:
    assert history.read(tmp_path / "none.jsonl") == history.History()


def test_torn_and_foreign_lines_are_passed_over_and_told(maker, tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history.add(maker.outcome(1.02, _day(0)), path)
    whole = to_json(maker.outcome(1.02, _day(1)), indent=None)
    with path.open("a") as file:
        file.write(whole[:500])
    history.add(maker.outcome(1.02, _day(2)), path)
    with path.open("ab") as file:
        file.write(b"\xff\n\n{}\n")
    found = history.read(path)
    assert [one.started for one in found.runs] == [_day(0), _day(2)]
    assert [one.split(": ")[0].rsplit(":", 1)[1] for one in found.problems] == ["2", "4", "6"]
    assert all(one.endswith("; passed over") for one in found.problems)


def test_a_folder_is_no_history(tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match="cannot be read: Is a directory"):
        history.read(tmp_path)


def test_a_trend_shows_when_the_paired_ratio_changed(maker) -> None:
    runs = [maker.outcome(1.02 if n < 12 else 1.05, _day(n)) for n in range(20)]
    first, second = history.trends(runs, runs[-1])
    assert first.newest.case.cols == 1000
    assert second.newest.case.cols == 10_000
    assert [one.started for one in first.runs] == [_day(n) for n in range(20)]
    for one in (first, second):
        (change,) = one.changes
        assert abs(change.index - 12) <= 1
        assert math.exp(change.after - change.before) == pytest.approx(1.05 / 1.02, abs=0.002)


def test_a_trend_without_a_change_shows_none(maker) -> None:
    runs = [maker.outcome(1.02, _day(number)) for number in range(20)]
    assert [one.changes for one in history.trends(runs, runs[-1])] == [(), ()]


def test_the_newest_run_counts_once_whether_it_is_in_the_file_or_not(maker) -> None:
    runs = [maker.outcome(1.02, _day(number)) for number in range(3)]
    for kept in (runs, runs[:2]):
        assert len(history.trends(kept, runs[2])[0].runs) == 3


@pytest.mark.parametrize(
    "change", [{"cpu": "another"}, {"profile": "dev"}, {"rustflags": "-C x"}, {"crate": "other"}]
)
def test_runs_of_another_machine_or_profile_are_left_out(maker, change: dict[str, str]) -> None:
    other = maker.outcome(1.5, _day(0), **change)
    newest = maker.outcome(1.02, _day(1))
    assert all(len(one.runs) == 1 for one in history.trends([other], newest))


def test_only_the_newest_runs_of_a_series_are_looked_at(maker, monkeypatch) -> None:
    monkeypatch.setattr(history, "LONGEST", 5)
    runs = [maker.outcome(1.02, _day(number)) for number in range(9)]
    (trend, _) = history.trends(runs, runs[-1])
    assert [one.started for one in trend.runs] == [_day(n) for n in range(4, 9)]
