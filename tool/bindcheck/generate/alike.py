"""Bindings by hand in style strict: only what is ours word for word may be replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path

from bindcheck.generate.context import Facts
from bindcheck.generate.held.remarks import is_suppression
from bindcheck.generate.pieces import Rendered, render_pieces
from bindcheck.generate.pointers import with_places
from bindcheck.generate.pythonside import by_hand, keeps_signature
from bindcheck.generate.replacing import Target, texts_of

_DECIMAL = re.compile(r"(?<![\w.])\d[\d_]*\.(?:\d[\d_]*)?(?![\w.])")
_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])'|\"(?:[^\"\\]|\\.)*\"|" + _DECIMAL.pattern + r"|\w+|\S",
    re.DOTALL,
)
_ENDS = frozenset({")", "]", "}", ">"})


def same_arguments(facts: Facts, targets: Mapping[str, Target]) -> dict[str, Target]:
    """The bindings whose arguments, order and defaults are those of ours."""
    same, _ = by_hand(facts, [one.entry for one in targets.values()])
    return {
        piece: one
        for piece, one in targets.items()
        if piece in same and keeps_signature(facts, one.entry)
    }


def unlike_ours(
    facts: Facts, targets: Mapping[str, Target], source: bytes, templates: Path | None
) -> tuple[Rendered, ...]:
    """The bindings that do anything else than ours, with the line where that begins.

    `facts` have the names of the bindings.
    """
    _, made = render_pieces(facts, tuple(targets), templates, source)
    found = []
    for one in made:
        if one.piece not in targets or not one.text:
            continue
        spans = texts_of((), {}, {one.piece: targets[one.piece]}, source)
        texts = [source[span.start : span.end].decode("utf-8") for span in sorted(spans[one.piece])]
        line = first_unlike("\n\n".join(texts), one.text)
        if line is not None:
            fact = "a way to keep what style strict writes otherwise, from here on: --interface new"
            found.append(Rendered(one.piece, lacking=fact, line=line))
            found[-1:] = with_places(facts, found[-1:], (), spans)
    return tuple(found)


def first_unlike(old: str, new: str) -> int | None:
    """The line of `old`, from 0 on, at which two texts begin to differ; None: nowhere.

    White space, a comma behind the last of several and how a decimal number is spelled are no
    matter, nor are comments, but those that ignore findings.
    """
    last = 0
    for one, other in zip_longest(_tokens(old), _tokens(new)):
        last = one[1] if one is not None else last
        if one is None or other is None or one[0] != other[0]:
            return last
    return None


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Each token with its line."""
    waiting: tuple[str, int] | None = None
    for found in _TOKEN.finditer(text):
        if found[0].startswith(("//", "/*")) and not is_suppression(found[0]):
            continue
        if waiting is not None and not (waiting[0] == "," and found[0] in _ENDS):
            yield waiting
        waiting = _value(found[0]), text.count("\n", 0, found.start())
    if waiting is not None:
        yield waiting


def _value(token: str) -> str:
    """A token, or the number that it spells: `6.` is `6.0`."""
    return repr(float(token.replace("_", ""))) if _DECIMAL.fullmatch(token) else token
