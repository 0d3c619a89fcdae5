"""What one file offers to the recognition of cores: its active items by name."""

from __future__ import annotations

from functools import cached_property

from bindcheck.analysis.cores.aliases import Unaliased
from bindcheck.analysis.linking.linked import Linked
from bindcheck.fact import fact
from bindcheck.model import (
    Const,
    Enum,
    Function,
    Item,
    ItemRef,
    Module,
    Struct,
    TypeAlias,
    TypeRef,
)

BINDING_ATTRS = (
    "pyfunction",
    "pyfn",
    "pymethods",
    "pyclass",
    "pymodule",
    "wasm_bindgen",
    "new",
    "getter",
    "setter",
    "staticmethod",
    "classmethod",
)
"""Attributes of items that are a binding, or part of one, and so never of a core."""


@fact
class Fn:
    """A function of the audited configuration."""

    ref: ItemRef
    item: Function

    @property
    def name(self) -> str:
        """Its name."""
        return self.item.name


class CoreFile:
    """One file as the detectors see it: the configuration's items, bindings left out.

    `aliases` are names that types may have beside their own.
    """

    def __init__(self, program: Linked, path: str, aliases: frozenset[str] = frozenset()):
        self.program = program
        self.unaliased = Unaliased(program, aliases) if aliases else None
        self.path = path
        self.module: Module = program.modules[path]

    def is_binding(self, item: Item) -> bool:
        """Whether an item is exposed to another language in the audited configuration."""
        return item.attr(*BINDING_ATTRS) is not None and any(
            attribute.path.rsplit("::", 1)[-1] in BINDING_ATTRS
            and self.program.active(attribute.cfg, self.path)
            for attribute in item.attrs
        )

    @cached_property
    def functions(self) -> tuple[Fn, ...]:
        """Active functions and methods, in source order."""
        bound = self._binding_impls
        return tuple(
            Fn(ItemRef(self.path, index), self._named(item))
            for index, item in enumerate(self.module.functions)
            if index not in bound
            and not self.is_binding(item)
            and self.program.active(item.cfg, self.path)
        )

    def _named(self, item: Function) -> Function:
        """The function, its types called by their own names."""
        return item if self.unaliased is None else self.unaliased.function(self.path, item)

    @cached_property
    def _binding_impls(self) -> frozenset[int]:
        return frozenset(
            index
            for block in self.module.impls
            if self.is_binding(block)
            for index in block.functions
        )

    @cached_property
    def free(self) -> tuple[Fn, ...]:
        """Active functions outside impl blocks."""
        return tuple(fn for fn in self.functions if not fn.item.owner)

    @cached_property
    def methods(self) -> dict[str, tuple[Fn, ...]]:
        """Active functions of inherent and trait impls, by the type's name."""
        found: dict[str, list[Fn]] = {}
        for fn in self.functions:
            if fn.item.owner:
                found.setdefault(fn.item.owner, []).append(fn)
        return {owner: tuple(fns) for owner, fns in found.items()}

    @cached_property
    def structs(self) -> dict[str, tuple[ItemRef, Struct]]:
        """Active structs by name, bindings left out; the first of a name counts."""
        found: dict[str, tuple[ItemRef, Struct]] = {}
        for index, item in enumerate(self.module.structs):
            if self.is_binding(item):
                continue
            if item.name not in found and self.program.active(item.cfg, self.path):
                found[item.name] = (ItemRef(self.path, index), item)
        return found

    def struct(self, name: str) -> tuple[ItemRef, Struct] | None:
        """An active struct of this name, the types of its fields called by their own names."""
        found = self.structs.get(name)
        return None if found is None else self._plain(*found)

    def _plain(self, ref: ItemRef, item: Struct) -> tuple[ItemRef, Struct]:
        return ref, item if self.unaliased is None else self.unaliased.struct(ref, item)

    @cached_property
    def enums(self) -> dict[str, Enum]:
        """Active enums by name."""
        return {
            item.name: item
            for item in self.module.enums
            if self.program.active(item.cfg, self.path)
        }

    @cached_property
    def aliases(self) -> tuple[TypeAlias, ...]:
        """Active type aliases."""
        return tuple(
            item for item in self.module.aliases if self.program.active(item.cfg, self.path)
        )

    @cached_property
    def consts(self) -> dict[str, Const]:
        """Active constants by name."""
        return {
            item.name: item
            for item in self.module.consts
            if self.program.active(item.cfg, self.path)
        }

    def struct_of(
        self, kind: TypeRef, scope: tuple[str, ...] = (), path: str | None = None
    ) -> tuple[ItemRef, Struct] | None:
        """The struct a type names: of this file, else wherever the name leads from `path`."""
        if kind.kind != "path" or not kind.name:
            return None
        own = self.struct(kind.name)
        if own is not None and kind.path in (kind.name, f"self::{kind.name}"):
            return own
        ref = self.program.resolve_type(kind.path, path or self.path, scope)
        if ref is None:
            return None
        item = self.program.struct(ref)
        return self._plain(ref, item) if isinstance(item, Struct) else None

    def struct_at(self, kind: TypeRef, fn: Fn) -> tuple[ItemRef, Struct] | None:
        """The struct that a type in the signature of `fn` names."""
        return self.struct_of(kind, fn.item.scope, fn.ref.path)
