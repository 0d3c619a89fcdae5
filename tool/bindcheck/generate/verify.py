"""`cargo check` after a write: compiler errors, told by the piece that caused them."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os.path import realpath
from pathlib import Path

from bindcheck.crate import Crate
from bindcheck.discover import display
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.regions import find_regions
from bindcheck.write import Change, applied

_SHOWN = 20


@fact
class CompilerError:
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
                raise VerifyError(_lines(errors, changes))
            yield

    def errors(self) -> tuple[CompilerError, ...]:
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
            return (CompilerError(f"cargo check: {told}"),)
        return found

    def _read(self, output: str) -> Iterator[CompilerError]:
        for line in output.splitlines():
            message = _message(line)
            if message is not None and message.get("level") == "error":
                yield self._error(message)

    def _error(self, message: Mapping[str, object]) -> CompilerError:
        code = message.get("code")
        name = f"[{code['code']}]" if isinstance(code, Mapping) and code.get("code") else ""
        text = f"error{name}: {message.get('message', '')}".replace("\n", " ")
        for span in _spans(message):
            path = self._path(str(span.get("file_name", "")))
            start = span.get("line_start")
            if path is not None and isinstance(start, int):
                return CompilerError(text, path, start)
        return CompilerError(text)

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


def _message(line: str) -> Mapping[str, object] | None:
    if not line.startswith("{"):
        return None
    try:
        data: object = json.loads(line)
    except ValueError:
        return None
    if not isinstance(data, Mapping) or data.get("reason") != "compiler-message":
        return None
    message = data.get("message")
    # The last word, `aborting due to 2 previous errors`, has no place.
    if not isinstance(message, Mapping) or str(message.get("message", "")).startswith("aborting"):
        return None
    return message


def _spans(message: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Places of a message, the primary first; for what a macro made, the call of the macro."""
    spans = message.get("spans")
    listed = [one for one in spans if isinstance(one, Mapping)] if isinstance(spans, list) else []
    for span in sorted(listed, key=lambda one: not one.get("is_primary")):
        inner: object = span
        while isinstance(inner, Mapping):
            yield inner
            expansion = inner.get("expansion")
            inner = expansion.get("span") if isinstance(expansion, Mapping) else None


# --- telling pieces ------------------------------------------------------------------------------


def _lines(errors: Iterable[CompilerError], changes: Sequence[Change]) -> tuple[str, ...]:
    """One line per error, named by the piece in whose region it stands."""
    pieces = {Path(realpath(one.path)): _pieces(one) for one in changes}
    found = list(dict.fromkeys(_line(error, pieces) for error in errors))
    more = len(found) - _SHOWN
    return (*found[:_SHOWN], *([f"and {more} more errors"] if more > 0 else []))


def _line(error: CompilerError, pieces: Mapping[Path, tuple[tuple[int, int, str], ...]]) -> str:
    if error.path is None:
        return error.text
    place = f"{display(error.path)}:{error.line}: {error.text}"
    for start, end, key in pieces.get(error.path, ()):
        if start <= error.line <= end:
            return f"{place} (in {key})"
    return f"{place} (outside of what was generated)"


def _pieces(change: Change) -> tuple[tuple[int, int, str], ...]:
    """First and last line of each region of a Rust file as it was written, and its name."""
    if change.path.suffix != ".rs":
        return ()
    text = change.new.decode("utf-8", errors="replace")
    return tuple(
        (text.count("\n", 0, one.start) + 1, text.count("\n", 0, one.end), one.key)
        for one in find_regions(text, str(change.path))
    )
