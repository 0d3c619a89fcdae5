"""Regions that somebody has edited: what Python sees of them now, beside what was generated."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from bindcheck.analysis.bindings.arguments import python_params
from bindcheck.analysis.bindings.entries import FUNCTION_ATTRS, written_signature
from bindcheck.analysis.bindings.signature import POSITIONAL
from bindcheck.fact import fact, replace
from bindcheck.generate.held.classes import HeldClass
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.parsed import Held, held_of
from bindcheck.generate.indicator import Indicator
from bindcheck.generate.kept_views import Viewed, view_of
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.pieces import ROLES
from bindcheck.generate.pythonside import python_binding
from bindcheck.generate.pythonview import PythonBinding
from bindcheck.model import EntryKind, Function, Item, Literal, MethodCall, SignatureArg

_BESIDE = frozenset({"allow", "cfg", "doc", "expect", "inline", "must_use"})
"""Attributes that Python does not see."""

_NAME = re.compile(r'\bname\s*=\s*"(\w+)"')

Seen = tuple[object, ...]


@fact
class Edited:
    """Pieces whose interface is another one than was generated.

    `called` are those of them that cannot even be called as they were, `redefaulted` those that can
    with every argument given: defaults are other ones. `renamed` are those of which nothing but the
    name is another one. `names` are what Python calls those that can be called as they were.
    `unread` tells why a region is not understood any more, empty where all
    are. `texts` are those of the bindings as the run leaves them.
    """

    pieces: frozenset[str]
    called: frozenset[str]
    redefaulted: frozenset[str]
    renamed: frozenset[str]
    names: Mapping[str, str]
    unread: str
    texts: Mapping[str, str]


def edited_pieces(one: Indicator, pieces: Collection[str], texts: Mapping[str, str]) -> Edited:
    """Compare the `texts` of bindings, once the run is over, with those that are generated."""
    generated = {wanted.piece: wanted.text for wanted in one.wanted if wanted.text}
    found: set[str] = set()
    called: set[str] = set()
    redefaulted: set[str] = set()
    renamed: set[str] = set()
    names: dict[str, str] = {}
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
            renamed |= {piece} if _seen(was, _named(was)) == _seen(now, _named(now)) else set()
            called |= set() if _is_called_alike(was, now) else {piece}
            redefaulted |= {piece} if _has_other_defaults(was, now) else set()
            names[piece] = _named(now)
    redefaulted -= called
    names = {piece: name for piece, name in names.items() if piece not in called}
    return Edited(
        pieces=frozenset(found),
        called=frozenset(called),
        redefaulted=frozenset(redefaulted),
        renamed=frozenset(renamed),
        names=names,
        unread=unread,
        texts=texts,
    )


def with_edits(one: Indicator, edited: Edited, viewed: Viewed) -> Indicator:
    """The indicator with views of what was edited, as it stands there."""
    views = {
        piece: view_of(one.facts, piece, edited.texts[piece], one.key(piece), viewed)
        for piece in edited.pieces
    }
    return replace(one, views={**one.views, **views}) if views else one


def binding_of(one: Indicator, pieces: Collection[str], edited: Edited) -> PythonBinding:
    """What stub and test say of our own `pieces`, which may be called something else by now."""
    made = python_binding(one.facts, dict.fromkeys(pieces, True))
    single, batch, stream = (
        edited.names.get(piece, name) if piece in pieces else name
        for piece, name in zip(ROLES, (made.single, made.batch, made.stream), strict=True)
    )
    return replace(made, single=single, batch=batch, stream=stream)


def _seen(held: Held, name: str = "") -> Seen:
    """What Python sees of a binding, as it is written, but for its `name`."""
    if isinstance(held, HeldFunction):
        return (*_head(held.function, name), *_keys(held))
    return (_attributes(held.struct, name), *(_head(one, "") for one in held.methods))


def _head(function: Function, name: str) -> Seen:
    params = ((one.name, _packed(one.type.text if one.type else "")) for one in function.params)
    own = "" if name else function.name
    return own, _attributes(function, name), *params, _packed(function.returns.text)


def _attributes(item: Item, name: str) -> Seen:
    shown = (one for one in item.attrs if one.path.rsplit("::", 1)[-1] not in _BESIDE)
    given = f'name="{name}"'
    return tuple((one.path, _packed(one.tokens).replace(given, "")) for one in shown)


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
    """Whether who knows what was generated, and its name, can call it, and gets the same."""
    if isinstance(was, HeldFunction) and isinstance(now, HeldFunction):
        return _keys(was) == _keys(now) and _takes(was.function, now.function, EntryKind.FUNCTION)
    if not isinstance(was, HeldClass) or not isinstance(now, HeldClass):
        return False
    there = {one.name: one for one in now.methods}
    return all(
        one.name in there and _takes(one, there[one.name], EntryKind.METHOD) for one in was.methods
    )


def _named(held: Held) -> str:
    """The name that Python knows a function or a class by."""
    item = held.function if isinstance(held, HeldFunction) else held.struct
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
