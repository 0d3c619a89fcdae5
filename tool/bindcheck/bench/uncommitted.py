"""Whether what is measured is the commit, or has been changed since."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from os.path import realpath
from pathlib import Path

from bindcheck.bench.casefile import is_case_file
from bindcheck.bench.tree import workspace_root
from bindcheck.crate import Crate, path_crates

_OF_WORKSPACE = ("Cargo.toml", "Cargo.lock", ".cargo", "rust-toolchain", "rust-toolchain.toml")
_OF_CRATE = (".", ":(exclude)target")
_REPORTS = frozenset({".json", ".jsonl", ".md", ".html", ".txt"})
"""Files of these kinds that git does not know are results: no committed code can need them."""


def uncommitted(crate: Crate, written: Iterable[Path]) -> tuple[str, ...]:
    """Changed files of the crate, of those it links by path, and of their settings, as git sees it.

    The names are those from the top of the repository on. `written` are files that the run itself
    writes, or has its cases from. No file of cases is code, nor is one that git does not know and
    that is named like a report.
    """
    own = {realpath(one) for one in written}
    crates = [(one.root, _OF_CRATE) for one in path_crates(crate).values()]
    asked = (*crates, (workspace_root(crate), _OF_WORKSPACE))
    found = {
        name: None
        for folder, patterns in asked
        for new, top, name in _changed(folder, patterns)
        if realpath(top / name) not in own
        and not (new and Path(name).suffix in _REPORTS)
        and not is_case_file(top / name)
    }
    return tuple(map(_readable, found))


def _readable(name: str) -> str:
    """A name that is no text as one that a file can hold."""
    return os.fsencode(name).decode(errors="replace")


def _changed(folder: Path, patterns: Sequence[str]) -> Iterator[tuple[bool, Path, str]]:
    """Whether git does not know a file that differs from the commit, the repository, the file."""
    top = Path(_git(folder, "rev-parse", "--show-toplevel").rstrip("\n"))
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all")
    for entry in _git(folder, "status", *options, "--", *patterns).split("\0"):
        if entry:
            yield entry.startswith("??"), top, entry[3:]


def _git(folder: Path, *arguments: str) -> str:
    """What git says; nothing where it is missing, or the folder is in no repository."""
    try:
        run = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except OSError:
        return ""
    return os.fsdecode(run.stdout) if run.returncode == 0 else ""
