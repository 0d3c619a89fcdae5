"""Flags that reach the compiler, wherever they are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.bench.compilerflags import compiler_flags
from bindcheck.bench.machinecode import is_laid_out_once
from bindcheck.bench.provenance import provenance
from bindcheck.crate import read_crate
from bindcheck.errors import BindcheckError

NATIVE = "-Ctarget-cpu=native"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace two folders below the one that a test writes to."""
    found = tmp_path / "outer" / "workspace"
    found.mkdir(parents=True)
    return found


def flags(root: Path, **environment: str) -> str:
    """Those of a build, on a machine whose own cargo has no configuration."""
    return compiler_flags(root, {"CARGO_HOME": str(root / "nothing"), **environment})


def configured(folder: Path, text: str, name: str = ".cargo/config.toml") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'[build]\nrustflags = ["{NATIVE}", "-Copt-level=2"]\n', f"{NATIVE} -Copt-level=2"),
        (f'[build]\nrustflags = "{NATIVE}"\n', NATIVE),
        (
            f'[target.x86_64-unknown-linux-gnu]\nrustflags = ["{NATIVE}"]\n',
            f"[target.x86_64-unknown-linux-gnu] {NATIVE}",
        ),
        (
            f"[target.'cfg(target_arch = \"x86_64\")']\nrustflags = [\"{NATIVE}\"]\n",
            f'[target.cfg(target_arch = "x86_64")] {NATIVE}',
        ),
        ("[profile.release]\nlto = true\n", '[profile] {"release": {"lto": true}}'),
        ('[build]\ntarget = "x86_64-apple-darwin"\n', "build.target=x86_64-apple-darwin"),
        ("[net]\noffline = false\n", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["workspace", "parent", "home", "without extension"])
def test_configuration_files_are_read(root: Path, text: str, told: str, where: str) -> None:
    home = root.parents[1] / "home"
    folder = {"workspace": root, "parent": root.parent, "home": home}.get(where, root)
    name = {"home": "config.toml", "without extension": ".cargo/config"}.get(where)
    configured(folder, text, name or ".cargo/config.toml")
    assert flags(root, CARGO_HOME=str(home)) == told


def test_what_is_near_comes_last_as_cargo_joins_it(root: Path) -> None:
    configured(root, '[build]\nrustflags = ["-Cb"]\n')
    configured(root.parent, '[build]\nrustflags = ["-Ca"]\n')
    assert flags(root, CARGO_BUILD_RUSTFLAGS="-Cc") == "-Ca -Cb -Cc"


def test_the_home_of_cargo_counts_once(root: Path) -> None:
    configured(root.parent, '[build]\nrustflags = ["-Ca"]\n')
    assert flags(root, CARGO_HOME=str(root.parent / ".cargo")) == "-Ca"


def test_flags_of_the_environment_replace_those_of_files(root: Path) -> None:
    configured(root, f'[target.x]\nrustflags = ["{NATIVE}"]\n')
    assert flags(root, RUSTFLAGS="-Ca", CARGO_BUILD_RUSTFLAGS="-Cb") == "-Ca"
    assert flags(root, RUSTFLAGS="-Ca", CARGO_ENCODED_RUSTFLAGS="-Cb\x1f-Cc") == "-Cb -Cc"


@pytest.mark.parametrize(
    "name",
    [
        "CARGO_PROFILE_RELEASE_LTO",
        "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
    ],
)
def test_variables_of_cargo_are_told_by_name(root: Path, name: str) -> None:
    assert flags(root, **{name: "fat"}) == f"{name}=fat"


def test_where_things_are_built_is_no_flag(root: Path) -> None:
    assert flags(root, CARGO_BUILD_TARGET_DIR="/x", CARGO_TARGET_DIR="/x") == ""


def test_a_broken_file_is_named(root: Path) -> None:
    configured(root, "[build\n")
    with pytest.raises(BindcheckError) as caught:
        flags(root)
    assert caught.value.path == root / ".cargo/config.toml"


def test_those_of_a_member_count_after_those_of_its_workspace(root: Path) -> None:
    member = root / "binding"
    configured(root, '[build]\nrustflags = ["-Copt-level=2"]\n')
    configured(member, f'[build]\nrustflags = ["{NATIVE}"]\n')
    assert flags(member) == f"-Copt-level=2 {NATIVE}"
    (member / "Cargo.toml").write_text('[package]\nname = "binding"\nversion = "1.0.0"\n')
    (root / "Cargo.toml").write_text('[workspace]\nmembers = ["binding"]\n')
    (member / "src").mkdir()
    (member / "src" / "lib.rs").write_text("")
    found = provenance(read_crate(member / "Cargo.toml"), {}).rustflags
    assert f"-Copt-level=2 {NATIVE}" in found


def test_a_profile_is_told_with_what_it_inherits(root: Path) -> None:
    (root / "src").mkdir()
    (root / "src" / "lib.rs").write_text("")
    (root / "pyproject.toml").write_text('[tool.maturin]\nprofile = "dist"\n')
    package = '[package]\nname = "binding"\nversion = "1.0.0"\n'
    own = '[profile.dist]\ninherits = "slim"\ndebug = 1\n[profile.slim]\ninherits = "release"\n'
    for codegen in (1, 16):
        base = f"[profile.release]\ndebug = 0\nlto = true\ncodegen-units = {codegen}\n"
        (root / "Cargo.toml").write_text(package + own + base)
        told = provenance(read_crate(root / "Cargo.toml"), {}).profile
        assert told.startswith(f'dist {{"codegen-units": {codegen}, "debug": 1, ')
        assert is_laid_out_once(told) is (codegen == 1)
