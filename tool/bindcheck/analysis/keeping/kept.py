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
        self._values = {name: (value, Named(("kept", name))) for name, value in known.items()}

    def of(self, name: str, make: Callable[[], T]) -> T:
        """The value of this name."""
        if name not in self._values:
            self._values[name] = named(("kept", name), make)
        value, what = self._values[name]
        note(what)
        return cast("T", value)

    def all(self) -> dict[str, object]:
        """Everything that was made of the crate as a whole, or known."""
        return {name: value for name, (value, _) in self._values.items()}
