"""Results over time: a file that only grows, one run a line, and what it says of each series.

A line is a whole results file. Lines that a killed run left torn are passed over and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median

from bindcheck.bench.changes import Change, changes, spread
from bindcheck.bench.document import from_json, to_json
from bindcheck.bench.outcome import Comparison, Interval, Outcome
from bindcheck.bench.samples import Kind, Provenance
from bindcheck.bench.student import quantile
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace
from bindcheck.write import append_line

LONGEST = 200
"""Runs of a series that are looked at: the newest."""
_ENOUGH = 8
_BEGIN = b'{"schema_version":'
"""How the line of a run begins, also one that was torn."""


@fact
class History:
    """The readable runs of a file, oldest first, and what was passed over, a line each."""

    runs: tuple[Outcome, ...] = ()
    problems: tuple[str, ...] = ()


@fact
class Run:
    """One point of a series: when, at which commit, and what A took over B."""

    started: str
    commit: str
    dirty: bool
    ratio: Interval


@fact
class Trend:
    """A comparison over time on one machine and profile; `changes` index into `runs`.

    The changes are of the natural logarithm of the ratio.
    """

    newest: Comparison
    runs: tuple[Run, ...]
    changes: tuple[Change, ...]


def read(path: Path) -> History:
    """All runs in the file; one that is not there holds none, one of something else is refused."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return History()
    except OSError as error:
        raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
    if data.strip() and _BEGIN not in data:
        raise BindcheckError("holds no runs of `bindcheck bench`: it is no history", path)
    runs: list[Outcome] = []
    problems: list[str] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            runs.append(from_json(line.decode(errors="replace"), path, number))
        except BindcheckError as error:
            problems.append(f"{error}; passed over")
    return History(tuple(sorted(runs, key=_began)), tuple(problems))


def _began(run: Outcome) -> datetime:
    """When a run began, whatever zone it says; what is no time was long ago."""
    try:
        began = datetime.fromisoformat(run.started)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return began if began.tzinfo else began.replace(tzinfo=UTC)


def add(outcome: Outcome, path: Path) -> None:
    """Append a run; what the file held stays as it is, whatever happens.

    Controls stay out: a comparison says what they found, and the file grows with every run. So does
    what is not measured.
    """
    kept = tuple(one for one in outcome.comparisons if not one.is_control)
    lean = replace(outcome, comparisons=kept, phases=(), unmeasured=())
    append_line(path, to_json(lean, indent=None))


def machine(provenance: Provenance) -> tuple[object, ...]:
    """What two runs have to share, so that their ratios can be set side by side."""
    one = provenance
    return one.crate, one.cpu, one.cores, one.profile, one.rustflags, one.features


def trends(runs: Sequence[Outcome], newest: Outcome) -> tuple[Trend, ...]:
    """How each comparison of the newest run came about, on the same machine and profile."""
    series = _series([*runs, newest], newest)
    own = (one for one in newest.comparisons if not one.is_control)
    return tuple(_trend(series[identity(one)][-LONGEST:]) for one in own)


def run_noise(runs: Sequence[Outcome], newest: Outcome) -> dict[object, tuple[float, int]]:
    """By identity: how much the logarithm of a ratio varies from run to run, and in how many.

    A standard deviation, changes of level apart. A new build lays its code out anew, which no run
    by itself can see. Series of fewer than eight runs say nothing.
    """
    return {
        key: (spread([_mean_log(one) for _, one in points[-LONGEST:]]), len(points[-LONGEST:]))
        for key, points in _series(runs, newest).items()
        if len(points) >= _ENOUGH
    }


_Points = list[tuple[Outcome, Comparison]]


def _series(runs: Iterable[Outcome], newest: Outcome) -> dict[object, _Points]:
    """The comparisons of all runs on the machine of the newest, each run once."""
    wanted = machine(newest.provenance)
    kept = {(one.started, one.provenance): one for one in runs if machine(one.provenance) == wanted}
    series: dict[object, _Points] = {}
    for run in kept.values():
        for one in run.comparisons:
            if not one.is_control:
                series.setdefault(identity(one), []).append((run, one))
    return series


def identity(comparison: Comparison) -> object:
    """What two comparisons have to share to be about the same thing: all but the seed."""
    one = comparison
    return replace(one.case, name="", seed=0), one.sides, one.state, _shared(one)


def _shared(one: Comparison) -> bool:
    """Whether several cores were there for a single call: once all were kept on one."""
    return one.case.kind is Kind.SINGLE and (one.cores or 1) > 1


def _trend(points: Sequence[tuple[Outcome, Comparison]]) -> Trend:
    runs = tuple(
        Run(run.started, run.provenance.commit, run.provenance.dirty, one.ratio)
        for run, one in points
    )
    logs = [_mean_log(one) for _, one in points]
    noise = median(_standard_error(one) for _, one in points)
    return Trend(points[-1][1], runs, changes(logs, noise))


def _mean_log(one: Comparison) -> float:
    return fmean(trial.log_ratio for trial in one.trials)


def _standard_error(one: Comparison) -> float:
    """Of the logarithm of a ratio, which is as good as a share of 1."""
    return one.ratio.reach / one.ratio.value / quantile(0.975, len(one.trials) - 1)


def of_commit(runs: Iterable[Outcome], commit: str) -> tuple[Outcome, ...]:
    """The runs at a commit, newest last."""
    return tuple(one for one in runs if one.provenance.commit == commit)
