"""Hold `bindcheck bench` against costs of known size.

    python benchmarks/bench_calibration.py [--trials 50] [--seconds 2.4] [--idle | --busy]
        [--output FILE] [--resume] [--only WORD ..] [--force]

A trial is one run of the command line with five fresh processes; it must take five seconds at most,
from its start to its end. A trial at the gate is two such runs, each nearly as long as it may be,
the first of which serves two of them; one of the copy or of the fixed cost is a run over four
sizes, with as much for each. Only that command line and its JSON are used, on the crate in
`benchmarks/calibration`, whose library is built once for each of its two indicators. In each round
there is one trial of

- A/A: a call against itself, Python and native, of about 6 µs and about 1 ms: is the ratio within
  0.15 % of 1, and is a difference told at a margin of 0.3 %? Then again beside a process that
  computes all the time;
- planted slow-downs of 0.5 % and 1 %: are they found at that margin, and how far is the estimate
  off? Once a call with planted work beside the same call without it (python/peer). Once a binding
  that became slower: python/native, held by `--compare --fail-over` against a run of the round in
  which nothing was planted. The work is a chain of multiplications whose time per unit a program of
  the crate (`examples/units.rs`) measures by itself right before each trial;
- a gate with nothing to find (`--only "nothing planted"`): each run against the one before, of the
  same library, and of one that is built anew with other code before the timed function, by
  `build.rs`. At which limits does it fail?
- in the first rounds: a planted fixed cost of 500 ns. Before all: a planted copy of the result,
  which should come out as 8 bytes per element.

Every trial is kept in a file as soon as it is made, with what other programs did meanwhile;
`--resume` goes on after the last one, if nothing has changed since the first: the commit, digests
of the tool, of the crate and of this script, the machine and the versions of rustc, Python and
NumPy are kept with the trials. `--judge` only judges
the trials of `--output`, and writes nothing. A command without result is made again by `--resume`,
and listed; more than two of them miss a mark. Exit status: 1 if a mark is missed, 3 if the machine
was not idle to begin with (`--force` measures all the same).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from calibration_gates import gates
from calibration_marks import Mark, Trial, call_times, idleness, of_all, table
from calibration_series import (
    CALLS,
    COPY_LONGER,
    CRATE,
    GATE_LONGER,
    LONGER,
    Bench,
    NotMeasured,
    Series,
    Setup,
    all_series,
    build_units,
    size_for,
)
from code_state import HERE, differences, state_of, surroundings
from idle import wait_until_idle

_NOT_IDLE = 3
_INTERRUPTED = 130
_SECONDS = 2.4
_STARTING_S = 0.6
"""Of one command: reading the crate, asking cargo, starting processes."""
_HOPELESS = 3
"""Commands without result in a row after which it is no use to go on."""
_RETRIES = 2
"""Commands without result, made again, that may be something else than the tool's fault."""


@dataclass(slots=True)
class Kept:
    """All trials so far, in a file that is always whole."""

    path: Path
    setup: dict[str, Any]
    trials: list[Trial] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    lost_in_a_row: int = 0

    def write(self) -> None:
        """Replace the file."""
        beside = self.path.with_name(f"{self.path.name}.new")
        beside.write_text(json.dumps(self.as_data(), indent=1), encoding="utf-8")
        os.replace(beside, self.path)

    def as_data(self) -> dict[str, Any]:
        """What the file holds."""
        return {
            "setup": self.setup,
            "trials": [asdict(one) for one in self.trials],
            "failures": self.failures,
            "marks": [asdict(one) for one in self.marks],
        }


def main() -> int:
    options = _options()
    series = chosen(every_series(options.trials, options.sweeps), options)
    if not series:
        raise SystemExit("--only: no series has such a name")
    if options.judge:
        return _shown(series, _found(options.output))
    kept = _continued(options.output, options) if options.resume else None
    options.output.parent.mkdir(parents=True, exist_ok=True)
    found = None if options.force else wait_until_idle(options.wait)
    if found is not None and found.disturb:
        _say(
            f"the machine is not idle: others use {found.cores:.2f} cores, the host takes "
            f"{found.stolen:.2f}; --wait SECONDS waits for it, --force measures all the same"
        )
        return _NOT_IDLE
    if kept is None:
        try:
            kept = Kept(options.output, _setup(options))
        except NotMeasured as error:
            raise SystemExit(str(error)) from error
        _set_aside(options.output)
    _say(f"{left(series, kept)}; all trials are kept in {kept.path}")
    measured = kept.setup
    bench = Bench(Setup(measured["seconds"], measured["python"], measured["sizes"]))
    _say("building ..")
    build_units()
    stopped = False
    try:
        _measure(series, bench, kept, time.monotonic() + 60.0 * options.minutes)
    except KeyboardInterrupt:
        stopped = True
    return _finish(series, kept, stopped=stopped)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--sweeps", type=int, default=10, help="trials of the copy and the 500 ns")
    parser.add_argument("--seconds", type=float, help="of a trial of a short call (default: 2.4)")
    parser.add_argument("--python", help="interpreter with NumPy (default: this one)")
    parser.add_argument("--output", type=Path, default=CRATE / "target/calibration.json")
    parser.add_argument("--resume", action="store_true", help="go on with the trials of --output")
    parser.add_argument("--judge", action="store_true", help="only judge the trials of --output")
    parser.add_argument("--only", nargs="*", help="only series whose names hold one of the words")
    parser.add_argument("--minutes", type=float, default=75.0, help="then stop, and judge so far")
    parser.add_argument("--wait", type=float, default=300.0, help="seconds to wait until idle")
    parser.add_argument("--force", action="store_true", help="measure on a machine that is not")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--idle", action="store_true", help="only without a busy process beside")
    which.add_argument("--busy", action="store_true", help="only with a busy process beside")
    return parser.parse_args()


