"""What is measured: cases with the cores that they call, chosen by names or read from a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from bindcheck.analysis.program import Program
from bindcheck.bench.alternatives import refuse_alternatives
from bindcheck.bench.asked import asked_for
from bindcheck.bench.cases import Axes, cases_of
from bindcheck.bench.chosen import bound, known, without
from bindcheck.bench.given import for_each
from bindcheck.bench.kernels import kernel_index
from bindcheck.bench.macro_made import left_unread
from bindcheck.bench.native import Native, native
from bindcheck.bench.plain import left_unmeasured
from bindcheck.bench.pythoncall import entry_of, kernel_of, python_call
from bindcheck.bench.samples import NATIVE, PYTHON, Asked, Case, Failure, Named, Unmeasured
from bindcheck.bench.side import timers, way_of
from bindcheck.bench.standins import filled
from bindcheck.bench.threadcount import threads_of
from bindcheck.crate import Crate
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi

_SHOWN = 3


@fact
class Subject:
    """A case with the core that it measures."""

    case: Case
    core: CoreApi


@fact
class Selection:
    """What is measured, and what was asked for and cannot be.

    `unmeasured` are bindings, and items that may be some, of which nothing is, where all were
    `asked` for.
    """

    subjects: tuple[Subject, ...]
    failures: tuple[Failure, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()
    asked: Asked | None = None


def of_names(program: Program, names: Sequence[str], axes: Axes) -> Selection:
    """All cases of the indicators that some names mean; one that has none leaves the others alone.

    If none has any, it is a NothingToDoError with the first reason.
    """
    cores, refused = known(program, names)
    meant = [Named(name, core.name) for name, core in cores.items()]
    meant += [Named(name, name) for name in refused]
    subjects: list[Subject] = []
    for core, own in for_each(program, _each_once(cores.values()), axes):
        try:
            subjects += of_core(program, core, own)
        except NothingToDoError as error:
            refused[core.name] = error
    if not subjects:
        raise next(iter(refused.values()))
    failures = (Failure(name, (PYTHON, NATIVE), str(why)) for name, why in refused.items())
    return Selection(tuple(subjects), tuple(failures), asked=asked_for(axes, meant))


def _each_once(cores: Iterable[CoreApi]) -> tuple[CoreApi, ...]:
    return tuple({id(core): core for core in cores}.values())


def of_core(program: Program, core: CoreApi, axes: Axes) -> tuple[Subject, ...]:
    """All cases of an indicator, which has some."""
    return tuple(Subject(case, core) for case in cases_of(program, core, axes))


def of_all(
    program: Program, axes: Axes, exclude: Sequence[str] = (), gone: Sequence[str] = ()
) -> Selection:
    """All cases of all indicators but some; one that has none leaves the others alone.

    `exclude`: names of modules, core functions, or bindings behind which no core is known; or of
    indicators that are `gone`, which only an earlier run has measured.
    """
    left = without(program, exclude, gone)
    subjects: list[Subject] = []
    failures: list[Failure] = []
    for core, own in for_each(program, left, axes):
        try:
            subjects += of_core(program, core, own)
        except BindcheckError as error:
            failures.append(Failure(core.name, (PYTHON, NATIVE), str(error)))
    without_core = (one for one in left_unmeasured(program) if one.binding not in exclude)
    kept = {id(core) for core in left}
    excluded = (core.name for core in bound(program) if id(core) not in kept)
    return Selection(
        tuple(subjects),
        tuple(failures),
        (*without_core, *left_unread(program)),
        asked_for(axes, excluded=(*exclude, *excluded)),
    )


def callable_ones(program: Program, selection: Selection) -> Selection:
    """Without the cases that cannot be called, as is known before anything is built.

    If that is none, it is the first error: one about what was given, or a NothingToDoError.
    """
    return _those(selection, partial(_refuse_uncallable, program))


def _refuse_uncallable(program: Program, subject: Subject) -> None:
    core, case = subject.core, filled(subject.core, subject.case)
    refuse_alternatives(program, core, case.kind)
    check_python(program, Subject(case, core))
    threads_of(program, core, case)
    check_kernel(program, Subject(case, core))


def timed_ones(program: Program, crate: Crate, selection: Selection) -> Selection:
    """Without the cases that have no native side, as is known before anything is compiled.

    Only those that can be called are asked for. If none is left, it is a NothingToDoError.
    """
    first = {_sizeless(one): one for one in reversed(selection.subjects)}
    ways = {key: way_of(program, one.case, one.core) for key, one in first.items()}
    named = ((one.core, ways[_sizeless(one)][1]) for one in selection.subjects)
    _, refused = timers(program, crate, named)

    def refuse(subject: Subject) -> None:
        why = refused.get(ways[_sizeless(subject)])
        if why is not None:
            raise NothingToDoError(why)

    return _those(selection, refuse)


def _those(selection: Selection, refuse: Callable[[Subject], None]) -> Selection:
    """Without the cases that are refused, each of which is a failure; some have to be left.

    What is known of a case without running it is the same for all sizes: that is asked once.
    """
    subjects: list[Subject] = []
    failures = list(selection.failures)
    errors: dict[tuple[int, Case], BindcheckError | None] = {}
    for one in selection.subjects:
        key = _sizeless(one)
        if key not in errors:
            errors[key] = _why_not(one, refuse)
        why = errors[key]
        if why is None:
            subjects.append(one)
        else:
            failures.append(Failure(one.case.name, (PYTHON, NATIVE), str(why)))
    if failures and not subjects:
        found = (one for one in errors.values() if one is not None)
        usage = (one for one in found if not isinstance(one, NothingToDoError))
        raise next(usage, NothingToDoError(_reasons(failures)))
    return replace(selection, subjects=tuple(subjects), failures=tuple(failures))


def _reasons(failures: Iterable[Failure]) -> str:
    """The first few reasons, each once."""
    found = list(dict.fromkeys(one.reason for one in failures))
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(found[:_SHOWN]) + more


def _sizeless(subject: Subject) -> tuple[int, Case]:
    """What all sizes of a subject have in common."""
    return id(subject.core), replace(subject.case, name="", cols=0, seed=0)


def _why_not(subject: Subject, refuse: Callable[[Subject], None]) -> BindcheckError | None:
    try:
        refuse(subject)
    except BindcheckError as error:
        return error
    return None


def check_python(program: Program, subject: Subject) -> None:
    """A BindcheckError if the binding cannot be given the arguments of the case."""
    case, core = subject.case, subject.core
    python_call(program, core, entry_of(program, core, case.kind), case)


def check_kernel(program: Program, subject: Subject) -> None:
    """A BindcheckError if the native side has no kernel of the name that Python is given."""
    kernel = kernel_of(program, subject.core, subject.case)
    made = _native(program, subject) if kernel is not None else None
    if made is not None:
        kernel_index(made, kernel, subject.case.kind)


def _native(program: Program, subject: Subject) -> Native | None:
    """The native side; what it lacks is told when both sides are built, for other pairs go on."""
    try:
        way = way_of(program, subject.case, subject.core)[1]
        return native(program, subject.core, way, "0")
    except BindcheckError:
        return None
