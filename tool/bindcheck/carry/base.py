"""The state of a crate that results are carried over from: texts, and what was asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bindcheck.analysis.keeping.asked import Asked, Words
from bindcheck.cache import Cache, digest
from bindcheck.carry.anew import Anew
from bindcheck.carry.answers import FileAsked, Patterns, changed
from bindcheck.carry.moves import Moves
from bindcheck.fact import fact

_MOST_CHANGED = 20
"""Beyond so many files little time is saved."""

Sources = Sequence[tuple[str, bytes]]


@fact
class Stored:
    """Where the text of a file stands among the texts of a base, with its digest."""

    digest: bytes
    start: int
    end: int


@fact
class Base:
    """Everything that decides whether results still hold. `texts` is the key of the texts.

    The files in `whole` may matter to the last byte.
    """

    texts: str
    files: Mapping[str, Stored]
    asked: Mapping[str, FileAsked]
    patterns: Patterns
    whole: frozenset[str]

    @classmethod
    def of(cls, sources: Sources, digests: Sequence[bytes], asked: Asked) -> Base:
        """The base of an audit that was just done."""
        files: dict[str, Stored] = {}
        at = 0
        for (path, text), found in zip(sources, digests, strict=True):
            files[path] = Stored(found, at, at + len(text))
            at += len(text)
        texts = f"texts-{digest(b''.join(digests)).hex()}"
        patterns = tuple(sorted(asked.patterns))
        return cls(texts, files, _by_file(asked), patterns, frozenset(asked.whole))

    def keep_texts(self, cache: Cache, sources: Sources) -> None:
        """Put the texts into a cache, if they are not there whole."""
        if cache.get(self.texts) is None:
            cache.put(self.texts, b"".join(text for _, text in sources))

    def moves(self, cache: Cache, sources: Sources, digests: Sequence[bytes]) -> dict[str, Moves]:
        """Where code has gone, by the path of each file that has changed.

        Raises Anew if the files are others, or if something that was asked has another answer now.
        """
        if self.files.keys() != {path for path, _ in sources}:
            raise Anew("a file came or went")
        new = [
            (path, text)
            for (path, text), found in zip(sources, digests, strict=True)
            if self.files[path].digest != found
        ]
        if len(new) > _MOST_CHANGED:
            raise Anew("too many files changed")
        if any(path in self.whole for path, _ in new):
            raise Anew("the file matters to the last byte")
        return {
            path: changed(
                path, self._old(cache, path), text, self.asked.get(path, FileAsked()), self.patterns
            )
            for path, text in new
        }

    def _old(self, cache: Cache, path: str) -> bytes:
        stored = self.files[path]
        text = cache.part(self.texts, stored.start, stored.end)
        if text is None or digest(text) != stored.digest:
            raise Anew("the text before is not kept")
        return text

    def packed(self) -> tuple[object, ...]:
        """The same as built-in types."""
        files = {path: (one.digest, one.start, one.end) for path, one in self.files.items()}
        asked = {
            path: (
                one.bodies,
                one.limits,
                one.bodies_with,
                one.files_with,
                one.words,
                one.quoted,
                one.fixed,
            )
            for path, one in self.asked.items()
        }
        return (self.texts, files, asked, self.patterns, self.whole)

    @classmethod
    def unpacked(cls, packed: object) -> Base:
        """The base that `packed` gave. Raises TypeError, ValueError or AttributeError."""
        if not isinstance(packed, tuple):
            raise TypeError(packed)
        texts, files, asked, patterns, whole = packed
        return cls(
            texts,
            {path: Stored(*one) for path, one in files.items()},
            {path: FileAsked(*one) for path, one in asked.items()},
            patterns,
            whole,
        )


def _by_file(asked: Asked) -> dict[str, FileAsked]:
    bodies: dict[str, set[int]] = {}
    for ref in asked.bodies:
        bodies.setdefault(ref.path, set()).add(ref.index)
    limits: dict[str, set[tuple[int, int]]] = {}
    for ref, limit in asked.limits:
        limits.setdefault(ref.path, set()).add((ref.index, limit))
    bodies_with: dict[str, dict[Words, set[int]]] = {}
    for words, refs in asked.bodies_with.items():
        for ref in refs:
            bodies_with.setdefault(ref.path, {}).setdefault(words, set()).add(ref.index)
    files_with: dict[str, list[Words]] = {}
    for words, paths in asked.files_with.items():
        for path in paths:
            files_with.setdefault(path, []).append(words)
    searched: dict[str, set[Words]] = {}
    for words, paths in asked.searched.items():
        for path in paths:
            searched.setdefault(path, set()).add(words)
    return {
        path: FileAsked(
            frozenset(bodies.get(path, ())),
            tuple(limits.get(path, ())),
            tuple((words, frozenset(found)) for words, found in bodies_with.get(path, {}).items()),
            tuple(files_with.get(path, ())),
            tuple(sorted(searched.get(path, ()))),
            path in asked.quoted,
            frozenset(ref.index for ref in asked.fixed if ref.path == path),
        )
        for path in {*bodies, *limits, *bodies_with, *files_with, *searched, *asked.quoted}
    }
