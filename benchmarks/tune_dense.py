"""Hold `bindcheck tune` against a dense sweep, and against constants that are known to be wrong.

    python benchmarks/tune_dense.py [NAME ..] [--manifest-path FILE] [--features LIST]
        [--sizes 20] [--seconds 4] [--wait 300] [--force] [--output FILE]

For each indicator (default: those of `indicators`), and for `walk` of `benchmarks/calibration`, the
search of the tuner is followed by a sweep over a fine grid of all sizes, by the public command line
and its JSON alone. The crossover of the sweep is found in another way: the ratios of all sizes are
made monotone (pool adjacent violators), and where that curve falls below 0.98 threads pay. Both
must agree within a factor of 1.5, and the interval of the search must reach the crossover of the
sweep within one step of its grid.

Then the constant of `walk`, which is far too large, must be called so. In a copy of that crate it
is set to a sixth of what the sweep has found, to just that, and to six times as much: these must be
called too small, right and too large, each after a search of its own.

Threads pay later on a machine whose cores others use. So each part waits until the machine is idle,
at most `--wait` seconds, and is refused if it is not; `--force` measures all the same, and says so.
Exit status 1 if a mark is missed, 3 if the machine was too busy or too unstable to say.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from code_state import HERE, state_of, surroundings
from idle import wait_until_idle

PAYS = 0.98
WITHIN = 1.5
CROWDED = "other programs"
"""How the reason begins that others used the cores."""
UNSTABLE = 3
_COARSE_S = 2.0
_LOOKED_AT = 6, 7
"""Sizes of the coarse and of the close look of a search."""
_BUILD_S = 45.0
_ROUNDED = 1e-9
_INTERRUPTED = 130
CALIBRATION = HERE / "calibration"
_WALK = "walk"
_WALK_ENDS = 20, 10_000
PLANTED = {"too small": 1.0 / 6.0, "right": 1.0, "too large": 6.0}
"""What a constant has to be called, by its share of the crossover."""
_OPEN = "cannot tell"
_PROCESSES = "--processes", "10"
"""For `walk`, which starts a thread on each call: how long that takes differs between processes."""
_CONSTANT = re.compile(r"(?<=\bconst PARALLEL_FROM: usize = )[\d_]+(?=;)")

Tuning = dict[str, Any]
Part = tuple[str, Callable[[], tuple[bool, str]]]
"""What is held against what, and how: whether the mark is met, and what is told."""


class Unmeasured(Exception):
    """One part has no answer, and why."""


def main() -> int:
    options = _options()
    print(f"about {minutes(options):.0f} minutes, more on a busy machine", file=sys.stderr)
    print(head(options.manifest_path.parent), flush=True)
    kept: dict[str, Tuning] = {}
    statuses = []
    with tempfile.TemporaryDirectory() as folder:
        for what, part in parts(options, kept, Path(folder) / "calibration"):
            try:
                met, told = part()
            except Unmeasured as error:
                statuses.append(UNSTABLE)
                print(f"UNSTABLE  {what}: {error}", flush=True)
            else:
                statuses.append(0 if met else 1)
                print(f"{'PASS' if met else 'FAIL'}  {what}: {told}", flush=True)
            if options.output is not None:
                options.output.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return 1 if 1 in statuses else max(statuses)


def head(crate: Path) -> str:
    """The machine, the versions, and the state of the code that is measured."""
    scripts = [HERE / one for one in ("tune_dense.py", "code_state.py", "idle.py")]
    state = state_of(crate, scripts)
    return "; ".join(
        [surroundings(sys.executable), ", ".join(f"{a} {b}" for a, b in state.items())]
    )


def parts(options: argparse.Namespace, kept: dict[str, Tuning], copy: Path) -> Iterator[Part]:
    """All parts in their order; `copy` is where a changed crate goes."""
    own = ["--manifest-path", str(options.manifest_path), "--features", options.features]
    ends = options.smallest, options.largest
    for name in options.names:
        yield name, partial(_compared, name, own, ends, options, kept)
    walk = ["--manifest-path", str(CALIBRATION / "Cargo.toml"), *_PROCESSES]
    yield _WALK, partial(_compared, _WALK, walk, _WALK_ENDS, options, kept)
    yield "its constant", partial(_constant, kept)
    for called, share in PLANTED.items():
        what = f"a constant that is {called}"
        yield what, partial(_planted, called, share, copy, options, kept)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", default=["alma", "kama", "trendflex"])
    parser.add_argument("--manifest-path", type=Path, default=HERE.parent / "indicators/Cargo.toml")
    parser.add_argument("--features", default="python")
    parser.add_argument("--from", dest="smallest", type=int, default=100)
    parser.add_argument("--to", dest="largest", type=int, default=30_000)
    parser.add_argument("--sizes", type=int, default=20, help="of the sweep")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each size")
    parser.add_argument("--wait", type=float, default=300.0, help="seconds to wait until idle")
    parser.add_argument("--force", action="store_true", help="measure on a busy machine too")
    parser.add_argument("--output", type=Path, help="write all that was measured, as JSON")
    return parser.parse_args()


def minutes(options: argparse.Namespace) -> float:
    """How long all of it takes where calls are short and nothing disturbs."""
    coarse, close = _LOOKED_AT
    search = coarse * min(_COARSE_S, options.seconds) + close * options.seconds
    sweep = options.sizes * options.seconds
    compared, planted = len(options.names) + 1, len(PLANTED)
    measured: float = compared * (search + sweep) + planted * search
    # The dependencies of the copy are built once.
    return (measured + (compared + 2) * _BUILD_S) / 60.0


def _compared(
    name: str,
    crate: Sequence[str],
    ends: tuple[int, int],
    options: argparse.Namespace,
    kept: dict[str, Tuning],
) -> tuple[bool, str]:
    """One indicator: whether the search and the sweep agree."""
    searched = _tune(options, name, *crate, *_between(ends))
    kept[f"{name}, search"] = searched
    grid = ",".join(map(str, spread(*ends, options.sizes)))
    swept = _tune(options, name, *crate, "--sizes", grid)
    kept[f"{name}, sweep"] = swept
    return compared(searched, swept)


def _between(ends: tuple[int, int]) -> list[str]:
    return ["--from", str(ends[0]), "--to", str(ends[1])]


def compared(searched: Tuning, swept: Tuning) -> tuple[bool, str]:
    """Whether both agree, and what they say."""
    if searched["unstable"] is not None:
        raise Unmeasured(f"search: {searched['unstable']}")
    # The sweep is judged by its ratios alone: what the tuner makes of them does not matter, but
    # whether others used the cores does.
    if (swept["unstable"] or "").startswith(CROWDED):
        raise Unmeasured(f"sweep: {swept['unstable']}")
    dense = dense_crossover(swept)
    at = searched["crossover"]
    if at is None and dense is None:
        raise Unmeasured(f"no crossover at these sizes{_doubts(searched, swept)}")
    sweep = f"sweep of {len(swept['points'])} sizes {_shown(dense)}"
    if at is None or dense is None:
        found = None if at is None else at["value"]
        return False, f"search {_shown(found)}, {sweep}{_doubts(searched, swept)}"
    met, told = held(at, dense, _step(swept, dense))
    search = f"search {at['value']:,.0f} ({at['low']:,.0f} to {at['high']:,.0f})"
    return met, f"{search}, {sweep}{told}{_doubts(searched, swept)}"


def dense_crossover(swept: Tuning) -> float | None:
    """What the sweep says."""
    return crossover([(one["compared"], one["ratio"]) for one in swept["points"]])


def held(at: dict[str, float], dense: float, step: float) -> tuple[bool, str]:
    """Whether a crossover with its interval is right, where the sweep goes in steps of a factor."""
    factor = max(at["value"] / dense, dense / at["value"])
    beyond = max(at["low"] / dense, dense / at["high"], 1.0)
    told = "holds it" if beyond == 1.0 else f"misses it by a factor of {beyond:.2f} (<= {step:.2f})"
    met = factor <= WITHIN and beyond <= step
    return met, f", factor {factor:.2f} (<= {WITHIN}); the interval {told}"


def _step(swept: Tuning, dense: float) -> float:
    """The factor between the two sizes of the sweep around its crossover."""
    sizes: list[int] = [one["compared"] for one in swept["points"]]
    return next(high / low for low, high in pairwise(sizes) if dense <= high * (1.0 + _ROUNDED))


def _constant(kept: dict[str, Tuning]) -> tuple[bool, str]:
    """The constant of the calibration crate as it is."""
    if f"{_WALK}, search" not in kept:
        raise Unmeasured(f"there is no search of {_WALK}")
    return constant(kept[f"{_WALK}, search"], "too large")


def _planted(
    called: str, share: float, copy: Path, options: argparse.Namespace, kept: dict[str, Tuning]
) -> tuple[bool, str]:
    """The constant set to a share of the crossover: whether it is called what it is."""
    swept = kept.get(f"{_WALK}, sweep")
    dense = None if swept is None else dense_crossover(swept)
    if dense is None:
        raise Unmeasured(f"the sweep of {_WALK} has no crossover")
    value = round(share * dense)
    plant(copy, value)
    crate = ["--manifest-path", str(copy / "Cargo.toml"), *_PROCESSES]
    found = _tune(options, _WALK, *crate, *_between(_WALK_ENDS))
    kept[f"{_WALK}, {called}"] = found
    met, told = constant(found, called)
    return met and found["threshold"]["value"] == value, f"planted {value:,}; {told}"


def plant(copy: Path, value: int) -> None:
    """Make a copy of the calibration crate, if there is none, and set its constant."""
    if not copy.exists():
        shutil.copytree(CALIBRATION, copy, ignore=shutil.ignore_patterns("target"))
    source = copy / "src/walk.rs"
    text, number = _CONSTANT.subn(f"{value}", source.read_text(encoding="utf-8"))
    if number != 1:
        raise SystemExit(f"{source}: PARALLEL_FROM is set {number} times")
    source.write_text(text, encoding="utf-8")


def constant(found: Tuning, called: str) -> tuple[bool, str]:
    """Whether the constant is called what it is, and what is said of it."""
    value, at, between = found["threshold"]["value"], found["crossover"], found["between"]
    if between is not None and found["judged"] != _OPEN:
        told = (
            f"{value:,} is called {found['judged']}; threads pay from somewhere in {_ends(between)}"
        )
        return found["judged"] == called, told
    if found["unstable"] is not None:
        raise Unmeasured(found["unstable"])
    pays = found["pays"] if at is None else f"from {at['value']:,.0f}"
    told = f"{value:,} is called {found['judged']}; threads pay: {pays}{_doubts(found)}"
    return found["judged"] == called, told


def _ends(between: dict[str, float]) -> str:
    return f"{between['low']:,.0f} to {between['high']:,.0f}"


def _doubts(*tunings: Tuning) -> str:
    """What was doubtful of an answer that was forced."""
    doubts = sorted({one["doubts"] or one["unstable"] for one in tunings} - {None})
    return f" (NOT IDLE: {'; '.join(doubts)})" if doubts else ""


def spread(smallest: int, largest: int, count: int) -> list[int]:
    """Sizes in steps of one factor."""
    ratio = (largest / smallest) ** (1.0 / (count - 1))
    return sorted({round(smallest * ratio**at) for at in range(count)})


def crossover(points: Sequence[tuple[int, float]]) -> float | None:
    """Where the ratio, made to fall only, falls through the line; None if it does not."""
    line = math.log(PAYS)
    logs = monotone([math.log(ratio) for _, ratio in points])
    sizes = [math.log(size) for size, _ in points]
    for (low, above), (high, below) in pairwise(zip(sizes, logs, strict=True)):
        if above > line >= below:
            return math.exp(low + (high - low) * (above - line) / (above - below))
    return None


def monotone(values: Sequence[float]) -> list[float]:
    """The nearest sequence (least squares) that never rises."""
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-1][0] > pools[-2][0]:
            (last, some), (before, more) = pools.pop(), pools.pop()
            pools.append(((last * some + before * more) / (some + more), some + more))
    return [value for value, count in pools for _ in range(count)]


def _shown(size: float | None) -> str:
    return "none" if size is None else f"{size:,.0f}"


def _tune(options: argparse.Namespace, *arguments: str) -> Tuning:
    """The JSON of one run of the command line, on an idle machine."""
    others = None if options.force else wait_until_idle(options.wait)
    if others is not None and others.disturb:
        raise Unmeasured(f"the machine is not idle: others use {others.cores:.1f} cores")
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "result.json"
        command = [
            *(sys.executable, "-m", "bindcheck", "tune", *arguments),
            *("--seconds", str(options.seconds), *(["--force"] if options.force else [])),
            *("--output-format", "json", "--output-file", str(output)),
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode == _INTERRUPTED:
            raise KeyboardInterrupt
        if not output.exists():
            raise Unmeasured(f"tune ended with {run.returncode}:\n{run.stderr}")
        [found] = json.loads(output.read_text(encoding="utf-8"))["tunings"]
    result: Tuning = found
    return result


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
