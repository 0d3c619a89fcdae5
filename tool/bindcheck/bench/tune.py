"""From which size on threads pay: sequential against parallel, both native, over a range of sizes.

The sizes are searched from coarse to fine: first in steps of a factor, then inside the step in
which parallel begins to be faster. Every process gives a crossover of its own by interpolation of
the logarithms; the interval is that of their spread, and not below the step between two sizes.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence

from bindcheck.analysis.program import Program
from bindcheck.bench.copies import Copy
from bindcheck.bench.crossover import (
    FEWEST_PROCESSES,
    Logs,
    Lost,
    Point,
    Tuning,
    bracket,
    broken_off,
    judge,
    own_choice,
)
from bindcheck.bench.effort import Effort
from bindcheck.bench.engine import Engine, Run, Task, check, check_interpreter
from bindcheck.bench.jobs import Pairing, job_of, usable_cores
from bindcheck.bench.opening import remarks
from bindcheck.bench.samples import Case, Kind, Measurement
from bindcheck.bench.side import Built, build_sides
from bindcheck.bench.statistics import exponential, interval, trial
from bindcheck.bench.thresholds import Adjustable, Looked, find_threshold
from bindcheck.bench.tree import in_tree, workspace_root
from bindcheck.bench.wanted import Wanted
from bindcheck.crate import Crate
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi, CoreFunction
from bindcheck.prepare import Step

SEQUENTIAL = "native:sequential"
PARALLEL = "native:parallel"
_NEVER = 2**31 - 1
"""All sizes are below it, none is below 0: those that are as large are left out.

