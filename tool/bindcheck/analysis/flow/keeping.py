"""Copies of arguments that have to be made: for a set, or for another thread."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.values import Root
from bindcheck.model import Closure, MethodCall, Node, Path, Sequence, Span

SETS = frozenset(
    f"{kind}{what}"
    for kind in ("Hash", "BTree", "Index", "FxHash", "AHash")
    for what in ("Set", "Map")
)
SENDS = frozenset({"send", "try_send", "blocking_send", "send_timeout", "send_deadline"})
_MOVES = frozenset({"into_iter", "drain"})


def moves(node: Node, owned: bool) -> bool:
    """Whether a chain starts at a collection of its own, whose elements it moves."""
    while isinstance(node, MethodCall):
        if node.method in _MOVES:
            return owned
        node = node.receiver
    return False


def needed(span: Span, frame: Frame) -> None:
    """What `span` collects goes into a set or map: a slice would not do."""
    frame.events.taken[:] = [
        one
        for one in frame.events.taken
        if not (one.how == "collect" and one.place == frame.place(span))
    ]


def handed_over(nodes: Iterable[Node], frame: Frame) -> None:
    """Values go to another thread, by themselves or in a closure, and belong to it from then on."""
    roots: set[Root | None] = set()
    for node in nodes:
        roots.add(frame.root(node.span))
        parts = node.walk() if isinstance(node, (Closure, Sequence)) else (node,)
        names = [one.text for one in parts if isinstance(one, Path)]
        roots |= {frame.names[name].root for name in names if name in frame.names}
    frame.events.taken[:] = [
        one for one in frame.events.taken if (one.place.ref.path, one.place.span) not in roots
    ]
