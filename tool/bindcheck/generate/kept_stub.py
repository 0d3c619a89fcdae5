"""Stub entries of bindings whose interface is kept."""

from __future__ import annotations

from collections.abc import Collection
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
    """The declarations of an indicator's kept bindings, and what their text uses of `typing`."""

    functions: tuple[KeptFunction, ...]
    classes: tuple[KeptClass, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names that Python sees."""
        return (*(one.name for one in self.functions), *(one.name for one in self.classes))

    @property
    def typing(self) -> tuple[str, ...]:
        """Names that the stub imports from `typing`."""
        dicts = any(one.entries for one in self.functions)
        final = any(one.final for one in self.classes)
        return (*(["TypedDict"] if dicts else []), *(["final"] if final else []))

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
    functions: list[KeptFunction] = []
    classes: list[KeptClass] = []
    for piece in ("single", "batch", "stream"):
        if piece not in pieces or entry_of(one.facts, piece).python_name in handwritten:
            continue
        declared = one.views[piece].declared()
        if isinstance(declared, KeptClass):
            classes.append(declared)
        else:
            functions.append(declared)
    return KeptEntries(tuple(functions), tuple(classes))
