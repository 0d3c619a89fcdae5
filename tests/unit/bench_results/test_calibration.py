"""What `benchmarks/bench_calibration.py` makes of trials, and of the JSON of the command line."""

from __future__ import annotations

import argparse
import importlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def trials(
    marks: ModuleType, values: Sequence[float], found: int = 0, planted: float = 0.0
) -> list[Any]:
    """Trials with those values, of which so many told a difference."""
    return [
        marks.Trial(
            series="s",
            number=number,
            value=value,
            low=value - 0.5,
            high=value + 0.5,
            found=number < found,
            planted=planted,
            wall_s=2.6,
            processes=5,
            disturbed=False,
            others=0.01,
            stolen=0.0,
            load=(0.1, 0.2),
        )
        for number, value in enumerate(values)
    ]


@pytest.mark.parametrize(("far", "alarms", "met"), [(2, 1, [True, True]), (3, 2, [False, False])])
def test_controls_may_lie_apart_in_one_of_twenty_and_alarm_once_in_fifty(
    marks: ModuleType, far: int, alarms: int, met: list[bool]
) -> None:
    values = [1.0 - 0.0016] * far + [1.0014] * (50 - far)
    found = marks.controls("A/A", trials(marks, values, alarms))
    assert [one.met for one in found] == met
    assert found[0].found.startswith(f"{50 - far} of 50 (spread")
    assert found[1].found == f"{alarms} of 50"


@pytest.mark.parametrize(("made", "allowed"), [(10, 0), (49, 0), (50, 1), (100, 2)])
def test_one_alarm_in_fifty_is_none_in_ten(marks: ModuleType, made: int, allowed: int) -> None:
    for alarms in (allowed, allowed + 1):
        found = marks.controls("A/A", trials(marks, [1.0] * made, alarms))[1]
        assert (found.wanted, found.met) == (f"<= {allowed}", alarms == allowed)


def test_what_a_call_says_of_itself_is_told_beside_false_alarms(marks: ModuleType) -> None:
    verdicts = ["no difference", "cannot tell", "faster", "no difference", ""]
    made = [
        replace(one, verdict=verdict)
        for one, verdict in zip(trials(marks, [1.0] * 5, 1), verdicts, strict=True)
    ]
    assert marks.controls("A/A", made)[1].found == "1 of 5, no difference told in 2 of 4"


@pytest.mark.parametrize(("seen", "met"), [(48, True), (47, False)])
def test_a_slow_down_is_found_in_19_of_20_trials(marks: ModuleType, seen: int, met: bool) -> None:
    found = marks.slowed("planted", trials(marks, [1.005] * 50, seen, 0.005))
    assert [one.met for one in found] == [met, True]


@pytest.mark.parametrize(
    ("planted", "estimate", "met"),
    [
        (0.005, 0.0064, True),
        (0.005, 0.0066, False),
        (0.005, 0.0034, False),
        (0.01, 0.0119, True),
        (0.01, 0.0121, False),
    ],
)
def test_an_estimate_is_right_within_15_hundredths_of_a_point_or_a_fifth(
    marks: ModuleType, planted: float, estimate: float, met: bool
) -> None:
    found = marks.slowed("planted", trials(marks, [1.0 + estimate] * 50, 50, planted))
    assert [one.met for one in found] == [True, met]


@pytest.mark.parametrize(("called", "met"), [(8, True), (0, False), (16, False)])
def test_a_copy_is_what_the_report_calls_it(marks: ModuleType, called: int, met: bool) -> None:
    made = [replace(one, called=8) for one in trials(marks, [8.0] * 9 + [7.4])]
    [found] = marks.copied("copy", [*made[:9], replace(made[9], called=called)])
    assert found.met is met
    assert found.name == "copy: reported as 8 bytes per element"
    # Intervals reach half a byte to either side.
    assert found.found.endswith("; 9 intervals hold 8")


@pytest.mark.parametrize(("value", "met"), [(401.0, True), (599.0, True), (601.0, False)])
def test_a_fixed_cost_is_right_within_a_fifth(marks: ModuleType, value: float, met: bool) -> None:
    [found] = marks.fixed("fixed", trials(marks, [500.0] * 9 + [value], planted=500.0))
    assert found.met is met


