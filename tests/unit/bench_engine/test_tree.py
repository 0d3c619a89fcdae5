"""The mirrored tree: what it holds, and that the user's files stay as they are."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from bindcheck.bench.build import Linked, features_of, shim_manifest
from bindcheck.bench.tree import Tree, bench_folder, in_tree, make_tree
from bindcheck.crate import Crate, read_crate, with_features
from bindcheck.errors import BindcheckError, ConfigError

ROOT = """\
[workspace]
members = ["core", "binding"]

[workspace.dependencies]
core = { path = "core" }
outside = { path = "../outside" }

[profile.release]
lto = "fat"

[patch.crates-io]
patched = { path = "/elsewhere/patched" }
"""
BINDING = """\
[package]
name = "binding"
version = "1.0.0"
edition = "2021"

[lib]
name = "binding_native"
crate-type = ["cdylib"]

[features]
python = []

[dependencies]
core.workspace = true
"""


@pytest.fixture
def crate(tmp_path: Path) -> Crate:
    root = tmp_path / "root"
    texts = {
        "Cargo.toml": ROOT,
        "Cargo.lock": "version = 4\n",
        "binding/Cargo.toml": BINDING,
        "binding/src/lib.rs": "pub mod inner;\n",
        "binding/src/inner.rs": "pub fn one() {}\n",
        "core/Cargo.toml": '[package]\nname = "core"\nversion = "1.0.0"\n',
        "core/src/lib.rs": "",
    }
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_crate(root / "binding" / "Cargo.toml")


def make(crate: Crate, overlay: dict[Path, bytes] | None = None) -> Tree:
    return make_tree(crate, bench_folder(crate) / "tree", {"src/lib.rs": "// shim"}, overlay or {})


def manifest(path: Path) -> dict[str, object]:
    return tomllib.loads((path / "Cargo.toml").read_text())


def test_sources_are_links_and_manifests_are_not(crate: Crate) -> None:
    tree = make(crate)
    assert (tree.crate / "src").is_symlink()
    assert (tree.crate / "src" / "inner.rs").read_text() == "pub fn one() {}\n"
    assert (tree.root / "core").is_symlink()
    assert not (tree.crate / "Cargo.toml").is_symlink()


def test_the_crate_becomes_an_rlib_and_keeps_the_rest(crate: Crate) -> None:
    tree = make(crate)
    binding = manifest(tree.crate)
    assert binding["lib"] == {"name": "binding_native", "crate-type": ["rlib"]}
    assert binding["dependencies"] == {"core": {"workspace": True}}


def test_the_workspace_keeps_profiles_and_patches_and_gets_the_shim(crate: Crate) -> None:
    root = manifest(make(crate).root)
    assert root["profile"] == {"release": {"lto": "fat"}}
    assert root["patch"] == {"crates-io": {"patched": {"path": "/elsewhere/patched"}}}
    assert root["workspace"]["members"] == ["core", "binding", "bindcheck-shim"]  # type: ignore[index]


def test_paths_out_of_the_workspace_become_absolute(crate: Crate) -> None:
    workspace = manifest(make(crate).root)["workspace"]
    outside = str(crate.root.parent.parent / "outside")
    assert workspace["dependencies"]["outside"]["path"] == outside  # type: ignore[index]
    assert workspace["dependencies"]["core"]["path"] == "core"  # type: ignore[index]


def test_the_users_files_stay_as_they_are(crate: Crate) -> None:
    root = crate.root.parent
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    make(crate)
    assert all(path.read_bytes() == content for path, content in before.items())
    new = {path.relative_to(root).parts[0] for path in root.iterdir()} - {"binding", "core"}
    assert new == {"Cargo.toml", "Cargo.lock", "target"}


def test_a_changed_lock_file_is_taken_over_and_else_cargos_own_stays(crate: Crate) -> None:
    tree = make(crate)
    built = tree.root / "Cargo.lock"
    built.write_text("version = 4\n# with the shim\n")
    make(crate)
    assert built.read_text() == "version = 4\n# with the shim\n"
    (crate.root.parent / "Cargo.lock").write_text("version = 4\n# updated\n")
    make(crate)
    assert built.read_text() == "version = 4\n# updated\n"


def test_an_overlay_replaces_one_file_and_links_its_neighbours(crate: Crate) -> None:
    tree = make(crate, {crate.root / "src" / "inner.rs": b"// changed"})
    assert (tree.crate / "src" / "inner.rs").read_bytes() == b"// changed"
    assert (tree.crate / "src" / "lib.rs").is_symlink()
    assert (crate.root / "src" / "inner.rs").read_bytes() == b"pub fn one() {}\n"


def test_a_folder_of_sources_may_be_called_target(crate: Crate) -> None:
    inner = crate.root / "src" / "target" / "mod.rs"
    inner.parent.mkdir()
    inner.write_text("fn two() {}\n")
    tree = make(crate, {inner: b"pub fn two() {}\n"})
    assert (tree.crate / "src" / "target" / "mod.rs").read_bytes() == b"pub fn two() {}\n"
    make(crate)
    assert (tree.crate / "src" / "target" / "mod.rs").read_text() == "fn two() {}\n"


def test_a_copy_that_is_no_longer_changed_is_newer_than_what_was_built_of_it(crate: Crate) -> None:
    sources = [crate.root.parent / place for place in ("core/src/lib.rs", "binding/src/inner.rs")]
    for one in sources:
        os.utime(one, (1, 1))
    for changed, left in (sources, sources[::-1]):
        tree = make(crate, {changed: b"// asks the shim"})
        built = tree.root / changed.relative_to(crate.root.parent)
        os.utime(built, (1_000, 1_000))
        make(crate, {left: b"// asks the shim"})
        assert built.read_bytes() == changed.read_bytes()
        # Cargo builds again what is newer than its last build, and a link is as old as its source.
        assert built.stat().st_mtime > 1_000
    # As it is then, so it stays: nothing is built for nothing.
    os.utime(built, (2_000, 2_000))
    make(crate, {left: b"// asks the shim"})
    assert built.stat().st_mtime == 2_000


def test_a_copy_follows_its_source(crate: Crate) -> None:
    inner = crate.root / "src" / "inner.rs"
    tree = make(crate, {inner: b"// changed"})
    copied = tree.crate / "src" / "inner.rs"
    inner.write_text("pub fn two() {}\n")
    make(crate)
    assert copied.read_text() == "pub fn two() {}\n"
    inner.unlink()
    inner.mkdir()
    (inner / "mod.rs").write_text("pub fn three() {}\n")
    make(crate)
    assert (copied / "mod.rs").read_text() == "pub fn three() {}\n"
    # A copy inside becomes a file again, and goes with its source.
    make(crate, {inner / "mod.rs": b"// changed"})
    (inner / "mod.rs").unlink()
    inner.rmdir()
    inner.write_text("pub fn four() {}\n")
    make(crate)
    assert copied.read_text() == "pub fn four() {}\n"
    inner.unlink()
    make(crate)
    assert not copied.exists()


@pytest.mark.parametrize("place", ["../elsewhere/lib.rs", "target/made.rs", ".cargo/x.rs"])
def test_what_the_tree_does_not_have_cannot_be_changed_in_it(crate: Crate, place: str) -> None:
    path = Path(os.path.normpath(crate.root.parent / place))
    assert not in_tree(crate, path)
    with pytest.raises(BindcheckError, match=r"is not in the copy of .*root that is built") as told:
        make(crate, {path: b""})
    assert told.value.path == path


def test_a_second_time_nothing_is_written(crate: Crate) -> None:
    tree = make(crate)
    written = tree.crate / "Cargo.toml"
    before = written.stat().st_mtime_ns
    make(crate)
    assert written.stat().st_mtime_ns == before


def test_what_is_gone_from_the_sources_goes_from_the_tree(crate: Crate) -> None:
    (crate.root / "notes").mkdir()
    tree = make(crate)
    assert (tree.crate / "notes").is_symlink()
    (crate.root / "notes").rmdir()
    make(crate)
    assert not (tree.crate / "notes").is_symlink()


def test_a_tree_that_cannot_be_written_is_named(crate: Crate) -> None:
    bench_folder(crate).parent.mkdir(parents=True)
    bench_folder(crate).write_text("in the way")
    with pytest.raises(BindcheckError, match="cannot be written"):
        make(crate)


def test_the_shim_links_the_crate_with_its_features(crate: Crate) -> None:
    core = Linked("engine", "the-core", Path("/tree/core"))
    text = shim_manifest(crate, Path("/tree/binding"), [core])
    data = tomllib.loads(text)
    assert data["dependencies"]["binding"] == {"path": "/tree/binding", "features": ["python"]}
    linked = data["dependencies"]["engine"]
    assert linked == {"path": "/tree/core", "package": "the-core", "default-features": False}
    assert data["lib"]["crate-type"] == ["cdylib"]


OUTWARDS = """\
[package]
name = "core"
version = "1.0.0"

