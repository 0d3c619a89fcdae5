"""From which size on threads pay: sequential against parallel, both native, over a range of sizes.

The sizes are searched from coarse to fine (`looks`). Every process gives a crossover of its own by
interpolation of the logarithms; the interval is that of their spread, and not below the step
between two sizes.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Sequence

from bindcheck.analysis.program import Program
from bindcheck.bench.crossover import (
    FEWEST_PROCESSES,
    Logs,
    Lost,
    Point,
    Tuning,
    broken_off,
    judge,
    own_choice,
)
from bindcheck.bench.effort import Effort
from bindcheck.bench.engine import Engine, Run, Task, check, check_interpreter
from bindcheck.bench.jobs import Pairing, job_of, usable_cores, values_of
from bindcheck.bench.looks import Search, look_everywhere
from bindcheck.bench.neighbours import mean_busy
from bindcheck.bench.opening import remarks
from bindcheck.bench.samples import Case, Measurement
from bindcheck.bench.statistics import exponential, geometric_mean, interval, trial
from bindcheck.bench.thresholds import Adjustable
from bindcheck.bench.variants import Variants, variants_of
from bindcheck.crate import Crate
from bindcheck.errors import NothingToDoError
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi
from bindcheck.prepare import Step

SEQUENTIAL = "native:sequential"
PARALLEL = "native:parallel"
_NEVER = 2**31 - 1
"""All sizes are below it, none is below 0: those that are as large are left out.

