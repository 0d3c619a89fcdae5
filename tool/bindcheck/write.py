"""The only writer of files: diff, check, then all or nothing.

Each file is replaced by renaming a complete, synced temporary file, so that an interrupted run
leaves the old or the new text. Several files are one transaction: when one cannot be replaced,
those already replaced get their old text back.
"""

from __future__ import annotations

import difflib
import os
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from os.path import realpath
from pathlib import Path

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact

_BOM = b"\xef\xbb\xbf"
_MARK = ".bindcheck-"
_STALE_SECONDS = 3600
_COLOURS = {"---": "1", "+++": "1", "@@": "36", "+": "32", "-": "31"}


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


def apply(changes: Iterable[Change]) -> None:
    """Make all changes or none; links are written through.

    A file that no longer holds `old`, or that may not be written, is a BindcheckError.
    """
    steps = [_Step(Path(realpath(change.path)), change) for change in changes]
    _refuse_duplicates(steps)
    for step in steps:
        step.check()
    steps = [step for step in steps if step.change.old != step.change.new]
    made = _make_folders(steps)
    done: list[_Step] = []
    staged: dict[Path, Path] = {}
    try:
        for step in steps:
            staged[step.target] = _stage(step)
        for step in steps:
            step.check()
            done.append(step)
            _replace(staged[step.target], step)
    except BaseException:
        # An interrupt counts too: a transaction that did not end has not happened.
        _roll_back(done, staged.values(), made)
        raise
    for folder in {step.target.parent for step in done}:
        _sync_folder(folder)


@contextmanager
def revertible(changes: Iterable[Change]) -> Iterator[None]:
    """Make all changes; when the block raises, or is interrupted, take them back.

    A file that somebody else has changed meanwhile stays as it is: that is a BindcheckError, raised
    once the others are back.
    """
    changes = tuple(changes)
    missing = [
        folder
        for change in changes
        for folder in Path(realpath(change.path)).parents
        if not folder.exists()
    ]
    apply(changes)
    try:
        yield
    except BaseException:
        try:
            _take_back(changes)
        finally:
            _remove_folders(sorted(set(missing), key=lambda folder: len(folder.parts)))
        raise


def _take_back(changes: Sequence[Change]) -> None:
    kept = []
    for step in [_Step(Path(realpath(change.path)), change) for change in changes]:
        if step.holds(step.change.new):
            step.undo()
        elif not step.holds(step.change.old):
            kept.append(step.change.path)
    if kept:
        raise BindcheckError(
            "has changed since it was written; the old text is not put back", kept[0]
        )


def write_text(path: Path, text: str) -> None:
    """Write a whole file, whatever it held. A pipe or device is written to, not replaced."""
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", newline="")
            return
        old = path.read_bytes() if path.exists() else None
    except OSError as error:
        raise BindcheckError(f"cannot be written: {error.strerror}", path) from error
    apply([Change(path, old, text.encode())])


def appended(path: Path, text: str) -> Change:
    """The change that adds a paragraph to the end of a file that is there."""
    try:
        old = path.read_bytes()
    except OSError as error:
        raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
    layout = detect_newlines(old)
    gap = "\n" if old.endswith(b"\n") or not old else "\n\n"
    return Change(path, old, old + layout.fragment(gap + text))


def unified_diff(changes: Iterable[Change], color: bool = False) -> str:
    """The changes as a patch; paths are relative to the working directory if below it."""
    return "".join(line for change in changes for line in _diff(change, color))


# --- one step of a transaction ---------------------------------------------------------------


