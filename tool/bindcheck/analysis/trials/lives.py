"""Objects that a constructor has made in a trial, and what their methods do with them.

`Window::new(period)` may put up with a period that `Window::update` does not.
"""

from __future__ import annotations

import math
from collections import defaultdict

from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.program import Program
from bindcheck.analysis.trials.arguments import Given, is_real
from bindcheck.analysis.trials.ending import OVER, REFUSED, STEPS, Ended, ran, tried
from bindcheck.analysis.trials.values import Fields, Value
from bindcheck.model import Block, EntryKind, EntryPoint, ItemRef

_ROUNDS = 12


def fed_by(program: Program, entry: EntryPoint) -> tuple[ItemRef, ...]:
    """The methods that take floats one by one, of the class that an entry point constructs."""
    if entry.class_ref is None or program.function(entry.ref).attr("new") is None:
        return ()
    methods = _methods(program).get(entry.class_ref, ())
    return tuple(one for one in methods if _is_fed(program, one))


@once
def _methods(program: Program) -> dict[ItemRef, list[ItemRef]]:
    """The methods of each class."""
    found: defaultdict[ItemRef, list[ItemRef]] = defaultdict(list)
    for one in program.entries:
        if one.kind is EntryKind.METHOD and one.class_ref is not None and one.active:
            found[one.class_ref].append(one.ref)
    return found


def _is_fed(program: Program, ref: ItemRef) -> bool:
    function = program.function(ref)
    types = [one.type for one in function.params if one.type is None or one.type.name != "Python"]
    fed = bool(types) and all(one is not None and is_real(one) for one in types)
    return fed and function.receiver == "&mut self"


def tried_alive(
    program: Program, entry: EntryPoint, body: Block, given: Given, steps: int = STEPS
) -> Ended:
    """Run an entry point, and what it has made as long as it lives."""
    ended = tried(program, entry, body, given, steps)
    methods = fed_by(program, entry) if ended.kind == OVER else ()
    return lived(program, methods, ended) if methods else ended


def lived(
    program: Program, methods: tuple[ItemRef, ...], made: Ended, *, hole: bool = False
) -> Ended:
    """How it ends when the object that was made is fed with rising numbers, or NaN among them."""
    for ref in methods if isinstance(made.value, Fields) else ():
        body = program.body(ref)
        params = program.function(ref).params
        for at in range(_ROUNDS if body is not None else 0):
            assert body is not None
            value = math.nan if hole and at == _ROUNDS // 2 else float(at + 1)
            names: dict[str, Value] = {one.name: value for one in params}
            ended = ran(program, ref, body, {**names, "self": made.value}, made.course)
            if ended.kind not in (OVER, REFUSED):
                ended.later = True
                return ended
    return made
