"""Variables that hold what Python objects gave, and places that only a cast of it decides about.

After `let bytes = object.call_method0("read")?` the variable holds an object of any class, and
after `if let Ok(text) = bytes.cast::<PyString>()` one that is known; but `to_str` fails for a text
that has half of a pair of surrogates.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy
from bindcheck.analysis.flow.guards import diverges
from bindcheck.fact import fact
from bindcheck.model import (
    Arm,
    Block,
    FieldAccess,
    Gated,
    If,
    Let,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Try,
    Unary,
)

ASKS = frozenset(
    {
        *("call", "call0", "call1", "call_method", "call_method0", "call_method1", "getattr"),
        *("extract", "cast", "cast_bound", "downcast", "downcast_bound", "get_item", "len"),
        *("iter", "try_iter", "str", "repr", "is_truthy", "hash"),
    }
)
ANY_HAS = frozenset({"str", "repr", "is_truthy", "hash"})
"""What every class has, and few make fail."""
UNWRAPS = frozenset({"unwrap", "expect"})
_TEXTS = frozenset({"to_str", "to_cow"})
"""What fails for texts of Python that are not valid in Rust."""
_SETTLES = frozenset(
    {
        *("is_instance", "is_instance_of", "is_exact_instance", "is_exact_instance_of"),
        *("cast", "downcast", "cast_exact", "downcast_exact", "hasattr"),
        *("is", "is_subclass", "is_subclass_of"),
    }
)
GIVES_UP = frozenset({"panic", "unreachable", "unimplemented", "todo"})
_CASTS = frozenset({"cast", "cast_bound", "cast_exact", "downcast", "downcast_bound"})
_GIVES = frozenset(
    {
        *("call", "call0", "call1", "call_method", "call_method0", "call_method1", "getattr"),
        *("get_item", "str", "repr"),
        *_CASTS,
    }
)
_SAME = frozenset(
    {
        *("unwrap", "expect", "bind", "bind_borrowed", "as_any", "as_borrowed", "as_ref", "clone"),
        *("clone_ref", "to_owned", "into_any", "into_bound", "unbind", "borrow"),
    }
)
_HELD = ("Ok(", "Some(")
_TRIES = frozenset({*_GIVES, "extract", "is_none", "is_instance", "is_instance_of"})
_SIDES = 2
_DEEPEST = 8


@fact
class Origin:
    """`root`: the parameter, or the field, an object was asked from; `cast`: its class is known."""

    root: Node
    cast: bool


def origin_of(anatomy: Anatomy, node: Node) -> Origin | None:
    """Where an object comes from that an expression gives; None where it may be no object."""
    cast = False
    for _ in range(_DEEPEST):
        while isinstance(node, (MethodCall, Try, Unary)):
            if isinstance(node, MethodCall):
                if node.method not in _GIVES | _SAME:
                    return None
                cast = cast or node.method in _CASTS
            node = node.receiver if isinstance(node, MethodCall) else node.value
        if isinstance(node, FieldAccess):
            return Origin(node, cast)
        if not isinstance(node, Path) or len(node.segments) != 1:
            return None
        binding = anatomy.binding(node.last, node)
        if binding is None:
            return Origin(node, cast)
        value, pattern = binding
        if value is None or not _holds(pattern, node.last):
            return None
        node = value
    return None


def asked_of(anatomy: Anatomy, unwrap: MethodCall) -> tuple[str, str, Node] | None:
    """What is unwrapped of what a variable holds that an object has given: the first of a chain.

    With the name of the variable and what the object was. Of one whose class is known, that is its
    text alone.
    """
    call = unwrap.receiver
    if not isinstance(call, MethodCall) or call.method not in ASKS | _TEXTS:
        return None
    base = call.receiver
    while isinstance(base, MethodCall) and base.method in _SAME - UNWRAPS:
        base = base.receiver
    if not isinstance(base, Path) or anatomy.binding(base.last, base) is None:
        return None
    origin = origin_of(anatomy, base)
    if origin is None or is_settled(anatomy, unwrap, base.last):
        return None
    wanted = _TEXTS if origin.cast else ASKS - ANY_HAS
    return (call.method, base.last, origin.root) if call.method in wanted else None


def is_settled(anatomy: Anatomy, node: Node, name: str) -> bool:
    """Whether the object, or its class, has been asked before what it is or has."""
    return any(
        one.method in _SETTLES and _begins_with(one, name)
        for one in anatomy.all(MethodCall)
        if one.span.end < node.span.start
    )


def _begins_with(node: Node, name: str) -> bool:
    while isinstance(node, (MethodCall, Try)):
        node = node.receiver if isinstance(node, MethodCall) else node.value
    return isinstance(node, Path) and node.segments == (name,)


def _holds(pattern: str, name: str) -> bool:
    """Whether a pattern gives the object to a name: `name`, `Ok(name)`."""
    inner = pattern.removesuffix(")")
    for side in _HELD:
        inner = inner.removeprefix(side)
    return not pattern or inner.strip() == name


def given_up(anatomy: Anatomy) -> Iterator[tuple[MacroCall, tuple[Node, ...]]]:
    """Panics for objects of all classes but those that are tried, with the objects that are."""
    for node in anatomy.all(MacroCall):
        if node.path.rsplit("::", 1)[-1] in GIVES_UP:
            tried = [None if one is None else _tried(one) for one in _decides(anatomy, node)]
            objects = tuple(one for one in tried if one is not None)
            if objects and len(objects) == len(tried):
                yield node, objects


def _decides(anatomy: Anatomy, node: Node) -> Iterator[Node | None]:
    """What does not hold where a node is run; None for all that is no such condition."""
    for outer in anatomy.above(node):
        if isinstance(outer, If):
            yield _denied(outer, node)
        elif isinstance(outer, Arm):
            yield _subject(anatomy, outer)
        elif isinstance(outer, Block):
            yield from _before(outer, node)
        elif isinstance(outer, Let) and outer.otherwise is node:
            yield outer
        elif isinstance(outer, Loop):
            yield None
        node = outer


def _denied(outer: If, node: Node) -> Node | None:
    condition = outer.condition
    if outer.otherwise is node:
        return condition
    negated = isinstance(condition, Unary) and condition.op == "!"
    return condition.value if negated and isinstance(condition, Unary) else None


def _before(block: Block, node: Node) -> Iterator[Node | None]:
    """The conditions under which statements ahead of a node leave the function."""
    for one in block.statements:
        statement = one.inner if isinstance(one, Gated) else one
        if statement.span.start >= node.span.start:
            return
        if isinstance(statement, Let):
            if statement.otherwise is not None and _tried(statement) is None:
                yield None
        elif isinstance(statement, If) and statement.otherwise is None:
            if diverges(statement.then):
                yield statement.condition
        elif isinstance(statement, (If, Match, Loop, Try)) or diverges(statement):
            yield None


def _subject(anatomy: Anatomy, arm: Arm) -> Node | None:
    """What a `match` tries, of which an arm is taken where that fails."""
    outer = anatomy.parent(arm)
    other = arm.guard is None and (arm.pattern.startswith("Err(") or arm.pattern in ("_", "None"))
    both = isinstance(outer, Match) and len(outer.arms) == _SIDES
    return outer.subject if other and both and isinstance(outer, Match) else None


def _tried(condition: Node) -> Node | None:
    """The object that `let Ok(text) = object.cast::<PyString>()` takes for one of a class."""
    node = condition
    if isinstance(node, Let):
        held = node.value is not None and node.pattern.startswith(_HELD)
        node = node.value if held and node.value is not None else node
    while isinstance(node, (MethodCall, Unary)):
        if isinstance(node, MethodCall) and node.method in _TRIES:
            return node.receiver
        node = node.receiver if isinstance(node, MethodCall) else node.value
    return None
