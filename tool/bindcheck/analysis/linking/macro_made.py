"""Macros that make entry points: by their own rules, by those they call, by what is handed over."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bindcheck.model import MacroItem, Module

EXPOSING = frozenset({"pyfunction", "pyfn", "pyclass", "pymethods", "pymodule"})
"""Attributes, and hints of a macro, that make entry points."""

_CALLED = re.compile(r"(\w+)\s*!\s*[({\[]")
_CALLS_A_NAME = re.compile(r"\$\w+\s*!\s*[({\[]")
_WORD = re.compile(r"\w+")


class MacroMade:
    """Which macros of linked modules make entry points.

    Macros are known by name alone: of two with one name, both count.
    """

    def __init__(self, modules: Iterable[Module]):
        self._rules: dict[str, list[MacroItem]] = {}
        for module in modules:
            for item in module.macros:
                if item.defines:
                    self._rules.setdefault(item.name, []).append(item)
        self.names = self._exposing()

    def _exposing(self) -> frozenset[str]:
        found = {name for name, items in self._rules.items() if any(map(_hinted, items))}
        todo = bool(found)
        while todo:
            more = {name for name in self._rules.keys() - found if self._reaches(name, found)}
            found |= more
            todo = bool(more)
        return frozenset(found)

    def _reaches(self, name: str, exposing: set[str]) -> bool:
        """Whether the rules of a macro call one that makes them, or hand its name to another."""
        return any(
            bool(_called(item.tokens)) and not exposing.isdisjoint(_WORD.findall(item.tokens))
            for item in self._rules[name]
        )

    def makes(self, call: MacroItem) -> bool:
        """Whether an invocation makes entry points."""
        if _hinted(call):
            return True
        name = call.name.rsplit("::", 1)[-1]
        return name in self.names or bool(self.names and self._handed_over(name, call.tokens))

    def _handed_over(self, name: str, tokens: str) -> bool:
        """Whether a macro that makes them is called in the tokens, or by the rules that get it."""
        if not self.names.isdisjoint(_called(tokens)):
            return True
        calls = any(_CALLS_A_NAME.search(item.tokens) for item in self._rules.get(name, ()))
        return calls and not self.names.isdisjoint(_WORD.findall(tokens))

    def declares(self, call: MacroItem) -> bool:
        """Whether an invocation may declare modules."""
        rules = self._rules.get(call.name.rsplit("::", 1)[-1], ())
        return any("mod" in _WORD.findall(item.tokens) for item in (call, *rules))


def _hinted(item: MacroItem) -> bool:
    return not EXPOSING.isdisjoint(item.hints)


def _called(tokens: str) -> set[str]:
    return set(_CALLED.findall(tokens))
