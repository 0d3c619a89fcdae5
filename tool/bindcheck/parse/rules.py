"""`macro_rules!`: which rule a call matches, what it captures, and the text it stands for.

This is how the compiler goes about it, without its full grammar: an expression, a type or a pattern
ends where the next token of the rule stands outside brackets. What does not fit is not expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from bindcheck.fact import record
from bindcheck.parse import lexer
from bindcheck.parse.fragments import Token, fragment_end

_OPEN = {"(": ")", "[": "]", "{": "}"}
_MOST = 20_000
"""Longest text, in bytes, that an expansion may have."""


_WORD = re.compile(r"[\w.]+")
"""A name or a number, which needs no brackets where it stands for an expression."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an expansion, and where it stands in the call or in the rules; -1: not there."""

    text: str
    start: int = -1
    rule: int = -1


@dataclass(frozen=True, slots=True)
class _Fragment:
    start: int
    end: int
    kind: str


_Bound = _Fragment | list["_Bound"]


class _NoMatch(Exception):
    """A call that a rule does not take."""


def expand(rules: str, call: str, most: int = _MOST) -> tuple[Piece, ...] | None:
    """The text that a call stands for, None where no rule is known to take it.

    `most` is the longest text that it may be.
    """
    known = _rules(rules)
    given = _trees(call)
    if known is None or given is None:
        return None
    for pattern, body in known:
        found: dict[str, _Bound] = {}
        try:
            if _Matching(call, found).sequence(pattern, given) == len(given):
                return _written(_Writing(rules, call, most), body, found)
        except _NoMatch:
            continue
    return None


def _written(
    writing: _Writing, body: Token, found: Mapping[str, _Bound]
) -> tuple[Piece, ...] | None:
    try:
        writing.tokens(body.inner or (), found)
    except _NoMatch:
        return None
    return tuple(writing.pieces)


def _trees(text: str) -> tuple[Token, ...] | None:
    source = text.encode()
    if len(source) != len(text):
        return None
    spans = list(lexer.spans(source))
    read, at = _group(text, spans, 0, "")
    return read if at == len(spans) else None


def _group(
    text: str, spans: Sequence[tuple[int, int]], at: int, closing: str
) -> tuple[tuple[Token, ...], int]:
    """The tokens up to the closing bracket, and its index."""
    found: list[Token] = []
    while at < len(spans):
        start, end = spans[at]
        word = text[start:end]
        if word == closing or word in _OPEN.values():
            break
        if word in _OPEN:
            inner, at = _group(text, spans, at + 1, _OPEN[word])
            end = spans[at][1] if at < len(spans) else end
            found.append(Token(word, start, end, inner))
        else:
            found.append(Token(word, start, end))
        at += 1
    return tuple(found), at


@lru_cache(maxsize=512)
def _rules(text: str) -> tuple[tuple[tuple[Token, ...], Token], ...] | None:
    """Pattern and body of each rule, None where they cannot be read."""
    trees = _trees(text)
    if trees is None:
        return None
    found = []
    parts = [one for one in trees if one.text != ";"]
    for at in range(0, len(parts), 3):
        rule = parts[at : at + 3]
        if len(rule) < 3 or rule[0].inner is None or rule[1].text != "=>" or rule[2].inner is None:
            return None
        found.append((rule[0].inner, rule[2]))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Repeat:
    inner: tuple[Token, ...]
    separator: str
    op: str
    after: int


def _repeat(tokens: Sequence[Token], at: int) -> _Repeat | None:
    """The `$( .. ) separator op` that begins at a `$`."""
    group = tokens[at + 1] if at + 1 < len(tokens) else None
    if tokens[at].text != "$" or group is None or group.text != "(" or group.inner is None:
        return None
    for width, separator in ((2, ""), (3, tokens[at + 2].text if at + 2 < len(tokens) else "")):
        op = tokens[at + width].text if at + width < len(tokens) else ""
        if op in ("*", "+", "?"):
            return _Repeat(group.inner, separator, op, at + width + 1)
    return None


def _named(tokens: Sequence[Token], at: int) -> str:
    """The name behind a `$`, empty if there is none."""
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    if tokens[at].text != "$" or following is None or following.inner is not None:
        return ""
    return following.text


