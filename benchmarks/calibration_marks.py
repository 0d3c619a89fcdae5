"""What the trials of `bench_calibration.py` say, a line for each mark. Nothing is measured here."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

MARGIN = 0.003
WITHIN = 0.0015
LONGEST_S = 5.0
COPIED = 8
"""Bytes of an element."""
PROCESSES = 5
ENOUGH = 0.95
DIFFERENT = ("slower", "faster")
SAME = "no difference"


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: what the command line told, how long it took, and what others did meanwhile.

    `value`, `low` and `high` are a ratio, bytes per element, or ns. `planted` is what was planted
    by the other way of measuring (a share of the call, or ns); 0 in a control. `found`: whether a
    difference was told. `wall_s`: of the whole command, divided by its cases (`cases`); `before_s`:
    of the command that gave the baseline, 0 without one or if not known. `processes`: the fewest
    that a case had. `others`: cores that others used, None if not known. `verdict`: what the
    command told, empty if not kept. `call_ns`: the time of the call, 0 of several or if not kept.
    `called`: the bytes of whole elements that the report calls a copy by, 0 if it names none.
    """

    series: str
    number: int
    value: float
    low: float
    high: float
    found: bool
    planted: float
    wall_s: float
    processes: int
    disturbed: bool
    others: float | None
    stolen: float
    load: tuple[float, float] = field(default=(0.0, 0.0))
    cases: int = 1
    before_s: float = 0.0
    verdict: str = ""
    call_ns: float = 0.0
    called: int = 0

    @property
    def commands_s(self) -> list[float]:
        """From its start to its end, of each command that is known."""
        return [one for one in (self.cases * self.wall_s, self.before_s) if one > 0.0]


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the result."""

    name: str
    found: str
    wanted: str
    met: bool


Marks = Callable[[str, Sequence[Trial]], list[Mark]]


def controls(name: str, trials: Sequence[Trial]) -> list[Mark]:
    """A call against itself: near 1, and no difference told."""
    near = sum(abs(one.value - 1.0) <= WITHIN for one in trials)
    alarms = sum(one.found for one in trials)
    allowed = len(trials) // 50
    spread = statistics.pstdev([one.value for one in trials])
    worst = max(abs(one.value - 1.0) for one in trials)
    told = f"{near} of {len(trials)} (spread {spread:.3%}, worst {worst:.3%})"
    return [
        _most(f"{name}: within {WITHIN:.2%} of 1", near, len(trials), told),
        Mark(
            f"{name}: false alarms at {MARGIN:.1%}",
            f"{alarms} of {len(trials)}{_decided(trials)}",
            f"<= {allowed}",
            alarms <= allowed,
        ),
    ]


def _decided(trials: Sequence[Trial]) -> str:
    """In how many trials a command said that there is no difference: it may have said nothing."""
    known = [one.verdict for one in trials if one.verdict]
    if not known:
        return ""
    return f", no difference told in {known.count(SAME)} of {len(known)}"


def slowed(name: str, trials: Sequence[Trial]) -> list[Mark]:
    """A planted slow-down: found, and its size told right."""
    seen = sum(one.found for one in trials)
    close = sum(error_of(one) <= allowed_of(one) for one in trials)
    planted = statistics.median(one.planted for one in trials)
    values = [one.value - 1.0 for one in trials]
    estimate, spread = statistics.median(values), statistics.pstdev(values)
    worst = max(error_of(one) for one in trials)
    told = (
        f"{close} of {len(trials)} (planted {planted:.3%}, median {estimate:.3%}, "
        f"spread {spread:.3%}, worst {100 * worst:.3f} points off)"
    )
    return [
        _most(f"{name}: found at {MARGIN:.1%}", seen, len(trials), f"{seen} of {len(trials)}"),
        _most(f"{name}: within 0.15 points or a fifth", close, len(trials), told),
    ]


def error_of(trial: Trial) -> float:
    """How far an estimate is off, as a share of the call."""
    return abs(trial.value - 1.0 - trial.planted)


def allowed_of(trial: Trial) -> float:
    """How far it may be off."""
    return max(WITHIN, trial.planted / 5.0)


def copied(name: str, trials: Sequence[Trial]) -> list[Mark]:
    """A planted copy of an array of `float64`: what the report calls it.

    How many intervals hold its size is told beside.
    """
    right = sum(one.called == COPIED for one in trials)
    holding = sum(one.low <= COPIED <= one.high for one in trials)
    told = f"{_told(right, trials)}; {holding} intervals hold {COPIED}"
    what = f"reported as {COPIED} bytes per element"
    return [_most(f"{name}: {what}", right, len(trials), told)]


def fixed(name: str, trials: Sequence[Trial]) -> list[Mark]:
    """A planted cost of so many ns."""
    right = sum(abs(one.value - one.planted) <= 0.2 * one.planted for one in trials)
    planted = statistics.median(one.planted for one in trials)
    told = f"{_told(right, trials)}; planted {planted:.0f}"
    return [_most(f"{name}: within 20 %", right, len(trials), told)]


def of_all(trials: Sequence[Trial], wanted: int) -> Iterator[Mark]:
    """What holds for every trial: made, short, in fresh processes."""
    yield Mark("trials made", f"{len(trials)}", f"{wanted}", len(trials) == wanted)
    if not trials:
        return
    yield from _short(trials)
    fewest, most = (take(one.processes for one in trials) for take in (min, max))
    yield Mark(
        "fresh processes of each case",
        f"{fewest} to {most}",
        f"{PROCESSES}",
        fewest == most == PROCESSES,
    )


def _short(trials: Sequence[Trial]) -> Iterator[Mark]:
    """Whether commands are short. One that measures several cases is as many trials."""
    for cases in sorted({one.cases for one in trials}):
        walls = [wall for one in trials if one.cases == cases for wall in one.commands_s]
        told = f"median {statistics.median(walls):.2f}, maximum {max(walls):.2f}"
        wanted = f"<= {LONGEST_S:.0f}"
        if cases > 1:
            told += f", so {max(walls) / cases:.2f} for each size"
            wanted += " for each size"
        what = f"{cases} sizes (copy and fixed cost)" if cases > 1 else "one size"
        met = max(walls) <= cases * LONGEST_S
        yield Mark(f"seconds of a command of {what}, from start to end", told, wanted, met)


def idleness(trials: Sequence[Trial]) -> str:
    """A line on what others did meanwhile."""
    disturbed = sum(one.disturbed for one in trials)
    known = [one.others for one in trials if one.others is not None]
    if not known:
        return "whether the machine was idle is not known here"
    load = max((max(one.load) for one in trials), default=0.0)
    stolen = max(one.stolen for one in trials)
    told = (
        f"others used {statistics.median(known):.2f} cores in the median, {max(known):.2f} at "
        f"most; the host took {stolen:.2f} at most; load at most {load:.1f}"
    )
    if not disturbed:
        return f"the machine was idle in all {len(trials)} trials: {told}"
    return f"THE MACHINE WAS NOT IDLE in {disturbed} of {len(trials)} trials: {told}"


def call_times(trials: Sequence[Trial]) -> Iterator[str]:
    """A line for each series on how long its calls took, where that is known."""
    for name in dict.fromkeys(one.series for one in trials):
        times = [one.call_ns for one in trials if one.series == name and one.call_ns]
        if times:
            median, low, high = (take(times) / 1_000.0 for take in (statistics.median, min, max))
            yield f"{name}: calls of {median:.4g} µs in the median, {low:.4g} to {high:.4g}"


def table(marks: Iterable[Mark]) -> str:
    """All marks, one a line."""
    return "".join(
        f"{'PASS' if one.met else 'FAIL'}  {one.name}: {one.found}; wanted: {one.wanted}\n"
        for one in marks
    )


def differs(comparison: dict[str, Any]) -> bool:
    """Whether a comparison of a results file tells a difference."""
    return comparison["verdict"] in DIFFERENT


def _most(name: str, right: int, trials: int, told: str) -> Mark:
    wanted = math.ceil(ENOUGH * trials)
    return Mark(name, told, f">= {wanted}", right >= wanted)


def _told(right: int, trials: Sequence[Trial]) -> str:
    values = [one.value for one in trials]
    return (
        f"{right} of {len(trials)} (median {statistics.median(values):.2f}, "
        f"{min(values):.2f} to {max(values):.2f}; intervals on average "
        f"± {statistics.fmean((one.high - one.low) / 2.0 for one in trials):.2f})"
    )
