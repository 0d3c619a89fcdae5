"""Aliases of numbers in signatures: `type Real = f64` is `f64` to the detectors."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache

from bindcheck.analysis.cores.shapes import SCALARS
from bindcheck.analysis.linking.linked import Linked
from bindcheck.model import Function, TypeRef

_WORD = re.compile(r"\w+")


def scalar_aliases(program: Linked) -> frozenset[str]:
    """Names of `type` aliases that may stand for a number, whichever configuration holds."""
    targets = {
        one.name: one.target.name
        for module in program.modules.values()
        for one in module.aliases
        if one.target.kind == "path" and not one.target.args
    }
    found: set[str] = set()
    while more := {name for name, target in targets.items() if target in SCALARS | found} - found:
        found |= more
    return frozenset(found)


def without_aliases(
    program: Linked, path: str, item: Function, aliases: frozenset[str]
) -> Function:
    """The function with the numbers in its signature called by their own names."""
    kinds = [param.type for param in item.params if param.type is not None]
    if not any(_has_alias(kind, aliases) for kind in (*kinds, item.returns)):
        return item

    def plain(kind: TypeRef) -> TypeRef:
        return _plain(program, path, item.scope, kind, aliases)

    params = tuple(
        replace(one, type=plain(one.type)) if one.type is not None else one for one in item.params
    )
    return replace(item, params=params, returns=plain(item.returns))


def _has_alias(kind: TypeRef, aliases: frozenset[str]) -> bool:
    return _may_have_alias(kind.text, aliases) and not aliases.isdisjoint(kind.names())


@lru_cache(maxsize=4096)
def _may_have_alias(text: str, aliases: frozenset[str]) -> bool:
    """Whether one of the names is a word of a type: few types recur in all the signatures."""
    return not aliases.isdisjoint(_WORD.findall(text))


def _plain(
    program: Linked, path: str, scope: tuple[str, ...], kind: TypeRef, aliases: Collection[str]
) -> TypeRef:
    if kind.kind == "path" and kind.name in aliases and not kind.args:
        name = program.names.original(kind.path.split("::"), path, scope)[-1]
        return TypeRef(name, "path", name, name) if name in SCALARS else kind
    args = tuple(_plain(program, path, scope, one, aliases) for one in kind.args)
    if args == kind.args:
        return kind
    text = kind.text
    for old, new in zip(kind.args, args, strict=True):
        text = re.sub(rf"(?<!\w){re.escape(old.text)}(?!\w)", new.text, text)
    return replace(kind, text=text, args=args)
