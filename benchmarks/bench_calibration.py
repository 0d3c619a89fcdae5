"""Hold `bindcheck bench` against costs of known size.

    python benchmarks/bench_calibration.py [--trials 50] [--busy] [--json FILE] [--only WORD ..]

A trial is one run of the command line with five fresh processes and five seconds. Only that and its
JSON are used, on the crate in `benchmarks/calibration`. Measured are

- A/A: a call against itself, Python and native, of about 6 µs and about 1 ms: how many of the
  ratios lie within 0.15 % of 1, and how many trials see a difference at a margin of 0.3 %;
- planted slow-downs of 0.5 % and 1 %: in how many trials they are found at that margin, and how far
  the estimate is off. The planted work is a chain of multiplications whose time per unit a program
  of the crate measures by itself (`cargo run --example units`), before and after each series;
- a planted copy of the result, which should come out as 8 bytes per element;
- a planted fixed cost of 500 ns.

`--busy` keeps another process computing beside each trial. Exit status 1 if a mark is missed.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

CRATE = Path(__file__).resolve().parent / "calibration"
MARGIN = 0.003
WITHIN = 0.0015
PEER = "bindcheck_calibration:walk(data, period, 0)"
CALLS = {"6 µs": 6_000.0, "1 ms": 1_000_000.0}


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the result."""

    name: str
    found: str
    wanted: str
    met: bool


@dataclass(frozen=True, slots=True)
class Setup:
    """How trials are run."""

    trials: int
    seconds: float
    python: str
    busy: bool


def main() -> int:
    options = _options()
    setup = Setup(options.trials, options.seconds, options.python, options.busy)
    marks: list[Mark] = []
    sizes = {name: _size(setup, wanted) for name, wanted in CALLS.items()}
    for name, run in _series(setup, sizes):
        if not options.only or any(word in name for word in options.only):
            for mark in run():
                print(_line(mark), flush=True)
                marks.append(mark)
    if options.json:
        texts = [asdict(mark) for mark in marks]
        options.json.write_text(json.dumps({"setup": asdict(setup), "marks": texts}, indent=2))
    return 0 if marks and all(mark.met for mark in marks) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5.0, help="of one trial")
    parser.add_argument("--python", default=sys.executable, help="interpreter with NumPy")
    parser.add_argument("--busy", action="store_true", help="with a busy process beside")
    parser.add_argument("--json", type=Path, help="write the marks to a file too")
    parser.add_argument("--only", nargs="*", help="only series whose names hold one of the words")
    return parser.parse_args()


def _series(setup: Setup, sizes: dict[str, int]) -> Iterator[tuple[str, Callable[[], list[Mark]]]]:
    for call, size in sizes.items():
        for side in ("python", "native"):
            yield f"A/A {side} {call}", partial(_controls, setup, side, call, size)
        for share in (0.005, 0.01):
            yield f"planted {share:.1%} {call}", partial(_planted, setup, share, call, size)
    yield "copy", partial(_copy, setup)
    yield "fixed", partial(_fixed, setup)


# --- series ------------------------------------------------------------------------------------


