"""Hold `bindcheck tune` against a dense sweep, and against a constant that is known to be wrong.

    python benchmarks/tune_dense.py [NAME ..] [--manifest-path FILE] [--features LIST]
        [--sizes 20] [--seconds 4] [--wait 300] [--force] [--output FILE]

For each indicator (default: those of `indicators`) the search of the tuner is followed by a sweep
over a fine grid of all sizes, by the public command line and its JSON alone. The crossover of the
sweep is found in another way: the ratios of all sizes are made monotone (pool adjacent violators),
and where that curve falls below 0.98 threads pay. Both must agree within a factor of 1.5.

Then the planted constant of `benchmarks/calibration`, which is far too large, must be called so.

Threads pay later on a machine whose cores others use. So each part waits until the machine is idle,
at most `--wait` seconds, and is refused if it is not; `--force` measures all the same, and says so.
Exit status 1 if a mark is missed, 3 if the machine was too busy or too unstable to say.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from idle import wait_until_idle

HERE = Path(__file__).resolve().parent
PAYS = 0.98
WITHIN = 1.5
CROWDED = "other programs"
"""How the reason begins that others used the cores."""
UNSTABLE = 3
_COARSE_S = 2.0
_LOOKED_AT = 6, 7
"""Sizes of the coarse and of the close look of a search."""
_BUILD_S = 45.0
_INTERRUPTED = 130

Tuning = dict[str, Any]


class Unmeasured(Exception):
    """One part has no answer, and why."""


def main() -> int:
    options = _options()
    print(f"about {minutes(options):.0f} minutes, more on a busy machine", file=sys.stderr)
    kept: dict[str, Tuning] = {}
    statuses = []
    for name in (*options.names, None):
        what = "planted constant" if name is None else name
        try:
            met, told = _planted(options, kept) if name is None else _compared(name, options, kept)
        except Unmeasured as error:
            statuses.append(UNSTABLE)
            print(f"UNSTABLE  {what}: {error}", flush=True)
        else:
            statuses.append(0 if met else 1)
            print(f"{'PASS' if met else 'FAIL'}  {what}: {told}", flush=True)
        if options.output is not None:
            options.output.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return 1 if 1 in statuses else max(statuses)


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
    parts: float = len(options.names) * (search + sweep) + search
    return (parts + (len(options.names) + 1) * _BUILD_S) / 60.0


def _compared(name: str, options: argparse.Namespace, kept: dict[str, Tuning]) -> tuple[bool, str]:
    """One indicator: whether the search and the sweep agree."""
    crate = ["--manifest-path", str(options.manifest_path), "--features", options.features]
    searched = _tune(options, name, *crate, *_ends(options))
    kept[f"{name}, search"] = searched
    grid = ",".join(map(str, spread(options.smallest, options.largest, options.sizes)))
    swept = _tune(options, name, *crate, "--sizes", grid)
    kept[f"{name}, sweep"] = swept
    return compared(searched, swept)


def _ends(options: argparse.Namespace) -> list[str]:
    return ["--from", str(options.smallest), "--to", str(options.largest)]


def compared(searched: Tuning, swept: Tuning) -> tuple[bool, str]:
    """Whether both agree, and what they say."""
    if searched["unstable"] is not None:
        raise Unmeasured(f"search: {searched['unstable']}")
    # The sweep is judged by its ratios alone: what the tuner makes of them does not matter, but
    # whether others used the cores does.
    if (swept["unstable"] or "").startswith(CROWDED):
        raise Unmeasured(f"sweep: {swept['unstable']}")
    dense = crossover([(one["compared"], one["ratio"]) for one in swept["points"]])
    found = None if searched["crossover"] is None else searched["crossover"]["value"]
    if found is None and dense is None:
        raise Unmeasured(f"no crossover at these sizes{_doubts(searched, swept)}")
    told = f"search {_shown(found)}, sweep of {len(swept['points'])} sizes {_shown(dense)}"
    if found is not None and dense is not None:
        told += f", factor {max(found / dense, dense / found):.2f} (<= {WITHIN})"
    return agree(found, dense), f"{told}{_doubts(searched, swept)}"


def _planted(options: argparse.Namespace, kept: dict[str, Tuning]) -> tuple[bool, str]:
    """The constant of the calibration crate: whether it is called too large."""
    crate = ["--manifest-path", str(HERE / "calibration/Cargo.toml")]
    found = _tune(options, "walk", *crate, *_ends(options))
    kept["planted constant"] = found
    return constant(found)


def constant(found: Tuning) -> tuple[bool, str]:
    """Whether the constant is called too large, and what is said of it."""
    if found["unstable"] is not None:
        raise Unmeasured(found["unstable"])
    value, at = found["threshold"]["value"], found["crossover"]
    pays = found["pays"] if at is None else f"from {at['value']:,.0f}"
    told = f"{value:,} is called {found['judged']}; threads pay: {pays}{_doubts(found)}"
    return found["judged"] == "too large", told


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


def agree(found: float | None, dense: float | None) -> bool:
    """Whether there are both, the same within the factor."""
    if found is None or dense is None:
        return False
    return max(found / dense, dense / found) <= WITHIN


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