It is positive in every type that a size may be compared in."""
_FAILED = ("returned an error", "panicked")
_COARSE = 4.0
_COARSE_S = 2.0
_FINE = 5


@fact
class Search:
    """Where to look, and how hard: at `sizes`, else from the smallest to the largest.

    `force`: answer although other programs use the cores. `line` and `column`: of the comparison.
    """

    smallest: int
    largest: int
    effort: Effort
    threads: int | None
    line: int | None
    sizes: tuple[int, ...] = ()
    force: bool = False
    column: int | None = None


@fact
class Tuned:
    """What was found, and who ended the search before there was an answer."""

    tuning: Tuning
    end: KeyboardInterrupt | None = None


@fact
class Variants:
    """What is built to be tuned. `sequential`: the way without threads, where a flag chooses it.

    `passed`: comparisons that decide about threads and cannot be set, in words.
    """

    core: CoreApi
    built: Built
    wanted: Wanted
    found: Adjustable | None
    sequential: Wanted | None = None
    passed: tuple[str, ...] = ()


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
    variants = _build(program, crate, core, case.kind, search, python, step)
    search, notes = _settable(search, variants)
    notes = (*notes, *remarks(variants.built.opened))
    points: dict[int, tuple[Point, Logs]] = {}
    lost: dict[int, Lost] = {}

    def look(sizes: Sequence[int], effort: Effort) -> KeyboardInterrupt | None:
        tasks = [_task(program, crate, variants, _at(case, cols), search) for cols in sizes]
        lengths = {one.case.name: one.case.cols for one in tasks}
        engine = Engine(python, effort, lambda _, done, total: step(core.name, done, total))
        run = _about_constant(engine.run(tasks), variants.found)
        for one in run.measurements:
            cols, seen = one.case.cols, engine.seen.get(one.case.cols, 0)
            if seen >= _NEVER and variants.found is not None:
                lost[cols] = Lost(cols, _too_large(seen))
            else:
                _keep(points, _point(one, seen))
        for failure in run.failures:
            lost[lengths[failure.case]] = Lost(lengths[failure.case], failure.reason)
        if run.end is None and not points:
            check(run)
            raise BindcheckError(f"no size has a result: {next(iter(lost.values())).reason}")
        return run.end

    end = _look_everywhere(look, points, search)
    ordered = [points[cols] for cols in sorted(points)]
    if end is not None and not ordered:
        raise end
    if end is not None:
        found = broken_off(case, search.threads, variants.found, [one for one, _ in ordered])
    else:
        cores = min(search.threads or usable_cores(), usable_cores())
        found = judge(case, search.threads, cores, variants.found, ordered, force=search.force)
    chosen = own_choice(found.points, found.threshold)
    notes = (*notes, *([] if chosen is None else [chosen]))
    lengths_lost = tuple(lost[cols] for cols in sorted(lost))
    found = replace(found, lost=lengths_lost, notes=notes, passed=variants.passed)
    return Tuned(found, end)


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
    if variants.found is None and variants.sequential is None:
        return replace(search, threads=_number(search)), ()
    if search.threads is None or variants.found is None or variants.found.pooled:
        return search, ()
    told = (
        "--threads was left out: the core starts threads of its own, and no parameter and no pool "
        "takes their number"
    )
    return replace(search, threads=None), (told,)


def _at(case: Case, cols: int) -> Case:
    """The case at another length, by a name of its own."""
    return replace(case, cols=cols, name=f"{case.name} at length {cols}")


def _look_everywhere(
    look: Callable[[Sequence[int], Effort], KeyboardInterrupt | None],
    points: Mapping[int, tuple[Point, Logs]],
    search: Search,
) -> KeyboardInterrupt | None:
    """From coarse to fine, or at the sizes that were given; who ended it before, if so."""
    if search.sizes:
        return look(search.sizes, search.effort)
    quick = replace(search.effort, seconds=min(_COARSE_S, search.effort.seconds))
    end = look(_spread(search.smallest, search.largest, _COARSE), quick)
    found = bracket([points[cols][0] for cols in sorted(points)])
    return end if end is not None or found is None else look(_between(*found), search.effort)


def _keep(points: dict[int, tuple[Point, Logs]], new: tuple[Point, Logs]) -> None:
    """The later look at a size is the closer one, unless it was broken off at once."""
    old = points.get(new[0].cols)
    if old is None or new[0].processes >= min(old[0].processes, FEWEST_PROCESSES):
        points[new[0].cols] = new


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
    looked = find_threshold(program, function.ref, search.line, search.column)
    wanted, sequential = _wanted(program, core, kind, function, looked)
    found = None if wanted.out else looked.found
    ways = [(core, one) for one in (wanted, sequential) if one is not None]
    copies = () if found is None else (_settable_copy(crate, found),)
    built = build_sides(program, crate, ways, python, step, copies, "tune")
    if built.refused:
        raise BindcheckError(next(iter(built.refused.values())))
    return Variants(core, built, wanted, found, sequential, looked.passed)


def _settable_copy(crate: Crate, found: Adjustable) -> Copy:
    """The copy of the file, if it is one of those that are built."""
    place = found.threshold.location
    if not in_tree(crate, place.path):
        raise BindcheckError(
            f"`{found.threshold.text}` lies outside of the workspace {workspace_root(crate)}, of "
            "which alone a copy is built, in which a size can be set: tune it in its own workspace",
            place.path,
            place.line,
        )
    return found.copy


def _wanted(
    program: Program,
    core: CoreApi,
    kind: Kind,
    function: CoreFunction,
    looked: Looked,
) -> tuple[Wanted, Wanted | None]:
    """How the core is called: with another constant or number of threads, or with another flag.

    A constant that is not known to decide comes last.
    """
    constant = Wanted(kind, threads="threads" in function.roles)
    found = looked.found
    if found is not None and (found.threshold.threads_above is not None or found.threshold.chosen):
        return constant, None
    told = _told(program, core, kind)
    if told is not None:
        return told
    if found is not None:
        return constant, None
    raise NothingToDoError(_nothing(function, looked))


def _told(program: Program, core: CoreApi, kind: Kind) -> tuple[Wanted, Wanted | None] | None:
    """The ways of a core that takes a number of threads, or a flag."""
    # Into one buffer: what allocating and mapping costs is no matter of threads.
    if kind is Kind.BATCH and core.batch_inner_into is not None:
        if "threads" in core.batch_inner_into.roles:
            return Wanted(kind, out=True, threads=True), None
        if _has_flag(program, core.batch_inner_into):
            return Wanted(kind, out=True), Wanted(kind, out=True, parallel=False)
    return None


def _nothing(function: CoreFunction, looked: Looked) -> str:
    """Why there is nothing to tune."""
    if looked.passed:
        return (
            f"`{function.name}` compares no size with a constant before it works in parallel, as "
            f"far as can be read, but {'; '.join(looked.passed)}: choose one with --line LINE"
        )
    name = function.name
    what = f"no comparison of a size was found before `{name}` works in parallel, and it"
    if not looked.parallel:
        sections = "no parallel iterator, `rayon::join` or `thread::scope` on its way"
        what = f"`{name}` starts no threads ({sections}), and"
    return f"{what} takes neither a number of threads nor a flag for them: there is nothing to tune"


def _has_flag(program: Program, function: CoreFunction) -> bool:
    """Whether a function can be told to work in parallel; a flag with an underscore is not read."""
    params = program.function(function.ref).params
    named = zip(params, function.roles, strict=True)
    return any(role == "parallel" and not one.name.startswith("_") for one, role in named)


def _function(core: CoreApi, kind: Kind) -> CoreFunction:
    several = kind is Kind.BATCH
    candidates = (
        (core.batch_with_kernel, core.batch_inner) if several else (core.with_kernel, core.single)
    )
    found = next((one for one in candidates if one is not None), None)
    if found is None:
        raise BindcheckError(f"`{core.name}` has no core function for a {kind.value} call")
    return found


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
    else:
        job["case"]["out"] = True
        job[SEQUENTIAL] = native | {"threads": 1}
        job[PARALLEL] = native
    if variants.sequential is not None:
        job[SEQUENTIAL] |= {"symbol": built.natives[core.name, variants.sequential].symbol}
    environment = {}
    if search.threads is not None:
        environment["RAYON_NUM_THREADS"] = str(search.threads)
    return Task(case, pairs, job | {"cores": 0}, environment)


def _number(search: Search) -> int:
    """How many threads a core is told to use: all that there are, if nobody says."""
    return search.threads or usable_cores() or os.cpu_count() or 1


def _spread(smallest: int, largest: int, factor: float) -> list[int]:
    """Sizes from the smallest to the largest, each about `factor` times the one before."""
    steps = max(1, math.ceil(math.log(largest / smallest, factor)))
    ratio = (largest / smallest) ** (1.0 / steps)
    return sorted({round(smallest * ratio**at) for at in range(steps + 1)})


def _between(low: int, high: int) -> list[int]:
    """Both ends once more, with some sizes between them."""
    ratio = (high / low) ** (1.0 / (_FINE + 1))
    return sorted({round(low * ratio**at) for at in range(_FINE + 2)})


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
        parallel_ns=sum(one.a_ns for one in trials) / len(trials),
        sequential_ns=sum(one.b_ns for one in trials) / len(trials),
        free_cores=_free(measurement),
    )
    return point, logs


def _free(measurement: Measurement) -> float | None:
    free = [one.free_cores for one in measurement.processes if one.free_cores is not None]
    return sum(free) / len(free) if free else None
