"""What each module declares, as tables by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from bindcheck.analysis.tree import ModuleKey, Tree
from bindcheck.fact import fact
from bindcheck.model import Function, Item, ItemRef, Module, TypeAlias, Use


@fact
class Named:
    """A function (`fn`) or a struct or enum (`type`)."""

    kind: str
    ref: ItemRef


@fact
class Alias:
    """A `type` alias and the file it stands in."""

    item: TypeAlias
    path: str


Def = Named | Alias | ModuleKey
"""What a name can mean; a bare tuple is a module."""


@dataclass(slots=True)
class Scope:
    """Declarations of one module. `uses` are by the name they bring in; globs are apart."""

    path: str
    defs: dict[str, list[Def]] = field(default_factory=dict)
    uses: dict[str, list[Use]] = field(default_factory=dict)
    globs: list[Use] = field(default_factory=list)

    def define(self, name: str, what: Def) -> None:
        """Add a declaration."""
        self.defs.setdefault(name, []).append(what)


class Scopes:
    """All modules of a tree by their path, inline modules included."""

    def __init__(self, tree: Tree):
        self._tree = tree
        self._scopes: dict[ModuleKey, Scope] = {}
        self._modules: set[ModuleKey] = set()
        for path, module in tree.modules.items():
            self._declare(tree.places[path].key, path, module)
        self._mount()

    def get(self, key: ModuleKey) -> Scope | None:
        """Declarations of a module, None if there is no such module."""
        return self._scopes.get(key)

    @cached_property
    def names(self) -> frozenset[str]:
        """All names that some module declares or brings in; any other means nothing anywhere."""
        found: set[str] = set()
        for scope in self._scopes.values():
            found.update(scope.defs)
            found.update(scope.uses)
        return frozenset(found)

    def is_module(self, key: ModuleKey) -> bool:
        """Whether a key is a module's; otherwise it is that of a function with functions inside."""
        return key in self._modules or len(key) == 1

    def item(self, one: Named) -> Item:
        """The item a definition refers to."""
        module = self._tree.modules[one.ref.path]
        if one.kind == "fn":
            return module.functions[one.ref.index]
        count = len(module.structs)
        index = one.ref.index
        return module.structs[index] if index < count else module.enums[index - count]

    def _scope(self, key: ModuleKey, path: str) -> Scope:
        return self._scopes.setdefault(key, Scope(path))

    def _declare(self, key: ModuleKey, path: str, module: Module) -> None:
        inline = ((*key, *mod.scope, mod.name) for mod in module.mods if mod.inline)
        for one in (key, *inline):
            self._scope(one, path)
            self._modules.add(one)
        for name, scope, what in _declarations(path, module):
            self._scope((*key, *scope), path).define(name, what)
        for use in module.uses:
            target = self._scope((*key, *use.scope), path)
            if use.name == "*":
                target.globs.append(use)
            elif use.name != "_":
                target.uses.setdefault(use.name, []).append(use)

    def _mount(self) -> None:
        """Make every module a name in the one around it."""
        for key in self._modules:
            outer = self._scopes.get(key[:-1])
            if outer is not None:
                outer.define(key[-1], key)


def _declarations(path: str, module: Module) -> Iterator[tuple[str, tuple[str, ...], Def]]:
    for index, function in enumerate(module.functions):
        if is_free(function):
            yield function.name, function.scope, Named("fn", ItemRef(path, index))
    for index, item in enumerate((*module.structs, *module.enums)):
        yield item.name, item.scope, Named("type", ItemRef(path, index))
    for alias in module.aliases:
        yield alias.name, alias.scope, Alias(alias, path)


def is_free(function: Function) -> bool:
    """Whether a function stands by itself, outside impls and traits."""
    return not function.owner and not function.trait
