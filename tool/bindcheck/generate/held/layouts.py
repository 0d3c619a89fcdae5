"""Which layouts of arrays a hand-written binding takes."""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.steps import root
from bindcheck.model import Let, Match, MethodCall, Node, Path, Try

_COPIES = frozenset(
    {
        *("as_array", "as_slice_memory_order", "get_owned_array", "is_c_contiguous"),
        *("is_contiguous", "is_standard_layout", "to_owned_array", "to_vec"),
    }
)
"""Methods of an array by which a binding takes it in another layout."""


def raises_for(held: HeldFunction) -> bool:
    """Whether a binding raises for each array that does not lie in memory number after number."""
    return all(_raises(held, one.name) for one in held.series())


def _raises(held: HeldFunction, name: str) -> bool:
    names = {name, *_aliases(held.body, name)}
    tried = False
    for node in held.body.walk():
        if isinstance(node, MethodCall) and root(node) in names and node.method in _COPIES:
            return False
        tried = tried or (isinstance(node, Try) and _asks(node.value, names))
    return tried


def _asks(node: Node, names: set[str]) -> bool:
    """Whether an expression asks one of the arrays for its slice."""
    asked = any(isinstance(one, MethodCall) and one.method == "as_slice" for one in node.walk())
    return asked and any(isinstance(one, Path) and one.text in names for one in node.walk())


def _aliases(body: Node, name: str) -> Iterator[str]:
    """Variables of what may be such an array: `if let Some(v) = &volume`, `volume.as_ref()`."""
    for node in body.walk():
        if isinstance(node, Match) and root(node.subject) == name:
            for arm in node.arms:
                yield from () if _asks(node.subject, {name}) else arm.names
        made = node.value if isinstance(node, Let) else None
        if isinstance(node, Let) and made is not None and root(made) == name:
            yield from () if _asks(made, {name}) else node.names
