"""Functions that a crate runs in a release at one place, and attached at another.

Whoever has wrapped `table.write_to(file)` in a release has said that it is worth one. That holds
for functions of other crates as well, of whose bodies nothing needs to be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.flow.events import Called, Place, Region
from bindcheck.analysis.flow.values import Size, largest
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.keeping.asked import Words
from bindcheck.analysis.keeping.reads import once
from bindcheck.analysis.linking.foreign import FOREIGN_METHODS
from bindcheck.analysis.matching import matching
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import (
    Held,
    events,
    held_work,
    is_about_objects,
    is_callable,
)
from bindcheck.fact import fact
from bindcheck.model import (
    Block,
    Call,
    Cast,
    Closure,
    EntryPoint,
    Function,
    If,
    ItemRef,
    Let,
    Literal,
    Match,
    MethodCall,
    Node,
    Path,
    Sequence,
    Try,
    TypeRef,
    Unary,
)

RELEASED = "calls that releases are about"
_RELEASES = frozenset({"allow_threads", "detach"})
_RUNS = re.compile(r"\b(?:Fn|FnMut|FnOnce)\b")
_TAKES: Words = (b"Fn(", b"FnMut(", b"FnOnce(")
"""What a file has with a function that takes a closure: heads of others need not be read."""
_WRAPS = frozenset({"Ok", "Some", "map_err", "map", "unwrap", "expect", "ok", "transpose"})
_TURNS = ("into", "as_", "to_owned", "clone", "from", "new")
"""How the names of functions begin that only turn a result into another type."""


@fact
class Elsewhere:
    """A call of `function`, attached, for which the function `by` lets go."""

    place: Place
    function: ItemRef
    by: ItemRef


def elsewhere(program: Program, entry: EntryPoint) -> Iterator[Elsewhere]:
    """Such calls of an entry point: the first of each function."""
    released = _all_released(program) if is_callable(entry) else {}
    told: set[ItemRef] = set()
    for call in events(program, entry).calls if released else ():
        if not _is_held(entry, call):
            continue
        for target in call.targets:
            # One that lets go in one branch only has decided to.
            by = [one for one in released.get(target, ()) if one != entry.ref]
            if by and target not in told:
                told.add(target)
                yield Elsewhere(_place(call), target, by[0])


def worth_telling(program: Program, entry: EntryPoint) -> tuple[Held, ...]:
    """Work of an entry point while attached, without calls about types it never lets go for.

    Who lets go for tables, and never for their schemas, need not do so for one more schema. What a
    constructor keeps that is no array is how its object is set up.
    """
    return tuple(
        one
        for one in held_work(program, entry)
        if not is_about_objects(program, entry, one)
        or (not entry.constructor and _has_types(program, entry, one.place))
    )


def _has_types(program: Program, entry: EntryPoint, place: Place) -> bool:
    """Whether a release of the crate is for a method of a type that a call is about, or none is."""
    known = _released_types(program)
    calls = [one for one in events(program, entry).calls if one.place == place]
    targets = {target for call in calls for target in call.targets}
    if not (known and targets):
        return True
    return any(known & _types_of(program.function(one)) for one in targets)


@once
def _released_types(program: Program) -> frozenset[str]:
    owners = (program.function(ref).owner for ref in _all_released(program))
    return frozenset(one for one in owners if one)


def _types_of(function: Function) -> set[str]:
    """The types whose method a function is, that it is handed, and that it gives."""
    types = [param.type for param in function.params if param.type is not None]
    return {function.owner}.union(*(one.names() for one in (*types, function.returns)))


def _is_held(entry: EntryPoint, call: Called) -> bool:
    attached = call.region is Region.ATTACHED and not call.sections
    return attached and call.place.ref == entry.ref and largest(call.args) is Size.UNKNOWN


def _place(call: Called) -> Place:
    span = call.node.name_span if isinstance(call.node, MethodCall) else call.place.span
    return Place(call.place.ref, span)


def _all_released(program: Program) -> Mapping[ItemRef, list[ItemRef]]:
    """The functions that releases are about, each with those that let go for it."""
    return program.keep("released calls", lambda: _gathered(program))


def _gathered(program: Program) -> dict[ItemRef, list[ItemRef]]:
    found: dict[ItemRef, list[ItemRef]] = {}
    for ref in letting_go(program):
        for target in released_in(program, ref):
            if program.function(target).name not in FOREIGN_METHODS:
                found.setdefault(target, []).append(ref)
    return found


def letting_go(program: Program) -> tuple[ItemRef, ...]:
    """The functions of the crate that may hand closures to a release."""
    own = (path for path in program.modules if program.in_crate(path))
    return tuple(ref for path in own for ref in _letting_go(program, path))


@answered("functions that let go")
def _letting_go(program: Program, path: str) -> tuple[ItemRef, ...]:
    patterns = tuple((word, re.escape(word)) for word in _words(releasing(program)))
    return matching(program, path, patterns)


@answered(RELEASED)
def released_in(program: Program, ref: ItemRef) -> tuple[ItemRef, ...]:
    """What the closures that a function hands to releases come to in the end.

    So do functions of other crates that do nothing but hand the work on.
    """
    anatomy = anatomy_of(program, ref)
    callees = program.callees(ref)
    found: dict[ItemRef, None] = {}
    for closure in _closures(anatomy, releasing(program)) if anatomy is not None else ():
        for node in _chief(closure.body):
            for target in callees.get(node.span, ()):
                found.update(dict.fromkeys((target, *_handed_on(program, target))))
    return tuple(found)


def _handed_on(program: Program, ref: ItemRef) -> Iterator[ItemRef]:
    """The functions to which one of another crate leaves all of its work."""
    seen = {ref}
    while not program.in_crate(ref.path):
        body, callees = program.body(ref), program.callees(ref)
        chief = list(_chief(body)) if body is not None else []
        target = next((one for node in chief for one in callees.get(node.span, ())), ref)
        name, named = program.function(ref).name, program.function(target).name
        whole = named == name or all(target in one for one in callees.values())
        if len(chief) != 1 or not whole or target in seen:
            return
        yield target
        seen.add(target)
        ref = target


def _closures(anatomy: Anatomy, names: frozenset[str]) -> Iterator[Closure]:
    for node in _calls(anatomy, names):
        yield from (one for one in node.args if isinstance(one, Closure))


def _calls(anatomy: Anatomy, names: frozenset[str]) -> Iterator[Call | MethodCall]:
    yield from (one for one in anatomy.all(MethodCall) if one.method in names)
    for call in anatomy.all(Call):
        if isinstance(call.function, Path) and call.function.last in names:
            yield call


def _chief(node: Node | None) -> Iterator[Node]:
    """The calls that give the value of a part of a body; without value, what it does last."""
    if isinstance(node, Block):
        done = (one for one in reversed(node.statements) if not _is_plain(one))
        yield from _chief(next(done, None))
    elif isinstance(node, If):
        yield from _chief(node.then)
        yield from _chief(node.otherwise)
    elif isinstance(node, Match):
        for arm in node.arms:
            yield from _chief(arm.body)
    elif isinstance(node, (Try, Unary, Cast, Let)):
        yield from _chief(node.value)
    elif isinstance(node, MethodCall) and _turns(node.method):
        yield from _chief(node.receiver)
    elif isinstance(node, Call) and isinstance(node.function, Path) and _turns(node.function.last):
        yield from _chief(node.args[0] if node.args else None)
    elif isinstance(node, (Call, MethodCall)):
        yield node


def _is_plain(node: Node) -> bool:
    """Whether nothing is done for a value: `Ok(())`, `result`."""
    if isinstance(node, Call) and isinstance(node.function, Path) and node.function.last in _WRAPS:
        return all(map(_is_plain, node.args))
    return isinstance(node, (Path, Literal)) or (isinstance(node, Sequence) and not node.items)


def _turns(name: str) -> bool:
    return name in _WRAPS or name.startswith(_TURNS)


# --- what lets go ------------------------------------------------------------------------------


def releasing(program: Program) -> frozenset[str]:
    """The names of what runs a closure in a release: PyO3's, and those of the crate."""
    return program.keep("releasing names", lambda: _all_releasing(program))