def every_series(trials: int, sweeps: int) -> list[Series]:
    """All that there is, those last for which the library is built again and again."""
    return [*all_series(trials, sweeps), *gates(trials)]


def chosen(series: Sequence[Series], options: argparse.Namespace) -> list[Series]:
    """The series that were asked for."""
    return [
        one
        for one in series
        if not (options.idle and one.busy)
        and not (options.busy and not one.busy)
        and (not options.only or any(word in one.name for word in options.only))
    ]


def read(path: Path) -> Kept | None:
    """The trials of a run that was stopped; None if there is no file."""
    if not path.exists():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    # Older files do not say how many cases a command had.
    cases = {one.name: one.cases for one in every_series(1, 1)}
    trials = [
        Trial(**({"cases": cases.get(one["series"], 1)} | one | {"load": tuple(one["load"])}))
        for one in data["trials"]
    ]
    return Kept(path, data["setup"], trials, data["failures"])


def _found(path: Path) -> Kept:
    kept = read(path)
    if kept is None:
        raise SystemExit(f"{path}: no such file")
    return kept


def _continued(path: Path, options: argparse.Namespace) -> Kept | None:
    """The trials to go on with: those of the same code and setup; None if there is no file."""
    kept = read(path)
    for name in ("seconds", "python"):
        given = getattr(options, name)
        if kept is not None and given is not None and given != kept.setup.get(name):
            raise SystemExit(
                f"{path} holds trials with --{name} {kept.setup.get(name)}: leave out --{name}, or "
                "measure anew into another --output"
            )
    changed = []
    if kept is not None:
        now = _state(kept.setup.get("python", sys.executable))
        changed = differences(kept.setup.get("state", {}), now)
    if changed:
        raise SystemExit(
            f"{path} holds trials of another state ({'; '.join(changed)}): measure anew into "
            "another --output, or judge what there is with --judge"
        )
    return kept


def _set_aside(path: Path) -> None:
    """An hour of trials is not replaced by the first new one."""
    if path.exists():
        earlier = path.with_name(f"{path.name}.earlier")
        os.replace(path, earlier)
        _say(f"the trials that {path} held are in {earlier.name} now")


def _state(python: str) -> dict[str, str]:
    scripts = (
        "bench_calibration.py",
        "calibration_series.py",
        "calibration_marks.py",
        "calibration_gates.py",
        "code_state.py",
        "idle.py",
    )
    made = state_of(CRATE, [HERE / one for one in scripts])
    return made | {"machine": surroundings(python)}


# --- measuring ---------------------------------------------------------------------------------


def _setup(options: argparse.Namespace) -> dict[str, Any]:
    """Finds how long inputs have to be."""
    seconds, python = options.seconds or _SECONDS, options.python or sys.executable
    quick = Bench(Setup(seconds, python, {})).build("walk")
    return {
        "seconds": seconds,
        "python": python,
        "sizes": {name: size_for(wanted, quick) for name, wanted in CALLS.items()},
        "provenance": quick.result["provenance"],
        "state": _state(python),
    }


def _measure(series: Sequence[Series], bench: Bench, kept: Kept, end: float) -> None:
    """All of one indicator, then all of the next, so that each is built once."""
    for indicator, anew in dict.fromkeys((one.indicator, one.anew) for one in series):
        bench.build(indicator)
        mine = [one for one in series if (one.indicator, one.anew) == (indicator, anew)]
        for number in range(max(one.trials for one in mine)):
            if not _round(mine, bench, kept, number, end):
                return


def _round(series: Sequence[Series], bench: Bench, kept: Kept, number: int, end: float) -> bool:
    """A trial of each, so that a run that ends early has some of everything; whether to go on."""
    done = {(one.series, one.number) for one in kept.trials}
    due = [one for one in series if number < one.trials and (one.name, number) not in done]
    if due:
        _say(f"{series[0].indicator}, round {number + 1}: {left(series, kept)}")
    for one in due:
        if time.monotonic() > end:
            _say(f"the time is over (--minutes); --resume goes on with {kept.path}")
            return False
        if kept.lost_in_a_row == _HOPELESS:
            _say(f"{_HOPELESS} commands in a row had no result: stopped")
            return False
        _trial(one, bench, kept, number)
    return True


