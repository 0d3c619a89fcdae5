"""Fragments of macro calls: where an expression, a type or an item ends.

An expression, a type or a pattern ends where the next token of the rule may stand outside brackets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_WORDS = frozenset({"ident", "lifetime", "literal", "tt"})
_ENDS: Mapping[str, frozenset[str]] = {
    "expr": frozenset({",", ";", "=>"}),
    "expr_2021": frozenset({",", ";", "=>"}),
    "stmt": frozenset({",", ";", "=>"}),
    "ty": frozenset({",", ";", "=>", "=", "{", "[", ":", "|", "as", "where"}),
    "path": frozenset({",", ";", "=>", "=", "{", "[", ":", "|", "as", "where"}),
    "pat": frozenset({",", "=>", "=", "if", "in"}),
    "pat_param": frozenset({",", "=>", "=", "|", "if", "in"}),
    "meta": frozenset({",", ";", "=>"}),
}
_TO_THE_END = frozenset({"use", "const", "static", "type", "extern"})
"""Words of items that end with a semicolon, whatever brackets are before it."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token, or a bracketed group (`inner`), and where it stands in its text."""

    text: str
    start: int
    end: int
    inner: tuple[Token, ...] | None = None


def fragment_end(kind: str, given: Sequence[Token], place: int) -> int:
    """The index behind a fragment of a kind, `place` if there is none."""
    if place >= len(given):
        return place
    token = given[place]
    if kind == "block":
        return place + (token.text == "{")
    if kind in _WORDS:
        return _word_end(kind, token, given, place)
    if kind == "vis":
        pub = token.text == "pub"
        return place + pub + (pub and place + 1 < len(given) and given[place + 1].text == "(")
    if kind == "item":
        return _item_end(given, place)
    if kind == "ty" and (end := _type_end(given, place)) > place:
        return end
    ends = _ENDS.get(kind)
    return place if ends is None else _open_end(ends, given, place)


def _item_end(given: Sequence[Token], place: int) -> int:
    """Behind the braces of an item or the semicolon that it ends with."""
    first = ""
    for at in range(place, len(given)):
        token = given[at]
        word = token.text if token.inner is None else ""
        if not first and word.isidentifier() and word != "pub":
            first = "" if word in ("unsafe", "async", "default") else word
        to_the_end = first in _TO_THE_END and not _is_function(given, place, at)
        if word == ";" or (token.text == "{" and not to_the_end):
            return at + 1
    return place


def _is_function(given: Sequence[Token], place: int, end: int) -> bool:
    """Whether `fn` stands there: `const fn f() {}`, `extern "C" fn f() {}`."""
    return any(token.text == "fn" for token in given[place:end])


def _type_end(given: Sequence[Token], place: int) -> int:
    """Behind a type that is a path, a tuple, a slice or an array, or refers to one of these.

    For what is written otherwise it is `place`.
    """
    at = place
    while at < len(given) and (given[at].text in ("&", "mut") or given[at].text[:1] == "'"):
        at += 1
    if at < len(given) and given[at].inner is not None:
        return at + 1 if given[at].text in ("(", "[") else place
    while at < len(given) and given[at].text.isidentifier() and given[at].text not in _OTHER_TYPES:
        at = _behind_arguments(given, at + 1)
        if at >= len(given) or given[at].text != "::":
            return at
        at += 1
    return place


_OTHER_TYPES = frozenset({"dyn", "impl", "fn", "for", "unsafe", "extern"})


def _behind_arguments(given: Sequence[Token], at: int) -> int:
    """Behind the `<..>` that begins there, if one does."""
    depth = 0
    for index in range(at, len(given)):
        word = given[index].text
        depth += (word == "<") - (len(word) if word in (">", ">>") else 0)
        if depth <= 0:
            return index + (index > at)
    return at


def _word_end(kind: str, token: Token, given: Sequence[Token], place: int) -> int:
    if kind == "tt":
        return place + 1
    first = token.text[:1]
    if kind == "ident":
        return place + (first.isalpha() or (first == "_" and len(token.text) > 1))
    if kind == "lifetime":
        return place + (first == "'")
    if token.text == "-" and place + 1 < len(given) and given[place + 1].text[:1].isdigit():
        return place + 2
    quoted = '"' in token.text or (first in "'b" and token.text.endswith("'"))
    return place + (first.isdigit() or quoted or token.text in ("true", "false"))


def _open_end(ends: frozenset[str], given: Sequence[Token], place: int) -> int:
    """Behind the tokens up to one of `ends`, outside `<..>` of paths and `|..|` of closures."""
    angles, bars = 0, False
    for at in range(place, len(given)):
        word = given[at].text
        opens = word == "<" and (angles or at == place or _before_angle(given, at, ends))
        if word == "|" and "|" not in ends:
            bars = not bars if bars or _begins(given, at, place) else bars
        elif opens:
            angles += 1
        elif angles and word in (">", ">>"):
            angles -= len(word)
        elif word in ends and angles <= 0 and not bars:
            return at
    return len(given)


def _begins(given: Sequence[Token], at: int, place: int) -> bool:
    """Whether a `|` at this place begins a closure."""
    return at == place or given[at - 1].text in ("move", "=", "(", ",", "return", "&&", "||")


def _before_angle(given: Sequence[Token], at: int, ends: frozenset[str]) -> bool:
    """Whether a `<` opens arguments: always in types, behind `::` in expressions."""
    return ":" in ends or given[at - 1].text == "::"
