"""Which files are read, which of them are reported, and why others could not be read.

Paths limit what is reported, never what is read: the whole source folder of the crate is read.
Paths are shown relative to the working directory, and absolute when they are not below it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import field
from os.path import abspath, isdir, isfile, join, normcase, realpath
from pathlib import Path

from bindcheck.config import Glob
from bindcheck.crate import Crate
from bindcheck.fact import fact
from bindcheck.results import Unreadable

MAX_BYTES = 32 * 1024 * 1024

# Beside a Cargo.toml these are targets of their own, not modules of the library.
_OTHER_TARGETS = frozenset({"tests", "benches", "examples", "build.rs"})


@fact
class SourceFile:
    """A Rust source: absolute path, the path that people see, and its bytes as they are."""

    path: Path
    display: str
    source: bytes = field(repr=False)


@fact
class Scope:
    """What is reported: files at or below `named` that no glob of `exclude` matches."""

    named: tuple[Path, ...]
    exclude: tuple[Glob, ...] = ()

    def __call__(self, path: str | Path) -> bool:
        """Whether the file with this path, absolute or from the working directory, is reported."""
        full = abspath(path)
        if any(glob.matches(full) for glob in self.exclude):
            return False
        return self._below(full) or self._below(realpath(full))

    def _below(self, path: str) -> bool:
        return any(_within(path, str(one)) for one in self.named)


@fact
class Discovery:
    """Files to read in a stable order, what of them is reported, and what went wrong."""

    files: tuple[SourceFile, ...]
    reported: Scope
    problems: tuple[Unreadable, ...] = ()
    notes: tuple[str, ...] = ()


def discover(crate: Crate | None, paths: Sequence[Path], exclude: Sequence[Glob] = ()) -> Discovery:
    """Read the crate's sources and the files that `paths` name beyond them."""
    folder = None if crate is None else source_folder(crate)
    roots = tuple(dict.fromkeys(one for path in paths for one in _forms(path)))
    scope = Scope(roots, tuple(exclude))
    problems: list[Unreadable] = []
    own = [] if folder is None else list(_walk(folder, problems))
    more = [one for path in paths for one in _named(path, folder, own, problems)]
    files = [load_extra(path) for path in sorted(_once([*own, *more]))]
    problems.extend(one for one in files if isinstance(one, Unreadable) and scope(one.path))
    return Discovery(
        files=tuple(one for one in files if isinstance(one, SourceFile)),
        reported=scope,
        problems=tuple(dict.fromkeys(problems)),
        notes=_notes(crate, paths),
    )


def load_extra(path: Path) -> SourceFile | Unreadable:
    """Read one source file, wherever it lies."""
    full = Path(abspath(path))
    shown = display(full)
    try:
        facts = full.stat()
        if not stat.S_ISREG(facts.st_mode) and not stat.S_ISDIR(facts.st_mode):
            return Unreadable(shown, None, "is not a regular file")
        if facts.st_size > MAX_BYTES:
            return Unreadable(shown, None, f"is larger than {MAX_BYTES >> 20} MiB")
        source = full.read_bytes()
    except OSError as error:
        return Unreadable(shown, None, _reason(full, error))
    flaw = _flaw(source)
    if flaw is not None:
        return Unreadable(shown, *flaw)
    return SourceFile(full, shown, source)


def source_folder(crate: Crate) -> Path:
    """The folder that holds the crate's modules."""
    if crate.lib_path is not None:
        return crate.lib_path.parent
    usual = crate.root / "src"
    return usual if isdir(usual) else crate.root


def display(path: Path) -> str:
    """A path as people see it: from the working directory if below it, else absolute."""
    full, here = abspath(path), os.getcwd()
    if full == here:
        return "."
    shown = full[len(join(here, "")) :] if _within(full, here) else full
    return shown.replace(os.sep, "/")


