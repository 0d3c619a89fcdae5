"""Gates with nothing to find: how often `--compare --fail-over` fails without a reason.

Each run is held against the one before: of the same library, or of one whose code lies elsewhere,
as after a change of something else. What differs between two builds is the same in all of their
processes, so no interval shows it: many builds do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from calibration_marks import MARGIN, Mark, Trial
from calibration_series import CALLS, GATE_LONGER, Bench, Run, Series, trial

FAIL_OVERS = (MARGIN, 0.005, 0.01, 0.02)
_TRIALS = 20
_BUILDS = 12
_LEAST_ANEW = 0.01
"""Between two builds no less is asked of a gate."""


def gates(trials: int) -> list[Series]:
    """The series: of one library, then of one that is built anew for each trial."""
    return [
        *(_series(call, min(trials, _TRIALS), anew=False) for call in CALLS),
        *(_series(call, min(trials, _BUILDS), anew=True) for call in CALLS),
    ]


def _series(call: str, trials: int, *, anew: bool) -> Series:
    what = "built anew" if anew else "same library"
    least = _LEAST_ANEW if anew else MARGIN
    return Series(
        f"gate between two runs, nothing planted, {what}, {call}",
        "walk",
        partial(_unplanted, call, anew),
        partial(unplanted, least),
        trials,
        # A build takes about as long as a run.
        commands=2.0 if anew else 1.0,
        longer=GATE_LONGER,
        anew=anew,
    )


def _unplanted(call: str, anew: bool, bench: Bench, name: str, number: int) -> Trial:
    """A run against the one before, or against one that is made for it."""
    before = bench.before.get((call, anew)) or _run(bench, call, number if anew else 0)
    now = _run(bench, call, number + 1 if anew else 0, before)
    bench.before[call, anew] = now
    [change] = now.result["gate"]["changes"]
    made = trial(name, number, now, change["change"], 0.0, found=now.status == 1)
    return replace(made, before_s=before.wall_s)


def _run(bench: Bench, call: str, layout: int, before: Run | None = None) -> Run:
    if bench.layout != layout:
        bench.build("walk", layout)
    return bench.against_native(call, earlier=None if before is None else before.result)


def unplanted(least: float, name: str, trials: Sequence[Trial]) -> list[Mark]:
    """At how many a gate would have failed, by the limit; from `least` on there shall be none."""
    failing = {limit: sum(one.low > 1.0 + limit for one in trials) for limit in FAIL_OVERS}
    told = ", ".join(f"{number} at {limit:.1%}" for limit, number in failing.items())
    wide = sum((one.high - one.low) / 2.0 > MARGIN for one in trials)
    farthest = max(abs(one.value - 1.0) for one in trials)
    highest = max(one.low - 1.0 for one in trials)
    alarms = sum(number for limit, number in failing.items() if limit >= least)
    return [
        Mark(
            f"{name}: false alarms",
            f"{told} of {len(trials)} (changes of at most {farthest:.3%}; the highest interval "
            f"begins at {highest:+.3%}; {wide} wider than {MARGIN:.1%} to either side)",
            f"none at {least:.1%} or more",
            alarms == 0,
        )
    ]
