"""What a body does beside its interface, which a new body would lose: it is named and refused."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bindcheck.generate.held.effects import EFFECTS, MACROS, RELEASES
from bindcheck.generate.held.evidence import Known
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.statements import is_guard, raises
from bindcheck.generate.held.steps import asks_memory
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Binary,
    Block,
    Call,
    Closure,
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
    Return,
    Try,
)

_STATEMENTS = frozenset({"copy_from_slice", "fill", "push", "set_item"})
"""Methods that stand alone as a statement, and whose effect is followed."""


def account(held: HeldFunction, known: Known) -> None:
    """Raise where a body does what no part of the new one would do."""
    asking = {id(one.then) for one in held.body.walk() if isinstance(one, If) and asks_memory(one)}
    for node in held.body.walk():
        reason, what = _reason(node, known), node
        if not reason and isinstance(node, Block) and id(node) not in asking:
            ends = node.statements[:-1] if node.tail else node.statements
            effects = [one for one in ends if _is_effect(one, known)]
            reason, what = ("a place for a statement", effects[0]) if effects else ("", node)
        if reason:
            fact = f"{reason} in `{held.function.name}`: `{_text(held, what)}`"
            raise Lacking(fact, what.span.start)
    _refuse_errors(held)


def _text(held: HeldFunction, node: Node) -> str:
    """The first line of a node, short enough for a message."""
    text = held.source[node.span.start : node.span.end].decode("utf-8")
    first = text.partition("\n")[0].strip()
    return first if len(first) <= 60 else f"{first[:57]}..."


def _reason(node: Node, known: Known) -> str:
    """Why a node is more than the interface; empty where it is not."""
    if isinstance(node, MacroCall) and node.path.rpartition("::")[2] not in MACROS:
        return "a place for the macro"
    if isinstance(node, MethodCall) and node.method in EFFECTS:
        return "a place for the effect"
    if isinstance(node, MethodCall) and node.method == "map_err" and _reads(node.receiver):
        return "a place for the error of an array"
    if isinstance(node, If | Match) and _fills_dict(node):
        return "a place for the condition of an entry"
    return ""


def _reads(node: Node) -> bool:
    """Whether an expression asks an array for its slice, which the new body does in its way."""
    return isinstance(node, MethodCall) and node.method == "as_slice"


def _fills_dict(node: If | Match) -> bool:
    return any(isinstance(one, MethodCall) and one.method == "set_item" for one in node.walk())


def _is_effect(statement: Node, known: Known) -> bool:
    """Whether a statement is a call for its effect alone, of what is not known."""
    inner: Node | None = statement.inner if isinstance(statement, Gated) else statement
    if isinstance(inner, Let) and not inner.names:
        inner = inner.value if isinstance(inner.value, Try) else None
    raises = isinstance(inner, Try)
    if isinstance(inner, Try):
        inner = inner.value
    if not isinstance(inner, Call | MethodCall) or _is_known(inner, known):
        return False
    fills = isinstance(inner, Call) and any(_is_buffer(arg, known) for arg in inner.args)
    return raises or not fills


def _is_known(call: Call | MethodCall, known: Known) -> bool:
    """Whether the call reaches the core, asks for a value, or writes memory of the body."""
    for node in call.walk():
        if isinstance(node, MethodCall) and node.method in _STATEMENTS | RELEASES:
            return True
        if isinstance(node, MethodCall) and node.method in ("ok_or", "ok_or_else"):
            return True
        if isinstance(node, Call) and isinstance(node.function, Path) and _is_core(node, known):
            return True
    return False


def _is_buffer(node: Node, known: Known) -> bool:
    """A variable of the body: a slice of memory that the function is to fill."""
    return isinstance(node, Path) and len(node.segments) == 1 and node.last not in known.arguments


def _is_core(call: Call, known: Known) -> bool:
    name = call.function.last if isinstance(call.function, Path) else ""
    return name in {*known.functions, *known.lists, *known.wholes, known.validator}


def _refuse_errors(held: HeldFunction) -> None:
    """Errors that are raised elsewhere than in a check at the top of the body."""
    kept = {
        id(one)
        for statement in held.body.statements
        if is_guard(statement) or raises(statement) or _is_unwrapped(statement, held)
        for one in statement.walk()
    }
    for node in _outside(held.body, kept):
        if isinstance(node, Return):
            name = held.function.name
            raise Lacking(
                f"a place for the error in `{name}`: `{_text(held, node)}`", node.span.start
            )


def _is_unwrapped(statement: Node, held: HeldFunction) -> bool:
    """`let Some(high) = high else { .. }` of what a check has refused before, so it never ends."""
    if not isinstance(statement, Let) or statement.otherwise is None:
        return False
    checked = {
        node.receiver.last
        for one in held.body.statements
        if is_guard(one) and one.span.end <= statement.span.start
        for node in one.walk()
        if isinstance(node, MethodCall)
        and node.method == "is_none"
        and isinstance(node.receiver, Path)
    }
    return isinstance(statement.value, Path) and statement.value.last in checked


def _outside(node: Node, kept: Collection[int]) -> Iterator[Node]:
    """The nodes that no check has, and no closure: a closure's errors are those of the core."""
    if id(node) in kept or isinstance(node, Closure):
        return
    yield node
    for child in node.children():
        yield from _outside(child, kept)


def refuse_loops(held: HeldFunction) -> None:
    """A loop that makes a stream, or hands values to it, is more than one call of the core."""
    for node in held.body.walk():
        if isinstance(node, Loop):
            fact = f"a place for the loop in `{held.function.name}`: `{_text(held, node)}`"
            raise Lacking(fact, node.span.start)


def refuse_conditional(held: HeldFunction, update: str) -> None:
    """Values that reach a stream under a condition alone."""
    for node in held.body.walk():
        for part in _parts(node):
            if any(_hands_on(one, update) for one in part.walk()):
                shown = _text(held, node)
                fact = f"a place for the condition in `{held.function.name}`: `{shown}`"
                raise Lacking(fact, node.span.start)


def _parts(node: Node) -> tuple[Node, ...]:
    """What runs only sometimes; whoever is given a closure may call it never, or often."""
    if isinstance(node, If):
        return (node.then,) if node.otherwise is None else (node.then, node.otherwise)
    if isinstance(node, Match):
        return node.arms
    if isinstance(node, Closure):
        return (node.body,)
    return (node.right,) if isinstance(node, Binary) and node.op in ("&&", "||") else ()


def _hands_on(node: Node, update: str) -> bool:
    return (
        isinstance(node, MethodCall)
        and node.method == update
        and isinstance(node.receiver, FieldAccess)
    )
