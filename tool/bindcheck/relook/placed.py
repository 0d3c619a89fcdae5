"""What was linked, where it is now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bindcheck.analysis.program import Exposed
from bindcheck.carry import Moves, moved
from bindcheck.fact import field_names, is_fact
from bindcheck.model import ItemRef, MacroItem

Changes = Mapping[str, Moves]
"""Where code has gone, by file."""


def in_place(value: Any, changes: Changes) -> Any:
    """Plain data in which spans of files are where they are now. Raises Unmoved.

    Such are those of facts with a `ref` to a file, and of macros that it defines.
    """
    if isinstance(value, Mapping):
        return {key: in_place(one, changes) for key, one in value.items()}
    if type(value) is tuple and len(value) == 2 and isinstance(value[1], MacroItem):
        return (value[0], _moved_in(value[1], value[0], changes))
    if type(value) in (tuple, list):
        return type(value)(in_place(one, changes) for one in value)
    if not is_fact(type(value)):
        return value
    ref = getattr(value, "ref", None)
    if isinstance(ref, ItemRef):
        return _moved_in(value, ref.path, changes)
    return type(value)(
        *(in_place(getattr(value, name), changes) for name in field_names(type(value)))
    )


def exposed_now(exposed: Exposed, changes: Changes) -> Exposed:
    """What Python sees, where it is now."""
    return Exposed(
        tuple(_moved_in(one, one.ref.path, changes) for one in exposed.entries),
        tuple(_moved_in(one, one.location[0], changes) for one in exposed.registrations),
        exposed.cores,
    )


def _moved_in(value: Any, path: str, changes: Changes) -> Any:
    return moved(value, changes[path]) if path in changes else value
