"""Entry points called with a number that is none of those that a `match` has an arm for.

`match mode { 0 => .., 1 => .., _ => {} }`: who asks for mode 2 is refused before, or gets what
nobody has written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.depth import deep
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.analysis.trials.arguments import Given, sane, shown, words_of
from bindcheck.analysis.trials.ending import Ended, tried_longer
from bindcheck.analysis.trials.leading import Patterns, leading
from bindcheck.model import EntryPoint, FieldAccess, ItemRef, Match, Node, Path, Unary

NUMBERED: Patterns = ((b"match ", rb"\bmatch [\w.*]*\w \{\s*\d+(?: \| \d+|\.\.=?\d+)* =>"),)
"""A `match` whose first arm is for a whole number."""
_NUMBERS = re.compile(r"\d+(?:\s*(?:\||\.\.=)\s*\d+)*")
_FEWEST = 2


def beyond(program: Program, entry: EntryPoint) -> Iterator[tuple[Ended, str]]:
    """How trials with such numbers end, each for one parameter, and how that is told."""
    function = program.function(entry.ref)
    words = words_of(function.params)
    if not words or entry.ref not in leading(program, entry.ref.path, NUMBERED):
        return
    body = program.body(entry.ref)
    numbers = dict(_numbers(program, entry.ref.path))
    for word in words if body is not None else ():
        number = numbers.get(word.name.removesuffix("_range"))
        if number is not None:
            assert body is not None
            given = Given({**sane(words), word.name: number})
            with deep():
                ended = tried_longer(program, entry, body, given)
            yield ended, shown(word, number)


def _numbers(program: Program, path: str) -> Iterator[tuple[str, int]]:
    """What is matched in a file, and the first number above all that have an arm."""
    found: dict[str, int] = {}
    for index, function in enumerate(program.modules[path].functions):
        ref = ItemRef(path, index)
        if function.body_span is not None and ref in leading(program, path, NUMBERED):
            for name, number in _matched(program, ref):
                found[name] = max(number, found.get(name, 0))
    yield from found.items()


@answered("numbers that are matched")
def _matched(program: Program, ref: ItemRef) -> tuple[tuple[str, int], ...]:
    """The same for one function."""
    anatomy = anatomy_of(program, ref)
    found = ((name_of(one.subject), _above(one)) for one in anatomy.all(Match)) if anatomy else ()
    return tuple((name, number) for name, number in found if name and number)


def name_of(subject: Node) -> str:
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
