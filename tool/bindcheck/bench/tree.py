"""A tree beside the user's sources from which both sides are built into one library.

The tree mirrors the workspace: every entry is a link into the user's files, except the manifests on
the way to the crate, and those of members that name crates outside the workspace. Paths from
`CARGO_MANIFEST_DIR`, build scripts and relative dependencies thus find what they look for, and no
source is copied or changed. The crate's manifest says `rlib` instead of its own crate types, so
that a second package, the shim, can link it once.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from bindcheck.crate import Crate, read_toml
from bindcheck.crate.workspace import member_paths
from bindcheck.errors import BindcheckError, NothingToDoError
from bindcheck.fact import fact
from bindcheck.write import locked

SHIM = "bindcheck-shim"
"""The package beside the crate, and a feature of the crate for features of its dependencies."""
PLAIN = "tree"
"""The tree without overlay; others are named after what theirs is for."""
_LEFT_OUT = frozenset({"target", ".git", ".cargo", "Cargo.lock", "Cargo.lock.user", SHIM})
"""At the root. Cargo finds its `.cargo` above the tree, and would join what it found twice."""
_PATH_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")


@fact
class Tree:
    """Where the mirrored workspace is; `crate` is the mirrored package, `shim` the new one."""

    root: Path
    crate: Path
    shim: Path


def bench_folder(crate: Crate) -> Path:
    """Where everything that a benchmark builds goes: below the user's own `target`."""
    return workspace_root(crate) / "target" / "bindcheck" / "bench"


def measuring_alone(crate: Crate) -> AbstractContextManager[None]:
    """Refuse a second run in a workspace: what two measure at once disturbs both."""

    def refuse() -> None:
        raise NothingToDoError(
            f"another run of bindcheck measures in {bench_folder(crate)}, and two at once disturb "
            "each other: start this one when that has ended"
        )

    return locked(bench_folder(crate) / "measuring.lock", refuse)


def workspace_root(crate: Crate) -> Path:
    """The folder of the manifest whose profiles and lock file count."""
    return crate.workspace_root or crate.root


