"""Edits of several fixes on one set of files: which go together, and what the files become."""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bindcheck.findings import Edit, Finding
from bindcheck.write import detect_newlines

_OPENING = re.compile(rb"^<<<<<<< ", re.MULTILINE)
_CLOSING = re.compile(rb"^>>>>>>> ", re.MULTILINE)


def has_conflict(source: bytes) -> bool:
    """Whether a merge has left its markers in a file."""
    return bool(_OPENING.search(source) and _CLOSING.search(source))


def compatible(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings whose fixes can be applied at once: of two that overlap the first wins."""
    taken = _Taken()
    return tuple(finding for finding in findings if taken.take(finding))


def edits_of(findings: Iterable[Finding]) -> dict[str, tuple[Edit, ...]]:
    """All edits by path; one that several fixes share is made once."""
    by_path: dict[str, dict[Edit, None]] = {}
    for finding in findings:
        for edit in finding.fix.edits if finding.fix is not None else ():
            by_path.setdefault(edit.path, {})[edit] = None
    return {path: tuple(edits) for path, edits in by_path.items()}


def edited(sources: Mapping[str, bytes], edits: Mapping[str, Sequence[Edit]]) -> dict[str, bytes]:
    """The files that edits change, changed."""
    return {path: apply_edits(sources[path], own) for path, own in edits.items()}


def apply_edits(source: bytes, edits: Sequence[Edit]) -> bytes:
    """The text with edits that do not overlap, made back to front, in the line ends of the file.

    Text inserted at the start of what is replaced comes before it; of insertions at one place the
    one given first comes first.
    """
    layout = detect_newlines(source)
    ordered = sorted(enumerate(edits), key=lambda one: (one[1].start_byte, one[1].end_byte, one[0]))
    for _, edit in reversed(ordered):
        new = layout.fragment(edit.text)
        source = source[: edit.start_byte] + new + source[edit.end_byte :]
    return source


@dataclass(slots=True)
class _Taken:
    """The edits chosen so far, by path and place."""

    edits: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    owners: dict[Edit, str] = field(default_factory=dict)
    points: dict[tuple[str, int], str] = field(default_factory=dict)

    def take(self, finding: Finding) -> bool:
        """Take the fix of a finding if all its edits fit beside those that are there."""
        own = finding.fix.edits if finding.fix is not None else ()
        new = [edit for edit in dict.fromkeys(own) if edit not in self.owners]
        if not all(self._fits(edit, finding.code) for edit in new):
            return False
        for edit in new:
            self.owners[edit] = finding.code
            insort(self.edits.setdefault(edit.path, []), (edit.start_byte, edit.end_byte))
            if edit.start_byte == edit.end_byte:
                self.points[edit.path, edit.start_byte] = finding.code
        return True

    def _fits(self, edit: Edit, code: str) -> bool:
        """Insertions at one place go together if one rule makes them: their order is no matter."""
        held = self.edits.get(edit.path, [])
        at = bisect_left(held, (edit.start_byte, edit.end_byte))
        if any(_overlap(edit, other) for other in held[max(0, at - 1) : at + 1]):
            return False
        if edit.start_byte < edit.end_byte:
            return True
        return self.points.get((edit.path, edit.start_byte), code) == code


def _overlap(edit: Edit, other: tuple[int, int]) -> bool:
    """Whether two ranges share a byte, or one inserts into what the other replaces."""
    start, end = other
    return edit.start_byte < end and start < edit.end_byte
