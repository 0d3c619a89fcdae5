"""The files of one run: read once, changed in memory, handed over as one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from os.path import realpath, relpath
from pathlib import Path

from bindcheck.errors import BindcheckError
from bindcheck.findings import Edit
from bindcheck.generate.regions import Region, find_regions
from bindcheck.model import Span
from bindcheck.write import Change, Layout, detect_newlines, with_line_ends


@dataclass(slots=True)
class OpenFile:
    """A file: the bytes that were read (None: it is new), and the text as it is now.

    `wanted_empty`: one that is new is made even without text.

    Lines of the text end in a line feed, whatever those of the file do.
    """

    path: Path
    old: bytes | None
    text: str
    layout: Layout
    wanted_empty: bool = False

    @property
    def before(self) -> str:
        """The text as it was read."""
        return _decode(self.old or b"", self.path)

    def change(self) -> Change | None:
        """The change to write; None when nothing differs."""
        if self.text == self.before and (self.old is not None or not self.wanted_empty):
            return None
        whole = self.layout.whole(self.text)
        return Change(self.path, self.old, with_line_ends(self.old or b"", whole))


@dataclass(slots=True)
class Workspace:
    """Files by real path. `root` is the root of the crate, against which paths are remembered."""

    root: Path
    files: dict[str, OpenFile] = field(default_factory=dict)

    def open(self, path: Path | str) -> OpenFile:
        """A file as it is now; one that does not exist is empty."""
        key = realpath(path)
        if key not in self.files:
            self.files[key] = _read(Path(path))
        return self.files[key]

    def relative(self, path: Path | str) -> str:
        """Path from the root of the crate, with forward slashes."""
        return Path(relpath(realpath(path), realpath(self.root))).as_posix()

    def has(self, name: str) -> bool:
        """Whether there is a file, or will be, by its path from the root of the crate."""
        path = self.root / name
        return path.exists() or bool(self.open(path).text)

    def edit(self, path: str, edits: Iterable[Edit]) -> None:
        """Apply edits by byte offsets to a file that has not been changed yet."""
        file = self.open(path)
        source = file.old or b""
        # Back to front. At one place a replacement is made before text is put in front of it, and
        # of several insertions the one given first comes first.
        ordered = sorted(
            enumerate(edits), key=lambda one: (one[1].start_byte, one[1].end_byte, one[0])
        )
        for _, edit in reversed(ordered):
            source = source[: edit.start_byte] + edit.text.encode() + source[edit.end_byte :]
        file.text = _decode(source, file.path)

    def changes(self) -> tuple[Change, ...]:
        """What differs from what was read, by path."""
        found = [file.change() for _, file in sorted(self.files.items())]
        return tuple(change for change in found if change is not None)


def _read(path: Path) -> OpenFile:
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        return OpenFile(path, None, "", Layout("\n", bom=False))
    except OSError as error:
        raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
    return OpenFile(path, source, _decode(source, path), detect_newlines(source))


def _decode(source: bytes, path: Path) -> str:
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise BindcheckError("is not UTF-8", path, line) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def region_spans(source: bytes, path: str) -> tuple[tuple[Region, Span], ...]:
    """The regions of a source with their byte spans."""
    text = source.decode("utf-8")
    return tuple(
        (region, Span(len(text[: region.start].encode()), len(text[: region.end].encode())))
        for region in find_regions(text, path)
    )
