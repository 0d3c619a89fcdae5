"""This run against earlier results: whether the paired ratio of a case has changed.

Only ratios of one process are set side by side, never times of two runs. A change is that of the
ratio, with Welch's interval over the processes of both runs. Where a history knows how much the
ratio varies from run to run without a reason, the interval is at least as wide as that.
"""

from __future__ import annotations

import math
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from bindcheck.bench.asked import together
from bindcheck.bench.document import read
from bindcheck.bench.grids import grid_mismatch
from bindcheck.bench.history import History, identity, machine, of_commit, run_noise
from bindcheck.bench.lost import gone_words, lost_of, wrong_of
from bindcheck.bench.outcome import Comparison, Interval, Outcome
from bindcheck.bench.samples import Kind, Provenance
from bindcheck.bench.statistics import difference, exponential
from bindcheck.bench.student import quantile
from bindcheck.bench.texts import shares
from bindcheck.bench.verdicts import (
    FEWEST_PROCESSES,
    blind_controls,
    blind_words,
    control_words,
    failed_controls,
)
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact, replace

_MACHINE = ("crate", "CPU", "number of cores", "profile", "compiler flags", "features")
_SHOWN = 5
_SHARE = 0.5
"""Of the blocks of the longest result of a case: fewer are a quick look."""
_NOTED = ("governor", "kernel", "python", "numpy", "rustc", "bindcheck")


@fact
class Moved:
    """One comparison then and now. `change` is the new ratio over the old one.

    `uncertain`: it cannot be told whether that is more than allowed: the interval is wider than
    what is allowed, and holds it; or the change would fail, and there are `doubts`: controls that
    failed, then or now, so that it may be as wrong.
    """

    new: Comparison
    old: Comparison
    change: Interval
    failed: bool
    uncertain: bool = False
    doubts: tuple[str, ...] = ()


