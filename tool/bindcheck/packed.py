"""Plain data in parts, each of which is made only when somebody asks for it.

Reading back makes facts of this program and built-in types and nothing else: an entry of the cache
cannot run code.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Hashable, Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from bindcheck.fact import is_fact

DAMAGED = (pickle.UnpicklingError, EOFError, TypeError, ValueError, AttributeError, IndexError)
"""What is raised when packed data is damaged, or of another version."""


class Packed(Mapping[Hashable, Any]):
    """Values by name, unpacked when first asked for. Raises one of `DAMAGED` for a damaged one."""

    def __init__(self, parts: Mapping[Hashable, bytes]):
        self._parts = parts
        self._known: dict[Hashable, Any] = {}

    @classmethod
    def of(cls, values: Iterable[tuple[Hashable, object]]) -> Packed:
        """Values, each packed by itself: no object is shared by two."""
        return cls({name: packed(value) for name, value in values})

    def __getitem__(self, name: Hashable) -> Any:
        if name not in self._known:
            self._known[name] = unpacked(self._parts[name])
        return self._known[name]

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    @property
    def parts(self) -> Mapping[Hashable, bytes]:
        """The packed values by name."""
        return self._parts


def packed(value: object) -> bytes:
    """Plain data as bytes."""
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def unpacked(body: bytes) -> Any:
    """What `packed` was given. Raises one of `DAMAGED`."""
    return _FactReader(io.BytesIO(body)).load()


class _FactReader(pickle.Unpickler):
    """Makes facts and values of enumerations of this program, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        found = getattr(sys.modules.get(module), name, None)
        if isinstance(found, type) and found.__module__ == module and _is_plain(found):
            return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def _is_plain(kind: type) -> bool:
    return kind.__module__.startswith("bindcheck.") and (
        is_fact(kind) or issubclass(kind, tuple | Enum)
    )
