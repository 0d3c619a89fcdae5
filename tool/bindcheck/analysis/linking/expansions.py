"""The code that calls of the crate's own macros stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from bindcheck.analysis.keeping.kept import Kept
from bindcheck.model import Block, Cfg, MacroCall, MacroItem, Module, Span
from bindcheck.parse.expansion import expansion

Active = Callable[[tuple[Cfg, ...], str], bool]


class Expansions:
    """Blocks by the file and place of the macro call, read when first asked for.

    A macro is known by its name: of several with one name, that of the file of the call is meant.
    One that makes entry points, and one whose calls do not read as statements, stays as it is.
    """

    def __init__(self, modules: Mapping[str, Module], active: Active, kept: Kept):
        self._modules = modules
        self._kept = kept
        self._active = active
        self._known: dict[tuple[str, Span], Block | None] = {}

    def of(self, path: str, call: MacroCall) -> Block | None:
        """What a call in a file stands for, None where that is not known."""
        name = call.path.rsplit("::", 1)[-1]
        if name not in self._rules:
            return None
        key = (path, call.span)
        if key not in self._known:
            item = self._meant(path, name)
            self._known[key] = expansion(item.tokens, call) if item is not None else None
        return self._known[key]

    def _meant(self, path: str, name: str) -> MacroItem | None:
        found = [
            (where, item)
            for where, item in self._rules[name]
            if not item.hints and self._active(item.cfg, where)
        ]
        near = [one for one in found if one[0] == path] or found
        return near[0][1] if len(near) == 1 else None

    @cached_property
    def _rules(self) -> Mapping[str, list[tuple[str, MacroItem]]]:
        return self._kept.of("macro rules", self._all_rules)

    def _all_rules(self) -> Mapping[str, list[tuple[str, MacroItem]]]:
        found: dict[str, list[tuple[str, MacroItem]]] = {}
        for path, module in self._modules.items():
            for item in module.macros:
                if item.defines:
                    found.setdefault(item.name, []).append((path, item))
        return found
