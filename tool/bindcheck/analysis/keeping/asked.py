"""What an analysis has asked of the texts of sources, beside what stands outside bodies.

A later run in which all of this has the same answers has the same results. So every question goes
through a `Program`, which writes it down here: a function whose body nobody has read may change.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from bindcheck.analysis.keeping.reads import Reads
from bindcheck.fact import record
from bindcheck.model import ItemRef

Words = tuple[bytes, ...]


class Text(StrEnum):
    """Questions about texts, as they are noted with path and words for who asks them."""

    HAS = "text has"
    SEARCHED = "text searched"
    MATCHED = "text matched"
    QUOTED = "text quoted"


@record
class Asked:
    """Questions about the texts of sources.

    `bodies` were read. `limits` are functions that were asked whether they are longer than so many
    bytes. `bodies_with` and `files_with` were asked whether they have one of some words, the
    functions of all files whether they match one of `patterns`, each with a word that is in all it
    matches. In the files of `searched` words were looked for, and what stands near them may matter.
    Of the files `quoted` parts were taken over into edits, most in the functions `fixed`; the files
    `whole` may matter to the last byte. `partial`: a process was lost with what it had asked.
    `reads` tells for which work bodies were read.
    """

    bodies: set[ItemRef] = field(default_factory=set)
    limits: set[tuple[ItemRef, int]] = field(default_factory=set)
    bodies_with: dict[Words, set[ItemRef]] = field(default_factory=dict)
    files_with: dict[Words, set[str]] = field(default_factory=dict)
    patterns: set[tuple[bytes, bytes]] = field(default_factory=set)
    searched: dict[Words, set[str]] = field(default_factory=dict)
    quoted: set[str] = field(default_factory=set)
    fixed: set[ItemRef] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    partial: bool = False
    reads: Reads = field(default_factory=Reads)

    def add(self, other: Asked) -> None:
        """Take over what another process has asked."""
        self.reads.take_over(other.reads.by_work)
        self.bodies |= other.bodies
        self.limits |= other.limits
        self.patterns |= other.patterns
        self.quoted |= other.quoted
        self.fixed |= other.fixed
        self.whole |= other.whole
        for words, refs in other.bodies_with.items():
            self.bodies_with.setdefault(words, set()).update(refs)
        for words, paths in other.files_with.items():
            self.files_with.setdefault(words, set()).update(paths)
        for words, paths in other.searched.items():
            self.searched.setdefault(words, set()).update(paths)


def has_one(text: bytes, words: Words, start: int = 0, end: int | None = None) -> bool:
    """Whether a text has one of `words` between two bytes."""
    stop = len(text) if end is None else end
    # Asked of nearly every body, some of them often: a generator would take half of the time.
    for word in words:  # noqa: SIM110
        if text.find(word, start, stop) >= 0:
            return True
    return False