[lib]
proc-macro = true

[dependencies]
outside = { path = "../../outside" }
near = { path = "../near" }

[target.'cfg(unix)'.dev-dependencies]
tools = { path = "../../tools" }
"""


@pytest.mark.parametrize("place", ["core", "near"])
def test_members_find_what_lies_outside_the_workspace(crate: Crate, place: str) -> None:
    root = crate.root.parent
    (root / "near").mkdir()
    (root / "near" / "Cargo.toml").write_text('[package]\nname = "near"\nversion = "1.0.0"\n')
    if place == "near":
        # No member by name: one that a member depends on.
        core = '[package]\nname = "core"\n\n[dependencies]\nnear = { path = "../near" }\n'
        (root / "core" / "Cargo.toml").write_text(core)
    (root / place / "Cargo.toml").write_text(OUTWARDS)
    tree = make(crate)
    found = manifest(tree.root / place)
    outside = str(root.parent / "outside")
    assert found["dependencies"]["outside"]["path"] == outside  # type: ignore[index]
    assert found["dependencies"]["near"]["path"] == "../near"  # type: ignore[index]
    assert str(root.parent / "tools") in (tree.root / place / "Cargo.toml").read_text()
    assert found["lib"] == {"proc-macro": True}, "it stays what it is"
    assert (root / place / "Cargo.toml").read_text() == OUTWARDS


def test_members_that_lead_nowhere_outside_stay_links(crate: Crate) -> None:
    assert (make(crate).root / "core").is_symlink()


def test_cargos_configuration_of_the_crate_is_in_the_tree_and_that_of_the_workspace_is_not(
    crate: Crate,
) -> None:
    for folder in (crate.root, crate.root.parent):
        (folder / ".cargo").mkdir()
        (folder / ".cargo" / "config.toml").write_text(f"# of {folder.name}\n")
    tree = make(crate)
    assert (tree.crate / ".cargo" / "config.toml").read_text() == "# of binding\n"
    # Cargo finds it above the tree, and would join its flags to themselves.
    assert not (tree.root / ".cargo").exists()


OUTER = """
[project]
name = "binding"

