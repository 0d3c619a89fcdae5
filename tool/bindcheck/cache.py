"""Results of earlier runs on disk, by the hash of all that they depend on.

An entry is whole or not there: it is written beside its place and moved there, and read only if its
checksum is right. Several runs may read and write at once, and one may be killed at any time. What
cannot be read or written is done without: a cache never fails a run.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

_MAGIC = b"bindcheck-cache-1\n"
_DIGEST = 32
_SUFFIX = ".entry"
_TEMPORARY = ".new"
_LARGEST_FOLDER = 256 * 1024 * 1024
_MOST_ENTRIES = 500
_ABANDONED_SECONDS = 3600.0
FOLDER_VARIABLE = "BINDCHECK_CACHE_DIR"


class Cache:
    """Bytes by key in a folder; without a folder nothing is kept."""

    def __init__(self, folder: Path | None):
        self._folder = folder

    @property
    def keeps(self) -> bool:
        """Whether there is a folder."""
        return self._folder is not None

    def get(self, key: str) -> bytes | None:
        """What was kept under a key, None if nothing was or it is damaged."""
        if self._folder is None or not _is_ours(self._folder):
            return None
        path = self._folder / f"{key}{_SUFFIX}"
        try:
            data = path.read_bytes()
        except OSError:
            return None
        body = data[len(_MAGIC) + _DIGEST :]
        if data[: len(_MAGIC) + _DIGEST] != _MAGIC + _checksum(body):
            return None
        with suppress(OSError):
            # What is used stays: the oldest entries go first.
            os.utime(path)
        return body

    def has(self, key: str) -> bool:
        """Whether there is an entry, damaged or not; if so, it counts as used."""
        if self._folder is None or not _is_ours(self._folder):
            return False
        try:
            os.utime(self._folder / f"{key}{_SUFFIX}")
        except OSError:
            return False
        return True

    def part(self, key: str, start: int, end: int) -> bytes | None:
        """Some bytes of a large entry, unchecked: the caller has to know what they are."""
        if not self.has(key):
            return None
        assert self._folder is not None
        try:
            with open(self._folder / f"{key}{_SUFFIX}", "rb") as file:
                file.seek(len(_MAGIC) + _DIGEST + start)
                return file.read(end - start)
        except OSError:
            return None

    def put(self, key: str, body: bytes) -> None:
        """Keep something under a key, and drop the oldest entries when there is too much."""
        if self._folder is None:
            return
        with suppress(OSError):
            _make(self._folder)
            if _is_ours(self._folder):
                self._write(self._folder, key, body)
                _prune(self._folder)

    def _write(self, folder: Path, key: str, body: bytes) -> None:
        handle, temporary = tempfile.mkstemp(_TEMPORARY, dir=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + _checksum(body) + body)
            os.replace(temporary, folder / f"{key}{_SUFFIX}")
        except OSError:
            with suppress(OSError):
                os.unlink(temporary)


def user_folder(environment: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """Where the cache of a user lies: what the variable names, else where the system keeps such."""
    given = environment.get(FOLDER_VARIABLE)
    if given:
        return Path(given)
    if platform == "win32":
        base = environment.get("LOCALAPPDATA")
        return Path(base, "bindcheck", "Cache") if base else None
    home = environment.get("HOME")
    if platform == "darwin":
        return Path(home, "Library", "Caches", "bindcheck") if home else None
    base = environment.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else None)
    return Path(base, "bindcheck") if base and os.path.isabs(base) else None


def digest(text: bytes) -> bytes:
    """What tells one text from another."""
    return blake2b(text, digest_size=20).digest()


def _checksum(body: bytes) -> bytes:
    return blake2b(body, digest_size=_DIGEST).digest()


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "CACHEDIR.TAG").write_text(
            "Signature: 8a477f597d28d172789f06886806bc55\n# Results of bindcheck; may be deleted.\n"
        )


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have put something into a folder."""
    try:
        facts = folder.stat()
    except OSError:
        return False
    return not hasattr(os, "geteuid") or (
        facts.st_uid == os.geteuid() and not facts.st_mode & 0o022
    )


def _prune(folder: Path) -> None:
    entries = sorted(_entries(folder), reverse=True)
    size = 0
    for number, (_, length, path) in enumerate(entries):
        size += length
        if number >= _MOST_ENTRIES or (number and size > _LARGEST_FOLDER):
            with suppress(OSError):
                os.unlink(path)


def _entries(folder: Path) -> Iterator[tuple[float, int, str]]:
    """Entries with time and size; what killed runs have left behind is cleared away."""
    now = time.time()
    with os.scandir(folder) as listed:
        for one in listed:
            with suppress(OSError):
                facts = one.stat()
                if one.name.endswith(_SUFFIX):
                    yield facts.st_mtime, facts.st_size, one.path
                elif one.name.endswith(_TEMPORARY) and now - facts.st_mtime > _ABANDONED_SECONDS:
                    os.unlink(one.path)
