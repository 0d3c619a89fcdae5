"""Function heads and types read without a syntax tree, where they are written plainly.

A crate repeats few types thousands of times: each is parsed once, by its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from bindcheck.model import UNIT, Param, Span, TypeRef
from bindcheck.model.fact import fact
from bindcheck.parse.tree import SEGMENTS, WORDS, Text, field_of, parse
from bindcheck.parse.typerefs import path_type, type_of

_NAME = rb"(?:[A-Za-z_][A-Za-z_0-9]*)"
_PATH = re.compile(rb"(?!(?:impl|dyn|fn|mut|for|_)\b)" + _NAME + rb"(?:::" + _NAME + rb")*\Z")
_PARAM = re.compile(rb"(mut\s+)?(?!(?:mut|ref|self)\b)(" + _NAME + rb")\s*:\s*(?!:)(.+)", re.DOTALL)
_SELF = re.compile(rb"(&\s*(?:'" + _NAME + rb"\s+)?)?(mut\s+)?self")
_REST = re.compile(rb"\s*(?:->\s*(?P<type>.+?)\s*)?(?P<where>\bwhere\b.*?)?\s*;?\s*\Z", re.DOTALL)
_FLAT = re.compile(rb"\(([^()]*)\)")
_STEP = re.compile(rb"->|=>|[<>()\[\]{},]")
_OPEN, _CLOSE = frozenset({b"<", b"(", b"["}), frozenset({b">", b")", b"]"})
_TYPE = (b"fn _(_: ", b") {}")


@fact
class Head:
    """The parts of what stands between the name of a function and its body.

    `params` is the text between the parentheses, which begins at byte `start` of the file.
    """

    generics: bytes
    params: bytes
    start: int
    type: bytes | None
    where: bytes

    def returns(self) -> TypeRef | None:
        """The type of the result, None if it cannot be told."""
        return UNIT if self.type is None else read_type(self.type)

    def written_generics(self) -> str:
        """`<T: A> where T: B`."""
        return " ".join(part for part in (_folded(self.generics), _folded(self.where)) if part)

    def listed(self) -> tuple[Param, ...] | None:
        """The parameters without `self`, None where one is not plain."""
        known = _listed(self.params)
        if known is None:
            return None
        at = self.start
        return tuple(
            [
                Param(name, names, type_, Span(start + at, end + at), (), mutable)
                for name, names, type_, start, end, mutable in known[0]
            ]
        )

    def receiver(self) -> str | None:
        """The form of `self`, None where it is not plain."""
        first = self.params.partition(b",")[0].strip()
        found = _SELF.fullmatch(first)
        if found is not None:
            return _form(found)
        known = _listed(self.params) if b"self" in self.params else ((), "")
        return None if known is None else known[1]


def split_head(text: bytes, shift: int) -> Head | None:
    """The head that follows a function's name, None if it is not a plain one.

    `text` ends before the body and lies at byte `shift` of the file.
    """
    opening = len(text) - len(text.lstrip())
    generics = b""
    if text.startswith(b"<", opening):
        start, opening = opening, after_bracket(text, opening)
        generics = text[start:opening]
        opening = text.find(b"(", opening) if opening > 0 else -1
    if not text.startswith(b"(", opening):
        return None
    end = after_bracket(text, opening)
    rest = _split_rest(text[end:].strip()) if end > 0 else None
    if rest is None:
        return None
    params = text[opening + 1 : end - 1]
    return Head(generics, params, shift + opening + 1, *rest)


def _split_rest(rest: bytes) -> tuple[bytes | None, bytes] | None:
    """The type of the result and the `where` behind the parameters; None if they are neither."""
    if not rest:
        return None, b""
    type_ = rest[2:].lstrip() if rest.startswith(b"->") and not rest.endswith(b";") else b""
    if type_ and b"where" not in type_:
        return type_, b""
    found = _REST.match(rest)
    return None if found is None else (found["type"], found["where"] or b"")


def _folded(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())


def after_bracket(text: bytes, opening: int) -> int:
    """Behind the bracket, angles included, that closes the one at `opening`; -1 if none does."""
    flat = _FLAT.match(text, opening)
    if flat is not None:
        return flat.end()
    depth = 0
    for step in _STEP.finditer(text, opening):
        mark = step.group()
        depth += (mark in _OPEN) - (mark in _CLOSE)
        if depth == 0:
            return step.end()
        if mark in (b"{", b"}"):
            return -1
    return -1


_Known = tuple[str, tuple[str, ...], TypeRef, int, int, bool]
"""A parameter with its place in the text of the list."""


@lru_cache(maxsize=8192)
def _listed(text: bytes) -> tuple[tuple[_Known, ...], str] | None:
    """The parameters of a list and the form of `self`, by the text of the list."""
    params: list[_Known] = []
    receiver = ""
    for begin, stop in _pieces(text, 0, len(text)):
        piece = text[begin:stop].strip()
        if not piece:
            continue
        found = _PARAM.fullmatch(piece)
        type_ = None if found is None else read_type(found[3])
        if found is not None and type_ is not None:
            name, at = WORDS[found[2]], text.index(piece, begin)
            names = () if name == "_" else SEGMENTS[found[2]]
            params.append((name, names, type_, at, at + len(piece), found[1] is not None))
            continue
        of_self = _SELF.fullmatch(piece)
        if of_self is None or params or receiver:
            return None
        receiver = _form(of_self)
    return tuple(params), receiver


def _form(found: re.Match[bytes]) -> str:
    if not found[1]:
        return "self"
    return "&mut self" if found[2] else "&self"


def _pieces(text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands between the commas of a list."""
    depth, begin = 0, start
    for step in _STEP.finditer(text, start, end):
        mark = step.group()
        if mark == b"," and depth == 0:
            yield begin, step.start()
            begin = step.end()
        depth += (mark in _OPEN) - (mark in _CLOSE)
    yield begin, end


@cache
def read_type(text: bytes) -> TypeRef | None:
    """The type that `text` is, None if it is none or does not parse."""
    if _PATH.match(text):
        return path_type(text.decode())
    before, after = _TYPE
    root = parse(before + text + after).root_node
    if root.has_error or root.named_child_count != 1:
        return None
    lists = field_of(root.named_children[0], "parameters")
    params = lists.named_children if lists is not None else []
    node = field_of(params[0], "type") if len(params) == 1 else None
    if node is None or (node.start_byte, node.end_byte) != (len(before), len(before) + len(text)):
        return None
    return type_of(Text(before + text + after), node)
