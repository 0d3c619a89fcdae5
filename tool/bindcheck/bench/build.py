"""Builds the library that holds both sides, with the user's toolchain, profile and flags."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bindcheck.bench.tree import PLAIN, SHIM, Tree
from bindcheck.compiler import CompilerError, cargo_message, error_of
from bindcheck.crate import Crate, Version
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact
from bindcheck.prepare import Step

_LINES = 40
_LIBRARIES = 8
"""Built libraries that are kept; one run has three at most."""
VISIBLE = "visible"
"""The tree in which private items are visible."""
CAPPED = "rustc.sh"
"""The file of the shim that runs the compiler with lints turned off."""
_COPIES = {
    VISIBLE: "in which private items are visible",
    "phases": "with measuring points",
    "tune": "in which the size can be set from which on it works in parallel",
}
"""What trees with an overlay are for, by their names."""
_FULL = os.strerror(errno.ENOSPC)
_NO_LINKER = re.compile(r"linker `[^`]+` not found")
_LEAST_FREE = 4 * 2**20
"""Bytes that a library and what comes before it need at least."""
_LEAST_RUSTC = Version(1, 82, 0)
"""Of the generated code: what a crate itself needs may be more."""
_ENVIRONMENT_SINCE = Version(0, 26, 0)
"""From this release on PyO3 takes from the environment that it builds an extension module."""


class BuildError(BindcheckError):
    """The library does not build; `errors` are those of the compiler, if it got that far."""

    def __init__(self, message: str, errors: Sequence[CompilerError]):
        super().__init__(message)
        self.errors = tuple(errors)


@fact
class Linked:
    """A package beside the crate: its `name` in the code, and the folder of its manifest."""

    name: str
    package: str
    path: Path


def profile_of(crate: Crate) -> str:
    """The profile that builds wheels."""
    return crate.maturin.profile if crate.maturin else "release"


def features_of(crate: Crate) -> tuple[str, ...]:
    """The features of the audited configuration, defaults left to cargo.

    Last come those of dependencies that it asks for by name: `pyo3/abi3-py39`.
    """
    return (*_own_features(crate), *crate.outer_features)


def _own_features(crate: Crate) -> list[str]:
    return sorted((crate.active_features & crate.features.keys()) - {"default"})


def build(crate: Crate, tree: Tree, python: str, step: Step, *, capped: bool = False) -> Path:
    """Compile the shim; the path of the library, kept under a name of its own content.

    `capped`: the crates of the workspace without lints.

    A BuildError if it does not compile.
    """
    command = _command(crate, tree)
    _refuse_old_compiler(crate)
    step = _telling_of_all(step, _target(tree))
    step("compiling", 0, 0)
    artifacts, errors, rest = _run(command, tree, _environment(tree, python, capped=capped), step)
    if not artifacts:
        raise BuildError(_explained(errors, rest, tree, crate), errors)
    return _kept(artifacts[-1], tree.root.parent / "built")


def _target(tree: Tree) -> Path:
    """Where what a tree builds goes.

    Trees are told apart by nothing that cargo looks at: two must not share what is built.
    """
    return tree.root.with_name(f"{tree.root.name}-target")


def _telling_of_all(step: Step, target: Path) -> Step:
    """Say of the first build in a folder why all dependencies are compiled, perhaps once more."""
    if target.exists():
        return step
    why = f" (first build in {target.name}: with all dependencies)"
    return lambda what, done, total: step(f"{what}{why}", done, total)


def compiler(folder: Path) -> str:
    """What the compiler that builds in `folder` calls itself; nothing where it does not tell."""
    command = [os.environ.get("RUSTC", "rustc"), "--version"]
    with suppress(OSError):
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        return run.stdout.strip() if run.returncode == 0 else ""
    return ""


def _refuse_old_compiler(crate: Crate) -> None:
    """The generated code needs a compiler of its age: one that is older is told before it fails."""
    told = compiler(crate.root)
    version = Version.parse(told.removeprefix("rustc "))
    if version is not None and version < _LEAST_RUSTC:
        raise BindcheckError(
            f"{told} compiles this crate, and the generated native side needs rustc "
            f"{_LEAST_RUSTC.major}.{_LEAST_RUSTC.minor} or later: choose another toolchain "
            "(`rustup update`, rust-toolchain.toml, or RUSTUP_TOOLCHAIN)"
        )


def cargo() -> str:
    """The path of cargo."""
    found = os.environ.get("CARGO") or shutil.which("cargo")
    if found is None:
        raise NothingToDoError(
            "cargo was not found: the native side is compiled; "
            "install a Rust toolchain (https://rustup.rs)"
        )
    return found


def _command(crate: Crate, tree: Tree) -> list[str]:
    return [
        cargo(),
        "build",
        "--manifest-path",
        str(tree.shim / "Cargo.toml"),
        "--profile",
        profile_of(crate),
        "--target-dir",
        str(_target(tree)),
        "--message-format",
        "json",
    ]


def shim_manifest(crate: Crate, tree_crate: Path, linked: Sequence[Linked]) -> str:
    """The manifest of the shim; `linked` are packages beside the crate that it calls."""
    import tomli_w

    dependencies: dict[str, Any] = {
        crate.name: {"path": str(tree_crate), "features": _own_features(crate)}
    }
    if crate.outer_features:
        # In a dependency no feature of another crate can be asked for: the mirrored crate does it.
        dependencies[crate.name]["features"].append(SHIM)
    if crate.maturin is not None and not crate.maturin.default_features:
        dependencies[crate.name]["default-features"] = False
    for one in linked:
        # Its features are those that the crate asks for, its name that which the crate gives it.
        dependencies[one.name] = {
            "path": str(one.path),
            "package": one.package,
            "default-features": False,
        }
    dependencies |= _extension_module(crate)
    return tomli_w.dumps(
        {
            "package": {
                "name": "bindcheck-shim",
                "version": "0.0.0",
                "edition": "2021",
                "publish": False,
            },
            "lib": {"crate-type": ["cdylib"], "path": "src/lib.rs"},
            "dependencies": dependencies,
        }
    )


def _extension_module(crate: Crate) -> dict[str, Any]:
    """What keeps an older PyO3 from linking libpython."""
    pyo3 = crate.pyo3
    if pyo3 is None or pyo3.version is None or pyo3.version >= _ENVIRONMENT_SINCE:
        return {}
    wanted = f"={pyo3.version}" if pyo3.source == "lock" else pyo3.requirement
    return {
        "pyo3": {"version": wanted, "default-features": False, "features": ["extension-module"]}
    }


def _run(
    command: list[str], tree: Tree, environment: Mapping[str, str], step: Step
) -> tuple[list[Path], list[CompilerError], list[str]]:
    try:
        process = subprocess.Popen(
            command,
            cwd=tree.crate,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise NothingToDoError(f"{command[0]} cannot be run: {error.strerror}") from error
    with process:
        try:
            artifacts, errors, rest = _read(process.stdout or (), tree, step)
        except BaseException:
            # An interrupt ends the build too.
            process.terminate()
            raise
    return artifacts if process.returncode == 0 else [], errors, rest


def _environment(tree: Tree, python: str, *, capped: bool) -> dict[str, str]:
    """What cargo is told; `capped`: copies compile although lints forbid what was changed.

    Flags of the compiler would take the place of the user's own. A cache in front of the compiler
    does not know the script.
    """
    told = {"PYO3_PYTHON": python, "PYO3_BUILD_EXTENSION_MODULE": "1"}
    if capped:
        script = tree.shim / CAPPED
        script.chmod(0o755)
        told |= {"RUSTC_WORKSPACE_WRAPPER": str(script), "RUSTC_WRAPPER": ""}
    return os.environ | told


def _read(
    lines: Iterable[str], tree: Tree, step: Step
) -> tuple[list[Path], list[CompilerError], list[str]]:
    """Artifacts of the shim, errors of the compiler, and what cargo says itself."""
    artifacts: list[Path] = []
    errors: list[CompilerError] = []
    rest: list[str] = []
    shim = str(tree.shim / "Cargo.toml")
    for line in lines:
        message = cargo_message(line)
        if message is None:
            rest.append(line.rstrip("\n"))
            _tell(line, step)
        elif message["reason"] == "compiler-artifact" and message["manifest_path"] == shim:
            artifacts += [Path(one) for one in message["filenames"] if _is_library(one)]
        elif (error := error_of(message)) is not None:
            errors.append(error)
    return artifacts, errors, rest


def _tell(line: str, step: Step) -> None:
    words = line.split()
    if len(words) > 1 and words[0] == "Compiling":
        step(f"compiling {words[1]}", 0, 0)


def _is_library(name: str) -> bool:
    return name.endswith((".so", ".dylib", ".dll"))


def _kept(library: Path, folder: Path) -> Path:
    """A copy that a later build does not overwrite."""
    digest = hashlib.sha256(library.read_bytes()).hexdigest()[:16]
    kept = folder / f"{digest}{library.suffix}"
    temporary = kept.with_suffix(f".{os.getpid()}")
    try:
        if not kept.exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(library, temporary)
            temporary.replace(kept)
        os.utime(kept)
        _drop_old(folder)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise BindcheckError(f"cannot be written: {error.strerror}", kept) from error
    return kept


def _drop_old(folder: Path) -> None:
    """A library is as large as the crate: only those that were used last stay."""
    libraries = sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime)
    for one in libraries[:-_LIBRARIES]:
        one.unlink(missing_ok=True)


def _is_full(folder: Path) -> bool:
    """Whether there is no room for a library."""
    with suppress(OSError):
        return shutil.disk_usage(folder).free < _LEAST_FREE
    return False


def _explained(
    errors: Sequence[CompilerError], rest: Sequence[str], tree: Tree, crate: Crate
) -> str:
    """What the compiler said, and what to change."""
    said = [one for one in rest if one.strip()]
    full = next((one for one in (*(e.rendered for e in errors), *said) if _FULL in one), None)
    if full is None and _is_full(tree.root.parent):
        # A linker that gets no room for its output may die of a signal.
        full = errors[0].rendered if errors else "\n".join(said[-_LINES:])
    if full is not None:
        return f"the disk is full: nothing can be built in {tree.root.parent}:\n{_cut(full)}"
    if not errors:
        shown = "\n".join(said[-_LINES:])
        return f"the library with the native side does not build; cargo says:\n{shown}"
    text = _cut(errors[0].rendered)
    if _NO_LINKER.search(errors[0].rendered):
        return (
            "the linker was not found: nothing that Rust compiles can be linked; install a C "
            "compiler (Debian, Ubuntu: build-essential; macOS: xcode-select --install):\n" + text
        )
    if tree.root.name != PLAIN:
        what = _COPIES.get(tree.root.name, "that is to be measured")
        return (
            f"the copy of the crate {what} does not build (if `cargo build` does not either, it is "
            f"the crate):\n{text}"
        )
    return f"{_advice(errors[0], str(tree.shim / 'Cargo.toml'), crate)}:\n{text}"


def _cut(rendered: str) -> str:
    return "\n".join(rendered.splitlines()[:_LINES])


def _advice(error: CompilerError, shim: str, crate: Crate) -> str:
    if error.manifest != shim:
        return (
            f"the crate does not build with profile {profile_of(crate)!r} and features "
            f"{', '.join(features_of(crate)) or 'none'}; what `cargo build` would say too"
        )
    if "private" in error.rendered:
        return (
            "the native side cannot be called from outside the crate; "
            "make the item named here `pub` or re-export it"
        )
    return "the generated native side does not build"