def make_tree(
    crate: Crate,
    folder: Path,
    shim: Mapping[str, str],
    overlay: Mapping[Path, bytes],
    linked: Iterable[Path] = (),
) -> Tree:
    """Write the tree, leaving alone what is already right.

    `shim` are the files of the shim by relative path. `overlay` are contents that replace single
    files of the user's (for builds with measuring points). `linked` are the roots of further crates
    that the shim links beside the crate itself.
    """
    root = workspace_root(crate)
    for path in overlay:
        if not in_tree(crate, path):
            told = f"is not in the copy of {root} that is built: it lies outside of the workspace"
            raise BindcheckError(told, path)
    edited = {root / "Cargo.toml", *(one / "Cargo.toml" for one in (crate.root, *linked))}
    texts = {path: _manifest(path, root, crate) for path in edited}
    texts |= _leading_out(root, edited)
    texts |= overlay
    lock = root / "Cargo.lock"
    try:
        _mirror(root, folder, texts, _LEFT_OUT)
        if lock.is_file():
            _copy_lock(lock.read_bytes(), folder)
        for name, text in shim.items():
            _write(folder / SHIM / name, text.encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise BindcheckError(f"cannot be written: {reason}", error.filename or folder) from error
    return Tree(folder, folder / crate.root.relative_to(root), folder / SHIM)


def in_tree(crate: Crate, path: str | Path) -> bool:
    """Whether a file is one of the workspace, so that a build can have a copy of it."""
    root, file = workspace_root(crate), Path(os.path.abspath(path))
    return file.is_relative_to(root) and file.relative_to(root).parts[0] not in _LEFT_OUT


# --- files and links ---------------------------------------------------------------------------


def _mirror(
    source: Path, target: Path, texts: Mapping[Path, bytes], left_out: Set[str] = frozenset()
) -> None:
    """Make `target` look like `source` with other texts.

    What has once been a copy stays one, with the text of the source if it has no other: cargo goes
    by times, and would take what it built of a copy for newer than a link to an older file.
    """
    target.mkdir(parents=True, exist_ok=True)
    wanted = {one.name for one in source.iterdir()} - left_out
    for entry in target.iterdir():
        if entry.name not in wanted and entry.name not in left_out:
            _remove(entry)
    for name in sorted(wanted):
        path, mirrored = source / name, target / name
        if path in texts:
            _write(mirrored, texts[path])
        elif path.is_file() and _is_copy(mirrored):
            _write(mirrored, path.read_bytes())
        elif path.is_dir() and (_is_copy(mirrored) or _has_any(path, texts)):
            if not (_is_copy(mirrored) and mirrored.is_dir()):
                _remove(mirrored)
            _mirror(path, mirrored, texts)
        else:
            _link(path, mirrored)


def _has_any(folder: Path, texts: Iterable[Path]) -> bool:
    return any(one.is_relative_to(folder) for one in texts)


def _is_copy(path: Path) -> bool:
    return path.exists() and not path.is_symlink()


def _write(path: Path, content: bytes) -> None:
    """Write a file unless it holds just that: a newer time would make cargo build it again."""
    if path.is_symlink() or path.is_dir():
        _remove(path)
    with suppress(FileNotFoundError):
        if path.read_bytes() == content:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _copy_lock(lock: bytes, folder: Path) -> None:
    """Take over the user's lock file whenever it is another; cargo adds the shim to the copy."""
    copied = folder / "Cargo.lock.user"
    if not copied.is_file() or copied.read_bytes() != lock or not (folder / "Cargo.lock").exists():
        (folder / "Cargo.lock").write_bytes(lock)
        copied.write_bytes(lock)


def _link(source: Path, link: Path) -> None:
    if link.is_symlink() and os.readlink(link) == str(source):
        return
    _remove(link)
    link.symlink_to(source)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


# --- manifests ---------------------------------------------------------------------------------


def _manifest(path: Path, root: Path, crate: Crate) -> bytes:
    """The manifest of a crate that is linked, of the workspace, or of both in one."""
    # Loaded only here: nothing else of bindcheck writes TOML.
    import tomli_w

    data = _copied(read_toml(path).data)
    if "package" in data:
        library = data.setdefault("lib", {})
        library.pop("crate_type", None)
        library["crate-type"] = ["rlib"]
    if crate.outer_features and path.parent == crate.root:
        data.setdefault("features", {})[SHIM] = [*crate.outer_features]
    if path.parent == root:
        workspace = data.setdefault("workspace", {})
        if "package" in data and not workspace.get("members"):
            workspace["members"] = []
        workspace["members"] = [*workspace.get("members", ()), SHIM]
    _move_paths(data, path.parent, root)
    return tomli_w.dumps(data).encode()


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value


def _leading_out(root: Path, edited: set[Path]) -> dict[Path, bytes]:
    """Manifests of other members that name crates outside the workspace, by paths that hold.

    Members are those that the workspace lists, and what members depend on by a path inside of it.
    """
    import tomli_w

    found: dict[Path, bytes] = {}
    todo = [*member_paths(read_toml(root / "Cargo.toml")), *edited]
    seen: set[Path] = set()
    while todo:
        path = todo.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        data = _copied(read_toml(path).data)
        todo += [one / "Cargo.toml" for one in _inside(data, path.parent, root)]
        if _move_paths(data, path.parent, root) and path not in edited:
            found[path] = tomli_w.dumps(data).encode()
    return found


def _inside(data: dict[str, Any], folder: Path, root: Path) -> Iterator[Path]:
    """Folders of dependencies in the workspace."""
    for dependency in _by_path(data):
        target = _target(dependency, folder)
        if target.is_relative_to(root):
            yield target


def _move_paths(data: dict[str, Any], folder: Path, root: Path) -> bool:
    """Let dependencies on crates outside the workspace be found from the tree; whether any is."""
    moved = False
    for dependency in _by_path(data):
        target = _target(dependency, folder)
        if not target.is_relative_to(root):
            dependency["path"] = str(target)
            moved = True
    return moved


def _target(dependency: dict[str, Any], folder: Path) -> Path:
    return Path(os.path.normpath(folder / dependency["path"]))


def _by_path(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All dependencies, replacements and patches that name a path."""
    tables = [data.get(name, {}) for name in _PATH_TABLES]
    for target in data.get("target", {}).values():
        tables += [target.get(name, {}) for name in _PATH_TABLES]
    tables.append(data.get("workspace", {}).get("dependencies", {}))
    tables += [data.get("replace", {}), *data.get("patch", {}).values()]
    for table in tables:
        for dependency in table.values():
            if isinstance(dependency, dict) and "path" in dependency:
                yield dependency
