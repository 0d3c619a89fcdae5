"""What is made once of a crate as a whole, and holds until something it was made of changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from bindcheck.analysis.keeping.asked import Asked

T = TypeVar("T")


class Kept:
    """Values by name. Those that are `known` from an earlier run are not made anew.

    A value is plain data: it is written to disk. Bodies that are read for one are noted under its
    name.
    """

    def __init__(self, asked: Asked, known: Mapping[str, object]):
        self.reading = asked.reading
        self._values = dict(known)

    def of(self, name: str, make: Callable[[], T]) -> T:
        """The value of this name."""
        if name not in self._values:
            with self.reading(name):
                self._values[name] = make()
        return cast("T", self._values[name])

    def all(self) -> dict[str, object]:
        """Everything that was made or known."""
        return dict(self._values)