def test_trials_must_all_be_made_be_short_and_have_five_processes(marks: ModuleType) -> None:
    good = trials(marks, [1.0] * 4)
    assert [one.met for one in marks.of_all(good, 4)] == [True, True, True]
    bad = [*good[:2], replace(good[2], wall_s=5.1, processes=4)]
    assert [one.met for one in marks.of_all(bad, 4)] == [False, False, False]
    assert [one.met for one in marks.of_all([], 4)] == [False]


def test_a_command_takes_as_long_as_it_takes_whatever_it_measures(marks: ModuleType) -> None:
    one, gate, copy = trials(marks, [1.0] * 3)
    gate = replace(gate, before_s=4.0)
    copy = replace(copy, wall_s=4.03, cases=4)
    single, several = list(marks.of_all([one, gate, copy], 3))[1:3]
    assert (single.found, single.met) == ("median 2.60, maximum 4.00", True)
    assert several.name.startswith("seconds of a command of 4 sizes")
    assert several.found == "median 16.12, maximum 16.12, so 4.03 for each size"
    assert several.met
    slow = replace(gate, before_s=5.1), replace(copy, wall_s=5.1)
    assert [one.met for one in marks.of_all(slow, 2)][1:3] == [False, False]


def test_a_machine_that_was_not_idle_is_said_loudly(marks: ModuleType) -> None:
    calm = trials(marks, [1.0] * 3)
    assert marks.idleness(calm).startswith("the machine was idle in all 3 trials: others used 0.01")
    busy = [*calm[:2], replace(calm[2], disturbed=True, others=1.5, load=(4.0, 2.0))]
    said = marks.idleness(busy)
    assert said.startswith("THE MACHINE WAS NOT IDLE in 1 of 3 trials")
    assert "1.50 at most" in said
    assert "load at most 4.0" in said


def test_how_long_calls_took_is_told_where_it_was_kept(marks: ModuleType) -> None:
    made = [
        replace(one, call_ns=at)
        for one, at in zip(trials(marks, [1.0] * 4), (5_900.0, 6_000.0, 6_300.0, 0.0), strict=True)
    ]
    other = replace(made[3], series="t")
    told = list(marks.call_times([*made, other]))
    assert told == ["s: calls of 6 µs in the median, 5.9 to 6.3"]


def test_the_table_says_what_failed(marks: ModuleType) -> None:
    shown = marks.table(marks.controls("A/A", trials(marks, [1.1] * 2)))
    assert [line[:4] for line in shown.splitlines()] == ["FAIL", "PASS"]


# --- reading the JSON --------------------------------------------------------------------------


def comparison(ratio: float, verdict: str) -> dict[str, Any]:
    interval = {"value": ratio, "low": ratio - 0.001, "high": ratio + 0.001}
    return {
        "ratio": interval,
        "verdict": verdict,
        "a_ns": 6_000.0,
        "b_ns": 6_000.0,
        "trials": [{"index": at} for at in range(5)],
    }


class Played:
    """A `Bench` whose runs are made up."""

    def __init__(
        self,
        series: ModuleType,
        runs: Sequence[dict[str, Any]],
        status: int = 0,
        fits: Sequence[dict[str, Any]] = (),
    ):
        self.series = series
        self.runs = list(runs)
        self.status = status
        self.fits = list(fits)
        self.setup = series.Setup(2.0, "python", {"6 µs": 1_500, "1 ms": 250_000})
        self.asked: list[tuple[str, ...]] = []

    def run(self, *arguments: str, **_: Any) -> Any:
        self.asked.append(arguments)
        others = importlib.import_module("idle").Others(0.0, 0.0, (0.0, 0.0))
        result = {"comparisons": [self.runs.pop(0)], "fits": self.fits}
        return self.series.Run(result, self.status, 2.5, others)

    def baseline(self, call: str, number: int) -> Any:
        del number
        return self.against_native(call)

    def against_native(self, call: str, units: int = 0, earlier: Any = None) -> Any:
        del units, earlier
        return self.run("walk", call)