@record
class _Matching:
    """A call read by the pattern of a rule."""

    call: str
    found: dict[str, _Bound]

    def sequence(self, pattern: Sequence[Token], given: Sequence[Token], start: int = 0) -> int:
        """Match all of a pattern from `start`: the index of the first token not taken."""
        at, place = 0, start
        while at < len(pattern):
            repeat = _repeat(pattern, at)
            if repeat is not None:
                place = self._repeated(repeat, given, place)
                at = repeat.after
                continue
            name = _named(pattern, at)
            if name:
                kind = pattern[at + 3].text if at + 3 < len(pattern) else ""
                place = self._captured(name, kind, given, place)
                at += 4
                continue
            place = self._literal(pattern[at], given, place)
            at += 1
        return place

    def _literal(self, wanted: Token, given: Sequence[Token], place: int) -> int:
        if place >= len(given) or given[place].text != wanted.text:
            raise _NoMatch
        inside = given[place].inner or ()
        if wanted.inner is not None and self.sequence(wanted.inner, inside) != len(inside):
            raise _NoMatch
        return place + 1

    def _captured(self, name: str, kind: str, given: Sequence[Token], place: int) -> int:
        end = fragment_end(kind, given, place)
        if end <= place and kind != "vis":
            raise _NoMatch
        start = given[place].start if place < len(given) else 0
        self.found[name] = _Fragment(start, given[end - 1].end if end > place else start, kind)
        return end

    def _repeated(self, repeat: _Repeat, given: Sequence[Token], place: int) -> int:
        """Match as often as it goes."""
        rounds: list[dict[str, _Bound]] = []
        while place < len(given) and not (repeat.op == "?" and rounds):
            at = place
            if repeat.separator and rounds:
                if given[at].text != repeat.separator:
                    break
                at += 1
            bound: dict[str, _Bound] = {}
            try:
                end = _Matching(self.call, bound).sequence(repeat.inner, given, at)
            except _NoMatch:
                break
            if end == place:
                break
            rounds.append(bound)
            place = end
        if repeat.op == "+" and not rounds:
            raise _NoMatch
        for name in _names(repeat.inner):
            self.found[name] = [one[name] for one in rounds if name in one]
        return place


def _names(pattern: Sequence[Token]) -> Iterator[str]:
    for at, token in enumerate(pattern):
        if token.inner is not None:
            yield from _names(token.inner)
        elif _named(pattern, at):
            yield _named(pattern, at)


@record
class _Writing:
    """The body of a rule with what was captured put in."""

    rules: str
    call: str
    most: int
    pieces: list[Piece] = field(default_factory=list)
    size: int = 0

    def tokens(self, body: Sequence[Token], found: Mapping[str, _Bound]) -> None:
        """Write a part of the body."""
        at = 0
        while at < len(body):
            repeat = _repeat(body, at)
            name = _named(body, at)
            if repeat is not None:
                self._rounds(repeat, found)
                at = repeat.after
            elif name == "crate":
                self._add(Piece("crate"))
                at += 2
            elif name in found:
                self._fragment(found[name])
                at += 2
            elif body[at].text == "$":
                raise _NoMatch
            else:
                self._token(body[at], found)
                at += 1

    def _token(self, token: Token, found: Mapping[str, _Bound]) -> None:
        self._add(Piece(token.text, rule=token.start))
        if token.inner is not None:
            self.tokens(token.inner, found)
            self._add(Piece(_OPEN[token.text], rule=token.end - 1))

    def _fragment(self, bound: _Bound) -> None:
        if isinstance(bound, list):
            raise _NoMatch
        piece = Piece(self.call[bound.start : bound.end], bound.start)
        whole = bound.kind.startswith("expr") and not _WORD.fullmatch(piece.text)
        for one in (Piece("("), piece, Piece(")")) if whole else (piece,):
            self._add(one)

    def _rounds(self, repeat: _Repeat, found: Mapping[str, _Bound]) -> None:
        used = [name for name in dict.fromkeys(_names(repeat.inner)) if name in found]
        lists = {name: one for name in used if isinstance(one := found[name], list)}
        counts = {len(one) for one in lists.values()}
        if len(counts) != 1:
            raise _NoMatch
        for index in range(counts.pop()):
            if index and repeat.separator:
                self._add(Piece(repeat.separator))
            inner = {**found, **{name: one[index] for name, one in lists.items()}}
            self.tokens(repeat.inner, inner)

    def _add(self, piece: Piece) -> None:
        self.size += len(piece.text) + 1
        if self.size > self.most:
            raise _NoMatch
        self.pieces.append(piece)
