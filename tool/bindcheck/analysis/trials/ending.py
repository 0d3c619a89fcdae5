"""One trial: an entry point is run for what it is given, and how that ends."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.analysis.program import Program
from bindcheck.analysis.ranges.values import UNKNOWN
from bindcheck.analysis.trials import calls, control, expressions, storing
from bindcheck.analysis.trials.arguments import LONGER, Given, argument, arrays_of
from bindcheck.analysis.trials.machine import (
    Course,
    Frame,
    Leaves,
    Undecided,
    is_absent,
    returned,
)
from bindcheck.analysis.trials.values import Panicked, Value
from bindcheck.model import Block, EntryPoint, ItemRef
from bindcheck.model.fact import record, replace

HANDLERS = (calls, control, expressions, storing)
"""Importing these registers what is done with each kind of node."""
STEPS = 4_000
OVER, REFUSED, OPEN, FELL = "over", "refused", "open", "fell"


@record
class Ended:
    """How a trial ended, and what happened on the way.

    `how` tells what did not hold where it ended in a panic, `value` what it gave. Of one that ends
    `OPEN` nothing is known: something unknown decided, or it took too long. `later`: not in the
    entry point, but in a method of what it has made. `steps`: how many it took.
    """

    kind: str
    course: Course
    how: str = ""
    value: Value = UNKNOWN
    later: bool = False
    steps: int = 0


def tried(
    program: Program, entry: EntryPoint, body: Block, given: Given, steps: int = STEPS
) -> Ended:
    """Run an entry point."""
    names = {one.name: argument(entry, one, given) for one in program.function(entry.ref).params}
    ended = ran(program, entry.ref, body, names, Course(steps))
    ended.steps = steps - max(0, ended.course.left)
    return ended


def tried_longer(
    program: Program, entry: EntryPoint, body: Block, given: Given, steps: int = STEPS
) -> Ended:
    """Run an entry point, and with longer data if it refuses what it is given."""
    ended = tried(program, entry, body, given, steps)
    if ended.kind != REFUSED or not arrays_of(program.function(entry.ref).params):
        return ended
    return tried(program, entry, body, replace(given, length=LONGER), steps)


def ran(
    program: Program, ref: ItemRef, body: Block, names: Mapping[str, Value], course: Course
) -> Ended:
    """Run a body for its variables."""
    frame = Frame(program, ref, course, dict(names))
    try:
        value = returned(lambda: frame.expr(body))
    except Panicked as panicked:
        kind = OPEN if course.inner is None else FELL
        return Ended(kind, course, panicked.how)
    except (Undecided, Leaves, OverflowError, RecursionError):
        return Ended(OPEN, course)
    return Ended(REFUSED if is_absent(value) else OVER, course, value=value)
