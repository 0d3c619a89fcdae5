"""From which size on threads pay: sequential against parallel, both native, over a range of sizes.

The sizes are searched from coarse to fine: first in steps of a factor, then inside the step in
which parallel begins to be faster. Every process gives a crossover of its own by interpolation of
the logarithms; the interval is that of their spread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from bindcheck.analysis.program import Program
from bindcheck.bench.engine import Effort, Engine, Task, check, check_interpreter
from bindcheck.bench.jobs import Pairing, job_of
from bindcheck.bench.native import Wanted
from bindcheck.bench.outcome import Interval
from bindcheck.bench.samples import Case, Kind, Measurement
from bindcheck.bench.side import Built, build_sides
from bindcheck.bench.statistics import exponential, interval, trial
from bindcheck.bench.thresholds import Adjustable, Threshold, adjustable
from bindcheck.crate import Crate
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi, CoreFunction
from bindcheck.prepare import Step

SEQUENTIAL = "native:sequential"
PARALLEL = "native:parallel"
_NEVER = 2**64 - 1
_PAYS = 0.98
"""Parallel pays where it takes less than this share of the sequential time."""
_COARSE = 4.0
_COARSE_S = 2.0
_FINE = 5
_TOLERATED = 1.5


class Judged(StrEnum):
    """What the measurement says of the constant in the source."""

    RIGHT = "right"
    TOO_SMALL = "too small"
    TOO_LARGE = "too large"
    NONE = "no constant"
    OPEN = "cannot tell"


@fact
class Point:
    """Parallel over sequential at one size; `compared` is what the source compares there."""

    cols: int
    compared: int
    ratio: Interval
    sequential_ns: float
    parallel_ns: float


@fact
class Tuning:
    """The result for one indicator and number of threads (None: as many as the crate takes).

    `crossover` counts in the unit of the source's comparison; without one in cells of the result.
    `cost` is what the constant costs at worst, as a share.
    """

    case: Case
    threads: int | None
    points: tuple[Point, ...]
    crossover: Interval | None
    threshold: Threshold | None
    judged: Judged
    cost: float


@fact
class Search:
    """Where to look, and how hard."""

    smallest: int
    largest: int
    effort: Effort
    threads: int | None
    line: int | None


@fact
class Variants:
    """What is built to be tuned."""

    core: CoreApi
    built: Built
    wanted: Wanted
    found: Adjustable | None


def tune(
    program: Program,
    crate: Crate,
    core: CoreApi,
    case: Case,
    search: Search,
    python: str,
    step: Step,
) -> Tuning:
    """Find the crossover of one indicator; a BindcheckError if it has nothing to choose."""
    check_interpreter(python)
    variants = _build(program, crate, core, case.kind, search, python, step)
    points: dict[int, tuple[Point, tuple[float, ...]]] = {}

    def look(sizes: Sequence[int], effort: Effort) -> None:
        tasks = [
            _task(program, crate, variants, replace(case, cols=cols), search) for cols in sizes
        ]
        engine = Engine(python, effort, lambda _, done, total: step(core.name, done, total))
        run = engine.run(tasks)
        check(run)
        for one in run.measurements:
            points[one.case.cols] = _point(one, engine.seen.get(one.case.cols, 0))

    look(
        _spread(search.smallest, search.largest, _COARSE),
        replace(search.effort, seconds=min(_COARSE_S, search.effort.seconds)),
    )
    bracket = _bracket([points[cols][0] for cols in sorted(points)])
    if bracket is not None:
        look(_between(*bracket), search.effort)
    ordered = [points[cols] for cols in sorted(points)]
    return judge(case, search, variants.found, ordered)


# --- building and measuring --------------------------------------------------------------------


def _build(
    program: Program,
    crate: Crate,
    core: CoreApi,
    kind: Kind,
    search: Search,
    python: str,
    step: Step,
) -> Variants:
    function = _function(core, kind)
    found = adjustable(program, function.ref, search.line)
    wanted = Wanted(kind, out=found is None, threads=found is None)
    if found is None and not _takes_threads(core, kind):
        raise BindcheckError(
            f"`{function.name}` compares no size before it works in parallel, and takes no number "
            "of threads: there is nothing to tune"
        )
    files = found.files if found is not None else {}
    built = build_sides(program, crate, [(core, wanted)], python, step, files, "tune")
    if built.refused:
        raise BindcheckError(next(iter(built.refused.values())))
    return Variants(core, built, wanted, found)


def _function(core: CoreApi, kind: Kind) -> CoreFunction:
    several = kind is Kind.BATCH
    candidates = (
        (core.batch_with_kernel, core.batch_inner) if several else (core.with_kernel, core.single)
    )
    found = next((one for one in candidates if one is not None), None)
    if found is None:
        raise BindcheckError(f"`{core.name}` has no core function for a {kind.value} call")
    return found


def _takes_threads(core: CoreApi, kind: Kind) -> bool:
    inner = core.batch_inner_into
    return kind is Kind.BATCH and inner is not None and "threads" in inner.roles


def _task(program: Program, crate: Crate, variants: Variants, case: Case, search: Search) -> Task:
    pairs = (Pairing((PARALLEL, SEQUENTIAL)),)
    made = variants.built.natives[variants.core.name, variants.wanted]
    job = job_of(program, crate, variants.core, case, pairs, made, variants.built.library).job
    native = job.pop("native")
    if variants.found is not None:
        job[SEQUENTIAL] = native | {"threshold": _NEVER}
        job[PARALLEL] = native | {"threshold": 0}
    else:
        # Into one buffer: what allocating and mapping costs is no matter of threads.
        job["case"]["out"] = True
        job[SEQUENTIAL] = native | {"threads": 1}
        job[PARALLEL] = native | {"threads": search.threads or 0}
    environment = {}
    if search.threads is not None and crate.dependency("rayon") is not None:
        environment["RAYON_NUM_THREADS"] = str(search.threads)
    return Task(case, pairs, job | {"cores": 0}, environment)


def _spread(smallest: int, largest: int, factor: float) -> list[int]:
    """Sizes from the smallest to the largest, each about `factor` times the one before."""
    steps = max(1, math.ceil(math.log(largest / smallest, factor)))
    ratio = (largest / smallest) ** (1.0 / steps)
    return sorted({round(smallest * ratio**at) for at in range(steps + 1)})


def _between(low: int, high: int) -> list[int]:
    """Both ends once more, with some sizes between them."""
    ratio = (high / low) ** (1.0 / (_FINE + 1))
    return sorted({round(low * ratio**at) for at in range(_FINE + 2)})


def _point(measurement: Measurement, seen: int) -> tuple[Point, tuple[float, ...]]:
    trials = [trial(one) for one in measurement.processes]
    logs = tuple(one.log_ratio for one in trials)
    case = measurement.case
    point = Point(
        cols=case.cols,
        compared=seen or case.cells,
        ratio=exponential(interval(logs)) if len(logs) > 1 else _exactly(math.exp(logs[0])),
        parallel_ns=sum(one.a_ns for one in trials) / len(trials),
        sequential_ns=sum(one.b_ns for one in trials) / len(trials),
    )
    return point, logs


def _exactly(value: float) -> Interval:
    return Interval(value, value, value)


# --- judging -----------------------------------------------------------------------------------


def _bracket(points: Sequence[Point]) -> tuple[int, int] | None:
    """The step in which parallel begins to pay and goes on doing so."""
    for low, high in reversed(list(pairwise(points))):
        if low.ratio.value > _PAYS >= high.ratio.value:
            return low.cols, high.cols
    return None


def _crossover(points: Sequence[tuple[Point, tuple[float, ...]]]) -> Interval | None:
    """Where the ratio falls through the line, one value per process."""
    rounds = min(len(logs) for _, logs in points)
    found = [_crossing(points, number) for number in range(rounds)]
    values = [one for one in found if one is not None]
    if len(values) < 2 or len(values) < rounds:
        return None
    return exponential(interval(values))


def _crossing(points: Sequence[tuple[Point, tuple[float, ...]]], number: int) -> float | None:
    """The logarithm of the size at which one process crosses the line for the last time."""
    line = math.log(_PAYS)
    sizes = [(math.log(point.compared), logs[number] - line) for point, logs in points]
    for (low, above), (high, below) in reversed(list(pairwise(sizes))):
        if above > 0.0 >= below:
            return low + (high - low) * above / (above - below)
    return None


def judge(
    case: Case,
    search: Search,
    found: Adjustable | None,
    points: Sequence[tuple[Point, tuple[float, ...]]],
) -> Tuning:
    """The crossover out of points with the log ratios of their processes, by ascending size."""
    crossover = _crossover(points)
    threshold = found.threshold if found is not None else None
    only = tuple(point for point, _ in points)
    judged, cost = Judged.NONE, 0.0
    if threshold is not None:
        judged = _judged(threshold.value, crossover, only)
        cost = _cost(threshold.value, only)
    return Tuning(case, search.threads, only, crossover, threshold, judged, cost)


def _judged(value: int | None, crossover: Interval | None, points: Sequence[Point]) -> Judged:
    if value is None:
        return Judged.OPEN
    if crossover is None:
        return _judged_without(value, points)
    if value < crossover.low / _TOLERATED:
        return Judged.TOO_SMALL
    return Judged.TOO_LARGE if value > crossover.high * _TOLERATED else Judged.RIGHT


def _judged_without(value: int, points: Sequence[Point]) -> Judged:
    """Parallel pays at all sizes, or at none: the constant may lie outside of them."""
    if all(point.ratio.high < _PAYS for point in points) and value > points[-1].compared:
        return Judged.TOO_LARGE
    if all(point.ratio.low > _PAYS for point in points) and value < points[-1].compared:
        return Judged.TOO_SMALL
    return Judged.OPEN


def _cost(value: int | None, points: Sequence[Point]) -> float:
    """What is lost at worst at a size where the constant chooses the slower way."""
    if value is None:
        return 0.0
    losses = [0.0]
    for point in points:
        ratio = point.ratio.value
        losses.append(ratio - 1.0 if point.compared >= value else 1.0 / ratio - 1.0)
    return max(losses)
