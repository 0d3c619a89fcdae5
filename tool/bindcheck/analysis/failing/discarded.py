"""Calls of which nobody hears that they failed.

In a binding `let _ = store(data, path)` and `store(data, path).ok();` say so. Below it are
functions that write into memory they are handed, `let _ = smooth_into(data, period, out)`: where
that fails nothing is written, and `out` is what it was before. Most of them cannot fail any more
where they are called; so an entry point is run for numbers for which one does.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.failing.error_types import fails
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.matching import matching
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable
from bindcheck.analysis.trials.discarded import discarded_in
from bindcheck.analysis.trials.leading import leading
from bindcheck.analysis.trials.machine import Spot
from bindcheck.fact import fact
from bindcheck.model import Call, EntryPoint, Function, ItemRef, Let, MethodCall, Path, Span

_ASIDE = re.compile(
    r"close|shut|stop|terminate|clean|flush|drop|release|reset|cancel|notify|init|log|warn|trace|emit"
)
"""What nobody has asked for, and what may fail for all he cares."""
_WORD = b"let _ ="
_DISCARDS = rb"let _ =\s+[a-z]\w*\([^;?]*\);"


@fact
class Discarded:
    """The error of `callee` at `span`, which nobody looks at where it fails for `given`."""

    span: Span
    callee: str
    given: str


def discarded_errors(program: Program) -> Iterator[tuple[ItemRef, Discarded]]:
    """Such places in files with bindings that come to them."""
    entries: defaultdict[str, list[EntryPoint]] = defaultdict(list)
    for entry in program.entries:
        if entry.active and is_callable(entry):
            entries[entry.ref.path].append(entry)
    for path, own in entries.items():
        if program.in_crate(path):
            yield from _in_file(program, path, own)


def _in_file(
    program: Program, path: str, entries: list[EntryPoint]
) -> Iterator[tuple[ItemRef, Discarded]]:
    wanted = {Spot(ref, span): callee for ref, span, callee in _wanted(program, path)}
    leads = leading(program, path, ((_WORD, _DISCARDS),)) if wanted else frozenset()
    for entry in (one for one in entries if one.ref in leads):
        for at, given in discarded_in(program, entry):
            callee = wanted.pop(at, "")
            if callee:
                yield at.ref, Discarded(at.span, callee, given)


@answered("calls bound to nothing")
def _wanted(program: Program, path: str) -> tuple[tuple[ItemRef, Span, str], ...]:
    """Such calls in a file, whether they can fail or not."""
    return tuple(
        (ref, span, callee)
        for ref in matching(program, path, ((_WORD, _DISCARDS),))
        for span, callee in _discards(program, ref)
    )


@answered("results bound to nothing")
def _discards(program: Program, ref: ItemRef) -> tuple[tuple[Span, str], ...]:
    """Fallible calls of a function that write to a slice, and of which the result is dropped."""
    anatomy = anatomy_of(program, ref)
    if anatomy is None:
        return ()
    callees = program.callees(ref)
    calls = (one.value for one in anatomy.all(Let) if one.pattern == "_")
    return tuple(
        (call.span, program.function(target).name)
        for call in calls
        if isinstance(call, (Call, MethodCall))
        for target in callees.get(call.span, ())[:1]
        if _writes(program.function(target)) and fails(program, program.function(target), target)
    )


def is_asked_for(program: Program, ref: ItemRef, target: ItemRef, call: Call | MethodCall) -> bool:
    """Whether a call does something with values of the caller, who would want to hear of it."""
    function = program.function(ref)
    if _ASIDE.search(program.function(target).name) or function.trait == "Drop":
        return False
    variables = (one for arg in call.args for one in arg.walk() if isinstance(one, Path))
    return any(len(one.segments) == 1 and one.last[:1].islower() for one in variables)


def _writes(function: Function) -> bool:
    types = (one.type for one in function.params if one.type is not None)
    return any(one.mutable and one.peel().kind == "slice" for one in types)
