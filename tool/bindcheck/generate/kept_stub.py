"""Stub entries of bindings whose interface is kept, and of those that stay by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from bindcheck.fact import fact
from bindcheck.generate.checked import render_python
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.kept_interface import (
    KeptClass,
    KeptFunction,
    entry_of,
)


@fact
class KeptEntries:
    """The declarations of an indicator's bindings, and what their text uses of `typing`."""

    functions: tuple[KeptFunction, ...] = ()
    classes: tuple[KeptClass, ...] = ()

    @classmethod
    def of(cls, declared: Iterable[KeptFunction | KeptClass]) -> KeptEntries:
        """Functions first, then classes."""
        listed = tuple(declared)
        return cls(
            tuple(one for one in listed if isinstance(one, KeptFunction)),
            tuple(one for one in listed if isinstance(one, KeptClass)),
        )

    def with_others(self, others: KeptEntries) -> KeptEntries:
        """Both, each kind together."""
        return KeptEntries(self.functions + others.functions, self.classes + others.classes)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that Python sees."""
        return (*(one.name for one in self.functions), *(one.name for one in self.classes))

    @property
    def dicts(self) -> tuple[str, ...]:
        """The names of types of dicts."""
        return tuple(one.typed_dict for one in self.functions if one.typed_dict)

    @property
    def typing(self) -> tuple[str, ...]:
        """Names that the stub imports from `typing`."""
        dicts = any(one.entries for one in self.functions)
        final = any(one.final for one in self.classes)
        loose = any("Any" in one.returns for one in self.functions)
        return (
            *(["Any"] if loose else []),
            *(["TypedDict"] if dicts else []),
            *(["final"] if final else []),
        )

    def text(self, templates: Path | None) -> str:
        """The entries of the stub; empty where there are none."""
        if not self.names:
            return ""
        context = {"functions": self.functions, "classes": self.classes}
        return render_python("python/kept.pyi.j2", context, templates, "stub")


def kept_entries(
    one: Indicator, pieces: Collection[str], handwritten: Collection[str]
) -> KeptEntries:
    """What the stub says of the kept bindings `pieces`, without names that it has by hand."""
    return KeptEntries.of(
        one.views[piece].declared()
        for piece in ("single", "batch", "stream")
        if piece in pieces and entry_of(one.facts, piece).python_name not in handwritten
    )
