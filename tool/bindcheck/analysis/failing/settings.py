"""Results of the crate that are unwrapped, and fail for what another function has put in a lock.

`configure(stack)` only keeps what it is given; whoever makes a pool of it later gets the error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.failing.error_types import fails
from bindcheck.analysis.failing.replaced import Guards, replaced_locks
from bindcheck.analysis.flow.events import Panic, Place, Region
from bindcheck.analysis.flow.values import Fails
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.effects import walk
from bindcheck.analysis.threads.extents import TAKES
from bindcheck.analysis.threads.regions import is_callable, item_of
from bindcheck.model import Call, EntryPoint, ItemRef, MethodCall, Span

_UNWRAPS = (b".unwrap()", b".expect(")
_DEEPEST = 3


def unwrapped_settings(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    """Where an entry point, or a function it calls, unwraps such a result."""
    replaced = replaced_locks(program) if is_callable(entry) else {}
    for ref in _below(program, entry.ref) if replaced else ():
        for span, method, target in _unwrapped(program, ref):
            by = _set_by(program, target, replaced)
            if by is not None:
                callee = program.function(target).name
                why = f"`{callee}` fails for some of what `{item_of(program, by)}` keeps"
                yield Panic(method, Place(ref, span), Fails.HANDED, why, Region.ATTACHED)


def _below(program: Program, ref: ItemRef) -> tuple[ItemRef, ...]:
    """A function, and those of the crate that it calls."""
    found = {ref: None}
    level = [ref]
    for _ in range(_DEEPEST):
        level = [
            callee
            for one in level
            for callee in program.called(one)
            if callee not in found and program.in_crate(callee.path)
        ]
        found.update(dict.fromkeys(level))
    return tuple(found)


@answered("results unwrapped")
def _unwrapped(program: Program, ref: ItemRef) -> tuple[tuple[Span, str, ItemRef], ...]:
    """Results of fallible functions of the crate that a function unwraps."""
    anatomy = anatomy_of(program, ref) if program.mentions(ref, _UNWRAPS) else None
    if anatomy is None:
        return ()
    callees = program.callees(ref)
    return tuple(
        (one.span, one.method, target)
        for one in anatomy.all(MethodCall)
        if one.method in ("unwrap", "expect")
        for target in callees.get(one.receiver.span, ())[:1]
        if fails(program, program.function(target), target)
    )


def _set_by(program: Program, ref: ItemRef, replaced: Mapping[str, ItemRef]) -> ItemRef | None:
    """Who puts something behind a lock that a function reads before it fails as others say."""
    below = _below(program, ref)
    if not any(_fails_outside(program, one) for one in below):
        return None
    locks = (lock for one in below for lock in _locks_taken(program, one))
    return next((replaced[lock] for lock in locks if lock in replaced), None)


@answered("locks taken by type")
def _locks_taken(program: Program, ref: ItemRef) -> tuple[str, ...]:
    """The locks around types of the crate that a function takes."""
    words = tuple(f".{name}()".encode() for name in sorted(TAKES))
    body = program.body(ref) if program.mentions(ref, words) else None
    guards = Guards(program, ref)
    found: list[str] = []
    for node in walk(program, ref, body) if body is not None else ():
        guards.take(node)
        if isinstance(node, MethodCall) and node.method in TAKES and not node.args:
            found.append(guards.lock(node))
    return tuple(one for one in found if one)


@answered("errors of others")
def _fails_outside(program: Program, ref: ItemRef) -> bool:
    """Whether a function makes its error of one that another crate gives."""
    fallible = fails(program, program.function(ref), ref)
    asked = fallible and program.mentions(ref, (b"map_err(",))
    anatomy = anatomy_of(program, ref) if asked else None
    return anatomy is not None and any(
        one.method == "map_err" and _is_outside(program, ref, anatomy, one)
        for one in anatomy.all(MethodCall)
    )


def _is_outside(program: Program, ref: ItemRef, anatomy: Anatomy, mapped: MethodCall) -> bool:
    tried = mapped.receiver
    called = isinstance(tried, (Call, MethodCall)) and tried.span not in program.callees(ref)
    return called and not (isinstance(tried, MethodCall) and tried.method in TAKES)
