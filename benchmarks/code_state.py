"""Which code makes measurements, and on what: a commit, digests, the machine, versions."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
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


def surroundings(python: str) -> str:
    """The machine, and the versions of what compiles and runs; `python` has NumPy."""
    versions = "import platform, numpy; print(platform.python_version(), numpy.__version__)"
    parts = (
        _processor(),
        f"{os.cpu_count()} cores",
        f"{platform.system()} {platform.release()}",
        _said(os.environ.get("RUSTC", "rustc"), "--version"),
        _said(python, "-c", versions),
    )
    return ", ".join(filter(None, parts))


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


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _git(*words: str) -> str:
    return _said("git", *words)


def _said(*command: str) -> str:
    """What a program prints; nothing where it is missing or fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
