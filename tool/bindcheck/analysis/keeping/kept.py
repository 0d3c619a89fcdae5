"""What is made once of a crate as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from bindcheck.analysis.keeping.reads import Named, named, note

T = TypeVar("T")


class Kept:
    """Values by name, each made when it is first asked for."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[object, Named]] = {}

    def of(self, name: str, make: Callable[[], T]) -> T:
        """The value of this name."""
        if name not in self._values:
            self._values[name] = named(("kept", name), make)
        value, what = self._values[name]
        note(what)
        return cast("T", value)
