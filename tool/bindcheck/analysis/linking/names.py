"""Name resolution: what a path means at a place, through `mod`, `use`, globs and re-exports."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from bindcheck.analysis.keeping.kept import Kept
from bindcheck.analysis.linking.asking import Asking
from bindcheck.analysis.linking.scopes import Alias, Def, Named, Scope, Scopes
from bindcheck.analysis.linking.tree import CRATE, ModuleKey, Tree
from bindcheck.model import Cfg, Enum, ItemRef, Mod, Struct, TypeRef, Use

Path = tuple[str, ...]
Active = Callable[[tuple[Cfg, ...], str], bool]

_FURTHEST_ALIAS = 20
_RELATIVE = frozenset({"crate", "$crate", "self", "super", ""})


class Names:
    """What names mean in a tree of modules.

    `active(cfg, path)` tells whether predicates hold in the crate that the file belongs to. Among
    definitions of one name those of the audited configuration win; if there are none, all count.
    """

    def __init__(self, tree: Tree, active: Active, kept: Kept):
        self._tree = tree
        self._kept = kept
        self.active = active
        self._scopes = Scopes(tree)
        self._answers: dict[tuple[ModuleKey, str], tuple[Def, ...]] = {}
        self._owned: dict[tuple[str, ModuleKey], tuple[Def, ...]] = {}
        self._asking = Asking()
        self._methods: dict[ItemRef, dict[str, tuple[ItemRef, ...]]] | None = None
        self._traits: dict[ItemRef, set[str]] = {}
        self._gathering = False
        self._glob_targets: dict[tuple[ModuleKey, Path], tuple[ModuleKey, ...]] = {}
        self._methods_of: dict[ItemRef, dict[str, tuple[ItemRef, ...]]] = {}
        self._functions: dict[tuple[Path, str, Path], tuple[ItemRef, ...]] = {}
        self._type_refs: dict[tuple[Path, str, Path], ItemRef | None] = {}

    # --- questions ---------------------------------------------------------------------------

    def functions(
        self, segments: Sequence[str], path: str, scope: Path = (), uses: Sequence[Use] = ()
    ) -> tuple[ItemRef, ...]:
        """Functions that `segments` can mean, `Type::method` included."""
        question = (tuple(segments), path, scope)
        known = None if uses else self._functions.get(question)
        if known is not None:
            return known
        final = self._is_final(uses)
        found = self._path(question[0], self._key(path, scope), uses)
        refs = tuple([one.ref for one in found if isinstance(one, Named) and one.kind == "fn"])
        if final:
            self._functions[question] = refs
        return refs

    def type_ref(
        self, segments: Sequence[str], path: str, scope: Path = (), uses: Sequence[Use] = ()
    ) -> ItemRef | None:
        """The struct or enum that `segments` mean, through aliases."""
        question = (tuple(segments), path, scope)
        if not uses and question in self._type_refs:
            return self._type_refs[question]
        final = self._is_final(uses)
        ref = next(self._types(self._path(question[0], self._key(path, scope), uses)), None)
        if final:
            self._type_refs[question] = ref
        return ref

    def _is_final(self, uses: Sequence[Use]) -> bool:
        """Whether an answer can be kept.

        One that is asked for by another question, or while methods are gathered, may lack some.
        """
        return not uses and not self._asking and not self._gathering

    def original(self, segments: Sequence[str], path: str, scope: Path = ()) -> Path:
        """The path behind `use .. as` and `type` aliases: of a type that no crate of ours has."""
        known = tuple(segments)
        module = self._key(path, scope)
        for _ in range(_FURTHEST_ALIAS):
            found = self._path(known, module, ())
            alias = next((one for one in found if isinstance(one, Alias)), None)
            renamed = self._renamed(known, module)
            if alias is not None and alias.item.target.kind == "path":
                known = tuple(alias.item.target.path.split("::"))
                module = self._key(alias.path, alias.item.scope)
            elif not found and renamed is not None:
                known, module = renamed
            else:
                break
        return known

    def alias(self, segments: Sequence[str], path: str, scope: Path = ()) -> Alias | None:
        """The `type` alias that `segments` mean, and nothing else by that name."""
        found = self._path(tuple(segments), self._key(path, scope), ())
        kinds = [one for one in found if not isinstance(one, tuple)]
        (alias,) = kinds if len(kinds) == 1 else (None,)
        return alias if isinstance(alias, Alias) else None

    def _renamed(self, segments: Path, module: ModuleKey) -> tuple[Path, ModuleKey] | None:
        """What the `use` of the last segment's name says, and where it stands."""
        if len(segments) > 1:
            outer = self._path(segments[:-1], module, ())
            places = [one for one in outer if isinstance(one, tuple)]
        else:
            places = list(self._around(module))
        for place in places:
            scope = self._scopes.get(place)
            for use in scope.uses.get(segments[-1], ()) if scope is not None else ():
                if use.path != segments:
                    return use.path, place
        return None

    def type_item(self, ref: ItemRef) -> Struct | Enum:
        """The struct or enum behind a reference."""
        module = self._tree.modules[ref.path]
        count = len(module.structs)
        return module.structs[ref.index] if ref.index < count else module.enums[ref.index - count]

    def methods(self, type_ref: ItemRef) -> Mapping[str, tuple[ItemRef, ...]]:
        """Associated functions of a type by name, those of traits it implements included."""
        known = self._methods_of.get(type_ref)
        if known is not None:
            return known
        if self._methods is None:
            self._gather()
        own = self._methods.get(type_ref, {}) if self._methods is not None else {}
        found = {name: self.preferred(refs) for name, refs in own.items()}
        if not self._gathering:
            self._methods_of[type_ref] = found
        return found

    def traits(self, type_ref: ItemRef) -> frozenset[str]:
        """The last names of the traits that a type implements."""
        if self._methods is None:
            self._gather()
        return frozenset(self._traits.get(type_ref, ()))

    def implementing(self) -> dict[ItemRef, ItemRef]:
        """The types of all functions in impls, those included that hide behind preferred ones."""
        if self._methods is None:
            self._gather()
        every = (self._methods or {}).items()
        return {one: owner for owner, named in every for refs in named.values() for one in refs}

    def _gather(self) -> None:
        self._methods, self._traits = self._kept.of("methods", self._all_methods)

    def preferred(self, refs: Sequence[ItemRef]) -> tuple[ItemRef, ...]:
        """Those of the functions that exist in the audited configuration; if none does, all."""
        defs = self._preferred(tuple(Named("fn", ref) for ref in refs))
        return tuple(one.ref for one in defs if isinstance(one, Named))

    def declaration(self, key: ModuleKey) -> Mod | None:
        """The `mod` that declares a module; None for a root."""
        return next((mod for _, mod in self.declarations(key)), None)

    def declarations(self, key: ModuleKey) -> tuple[tuple[str, Mod], ...]:
        """All `mod` that declare a module, one for each configuration, with their file."""
        return self._scopes.declarations(key)

    # --- paths -------------------------------------------------------------------------------

    def _key(self, path: str, scope: Path) -> ModuleKey:
        return (*self._tree.places[path].key, *scope)

    def _path(self, segments: Path, module: ModuleKey, uses: Sequence[Use]) -> tuple[Def, ...]:
        if not segments:
            return ()
        found, rest = self._start(segments, module, uses)
        for name in rest:
            found = tuple(dict.fromkeys(d for one in found for d in self._member(one, name)))
        return found

    def _around(self, module: ModuleKey) -> Iterator[ModuleKey]:
        """The functions around a place, innermost first, and the module that they are in."""
        while not self._scopes.is_module(module):
            yield module
            module = module[:-1]
        yield module

    def _start(
        self, segments: Path, module: ModuleKey, uses: Sequence[Use]
    ) -> tuple[tuple[Def, ...], Path]:
        """Definitions of the leading segments, and the segments after them."""
        first, rest = segments[0], segments[1:]
        if first in ("crate", "$crate"):
            return (module[:1],), rest
        if first == "":
            return self._external(rest[0]) if rest else (), rest[1:]
        if first in ("self", "super"):
            return self._relative(segments, module)
        found = self._from_uses(first, module, uses)
        inner = (self._lookup(key, first) for key in self._around(module))
        found = found or next(filter(None, inner), ())
        return found or self._external(first) or self._renamed_crate(first, module), rest

    def _relative(self, segments: Path, module: ModuleKey) -> tuple[tuple[Def, ...], Path]:
        *_, module = self._around(module)
        at = 1 if segments[0] == "self" else 0
        while at < len(segments) and segments[at] == "super":
            module = module[:-1]
            at += 1
        return ((module,) if module else ()), segments[at:]

    def _external(self, name: str) -> tuple[Def, ...]:
        """Another crate that was read; inside its own sources `crate` is its name."""
        return ((name,),) if name != CRATE and self._scopes.get((name,)) is not None else ()

    def _renamed_crate(self, name: str, module: ModuleKey) -> tuple[Def, ...]:
        """What `extern crate other as name;` in the root says: it holds in all modules."""
        root = self._scopes.get(module[:1])
        for use in root.uses.get(name, ()) if root is not None else ():
            if len(use.path) == 1 and use.path != (name,):
                return self._external(use.path[0])
        return ()

    def _from_uses(self, name: str, module: ModuleKey, uses: Sequence[Use]) -> tuple[Def, ...]:
        """A name that a `use` inside a block brings in; inner blocks come last."""
        for use in reversed(uses):
            if use.name == name and use.path != (name,):
                found = self._path(use.path, module, [one for one in uses if one is not use])
                if found:
                    return found
        for use in reversed(uses):
            if use.name == "*":
                found = self._through_glob(use, name, module)
                if found:
                    return found
        return ()

    def _member(self, one: Def, name: str) -> Iterable[Def]:
        if isinstance(one, tuple):
            return self._lookup(one, name)
        types = self._types((one,))
        return (Named("fn", ref) for owner in types for ref in self.methods(owner).get(name, ()))

    # --- one name in one module --------------------------------------------------------------

    @cached_property
    def _names(self) -> frozenset[str]:
        return self._kept.of("names", self._scopes.names)

    @cached_property
    def _module_names(self) -> frozenset[str]:
        return self._kept.of("module names", self._scopes.module_names)

    def _lookup(self, module: ModuleKey, name: str) -> tuple[Def, ...]:
        """What a name means in a module: what that declares or imports, else what globs bring in.

        Modules that open each other are gone through once: asked one by one, each would ask all.
        """
        if name not in self._names:
            return ()
        return self._asking.of(
            self._answers,
            (module, name),
            lambda: self._preferred((*self._reached(module, name),)),
            lambda: self._declared(module, name),
        )

    def _declared(self, module: ModuleKey, name: str) -> tuple[Def, ...]:
        """What a module itself declares by a name: `use ema::ema` beside `mod ema` asks for it."""
        scope = self._scopes.get(module)
        return self._preferred(scope.defs.get(name, ())) if scope is not None else ()

    def _reached(self, module: ModuleKey, name: str) -> dict[Def, None]:
        found: dict[Def, None] = {}
        seen: set[ModuleKey] = set()
        todo = [module]
        while todo:
            place = todo.pop()
            scope = self._scopes.get(place) if place not in seen else None
            seen.add(place)
            if scope is None:
                continue
            known = self._answers.get((place, name))
            own = self._own(scope, place, name) if known is None else known
            found.update(dict.fromkeys(own))
            if known is None and not own:
                opened = [self._opened_by(use, place) for use in scope.globs]
                todo += [one for targets in opened for one in targets][::-1]
        return found

    def _own(self, scope: Scope, module: ModuleKey, name: str) -> tuple[Def, ...]:
        """What a name means that a module declares or imports itself."""
        if name not in scope.uses and name not in scope.defs:
            return ()
        return self._asking.of(
            self._owned,
            (name, module),
            lambda: self._define(scope, module, name),
            lambda: self._declared(module, name),
        )

    def _define(self, scope: Scope, module: ModuleKey, name: str) -> tuple[Def, ...]:
        found = (*scope.defs.get(name, ()), *self._imported(scope, module, name))
        # A module hides no function of its name: `mod ema; pub use ema::*;`.
        hidden = bool(found) and all(isinstance(one, tuple) for one in found)
        own = [use for use in scope.globs if hidden and use.path[-1:] == (name,)]
        beside = (d for use in own for d in self._through_glob(use, name, module))
        functions = (d for d in beside if isinstance(d, Named) and d.kind == "fn")
        return self._preferred((*found, *functions))

    def _imported(self, scope: Scope, module: ModuleKey, name: str) -> Iterator[Def]:
        uses = scope.uses.get(name, ())
        held = [use for use in uses if self.active(use.cfg, scope.path)]
        for use in held or uses:
            yield from self._use_target(use, module)

    def _use_target(self, use: Use, module: ModuleKey) -> tuple[Def, ...]:
        # `use a::b` in a module that itself declares `a` means that one; else a crate of that name.
        # `use name as name` would ask for itself.
        if use.path == (use.name,):
            return self._external(use.name)
        return self._path(use.path, module, ())

    def _through_glob(self, use: Use, name: str, module: ModuleKey) -> tuple[Def, ...]:
        return tuple([d for one in self._opened_by(use, module) for d in self._lookup(one, name)])

    def _opened_by(self, use: Use, module: ModuleKey) -> tuple[ModuleKey, ...]:
        """The modules that a glob opens: asked for every name that a module does not declare."""
        path = use.path
        return self._asking.of(
            self._glob_targets, (module, path), lambda: self._modules(path, module), tuple
        )

    def _modules(self, path: Path, module: ModuleKey) -> tuple[ModuleKey, ...]:
        """Not asked for variants, or for a crate that was not read: that would ask all globs."""
        named = self._module_names
        if any(one not in named and one not in _RELATIVE for one in (path[0], path[-1])):
            return ()
        own = path[0] in _RELATIVE or self._scopes.has(module, path[0])
        found: tuple[Def, ...] = () if own else self._external(path[0])
        for name in path[1:] if found else ():
            found = tuple(dict.fromkeys(d for one in found for d in self._member(one, name)))
        if own or not self._external(path[0]):
            found = self._path(path, module, ())
        return tuple(one for one in found if isinstance(one, tuple))

    # --- preference and types ------------------------------------------------------------------

    def _preferred(self, found: tuple[Def, ...]) -> tuple[Def, ...]:
        held = tuple(one for one in found if self._held(one))
        return tuple(dict.fromkeys(held or found))

    def _held(self, one: Def) -> bool:
        if isinstance(one, Named):
            cfg = (*self._tree.places[one.ref.path].cfg, *self._scopes.item(one).cfg)
            return self.active(cfg, one.ref.path)
        if isinstance(one, Alias):
            return self.active(one.item.cfg, one.path)
        return True

    def _types(self, found: Iterable[Def]) -> Iterator[ItemRef]:
        for one in found:
            if isinstance(one, Named) and one.kind == "type":
                yield one.ref
            elif isinstance(one, Alias):
                yield from self._aliased(one)

    def _aliased(self, alias: Alias) -> tuple[ItemRef, ...]:
        target = alias.item.target.peel()
        if target.kind != "path" or target.path == alias.item.name:
            return ()
        found = self.type_ref(target.path.split("::"), alias.path, alias.item.scope)
        return () if found is None else (found,)

    def _all_methods(
        self,
    ) -> tuple[dict[ItemRef, dict[str, tuple[ItemRef, ...]]], dict[ItemRef, set[str]]]:
        # Filled while it is being asked for: the type of an impl is never `Type::member`.
        found: dict[ItemRef, dict[str, tuple[ItemRef, ...]]] = {}
        self._methods = found
        self._gathering = True
        for path, module in self._tree.modules.items():
            for item in module.impls:
                owner = self._impl_type(item.type, path, item.scope)
                if owner is None:
                    continue
                by_name = found.setdefault(owner, {})
                if item.trait:
                    trait = item.trait.partition("<")[0].rsplit("::", 1)[-1].strip()
                    self._traits.setdefault(owner, set()).add(trait)
                for index in item.functions:
                    name = module.functions[index].name
                    by_name[name] = (*by_name.get(name, ()), ItemRef(path, index))
        self._gathering = False
        return found, self._traits

    def _impl_type(self, type_: TypeRef, path: str, scope: Path) -> ItemRef | None:
        target = type_.peel()
        if target.kind != "path" or not target.path:
            return None
        return self.type_ref(target.path.split("::"), path, scope)