def _all_releasing(program: Program) -> frozenset[str]:
    handed = [
        ref
        for path, module in program.modules.items()
        if program.in_crate(path) and program.file_mentions(path, _TAKES)
        for ref in (ItemRef(path, index) for index in range(len(module.functions)))
        if _closure_of(program.function(ref))
    ]
    found = _RELEASES
    while True:
        more = {program.function(ref).name for ref in handed if _hands_on(program, ref, found)}
        if more <= found:
            return found
        found |= more


def _words(names: frozenset[str]) -> Words:
    return tuple(f"{name}(".encode() for name in sorted(names))


def _closure_of(function: Function) -> frozenset[str]:
    """The parameters of a function that are closures."""
    params = (one for one in function.params if one.name and one.type is not None)
    return frozenset(one.name for one in params if _runs(one.type, function))


def _runs(type_: TypeRef | None, function: Function) -> bool:
    target = type_.peel() if type_ is not None else None
    if target is None or _RUNS.search(target.text):
        return target is not None
    bound = rf"\b{re.escape(target.name)}\s*:[^,<>]*{_RUNS.pattern}"
    return bool(target.name and re.search(bound, function.generics))


def _hands_on(program: Program, ref: ItemRef, names: frozenset[str]) -> bool:
    """Whether a function has a closure that it is handed run in a release."""
    anatomy = anatomy_of(program, ref) if program.mentions(ref, _words(names)) else None
    closures = _closure_of(program.function(ref))
    return anatomy is not None and any(
        isinstance(part, Path) and part.last in closures
        for call in _calls(anatomy, names)
        for arg in call.args
        for part in arg.walk()
    )
