"""The tasks that measure phases: in a library of their own, with measuring points in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bindcheck.analysis.program import Program
from bindcheck.bench.engine import Task
from bindcheck.bench.instrument import instrumented
from bindcheck.bench.pythoncall import entry_of
from bindcheck.bench.samples import PYTHON, Failure
from bindcheck.bench.side import build_sides, way_of
from bindcheck.crate import Crate
from bindcheck.errors import BindcheckError
from bindcheck.fact import replace
from bindcheck.model import CoreApi
from bindcheck.prepare import Step

Found = tuple[list[Task], list[Failure]]


def phased_tasks(
    program: Program,
    crate: Crate,
    tasks: Sequence[Task],
    cores: Mapping[str, CoreApi],
    python: str,
    step: Step,
) -> Found:
    """Tasks whose bindings could be given points, and why the others could not.

    `cores` are by the name of the case. A build that fails costs the phases alone: the call as a
    whole can be measured all the same.
    """
    entries = {
        one.case.name: entry_of(program, cores[one.case.name], one.case.kind) for one in tasks
    }
    made = instrumented(program, list(entries.values()))
    usable = [one for one in tasks if entries[one.case.name].ref not in made.refused]
    failures = [
        _failure(one, made.refused[entries[one.case.name].ref])
        for one in tasks
        if one not in usable
    ]
    if not usable:
        return [], failures
    found = [(cores[one.case.name], one.case) for one in usable]
    ways = [(core, way_of(program, case, core)[1]) for core, case in found]
    try:
        built = build_sides(program, crate, ways, python, step, made.copies, "phases")
    except BindcheckError as error:
        return [], [*failures, *(_failure(one, error.message) for one in usable)]
    extension = {"task": "phases", "extension": str(built.library)}
    return [replace(one, job=one.job | extension) for one in usable], failures


def _failure(task: Task, reason: str) -> Failure:
    return Failure(task.case.name, (PYTHON, PYTHON), f"phases: {reason}")