[tool.maturin]
features = ["python", "core/fast", "pyo3/abi3-py39"]
"""


def test_features_of_dependencies_are_those_of_maturin(crate: Crate) -> None:
    (crate.root / "pyproject.toml").write_text(OUTER)
    found = read_crate(crate.root / "Cargo.toml")
    assert features_of(found) == ("python", "core/fast", "pyo3/abi3-py39")
    shim = tomllib.loads(shim_manifest(found, Path("/tree/binding"), []))
    assert shim["dependencies"]["binding"]["features"] == ["python", "bindcheck-shim"]
    tree = make(found)
    wanted = {"python": [], "bindcheck-shim": ["core/fast", "pyo3/abi3-py39"]}
    assert manifest(tree.crate)["features"] == wanted
    assert "features" not in manifest(tree.root)
    # Those of the command line take the place of all of them.
    chosen = with_features(found, ["core/slow"])
    assert features_of(chosen) == ("core/slow",)
    with pytest.raises(ConfigError, match="has no feature 'cor/slow'"):
        with_features(found, ["cor/slow"])


def test_an_optional_dependency_is_a_feature(crate: Crate) -> None:
    path = crate.root / "Cargo.toml"
    more = 'serde = { version = "1", optional = true }\nrand = { version = "1", optional = true }\n'
    path.write_text(BINDING.replace("python = []", 'python = ["serde"]') + more)
    assert features_of(read_crate(path)) == ("python", "serde")
