"""Several files as one transaction.

Each file is replaced by renaming a complete, synced temporary file, so that an interrupted run
leaves the old or the new text. When one cannot be replaced, those already replaced get their old
text back, from copies that were made before the first of them was touched, so that a full disk is
no obstacle. A run that is killed leaves some files old and some new; the next run removes what
else it left.
"""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from os.path import realpath
from pathlib import Path

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.write.change import Change

_MARK = ".bindcheck-"
_TEMPORARY = re.compile(r"\..+\.bindcheck-(?:(?P<owner>\d+)-)?\w+\.tmp")
_STALE_SECONDS = 3600
_SYNCED_AT_ONCE = 8


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
        _make_durable(steps, staged)
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
    """A temporary file beside `target`, which is still to be synced."""
    handle, name = tempfile.mkstemp(prefix=_prefix(target), suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _make_durable(steps: Sequence[_Step], staged: Mapping[Path, _Staged]) -> None:
    """Sync the new texts, and give them the modes that their targets have or would get."""
    with closing(_synced([staged[step.target].new for step in steps])) as synced:
        for step in steps:
            try:
                os.chmod(next(synced), _mode(step.target))
            except OSError as error:
                raise _unwritable(step, error) from error


def _synced(paths: Sequence[Path]) -> Generator[Path, None, None]:
    """Each path, once it is synced: many files take little longer than one if a disk is told of
    them together.
    """
    if len(paths) <= _SYNCED_AT_ONCE:
        yield from map(_sync, paths)
        return
    # Few runs write so much.
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(_SYNCED_AT_ONCE)
    try:
        yield from pool.map(_sync, paths)
    finally:
        pool.shutdown(cancel_futures=True)


def _sync(path: Path) -> Path:
    # Windows syncs what is open for writing alone.
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return path


def _backup(target: Path, old: bytes) -> Path:
    """A second name of `target` as it is; a copy of it where links cannot be made."""
    path = target.with_name(f"{_prefix(target)}{os.urandom(4).hex()}.tmp")
    try:
        os.link(target, path)
    except OSError:
        path = _temporary(target, old)
        try:
            os.chmod(_sync(path), _mode(target))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
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
