"""Names that tell what a body does beside computing values."""

from __future__ import annotations

MACROS = frozenset({"format", "matches", "unreachable", "vec"})
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