def _within(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies below it, both being absolute and without `..`.

    Told by their texts: it is asked of every file, entry point and finding.
    """
    path, folder = normcase(path), normcase(folder)
    return path == folder or path.startswith(join(folder, ""))


def _forms(path: Path) -> tuple[Path, Path]:
    """A named path as written and with symbolic links resolved."""
    full = Path(abspath(path))
    return full, Path(realpath(full))


def _named(
    path: Path, folder: Path | None, own: Sequence[Path], problems: list[Unreadable]
) -> Iterator[Path]:
    """Files that a path from the command line adds to those of the crate."""
    full = Path(abspath(path))
    if isdir(full):
        yield from _named_folder(full, folder, own, problems)
    elif not os.path.lexists(full):
        problems.append(Unreadable(display(full), None, "no such file or folder"))
    elif full.suffix != ".rs":
        problems.append(Unreadable(display(full), None, "is not a Rust source file (.rs)"))
    else:
        yield full


def _named_folder(
    full: Path, folder: Path | None, own: Sequence[Path], problems: list[Unreadable]
) -> Iterator[Path]:
    real = Path(realpath(full))
    if any(one.is_relative_to(real) for one in own):
        return
    around = folder is not None and folder.is_relative_to(real)
    files = [] if around else list(_walk(full, problems))
    if not files:
        problems.append(Unreadable(display(full), None, _emptiness(full, folder), fatal=False))
    yield from files


def _emptiness(folder: Path, crate_folder: Path | None) -> str:
    if crate_folder is None:
        below = sorted(one.parent for one in folder.glob("*/Cargo.toml"))
        if below:
            names = ", ".join(display(one) for one in below)
            return f"lies in no crate; crates below it: {names}"
    return "holds no Rust source file"


def _notes(crate: Crate | None, paths: Sequence[Path]) -> tuple[str, ...]:
    if crate is not None:
        return _choice(crate)
    loose = [path for path in paths if isfile(path) and path.suffix == ".rs"]
    return tuple(f"{display(path)}: lies in no crate, audited by itself" for path in loose)


def _choice(crate: Crate) -> tuple[str, ...]:
    """Which of several members was taken for the one that builds the extension module."""
    if crate.builder is None or not crate.other_builders:
        return ()
    others = ", ".join(crate.other_builders)
    return (
        f"{display(crate.manifest)}: of the members that build its extension module "
        f"{crate.builder.name} is taken, not {others}",
    )


# --- walking ---------------------------------------------------------------------------------


def _walk(folder: Path, problems: list[Unreadable], above: tuple[str, ...] = ()) -> Iterator[Path]:
    """`.rs` files below `folder`. Build output, hidden names and crates inside are left out."""
    real = realpath(folder)
    if real in above:
        reason = f"is a symbolic link to a folder around it ({real}), not followed"
        problems.append(Unreadable(display(folder), None, reason, fatal=False))
        return
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        problems.append(Unreadable(display(folder), None, _reason(folder, error)))
        return
    targets = _OTHER_TARGETS if "Cargo.toml" in names else frozenset()
    for name in names:
        path = folder / name
        if name.startswith(".") or name in targets:
            continue
        if isdir(path):
            if not _foreign(path):
                yield from _walk(path, problems, (*above, real))
        elif name.endswith(".rs"):
            yield path


def _foreign(folder: Path) -> bool:
    """Whether a folder is build output or another crate."""
    if isfile(folder / "Cargo.toml"):
        return True
    beside_manifest = isfile(folder.parent / "Cargo.toml")
    return folder.name == "target" and (beside_manifest or isfile(folder / "CACHEDIR.TAG"))


def _once(paths: Sequence[Path]) -> Iterator[Path]:
    """Each file once, however many links lead to it."""
    seen: set[str] = set()
    for path in paths:
        real = realpath(path)
        if real not in seen:
            seen.add(real)
            yield path


# --- what can be wrong with a file -------------------------------------------------------------


def _reason(path: Path, error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "is a symbolic link that leads back to itself"
    if error.errno == errno.ENOENT:
        return "is a broken symbolic link" if path.is_symlink() else "no such file"
    if error.errno == errno.EISDIR:
        return "is a folder"
    return f"cannot be read: {error.strerror or error}"


def _flaw(source: bytes) -> tuple[int | None, str] | None:
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, "is UTF-16, Rust sources are UTF-8"
    at = source.find(b"\0")
    if at >= 0:
        return source.count(b"\n", 0, at) + 1, "is a binary file (it holds a NUL byte)"
    try:
        source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        return line, f"is not UTF-8 (byte 0x{source[error.start]:02x})"
    return None
