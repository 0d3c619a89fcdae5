"""Crates of tests, compiled with cargo: what they depend on is compiled once for all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bindcheck.write.locking import locked


@dataclass(frozen=True)
class Compiler:
    """Compiles with the same settings whoever asks, into one folder: `target`."""

    target: Path

    def check(self, crate: Path, *options: str) -> None:
        """The crate has no errors."""
        with locked(self._lock, _wait):
            self._cargo(crate, "check", *options)

    def build(self, crate: Path, library: str, module: Path, *options: str) -> None:
        """Compile an extension, and put it where Python looks for it."""
        with locked(self._lock, _wait):
            self._cargo(crate, "build", *options)
            # The next crate may have a library of this name.
            shutil.copy(self.target / "debug" / library, module)

    @property
    def _lock(self) -> Path:
        return self.target / "tests.lock"

    def _cargo(self, crate: Path, *command: str) -> None:
        # To cargo two crates of one name are the same, and compiled if a source is newer than what
        # there is: one that was written before the other was compiled would be.
        for source in (*crate.glob("*.rs"), *crate.glob("src/**/*.rs")):
            source.touch()
        done = subprocess.run(
            ("cargo", *command, "--quiet"),
            cwd=crate,
            env=os.environ | self._settings(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]

    def _settings(self) -> dict[str, str]:
        """What differs from one crate to the next would have the dependencies compiled again."""
        return {
            "CARGO_TARGET_DIR": str(self.target),
            "CARGO_INCREMENTAL": "0",
            "CARGO_PROFILE_DEV_DEBUG": "0",
            "PYO3_PYTHON": sys.executable,
            # An extension finds the interpreter that loads it: nothing is linked.
            "PYO3_BUILD_EXTENSION_MODULE": "1",
        }


def _wait() -> None:
    """Another process compiles."""
