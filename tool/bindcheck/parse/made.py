"""Items that calls of a file's own macros make: read as if they stood at the end of the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import field

from tree_sitter import Node

from bindcheck.fact import fact, record
from bindcheck.model import MacroItem, Module, Origins
from bindcheck.parse import lexer
from bindcheck.parse.attributes import needs_test
from bindcheck.parse.rules import expand
from bindcheck.parse.tree import child_of, field_of, parse

_EXPOSING = re.compile(rb"#\[\s*(?:pyo3\s*::\s*)?py(?:function|methods|class|module)\b")
_NAME = re.compile(r"\[ *< *([^<>\[\]]*?) *> *\]")
_PASTES = frozenset({"paste", "pastey"})
_DEEPEST = 12
_MOST = 400_000
"""Longest text, in bytes, that one file's calls may stand for."""


@fact
class Made:
    """What calls of macros stand for: `text`, to be read behind the file, and where it is from.

    `calls` are the places of the calls.
    """

    text: bytes
    origins: Origins
    calls: frozenset[int]


@record
class _Text:
    """A text in the making, with the place of each of its stretches in the file."""

    data: bytearray = field(default_factory=bytearray)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def add(self, text: bytes, place: int) -> None:
        """Put a stretch behind what is there: without a blank where it follows in the file."""
        if self.ends and self.ends[-1] == len(self.data) and self.follows(place):
            self.ends[-1] += len(text)
        else:
            self.data += b"\n" if self.data else b""
            self.starts.append(len(self.data))
            self.ends.append(len(self.data) + len(text))
            self.places.append(place)
        self.data += text

    def follows(self, place: int) -> bool:
        """Whether a place of the file is right behind the last stretch."""
        return self.places[-1] + self.ends[-1] - self.starts[-1] == place

    def append(self, other: _Text, start: int, end: int) -> None:
        """Put a part of another text behind what is there, as it is written."""
        self.data += b"\n" if self.data else b""
        moved = len(self.data) - start
        self.data += other.data[start:end]
        for first, last, place in zip(other.starts, other.ends, other.places, strict=True):
            begin, stop = max(first, start), min(last, end)
            if begin < stop:
                self.starts.append(begin + moved)
                self.ends.append(stop + moved)
                self.places.append(place + begin - first)

    @property
    def origins(self) -> Origins:
        """Where all of it comes from."""
        return Origins(tuple(self.starts), tuple(self.ends), tuple(self.places))


class _Unread(Exception):
    """A call that is not read as items."""


def made_items(module: Module, source: bytes) -> Made | None:
    """What the calls at the top of a file stand for, None where they make nothing for Python.

    Known are macros of the file itself, by their names. A call in an inline module, and one of a
    macro that has rules which cannot be read, stays as it is.
    """
    if not any(_EXPOSING.search(source, *item.span) for item in module.macros):
        return None
    rules = _rules(module.macros, source)
    whole = _Text()
    calls: set[int] = set()
    making = _Making(rules, source)
    for item in module.macros:
        if item.defines or item.scope or needs_test(item.cfg):
            continue
        try:
            text = _of_file(source, *_tokens(item, source))
            own = _gated(making.of_call(item.name, text, 0), item, source)
        except _Unread:
            continue
        if own.data and len(whole.data) + len(own.data) <= _MOST:
            whole.append(own, 0, len(own.data))
            calls.add(item.span.start)
    if not _EXPOSING.search(whole.data):
        return None
    origins = whole.origins
    shift = len(source) + 1
    return Made(
        b"\n" + bytes(whole.data),
        Origins(
            tuple(start + shift for start in origins.starts),
            tuple(end + shift for end in origins.ends),
            origins.places,
        ),
        frozenset(calls),
    )


def written_out(rules: str, call: str) -> str:
    """The text that a call stands for, with the names that `paste!` puts together.

    Empty where no rule takes the call.
    """
    text = " ".join(piece.text for piece in expand(rules, call, _MOST) or ())
    return _NAME.sub(lambda name: "".join(_joined(name[1].split())), text)


def _rules(macros: Iterable[MacroItem], source: bytes) -> Mapping[str, tuple[int, int]]:
    """Where the rules of each macro stand that has one definition for all configurations."""
    found: dict[str, list[MacroItem]] = {}
    for item in macros:
        if item.defines:
            found.setdefault(item.name, []).append(item)
    rules: dict[str, tuple[int, int]] = {}
    for name, items in found.items():
        if len(items) == 1 and not items[0].cfg:
            # Rules whose brackets do not pair up are no rules.
            with suppress(_Unread):
                rules[name] = _tokens(items[0], source)
    return rules


def _tokens(item: MacroItem, source: bytes) -> tuple[int, int]:
    """Where the tokens of a definition or call stand, its brackets left out."""
    at = item.name_span.end
    while source[at : at + 1] not in (b"(", b"[", b"{"):
        at = lexer.skip_blank(source, at + 1)
        if at >= len(source):
            raise _Unread
    return at + 1, max(at + 1, _closing(source, at))


def _closing(source: bytes, at: int) -> int:
    """The place of the bracket that closes the one at `at`."""
    depth = 0
    for start, end in lexer.spans(source, at):
        if end - start == 1:
            depth += source[start] in b"([{"
            depth -= source[start] in b")]}"
        if depth == 0:
            return start
    raise _Unread


def _of_file(source: bytes, start: int, end: int) -> _Text:
    text = _Text()
    text.add(source[start:end], start)
    return text


