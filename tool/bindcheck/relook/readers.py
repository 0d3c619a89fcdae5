"""Who has to look again at what has changed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, cast

from bindcheck.analysis.keeping.facets import facet
from bindcheck.carry import Anew, Moves
from bindcheck.fact import fact
from bindcheck.model import ItemRef
from bindcheck.relook.seen import Seen

_MOST_FILES = 6
"""Beyond so many files to check the whole audit, done by several processes, is nearly as fast."""
_MOST_FACETS = 200
"""The same of facets."""


@fact
class AskAgain:
    """Facets by name that have to be the same, those that have to be empty, and files to check."""

    facets: tuple[tuple[str, Any], ...]
    empty: tuple[tuple[str, ItemRef], ...]
    files: tuple[str, ...]


def who_asks(seen: Seen, changes: Mapping[str, Moves]) -> AskAgain:
    """All that has read what is another now. Raises Anew if others have than can ask again."""
    works = dict.fromkeys(
        one for path, moves in changes.items() for one in _works(seen, path, moves)
    )
    facets: list[tuple[str, Any]] = []
    files: list[Any] = []
    for work, unfinished in works:
        kind, of = cast("tuple[str, Any]", work) if _has_place(work) else ("", None)
        if facet(kind) is not None:
            facets.append((kind, of))
        elif kind == "file" and not unfinished:
            files.append(of)
        else:
            raise Anew(f"also asked for by: {_shown(work)}")
    empty = [one for path, moves in changes.items() for one in _of_new(seen, path, moves)]
    if len(files) > _MOST_FILES or len(facets) + len(empty) > _MOST_FACETS:
        raise Anew("too much leads to the body")
    return AskAgain(tuple(facets), tuple(empty), tuple(files))


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
        yield from (((name, path), False) for name in seen.facets(path)[0])
        if ("file", path) in seen.works:
            yield ("file", path), any(work == ("file", path) for work, _ in _unfinished(readers))


def _unfinished(readers: Mapping[Hashable, Iterable[tuple[Hashable, bool]]]) -> Iterator[Any]:
    return (one for works in readers.values() for one in works if one[1])


def _of_new(seen: Seen, path: str, moves: Moves) -> Iterator[tuple[str, ItemRef]]:
    """What was asked of functions of a file, about those that have come."""
    if moves.functions is not None:
        for name in seen.facets(path)[1]:
            yield from ((name, ItemRef(path, at)) for at in moves.functions.more)


def _shown(work: Hashable) -> str:
    return " ".join(map(str, work)) if isinstance(work, tuple) else str(work)


def _has_place(work: Hashable) -> bool:
    return isinstance(work, tuple) and len(work) == 2