def _trial(one: Series, bench: Bench, kept: Kept, number: int) -> None:
    """Makes and keeps one trial."""
    try:
        kept.trials.append(one.measure(bench, one.name, number))
        kept.lost_in_a_row = 0
    except NotMeasured as error:
        kept.failures.append(f"{one.name}, round {number + 1}: {error}")
        kept.lost_in_a_row += 1
        _say(kept.failures[-1])
    finally:
        kept.write()


def left(series: Sequence[Series], kept: Kept) -> str:
    """What is still to be done, and how long that takes."""
    done = {(one.series, one.number) for one in kept.trials}
    missing = [one for one in series for at in range(one.trials) if (one.name, at) not in done]
    seconds = kept.setup["seconds"]
    takes = sum(one.commands * (_STARTING_S + one.cases * one.longer * seconds) for one in missing)
    return f"{len(missing)} trials to go, about {max(1, round(takes / 60.0))} minutes"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _finish(series: Sequence[Series], kept: Kept, *, stopped: bool) -> int:
    """Judge what there is, and show it."""
    kept.marks = list(judged(series, kept.trials, kept.failures))
    kept.write()
    status = _shown(series, kept)
    if stopped:
        _say(f"interrupted; --resume goes on with {kept.path}")
        return _INTERRUPTED
    return status


def _shown(series: Sequence[Series], kept: Kept) -> int:
    """Print what all trials say; 1 if a mark is missed."""
    marks = list(judged(series, kept.trials, kept.failures))
    print(head(kept))
    print(table(marks), end="")
    for line in call_times(of_series(series, kept.trials)):
        print(line)
    lost = failed(series, kept.failures)
    print(f"commands without result, made again: {len(lost)}")
    print("".join(f"  {one.splitlines()[0]}\n" for one in lost), end="")
    for busy in (False, True):
        names = {one.name for one in series if one.busy is busy}
        trials = [one for one in kept.trials if one.series in names]
        if trials:
            where = "beside the busy process, which does not count, " if busy else ""
            print(f"{where}{idleness(trials)}")
    return 0 if all(mark.met for mark in marks) else 1


def judged(
    series: Sequence[Series], trials: Sequence[Trial], failures: Sequence[str] = ()
) -> Iterator[Mark]:
    """All marks: those of each series, and those of all trials."""
    mine: list[Trial] = []
    for one in series:
        found = [trial for trial in trials if trial.series == one.name]
        mine += found
        if found:
            yield from one.marks(one.name, found)
    made, *others = of_all(mine, sum(one.trials for one in series))
    lost = len(failed(series, failures))
    if lost:
        told = f"{made.found} (commands without result: {lost})"
        made = replace(made, found=told, met=made.met and lost <= _RETRIES)
    yield made
    yield from others


def of_series(series: Sequence[Series], trials: Sequence[Trial]) -> list[Trial]:
    """The trials of some series, in their order."""
    return [trial for one in series for trial in trials if trial.series == one.name]


def failed(series: Sequence[Series], failures: Sequence[str]) -> list[str]:
    """The commands of some series that had no result, each with its reason."""
    names = tuple(f"{one.name}, round " for one in series)
    return [one for one in failures if one.startswith(names)]


def head(kept: Kept) -> str:
    """On what, with what, and how."""
    what = kept.setup["provenance"]
    sizes = ", ".join(f"{name}: {size} values" for name, size in kept.setup["sizes"].items())
    lengths = {**LONGER, "the gate": GATE_LONGER, "copy, each size": COPY_LONGER}
    longer = [f"{name}: {times:g} times" for name, times in lengths.items() if times != 1.0]
    return (
        f"{what['cpu']}, {what['cores']} cores, {what['kernel']}; Python {what['python']}, NumPy "
        f"{what['numpy']}, {what['rustc']}; {_code(kept.setup)}\n"
        f"a trial: 5 fresh processes, {kept.setup['seconds']:g} s ({', '.join(longer)}); {sizes}"
    )


def _code(setup: dict[str, Any]) -> str:
    """The code that made the trials, as far as their file tells."""
    state = setup.get("state")
    if state is None:
        dirty = " with changes" if setup["provenance"]["dirty"] else ""
        return f"commit {setup['provenance']['commit'][:12]}{dirty}, the tool's own state not kept"
    commit, _, changes = state["commit"].partition(" ")
    digests = ", ".join(f"{name} {state[name]}" for name in ("tool", "crate", "script"))
    return f"commit {' '.join(filter(None, (commit[:12], changes)))}, {digests}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
