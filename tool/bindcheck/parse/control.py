"""Branches, loops, matches and jumps."""

from __future__ import annotations

from tree_sitter import Node

from bindcheck import model as m
from bindcheck.parse.attributes import Pending
from bindcheck.parse.lowering import Handler, Lowering
from bindcheck.parse.signatures import bound_names, single_name
from bindcheck.parse.tree import COMMENTS, Text, field_of, named
from bindcheck.parse.typerefs import optional_type

# A ladder leans to the right, one level per branch; a longer one is given flat.
_LONGEST_LADDER = 40


def names_of(text: Text, pattern: Node | None) -> tuple[tuple[str, ...], bool]:
    """What an irrefutable pattern binds, and whether it is a single `mut` name."""
    if pattern is None or pattern.type == "_":
        return (), False
    name, mutable = single_name(text, pattern)
    if name and name != "_":
        return (name,), mutable
    return bound_names(text, pattern), False


def let(low: Lowering, node: Node) -> m.Node:
    """`let pattern: type = value else { .. }`."""
    pattern = field_of(node, "pattern")
    names, mutable = names_of(low.text, pattern)
    specifier = any(child.type == "mutable_specifier" for child in node.children)
    return m.Let(
        low.text.span(node),
        names,
        low.text.folded(pattern),
        optional_type(low.text, field_of(node, "type")),
        low.maybe(node, "value"),
        low.maybe(node, "alternative"),
        mutable or specifier,
    )


def let_condition(low: Lowering, node: Node) -> m.Node:
    """`let pattern = value` of an `if` or `while`."""
    pattern = field_of(node, "pattern")
    names = () if pattern is None else bound_names(low.text, pattern)
    written = low.text.folded(pattern)
    return m.Let(low.text.span(node), names, written, None, low.field(node, "value"))


def let_chain(low: Lowering, node: Node) -> m.Node:
    """`a && let b = c && d`."""
    parts = [low.node(part) for part in named(node)]
    chain = parts[0] if parts else low.hole(node)
    for part in parts[1:]:
        chain = m.Binary(m.Span(chain.span.start, part.span.end), chain, "&&", part)
    return chain


def constant(low: Lowering, node: Node) -> m.Node:
    """A `const` or `static` inside a body: for the code after it, a binding."""
    name = low.text.of(field_of(node, "name"))
    written = optional_type(low.text, field_of(node, "type"))
    return m.Let(low.text.span(node), (name,), name, written, low.maybe(node, "value"))


def if_(low: Lowering, node: Node) -> m.Node:
    """`if`, with `else if` as an If in `otherwise`."""
    ladder, last = _ladder(node)
    branches = [(low.field(at, "condition"), low.field(at, "consequence")) for at in ladder]
    otherwise = None if last is None else low.node(last)
    if len(ladder) > _LONGEST_LADDER:
        parts = [part for branch in branches for part in branch]
        parts += [] if otherwise is None else [otherwise]
        return m.Opaque(low.text.span(node), "long if", tuple(parts))
    for at, (condition, then) in zip(reversed(ladder), reversed(branches), strict=True):
        otherwise = m.If(low.text.span(at), condition, then, otherwise)
    return otherwise or low.hole(node)


def _ladder(node: Node) -> tuple[list[Node], Node | None]:
    """The `if`s of `if .. else if ..`, and what the last `else` holds."""
    ladder, at = [node], field_of(node, "alternative")
    while at is not None:
        inner = named(at)
        if not inner or inner[0].type != "if_expression":
            return ladder, inner[0] if inner else None
        ladder.append(inner[0])
        at = field_of(inner[0], "alternative")
    return ladder, None


def match(low: Lowering, node: Node) -> m.Node:
    """`match subject { arms }`."""
    body = field_of(node, "body")
    arms = [part for part in named(body) if part.type == "match_arm"] if body is not None else []
    subject = low.field(node, "value")
    return m.Match(low.text.span(node), subject, tuple(arm(low, part) for part in arms))


def arm(low: Lowering, node: Node) -> m.Arm:
    """One arm, its `#[cfg]` included."""
    pending = Pending()
    for child in node.children:
        if not pending.take(low.text, child):
            break
    pattern = field_of(node, "pattern")
    body = low.field(node, "value")
    if pattern is None:
        return m.Arm(low.text.span(node), "", (), None, body, pending.cfg)
    written, names, guard = pattern_of(low, pattern)
    return m.Arm(low.text.span(node), written, names, guard, body, pending.cfg)


def pattern_of(low: Lowering, node: Node) -> tuple[str, tuple[str, ...], m.Node | None]:
    """The text, the bindings and the guard of a match pattern."""
    guard = field_of(node, "condition")
    shapes = [part for part in node.children if part.type not in COMMENTS and part.type != "|"]
    shape = shapes[0] if shapes else node
    names = () if shape.type == "_" else bound_names(low.text, shape)
    return low.text.folded(shape), names, None if guard is None else low.node(guard)


def for_(low: Lowering, node: Node) -> m.Node:
    """`for pattern in over { .. }`."""
    names, _ = names_of(low.text, field_of(node, "pattern"))
    over = low.field(node, "value")
    return m.Loop(low.text.span(node), "for", names, over, low.field(node, "body"))


def while_(low: Lowering, node: Node) -> m.Node:
    """`while condition { .. }`; `while let` binds in its condition."""
    condition = low.field(node, "condition")
    return m.Loop(low.text.span(node), "while", (), condition, low.field(node, "body"))


def loop(low: Lowering, node: Node) -> m.Node:
    """`loop { .. }`."""
    return m.Loop(low.text.span(node), "loop", (), None, low.field(node, "body"))


def _value(low: Lowering, node: Node) -> m.Node | None:
    inner = [part for part in named(node) if part.type != "label"]
    return low.node(inner[0]) if inner else None


def return_(low: Lowering, node: Node) -> m.Node:
    """`return value`."""
    return m.Return(low.text.span(node), _value(low, node))


def jump(low: Lowering, node: Node) -> m.Node:
    """`break 'label value`, `continue 'label`."""
    kind = node.type.removesuffix("_expression")
    return m.Jump(low.text.span(node), kind, _value(low, node))


HANDLERS: dict[str, Handler] = {
    "let_declaration": let,
    "let_condition": let_condition,
    "let_chain": let_chain,
    "const_item": constant,
    "static_item": constant,
    "if_expression": if_,
    "match_expression": match,
    "for_expression": for_,
    "while_expression": while_,
    "loop_expression": loop,
    "return_expression": return_,
    "break_expression": jump,
    "continue_expression": jump,
}
