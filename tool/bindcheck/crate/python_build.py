"""`[tool.maturin]`: which crate a pyproject.toml builds, and how."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import exists, isfile, normpath
from pathlib import Path

from bindcheck.crate.tables import Table, TomlFile, read_toml, table, text
from bindcheck.crate.types import Maturin
from bindcheck.errors import BindcheckError


def pyprojects(start: Path) -> Iterator[TomlFile]:
    """The pyproject.toml files with `[tool.maturin]` from `start` up to the repository's root."""
    for directory in (start, *start.parents):
        path = directory / "pyproject.toml"
        if isfile(path):
            found = read_toml(path)
            if table(found.data, "tool", "maturin"):
                yield found
        if exists(directory / ".git"):
            return


def named_manifest(pyproject: TomlFile) -> Path | None:
    """The Cargo.toml that `manifest-path` names, which must exist."""
    named = text(table(pyproject.data, "tool", "maturin"), "manifest-path")
    if named is None:
        return None
    path = Path(normpath(pyproject.path.parent / named))
    if not isfile(path):
        line = pyproject.line("tool", "maturin", "manifest-path")
        raise BindcheckError(f"manifest-path {named!r} does not exist", pyproject.path, line)
    return path


def maturin_of(manifest: Path) -> Maturin | None:
    """The settings that build `manifest`: beside it, or above with a `manifest-path` to it."""
    for pyproject in pyprojects(manifest.parent):
        named = named_manifest(pyproject)
        beside = named is None and pyproject.path.parent == manifest.parent
        if beside or (named is not None and named.resolve() == manifest.resolve()):
            return _maturin(pyproject, named)
    return None


def _maturin(pyproject: TomlFile, manifest: Path | None) -> Maturin:
    settings = table(pyproject.data, "tool", "maturin")
    source = text(settings, "python-source")
    profile = text(settings, "profile")
    editable = text(settings, "editable-profile") or profile
    return Maturin(
        module_name=text(settings, "module-name"),
        features=_features(settings),
        python_source=None if source is None else Path(normpath(pyproject.path.parent / source)),
        manifest_path=manifest,
        pyproject=pyproject.path,
        default_features=settings.get("no-default-features") is not True,
        all_features=settings.get("all-features") is True,
        profile=profile or "release",
        editable_profile=editable or "dev",
    )


def _features(settings: Table) -> tuple[str, ...]:
    """Names of `features`; the form for particular Python versions, a table, counts as set."""
    value = settings.get("features")
    entries = value if isinstance(value, list) else []
    names = (text(one, "feature") if isinstance(one, dict) else one for one in entries)
    return tuple(name for name in names if isinstance(name, str))
