"""Blocks, and the functions inside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.flow.events import Panic
from bindcheck.analysis.flow.guards import raises
from bindcheck.analysis.flow.machine import Frame, evaluate
from bindcheck.analysis.flow.values import (
    NOTHING,
    PYTHON,
    Fails,
    Scope,
    Shape,
    Size,
    Value,
)
from bindcheck.model import (
    Await,
    Block,
    Call,
    Closure,
    Function,
    Gated,
    Let,
    MethodCall,
    Node,
    Path,
    Span,
)
from bindcheck.model.fact import replace


@evaluate.register
def _block(node: Block, frame: Frame) -> Value:
    if node.kind == "async":
        # It runs where it is awaited or handed to: a closure without parameters.
        return frame.expr(Closure(node.span, (), replace(node, kind="plain")))
    if node.functions and frame.watch is not None:
        frame.names.update(_as_closures(node, frame))
    elif node.functions:
        _look_inside(node, frame)
    outer, frame.uses = frame.uses, (*frame.uses, *node.uses)
    declared = {
        name: frame.names[name]
        for one in node.statements
        for name in (one.names if isinstance(one, Let) else ())
        if name in frame.names
    }
    value = _statements(node, frame)
    frame.names.update(declared)
    frame.uses = outer
    return value


def _statements(node: Block, frame: Frame) -> Value:
    value = NOTHING
    for one in node.statements:
        value = frame.expr(one)
        if raises(one):
            return NOTHING
    return value if node.tail else NOTHING


@evaluate.register
def _await(node: Await, frame: Frame) -> Value:
    return frame.call(frame.expr(node.value))


@evaluate.register
def _gated(node: Gated, frame: Frame) -> Value:
    return frame.expr(node.inner) if frame.active(node.cfg) else NOTHING


# --- functions inside -----------------------------------------------------------------------------


def _look_inside(block: Block, frame: Frame) -> None:
    """Panics of the functions inside a block on the Python objects that they are handed.

    What such a function gives is not known, nor is what it is handed else.
    """
    handed = [one for one in block.functions if one.body is not None and _objects(one)]
    if not handed:
        return
    called, pointed = _uses(block)
    for one in handed:
        if one.name in called | pointed:
            found = _panics(one, frame)
            frame.events.panics += _of_its_own(one, found) if one.name in pointed else found


def _as_closures(block: Block, frame: Frame) -> Iterator[tuple[str, Value]]:
    """The functions of a block by their names, to follow arrays into them."""
    for one in block.functions:
        if one.body is not None:
            closure = Closure(one.body.span, one.params, one.body)
            scope = Scope(frame.ref, ())
            yield one.name, Value(Shape.CLOSURE, Size.CONST, closure=closure, scope=scope)


def _uses(block: Block) -> tuple[set[str], set[str]]:
    """Names that are called in a block or its functions, and those that are values."""
    bodies = (one.body for one in block.functions if one.body is not None)
    nodes = [part for body in (block, *bodies) for part in body.walk()]
    functions = {id(one.function): one.function for one in nodes if isinstance(one, Call)}
    called = {one.last for one in functions.values() if isinstance(one, Path)}
    values = {one.last for one in nodes if isinstance(one, Path) and id(one) not in functions}
    return called, values


def _panics(function: Function, frame: Frame) -> list[Panic]:
    body, objects = function.body, _objects(function)
    assert body is not None
    closure = Closure(body.span, function.params, body)
    quiet = frame.world.quiet(frame)
    scope = Scope(frame.ref, ())
    handed = [
        replace(PYTHON, caller=True) if param.name in objects else NOTHING
        for param in function.params
    ]
    quiet.names = {}
    quiet.call(Value(Shape.CLOSURE, Size.CONST, closure=closure, scope=scope), handed)
    return [one for one in quiet.events.panics if one.fails >= Fails.HANDED]


def _of_its_own(function: Function, panics: Iterable[Panic]) -> Iterator[Panic]:
    """Panics of a function that is chosen for an object and called through a pointer.

    That the object is of the type it was chosen for is not for the function to ask: what it
    unwraps of the object itself is left out, what it unwraps of the parts is not.
    """
    assert function.body is not None
    chosen = set(_unwrapped(function.body, _objects(function)))
    for one in panics:
        if one.place.span not in chosen:
            yield replace(one, fails=Fails.HANDED)


def _objects(function: Function) -> frozenset[str]:
    """The parameters that are Python objects."""
    return frozenset(
        one.name for one in function.params if one.type is not None and ft.is_python_type(one.type)
    )


def _unwrapped(body: Node, objects: frozenset[str]) -> Iterator[Span]:
    """`object.cast::<T>().unwrap()`, by the place of `unwrap`."""
    for node in body.walk():
        asked = node.receiver if isinstance(node, MethodCall) else None
        of = asked.receiver if isinstance(asked, MethodCall) else None
        if isinstance(of, Path) and of.last in objects:
            yield node.span
