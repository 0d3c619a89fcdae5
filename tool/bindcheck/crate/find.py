"""Which crate a path belongs to, and what its manifests say about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from os.path import abspath, exists, isdir, isfile, normpath, realpath
from pathlib import Path

from bindcheck.crate.builder import building_members, dependency_on
from bindcheck.crate.cargo_config import cargo_configs, panic_flags
from bindcheck.crate.dependencies import depends_on, read_dependencies
from bindcheck.crate.features import (
    audited_features,
    dependency_features,
    feature_table,
    outer_features,
    unified,
)
from bindcheck.crate.lock import Lock
from bindcheck.crate.python_build import maturin_of, named_manifest, pyprojects
from bindcheck.crate.tables import Table, TomlFile, parse_toml, read_toml, table, text, texts
from bindcheck.crate.types import Crate, Dependency, ManifestPlace, Profile, Version
from bindcheck.crate.workspace import binding_member, members, workspace_of
from bindcheck.errors import BindcheckError


def find_crate(path: Path, manifest_path: Path | None = None) -> Crate | None:
    """The crate to audit for `path`; None when `path` lies in no crate.

    `manifest_path` decides if given, else maturin's `manifest-path`, else the nearest Cargo.toml
    above `path`. In a virtual workspace it is the one member that depends on pyo3. A crate whose
    module another member builds has the features that this one asks for as well.
    """
    if manifest_path is not None:
        return _with_builder(_package(_chosen(manifest_path), _directory(path)))
    # A link into a crate belongs to the crate that it leads to, unless it lies in one itself.
    for start in (_directory(path), _directory(Path(realpath(path)))):
        manifest = _nearest(start)
        if manifest is not None:
            return _with_builder(_package(manifest, start))
    return None


def read_crate(manifest: Path) -> Crate:
    """The crate of exactly this Cargo.toml, which must have a `[package]`."""
    return _read(read_toml(Path(abspath(manifest))))


def crate_from(manifest: Path, content: str) -> Crate:
    """The crate of a Cargo.toml whose text is given; what lies around it is looked for on disk."""
    return _read(parse_toml(manifest, content))


def dependency_crate(crate: Crate, name: str) -> Crate:
    """The crate behind `crate.path_dependencies[name]`, with the features that `crate` gives it."""
    return _dependency_crate(crate, name, Lock.at)


def _dependency_crate(crate: Crate, name: str, lock_at: Callable[[Path], Lock | None]) -> Crate:
    path = crate.path_dependencies[name]
    same = [one for one in crate.dependencies if one.path == path]
    # One crate may be there twice, under two names.
    dependency = next((one for one in same if one.code_name == name), same[0])
    other = _read(read_toml(Path(abspath(path / "Cargo.toml"))), lock_at)
    features = dependency_features(crate, dependency, other.features)
    return dataclasses.replace(other, active_features=features)


def path_crates(crate: Crate) -> dict[str, Crate]:
    """A crate, as `crate`, and those it depends on by path by the names that the code has for them.

    Two crates may call one dependency differently; the first name is kept. Each has the features
    that any of them turns on in it.
    """
    found = {"crate": crate}
    # Members of a workspace have one lock file, which may be long, and name each other often.
    lock_at = cache(Lock.at)
    todo = [crate]
    while todo:
        one = todo.pop()
        for name, path in one.path_dependencies.items():
            if all(Path(abspath(path)) != known.root for known in found.values()):
                found[name] = _dependency_crate(one, name, lock_at)
                todo.append(found[name])
    return unified(found)


def _directory(path: Path) -> Path:
    """The nearest existing directory at or above `path`."""
    start = Path(abspath(path))
    return next((one for one in (start, *start.parents) if isdir(one)), start)


def _chosen(manifest_path: Path) -> TomlFile:
    path = Path(abspath(manifest_path))
    if isdir(path):
        path /= "Cargo.toml"
    if not isfile(path):
        raise BindcheckError("no such manifest", manifest_path)
    return read_toml(path)


def _nearest(start: Path) -> TomlFile | None:
    above = next((one for one in (start, *start.parents) if isfile(one / "Cargo.toml")), None)
    nearest = None if above is None else read_toml(above / "Cargo.toml")
    pyproject = next(pyprojects(start), None)
    named = None if pyproject is None else named_manifest(pyproject)
    if pyproject is None or named is None or _apart(nearest, pyproject.path.parent, named):
        return nearest
    return read_toml(named)


def _apart(nearest: TomlFile | None, project: Path, named: Path) -> bool:
    """Whether PATH lies in another crate below `project`, one that `named` does not depend on."""
    if nearest is None or "package" not in nearest.data:
        return False
    root = nearest.path.parent
    if root in (project, named.parent) or not root.is_relative_to(project):
        return False
    return root not in read_crate(named).path_dependencies.values()


def _package(manifest: TomlFile, start: Path) -> TomlFile:
    if "package" not in manifest.data:
        if "workspace" not in manifest.data:
            raise BindcheckError("has neither [package] nor [workspace]", manifest.path)
        return binding_member(manifest)
    if start == manifest.path.parent and "workspace" in manifest.data:
        return _bound_package(manifest)
    return manifest


def _bound_package(manifest: TomlFile) -> TomlFile:
    """The root package of a workspace, or its only member with bindings if the root has none."""
    if depends_on(manifest.data, manifest.data, "pyo3"):
        return manifest
    bound = [one for one in members(manifest) if depends_on(one.data, manifest.data, "pyo3")]
    return bound[0] if len(bound) == 1 else manifest


def _with_builder(manifest: TomlFile) -> Crate:
    """A crate with the member that builds its extension module, where it builds none itself."""
    lock_at = cache(Lock.at)
    crate = _read(manifest, lock_at)
    if crate.builds_extension or crate.pyo3 is None:
        return crate
    builders = building_members(crate)
    if not builders:
        return crate
    first = _read(builders[0], lock_at)
    asked = dependency_on(crate, first.dependencies)
    more = frozenset() if asked is None else dependency_features(first, asked, crate.features)
    return dataclasses.replace(
        crate,
        builder=first,
        other_builders=tuple(
            text(table(one.data, "package"), "name") or "" for one in builders[1:]
        ),
        active_features=crate.active_features | more,
    )


def _read(manifest: TomlFile, lock_at: Callable[[Path], Lock | None] = Lock.at) -> Crate:
    package = table(manifest.data, "package")
    name = text(package, "name")
    if name is None:
        raise BindcheckError("has no package name", manifest.path, manifest.line("package"))
    root = manifest.path.parent
    workspace = workspace_of(manifest)
    workspace_root = workspace.path.parent if workspace else None
    dependencies = read_dependencies(manifest, workspace, lock_at(workspace_root or root))
    features = feature_table(manifest.data, dependencies)
    maturin = maturin_of(manifest.path)
    git_root = next((one for one in (root, *root.parents) if exists(one / ".git")), None)
    built_in = maturin.pyproject.parent if maturin is not None else root
    configs = cargo_configs(built_in, git_root or workspace_root or built_in)
    lib_name = text(table(manifest.data, "lib"), "name") or name.replace("-", "_")
    return Crate(
        root=root,
        manifest=manifest.path,
        name=name,
        lib_path=_lib_path(manifest),
        lib_name=lib_name,
        edition=_inheritable(package, workspace, "edition") or "2015",
        pyo3=_named(dependencies, "pyo3"),
        numpy=_named(dependencies, "numpy"),
        features=features,
        active_features=audited_features(features, maturin),
        module_name=(maturin.module_name if maturin else None) or lib_name,
        maturin=maturin,
        workspace_root=workspace_root,
        profiles=_profiles((*configs, workspace or manifest)),
        crate_types=texts(table(manifest.data, "lib"), "crate-type", "crate_type") or ("lib",),
        path_dependencies=_path_dependencies(dependencies),
        git_root=git_root,
        dependencies=dependencies,
        feature_places=_feature_places(manifest),
        release=_inheritable(package, workspace, "version") or "",
        rust_version=Version.parse(_inheritable(package, workspace, "rust-version") or ""),
        cargo_configs=tuple(one.path for one in configs),
        panic_flags=panic_flags(configs),
        outer_features=outer_features(maturin.features if maturin is not None else ()),
    )


def _feature_places(manifest: TomlFile) -> Mapping[str, ManifestPlace]:
    places = {name: manifest.place("features", name) for name in table(manifest.data, "features")}
    return {name: place for name, place in places.items() if place is not None}


def _named(dependencies: tuple[Dependency, ...], name: str) -> Dependency | None:
    return next((one for one in dependencies if one.name == name), None)


def _lib_path(manifest: TomlFile) -> Path | None:
    root = manifest.path.parent
    named = text(table(manifest.data, "lib"), "path")
    if named is not None:
        path = Path(normpath(root / named))
        if not isfile(path):
            line = manifest.line("lib", "path")
            raise BindcheckError(f"library source {named!r} does not exist", manifest.path, line)
        return path
    usual = (root / "src" / "lib.rs", root / "src" / "main.rs")
    return next((one for one in usual if isfile(one)), None)


def _inheritable(package: Table, workspace: TomlFile | None, key: str) -> str | None:
    """A text of `[package]` that may be taken from the workspace."""
    inherited = table(package, key).get("workspace") is True
    if inherited and workspace is not None:
        package = table(workspace.data, "workspace", "package")
    return text(package, key)


def _path_dependencies(dependencies: tuple[Dependency, ...]) -> Mapping[str, Path]:
    return {
        _code_name(one, one.path): one.path
        for one in dependencies
        if one.path is not None and isfile(one.path / "Cargo.toml")
    }


def _code_name(dependency: Dependency, path: Path) -> str:
    """What the code calls a dependency: its library may have a name of its own."""
    if dependency.key != dependency.name:
        return dependency.code_name
    with suppress(BindcheckError):
        named = text(table(read_toml(path / "Cargo.toml").data, "lib"), "name")
        return named or dependency.code_name
    return dependency.code_name


def _profiles(files: Sequence[TomlFile]) -> Mapping[str, Profile]:
    """Profiles by name; of several files that set a key the first decides."""
    written = {name: None for one in files for name in table(one.data, "profile")}
    return {name: _profile(files, name) for name in ("dev", "release", *written)}


def _profile(files: Sequence[TomlFile], name: str, seen: tuple[str, ...] = ()) -> Profile:
    inherits = next(filter(None, (_setting(one, name, "inherits") for one in files)), None)
    checks = _checks_overflow(files, name)
    decides = next((one for one in files if _setting(one, name, "panic") is not None), None)
    if decides is not None:
        panic = _setting(decides, name, "panic") or ""
        place = decides.place("profile", name, "panic")
        return Profile(name, inherits, panic, place.line if place else None, place, checks)
    if inherits is None or inherits in seen:
        return Profile(name, inherits, overflow_checks=checks)
    above = _profile(files, inherits, (*seen, name))
    return Profile(name, inherits, above.panic, above.line, above.place, checks)


def _checks_overflow(files: Sequence[TomlFile], name: str) -> bool:
    """What the profile says of `overflow-checks`, else the one it inherits from; on in `dev`."""
    seen: set[str] = set()
    while name not in seen:
        seen.add(name)
        tables = [table(one.data, "profile", name) for one in files]
        said = [one.get("overflow-checks") for one in tables]
        found = next((one for one in said if isinstance(one, bool)), None)
        if found is not None:
            return found
        name = next(filter(None, (text(one, "inherits") for one in tables)), name)
    return name == "dev"


def _setting(file: TomlFile, profile: str, key: str) -> str | None:
    return text(table(file.data, "profile", profile), key)
