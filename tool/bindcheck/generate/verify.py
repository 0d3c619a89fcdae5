"""`cargo check` after a write: compiler errors, told by the piece that caused them."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from os.path import realpath
from pathlib import Path

from bindcheck.compiler import CompilerError, cargo_message, error_of
from bindcheck.crate import Crate
from bindcheck.discover import display
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.regions import find_regions
from bindcheck.write import Change, applied

_SHOWN = 20


@fact
class Placed:
    """One error of the compiler: its text, and where it stands (no path: nowhere)."""

    text: str
    path: Path | None = None
    line: int = 0


class VerifyError(Exception):
    """Raised when the crate does not compile as it was written; holds one line per error."""

    def __init__(self, lines: Sequence[str]):
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


@fact
class Checker:
    """Runs `cargo check` on a crate with the features of the configuration."""

    crate: Crate
    cargo: str

    @classmethod
    def find(cls, crate: Crate) -> Checker:
        """The cargo on the search path; without one this is a BindcheckError."""
        cargo = shutil.which("cargo")
        if cargo is None:
            raise BindcheckError("--verify runs cargo check, and there is no cargo on the PATH")
        return cls(crate, cargo)

    @property
    def command(self) -> tuple[str, ...]:
        """What is run."""
        active = self.crate.active_features
        enabled = sorted(active - {"default"})
        listed = ("--features", ",".join(enabled)) if enabled else ()
        if "default" in self.crate.features and "default" not in active:
            listed = ("--no-default-features", *listed)
        manifest = str(self.crate.manifest)
        return (
            *(self.cargo, "check", "--lib", "--quiet", "--message-format=json"),
            *("--manifest-path", manifest, *listed),
        )

    @contextmanager
    def verified(self, changes: Sequence[Change]) -> Iterator[None]:
        """Write, check, and put everything back unless the crate compiles.

        An error of the compiler is a VerifyError; an interrupt puts everything back as well.
        """
        with _terminable(), applied(changes):
            errors = self.errors()
            if errors:
                raise VerifyError(_lines(errors))
            yield

    def errors(self) -> tuple[Placed, ...]:
        """What the compiler has against the crate as it is."""
        try:
            run = subprocess.run(
                self.command, capture_output=True, check=False, stdin=subprocess.DEVNULL
            )
        except OSError as error:
            raise BindcheckError(f"cargo check cannot be run: {error.strerror}") from error
        found = tuple(self._read(run.stdout.decode("utf-8", errors="replace")))
        if run.returncode and not found:
            told = run.stderr.decode("utf-8", errors="replace").strip() or "it gives no reason"
            return (Placed(f"cargo check: {told}"),)
        return found

    def _read(self, output: str) -> Iterator[Placed]:
        for line in output.splitlines():
            error = error_of(cargo_message(line))
            if error is not None:
                yield self._placed(error)

    def _placed(self, error: CompilerError) -> Placed:
        """The place in the crate, which for a macro of another one is that of its call."""
        found = [(path, line) for name, line in error.places if (path := self._path(name))]
        own = [one for one in found if one[0].is_relative_to(realpath(self.crate.root))]
        if not found:
            return Placed(error.text)
        return Placed(error.text, *(own or found)[0])

    def _path(self, name: str) -> Path | None:
        """A path of the compiler, which is relative to the root of the workspace."""
        roots = [self.crate.workspace_root, self.crate.root]
        for root in roots:
            if root is not None and (root / name).is_file():
                return Path(realpath(root / name))
        return None


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a request to end raise, so that what was written is put back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _ended)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _ended(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


# --- telling pieces ------------------------------------------------------------------------------


def _lines(errors: Iterable[Placed]) -> tuple[str, ...]:
    """One line per error, named by the piece in whose region it stands."""
    found = list(dict.fromkeys(map(_line, errors)))
    more = len(found) - _SHOWN
    return (*found[:_SHOWN], *([f"and {more} more errors"] if more > 0 else []))


def _line(error: Placed) -> str:
    if error.path is None:
        return error.text
    place = f"{display(error.path)}:{error.line}: {error.text}"
    for start, end, key in _pieces(error.path):
        if start <= error.line <= end:
            return f"{place} (in {key})"
    return f"{place} (outside of what was generated)"


def _pieces(path: Path) -> tuple[tuple[int, int, str], ...]:
    """First and last line of each region of a file as it is checked, and its name."""
    text = path.read_bytes().decode("utf-8", errors="replace") if path.suffix == ".rs" else ""
    return tuple(
        (text.count("\n", 0, one.start) + 1, text.count("\n", 0, one.end), one.key)
        for one in find_regions(text, str(path))
    )
