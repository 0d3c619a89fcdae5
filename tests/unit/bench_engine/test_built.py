"""Libraries that were built, kept beside each other."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from bindcheck.bench import build
from bindcheck.bench.tree import Tree
from bindcheck.compiler import CompilerError
from bindcheck.errors import BindcheckError
from bindcheck.prepare import Step
from bindcheck.testing import crate_of


def test_only_the_libraries_that_were_used_last_are_kept(tmp_path: Path) -> None:
    library, folder = tmp_path / "lib.so", tmp_path / "built"
    kept = []
    for number in range(10):
        library.write_bytes(b"library %d" % number)
        kept.append(build._kept(library, folder))
        os.utime(kept[-1], (number, number))
    library.write_bytes(b"library 2")
    assert build._kept(library, folder) == kept[2], "it was used again"
    library.write_bytes(b"the newest")
    newest = build._kept(library, folder)
    assert set(folder.iterdir()) == {kept[2], *kept[4:], newest}
    assert newest.read_bytes() == b"the newest"


def test_a_full_disk_is_told_with_the_file_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, folder = tmp_path / "lib.so", tmp_path / "built"
    library.write_bytes(b"library")

    def full(source: Path, target: Path) -> None:
        target.write_bytes(b"lib")
        raise OSError(28, "No space left on device", str(source))

    monkeypatch.setattr(build.shutil, "copyfile", full)
    with pytest.raises(BindcheckError, match=r"built/.*so: cannot be written: No space left"):
        build._kept(library, folder)
    assert list(folder.iterdir()) == []


def test_the_first_build_of_a_tree_says_why_it_takes_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = Tree(tmp_path / "tune", tmp_path / "tune", tmp_path / "tune/shim")
    told: list[str] = []

    def run(command: list[str], _: Tree, __: object, step: Step) -> tuple[list[Path], list, list]:
        step("compiling numpy", 0, 0)
        target = Path(command[command.index("--target-dir") + 1])
        target.mkdir(exist_ok=True)
        (target / "lib.so").write_bytes(b"library")
        return [target / "lib.so"], [], []

    monkeypatch.setattr(build, "_run", run)
    monkeypatch.setattr(build, "_refuse_old_compiler", lambda _: None)
    monkeypatch.setattr(build, "cargo", lambda: "cargo")
    for _ in range(2):
        build.build(crate_of(), tree, "python", lambda what, *_: told.append(what))
    why = " (first build in tune-target: with all dependencies)"
    assert told == [f"compiling{why}", f"compiling numpy{why}", "compiling", "compiling numpy"]


DEEP = "error: failed to build archive at `liblexicon.rlib`: No space left on device (os error 28)"
LINKER = "= note: ld: final link failed: No space left on device"


@pytest.mark.parametrize(
    ("rendered", "rest", "shown"),
    [
        (["error: linking failed", DEEP], [], DEEP),
        ([], ["error: could not compile `x`", LINKER], LINKER),
    ],
)
def test_a_full_disk_while_building_is_not_the_fault_of_the_crate(
    rendered: list[str], rest: list[str], shown: str
) -> None:
    tree = Tree(Path("bench/tree"), Path("bench/tree/a"), Path("bench/tree/shim"))
    errors = [CompilerError(one, one, "lexicon/Cargo.toml", ()) for one in rendered]
    told = build._explained(errors, rest, tree, crate_of())
    assert told == f"the disk is full: nothing can be built in bench:\n{shown}"


@pytest.mark.parametrize(("free", "full"), [(2**20, True), (2**30, False)])
def test_a_linker_that_dies_without_room_is_not_the_fault_of_the_crate(
    monkeypatch: pytest.MonkeyPatch, free: int, *, full: bool
) -> None:
    monkeypatch.setattr(build.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    tree = Tree(Path("bench/tree"), Path("bench/tree/a"), Path("bench/tree/shim"))
    errors = [CompilerError("e", "error: linking failed: signal 7", "a/Cargo.toml", ())]
    told = build._explained(errors, [], tree, crate_of())
    assert told.startswith("the disk is full: nothing can be built in bench:\n") == full
    assert told.endswith("error: linking failed: signal 7")


def test_a_linker_that_is_missing_is_not_the_fault_of_the_crate() -> None:
    tree = Tree(Path("bench/tree"), Path("bench/tree/a"), Path("bench/tree/shim"))
    errors = [CompilerError("e", "error: linker `cc` not found", "a/Cargo.toml", ())]
    told = build._explained(errors, [], tree, crate_of())
    assert told.startswith("the linker was not found: nothing that Rust compiles can be linked; in")
    assert told.endswith(":\nerror: linker `cc` not found")


def test_a_crate_that_does_not_build_shows_the_first_error() -> None:
    tree = Tree(Path("bench/tree"), Path("bench/tree/a"), Path("bench/tree/shim"))
    errors = [CompilerError("e", "error: mismatched types\nat a.rs:1", "a/Cargo.toml", ())]
    told = build._explained(errors, [], tree, crate_of())
    assert told.startswith("the crate does not build with profile 'release'")
    assert told.endswith(":\nerror: mismatched types\nat a.rs:1")


@pytest.mark.parametrize(
    ("name", "what"),
    [("phases", "with measuring points"), ("tune", "in which the size can be set from which on")],
)
def test_a_changed_copy_that_does_not_build_says_what_it_is_for(name: str, what: str) -> None:
    tree = Tree(Path(f"bench/{name}"), Path("a"), Path("shim"))
    errors = [CompilerError("e", "error: mismatched types", "a/Cargo.toml", ())]
    told = build._explained(errors, [], tree, crate_of())
    assert told.startswith(f"the copy of the crate {what}")
    assert "(if `cargo build` does not either, it is the crate):\nerror: mismatched" in told


def compiler(folder: Path, told: str) -> str:
    """A program that plays a compiler of some release."""
    path = folder / "rustc"
    path.write_text(f'#!/bin/sh\necho "{told}"\n')
    path.chmod(0o755)
    return str(path)


def test_a_compiler_that_is_too_old_is_told_before_anything_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object) -> None:
        raise AssertionError("cargo was started")

    monkeypatch.setattr(build, "_run", run)
    monkeypatch.setenv("CARGO", "cargo")
    crate = dataclasses.replace(crate_of(), root=tmp_path)
    tree = Tree(tmp_path, tmp_path, tmp_path)
    monkeypatch.setenv("RUSTC", compiler(tmp_path, "rustc 1.81.0 (eeb90cda1 2024-09-04)"))
    wanted = (
        r"rustc 1\.81\.0 \(eeb90cda1 2024-09-04\) compiles this crate, and .* needs rustc 1\.82"
    )
    with pytest.raises(BindcheckError, match=wanted):
        build.build(crate, tree, "python", lambda *_: None)
    for told in ("rustc 1.82.0 (f6e511eec 2024-10-15)", "something else"):
        monkeypatch.setenv("RUSTC", compiler(tmp_path, told))
        with pytest.raises(AssertionError, match="cargo was started"):
            build.build(crate, tree, "python", lambda *_: None)