@pytest.fixture
def _half_a_ns(series: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "unit_ns", lambda: 0.5)


def named(series: ModuleType, *words: str) -> Any:
    [found] = [one for one in series.all_series(50, 10) if all(word in one.name for word in words)]
    return found


@pytest.mark.parametrize(("verdict", "alarm"), [("no difference", False), ("faster", True)])
def test_any_difference_of_a_call_from_itself_is_a_false_alarm(
    series: ModuleType, verdict: str, alarm: bool
) -> None:
    bench = Played(series, [comparison(0.999, verdict)])
    one = named(series, "A/A native", "6 µs", "beside").measure(bench, "a", 3)
    assert (one.series, one.number, one.value, one.found) == ("a", 3, 0.999, alarm)
    assert (one.wall_s, one.processes, one.cases, one.before_s) == (2.5, 5, 1, 0.0)
    assert (one.verdict, one.call_ns) == (verdict, 6_000.0)
    assert bench.asked[0][-1] == "native/native"


@pytest.mark.parametrize(("whole", "called"), [(8, 8), (None, 0)])
def test_a_copy_is_called_as_the_json_says(
    series: ModuleType, whole: int | None, called: int
) -> None:
    copied = {"value": 7.9, "low": 7.7, "high": 8.1}
    fit = {"copied_bytes": copied, "copied_whole": whole}
    bench = Played(series, [comparison(1.1, "slower")], fits=[fit])
    one = named(series, "planted copy").measure(bench, "copy", 2)
    assert (one.value, one.low, one.high, one.called) == (7.9, 7.7, 8.1, called)


@pytest.mark.usefixtures("_half_a_ns")
def test_planted_work_is_held_against_the_time_of_its_units(series: ModuleType) -> None:
    bench = Played(series, [comparison(1.0101, "slower")])
    one = named(series, "1.0%", "6 µs", "python/peer").measure(bench, "a", 0)
    # 1 % of 6,000 ns are 120 units of half a nanosecond.
    assert "work=120" in bench.asked[0]
    assert (one.planted, one.found) == (pytest.approx(0.01), True)


@pytest.mark.usefixtures("_half_a_ns")
@pytest.mark.parametrize(("status", "found"), [(1, True), (0, False), (3, False)])
def test_the_gate_finds_a_slow_down_by_its_exit_status(
    series: ModuleType, status: int, found: bool
) -> None:
    runs = [comparison(1.02, "slower"), comparison(1.02 * 1.005, "slower")]
    bench = Played(series, runs, status)
    one = named(series, "gate between two runs", "0.5%", "6 µs").measure(bench, "a", 0)
    assert one.value == pytest.approx(1.005)
    assert (one.planted, one.found) == (pytest.approx(0.005), found)
    assert one.commands_s == [2.5, 2.5]


# --- files and choices -------------------------------------------------------------------------


