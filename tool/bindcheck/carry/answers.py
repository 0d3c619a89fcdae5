"""Whether a file that has changed gives the same answers to all that was asked of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bindcheck.analysis.keeping.asked import Words, has_one
from bindcheck.carry.bodies import same_code, token_moves
from bindcheck.carry.moves import Moves
from bindcheck.fact import fact
from bindcheck.model import Span
from bindcheck.parse.outline import Outline, Part, outline

_CLOSERS = (b";", b"=", b"{", b"}")
"""What the patterns that look for a word do not look beyond."""
_NEAR = 3
_NAME = re.compile(rb"\w+")

Patterns = tuple[tuple[bytes, bytes], ...]
"""Patterns, each behind a word that is in all it matches."""


@fact
class FileAsked:
    """What an analysis has asked of one file, functions by their index; see `Asked`.

    `words` are those that were searched for, `fixed` the functions that fixes change or are about.
    """

    bodies: frozenset[int] = frozenset()
    limits: tuple[tuple[int, int], ...] = ()
    bodies_with: tuple[tuple[Words, frozenset[int]], ...] = ()
    files_with: tuple[Words, ...] = ()
    words: Words = ()
    quoted: bool = False
    fixed: frozenset[int] = frozenset()


def changed(
    path: str, old: bytes, new: bytes, asked: FileAsked, patterns: Patterns
) -> Moves | None:
    """Where the code of a file has gone, None if an answer may be another one now.

    `patterns` are those that all functions were asked for.
    """
    before, after = outline(path, old), outline(path, new)
    if before is None or after is None:
        return None
    if any(has_one(old, one) != has_one(new, one) for one in asked.files_with):
        return None
    found = _Comparison(before, after, asked, patterns)
    if not found.is_same():
        return None
    return Moves(old, new, found.kept, found.altered, found.restated)


class _Comparison:
    """The parts of two texts side by side, and what lies between them."""

    def __init__(self, before: Outline, after: Outline, asked: FileAsked, patterns: Patterns):
        self._before = before
        self._after = after
        self._asked = asked
        self._sought = _sought(asked.words)
        self._patterns = patterns
        self.kept: list[tuple[Span, int]] = []
        self.altered: list[Span] = []
        self.restated: set[int] = set()

    def is_same(self) -> bool:
        """Whether nobody can see a difference but who has read a body that is `restated`.

        Then `kept` and `altered` are filled, too.
        """
        old, new = self._before.parts, self._after.parts
        if len(old) != len(new):
            return False
        at = Span(0, 0)
        for index, (one, two) in enumerate(zip(old, new, strict=True)):
            between = (Span(at.start, one.span.start), Span(at.end, two.span.start))
            if not self._is_same_gap(*between) or not self._is_same_part(index, one, two):
                return False
            at = Span(one.span.end, two.span.end)
        last = (Span(at.start, len(self._before.source)), Span(at.end, len(self._after.source)))
        return self._is_same_gap(*last)

    def _is_same_part(self, index: int, one: Part, two: Part) -> bool:
        if one.says != two.says:
            return False
        old, new = self._texts(one.span, two.span)
        if old == new:
            self.kept.append((one.span, two.span.start))
            return True
        if one.unread:
            self._alter(one.span, two.span)
            return not self._is_sought(old) and not self._is_sought(new)
        return one.body is not None and self._is_same_body(index, one, two)

    def _texts(self, old: Span, new: Span) -> tuple[bytes, bytes]:
        before, after = self._before.source, self._after.source
        return before[old.start : old.end], after[new.start : new.end]

    def _is_sought(self, text: bytes) -> bool:
        """Whether a text has one of the words that were searched for."""
        return self._sought is not None and self._sought.search(text) is not None

    def _alter(self, old: Span, new: Span) -> None:
        """The braces are where they were, what is between them is another code."""
        self.kept.append((Span(old.start, old.start + 1), new.start))
        self.altered.append(Span(old.start + 1, old.end - 1))
        self.kept.append((Span(old.end - 1, old.end), new.end - 1))

    def _restate(self, one: Part, two: Part) -> None:
        """Somebody has read the body, and it says something else now, from one byte to another."""
        assert one.body is not None
        self.restated.add(one.body)
        first, last = _common(*self._texts(one.span, two.span))
        start, end = one.span.start + first, one.span.end - last
        self.kept.append((Span(one.span.start, start), two.span.start))
        # What touches the difference is not where it was.
        self.altered.append(Span(start - 1, end + 1))
        self.kept.append((Span(end, one.span.end), two.span.end - last))

    # --- between the parts -----------------------------------------------------------------------

    def _is_same_gap(self, one: Span, two: Span) -> bool:
        """Brackets, words like `trait A` and comments."""
        old, new = self._texts(one, two)
        if old == new:
            self.kept.append((one, two.start))
            return True
        code = self._before.code[one.start : one.end], self._after.code[two.start : two.end]
        if b"\x01" in code[0] or code[0].split() != code[1].split():
            return False
        if self._is_sought(old) or self._is_sought(new):
            return False
        if self._asked.quoted and _edges(old) != _edges(new):
            return False
        first, last = _common_lines(old, new)
        self.kept.append((Span(one.start, one.start + first), two.start))
        self.kept.append((Span(one.end - last, one.end), two.end - last))
        return True

    # --- bodies ----------------------------------------------------------------------------------

    def _is_same_body(self, index: int, one: Part, two: Part) -> bool:
        assert one.body is not None
        old, new = self._texts(one.span, two.span)
        # The part before a body is the head of its function.
        heads = self._texts(self._before.parts[index - 1].span, self._after.parts[index - 1].span)
        whole = [head + body for head, body in zip(heads, (old, new), strict=True)]
        if not self._answers_alike(one.body, old, new) or not self._matches_alike(*whole):
            return False
        if one.body not in self._asked.bodies:
            self._alter(one.span, two.span)
            return not any(self._is_sought(text) for text in whole)
        module, other = self._before.module, self._after.module
        same = same_code(module.body(one.body), other.body(one.body))
        if module.problems or other.problems:
            return False
        if not same:
            self._restate(one, two)
            return not any(self._is_sought(text) for text in whole)
        if one.body in self._asked.fixed or not self._is_quiet(old, new, whole):
            return False
        moved = token_moves(self._before.source, one.span, self._after.source, two.span)
        self.kept += moved or ()
        return moved is not None

    def _answers_alike(self, body: int, old: bytes, new: bytes) -> bool:
        asked = self._asked
        limits = [limit for index, limit in asked.limits if index == body]
        if any((len(old) > limit) != (len(new) > limit) for limit in limits):
            return False
        words = [words for words, indices in asked.bodies_with if body in indices]
        return not any(has_one(old, one) != has_one(new, one) for one in words)

    def _matches_alike(self, old: bytes, new: bytes) -> bool:
        """Whether a function matches the same patterns as before, its attributes left out."""
        return not any(
            (word in old or word in new)
            and bool(re.search(pattern, old)) != bool(re.search(pattern, new))
            for word, pattern in self._patterns
        )

    def _is_quiet(self, old: bytes, new: bytes, whole: Sequence[bytes]) -> bool:
        """Whether none of the words is near the difference, or can be looked for across it."""
        first, last = _common(old, new)
        here = [text[first : len(text) - last] for text in (old, new)]
        near = [_around(text, first, len(text) - last) for text in (old, new)]
        if any(self._is_sought(text) for text in near):
            return False
        searched = any(self._is_sought(text) for text in whole)
        return not (searched and any(has_one(text, _CLOSERS) for text in here))


def _sought(words: Words) -> re.Pattern[bytes] | None:
    """What matches any of `words`, names as a whole."""
    if not words:
        return None
    parts = [rb"\b%s\b" % word if _NAME.fullmatch(word) else re.escape(word) for word in words]
    return re.compile(b"|".join(parts))


def _common(old: bytes, new: bytes) -> tuple[int, int]:
    """How many bytes two texts have in common at the start, and behind that at the end."""
    most = min(len(old), len(new))
    first = _prefix(old, new, most)
    last = _prefix(old[::-1], new[::-1], most - first)
    return first, last


def _prefix(old: bytes, new: bytes, most: int) -> int:
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if old[:middle] == new[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_lines(old: bytes, new: bytes) -> tuple[int, int]:
    """The same in whole lines."""
    first, last = _common(old, new)
    if not _breaks(old, first) or not _breaks(new, first):
        first = old.rfind(b"\n", 0, first) + 1
    if not _breaks(old, len(old) - last - 1) or not _breaks(new, len(new) - last - 1):
        stop = old.find(b"\n", len(old) - last)
        last = 0 if stop < 0 else len(old) - stop
    return first, last


def _edges(text: bytes) -> tuple[bytes, ...]:
    """What stands on the lines of the neighbours."""
    lines = text.split(b"\n")
    return (lines[0], lines[-1]) if len(lines) > 1 else (text,)


def _breaks(text: bytes, at: int) -> bool:
    return text[at : at + 1] == b"\n" if at >= 0 else False


def _around(text: bytes, start: int, end: int) -> bytes:
    """A stretch with the lines around it; blank ones do not count."""
    before = list(_lines(text[:start].split(b"\n")[::-1]))[::-1]
    after = list(_lines(text[end:].split(b"\n")))
    return b"\n".join(before) + text[start:end] + b"\n".join(after)


def _lines(lines: Sequence[bytes]) -> Iterator[bytes]:
    left = _NEAR + 1
    for line in lines:
        if left == 0:
            return
        left -= bool(line.strip())
        yield line
