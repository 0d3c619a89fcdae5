"""Stands before rustc: a crate of the registry is compiled once, however many crates need it.

Cargo calls this with the compiler and its arguments. Most tests that compile have a folder of
their own for it, in which PyO3 and NumPy would be compiled again each time. What was compiled is
kept in the folder `BINDCHECK_KEPT_CRATES`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDER = "BINDCHECK_KEPT_CRATES"


def main(command: Sequence[str]) -> int:
    """The exit status of the compiler, or 0 for what was kept."""
    place = _place(command)
    if place is None:
        os.execvp(command[0], command)
    out, ending = place
    kept = Path(os.environ[FOLDER]) / _key(command)
    if kept.is_dir():
        for one in kept.iterdir():
            # A copy is new, and cargo goes by the age of files.
            shutil.copy(one, out)
        return 0
    # What cargo lets its processes inherit is handed on.
    status = os.spawnvp(os.P_WAIT, command[0], command)
    if status == 0:
        _keep(out.glob(f"*{ending}*"), kept)
    return status


def _place(command: Sequence[str]) -> tuple[Path, str] | None:
    """The folder of the output and how the names in it end; None where nothing is kept."""
    of_registry = any("/registry/src/" in one and one.endswith(".rs") for one in command)
    endings = [one for one in command if one.startswith("extra-filename=-")]
    if not of_registry or len(endings) != 1 or "--out-dir" not in command:
        return None
    out = command[command.index("--out-dir") + 1]
    return Path(out), endings[0].removeprefix("extra-filename=")


def _key(command: Sequence[str]) -> str:
    """What the output depends on, but for the folder in which it is built."""
    found = hashlib.sha256()
    for before, one in zip(("", *command), command, strict=False):
        if before == "--extern":
            # The ending of the name tells what it was compiled from.
            found.update(one.rpartition("/")[2].encode())
        elif before != "--out-dir" and not one.startswith("dependency="):
            found.update(one.encode())
        found.update(b"\0")
    for path in _made_by_the_build_script():
        found.update(path.read_bytes())
    return found.hexdigest()


def _made_by_the_build_script() -> Iterator[Path]:
    folder = os.environ.get("OUT_DIR")
    if folder is not None:
        yield from sorted(one for one in Path(folder).rglob("*") if one.is_file())


def _keep(files: Iterator[Path], kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=kept.parent))
    for one in files:
        shutil.copy(one, made)
    try:
        made.rename(kept)
    except OSError:
        # Another process was faster.
        shutil.rmtree(made)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
