"""What becomes of a `Vec` that Python has filled: whether a borrowed slice would have done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.flow.guards import diverges
from bindcheck.analysis.flow.types import NDARRAYS
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.effects import spawned
from bindcheck.model import (
    Call,
    Closure,
    If,
    ItemRef,
    Let,
    MethodCall,
    Node,
    Path,
    Span,
    StructLiteral,
)

_DEEPEST = 4
_WRAPS = frozenset({"Some", "Ok", "Box", "Arc", "Rc", "Cow"})
_READS = frozenset(
    {
        *("zip", "chain", "extend", "append", "concat", "eq", "ne", "cmp", "partial_cmp"),
        *("call", "call1", "call_method", "call_method1", "append_value"),
    }
)
_VIEWABLE = NDARRAYS | {"Array", "ArrayView", "Vec", "DVector", "DMatrix"}
_PYTHON = ("Py", "Bound")


class Fate(IntEnum):
    """What becomes of an owned argument: the later decides.

    `KEPT`: a struct of the crate or another thread holds it on. `GIVEN`: other code asks for an
    owned collection.
    """

    READ = 0
    KEPT = 1
    GIVEN = 2


Pointed = Mapping[Place, tuple[ItemRef, ...]]
"""Functions that calls may come to, those through pointers too."""


def fate_of_param(program: Program, ref: ItemRef, name: str, pointed: Pointed) -> Fate:
    """What a function does with an owned parameter."""
    return _fate(program, ref, name, pointed, ())


def fate_of_extracted(program: Program, place: Place, pointed: Pointed) -> Fate:
    """What a function does with what it extracts at `place`, if it gives it a name."""
    body = program.body(place.ref)
    for node in body.walk() if body is not None else ():
        if isinstance(node, Let) and len(node.names) == 1 and _makes(node.value, place.span):
            return _fate(program, place.ref, node.names[0], pointed, ())
    return Fate.READ


def _makes(value: Node | None, span: Span) -> bool:
    return value is not None and value.span.contains(span)


def is_number_or_list(program: Program, place: Place) -> bool:
    """Whether what is extracted at `place` may be one number as well, and is never an array.

    That is how a function takes a parameter of which it accepts several.
    """
    body = program.body(place.ref)
    nodes = list(body.walk()) if body is not None else []
    calls = [one for one in nodes if isinstance(one, MethodCall)]
    here = next((one for one in calls if one.span == place.span), None)
    if here is None or any("Array" in name for one in calls for name in _asked(one)):
        return False
    subject = _named(here.receiver)
    return subject != "" and any(
        one.method == "extract" and _named(one.receiver) == subject and _asked(one) == {"f64"}
        for one in calls
    )


def is_tried_before(program: Program, place: Place) -> bool:
    """Whether arrays of numbers never get to `place`: the object was tried as one before.

    `if let Ok(values) = object.extract::<Vec<f64>>() { return .. }` takes every array of numbers;
    what is copied of the object behind it is nothing, or what the buffer protocol refuses.
    """
    body = program.body(place.ref)
    nodes = list(body.walk()) if body is not None else []
    branches = [one for one in nodes if isinstance(one, If)]
    around = [one.condition for one in branches if one.span.contains(place.span)]
    here = [one for one in nodes if one.span == place.span]
    names = {_named(part) for one in (*around, *here) for part in one.walk()} - {""}
    return any(
        one.span.end <= place.span.start and diverges(one.then) and _tried(one.condition) & names
        for one in branches
    )


def _tried(condition: Node) -> set[str]:
    """What a condition asks for as a list of numbers or an array."""
    value = condition.value if isinstance(condition, Let) else None
    if not (isinstance(value, MethodCall) and value.method == "extract"):
        return set()
    asked = _asked(value)
    array = any("Array" in name for name in asked) or asked in ({"Vec", "f64"}, {"Vec", "f32"})
    return {_named(value.receiver)} if array else set()


def _named(node: Node) -> str:
    return node.text if isinstance(node, Path) else ""


def _asked(call: MethodCall) -> set[str]:
    return {name for one in call.turbofish for name in one.names()}


def _fate(
    program: Program, ref: ItemRef, name: str, pointed: Pointed, seen: tuple[ItemRef, ...]
) -> Fate:
    body = program.body(ref)
    if body is None or ref in seen or len(seen) >= _DEEPEST:
        return Fate.READ
    nodes = tuple(body.walk())
    names = {name} | {
        node.names[0]
        for node in nodes
        if isinstance(node, Let) and len(node.names) == 1 and _is(node.value, {name})
    }
    found = Fate.KEPT if _goes_to_thread(nodes, names) else Fate.READ
    for node in nodes:
        if isinstance(node, StructLiteral):
            found = max(found, _put(program, ref, node, names))
        elif isinstance(node, (Call, MethodCall)):
            found = max(found, _handed(program, ref, node, names, pointed, (*seen, ref)))
    return found


def _goes_to_thread(nodes: Iterable[Node], names: set[str]) -> bool:
    """Whether one of the names, or a clone of it, is used by what a new thread or task runs."""
    nodes = tuple(nodes)
    cloned = {
        node.names[0]
        for node in nodes
        if isinstance(node, Let) and len(node.names) == 1 and _is_clone(node.value, names)
    }
    return any(
        isinstance(part, Path) and part.text in names | cloned
        for node in nodes
        if isinstance(node, Call | MethodCall) and spawned(node)
        for arg in node.args
        for part in arg.walk()
    )


def _is_clone(node: Node | None, names: set[str]) -> bool:
    return isinstance(node, MethodCall) and node.method == "clone" and _is(node.receiver, names)


def _is(node: Node | None, names: Iterable[str]) -> bool:
    """Whether an expression is one of the names, by itself or in a wrapper that owns it."""
    if isinstance(node, Path):
        return len(node.segments) == 1 and node.last in names
    if isinstance(node, Call) and isinstance(node.function, Path) and len(node.args) == 1:
        wraps = node.function.last if len(node.function.segments) == 1 else node.function.text
        return wraps.removesuffix("::new") in _WRAPS and _is(node.args[0], names)
    return False


def _put(program: Program, ref: ItemRef, node: StructLiteral, names: set[str]) -> Fate:
    if not any(_is(one.value, names) for one in node.inits):
        return Fate.READ
    scope = program.function(ref).scope
    own = node.path == "Self" or program.resolve_type(node.path, ref.path, scope) is not None
    return Fate.KEPT if own else Fate.GIVEN


def _handed(
    program: Program,
    ref: ItemRef,
    node: Call | MethodCall,
    names: set[str],
    pointed: Pointed,
    seen: tuple[ItemRef, ...],
) -> Fate:
    at = next((i for i, arg in enumerate(node.args) if _is(arg, names)), None)
    if at is None:
        return Fate.READ
    # By its name, a method of another crate may look like the binding that hands on to it.
    stored = pointed.get(Place(ref, node.span), ()) if isinstance(node, Call) else ()
    named = program.callees(ref).get(node.span, stored)
    targets = [one for one in named if one not in seen]
    if targets:
        return max(_received(program, one, node, at, pointed, seen) for one in targets)
    if isinstance(node, MethodCall):
        return Fate.READ if node.method in _READS else Fate.GIVEN
    return _given_to(program, ref, node)


def _received(
    program: Program,
    target: ItemRef,
    node: Call | MethodCall,
    at: int,
    pointed: Pointed,
    seen: tuple[ItemRef, ...],
) -> Fate:
    function = program.function(target)
    skipped = function.receiver != "" and isinstance(node, Call)
    index = at - 1 if skipped else at
    if not 0 <= index < len(function.params) or not function.params[index].name:
        return Fate.READ
    return _fate(program, target, function.params[index].name, pointed, seen)


def _given_to(program: Program, ref: ItemRef, node: Call) -> Fate:
    """What a function of another crate, or one that is not known, does with it."""
    if not isinstance(node.function, Path) or _is(node, {_named(one) for one in node.args}):
        return Fate.READ
    path = node.function
    owner = path.segments[-2] if len(path.segments) > 1 else ""
    read = path.last == "drop" or owner in _VIEWABLE or owner.startswith(_PYTHON)
    local = len(path.segments) == 1 and path.last in _closures(program, ref)
    return Fate.READ if read or local else Fate.GIVEN


def _closures(program: Program, ref: ItemRef) -> set[str]:
    """The closures of a function: what they do is done by the function itself."""
    body = program.body(ref)
    return {
        name
        for node in (body.walk() if body is not None else ())
        if isinstance(node, Let) and isinstance(node.value, Closure)
        for name in node.names
    }
