"""What each module declares, as tables by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from bindcheck.analysis.linking.tree import ModuleKey, Tree
from bindcheck.fact import fact, record
from bindcheck.model import Function, Item, ItemRef, Mod, Module, TypeAlias, Use


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


@record
class Scope:
    """Declarations of one module. `uses` are by the name they bring in; globs are apart."""

    path: str
    defs: dict[str, tuple[Def, ...]] = field(default_factory=dict)
    uses: dict[str, tuple[Use, ...]] = field(default_factory=dict)
    globs: list[Use] = field(default_factory=list)

    def define(self, name: str, what: Def) -> None:
        """Add a declaration."""
        # Nearly all names are declared once: a list of one takes twice the room.
        self.defs[name] = (*self.defs.get(name, ()), what)


class Scopes:
    """All modules of a tree by their path, inline modules included.

    A file is read when a module in it is asked for.
    """

    def __init__(self, tree: Tree):
        self._tree = tree
        self._scopes: dict[ModuleKey, Scope] = {}
        self._modules: set[ModuleKey] = set()
        self._mounted: set[ModuleKey] = set()
        self._asked: set[ModuleKey] = set()
        self._unread: dict[ModuleKey, list[str]] = {}
        for path in tree.modules:
            self._unread.setdefault(tree.places[path].key, []).append(path)
        self._below: dict[ModuleKey, list[ModuleKey]] = {}
        for key in self._unread:
            self._below.setdefault(key[:-1], []).append(key)

    def get(self, key: ModuleKey) -> Scope | None:
        """Declarations of a module, None if there is no such module."""
        self._read(key)
        return self._scopes.get(key)

    def names(self) -> frozenset[str]:
        """All names that some module declares or brings in; any other means nothing anywhere."""
        for key in [*self._unread, *self._below]:
            self._read(key)
        for key in [*self._below]:
            self._read(key)
        found: set[str] = set()
        for scope in self._scopes.values():
            found.update(scope.defs)
            found.update(scope.uses)
        return frozenset(found)

    def has(self, key: ModuleKey, name: str) -> bool:
        """Whether a module declares a name or brings it in, other than by a glob."""
        scope = self.get(key)
        return scope is not None and (name in scope.defs or name in scope.uses)

    def declarations(self, key: ModuleKey) -> tuple[tuple[str, Mod], ...]:
        """All `mod` that declare a module, one for each configuration, with their file."""
        outer = self.get(key[:-1])
        if outer is None:
            return ()
        scope = key[len(self._tree.places[outer.path].key) : -1]
        mods = self._tree.modules[outer.path].mods
        return tuple((outer.path, one) for one in mods if (one.name, one.scope) == (key[-1], scope))

    def module_names(self) -> frozenset[str]:
        """All names by which modules go; any other opens none."""
        self.names()
        found = {key[-1] for key in self._modules}
        for scope in self._scopes.values():
            found.update(
                name
                for name, uses in scope.uses.items()
                if any(one.path[-1:] != (name,) for one in uses)
            )
        return frozenset(found)

    def is_module(self, key: ModuleKey) -> bool:
        """Whether a key is a module's; otherwise it is that of a function with functions inside."""
        self._read(key)
        return key in self._modules or len(key) == 1

    def _read(self, key: ModuleKey) -> None:
        """Read the file of a module, and those around it, whose inline modules it may be in."""
        if key in self._asked:
            return
        self._asked.add(key)
        for depth in range(1, len(key) + 1):
            file = key[:depth]
            inline = [one for path in self._unread.pop(file, ()) for one in self._file(file, path)]
            self._mount(inline)
        if key in self._scopes:
            self._mount(self._below.pop(key, ()))

    def _file(self, key: ModuleKey, path: str) -> Iterator[ModuleKey]:
        """Declare what a file does; its inline modules come back."""
        module = self._tree.modules[path]
        self._declare(key, path, module)
        yield from ((*key, *mod.scope, mod.name) for mod in module.mods if mod.inline)

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
                target.uses[use.name] = (*target.uses.get(use.name, ()), use)

    def _mount(self, modules: Iterable[ModuleKey]) -> None:
        """Make modules names in those around them."""
        for key in modules:
            outer = self._scopes.get(key[:-1])
            if outer is not None and key not in self._mounted:
                self._mounted.add(key)
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
