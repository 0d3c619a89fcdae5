"""Names that tell what a body does beside computing values."""

from __future__ import annotations

from bindcheck.model import Literal, MacroCall, Node

MACROS = frozenset({"format", "intern", "matches", "unreachable", "vec"})
"""Macros without an effect that Python sees."""

EFFECTS = frozenset(
    {
        *("borrow_mut", "lock", "store", "swap", "try_lock", "write"),
        *("fetch_add", "fetch_and", "fetch_max", "fetch_min", "fetch_or", "fetch_sub"),
    }
)
"""Methods that change what outlives the call, or wait for it.

What `set_item` changes is the result, in most bodies: who reads a body looks at that by itself.
"""

RELEASES = frozenset({"allow_threads", "detach"})
"""Methods that run a closure without the interpreter."""


def interned(node: Node) -> Node:
    """The text in `intern!(py, "values")`, which is the same key for Python; others as they are."""
    if not isinstance(node, MacroCall) or node.path not in ("intern", "pyo3::intern"):
        return node
    text = node.args[1] if len(node.args) == 2 else None
    return text if isinstance(text, Literal) else node
