"""Dependencies of a package: sections, workspace inheritance, renaming."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import normpath
from pathlib import Path

from bindcheck.crate.lock import Lock
from bindcheck.crate.tables import Table, TomlFile, table, text, texts
from bindcheck.crate.types import Dependency, Version
from bindcheck.errors import BindcheckError


def read_dependencies(
    manifest: TomlFile, workspace: TomlFile | None, lock: Lock | None
) -> tuple[Dependency, ...]:
    """Normal dependencies, those for particular targets included, each once by its key."""
    package = text(table(manifest.data, "package"), "name") or ""
    found: dict[str, Dependency] = {}
    for section in _sections(manifest.data):
        for key, value in table(manifest.data, *section).items():
            if key not in found:
                keys = (*section, key)
                found[key] = _dependency(manifest, workspace, keys, _spec(value))
    if lock is None:
        return tuple(found.values())
    return tuple(lock.pin(package, one) for one in found.values())


def depends_on(manifest: Table, workspace: Table, name: str) -> bool:
    """Whether a package has a normal dependency on the package `name`."""
    for section in _sections(manifest):
        for key, value in table(manifest, *section).items():
            spec = _inherited(workspace, key, _spec(value))
            if (text(spec, "package") or key) == name:
                return True
    return False


def _sections(manifest: Table) -> Iterator[tuple[str, ...]]:
    yield ("dependencies",)
    for target in table(manifest, "target"):
        yield ("target", target, "dependencies")


def _spec(value: object) -> Table:
    if isinstance(value, dict):
        return value
    return {"version": value}


def _inherited(workspace: Table, key: str, spec: Table) -> Table:
    if spec.get("workspace") is not True:
        return spec
    return _spec(table(workspace, "workspace", "dependencies").get(key))


def _check_inherited(manifest: TomlFile, workspace: TomlFile | None, keys: tuple[str, ...]) -> None:
    """Refuse a dependency that no workspace has: without a release most rules know nothing."""
    line = manifest.line(*keys)
    if workspace is None:
        message = f"`{keys[-1]}` is inherited from a workspace, but there is none above"
        raise BindcheckError(message, manifest.path, line)
    if keys[-1] not in table(workspace.data, "workspace", "dependencies"):
        message = f"`{keys[-1]}` is inherited, but `[workspace.dependencies]` does not have it"
        raise BindcheckError(message, manifest.path, line)


def _dependency(
    manifest: TomlFile, workspace: TomlFile | None, keys: tuple[str, ...], own: Table
) -> Dependency:
    key = keys[-1]
    if key == "pyo3" and own.get("workspace") is True:
        _check_inherited(manifest, workspace, keys)
    spec = _inherited(workspace.data if workspace else {}, key, own)
    base, declared = manifest, keys
    if spec is not own and workspace is not None:
        base, declared = workspace, ("workspace", "dependencies", key)
    requirement = text(spec, "version") or ""
    version = Version.floor(requirement)
    path = text(spec, "path")
    return Dependency(
        name=text(spec, "package") or key,
        version=version,
        source="unknown" if version is None else "floor",
        requirement=requirement,
        line=manifest.line(*keys),
        key=key,
        optional=own.get("optional") is True,
        features=frozenset(texts(spec, "features") + texts(own, "features")),
        default_features=spec.get("default-features", own.get("default-features")) is not False,
        path=None if path is None else Path(normpath(base.path.parent / path)),
        declared=base.place(*declared),
    )
