"""Macros that make entry points: by their own rules, by those they call, by what is handed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Set

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
        self._handing = self._all_handing()
        self.names = self._exposing()

    def _exposing(self) -> frozenset[str]:
        found = {name for name, items in self._rules.items() if any(map(_hinted, items))}
        return self._grown(found, self._hands_over)

    def _all_handing(self) -> frozenset[str]:
        """Macros that call one whose name they get, be it by way of others."""
        found = {
            name
            for name, items in self._rules.items()
            if any(_CALLS_A_NAME.search(item.tokens) for item in items)
        }
        return self._grown(found, lambda *_: False)

    def _grown(self, found: Set[str], more: Callable[[str, Set[str]], bool]) -> frozenset[str]:
        """The macros that come to some of these, by the calls in their rules or by `more`."""
        known = frozenset(found)
        while new := {
            name
            for name in (self._rules.keys() - known if known else ())
            if self._reaches(name, known) or more(name, known)
        }:
            known |= new
        return known

    def _reaches(self, name: str, macros: Set[str]) -> bool:
        return any(not macros.isdisjoint(_called(item.tokens)) for item in self._rules[name])

    def _hands_over(self, name: str, exposing: Set[str]) -> bool:
        """Whether a macro gives the name of one that makes them to one that calls what it gets."""
        return any(
            not exposing.isdisjoint(_WORD.findall(item.tokens))
            and not self._handing.isdisjoint(_called(item.tokens))
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
        return name in self._handing and not self.names.isdisjoint(_WORD.findall(tokens))

    def declares(self, call: MacroItem) -> bool:
        """Whether an invocation may declare modules."""
        rules = self._rules.get(call.name.rsplit("::", 1)[-1], ())
        return any("mod" in _WORD.findall(item.tokens) for item in (call, *rules))


def _hinted(item: MacroItem) -> bool:
    return not EXPOSING.isdisjoint(item.hints)


def _called(tokens: str) -> set[str]:
    return set(_CALLED.findall(tokens))
