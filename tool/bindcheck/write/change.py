"""What is to be written: the bytes of a file before and after, its line ends and its mark."""

from __future__ import annotations

from pathlib import Path

from bindcheck.fact import fact

_BOM = b"\xef\xbb\xbf"


@fact
class Change:
    """The bytes of a file as they were read (None: there was no such file) and as they shall be."""

    path: Path
    old: bytes | None
    new: bytes


@fact
class Layout:
    """Line ends and byte order mark of a file."""

    newline: str
    bom: bool

    def fragment(self, text: str) -> bytes:
        """`text` with the file's line ends, to stand inside the file."""
        return text.replace("\r\n", "\n").replace("\n", self.newline).encode()

    def whole(self, text: str) -> bytes:
        """`text` as the whole file."""
        return (_BOM if self.bom else b"") + self.fragment(text.removeprefix("\ufeff"))


def detect_newlines(source: bytes) -> Layout:
    """The line ends that prevail in `source`, and whether it starts with a byte order mark."""
    windows = source.count(b"\r\n")
    plain = source.count(b"\n") - windows
    return Layout("\r\n" if windows > plain else "\n", source.startswith(_BOM))


def with_line_ends(old: bytes, new: bytes) -> bytes:
    """`new`, in which lines that are in `old` too end as they do there, where ends are mixed."""
    windows = old.count(b"\r\n")
    if windows in (0, old.count(b"\n")):
        return new
    before, after = (text.splitlines(keepends=True) for text in (old, new))
    left, right = ([line.rstrip(b"\r\n") for line in lines] for lines in (before, after))
    # Loaded only where something is written.
    from difflib import SequenceMatcher

    for same in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
        after[same.b : same.b + same.size] = before[same.a : same.a + same.size]
    return b"".join(after)
