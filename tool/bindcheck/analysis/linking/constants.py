"""Constants of the crate by their names alone, wherever they stand."""

from __future__ import annotations

from collections.abc import Mapping

from bindcheck.analysis.linking.linked import Linked
from bindcheck.fact import fact


@fact
class Constant:
    """The text of a constant's value, and the first letter of its type."""

    path: str
    value: str
    type: str


def constants(linked: Linked) -> Mapping[str, tuple[Constant, ...]]:
    """All constants by name, in source order."""
    return linked.keep("constants", lambda: _all(linked))


def _all(linked: Linked) -> dict[str, tuple[Constant, ...]]:
    found: dict[str, list[Constant]] = {}
    for path, module in linked.modules.items():
        for one in module.consts:
            found.setdefault(one.name, []).append(Constant(path, one.value, one.type.name[:1]))
    return {name: tuple(some) for name, some in found.items()}
