"""Branches that no object made from Python gets to: its constructor fixes what they depend on."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.keeping.reads import remembered
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Binary,
    Block,
    Call,
    FieldAccess,
    If,
    ItemRef,
    Let,
    Literal,
    MethodCall,
    Node,
    Path,
    Span,
    StructLiteral,
    Unary,
)

_PASSES = frozenset({"to_string", "to_owned", "into", "clone", "as_str", "as_ref", "as_deref"})
_MAKES = frozenset({"Some", "from"})


def is_unreachable(program: Program, ref: ItemRef, place: Span) -> bool:
    """Whether a place of a method lies in a branch that the constructors of its file rule out.

    Conditions are comparisons of fields of `self` with texts, where every constructor that Python
    can call gives the parameter of that name the same text.
    """
    body = program.body(ref)
    branches = [
        node
        for node in (body.walk() if body is not None else ())
        if isinstance(node, If) and node.span.contains(place)
    ]
    if not branches:
        return False
    texts = _held(program, ref)
    return any(
        (one.then.span.contains(place) and _holds(one.condition, texts) is False)
        or (
            one.otherwise is not None
            and one.otherwise.span.contains(place)
            and _holds(one.condition, texts) is True
        )
        for one in branches
    )


def _held(program: Program, ref: ItemRef) -> dict[str, str]:
    """Texts of fixed parameters that the object of a method holds under the same name."""
    owner = program.function(ref).owner
    fixed = _fixed(program, ref.path)
    held: set[str] = set()
    for index, function in enumerate(program.modules[ref.path].functions if fixed else ()):
        if function.owner == owner and not function.receiver:
            body = program.body(ItemRef(ref.path, index))
            held.update(_carried(body, owner) if body is not None else ())
    return {name: text for name, text in fixed.items() if name in held}


def _carried(body: Block, owner: str) -> Iterator[str]:
    """Fields of a new object that are made of the field of the same name of something else."""
    lets = {
        node.names[0]: node.value
        for node in body.walk()
        if isinstance(node, Let) and len(node.names) == 1 and node.value is not None
    }
    for node in body.walk():
        if isinstance(node, StructLiteral) and node.path in ("Self", owner):
            for init in node.inits:
                sources = [init.value, *_named(init.value, lets)]
                parts = (part for one in sources for part in one.walk())
                if any(isinstance(one, FieldAccess) and one.name == init.name for one in parts):
                    yield init.name


def _named(value: Node, lets: dict[str, Node]) -> Iterator[Node]:
    for part in value.walk():
        if isinstance(part, Path) and part.text in lets:
            yield lets[part.text]


@remembered(64)
def _fixed(program: Program, path: str) -> dict[str, str]:
    """Fields to which all constructors of a file give one and the same text."""
    given: dict[str, set[str | None]] = {}
    for entry in program.entries:
        if not (entry.constructor and entry.active and entry.ref.path == path):
            continue
        body = program.body(entry.ref)
        for node in body.walk() if body is not None else ():
            if isinstance(node, StructLiteral):
                for init in node.inits:
                    given.setdefault(init.name, set()).add(_text(init.value))
    return {
        name: text
        for name, texts in given.items()
        if len(texts) == 1 and (text := next(iter(texts))) is not None
    }


def _text(node: Node) -> str | None:
    """The text that an expression makes, None if it is another value."""
    while True:
        if isinstance(node, MethodCall) and node.method in _PASSES and not node.args:
            node = node.receiver
        elif isinstance(node, Call) and isinstance(node.function, Path) and len(node.args) == 1:
            if node.function.last not in _MAKES:
                return None
            node = node.args[0]
        else:
            return node.text if isinstance(node, Literal) and node.kind == "str" else None


def _holds(condition: Node, texts: dict[str, str]) -> bool | None:
    """Whether a condition is true or false for these texts, None if they do not tell."""
    if isinstance(condition, Unary) and condition.op == "!":
        inner = _holds(condition.value, texts)
        return None if inner is None else not inner
    if not isinstance(condition, Binary):
        return None
    if condition.op in ("&&", "||"):
        sides = (_holds(condition.left, texts), _holds(condition.right, texts))
        settled = condition.op == "||"
        if settled in sides:
            return settled
        return None if None in sides else not settled
    if condition.op in ("==", "!="):
        return _compared(condition, texts)
    return None


def _compared(condition: Binary, texts: dict[str, str]) -> bool | None:
    for field, other in (
        (condition.left, condition.right),
        (condition.right, condition.left),
    ):
        while isinstance(field, MethodCall) and field.method in _PASSES and not field.args:
            field = field.receiver
        known = texts.get(field.name) if isinstance(field, FieldAccess) else None
        told = _text(other)
        if known is not None and told is not None:
            return (known == told) == (condition.op == "==")
    return None