def _controls(setup: Setup, side: str, call: str, size: int) -> list[Mark]:
    found = [
        _only(_bench(setup, "walk", "--sizes", str(size), "--pair", f"{side}/{side}"))
        for _ in range(setup.trials)
    ]
    ratios = [one["ratio"]["value"] for one in found]
    near = sum(abs(ratio - 1.0) <= WITHIN for ratio in ratios)
    alarms = sum(one["verdict"] in ("slower", "faster") for one in found)
    spread = statistics.pstdev(ratios) if len(ratios) > 1 else 0.0
    name = f"A/A {side}, {call}"
    wanted = math.ceil(0.95 * len(found))
    return [
        Mark(
            f"{name}: ratios within {WITHIN:.2%} of 1",
            f"{near} of {len(found)} (spread {spread:.3%})",
            f"at least {wanted}",
            near >= wanted,
        ),
        Mark(
            f"{name}: false alarms at {MARGIN:.1%}",
            f"{alarms} of {len(found)}",
            f"at most {max(1, len(found) // 50)}",
            alarms <= max(1, len(found) // 50),
        ),
    ]


def _planted(setup: Setup, share: float, call: str, size: int) -> list[Mark]:
    before = _unit_ns()
    units = round(share * CALLS[call] / before)
    found = [_planted_once(setup, size, units) for _ in range(setup.trials)]
    unit = statistics.fmean((before, _unit_ns()))
    seen = sum(one["verdict"] == "slower" for one in found)
    errors = []
    for one in found:
        planted = units * unit / one["b_ns"]
        allowed = max(0.0015, planted / 5)
        errors.append(abs(one["ratio"]["value"] - 1.0 - planted) / allowed)
    wanted = math.ceil(0.95 * len(found))
    close = sum(error <= 1.0 for error in errors)
    median = statistics.median(one["ratio"]["value"] - 1.0 for one in found)
    planted = statistics.median(units * unit / one["b_ns"] for one in found)
    name = f"planted {planted:.2%}, {call}"
    return [
        Mark(f"{name}: found", f"{seen} of {len(found)}", f"at least {wanted}", seen >= wanted),
        Mark(
            f"{name}: within 0.15 points or a fifth",
            f"{close} of {len(found)} (median {median:.3%})",
            f"at least {wanted}",
            close >= wanted,
        ),
    ]


def _planted_once(setup: Setup, size: int, units: int) -> dict[str, Any]:
    return _only(
        _bench(
            setup, "walk", "--sizes", str(size), "--param", f"work={units}",
            "--pair", "python/peer", "--peer", PEER,
        )
    )  # fmt: skip


def _copy(setup: Setup) -> list[Mark]:
    found = _bench(setup, "copied", "--sizes", "1e3,1e4,1e5,1e6", "--pair", "python/native")
    [fit] = found["fits"]
    bytes_copied = fit["copied_bytes"]
    return [
        Mark(
            "planted copy of the result: bytes per element",
            _interval(bytes_copied, 1.0),
            "8, rounded",
            round(bytes_copied["value"]) == 8,
        )
    ]


def _fixed(setup: Setup) -> list[Mark]:
    unit = _unit_ns()
    units = round(500.0 / unit)
    found = _bench(
        setup, "walk", "--sizes", "100,300,1e3,3e3,1e4", "--param", f"work={units}",
        "--pair", "python/peer", "--peer", PEER,
    )  # fmt: skip
    [fit] = found["fits"]
    planted = units * unit
    fixed = fit["fixed_ns"]
    return [
        Mark(
            f"planted fixed cost of {planted:.0f} ns",
            _interval(fixed, 1.0),
            "within 20 %",
            abs(fixed["value"] - planted) <= 0.2 * planted,
        )
    ]


# --- commands ----------------------------------------------------------------------------------


def _bench(setup: Setup, *arguments: str) -> dict[str, Any]:
    """The JSON of one run of the command line."""
    with tempfile.TemporaryDirectory() as folder, _neighbour(setup.busy):
        output = Path(folder) / "result.json"
        command = [
            *(sys.executable, "-m", "bindcheck", "bench", *arguments),
            *("--single", "--no-control", "--no-history", "--processes", "5"),
            *("--seconds", str(setup.seconds), "--margin", f"{MARGIN:.1%}"),
            *("--python", setup.python, "--manifest-path", str(CRATE / "Cargo.toml")),
            *("--output-format", "json", "--output-file", str(output)),
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if not output.exists():
            raise SystemExit(f"bench ended with {run.returncode}:\n{run.stderr}")
        result: dict[str, Any] = json.loads(output.read_text())
    if result["troubles"]:
        raise SystemExit(f"bench could not measure: {result['troubles'][0]['reason']}")
    return result


@contextmanager
def _neighbour(wanted: bool) -> Iterator[None]:
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


def _only(result: dict[str, Any]) -> dict[str, Any]:
    [comparison] = result["comparisons"]
    found: dict[str, Any] = comparison
    return found


def _unit_ns() -> float:
    command = ["cargo", "run", "--quiet", "--release", "--locked", "--example", "units"]
    run = subprocess.run(command, cwd=CRATE, capture_output=True, text=True, check=True)
    return float(run.stdout)


def _size(setup: Setup, wanted_ns: float) -> int:
    """How long the input is for a call of about `wanted_ns`."""
    quick = Setup(1, 1.0, setup.python, busy=False)
    took = _only(_bench(quick, "walk", "--sizes", "10000", "--pair", "native/native"))["a_ns"]
    return int(10_000 * wanted_ns / took)


def _interval(interval: dict[str, float], scale: float) -> str:
    low, high = interval["low"] / scale, interval["high"] / scale
    return f"{interval['value'] / scale:.2f} ({low:.2f} to {high:.2f})"


def _line(mark: Mark) -> str:
    sign = "met   " if mark.met else "MISSED"
    return f"{sign} {mark.name}: {mark.found}; wanted: {mark.wanted}"


if __name__ == "__main__":
    sys.exit(main())
