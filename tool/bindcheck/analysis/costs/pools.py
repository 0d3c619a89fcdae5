"""Thread pools that a function builds for itself and throws away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from bindcheck.analysis.costs.contexts import Placed, chain
from bindcheck.model import (
    Block,
    Call,
    Function,
    Let,
    Match,
    MethodCall,
    Node,
    Path,
    Span,
    Try,
    Unary,
)

_BUILDERS = frozenset(
    {
        ("ThreadPoolBuilder", "new"),
        ("ThreadPoolBuilder", "default"),
        ("Builder", "new_multi_thread"),
    }
)
_USES = frozenset(
    {
        *("install", "scope", "scope_fifo", "in_place_scope", "join", "spawn", "broadcast"),
        *("block_on", "enter", "spawn_blocking", "handle", "current_num_threads"),
        *("shutdown_timeout", "shutdown_background"),
    }
)
_PASSED_ON = frozenset({"unwrap", "expect", "map_err", "unwrap_or_else", "context", "ok_or_else"})

_POOLS = frozenset({"ThreadPool"})
_KEEPERS = frozenset({"Arc", "Rc"})

Lets = Mapping[str, Node]
Made = Callable[[Call], str]
"""What a called function of the crate builds a pool with that it gives away; empty for others."""


def builder_in(function: Function, body: Block | None) -> str:
    """What a function builds the pool with that it gives to who calls it; empty if it does not."""
    given = function.returns.names()
    if body is None or not given & _POOLS or given & _KEEPERS or "&" in function.returns.text:
        return ""
    built = (_builder(node, {}) for node in body.walk() if isinstance(node, MethodCall))
    return next(filter(None, built), "")


def pools(nodes: Sequence[Placed], made: Made) -> Iterator[tuple[Span, str]]:
    """The pools that are only used in the function that builds them: place and builder."""
    lets = dict(_bound(nodes))
    seen: set[Span] = set()
    for node, context in nodes:
        if not (isinstance(node, MethodCall) and node.method in _USES):
            continue
        pool = _unwrapped(node.receiver)
        kept = isinstance(pool, Path) and not _only_used(pool.text, nodes)
        if isinstance(pool, Path) and pool.text in lets:
            pool = _unwrapped(lets[pool.text])
        builder = _builder(pool, lets) or (made(pool) if isinstance(pool, Call) else "")
        if builder and not (kept or context.once or context.elsewhere) and pool.span not in seen:
            seen.add(pool.span)
            yield pool.span, builder


def _bound(nodes: Sequence[Placed]) -> Iterator[tuple[str, Node]]:
    """Names with the values they are bound to, by `let` or by the arm of a `match`."""
    for node, _ in nodes:
        if isinstance(node, Let) and node.names and node.value is not None:
            yield node.names[0], node.value
        elif isinstance(node, Match):
            yield from ((arm.names[0], node.subject) for arm in node.arms if arm.names)


def _unwrapped(node: Node | None) -> Node:
    while True:
        if isinstance(node, (Try, Unary)):
            node = node.value
        elif isinstance(node, MethodCall) and node.method in _PASSED_ON:
            node = node.receiver
        else:
            return node if node is not None else Path(Span(0, 0), ("",))


def _builder(node: Node, lets: Lets) -> str:
    """What builds a pool, such as `ThreadPoolBuilder`; empty for anything else."""
    if isinstance(node, Call):
        name = _made_by(node)
        return "Runtime" if name == ("Runtime", "new") else ""
    if not (isinstance(node, MethodCall) and node.method == "build"):
        return ""
    root = _root(node)
    if isinstance(root, Path) and root.text in lets:
        root = _root(lets[root.text])
    name = _made_by(root)
    return name[0] if name in _BUILDERS else ""


def _root(node: Node) -> Node:
    """What a chain of method calls begins with."""
    return next((one.receiver for one in reversed(list(chain(node)))), node)


def _made_by(node: Node) -> tuple[str, str]:
    if not (isinstance(node, Call) and isinstance(node.function, Path)):
        return "", ""
    owner, name = ("", *node.function.segments)[-2:]
    return owner, name


def _only_used(name: str, nodes: Sequence[Placed]) -> bool:
    """Whether a name is nothing but the receiver of the methods that use a pool."""
    used = {
        _unwrapped(node.receiver).span
        for node, _ in nodes
        if isinstance(node, MethodCall) and node.method in _USES
    }
    named = (node for node, _ in nodes if isinstance(node, Path) and node.text == name)
    return all(node.span in used for node in named)
