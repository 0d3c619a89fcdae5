"""What is made once of a crate as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar, cast

from bindcheck.analysis.keeping.reads import Named, named, note

T = TypeVar("T")


class Kept:
    """Values by name, each made when it is first asked for.

    Those that are `known` from an earlier run are not made anew.
    """

    def __init__(self, known: Mapping[str, object]) -> None:
        self._known = known
        self._values: dict[str, tuple[object, Named]] = {}

    def of(self, name: str, make: Callable[[], T]) -> T:
        """The value of this name."""
        if name not in self._values:
            if name in self._known:
                self._values[name] = (self._known[name], Named(("kept", name)))
            else:
                self._values[name] = named(("kept", name), make)
        value, what = self._values[name]
        note(what)
        return cast("T", value)

    def all(self) -> dict[str, object]:
        """Everything that was asked for."""
        return {name: value for name, (value, _) in self._values.items()}
