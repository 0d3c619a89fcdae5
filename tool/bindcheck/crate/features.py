"""Which cargo features the audited configuration has."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from os.path import abspath
from pathlib import Path

from bindcheck.crate.tables import Table, table, texts
from bindcheck.crate.types import Crate, Dependency, Maturin
from bindcheck.errors import ConfigError

Features = Mapping[str, tuple[str, ...]]

BINDING_FEATURES = ("python", "extension-module")


def feature_table(manifest: Table, dependencies: Iterable[Dependency]) -> Features:
    """`[features]` with the implicit feature of each optional dependency that no `dep:` hides."""
    section = table(manifest, "features")
    declared = {name: texts(section, name) for name in section}
    hidden = {entry for entries in declared.values() for entry in entries}
    for one in dependencies:
        if one.optional and f"dep:{one.key}" not in hidden:
            declared.setdefault(one.key, (f"dep:{one.key}",))
    return declared


def closure(features: Features, start: Iterable[str]) -> frozenset[str]:
    """All features that `start` turns on. `dep:x` and `x?/y` turn on none of this crate."""
    active: set[str] = set()
    todo = list(start)
    while todo:
        name = todo.pop().partition("/")[0]
        if name in features and name not in active:
            active.add(name)
            todo.extend(features[name])
    return frozenset(active)


def audited_features(features: Features, maturin: Maturin | None) -> frozenset[str]:
    """Default features, those maturin sets, and the one that usually guards bindings."""
    if maturin is not None and maturin.all_features:
        return frozenset(features)
    start = list(BINDING_FEATURES)
    if maturin is None or maturin.default_features:
        start.append("default")
    if maturin is not None:
        start.extend(maturin.features)
    return closure(features, start)


def outer_features(names: Iterable[str]) -> tuple[str, ...]:
    """Of features as cargo takes them, those of dependencies: `pyo3/abi3-py39`."""
    return tuple(sorted({one for one in names if "/" in one}))


def dependency_features(crate: Crate, dependency: Dependency, features: Features) -> frozenset[str]:
    """Features of a crate that `crate` depends on, as `crate`'s active features set them."""
    start = set(dependency.features)
    if dependency.default_features:
        start.add("default")
    for name in crate.active_features:
        for entry in crate.features.get(name, ()):
            owner, _, wanted = entry.partition("/")
            if wanted and owner.removesuffix("?") == dependency.key:
                start.add(wanted)
    return closure(features, start)


def with_features(
    crate: Crate, names: Iterable[str], path: Path | None = None, line: int | None = None
) -> Crate:
    """`crate` as configured by exactly `names` (the default features only if `default` is named).

    `path` and `line` tell where the names were written. An unknown feature is a ConfigError.
    """
    wanted = tuple(names)
    others = {one.key for one in crate.dependencies}
    for name in wanted:
        owner, _, of_other = name.partition("/")
        known = owner in crate.features or (of_other and owner.removesuffix("?") in others)
        if not known and name != "default":
            # Loaded only where a name is wrong.
            from difflib import get_close_matches

            near = get_close_matches(name, crate.features, 1)
            hint = f", did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"crate {crate.name} has no feature {name!r}{hint}", path, line)
    return dataclasses.replace(
        crate,
        active_features=closure(crate.features, wanted),
        outer_features=outer_features(wanted),
    )


def unified(crates: Mapping[str, Crate]) -> dict[str, Crate]:
    """The crates, by their names, each with all features that any of the others turns on in it.

    Cargo compiles a crate once for all that depend on it. The first one is left as it is, and so
    are those that no feature turns on.
    """
    first, *others = crates
    names = {crates[name].root: name for name in others}
    found = {first: crates[first]}
    todo = [first]
    while todo:
        one = found[todo.pop()]
        for dependency in one.dependencies:
            path = dependency.path
            name = names.get(Path(abspath(path))) if path is not None else None
            if name is None or not _is_used(one, dependency):
                continue
            known = found[name].active_features if name in found else None
            more = dependency_features(one, dependency, crates[name].features)
            if known is None or not more <= known:
                active = more | (known or frozenset())
                found[name] = dataclasses.replace(crates[name], active_features=active)
                todo.append(name)
    return {name: found.get(name, one) for name, one in crates.items()}


def _is_used(crate: Crate, dependency: Dependency) -> bool:
    """Whether a dependency is not optional, or a feature of the crate turns it on."""
    entries = {entry for name in crate.active_features for entry in crate.features.get(name, ())}
    key = dependency.key
    on = any(entry == f"dep:{key}" or entry.startswith(f"{key}/") for entry in entries)
    return on or not dependency.optional
