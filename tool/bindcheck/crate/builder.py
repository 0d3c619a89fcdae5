"""Which members of a workspace build the extension module of a crate that builds none itself.

Such a crate has the `#[pymodule]`, and a member that is a `cdylib` passes it on with `pub use`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from os.path import isfile, normpath
from pathlib import Path

from bindcheck.crate.dependencies import read_dependencies
from bindcheck.crate.python_build import maturin_of
from bindcheck.crate.tables import TomlFile, read_toml, table, text, texts
from bindcheck.crate.types import Crate, Dependency
from bindcheck.crate.workspace import member_paths
from bindcheck.errors import BindcheckError


def building_members(crate: Crate) -> tuple[TomlFile, ...]:
    """Manifests of extension modules that pass `crate` on, in the order of their paths.

    They are looked for in the workspace of the crate and in that of its repository. A manifest that
    cannot be read is no concern of the crate's.
    """
    found: dict[Path, TomlFile] = {}
    for root in dict.fromkeys((crate.workspace_root, crate.git_root)):
        if root is not None and isfile(root / "Cargo.toml"):
            with suppress(BindcheckError):
                workspace = read_toml(root / "Cargo.toml")
                for path in _candidates(workspace, crate):
                    with suppress(BindcheckError):
                        member = read_toml(path)
                        if _passes_on(member, workspace, crate):
                            found.setdefault(path, member)
    return tuple(found.values())


def dependency_on(crate: Crate, dependencies: tuple[Dependency, ...]) -> Dependency | None:
    """The one of `dependencies` that is `crate`, if it is there in every build."""
    same = (one for one in dependencies if one.name == crate.name and one.path == crate.root)
    return next((one for one in same if not one.optional), None)


def _candidates(workspace: TomlFile, crate: Crate) -> Iterator[Path]:
    """Manifests in which the name of the crate stands: a workspace may have a hundred members."""
    own = (workspace.path,) if "package" in workspace.data else ()
    for path in (*own, *member_paths(workspace)):
        if path != crate.manifest and crate.name.encode() in _bytes(path):
            yield path


def _passes_on(member: TomlFile, workspace: TomlFile, crate: Crate) -> bool:
    library = table(member.data, "lib")
    maturin = maturin_of(member.path)
    builds = maturin is not None or "cdylib" in texts(library, "crate-type", "crate_type")
    dependency = dependency_on(crate, read_dependencies(member, workspace, None))
    if dependency is None or not builds or text(table(member.data, "package"), "name") is None:
        return False
    name = crate.lib_name if dependency.key == dependency.name else dependency.code_name
    source = Path(normpath(member.path.parent / (text(library, "path") or "src/lib.rs")))
    pattern = rb"^\s*pub\s+use\s+(?:::\s*)?%s\s*(?:::|;)" % re.escape(name.encode())
    return re.search(pattern, _bytes(source), re.MULTILINE) is not None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
