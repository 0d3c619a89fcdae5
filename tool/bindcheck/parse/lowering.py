"""What all parts of the body lowering share: dispatch by node kind, gating, depth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from tree_sitter import Node

from bindcheck import model as m
from bindcheck.fact import record
from bindcheck.parse.attributes import BEFORE, Pending
from bindcheck.parse.tree import COMMENTS, FIELDS, Text, kind_numbers

_BEFORE_NUMBERS = kind_numbers(BEFORE)

# Bounds Python's recursion, here and when the IR is pickled or compared.
DEEPEST = 110

Handler = Callable[["Lowering", Node], m.Node]


class Handlers:
    """What is done with each kind of node.

    `known` is by the number of the kind, as far as it was met: that is found faster than its name.
    """

    def __init__(self, by_kind: Mapping[str, Handler]):
        self._by_kind = by_kind
        self.known: dict[int, Handler] = {}

    def __contains__(self, kind: str) -> bool:
        return kind in self._by_kind

    def learn(self, node: Node) -> Handler:
        """What is done with nodes of this kind."""
        kind = node.type
        other = _parenthesized if kind == "parenthesized_expression" else opaque
        found = self.known[node.kind_id] = self._by_kind.get(kind, other)
        return found


@record
class Lowering:
    """Turns the nodes of one text into IR.

    `scope` is the path of the function whose body this is;
    `too_deep` collects the places left out because they are nested beyond all measure, `functions`
    those defined in the body.
    """

    text: Text
    handlers: Handlers
    scope: tuple[str, ...] = ()
    depth: int = 0
    too_deep: list[m.Span] = field(default_factory=list)
    functions: list[m.Function] = field(default_factory=list)

    def node(self, node: Node) -> m.Node:
        """The IR of an expression or statement."""
        handlers = self.handlers
        handler = handlers.known.get(node.kind_id) or handlers.learn(node)
        while handler is _parenthesized:
            inner = _only(node)
            if inner is None:
                break
            node = inner
            handler = handlers.known.get(node.kind_id) or handlers.learn(node)
        if self.depth >= DEEPEST:
            self.too_deep.append(self.text.span(node))
            return m.Opaque(self.text.span(node), "nested too deeply")
        self.depth += 1
        found = handler(self, node)
        self.depth -= 1
        return found

    def within(self, text: Text) -> Lowering:
        """The same lowering for another text, such as the tokens of a macro."""
        return Lowering(text, self.handlers, self.scope, self.depth, self.too_deep, self.functions)

    def inside(self, scope: tuple[str, ...]) -> Lowering:
        """A lowering for the body of a function inside this body; what it finds is left out."""
        return Lowering(self.text, self.handlers, scope, self.depth)

    def maybe(self, node: Node, name: str) -> m.Node | None:
        """The IR of the child in a field that may be absent."""
        child = node.child_by_field_id(FIELDS[name])
        return None if child is None else self.node(child)

    def field(self, node: Node, name: str) -> m.Node:
        """The IR of the child in a field; a hole in broken code is opaque."""
        child = node.child_by_field_id(FIELDS[name])
        return self.hole(node) if child is None else self.node(child)

    def hole(self, node: Node) -> m.Node:
        """What stands for a missing operand of `node`."""
        end = node.end_byte
        return m.Opaque(self.text.between(end, end), "missing")

    def gated(self, nodes: Iterable[Node]) -> tuple[m.Node, ...]:
        """The IR of list elements (named nodes), each under the `#[cfg]` that stands before it."""
        found: list[m.Node] = []
        pending: Pending | None = None
        for node in nodes:
            if node.kind_id in _BEFORE_NUMBERS:
                pending = pending or Pending()
                pending.take(self.text, node)
            else:
                found.append(gate(pending, self.node(node)))
                pending = None
        return tuple(found)


def gate(pending: Pending | None, node: m.Node) -> m.Node:
    """`node` under the predicates of the attributes before it."""
    cfg = pending.cfg if pending is not None and pending.attrs else ()
    return m.Gated(node.span, cfg, node) if cfg else node


def _only(node: Node) -> Node | None:
    inner = [child for child in node.named_children if child.type not in COMMENTS]
    return inner[0] if len(inner) == 1 else None


def opaque(low: Lowering, node: Node) -> m.Node:
    """A node the IR has no form for: the expressions readable in it are kept."""
    parts: list[m.Node] = []
    stack = list(reversed(node.named_children))
    while stack:
        child = stack.pop()
        if child.type in low.handlers:
            parts.append(low.node(child))
        elif child.type not in COMMENTS:
            stack.extend(reversed(child.named_children))
    return m.Opaque(low.text.span(node), node.type, tuple(parts))


def _parenthesized(low: Lowering, node: Node) -> m.Node:
    """Parentheses around something else than one expression."""
    return opaque(low, node)
