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
