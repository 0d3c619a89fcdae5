"""From indicators and axes to a `Session`: cases, one build, fresh processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.bench.crossing import with_crossings
from bindcheck.bench.effort import Effort, lengthened, refuse_small_budget
from bindcheck.bench.engine import Engine, Observe, Task, check, check_interpreter
from bindcheck.bench.fits import shorter_inputs
from bindcheck.bench.jobs import Pairing, job_of, threads_environment
from bindcheck.bench.opening import remarks
from bindcheck.bench.parallel import starts_threads, works_in_parallel
from bindcheck.bench.phased import phased_tasks
from bindcheck.bench.plain import listed, others_called
from bindcheck.bench.provenance import provenance
from bindcheck.bench.pythoncall import entry_of, takes_kernel
from bindcheck.bench.samples import NATIVE, PEER, PYTHON, Asked, Failure, Session, State
from bindcheck.bench.side import Built, build_sides, way_of
from bindcheck.bench.subjects import Selection, Subject
from bindcheck.bench.threadcount import Threads, threads_of
from bindcheck.crate import Crate
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact, replace
from bindcheck.load import Inputs
from bindcheck.prepare import Step


@fact
class Request:
    """What is measured of each case.

    `pairs` None is Python against native, with both A/A controls if `controls`. `peers` are
    texts `module:function(..)`, each measured against Python. `threads_asked`: a person gave one
    number of threads for all calls, also for those that start none. `written` are files that the
    results go to.
    """

    python: str
    effort: Effort
    states: tuple[State, ...] = (State.RECYCLED,)
    controls: bool = True
    pairs: tuple[tuple[str, str], ...] | None = None
    peers: tuple[str, ...] = ()
    threads_asked: bool = False
    phases: bool = False
    written: tuple[Path, ...] = ()


def measure(
    inputs: Inputs,
    crate: Crate,
    selection: Selection,
    request: Request,
    step: Step,
    observe: Observe,
) -> Session:
    """Build once, then measure all cases; what cannot be measured is a `Failure` of the session."""
    check_interpreter(request.python)
    refuse_small_budget(request.effort, *extent(selection, request))
    # Before the build, as the sources have been read: what is edited meanwhile is seen by neither.
    began = provenance(crate, inputs.sources, request.written)
    program, subjects = inputs.program, selection.subjects
    ways = [(one.core, way_of(program, one.case, one.core)[1]) for one in subjects]
    built = build_sides(program, crate, ways, request.python, step)
    tasks, failures = _tasks(program, crate, subjects, request, built)
    phased: list[Task] = []
    if request.phases:
        cores = {one.case.name: one.core for one in subjects}
        once = {one.case.name: one for one in reversed(tasks)}
        every = [one for one in tasks if once[one.case.name] is one]
        phased, without = phased_tasks(program, crate, every, cores, request.python, step)
        failures += without
    run = Engine(request.python, request.effort, observe).run(tasks, phased)
    if not tasks:
        raise NothingToDoError(failures[0].reason)
    run = replace(run, failures=tuple(with_crossings(program, subjects, run.failures)))
    check(run)
    return Session(
        provenance=replace(began, python=run.versions[0], numpy=run.versions[1]),
        started=run.started,
        budget_s=request.effort.budget,
        interrupted=run.interrupted,
        end=run.end,
        measurements=run.measurements,
        phases=run.phases,
        failures=(*selection.failures, *failures, *run.failures),
        notes=(
            *remarks(built.opened),
            *_notes(program, subjects, request),
            *_thread_notes(program, subjects),
            *_kernel_notes(program, subjects, built),
            *_choice_notes(program, subjects, built),
        ),
        made_visible=built.opened,
        unmeasured=selection.unmeasured,
        asked=_asked(selection.asked, request),
    )


def _asked(asked: Asked | None, request: Request) -> Asked | None:
    """With the pairs of sides that are measured of each case, controls left out."""
    sides = dict.fromkeys(one.sides for one in _pairs(request) if one.sides[0] != one.sides[1])
    return asked and replace(asked, sides=tuple(sides), states=request.states)


def extent(selection: Selection, request: Request) -> tuple[int, int]:
    """How many cases are measured, and pairs of calls in all, phases counted as one."""
    cases = len(selection.subjects)
    return cases, cases * (len(_pairs(request)) + request.phases)


def _pairs(request: Request) -> tuple[Pairing, ...]:
    sides = request.pairs
    if sides is None:
        controls = ((PYTHON, PYTHON), (NATIVE, NATIVE)) if request.controls else ()
        sides = ((PYTHON, NATIVE), *controls)
    sides = (*sides, *((PYTHON, f"{PEER}{peer}") for peer in request.peers))
    return tuple(Pairing(one, state) for state in request.states for one in sides)


def _tasks(
    program: Program, crate: Crate, subjects: Sequence[Subject], request: Request, built: Built
) -> tuple[list[Task], list[Failure]]:
    tasks: list[Task] = []
    failures: list[Failure] = []
    shorter = shorter_inputs(one.case for one in subjects)
    for subject in subjects:
        case = subject.case
        way = way_of(program, case, subject.core)
        pairs = _pairs(request)
        if way in built.refused:
            lost = [one for one in pairs if NATIVE in one.sides]
            failures += [Failure(case.name, one.sides, built.refused[way]) for one in lost]
            pairs = tuple(one for one in pairs if one not in lost)
            if lost and all(one.sides[0] == one.sides[1] for one in pairs):
                continue  # Controls of what was lost say nothing by themselves.
        for threads, some in _by_cores(program, subject, pairs, request):
            try:
                task, refused = _task(
                    program, crate, subject, some, built, threads, shorter.get(case)
                )
            except BindcheckError as error:
                failures.append(Failure(case.name, some[0].sides, str(error)))
                continue
            failures += [Failure(case.name, (PYTHON, one), why) for one, why in refused.items()]
            if task.pairs:
                tasks.append(task)
    return tasks, failures


def _task(
    program: Program,
    crate: Crate,
    subject: Subject,
    pairs: Sequence[Pairing],
    built: Built,
    threads: Threads,
    shorter: Sequence[int] | None,
) -> tuple[Task, Mapping[str, str]]:
    """What is measured in the processes of some pairs, and the sides that were left out."""
    core, case = subject.core, subject.case
    way = way_of(program, case, core)
    made, number = built.natives.get(way), threads.number
    ready = job_of(
        *(program, crate, core, case, pairs, made, built.library), shorter=shorter, threads=number
    )
    starts = starts_threads(program, core, case.kind)
    environment = threads_environment(
        case, threads, crate, by_parameter=way[1].threads, starts=starts
    )
    return Task(case, ready.pairs, ready.job, environment), ready.refused


def _by_cores(
    program: Program, subject: Subject, pairs: Sequence[Pairing], request: Request
) -> Iterator[tuple[Threads, Sequence[Pairing]]]:
    """The pairs of a case that share a process, with their threads.

    Cores that were asked for are no use to a call that starts no threads, and it varies more on
    them: only beside peers, which may start some, it has them.
    """
    core, case = subject.core, subject.case
    threads = threads_of(program, core, case)
    asked = request.threads_asked and case.threads is not None
    if not asked or works_in_parallel(program, core, case.kind):
        yield threads, pairs
        return
    own = [one for one in pairs if not one.has_peer]
    beside = [one for one in pairs if one.has_peer]
    for number, some in ((Threads(1, alone=True), own), (threads, beside)):
        if some:
            yield number, some


def _notes(program: Program, subjects: Sequence[Subject], request: Request) -> Iterator[str]:
    longer = lengthened(request.effort)
    if longer is not None:
        yield longer
    if any(one.case.layout.value == "strided" for one in subjects):
        yield "of a strided input the native side gets the same values contiguous"
    shared = (_by_cores(program, one, _pairs(request), request) for one in subjects)
    if request.peers and any(threads.alone for one in shared for threads, _ in one):
        yield (
            "single calls that start no threads stay on one core beside the native side: the cores "
            "of --threads are for the pairs with peers"
            if request.threads_asked
            else "peers are kept on one core too, beside single calls that start no threads; "
            "--threads N gives pairs with peers N cores"
        )


def _thread_notes(program: Program, subjects: Sequence[Subject]) -> Iterator[str]:
    """Which bindings say by default how many threads a call uses."""
    found: dict[str, None] = {}
    for one in subjects:
        threads = threads_of(program, one.core, one.case)
        if threads.default is not None:
            found[f"{one.core.name} {one.case.kind.value} `{threads.default}`"] = None
    if found:
        yield f"threads by default of the binding, the same on both sides: {', '.join(found)}"


def _kernel_notes(program: Program, subjects: Sequence[Subject], built: Built) -> Iterator[str]:
    """Which cores have kernels that their bindings do not let anybody choose."""
    names: dict[str, None] = {}
    for one in subjects:
        made = built.natives.get(way_of(program, one.case, one.core))
        if made is not None and made.kernels and not takes_kernel(program, one.core, one.case.kind):
            names[one.core.name] = None
    if names:
        yield (
            f"{', '.join(names)}: the binding takes no kernel; the native side chooses (`auto`), "
            "so a binding that fixes another one is measured against that choice"
        )


def _choice_notes(program: Program, subjects: Sequence[Subject], built: Built) -> Iterator[str]:
    """Which bindings call cores besides that of the native side."""
    found: dict[str, None] = {}
    for one in subjects:
        made = built.natives.get(way_of(program, one.case, one.core))
        other = others_called(program, one.core, entry_of(program, one.core, one.case.kind))
        if made is not None and other:
            timed = listed(program, [made.ref])
            told = (
                f"{one.core.name} {one.case.kind.value}: the binding calls {other} too, and the "
                f"native side {timed} alone: where the binding chooses something else, "
                "two computations are compared, and the difference is not its cost"
            )
            found[told] = None
    yield from found
