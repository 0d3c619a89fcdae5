"""Runs a command of the tool in a folder, with a fault at each step of its writing in turn.

A step is a call that changes the folder: a file opened for writing, synced (before and behind it),
renamed, removed, .. The command runs up to its first step; from there one child process after the
other goes on in the folder as it was, and the fault happens just before its first, second, .. step,
until a child ends undisturbed. What each leaves is copied to a folder of its own below SCRATCH.

    python faults.py FOLDER FAULT SCRATCH ARGUMENTS..

prints a list of `{"step", "folder", "signal", "status", "output"}` as JSON; `step` names the call,
and is empty for the last.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

CHANGING = {
    *("os.rename", "os.link", "os.symlink", "os.mkdir", "os.rmdir", "os.remove", "os.chmod"),
    *("os.truncate", "shutil.rmtree", "shutil.move"),
}

WITHOUT_ROOM = {"os.rename", "os.rmdir", "os.remove", "os.chmod"}


class Steps:
    """Watches the steps of this process and starts children at the first."""

    def __init__(self, folder: Path, fault: Callable[[], None], scratch: Path) -> None:
        self.folder, self.fault, self.scratch = folder, fault, scratch
        self.busy = False
        self.origin = scratch / "origin"
        shutil.copytree(folder, self.origin)
        self.at: int | None = None
        self.seen = 0
        self.log = scratch / "log"

    def install(self) -> None:
        """Watch what this process does from now on."""
        sync = os.fsync

        def watched(handle: int) -> None:
            self.step("before fsync")
            sync(handle)
            self.step("after fsync")

        os.fsync = watched  # the interpreter tells its hooks nothing of it
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        """Take an event of the interpreter for a step if it changes the folder."""
        if event == "open":
            path, mode, flags = arguments
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if writes and self.inside(path):
                self.step(f"open {mode}")
        elif event in CHANGING and any(map(self.inside, arguments)):
            self.step(event)

    def inside(self, path: object) -> bool:
        """Whether something is a path below the folder."""
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        return os.path.abspath(os.fsdecode(path)).startswith(f"{self.folder}{os.sep}")

    def step(self, name: str) -> None:
        """Start the children, or in one of them count, and bring the fault in its turn."""
        if self.busy:
            return
        self.busy = True
        try:
            if self.at is None:
                self.start_children()
            self.seen += 1
            if self.seen == self.at:
                self.log.write_text(name)
                self.fault()
            # A disk that is full stays so; what is there can still be renamed and removed.
            if self.fault in LASTING and self.seen > self.at and name not in WITHOUT_ROOM:
                self.fault()
        finally:
            self.busy = False

    def start_children(self) -> None:
        """Return in each child; the parent ends here."""
        found: list[dict[str, object]] = []
        while not found or found[-1]["step"]:
            self.at = len(found) + 1
            restore(self.folder, self.origin)
            self.log.write_text("")
            said = self.scratch / "said"
            child = os.fork()
            if child == 0:
                with said.open("wb") as sink:
                    os.dup2(sink.fileno(), 1)
                    os.dup2(sink.fileno(), 2)
                return
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            left = self.scratch / str(self.at)
            shutil.copytree(self.folder, left)
            found.append(
                {
                    "step": self.log.read_text(),
                    "folder": str(left),
                    "signal": -min(code, 0),
                    "status": max(code, 0),
                    "output": said.read_text(),
                }
            )
        os.write(1, json.dumps(found).encode())
        os._exit(0)


def restore(folder: Path, origin: Path) -> None:
    """Make the content of `folder` that of `origin`; the folder itself stays."""
    for one in folder.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    shutil.copytree(origin, folder, dirs_exist_ok=True)


def kill() -> None:
    """End the process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    """What Ctrl-C does."""
    raise KeyboardInterrupt


def full() -> None:
    """What a full disk does."""
    raise OSError(28, "No space left on device")


def denied() -> None:
    """What a folder does in which nothing may be made."""
    raise PermissionError(13, "Permission denied")


def edit() -> None:
    """What an editor does that saves a file under its own name."""
    Path("mine").write_text((Path("src/wave.rs").read_text()) + "// saved meanwhile\n")
    Path("mine").replace("src/wave.rs")


LASTING = (full, denied)
FAULTS = {"kill": kill, "interrupt": interrupt, "full": full, "denied": denied, "edit": edit}


def run(folder: Path, fault: str, scratch: Path, arguments: list[str]) -> NoReturn:
    """The command as people run it; its exit status is given to the system."""
    from bindcheck.cli import main

    os.chdir(folder)
    sys.argv = ["bindcheck", *arguments]
    Steps(folder, FAULTS[fault], scratch).install()
    code: object = 70
    try:
        code = main()
    except SystemExit as leaving:
        code = leaving.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    _, FOLDER, FAULT, SCRATCH, *ARGUMENTS = sys.argv
    run(Path(FOLDER).resolve(), FAULT, Path(SCRATCH).resolve(), ARGUMENTS)
