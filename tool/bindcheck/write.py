"""The only writer of files: diff, check, then all or nothing.

Each file is replaced by renaming a complete, synced temporary file, so that an interrupted run
leaves the old or the new text. Several files are one transaction: when one cannot be replaced,
those already replaced get their old text back, from copies that were made before the first of them
was touched, so that a full disk is no obstacle. A run that is killed leaves some files old and some
new; the next run removes what else it left.
"""

from __future__ import annotations

import difflib
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from os.path import realpath
from pathlib import Path

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

_BOM = b"\xef\xbb\xbf"
_MARK = ".bindcheck-"
_TEMPORARY = re.compile(r"\..+\.bindcheck-(?:(?P<owner>\d+)-)?\w+\.tmp")
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
    with applied(changes):
        pass


@contextmanager
def applied(changes: Iterable[Change]) -> Iterator[None]:
    """Make all changes as `apply` does, and take them back when the block raises.

    What somebody else writes to a file meanwhile stays.
    """
    steps = [_Step(Path(realpath(change.path)), change) for change in changes]
    _refuse_duplicates(steps)
    for step in steps:
        step.check()
    remove_left_over(step.target for step in steps)
    steps = [step for step in steps if step.change.old != step.change.new]
    made = _make_folders(steps)
    staged: dict[Path, _Staged] = {}
    try:
        for step in steps:
            staged[step.target] = _stage(step)
        for step in steps:
            step.check()
            _replace(step, staged[step.target])
        for folder in {step.target.parent for step in steps}:
            _sync_folder(folder)
        yield
    except BaseException:
        # An interrupt counts too: a transaction that did not end has not happened.
        _roll_back(steps, staged, made)
        raise
    for one in staged.values():
        one.remove()


def remove_left_over(paths: Iterable[Path]) -> None:
    """Remove what runs that were killed left beside these files."""
    for folder in {Path(realpath(path)).parent for path in paths}:
        with suppress(OSError):
            for name in os.listdir(folder):
                found = _TEMPORARY.fullmatch(name)
                if found and (not _at_work(found["owner"]) or _is_old(folder / name)):
                    (folder / name).unlink()


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


def append_line(path: Path, line: str) -> None:
    """Add one line to a file that several runs may add to at once, and that any may die over.

    The line is written and synced under a lock, where the system has one. What an earlier run left
    without its end becomes a line of its own; what this run cannot write whole is taken back.
    """
    data = line.removesuffix("\n").encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            _lock(handle)
            _append(handle, data)
        finally:
            os.close(handle)
    except OSError as error:
        raise BindcheckError(f"cannot be written: {error.strerror}", path) from error


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

    def undo(self, backup: Path | None) -> None:
        """Put the old text back where the new one is; what somebody wrote meanwhile stays."""
        try:
            held = self.target.read_bytes()
        except FileNotFoundError:
            return
        if held != self.change.new:
            return
        if backup is None:
            self.target.unlink()
        else:
            os.replace(backup, self.target)


@fact
class _Staged:
    """Temporary files beside a target: its new text, and its old one if it has any."""

    new: Path
    backup: Path | None

    def remove(self) -> None:
        for path in (self.new, self.backup):
            if path is not None:
                with suppress(OSError):
                    path.unlink(missing_ok=True)


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


def _stage(step: _Step) -> _Staged:
    target, old = step.target, step.change.old
    try:
        new = _temporary(target, step.change.new)
        try:
            return _Staged(new, None if old is None else _backup(target, old))
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _unwritable(step, error) from error


def _replace(step: _Step, staged: _Staged) -> None:
    try:
        os.replace(staged.new, step.target)
    except OSError as error:
        raise _unwritable(step, error) from error


def _unwritable(step: _Step, error: OSError) -> BindcheckError:
    reason = error.strerror or str(error)
    return BindcheckError(f"cannot be written: {reason}; nothing written", step.change.path)


def _temporary(target: Path, content: bytes) -> Path:
    """A synced temporary file beside `target` with the mode that `target` has or would get."""
    handle, name = tempfile.mkstemp(prefix=_prefix(target), suffix=".tmp", dir=target.parent)
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


def _backup(target: Path, old: bytes) -> Path:
    """A second name of `target` as it is; a copy of it where links cannot be made."""
    path = target.with_name(f"{_prefix(target)}{secrets.token_hex(4)}.tmp")
    try:
        os.link(target, path)
    except OSError:
        return _temporary(target, old)
    return path


def _prefix(target: Path) -> str:
    """Begin of the names of temporary files beside `target`: it tells which process owns them."""
    return f".{target.name}{_MARK}{os.getpid()}-"


def _is_old(path: Path) -> bool:
    """Whether a temporary file was made long ago: no run keeps one for so long."""
    # The time of a second name's last change of status is when it was made.
    return time.time() - path.stat().st_ctime > _STALE_SECONDS


def _at_work(owner: str | None) -> bool:
    """Whether the process that a temporary file's name tells of may still be there."""
    # On Windows signal 0 would end the process.
    if owner is None or os.name == "nt":
        return True
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _roll_back(
    steps: Sequence[_Step], staged: Mapping[Path, _Staged], made: Sequence[Path]
) -> None:
    """Undo what was done; a file that cannot be put back does not keep the others from it."""
    kept: list[str] = []
    for step in reversed(steps):
        found = staged.get(step.target)
        if found is None:
            continue
        try:
            step.undo(found.backup)
        except OSError:
            kept.append(f"{step.change.path} (its old text: {found.backup})")
        else:
            found.remove()
    _remove_folders(made)
    if kept:
        raise BindcheckError(f"cannot be put back after a failure: {', '.join(reversed(kept))}")


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


# --- one more line -------------------------------------------------------------------------------


def _lock(handle: int) -> None:
    """Wait for other writers; closing the file lets the next one in."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX)


def _append(handle: int, data: bytes) -> None:
    size = os.lseek(handle, 0, os.SEEK_END)
    if size:
        os.lseek(handle, size - 1, os.SEEK_SET)
        if os.read(handle, 1) != b"\n":
            data = b"\n" + data
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    except BaseException:
        os.ftruncate(handle, size)
        raise


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
