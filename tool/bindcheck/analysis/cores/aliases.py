"""Aliases in signatures: `type Real = f64` is `f64` to the detectors, in whichever file it stands.

So are aliases of what signatures are made of: `type Answer<T> = Result<T, Wrong>`, `type Axis =
(usize, usize, usize)`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from bindcheck.analysis.cores.shapes import SCALARS
from bindcheck.analysis.linking.linked import Linked
from bindcheck.analysis.linking.scopes import Alias
from bindcheck.analysis.linking.tokens import split_top
from bindcheck.fact import fact
from bindcheck.model import Function, ItemRef, Struct, TypeRef
from bindcheck.parse import parse_module

_WORD = re.compile(r"\w+")
_FURTHEST = 8
"""So many aliases of aliases are looked through."""
_MADE_OF = SCALARS | {"Result", "Option", "Vec"}
_GENERIC = re.compile(r"^([A-Za-z_]\w*)(?:\s*=\s*(.+))?$", re.DOTALL)


def type_aliases(program: Linked) -> frozenset[str]:
    """Names of aliases of numbers, results, lists and tuples, whichever configuration holds."""
    return program.keep("aliases of types", lambda: _type_aliases(program))


def _type_aliases(program: Linked) -> frozenset[str]:
    targets = [
        (one.name, one.target) for module in program.modules.values() for one in module.aliases
    ]
    found: set[str] = set()
    while more := {
        name
        for name, target in targets
        if name not in found and (target.kind != "path" or target.name in _MADE_OF | found)
    }:
        found |= more
    uses = (one for module in program.modules.values() for one in module.uses if found)
    return frozenset(found | {one.name for one in uses if one.path and one.path[-1] in found})


@fact
class Unaliased:
    """Reads the types of one program without the `aliases` of these names."""

    program: Linked
    aliases: frozenset[str]

    def function(self, path: str, item: Function) -> Function:
        """The function, with the types of its signature called by their own names."""
        kinds = [param.type for param in item.params if param.type is not None]
        if not any(_has_alias(kind, self.aliases) for kind in (*kinds, item.returns)):
            return item
        place = (path, item.scope)
        params = tuple(
            one if one.type is None else replace(one, type=self._plain(one.type, place))
            for one in item.params
        )
        return replace(item, params=params, returns=self._plain(item.returns, place))

    def struct(self, ref: ItemRef, item: Struct) -> Struct:
        """The struct, with the types of its fields called by their own names."""
        if not any(_has_alias(one.type, self.aliases) for one in item.fields):
            return item
        place = (ref.path, item.scope)
        fields = tuple(replace(one, type=self._plain(one.type, place)) for one in item.fields)
        return replace(item, fields=fields)

    def type(self, kind: TypeRef, path: str, scope: tuple[str, ...]) -> TypeRef:
        """A type as it is written in a module, by its own names."""
        return self._plain(kind, (path, scope)) if _has_alias(kind, self.aliases) else kind

    def _plain(self, kind: TypeRef, place: _Place, depth: int = 0) -> TypeRef:
        args = tuple(self._plain(one, place, depth) for one in kind.args)
        kind = _with_args(kind, args)
        if kind.kind != "path" or kind.name not in self.aliases or depth > _FURTHEST:
            return kind
        alias = self.program.names.alias(kind.path.split("::"), *place)
        if alias is None:
            return kind
        home = (alias.path, alias.item.scope)
        given = _given(alias, kind, lambda one: self._named_from(one, home, place))
        if given is None:
            return kind
        target = self._plain(alias.item.target, home, depth + 1)
        return self._filled(target, given, home, place)

    def _filled(
        self, kind: TypeRef, given: Mapping[str, TypeRef], home: _Place, place: _Place
    ) -> TypeRef:
        """The target of an alias at `home`, as it is said in `place`."""
        if kind.path in given:
            return given[kind.path]
        args = tuple(self._filled(one, given, home, place) for one in kind.args)
        return self._named_from(_with_args(kind, args), home, place)

    def _named_from(self, kind: TypeRef, home: _Place, place: _Place) -> TypeRef:
        """A type of the crate that means another one, or nothing, in `place`, by its whole path."""
        program = self.program
        ref = program.resolve_type(kind.path, *home) if kind.kind == "path" else None
        if ref is None or program.resolve_type(kind.path, *place) == ref:
            return kind
        item = program.struct(ref)
        full = "::".join((*program.module_path(ref.path, item.scope), item.name))
        return replace(kind, text=kind.text.replace(kind.path, full, 1), path=full, name=item.name)


_Place = tuple[str, tuple[str, ...]]
"""A file and the inline modules in it."""


def _has_alias(kind: TypeRef, aliases: frozenset[str]) -> bool:
    return _may_have_alias(kind.text, aliases) and not aliases.isdisjoint(kind.names())


@lru_cache(maxsize=4096)
def _may_have_alias(text: str, aliases: frozenset[str]) -> bool:
    """Whether one of the names is a word of a type: few types recur in all the signatures."""
    return not aliases.isdisjoint(_WORD.findall(text))


def _with_args(kind: TypeRef, args: tuple[TypeRef, ...]) -> TypeRef:
    """A type with other ones inside."""
    if args == kind.args:
        return kind
    texts = {old.text: new.text for old, new in zip(kind.args, args, strict=True)}
    inside = "|".join(re.escape(one) for one in sorted(texts, key=len, reverse=True))
    text = re.sub(rf"(?<!\w)(?:{inside})(?!\w)", lambda found: texts[found[0]], kind.text)
    return replace(kind, text=text, args=args)


def _given(
    alias: Alias, kind: TypeRef, named: Callable[[TypeRef], TypeRef]
) -> Mapping[str, TypeRef] | None:
    """What an alias is given for each of its types; None where that is not read.

    `named` says a default where the alias is used.
    """
    inner = alias.item.generics.strip().removeprefix("<").removesuffix(">")
    parts = [part.strip() for part in split_top(inner)]
    found: dict[str, TypeRef] = {}
    args = list(kind.args)
    for part in (one for one in parts if one and not one.startswith("'")):
        read = _GENERIC.match(part)
        if read is None or not (args or read[2]):
            return None
        found[read[1]] = args.pop(0) if args else named(_type(read[2]))
    return None if args else found


@lru_cache(maxsize=256)
def _type(text: str) -> TypeRef:
    """A type as it is written."""
    aliases = parse_module("", f"type T = {text};".encode()).aliases
    return aliases[0].target if aliases else TypeRef(text, "path", text.rpartition("::")[2], text)
