"""Cargo.lock: which version of a package another package got."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from os.path import isfile
from pathlib import Path

from bindcheck.crate.tables import Table, read_toml, text, texts
from bindcheck.crate.types import Dependency, Version
from bindcheck.fact import fact


@fact
class Lock:
    """The packages of a lock file."""

    packages: tuple[Table, ...]

    @classmethod
    def at(cls, directory: Path) -> Lock | None:
        """The lock file in `directory`, if there is one."""
        path = directory / "Cargo.lock"
        if not isfile(path):
            return None
        packages = read_toml(path).data.get("package")
        if not isinstance(packages, list):
            return cls(())
        return cls(tuple(one for one in packages if isinstance(one, dict)))

    def pin(self, package: str, dependency: Dependency) -> Dependency:
        """`dependency` of `package` with its locked version; as it was when none is locked."""
        version = self._resolved(package, dependency)
        if version is None:
            return dependency
        return dataclasses.replace(dependency, version=version, source="lock")

    def _resolved(self, package: str, dependency: Dependency) -> Version | None:
        # Several versions of one package are told apart by `name version` in the dependent's list.
        known = sorted(self._versions(dependency.name))
        listed = set(self._listed(package, dependency.name))
        if listed:
            known = [one for one in known if one in listed]
        floor = dependency.version
        admitted = [one for one in known if floor is None or one >= floor]
        return admitted[-1] if admitted else None

    def _versions(self, name: str) -> Iterator[Version]:
        for package in self.packages:
            if text(package, "name") == name:
                version = Version.parse(text(package, "version") or "")
                if version is not None:
                    yield version

    def _listed(self, package: str, name: str) -> Iterator[Version]:
        for one in self.packages:
            if text(one, "name") != package or "source" in one:
                continue
            for entry in texts(one, "dependencies"):
                words = entry.split()
                version = Version.parse(words[1]) if len(words) > 1 else None
                if words[0] == name and version is not None:
                    yield version
