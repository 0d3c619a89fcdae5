"""Whether a file that has changed gives the same answers to all that was asked of it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from functools import cache

from bindcheck.analysis.keeping.asked import Text, Words, has_one
from bindcheck.carry.alignment import Alignment, align
from bindcheck.carry.anew import Anew
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
    words: tuple[Words, ...] = ()
    quoted: bool = False
    fixed: frozenset[int] = frozenset()


def changed(path: str, old: bytes, new: bytes, asked: FileAsked, patterns: Patterns) -> Moves:
    """Where the code of a file has gone. Raises Anew if anybody may see a difference.

    Left out is who has read a body, or asked for a text, that is another one now. `patterns` are
    those that all functions were asked for.
    """
    before, after = outline(path, old), outline(path, new)
    if before is None or after is None:
        raise Anew("the file is not written in a common way")
    if before.module.generated != after.module.generated:
        raise Anew("a generated region came or went")
    found = _Comparison(before, after, asked, patterns)
    for words in asked.files_with:
        if has_one(old, words) != has_one(new, words):
            found.retold.add((Text.HAS, path, words))
    found.compare()
    return Moves(
        old,
        new,
        found.kept,
        found.altered,
        found.restated,
        found.retold,
        found.functions,
        found.bodies,
    )


class _Comparison:
    """The parts of two texts side by side, and what lies between them."""

    def __init__(self, before: Outline, after: Outline, asked: FileAsked, patterns: Patterns):
        self._before = before
        self._after = after
        self._asked = asked
        self._path = before.module.path
        self._patterns = patterns
        self.functions: Alignment = align(before, after)
        gone = [span for _, span in self.functions.gone]
        come = [span for _, span in self.functions.come]
        self._code = _blanked(before.code, gone), _blanked(after.code, come)
        self._parts = _apart(before.parts, gone), _apart(after.parts, come)
        self.kept: list[tuple[Span, int]] = []
        self.altered: list[Span] = []
        self.restated: set[int] = set()
        self.retold: set[Hashable] = set()
        self.bodies: list[tuple[Span, Span]] = []

    def compare(self) -> None:
        """Fill `kept`, `altered`, `restated`, `retold` and `bodies`.

        Raises Anew if anybody else may see a difference.
        """
        self._alone()
        old, new = self._parts
        if len(old) != len(new):
            raise Anew("an item came or went")
        at = Span(0, 0)
        for index, (one, two) in enumerate(zip(old, new, strict=True)):
            between = (Span(at.start, one.span.start), Span(at.end, two.span.start))
            self._gap(*between)
            self._part(index, one, two)
            at = Span(one.span.end, two.span.end)
        last = (Span(at.start, len(self._before.source)), Span(at.end, len(self._after.source)))
        self._gap(*last)

    def _part(self, index: int, one: Part, two: Part) -> None:
        if one.says != two.says or not self._same_functions(one, two):
            raise Anew("an item is another one")
        old, new = self._texts(one.span, two.span)
        if old == new:
            self.kept.append((one.span, two.span.start))
        elif one.unread:
            self._alter(one.span, two.span)
            self._search(old, new)
        elif one.body is not None:
            self._body(index, one, two)
        else:
            raise Anew("an item is written otherwise")

    def _same_functions(self, one: Part, two: Part) -> bool:
        """Whether two parts are of the same functions, and the same impls."""
        order = self.functions.order
        if one.function is not None and order[one.function] != two.function:
            return False
        return tuple(order[at] for at in one.functions) == two.functions

    def _alone(self) -> None:
        """Note who asks for what stands in functions that have come or gone."""
        for (_, span), text in (
            *((one, self._before.source) for one in self.functions.gone),
            *((one, self._after.source) for one in self.functions.come),
        ):
            whole = text[span.start : span.end]
            self._matches(b"", whole)
            for words, _ in self._asked.bodies_with:
                if has_one(whole, words):
                    self.retold.add((Text.HAS, self._path, words))

    def _texts(self, old: Span, new: Span) -> tuple[bytes, bytes]:
        before, after = self._before.source, self._after.source
        return before[old.start : old.end], after[new.start : new.end]

    def _search(self, *texts: bytes) -> None:
        """Note who has searched for a word that one of the texts has."""
        for words in self._asked.words:
            if any(_has_word(text, words) for text in texts):
                self.retold.add((Text.SEARCHED, self._path, words))

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

    def _gap(self, one: Span, two: Span) -> None:
        """Brackets, words like `trait A` and comments."""
        old, new = self._texts(one, two)
        if old == new:
            self.kept.append((one, two.start))
            return
        before, after = self._code
        code = before[one.start : one.end], after[two.start : two.end]
        if b"\x01" in code[0] or code[0].split() != code[1].split():
            raise Anew("what stands between items is another")
        self._search(old, new)
        if self._asked.quoted and _edges(old) != _edges(new):
            self.retold.add((Text.QUOTED, self._path))
        first, last = _common_lines(old, new)
        if self._regrouped(one, two):
            # What was at the end of one line may now be before or behind a function.
            first = len(old[:first].rstrip())
            last = len(old[len(old) - last :].lstrip())
        self.kept.append((Span(one.start, one.start + first), two.start))
        self.kept.append((Span(one.end - last, one.end), two.end - last))

    def _regrouped(self, one: Span, two: Span) -> bool:
        """Whether a function has come or gone between two parts."""
        gone = any(one.contains(span) for _, span in self.functions.gone)
        return gone or any(two.contains(span) for _, span in self.functions.come)

    # --- bodies ----------------------------------------------------------------------------------

    def _body(self, index: int, one: Part, two: Part) -> None:
        assert one.body is not None
        assert two.body is not None
        old, new = self._texts(one.span, two.span)
        # The part before a body is the head of its function.
        heads = self._texts(*(some[index - 1].span for some in self._parts))
        whole = [head + body for head, body in zip(heads, (old, new), strict=True)]
        self._answers(one.body, old, new)
        self._matches(*whole)
        if one.body not in self._asked.bodies:
            self.bodies.append((one.span, two.span))
            self._alter(one.span, two.span)
            self._search(*whole)
            return
        module, other = self._before.module, self._after.module
        same = same_code(module.body(one.body), other.body(two.body))
        if module.problems or other.problems:
            raise Anew("a body does not parse")
        if not same:
            self.bodies.append((one.span, two.span))
            self._restate(one, two)
            self._search(*whole)
            return
        for words in self._asked.words:
            if not _is_quiet(words, old, new, whole):
                self.retold.add((Text.SEARCHED, self._path, words))
        if one.body in self._asked.fixed:
            self.retold |= {(Text.QUOTED, self._path), (Text.MATCHED, self._path)}
        moved = token_moves(self._before.source, one.span, self._after.source, two.span)
        if moved is None:
            raise Anew("a body has other tokens")
        self.kept += moved

    def _answers(self, body: int, old: bytes, new: bytes) -> None:
        """Note questions about one body that have other answers. Raises Anew for its length."""
        for index, limit in self._asked.limits:
            if index == body and (len(old) > limit) != (len(new) > limit):
                raise Anew("a body passed a length that was asked for")
        for words, indices in self._asked.bodies_with:
            if body in indices and has_one(old, words) != has_one(new, words):
                self.retold.add((Text.HAS, self._path, words))

    def _matches(self, old: bytes, new: bytes) -> None:
        """Note whether a function, its attributes left out, matches other patterns."""
        for word, pattern in self._patterns:
            if (word in old or word in new) and (
                bool(re.search(pattern, old)) != bool(re.search(pattern, new))
            ):
                self.retold.add((Text.MATCHED, self._path))


def _blanked(code: bytes, spans: Sequence[Span]) -> bytes:
    for span in spans:
        code = code[: span.start] + b" " * (span.end - span.start) + code[span.end :]
    return code


def _apart(parts: Sequence[Part], spans: Sequence[Span]) -> tuple[Part, ...]:
    """The parts beside some functions."""
    return tuple(one for one in parts if not any(span.contains(one.span) for span in spans))


def _is_quiet(words: Words, old: bytes, new: bytes, whole: Sequence[bytes]) -> bool:
    """Whether no word is near the difference of two bodies, or can be looked for across it."""
    if not any(_has_word(text, words) for text in whole):
        return True
    first, last = _common(old, new)
    here = [text[first : len(text) - last] for text in (old, new)]
    near = [_around(text, first, len(text) - last) for text in (old, new)]
    if any(_has_word(text, words) for text in near):
        return False
    return not any(has_one(text, _CLOSERS) for text in here)


def _has_word(text: bytes, words: Words) -> bool:
    """Whether a text has one of `words`, names as a whole."""
    return has_one(text, words) and _sought(words).search(text) is not None


@cache
def _sought(words: Words) -> re.Pattern[bytes]:
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