@record
class _Making:
    """The calls of one file, written out."""

    rules: Mapping[str, tuple[int, int]]
    source: bytes
    left: int = 4 * _MOST

    def of_call(self, name: str, call: _Text, depth: int) -> _Text:
        """The items that a call stands for, without calls of known macros. Raises _Unread."""
        # Macros that call each other several times each grow without end.
        self.left -= 1 + len(call.data)
        if depth > _DEEPEST or self.left < 0:
            raise _Unread
        name = name.rsplit("::", 1)[-1]
        if name in self.rules:
            return self._items(self._expanded(name, call), depth)
        if name in _PASTES:
            return self._items(_pasted(call), depth)
        raise _Unread

    def _expanded(self, name: str, call: _Text) -> _Text:
        start, end = self.rules[name]
        pieces = expand(_plain(self.source[start:end]), _plain(bytes(call.data)), _MOST)
        if pieces is None:
            raise _Unread
        text = _Text()
        for piece in pieces:
            size = len(piece.text)
            if piece.start >= 0:
                # A capture is all of one text, though its parts may be from several places.
                text.append(call, piece.start, piece.start + size)
            elif piece.rule >= 0:
                place = start + piece.rule
                text.add(self.source[place : place + size], place)
            else:
                text.add(piece.text.encode(), start)
        self.left -= len(text.data)
        return text

    def _items(self, text: _Text, depth: int) -> _Text:
        """The same text with what is made by calls in it in their places."""
        root = parse(bytes(text.data)).root_node
        if root.has_error:
            raise _Unread
        made, begin, attributed = _Text(), 0, False
        for node in root.children:
            call = _call_of(node)
            name = _name(call, text) if call is not None else ""
            if call is not None and self._is_known(name):
                if attributed:
                    raise _Unread
                made.append(text, begin, node.start_byte)
                tree = child_of(call, "token_tree")
                inner = _Text()
                if tree is not None:
                    inner.append(text, tree.start_byte + 1, tree.end_byte - 1)
                own = self.of_call(name, inner, depth + 1)
                made.append(own, 0, len(own.data))
                begin = node.end_byte
            attributed = node.type == "attribute_item"
        made.append(text, begin, len(text.data))
        return made

    def _is_known(self, name: str) -> bool:
        return name.rsplit("::", 1)[-1] in {*self.rules, *_PASTES}


def _call_of(node: Node) -> Node | None:
    """The call of a macro that an item is."""
    if node.type == "expression_statement":
        return child_of(node, "macro_invocation")
    return node if node.type == "macro_invocation" else None


def _name(call: Node, text: _Text) -> str:
    named = field_of(call, "macro")
    return "" if named is None else bytes(text.data[named.start_byte : named.end_byte]).decode()


def _plain(text: bytes) -> str:
    """The text with one character for each byte, which are all that brackets and names need."""
    return text.decode("ascii") if text.isascii() else "".join(map(_character, text))


def _character(byte: int) -> str:
    return chr(byte) if byte < 128 else "?"


def _gated(text: _Text, call: MacroItem, source: bytes) -> _Text:
    """The items with the `cfg` attributes of the call that makes them."""
    gates = [one.span for one in call.attrs if one.path == "cfg"]
    if not gates:
        return text
    gated, begin, inside = _Text(), 0, False
    for node in parse(bytes(text.data)).root_node.children:
        if not inside:
            gated.append(text, begin, node.start_byte)
            begin = node.start_byte
            for gate in gates:
                gated.add(source[gate.start : gate.end], gate.start)
        inside = node.type == "attribute_item"
    gated.append(text, begin, len(text.data))
    return gated


# --- paste! ---------------------------------------------------------------------------------


def _pasted(call: _Text) -> _Text:
    """What `paste! { .. }` stands for: names out of the parts of `[<get_ $t>]`."""
    source = bytes(call.data)
    made, begin = _Text(), 0
    spans = list(lexer.spans(source))
    at = 0
    while at < len(spans):
        close = _name_end(source, spans, at)
        if close is None:
            at += 1
            continue
        made.append(call, begin, spans[at][0])
        parts = [
            source[start:end].decode("utf-8", "replace") for start, end in spans[at + 2 : close - 1]
        ]
        first = spans[at + 2][0] if parts else spans[at][0]
        made.add("".join(_joined(parts)).encode(), call.origins.at(first))
        begin, at = spans[close][1], close + 1
    made.append(call, begin, len(source))
    return made


def _name_end(source: bytes, spans: list[tuple[int, int]], at: int) -> int | None:
    """The index of the bracket that closes a `[< .. >]` which begins at `at`."""
    words = [source[start:end] for start, end in spans[at : at + 2]]
    if words != [b"[", b"<"]:
        return None
    for index in range(at + 2, len(spans) - 1):
        if [source[start:end] for start, end in spans[index : index + 2]] == [b">", b"]"]:
            return index + 1
    return None


def _joined(parts: list[str]) -> Iterator[str]:
    """The parts of a name; `$t:upper` changes how one is written."""
    at = 0
    while at < len(parts):
        text, at = parts[at].strip('"'), at + 1
        while at + 1 < len(parts) and parts[at] == ":":
            text, at = _CASES.get(parts[at + 1], str)(text), at + 2
        yield text


def _snake(text: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()


def _camel(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in text.split("_"))


_CASES = {"lower": str.lower, "upper": str.upper, "snake": _snake, "camel": _camel}