def test_a_run_goes_on_with_the_trials_of_the_file(
    marks: ModuleType, script: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "trials.json"
    assert script.read(path) is None
    kept = script.Kept(path, {"seconds": 2.0}, trials(marks, [1.0, 1.1]), ["lost"])
    kept.write()
    again = script.read(path)
    assert (again.setup, again.trials, again.failures) == (kept.setup, kept.trials, ["lost"])
    assert [one.name for one in tmp_path.iterdir()] == ["trials.json"]
    assert len(json.loads(path.read_text())["trials"]) == 2


ASKED = argparse.Namespace(seconds=None, python=None)


def test_trials_with_other_options_are_not_gone_on_with(
    marks: ModuleType, script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trials.json"
    monkeypatch.setattr(script, "_state", lambda _: {})
    setup = {"state": {}, "seconds": 2.4, "python": "python3"}
    script.Kept(path, setup, trials(marks, [1.0])).write()
    same = argparse.Namespace(seconds=2.4, python="python3")
    assert script._continued(path, same).setup["seconds"] == 2.4
    with pytest.raises(SystemExit, match=r"holds trials with --seconds 2.4: leave out --seconds"):
        script._continued(path, argparse.Namespace(seconds=1.0, python=None))
    with pytest.raises(SystemExit, match="holds trials with --python python3: leave out --python"):
        script._continued(path, argparse.Namespace(seconds=None, python="python4"))


def test_trials_of_another_state_of_the_code_are_not_gone_on_with(
    marks: ModuleType, script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trials.json"
    state = {"commit": "a" * 40, "tool": "1", "crate": "2", "script": "3"}
    monkeypatch.setattr(script, "_state", lambda _: state)
    assert script._continued(path, ASKED) is None
    script.Kept(path, {"state": state}, trials(marks, [1.0])).write()
    assert len(script._continued(path, ASKED).trials) == 1
    monkeypatch.setattr(script, "_state", lambda _: state | {"tool": "9"})
    with pytest.raises(SystemExit, match=r"another state \(tool 1, now 9\): measure anew"):
        script._continued(path, ASKED)
    script.Kept(path, {}, trials(marks, [1.0])).write()
    with pytest.raises(SystemExit, match=r"\(commit unknown, now aaa.*; tool unknown, now 9; "):
        script._continued(path, ASKED)


def test_the_state_names_the_machine_and_the_versions(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = importlib.import_module("code_state")
    answers = {"--version": "rustc 1.90.0", "-c": "3.11.2 2.4.0"}
    monkeypatch.setattr(state, "_said", lambda *words: answers.get(words[1], ""))
    monkeypatch.setattr(state, "_processor", lambda: "A processor")
    found = script._state("python4")["machine"].split(", ")
    assert found[0] == "A processor"
    assert found[-2:] == ["rustc 1.90.0", "3.11.2 2.4.0"]
    assert found[1].endswith(" cores")


def test_what_cannot_be_asked_says_nothing() -> None:
    state = importlib.import_module("code_state")
    assert state._said("no-such-program", "--version") == ""
    assert state._said("git", "no-such-command") == ""


def test_earlier_trials_are_set_aside_when_others_begin(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "trials.json"
    script._set_aside(path)
    path.write_text("an hour")
    script._set_aside(path)
    assert [one.name for one in tmp_path.iterdir()] == ["trials.json.earlier"]
    assert (tmp_path / "trials.json.earlier").read_text() == "an hour"
    assert "trials.json held are in trials.json.earlier now" in capsys.readouterr().err


def test_trials_are_judged_without_touching_their_file(
    marks: ModuleType,
    script: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "trials.json"
    words = ("cpu", "cores", "kernel", "python", "numpy", "rustc", "commit")
    where = {one: one for one in words} | {"dirty": False}
    made = [replace(one, series="planted 500 ns") for one in trials(marks, [500.0], 0, 500.0)]
    setup = {"seconds": 2.4, "sizes": {}, "provenance": where}
    script.Kept(path, setup, made, ["planted 500 ns, round 3: bench ended with 1:\nx"]).write()
    before = path.read_bytes()
    options = ["--judge", "--only", "500 ns", "--output", str(path), "--sweeps"]
    for sweeps, status in ((1, 0), (2, 1)):
        monkeypatch.setattr(script.sys, "argv", ["script", *options, str(sweeps)])
        assert script.main() == status
    told = capsys.readouterr().out
    assert "commit commit, the tool's own state not kept" in told
    assert "FAIL  trials made: 1 (commands without result: 1); wanted: 2" in told
    listed = (
        "commands without result, made again: 1\n  planted 500 ns, round 3: bench ended with 1:\n"
    )
    assert listed in told
    assert path.read_bytes() == before


def test_a_digest_is_that_of_names_and_contents(tmp_path: Path) -> None:
    state = importlib.import_module("code_state")
    (tmp_path / "tool/deep").mkdir(parents=True)
    file = tmp_path / "tool/deep/a.py"
    file.write_text("1")
    first = state.digest([tmp_path / "tool"])
    (tmp_path / "tool/target").mkdir()
    (tmp_path / "tool/target/built").write_text("x")
    assert state.digest([tmp_path / "tool"]) == first
    file.rename(file.with_name("b.py"))
    assert state.digest([tmp_path / "tool"]) != first
    file.write_text("1")
    file.with_name("b.py").unlink()
    assert state.digest([tmp_path / "tool"]) == first
    file.write_text("2")
    assert state.digest([tmp_path / "tool"]) != first


def test_a_file_that_does_not_tell_cases_has_those_of_its_series(
    marks: ModuleType, script: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "trials.json"
    copy, one = trials(marks, [8.0, 1.0])
    script.Kept(path, {}, [replace(copy, series="planted copy"), one]).write()
    data = json.loads(path.read_text())
    for each in data["trials"]:
        del each["cases"], each["before_s"]
    path.write_text(json.dumps(data))
    assert [one.cases for one in script.read(path).trials] == [4, 1]


def test_all_of_it_takes_an_hour(series: ModuleType, script: ModuleType) -> None:
    everything = series.all_series(50, 10)
    said = script.left(everything, script.Kept(Path(), {"seconds": 2.4}))
    assert said == "820 trials to go, about 60 minutes"


def test_what_is_missing_of_a_series_is_a_missed_mark(
    marks: ModuleType, series: ModuleType, script: ModuleType
) -> None:
    only = [named(series, "A/A python", "6 µs", "beside")]
    made = [replace(one, series=only[0].name) for one in trials(marks, [1.0] * 50)]
    assert all(one.met for one in script.judged(only, made))
    missed = [one for one in script.judged(only, made[:49]) if not one.met]
    assert [(one.name, one.found, one.wanted) for one in missed] == [("trials made", "49", "50")]


@pytest.mark.parametrize(("lost", "met"), [(1, True), (2, True), (3, False)])
def test_commands_without_result_are_counted_and_miss_a_mark_from_three_on(
    marks: ModuleType, series: ModuleType, script: ModuleType, lost: int, met: bool
) -> None:
    only = [named(series, "A/A python", "6 µs", "beside")]
    made = [replace(one, series=only[0].name) for one in trials(marks, [1.0] * 50)]
    failures = [f"{only[0].name}, round 7: bench ended with 1:\nlong"] * lost
    # Of a series that is not judged.
    others = ["A/A python, 6 µs, round 7: bench ended with 1"] * 9
    found = list(script.judged(only, made, failures + others))
    [one] = [one for one in found if one.name == "trials made"]
    assert (one.found, one.met) == (f"50 (commands without result: {lost})", met)
    assert script.failed(only, failures + others) == failures


@pytest.mark.parametrize(
    ("idle", "busy", "only", "count"),
    [(False, False, None, 18), (True, False, None, 14), (False, True, None, 4),
     (False, False, ["copy", "500 ns"], 2)],
)  # fmt: skip
def test_series_are_chosen_by_word_and_by_neighbour(
    series: ModuleType,
    script: ModuleType,
    idle: bool,
    busy: bool,
    only: list[str] | None,
    count: int,
) -> None:
    options = argparse.Namespace(idle=idle, busy=busy, only=only)
    assert len(script.chosen(series.all_series(50, 10), options)) == count


@pytest.mark.parametrize(("used", "stolen", "disturb"), [(10.5, 0.0, False), (12.0, 0.0, True),
                                                      (10.0, 0.9, True)])  # fmt: skip
def test_others_are_what_neither_this_process_nor_its_children_used(
    monkeypatch: pytest.MonkeyPatch, used: float, stolen: float, disturb: bool
) -> None:
    idle = importlib.import_module("idle")
    clock, own, ticks = iter([100.0, 105.0]), iter([3.0, 8.0]), iter([(5.0, 0.0), (used, stolen)])
    monkeypatch.setattr(idle.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(idle, "_own", lambda: next(own))
    monkeypatch.setattr(idle, "_ticks", lambda: next(ticks))
    found = idle.Watch().others()
    assert found.cores == pytest.approx((used - 5.0 - 5.0) / 5.0)
    assert found.stolen == pytest.approx(stolen / 5.0)
    assert found.disturb is disturb
