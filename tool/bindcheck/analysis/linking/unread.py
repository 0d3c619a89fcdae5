"""What makes entry points where no item was read: inside bodies, and by macros called there."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice

from bindcheck.analysis.linking.linked import Linked
from bindcheck.analysis.linking.macro_made import EXPOSING, MacroMade
from bindcheck.model import Function, Impl, Item, Mod, Module, Unanalysed
from bindcheck.parse import token_spans
from bindcheck.parse.attributes import needs_test

OFF = ", not in this configuration"
"""What a reason ends with where a `cfg` does not hold."""

_WORDS = b"|".join(sorted(word.encode() for word in EXPOSING))
_ATTRIBUTE = re.compile(
    rb"#\s*\[\s*(?:(?:\w+\s*::\s*)*(?:" + _WORDS + rb")\b"
    rb"|cfg_attr\s*\((?=[^\]]*\b(?:" + _WORDS + rb")\b))"
)
_NAMED = (b"fn", b"struct", b"enum", b"mod")
_LONGEST_HEAD = 400


def unread_attributes(linked: Linked, path: str, source: bytes) -> Iterator[Unanalysed]:
    """Attributes that belong to no item of the file."""
    module = linked.modules[path]
    found = [match.start() for match in _ATTRIBUTE.finditer(source)]
    known = _known(module) if found else set()
    places = [at for at in found if at not in known]
    for at, tokens, start in _in_code(module, source, places):
        reason = _broken(module, at) or "inside a body, not followed"
        item = _item(source, tokens[start:])
        yield _listed(linked, path, at, item, reason)


def unread_calls(
    linked: Linked, path: str, source: bytes, macros: MacroMade
) -> Iterator[Unanalysed]:
    """Calls in bodies of macros that make entry points."""
    if macros.names:
        names = b"|".join(re.escape(name.encode()) for name in sorted(macros.names))
        called = re.compile(rb"\b(" + names + rb")\s*!\s*[({\[]")
        places = {match.start(): match[1].decode() for match in called.finditer(source)}
        for at, _, _ in _in_code(linked.modules[path], source, sorted(places)):
            yield _listed(linked, path, at, f"{places[at]}!", "made by a macro")


def _known(module: Module) -> set[int]:
    """Where the attributes of all items start."""
    items: tuple[Item, ...] = (
        *module.functions,
        *module.structs,
        *module.enums,
        *module.impls,
        *module.mods,
    )
    return {attribute.span.start for item in items for attribute in item.attrs}


def _in_code(
    module: Module, source: bytes, places: Sequence[int]
) -> Iterator[tuple[int, Sequence[tuple[int, int]], int]]:
    """The places outside comments, strings, tests and macros, with the tokens and their index."""
    macros = [item.span for item in module.macros] if places else []
    left = [at for at in places if not any(span.start <= at < span.end for span in macros)]
    tokens = [*token_spans(source)] if left else []
    for at in left:
        index = bisect_left(tokens, (at, at))
        is_token = index < len(tokens) and tokens[index][0] == at
        if is_token and not any(map(_is_test, _around(module, at))):
            yield at, tokens, index


def _around(module: Module, at: int) -> Iterator[Item]:
    """Functions, impls and inline modules around a place."""
    items: tuple[Function | Impl | Mod, ...] = (*module.functions, *module.impls, *module.mods)
    for item in items:
        span = item.span if isinstance(item, Impl) else item.body_span
        if span is not None and span.start <= at < span.end:
            yield item


def _is_test(item: Item) -> bool:
    return item.attr("test") is not None or needs_test(item.cfg)


def _listed(linked: Linked, path: str, at: int, item: str, reason: str) -> Unanalysed:
    module = linked.modules[path]
    line, _ = module.lines.position(at)
    cfgs = [linked.inherited_cfg(path), *(one.cfg for one in _around(module, at))]
    active = all(linked.active(cfg, path) for cfg in cfgs)
    return Unanalysed(path, line, item, reason if active else reason + OFF)


def _broken(module: Module, at: int) -> str | None:
    for problem in module.problems:
        if problem.extent.start <= at < problem.extent.end:
            return f"does not parse: {problem.message}"
    return None


def _item(source: bytes, tokens: Sequence[tuple[int, int]]) -> str:
    """`fn name`, `impl Type`, ..: what an attribute stands before."""
    words = [source[start:end] for start, end in islice(tokens, _LONGEST_HEAD)]
    for index, word in enumerate(words):
        if word in _NAMED and index + 1 < len(words):
            name = words[index + 1 : index + (3 if words[index + 1] == b"$" else 2)]
            return f"{word.decode()} {b''.join(name).decode('utf-8', 'replace')}"
        if word == b"impl" and b"{" in words[index:]:
            head = words[index + 1 : words.index(b"{", index)]
            return f"impl {b''.join(head).decode('utf-8', 'replace')}"
    return "an item"