It is positive in every type that a size may be compared in."""
_FAILED = ("returned an error", "panicked")
_LEFT_OUT = "left out: --budget"
"""How the engine begins to tell that there was no time for a size."""
_POOL = "RAYON_NUM_THREADS"


@fact
class Tuned:
    """What was found, and who ended the search before there was an answer.

    `whole`: all sizes were measured that were asked for. `seconds`: what measuring took.
    `versions`: Python and NumPy of the processes.
    """

    tuning: Tuning
    end: KeyboardInterrupt | None = None
    whole: bool = True
    seconds: float = 0.0
    versions: tuple[str, str] = ("", "")


def tune(
    program: Program,
    crate: Crate,
    core: CoreApi,
    case: Case,
    search: Search,
    python: str,
    step: Step,
) -> Tuned:
    """Find the crossover of one indicator; a BindcheckError if it has nothing to choose.

    An interrupt ends it: what was measured by then is the result, without an answer.
    """
    check_interpreter(python)
    variants = variants_of(program, crate, core, case.kind, search, python, step)
    search, notes = _settable(search, variants)
    notes = (*notes, *remarks(variants.built.opened))
    began = time.monotonic()

    def task(cols: int) -> Task:
        return _task(program, crate, variants, _at(case, cols), search)

    looking = _Looking(task, variants.found, core.name, python, step)
    end = look_everywhere(looking.look, looking.points, search)
    ordered = looking.ordered()
    if end is not None and not ordered:
        raise end
    if end is not None:
        found = broken_off(case, search.threads, variants.found, [one for one, _ in ordered])
    else:
        cores = min(search.threads or usable_cores(), usable_cores())
        found = judge(case, search.threads, cores, variants.found, ordered, force=search.force)
    chosen = own_choice(found.points, found.threshold)
    found = replace(
        found,
        lost=tuple(looking.lost[cols] for cols in sorted(looking.lost)),
        notes=(*notes, *([] if chosen is None else [chosen])),
        passed=variants.passed,
        threads_used=_used(search, variants),
        cores=usable_cores() or None,
    )
    whole = end is None and not looking.left_out
    return Tuned(found, end, whole, time.monotonic() - began, looking.versions)


class _Looking:
    """Measures sizes, and keeps what they gave."""

    def __init__(
        self,
        task: Callable[[int], Task],
        found: Adjustable | None,
        name: str,
        python: str,
        step: Step,
    ):
        self.task = task
        self.found = found
        self.name = name
        self.python = python
        self.step = step
        self.points: dict[int, Point] = {}
        self.logs: dict[int, Logs] = {}
        self.lost: dict[int, Lost] = {}
        self.left_out = False
        self.versions = ("", "")

    def look(self, sizes: Sequence[int], effort: Effort) -> KeyboardInterrupt | None:
        """Measure these sizes; who ended it before all were, if so."""
        tasks = [self.task(cols) for cols in sizes]
        lengths = {one.case.name: one.case.cols for one in tasks}
        engine = Engine(
            self.python, effort, lambda _, done, total: self.step(self.name, done, total)
        )
        run = _told(engine.run(tasks), self.found)
        for one in run.measurements:
            self._measured(one, engine.seen.get(one.case.cols, 0))
        for failure in run.failures:
            cols = lengths[failure.case]
            self.lost[cols] = Lost(cols, failure.reason)
        self.left_out |= run.interrupted
        self.versions = engine.versions if any(engine.versions) else self.versions
        if run.end is None and not self.points:
            check(run)
            raise NothingToDoError(f"no size has a result: {next(iter(self.lost.values())).reason}")
        return run.end

    def _measured(self, one: Measurement, seen: int) -> None:
        cols = one.case.cols
        if seen >= _NEVER and self.found is not None:
            self.lost[cols] = Lost(cols, _too_large(seen))
            return
        point, logs = _point(one, seen)
        old = self.points.get(cols)
        # The later look at a size is the closer one, unless it was broken off at once.
        if old is None or point.processes >= min(old.processes, FEWEST_PROCESSES):
            self.points[cols], self.logs[cols] = point, logs

    def ordered(self) -> list[tuple[Point, Logs]]:
        """What was measured, by ascending size."""
        return [(self.points[cols], self.logs[cols]) for cols in sorted(self.points)]


def _told(run: Run, found: Adjustable | None) -> Run:
    """Failures in the words of a search."""
    told = (
        replace(one, reason="there was no time for it in --budget")
        if one.reason.startswith(_LEFT_OUT)
        else one
        for one in run.failures
    )
    return _about_constant(replace(run, failures=tuple(told)), found)


def _about_constant(run: Run, found: Adjustable | None) -> Run:
    """Failures of calls say that a constant was set, which may decide about something else too."""
    if found is None:
        return run
    place = found.threshold.location
    told = (
        f"; `{found.threshold.text}` at {place.path}:{place.line} is set so that it is never "
        "reached, or always: if it is no size from which on threads start, choose with --line"
    )
    failures = (
        replace(one, reason=f"{one.reason}{told}") if one.reason.endswith(_FAILED) else one
        for one in run.failures
    )
    return replace(run, failures=tuple(failures))


def _too_large(seen: int) -> str:
    return (
        f"the source compares {seen:,} there, and from {_NEVER:,} on both sides would work the "
        "same way: choose a smaller --to, or fewer --rows"
    )


def _settable(search: Search, variants: Variants) -> tuple[Search, tuple[str, ...]]:
    """Without a number of threads, where nothing takes it: a result must not be called by it."""
    flag = variants.switch is not None and not variants.switch.counts
    if variants.found is None and variants.sequential is None and not flag:
        return replace(search, threads=_number(search)), ()
    if search.threads is None or variants.sequential is not None or _takes_number(variants):
        return search, ()
    told = (
        "--threads was left out: the core starts threads of its own, or has a pool of its own, and "
        "no parameter takes their number"
    )
    return replace(search, threads=None), (told,)


def _at(case: Case, cols: int) -> Case:
    """The case at another length, by a name of its own."""
    return replace(case, cols=cols, name=f"{case.name} at length {cols}")


def _takes_number(variants: Variants) -> bool:
    """Whether a parameter of the core, or the pool, is told how many threads to use."""
    return _is_told(variants) or variants.pooled


def _is_told(variants: Variants) -> bool:
    """Whether a parameter of the core is told how many threads to use."""
    return variants.wanted.threads or (variants.switch is not None and variants.switch.counts)


def _used(search: Search, variants: Variants) -> int | None:
    """How many threads the parallel way has; None where the core starts threads of its own."""
    if _is_told(variants):
        return _number(search)
    if not variants.pooled:
        return None
    said = os.environ.get(_POOL, "")
    pool = int(said) if said.isdecimal() else 0
    return search.threads or pool or usable_cores() or None


# --- measuring ---------------------------------------------------------------------------------


def _task(program: Program, crate: Crate, variants: Variants, case: Case, search: Search) -> Task:
    pairs = (Pairing((PARALLEL, SEQUENTIAL)),)
    core, built = variants.core, variants.built
    made, number = built.natives[core.name, variants.wanted], _number(search)
    prepared = job_of(program, crate, core, case, pairs, made, built.library, threads=number)
    job = prepared.job
    native = job.pop("native")
    if variants.found is not None:
        is_cap = variants.found.threshold.threads_above is False
        large, small = (SEQUENTIAL, PARALLEL) if is_cap else (PARALLEL, SEQUENTIAL)
        job[small] = native | {"threshold": _NEVER}
        job[large] = native | {"threshold": 0}
    elif variants.switch is not None:
        ways = (variants.switch.sequential(case), variants.switch.parallel(case, number))
        for side, way in zip((SEQUENTIAL, PARALLEL), ways, strict=True):
            job[side] = native | {"values": values_of(made, way)}
    else:
        job["case"]["out"] = True
        job[SEQUENTIAL] = native | {"threads": 1}
        job[PARALLEL] = native
    if variants.sequential is not None:
        job[SEQUENTIAL] |= {"symbol": built.natives[core.name, variants.sequential].symbol}
    environment = {}
    if search.threads is not None:
        environment[_POOL] = str(search.threads)
    return Task(case, pairs, job | {"cores": 0}, environment)


def _number(search: Search) -> int:
    """How many threads a core is told to use: all that there are, if nobody says."""
    return search.threads or usable_cores() or os.cpu_count() or 1


def _point(measurement: Measurement, seen: int) -> tuple[Point, Logs]:
    trials = [trial(one) for one in measurement.processes]
    logs = tuple(one.log_ratio for one in trials)
    case = measurement.case
    several = len(logs) >= FEWEST_PROCESSES
    point = Point(
        cols=case.cols,
        compared=seen or case.cells,
        ratio=math.exp(sum(logs) / len(logs)),
        interval=exponential(interval(logs)) if several else None,
        processes=len(logs),
        parallel_ns=geometric_mean(one.a_ns for one in trials),
        sequential_ns=geometric_mean(one.b_ns for one in trials),
        free_cores=_free(measurement),
        busy=mean_busy([one.busy for one in measurement.processes]),
    )
    return point, logs


def _free(measurement: Measurement) -> float | None:
    free = [one.free_cores for one in measurement.processes if one.free_cores is not None]
    return sum(free) / len(free) if free else None
