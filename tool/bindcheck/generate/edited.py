"""Regions that somebody has edited: what Python sees of them now, beside what was generated."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from bindcheck.analysis.bindings.arguments import python_params
from bindcheck.analysis.bindings.entries import FUNCTION_ATTRS, written_signature
from bindcheck.analysis.bindings.signature import POSITIONAL
from bindcheck.fact import fact
from bindcheck.generate.held.classes import HeldClass
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.parsed import Held, held_of
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.kept_views import Viewed, view_of
from bindcheck.generate.lacking import Lacking
from bindcheck.model import EntryKind, Function, Item, Literal, MethodCall, SignatureArg

_BESIDE = frozenset({"allow", "cfg", "doc", "expect", "inline", "must_use"})
"""Attributes that Python does not see."""

_NAME = re.compile(r'\bname\s*=\s*"(\w+)"')

Seen = tuple[object, ...]


@fact
class Edited:
    """Pieces whose interface is another one than was generated.

    `called` are those of them that cannot even be called as they were, `redefaulted` those that can
    with every argument given: defaults are other ones. `unread` tells why a region
    is not understood any more, empty where all are. `texts` are those of the bindings as the run
    leaves them.
    """

    pieces: frozenset[str]
    called: frozenset[str]
    redefaulted: frozenset[str]
    unread: str
    texts: Mapping[str, str]


def edited_pieces(one: Indicator, pieces: Collection[str], texts: Mapping[str, str]) -> Edited:
    """Compare the `texts` of bindings, once the run is over, with those that are generated."""
    generated = {wanted.piece: wanted.text for wanted in one.wanted if wanted.text}
    found: set[str] = set()
    called: set[str] = set()
    redefaulted: set[str] = set()
    unread = ""
    for piece in sorted(set(pieces) & texts.keys() & generated.keys()):
        key = one.key(piece)
        if texts[piece] == generated[piece]:
            continue
        try:
            was, now = held_of(generated[piece], key), held_of(texts[piece], key)
        except Lacking as lacking:
            unread = unread or lacking.fact
            continue
        if _seen(was) != _seen(now):
            found.add(piece)
            called |= set() if _is_called_alike(was, now) else {piece}
            redefaulted |= {piece} if _has_other_defaults(was, now) else set()
    redefaulted -= called
    return Edited(frozenset(found), frozenset(called), frozenset(redefaulted), unread, texts)


def with_edits(one: Indicator, edited: Edited, viewed: Viewed) -> Indicator:
    """The indicator with views of what was edited, as it stands there."""
    views = {
        piece: view_of(one.facts, piece, edited.texts[piece], one.key(piece), viewed)
        for piece in edited.pieces
    }
    return replace(one, views={**one.views, **views}) if views else one


def _seen(held: Held) -> Seen:
    """What Python sees of a binding, as it is written."""
    if isinstance(held, HeldFunction):
        return (*_head(held.function), *_keys(held))
    return (_attributes(held.struct), *(_head(one) for one in held.methods))


def _head(function: Function) -> Seen:
    params = ((one.name, _packed(one.type.text if one.type else "")) for one in function.params)
    return function.name, _attributes(function), *params, _packed(function.returns.text)


def _attributes(item: Item) -> Seen:
    shown = (one for one in item.attrs if one.path.rsplit("::", 1)[-1] not in _BESIDE)
    return tuple((one.path, _packed(one.tokens)) for one in shown)


def _packed(text: str) -> str:
    return "".join(text.split()).replace(",)", ")")


def _keys(held: HeldFunction) -> Seen:
    """The keys of the dict that a body fills, in order."""
    return tuple(
        node.args[0].text if isinstance(node.args[0], Literal) else "?"
        for node in held.body.walk()
        if isinstance(node, MethodCall) and node.method == "set_item" and node.args
    )


# --- whether a test that was generated still calls it ----------------------------------------


def _is_called_alike(was: Held, now: Held) -> bool:
    """Whether who knows what was generated can call what is there, and gets the same."""
    if isinstance(was, HeldFunction) and isinstance(now, HeldFunction):
        same = _keys(was) == _keys(now) and _named(was.function) == _named(now.function)
        return same and _takes(was.function, now.function, EntryKind.FUNCTION)
    if not isinstance(was, HeldClass) or not isinstance(now, HeldClass):
        return False
    there = {one.name: one for one in now.methods}
    return _named(was.struct) == _named(now.struct) and all(
        one.name in there and _takes(one, there[one.name], EntryKind.METHOD) for one in was.methods
    )


def _named(item: Item) -> str:
    """The name that Python knows a function or a class by."""
    given = (_NAME.search(one.tokens) for one in item.attrs)
    return next((found[1] for found in given if found is not None), item.name)


def _takes(was: Function, now: Function, kind: EntryKind) -> bool:
    """Whether a call that gives all but what may be left out is one of both.

    Tests give all parameters: a default that is new or another one is no matter to them.
    """
    old = {one.name: one for one in _arguments(was, kind)}
    new = _arguments(now, kind)
    kept = [one for one in new if one.name in old]
    alike = [(one.name, one.kind) for one in kept] == [(n, one.kind) for n, one in old.items()]
    needed = [
        one
        for one in new
        if one.default is None and (one.name not in old or old[one.name].default is not None)
    ]
    same = _packed(was.returns.text) == _packed(now.returns.text)
    return alike and same and not needed


def _has_other_defaults(was: Held, now: Held) -> bool:
    """Whether a function leaves something else open than it did."""
    if not isinstance(was, HeldFunction) or not isinstance(now, HeldFunction):
        return False
    old = {one.name: one.default for one in _arguments(was.function, EntryKind.FUNCTION)}
    new = {one.name: one.default for one in _arguments(now.function, EntryKind.FUNCTION)}
    return any(old[name] not in (None, new[name]) for name in old.keys() & new.keys())


def _arguments(function: Function, kind: EntryKind) -> list[SignatureArg]:
    own = function.attr(*FUNCTION_ATTRS) if kind is EntryKind.FUNCTION else None
    signature = written_signature(function, own)[1]
    if signature is not None:
        return list(signature)
    return [SignatureArg(one.name, None, POSITIONAL) for one in python_params(function, kind)]
