"""Cargo workspaces: the root above a package, the members below a root."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import isfile, normpath
from pathlib import Path

from bindcheck.crate.dependencies import depends_on
from bindcheck.crate.tables import TomlFile, read_toml, table, text, texts
from bindcheck.errors import NoSingleCrateError


def workspace_of(manifest: TomlFile) -> TomlFile | None:
    """The manifest of the workspace that the package belongs to, which may be its own."""
    if "workspace" in manifest.data:
        return manifest
    named = text(table(manifest.data, "package"), "workspace")
    if named is not None:
        return read_toml(Path(normpath(manifest.path.parent / named / "Cargo.toml")))
    for directory in manifest.path.parent.parents:
        above = directory / "Cargo.toml"
        if isfile(above):
            found = read_toml(above)
            if "workspace" in found.data:
                return None if _excludes(found, manifest.path.parent) else found
    return None


def _excludes(workspace: TomlFile, directory: Path) -> bool:
    inside = directory.relative_to(workspace.path.parent).as_posix()
    return any(
        inside == one.rstrip("/") or inside.startswith(one.rstrip("/") + "/")
        for one in texts(table(workspace.data, "workspace"), "exclude")
    )


def members(workspace: TomlFile) -> Iterator[TomlFile]:
    """Manifests of the members, globs expanded, in path order."""
    return map(read_toml, member_paths(workspace))


def member_paths(workspace: TomlFile) -> Iterator[Path]:
    """Where the manifests of the members are, in order."""
    root = workspace.path.parent
    found: set[Path] = set()
    for pattern in texts(table(workspace.data, "workspace"), "members"):
        found.update(Path(normpath(one)) for one in root.glob(f"{pattern.rstrip('/')}/Cargo.toml"))
    for path in sorted(found):
        if not _excludes(workspace, path.parent):
            yield path


def binding_member(workspace: TomlFile) -> TomlFile:
    """The one member that depends on pyo3; a NoSingleCrateError if there are more, or none."""
    candidates = list(members(workspace))
    bound = [one for one in candidates if depends_on(one.data, workspace.data, "pyo3")]
    if len(bound) == 1:
        return bound[0]
    line = workspace.line("workspace", "members")
    if not bound:
        names = ", ".join(map(_name, candidates)) or "no members"
        raise NoSingleCrateError(
            f"no member of the workspace depends on pyo3 ({names})", workspace.path, line
        )
    root = workspace.path.parent
    places = ", ".join(_place(one, root) for one in bound)
    raise NoSingleCrateError(
        f"several members depend on pyo3: {places}; choose one with --manifest-path",
        workspace.path,
        line,
    )


def _name(manifest: TomlFile) -> str:
    return text(table(manifest.data, "package"), "name") or manifest.path.parent.name


def _place(manifest: TomlFile, root: Path) -> str:
    path = manifest.path
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    return f"{_name(manifest)} ({inside.as_posix()})"
