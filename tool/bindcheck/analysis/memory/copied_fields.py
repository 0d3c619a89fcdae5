"""Copies that an object holds on to: Python may change the array behind its back otherwise."""

from __future__ import annotations

from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.memory.fates import Fate, Pointed, fate_of_param
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Assign,
    Block,
    Call,
    Closure,
    FieldAccess,
    Let,
    MethodCall,
    Node,
    Path,
    Span,
    StructLiteral,
    Try,
    Unary,
)

_WRAPS = frozenset({"Some", "Ok", "Box::new", "Arc::new", "Rc::new"})
_HANDS_ON = frozenset({"transpose", "unwrap", "expect", "map_err", "into", "ok_or_else", "ok_or"})
_MAPS = frozenset({"map", "and_then"})


def is_kept(program: Program, place: Place, pointed: Pointed) -> bool:
    """Whether the copy that is made at `place` becomes a field of an object of the crate."""
    body = program.body(place.ref)
    for node in body.walk() if body is not None else ():
        if isinstance(node, StructLiteral) and _is_own(program, place, node):
            if any(_comes_to(one.value, place.span) for one in node.inits):
                return True
        elif isinstance(node, Assign):
            if isinstance(node.target, FieldAccess) and _comes_to(node.value, place.span):
                return True
        elif isinstance(node, Let) and len(node.names) == 1 and _comes_to(node.value, place.span):
            return fate_of_param(program, place.ref, node.names[0], pointed) is Fate.KEPT
    return False


def _is_own(program: Program, place: Place, node: StructLiteral) -> bool:
    scope = program.function(place.ref).scope
    own = program.resolve_type(node.path, place.ref.path, scope) is not None
    return own or node.path == "Self"


def _comes_to(node: Node | None, span: Span) -> bool:
    """Whether an expression is what is made at `span`, in wrappers or not."""
    while node is not None and node.span != span:
        node = _within(node, span)
    return node is not None


def _within(node: Node, span: Span) -> Node | None:
    if isinstance(node, (Try, Unary)):
        return node.value
    if isinstance(node, Block):
        return node.statements[-1] if node.tail else None
    if isinstance(node, Call) and isinstance(node.function, Path) and len(node.args) == 1:
        return node.args[0] if node.function.text in _WRAPS else None
    if isinstance(node, MethodCall) and node.method in _HANDS_ON:
        return node.receiver
    if isinstance(node, MethodCall) and node.method in _MAPS and len(node.args) == 1:
        asked = node.args[0]
        inside = isinstance(asked, Closure) and asked.span.contains(span)
        return asked.body if inside and isinstance(asked, Closure) else None
    return None
