"""Entry points called with a number that is none of those that a `match` has an arm for.

`match mode { 0 => .., 1 => .., _ => .. }`: who asks for mode 2 is refused before, or comes to an
arm that nobody may have thought of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.matching import Patterns
from bindcheck.analysis.program import Program
from bindcheck.analysis.trials.arguments import Given, sane, shown, words_of
from bindcheck.analysis.trials.leading import leading
from bindcheck.analysis.trials.lives import fed_by
from bindcheck.model import EntryPoint, FieldAccess, ItemRef, Match, Node, Path, Unary

NUMBERED: Patterns = ((b"match ", rb"\bmatch [\w.*]*\w \{\s*\d+(?: \| \d+|\.\.=?\d+)* =>"),)
"""A `match` whose first arm is for a whole number."""
_NUMBERS = re.compile(r"\d+(?:\s*(?:\||\.\.=)\s*\d+)*")
_FEWEST = 2


def beyond(program: Program, entry: EntryPoint) -> Iterator[tuple[Given, str]]:
    """Such numbers, each for one parameter with ordinary ones for the others, and in words."""
    words = words_of(program.function(entry.ref).params)
    matching = leading(program, entry.ref.path, NUMBERED) if words else frozenset()
    if matching.isdisjoint((entry.ref, *fed_by(program, entry))):
        return
    numbers = _numbers(program, entry.ref.path, matching)
    for word in words:
        number = numbers.get(word.name.removesuffix("_range"))
        if number is not None:
            yield Given({**sane(words), word.name: number}), shown(word, number)


def _numbers(program: Program, path: str, matching: frozenset[ItemRef]) -> dict[str, int]:
    """What is matched in a file, and the first number above all that have an arm."""
    found: dict[str, int] = {}
    for ref in sorted(matching):
        for name, number in _matched(program, ref):
            found[name] = max(number, found.get(name, 0))
    return found


@answered("numbers that are matched")
def _matched(program: Program, ref: ItemRef) -> tuple[tuple[str, int], ...]:
    """The same for one function."""
    anatomy = anatomy_of(program, ref)
    if anatomy is None:
        return ()
    found = ((_name_of(one.subject), _above(one)) for one in anatomy.all(Match))
    return tuple((name, number) for name, number in found if name and number)


def _name_of(subject: Node) -> str:
    """`mode` of `mode`, `*mode` and `self.mode`."""
    while isinstance(subject, Unary):
        subject = subject.value
    if isinstance(subject, FieldAccess):
        return subject.name
    return subject.last if isinstance(subject, Path) and len(subject.segments) == 1 else ""


def _above(match: Match) -> int:
    """The first number above those that have an arm; 0 where those are no numbers, or too few."""
    numbered = [one for one in match.arms if _NUMBERS.fullmatch(one.pattern.strip())]
    last = match.arms[-1] if match.arms else None
    if len(numbered) < _FEWEST or last is None or last.pattern.strip() != "_":
        return 0
    return 1 + max(int(text) for one in numbered for text in re.findall(r"\d+", one.pattern))
