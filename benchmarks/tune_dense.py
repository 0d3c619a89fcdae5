"""Hold `bindcheck tune` against a dense sweep, and against a constant that is known to be wrong.

    python benchmarks/tune_dense.py [NAME ..] [--manifest-path FILE] [--features LIST] [--sizes 24]

For each indicator (default: those of `indicators`) the search of the tuner is followed by a sweep
over a fine grid of all sizes, by the public command line and its JSON alone. The crossover of the
sweep is found in another way: the ratios of all sizes are made monotone (pool adjacent violators),
and where that curve falls below 0.98 threads pay. Both must agree within a factor of 1.5.

Then the planted constant of `benchmarks/calibration`, which is far too large, must be called so.

Exit status 1 if a mark is missed, 3 if the machine was too busy to say.
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

HERE = Path(__file__).resolve().parent
PAYS = 0.98
WITHIN = 1.5
UNSTABLE = 3


def main() -> int:
    options = _options()
    crate = ["--manifest-path", str(options.manifest_path), "--features", options.features]
    statuses = [_compared(name, crate, options) for name in options.names]
    statuses.append(_planted(options))
    return max(statuses)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", default=["alma", "kama", "trendflex"])
    parser.add_argument("--manifest-path", type=Path, default=HERE.parent / "indicators/Cargo.toml")
    parser.add_argument("--features", default="python")
    parser.add_argument("--from", dest="smallest", type=int, default=100)
    parser.add_argument("--to", dest="largest", type=int, default=100_000)
    parser.add_argument("--sizes", type=int, default=24, help="of the sweep")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each size")
    return parser.parse_args()


def _compared(name: str, crate: Sequence[str], options: argparse.Namespace) -> int:
    """One indicator: 0 if the search and the sweep agree."""
    seconds = ["--seconds", str(options.seconds)]
    ends = ["--from", str(options.smallest), "--to", str(options.largest)]
    searched = _tune(name, *crate, *seconds, *ends)
    grid = ",".join(map(str, spread(options.smallest, options.largest, options.sizes)))
    swept = _tune(name, *crate, *seconds, "--sizes", grid)
    for one in (searched, swept):
        if one["unstable"] is not None:
            print(f"{name}: too unstable: {one['unstable']}", flush=True)
            return UNSTABLE
    dense = crossover([(one["compared"], one["ratio"]["value"]) for one in swept["points"]])
    found = searched["crossover"]["value"] if searched["crossover"] is not None else None
    met = agree(found, dense)
    sign = "met   " if met else "MISSED"
    print(f"{sign} {name}: search {_shown(found)}, sweep {_shown(dense)}", flush=True)
    return 0 if met else 1


def _planted(options: argparse.Namespace) -> int:
    """The constant of the calibration crate: 0 if it is called too large."""
    crate = ["--manifest-path", str(HERE / "calibration/Cargo.toml")]
    found = _tune("walk", *crate, "--seconds", str(options.seconds))
    if found["unstable"] is not None:
        print(f"planted constant: too unstable: {found['unstable']}")
        return UNSTABLE
    met = found["judged"] == "too large"
    print(f"{'met   ' if met else 'MISSED'} planted constant: {found['judged']}")
    return 0 if met else 1


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
    """Whether both are the same within the factor, or there is neither."""
    if found is None or dense is None:
        return found is dense
    return max(found / dense, dense / found) <= WITHIN


def _shown(size: float | None) -> str:
    return "none" if size is None else f"{size:,.0f}"


def _tune(*arguments: str) -> dict[str, Any]:
    """The JSON of one run of the command line."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "result.json"
        command = [
            *(sys.executable, "-m", "bindcheck", "tune", *arguments),
            *("--output-format", "json", "--output-file", str(output)),
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if not output.exists():
            raise SystemExit(f"tune ended with {run.returncode}:\n{run.stderr}")
        [found] = json.loads(output.read_text())["tunings"]
    result: dict[str, Any] = found
    return result


if __name__ == "__main__":
    sys.exit(main())
