"""The trials of `bench_calibration.py`: command lines of `bindcheck bench`, and what they tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from calibration_marks import MARGIN, Marks, Trial, controls, copied, differs, fixed, slowed
from idle import Others, Watch

CRATE = Path(__file__).resolve().parent / "calibration"
PEER = "bindcheck_calibration:walk(data, period, 0)"
CALLS = {"6 µs": 6_000.0, "1 ms": 1_000_000.0}
SHARES = (0.005, 0.01)
FIXED_NS = 500.0
UNITS = "BINDCHECK_CALIBRATION_UNITS"
LAYOUT = "BINDCHECK_CALIBRATION_LAYOUT"
_SIDES = ("python", "native")
_FIRST_SIZE = 10_000
LONGER = {"6 µs": 1.0, "1 ms": 1.35}
"""Times as long: fewer long calls fit into a second."""
GATE_LONGER = 1.5
"""Two runs do not share what differs from one to the next: they get all the time there is."""
COPY_LONGER = 1.6
COPY_SIZES = (1_000, 10_000, 100_000, 1_000_000)
FIXED_SIZES = (100, 1_000, 3_000, 10_000)


class NotMeasured(Exception):
    """One command had no result; the others may have."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How trials are run. `seconds`: of a short call; `sizes`: of the inputs of `CALLS`."""

    seconds: float
    python: str
    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """One command: its JSON, its exit status, how long it took, and what others did."""

    result: Mapping[str, Any]
    status: int
    wall_s: float
    others: Others

    def comparison(self) -> dict[str, Any]:
        """The only one."""
        [found] = self.result["comparisons"]
        return dict(found)


@dataclass(slots=True)
class Bench:
    """Runs the command line; `baselines`: runs of this round that others are held against.

    `layout`: how many functions that nobody calls are built before the timed one; `before`: the run
    before, of calls into which nothing is planted.
    """

    setup: Setup
    baselines: dict[tuple[str, int], Run] = field(default_factory=dict)
    layout: int = 0
    before: dict[tuple[str, bool], Run] = field(default_factory=dict)

    def run(
        self,
        *arguments: str,
        longer: float = 1.0,
        busy: bool = False,
        units: int = 0,
        earlier: Mapping[str, Any] | None = None,
    ) -> Run:
        """One run; `units` is what the environment plants, `earlier` are results for a gate."""
        with tempfile.TemporaryDirectory() as folder:
            output, baseline = Path(folder) / "result.json", Path(folder) / "baseline.json"
            seconds = str(longer * self.setup.seconds)
            command = [*self._command(output), "--seconds", seconds, *arguments]
            if earlier is not None:
                baseline.write_text(json.dumps(earlier), encoding="utf-8")
                command += ["--compare", str(baseline), "--fail-over", f"{MARGIN:.1%}"]
            watch, began = Watch(), time.monotonic()
            with neighbour(wanted=busy):
                done = subprocess.run(
                    command,
                    capture_output=True,
                    text=True,
                    check=False,
                    env=os.environ | {UNITS: str(units), LAYOUT: str(self.layout)},
                )
                wall_s = time.monotonic() - began
            if not output.exists():
                raise NotMeasured(f"bench ended with {done.returncode}:\n{done.stderr}")
            result = json.loads(output.read_text(encoding="utf-8"))
        if result["troubles"]:
            raise NotMeasured(f"bench could not measure: {result['troubles'][0]['reason']}")
        return Run(result, done.returncode, wall_s, watch.others())

    def _command(self, output: Path) -> list[str]:
        return [
            *(sys.executable, "-m", "bindcheck", "bench"),
            *("--single", "--no-control", "--no-history", "--processes", "5"),
            *("--margin", f"{MARGIN:.1%}", "--python", self.setup.python),
            *("--manifest-path", str(CRATE / "Cargo.toml")),
            *("--output-format", "json", "--output-file", str(output)),
        ]

    def build(self, indicator: str, layout: int = 0) -> Run:
        """A quick run, so that no trial has to compile."""
        self.layout = layout
        size = str(_FIRST_SIZE)
        return self.run(indicator, "--sizes", size, "--pair", "native/native", longer=0.5)

    def baseline(self, call: str, number: int) -> Run:
        """The binding without planted work, measured once for each round."""
        key = call, number
        if key not in self.baselines:
            self.baselines = {one: run for one, run in self.baselines.items() if one[1] == number}
            self.baselines[key] = self.against_native(call)
        return self.baselines[key]

    def against_native(
        self, call: str, units: int = 0, earlier: Mapping[str, Any] | None = None
    ) -> Run:
        """The binding that the environment slows down, beside its core."""
        size = str(self.setup.sizes[call])
        arguments = ("walk", "--sizes", size, "--pair", "python/native")
        return self.run(*arguments, longer=GATE_LONGER, units=units, earlier=earlier)


@contextmanager
def neighbour(*, wanted: bool) -> Iterator[None]:
    """A process that computes all the time, if wanted."""
    if not wanted:
        yield
        return
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def build_units() -> None:
    """Compile the program that measures a unit of planted work."""
    command = ["cargo", "build", "--quiet", "--release", "--locked", "--example", "units"]
    subprocess.run(command, cwd=CRATE, check=True)


def unit_ns() -> float:
    """How long a unit of planted work takes, by a program that knows nothing of bindcheck."""
    folder = Path(os.environ.get("CARGO_TARGET_DIR", CRATE / "target"))
    command = [str(folder / "release/examples/units")]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def size_for(wanted_ns: float, quick: Run) -> int:
    """How long the input is for a call of about `wanted_ns`, from what `Bench.build` measured."""
    took: float = quick.comparison()["a_ns"]
    return round(_FIRST_SIZE * wanted_ns / took)


