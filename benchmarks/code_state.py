"""Which code makes measurements: a commit, and digests of what they depend on."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
_MADE = frozenset({"target", "__pycache__"})


def state_of(crate: Path, scripts: Iterable[Path]) -> dict[str, str]:
    """The commit, and digests of the tool that is run, of the crate, and of what measures."""
    return {
        "commit": commit(),
        "tool": digest((_tool(), ROOT / "templates")),
        "crate": digest((crate,)),
        "script": digest(scripts),
    }


def differences(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """What has changed, each with both states."""
    return [
        f"{name} {then.get(name) or 'unknown'}, now {now[name] or 'unknown'}"
        for name in now
        if then.get(name) != now[name]
    ]


def commit() -> str:
    """That of this repository, and whether a file of it is changed; empty outside of one."""
    head = _git("rev-parse", "HEAD")
    changed = bool(head and _git("status", "--porcelain", "--untracked-files=no"))
    return f"{head} with changes" if changed else head


def digest(places: Iterable[Path]) -> str:
    """Of the names and contents of all files in folders, and of files; not of what was built."""
    found = hashlib.sha256()
    for place in places:
        for path in sorted(_files(place)):
            name = path.relative_to(place.parent).as_posix()
            found.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    elif place.is_dir() and place.name not in _MADE:
        for inside in place.iterdir():
            yield from _files(inside)


def _tool() -> Path:
    """The folder of the bindcheck that this interpreter runs."""
    found = importlib.util.find_spec("bindcheck")
    if found is None or found.origin is None:
        raise SystemExit("this interpreter has no bindcheck")
    return Path(found.origin).resolve().parent


def _git(*words: str) -> str:
    try:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