@fact
class Gate:
    """All comparisons of a run against a baseline.

    `fail_over` is a share (0.02 is 2 %), None if nothing shall fail. `left_out` says of what could
    not be compared why; `notes` what else differs between the runs. `missing`: what the baseline
    has and this run has not; `lost`: what was to be compared, and something went wrong with it, or
    it is not there any more. `gone` are the indicators of those, in words, that nothing went wrong
    with: this run has not found them, or measures them in another way. `wrong`: whose sides do
    different work, and had a result in the baseline, or were not asked for there.
    """

    baseline: str
    fail_over: float | None
    moved: tuple[Moved, ...]
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    missing: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether a change is certainly larger than allowed."""
        return any(one.failed for one in self.moved)

    @property
    def uncertain(self) -> bool:
        """Whether nothing fails certainly, but of something it cannot be told, or it was lost."""
        return not self.failed and (bool(self.lost) or any(one.uncertain for one in self.moved))


def compare(
    new: Outcome,
    old: Outcome,
    baseline: str,
    fail_over: float | None,
    history: Sequence[Outcome] = (),
) -> Gate:
    """The gate of a run; an error if the runs cannot be compared, or share no case."""
    noise = run_noise(history, new)
    _refuse_other_machine(new.provenance, old.provenance, baseline)
    earlier = {identity(one): one for one in old.comparisons if not one.is_control}
    moved: list[Moved] = []
    missing = _missing(new, old)
    left_out: list[str] = []
    lost = [_name(one) for one in lost_of(new, old)]
    for one in new.comparisons:
        if one.is_control:
            continue
        match = earlier.pop(identity(one), None)
        reason = _incomparable(one, match, old.comparisons)
        if match is None or reason is not None:
            left_out.append(f"{_name(one)}: {reason}")
            lost += [_name(one)] if match is not None else []
        else:
            made = _moved(one, match, fail_over, noise.get(identity(one)))
            moved.append(_doubted(made, fail_over, (new.margin, old.margin)))
    held = lost if moved and fail_over is not None else ()
    left_out += _gone([one for one in missing if one not in held], baseline)
    if not moved:
        told = "; ".join((*left_out, *gone_words(new, old))) or "this run has no results"
        raise NothingToDoError(f"nothing to compare with {baseline}: {told}")
    notes = (*_doubts(moved), *_notes(new.provenance, old.provenance))
    return Gate(
        baseline,
        fail_over,
        tuple(moved),
        tuple(left_out),
        notes,
        missing,
        tuple(lost),
        tuple(gone_words(new, old)),
        tuple(f"{one.case} ({one.sides[0]} over {one.sides[1]})" for one in wrong_of(new, old)),
    )


def _missing(new: Outcome, old: Outcome) -> tuple[str, ...]:
    """What the baseline has and this run has not, not even in another way."""
    known = {_name(one) for one in new.comparisons}
    same = set(map(identity, new.comparisons))
    return tuple(
        _name(one)
        for one in old.comparisons
        if not one.is_control and identity(one) not in same and _name(one) not in known
    )


def _gone(missing: Sequence[str], baseline: str) -> list[str]:
    """A line for what is missing."""
    if not missing:
        return []
    more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
    return [f"of {baseline}, not measured now: {', '.join(missing[:_SHOWN])}{more}"]


Runs = tuple[Outcome, ...]


def baseline_of(runs: Runs, new: Outcome) -> Outcome:
    """What a run is held against: a result of each case, on the same machine if any is.

    It is the newest of those that took their time: a quick look at the same commit must not take
    the place of such a run.
    """
    alike = machine(new.provenance)
    here = [one for one in runs if machine(one.provenance) == alike] or runs
    found: dict[object, list[Comparison]] = {}
    troubles = dict.fromkeys(one for run in here for one in run.troubles)
    for run in here:
        for one in run.comparisons:
            if not one.is_control:
                found.setdefault(identity(one), []).append(one)
    best = tuple(map(_best_known, found.values()))
    measured = {(one.case.name, one.sides) for one in best}
    never = tuple(one for one in troubles if (one.case, one.sides) not in measured)
    return replace(here[-1], comparisons=best, troubles=never, asked=together(here))


def _best_known(results: Sequence[Comparison]) -> Comparison:
    """The newest of what was measured for long enough, else the newest.

    Not the width of the interval counts: the narrowest of many is so by chance.
    """
    enough = [one for one in results if len(one.trials) >= FEWEST_PROCESSES]
    longest = max(map(_blocks, enough), default=0)
    long = [one for one in enough if _blocks(one) >= _SHARE * longest]
    return (long or results)[-1]


def _blocks(one: Comparison) -> int:
    return sum(trial.blocks + trial.interrupted for trial in one.trials)


def find_baseline(wanted: str, history: History, folder: Path) -> tuple[Runs, str]:
    """The runs that `--compare` names, what counts most last, and how to call them.

    `wanted` is a results file, else a revision of the repository around `folder` whose results
    the history holds. Complete runs count more than others, then newer ones.
    """
    path = Path(wanted)
    if path.is_file():
        return (read(path),), wanted
    commit = _commit(wanted, folder)
    found = of_commit(history.runs, commit)
    clean = [one for one in found if not one.provenance.dirty]
    short = commit[:12]
    if clean:
        return tuple(sorted(clean, key=_is_whole)), f"commit {short}"
    if found:
        raise BindcheckError(
            f"--compare {wanted}: commit {short} was only measured with uncommitted changes"
            f"{_of_files(found[-1].provenance.changed)}"
        )
    raise BindcheckError(f"--compare {wanted}: the history holds no results of commit {short}")


def _of_files(names: Sequence[str]) -> str:
    """Where changes were, ` (src/wave.rs)`; nothing where nobody has kept that."""
    shown = ", ".join(names[:_SHOWN]) + (" and others" if len(names) > _SHOWN else "")
    return f" ({shown})" if names else ""


def refuse_other_machine(runs: Runs, new: Provenance, baseline: str) -> None:
    """An error if none of the runs can be compared with one that is measured here and now."""
    alike = machine(new)
    if all(machine(one.provenance) != alike for one in runs):
        _refuse_other_machine(new, runs[-1].provenance, baseline)


def _is_whole(run: Outcome) -> bool:
    return not run.interrupted


def _commit(revision: str, folder: Path) -> str:
    command = ["git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BindcheckError(f"--compare {revision}: no such file, and no git to ask") from None
    if revision.startswith("-") or done.returncode:
        raise BindcheckError(f"--compare {revision}: neither a file nor a revision")
    return done.stdout.strip()


def _refuse_other_machine(new: Provenance, old: Provenance, baseline: str) -> None:
    for name, now, then in zip(_MACHINE, machine(new), machine(old), strict=True):
        if now != then:
            raise BindcheckError(
                f"{baseline} cannot be compared: another {name} ({_shown(then)}, now {_shown(now)})"
            )


def _shown(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return text or "none"


def _incomparable(
    new: Comparison, old: Comparison | None, others: Sequence[Comparison]
) -> str | None:
    """Why a comparison of this run has no counterpart."""
    if old is not None:
        now, then = len(new.trials), len(old.trials)
        if min(now, then) >= FEWEST_PROCESSES:
            return None
        return f"only {now} processes" if now <= then else f"only {then} processes then"
    for one in others:
        if (one.case.name, one.sides, one.state) == (new.case.name, new.sides, new.state):
            return grid_mismatch(new.case, one.case) or _another_way(new, one)
    return "not measured then"


def _another_way(new: Comparison, old: Comparison) -> str:
    now, then = new.cores or 1, old.cores or 1
    if new.case.kind is Kind.SINGLE and now != then:
        return f"on {now} cores now, on {then} then"
    return "measured in another way then"


def _moved(
    new: Comparison, old: Comparison, fail_over: float | None, noise: tuple[float, int] | None
) -> Moved:
    logarithm = difference(_logs(new), _logs(old))
    if noise is not None:
        deviation, runs = noise
        reach = max(logarithm.reach, quantile(0.975, runs - 1) * math.sqrt(2.0) * deviation)
        middle = logarithm.value
        logarithm = Interval(middle, middle - reach, middle + reach)
    change = exponential(logarithm)
    failed = fail_over is not None and change.low > 1.0 + fail_over
    wide = fail_over is not None and _is_too_wide(change, fail_over)
    return Moved(new, old, change, failed, wide)


def _is_too_wide(change: Interval, fail_over: float) -> bool:
    """Whether an interval says neither that a change is allowed nor that it is not.

    One that is narrower than what is allowed would have shown a change of twice as much.
    """
    return change.low <= 1.0 + fail_over < change.high and change.reach > fail_over


def _doubted(moved: Moved, fail_over: float | None, margins: tuple[float, float]) -> Moved:
    """A control that differs from itself by more than is allowed makes the change doubtful.

    So does one that may differ from itself as much as the ratio has changed.
    """
    if not moved.failed:
        return moved
    doubts = tuple(
        f"{when} {told}"
        for when, run, margin in zip(("now", "then"), (moved.new, moved.old), margins, strict=True)
        if run.floor is not None
        for told in (
            *map(
                control_words,
                failed_controls(run.floor.controls, min(margin, fail_over or margin)),
            ),
            *map(blind_words, blind_controls(run.floor.controls, moved.change)),
        )
    )
    return replace(moved, failed=not doubts, uncertain=bool(doubts), doubts=doubts)


def _doubts(moved: Sequence[Moved]) -> Iterator[str]:
    """A line for each change that controls make doubtful, and one for those known too little."""
    for one in moved:
        if one.doubts:
            yield f"cannot tell: {_name(one.new)}: {', '.join(one.doubts)}"
    wide = [one.change.reach for one in moved if one.uncertain and not one.doubts]
    if wide:
        yield (
            f"cannot tell of {len(wide)}, which are known to ±{shares(wide)} only: give more "
            "--seconds or --processes, or leave out those cases"
        )


def _logs(one: Comparison) -> list[float]:
    return [trial.log_ratio for trial in one.trials]


def _name(one: Comparison) -> str:
    return f"{one.case.name} ({one.sides[0]} over {one.sides[1]}, {one.state})"


def _notes(new: Provenance, old: Provenance) -> tuple[str, ...]:
    pairs = zip(_NOTED, _software(new), _software(old), strict=True)
    return tuple(
        f"{name} was {then or 'unknown'}, is {now or 'unknown'}"
        for name, now, then in pairs
        if now != then
    )


def _software(one: Provenance) -> tuple[str, ...]:
    return one.governor, one.kernel, one.python, one.numpy, one.rustc, one.bindcheck