# --- series ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Series:
    """Trials of one kind. `measure` makes one out of the name and its number.

    `cases`: how many one command measures; `commands`: how many a trial takes on average;
    `longer`: times as long as a trial of a short call; `anew`: each trial has a library of its own.
    """

    name: str
    indicator: str
    measure: Callable[[Bench, str, int], Trial]
    marks: Marks
    trials: int
    cases: int = 1
    commands: float = 1.0
    longer: float = 1.0
    busy: bool = False
    anew: bool = False


def all_series(trials: int, sweeps: int) -> list[Series]:
    """Every series, in the order of a round: on the idle machine, then beside a busy process."""
    return [
        Series(
            "planted copy", "copied", _copy, copied, sweeps, len(COPY_SIZES), longer=COPY_LONGER
        ),
        *(_control(call, side, trials) for call in CALLS for side in _SIDES),
        *(_slowed(call, share, trials) for call in CALLS for share in SHARES),
        *(_gated(call, share, trials) for call in CALLS for share in SHARES),
        *(_control(call, side, trials, busy=True) for call in CALLS for side in _SIDES),
        Series("planted 500 ns", "walk", _fixed, fixed, sweeps, len(FIXED_SIZES)),
    ]


def _control(call: str, side: str, trials: int, *, busy: bool = False) -> Series:
    name = f"A/A {side}, {call}{', one busy process beside' if busy else ''}"
    made = partial(_itself, call, side, busy)
    return Series(name, "walk", made, controls, trials, longer=LONGER[call], busy=busy)


def _slowed(call: str, share: float, trials: int) -> Series:
    name = f"planted {share:.1%}, {call}, python/peer"
    made = partial(_beside_peer, call, share)
    return Series(name, "walk", made, slowed, trials, longer=LONGER[call])


def _gated(call: str, share: float, trials: int) -> Series:
    name = f"gate between two runs, planted {share:.1%}, {call}, python/native"
    made = partial(_at_gate, call, share)
    # A baseline is shared by the shares.
    commands = 1.0 + 1.0 / len(SHARES)
    return Series(name, "walk", made, slowed, trials, commands=commands, longer=GATE_LONGER)


def _itself(call: str, side: str, busy: bool, bench: Bench, name: str, number: int) -> Trial:
    size = str(bench.setup.sizes[call])
    arguments = ("walk", "--sizes", size, "--pair", f"{side}/{side}")
    run = bench.run(*arguments, longer=LONGER[call], busy=busy)
    one = run.comparison()
    made = trial(name, number, run, one["ratio"], 0.0, found=differs(one))
    return replace(made, verdict=one["verdict"])


def _beside_peer(call: str, share: float, bench: Bench, name: str, number: int) -> Trial:
    """A call with planted work beside the same call without it."""
    unit = unit_ns()
    units = round(share * CALLS[call] / unit)
    run = bench.run(
        *("walk", "--sizes", str(bench.setup.sizes[call]), "--param", f"work={units}"),
        *("--pair", "python/peer", "--peer", PEER),
        longer=LONGER[call],
    )
    one = run.comparison()
    planted = units * unit / one["b_ns"]
    return trial(name, number, run, one["ratio"], planted, found=one["verdict"] == "slower")


def _at_gate(call: str, share: float, bench: Bench, name: str, number: int) -> Trial:
    """A binding that became slower: its ratio to the native call, against that of before."""
    before = bench.baseline(call, number)
    unit = unit_ns()
    units = round(share * CALLS[call] / unit)
    run = bench.against_native(call, units, before.result)
    then, now = before.comparison(), run.comparison()
    scale = then["ratio"]["value"]
    change = {key: now["ratio"][key] / scale for key in ("value", "low", "high")}
    planted = units * unit / then["a_ns"]
    made = trial(name, number, run, change, planted, found=run.status == 1)
    return replace(made, before_s=before.wall_s)


def _copy(bench: Bench, name: str, number: int) -> Trial:
    sizes = ",".join(map(str, COPY_SIZES))
    run = bench.run("copied", "--sizes", sizes, "--pair", "python/native", longer=COPY_LONGER)
    [fit] = run.result["fits"]
    if fit["copied_bytes"] is None:
        raise NotMeasured("no copy was measured beside the calls")
    made = trial(name, number, run, fit["copied_bytes"], 8.0, found=True)
    return replace(made, called=fit["copied_whole"] or 0)


def _fixed(bench: Bench, name: str, number: int) -> Trial:
    unit = unit_ns()
    units = round(FIXED_NS / unit)
    run = bench.run(
        *("walk", "--sizes", ",".join(map(str, FIXED_SIZES)), "--param", f"work={units}"),
        *("--pair", "python/peer", "--peer", PEER),
    )
    [fit] = run.result["fits"]
    return trial(name, number, run, fit["fixed_ns"], units * unit, found=True)


def trial(
    name: str, number: int, run: Run, interval: Mapping[str, float], planted: float, *, found: bool
) -> Trial:
    """A trial out of a run."""
    comparisons = run.result["comparisons"]
    return Trial(
        series=name,
        number=number,
        value=interval["value"],
        low=interval["low"],
        high=interval["high"],
        found=found,
        planted=planted,
        wall_s=run.wall_s / len(comparisons),
        processes=min(len(one["trials"]) for one in comparisons),
        disturbed=run.others.disturb,
        others=run.others.cores,
        stolen=run.others.stolen,
        load=run.others.load,
        cases=len(comparisons),
        call_ns=comparisons[0]["a_ns"] if len(comparisons) == 1 else 0.0,
    )
