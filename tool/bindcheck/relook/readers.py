"""Who has to look again at what has changed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from bindcheck.carry import Anew, Moves
from bindcheck.fact import record
from bindcheck.model import ItemRef
from bindcheck.relook.seen import Seen, is_facet, path_of

_MOST_FILES = 6
"""Beyond so many files to check the whole audit, done by several processes, is nearly as fast."""
_MOST_FACETS = 200
"""The same of facets."""


@record
class AskAgain:
    """Facets that are to be asked again, those that have to be empty, and files to check."""

    facets: dict[tuple[str, ItemRef | str], None] = field(default_factory=dict)
    empty: set[tuple[str, ItemRef]] = field(default_factory=set)
    files: dict[str, None] = field(default_factory=dict)

    def add(self, work: Hashable, unfinished: bool) -> None:
        """Somebody has read what is another now. Raises Anew if it cannot ask again."""
        if is_facet(work):
            self.facets[work] = None
        elif isinstance(work, tuple) and work[0] == "file" and not unfinished:
            self.files[work[1]] = None
        else:
            raise Anew(f"also asked for by: {_shown(work)}")
        if len(self.files) > _MOST_FILES or len(self.facets) + len(self.empty) > _MOST_FACETS:
            raise Anew("too much leads to the body")

    def add_readers(self, seen: Seen, one: tuple[str, ItemRef | str]) -> None:
        """A facet has another answer. Raises Anew if not all who have read it can ask again."""
        readers = seen.readers(path_of(one[1])).get(one)
        if readers is None:
            raise Anew(f"another answer: {one[0]}")
        for work in readers:
            self.add(*work)


def who_asks(seen: Seen, changes: Mapping[str, Moves]) -> AskAgain:
    """All that has read what is another now. Raises Anew if others have than can ask again."""
    asking = AskAgain()
    for path, moves in changes.items():
        for work in _works(seen, path, moves):
            asking.add(*work)
        asking.empty.update(_of_new(seen, path, moves))
    return asking


def _works(seen: Seen, path: str, moves: Moves) -> Iterator[tuple[Hashable, bool]]:
    """Who has asked for what has changed in a file, unfinished or not."""
    readers = seen.readers(path)
    for at in (*moves.restated, *moves.retold):
        if at not in readers:
            raise Anew(f"nobody knows who has asked: {at}")
        yield from readers[at]
    if moves.functions is not None:
        for gone in moves.functions.less:
            yield from readers.get(gone, ())
        yield from (((name, path), False) for name in seen.facets(path))
        if ("file", path) in seen.works:
            yield ("file", path), any(work == ("file", path) for work, _ in _unfinished(readers))


def _unfinished(readers: Mapping[Hashable, Iterable[tuple[Hashable, bool]]]) -> Iterator[Any]:
    return (one for works in readers.values() for one in works if one[1])


def _of_new(seen: Seen, path: str, moves: Moves) -> Iterator[tuple[str, ItemRef]]:
    """What was asked of any functions, about those of a file that have come."""
    if moves.functions is not None:
        for name in seen.of_functions:
            yield from ((name, ItemRef(path, at)) for at in moves.functions.more)


def _shown(work: Hashable) -> str:
    return " ".join(map(str, work)) if isinstance(work, tuple) else str(work)
