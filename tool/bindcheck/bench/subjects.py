"""What is measured: cases with the cores that they call, chosen by names or read from a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bindcheck.analysis.program import Program
from bindcheck.bench.alternatives import refuse_alternatives
from bindcheck.bench.cases import Axes, cases_of, fields_of, meant_kinds
from bindcheck.bench.chosen import without
from bindcheck.bench.kernels import kernel_index
from bindcheck.bench.native import Native, native
from bindcheck.bench.plain import unmeasured
from bindcheck.bench.pythoncall import entry_of, kernel_of, python_call
from bindcheck.bench.samples import NATIVE, PYTHON, Case, Failure
from bindcheck.bench.side import way_of
from bindcheck.bench.threadcount import threads_of
from bindcheck.config import nearest
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace
from bindcheck.model import CoreApi

_SHOWN = 10


@fact
class Subject:
    """A case with the core that it measures."""

    case: Case
    core: CoreApi


@fact
class Selection:
    """What is measured, what was asked for and cannot be, and remarks for the report."""

    subjects: tuple[Subject, ...]
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()


def of_cores(program: Program, cores: Iterable[CoreApi], axes: Axes) -> Selection:
    """All cases of some indicators, each of which has some."""
    return Selection(
        tuple(Subject(case, core) for core in cores for case in cases_of(program, core, axes))
    )


def of_all(program: Program, axes: Axes, exclude: Sequence[str] = ()) -> Selection:
    """All cases of all indicators but some; one that has none leaves the others alone.

    `exclude`: names of modules, core functions, or bindings behind which no core is known. A
    parameter that is given is one of those indicators that have it.
    """
    left = without(program, exclude)
    _refuse_unknown(left, axes)
    axes = replace(axes, kinds=meant_kinds(axes))
    subjects: list[Subject] = []
    failures: list[Failure] = []
    for core in left:
        try:
            subjects += of_cores(program, [core], _own(core, axes)).subjects
        except BindcheckError as error:
            failures.append(Failure(core.name, (PYTHON, NATIVE), str(error)))
    return Selection(tuple(subjects), tuple(failures), tuple(_left_out(program, exclude)))


def _refuse_unknown(cores: Sequence[CoreApi], axes: Axes) -> None:
    """A parameter that no indicator has is a mistake."""
    known = sorted({one.name for core in cores for one in fields_of(core)})
    for name, _ in axes.params:
        if name not in known:
            near = nearest(name, known) or f"; they have {', '.join(known[:_SHOWN]) or 'none'}"
            raise BindcheckError(f"--param {name}: no indicator has a parameter {name!r}{near}")


def _own(core: CoreApi, axes: Axes) -> Axes:
    """The axes with those parameters alone that an indicator has."""
    names = {one.name for one in fields_of(core)}
    return replace(axes, params=tuple(one for one in axes.params if one[0] in names))


def _left_out(program: Program, exclude: Sequence[str]) -> Iterator[str]:
    names = [one for one in unmeasured(program) if one not in exclude]
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        shown = ", ".join(names[:_SHOWN])
        yield f"not measured: {shown}{more}: no core function is known behind these bindings"


def callable_ones(program: Program, selection: Selection) -> Selection:
    """Without the cases that cannot be called, as is known before anything is built.

    If that is none, it is a BindcheckError with the first reason.
    """
    subjects: list[Subject] = []
    failures = list(selection.failures)
    for one in selection.subjects:
        try:
            refuse_alternatives(program, one.core, one.case.kind)
            check_python(program, one)
            threads_of(program, one.core, one.case)
            check_kernel(program, one)
            subjects.append(one)
        except BindcheckError as error:
            failures.append(Failure(one.case.name, (PYTHON, NATIVE), str(error)))
    if failures and not subjects:
        raise BindcheckError(failures[0].reason)
    return Selection(tuple(subjects), tuple(failures), selection.notes)


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