@fact
class _Step:
    target: Path
    change: Change

    def check(self) -> None:
        """Refuse what has changed since it was read, or may not be written."""
        path = self.change.path
        try:
            held = self.target.read_bytes()
        except FileNotFoundError:
            held = None
        except OSError as error:
            raise BindcheckError(f"cannot be read: {error.strerror}", path) from error
        if held != self.change.old:
            raise BindcheckError("has changed since it was read; nothing written", path)
        if held is not None and not os.access(self.target, os.W_OK):
            raise BindcheckError("is read-only; nothing written", path)

    def holds(self, content: bytes | None) -> bool:
        """Whether the file is as it was or shall be; None: it is not there."""
        try:
            return self.target.read_bytes() == content
        except FileNotFoundError:
            return content is None

    def undo(self) -> None:
        """Put the old text back if it is gone."""
        if self.change.old is None:
            self.target.unlink(missing_ok=True)
        elif self.target.read_bytes() != self.change.old:
            os.replace(_temporary(self.target, self.change.old), self.target)


def _refuse_duplicates(steps: Sequence[_Step]) -> None:
    seen: set[Path] = set()
    for step in steps:
        if step.target in seen:
            raise BindcheckError("would be written twice; nothing written", step.change.path)
        seen.add(step.target)


def _make_folders(steps: Sequence[_Step]) -> list[Path]:
    made: list[Path] = []
    for step in steps:
        missing = [one for one in step.target.parents if not one.exists()]
        for folder in reversed(missing):
            try:
                folder.mkdir()
            except OSError as error:
                _remove_folders(made)
                reason = f"cannot be made: {error.strerror}; nothing written"
                raise BindcheckError(reason, folder) from error
            made.append(folder)
    return made


def _stage(step: _Step) -> Path:
    try:
        return _temporary(step.target, step.change.new)
    except OSError as error:
        raise _unwritable(step, error) from error


def _replace(temporary: Path, step: _Step) -> None:
    try:
        os.replace(temporary, step.target)
    except OSError as error:
        raise _unwritable(step, error) from error


def _unwritable(step: _Step, error: OSError) -> BindcheckError:
    reason = error.strerror or str(error)
    return BindcheckError(f"cannot be written: {reason}; nothing written", step.change.path)


def _temporary(target: Path, content: bytes) -> Path:
    """A synced temporary file beside `target` with the mode that `target` has or would get."""
    prefix = f".{target.name}{_MARK}"
    _remove_stale(target.parent, prefix)
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(target))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _remove_stale(folder: Path, prefix: str) -> None:
    """Remove what runs that were killed left behind; a run at work keeps no file for so long."""
    for name in os.listdir(folder):
        if name.startswith(prefix) and name.endswith(".tmp"):
            path = folder / name
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _STALE_SECONDS:
                    path.unlink()


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _roll_back(done: Sequence[_Step], staged: Iterable[Path], made: Sequence[Path]) -> None:
    for step in reversed(done):
        step.undo()
    for path in staged:
        path.unlink(missing_ok=True)
    _remove_folders(made)


def _remove_folders(made: Sequence[Path]) -> None:
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()


def _sync_folder(folder: Path) -> None:
    """Make renames durable where folders can be opened (not on Windows)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# --- diffs -------------------------------------------------------------------------------------


def _diff(change: Change, color: bool) -> Iterator[str]:
    shown = _shown(change.path)
    lines = difflib.unified_diff(
        _lines(change.old or b""),
        _lines(change.new),
        "/dev/null" if change.old is None else f"a/{shown}",
        f"b/{shown}",
    )
    for line in lines:
        body = line.removesuffix("\n")
        yield _coloured(body) if color else body
        yield "\n" if body != line else "\n\\ No newline at end of file\n"


def _lines(source: bytes) -> list[str]:
    # str.splitlines would also split at form feeds and other separators inside a line.
    parts = source.decode("utf-8", errors="replace").split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _coloured(line: str) -> str:
    for prefix, code in _COLOURS.items():
        if line.startswith(prefix):
            return f"\x1b[{code}m{line}\x1b[0m"
    return line


def _shown(path: Path) -> str:
    full, here = Path(os.path.abspath(path)), Path.cwd()
    return (full.relative_to(here) if full.is_relative_to(here) else full).as_posix().lstrip("/")
