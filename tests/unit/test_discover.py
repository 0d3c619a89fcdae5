from __future__ import annotations

import os
from pathlib import Path

import pytest

from bindcheck.config import Glob
from bindcheck.crate import find_crate
from bindcheck.discover import (
    MAX_BYTES,
    Discovery,
    Scope,
    SourceFile,
    discover,
    display,
    load_extra,
)
from bindcheck.results import Unreadable

MANIFEST = '[package]\nname = "a"\nedition = "2021"\n'


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate with the working directory at its root."""
    files = ("src/lib.rs", "src/a.rs", "src/ind/b.rs", "src/ind/c.rs", "tests/t.rs", "build.rs")
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("fn f() {}\n")
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def look(*paths: str, exclude: tuple[Glob, ...] = ()) -> Discovery:
    named = [Path(path) for path in paths]
    return discover(find_crate(named[0]), named, exclude)


def names(found: Discovery) -> list[str]:
    return [file.display for file in found.files]


def reported(found: Discovery) -> list[str]:
    return [file.display for file in found.files if found.reported(file.display)]


ALL = ["src/a.rs", "src/ind/b.rs", "src/ind/c.rs", "src/lib.rs"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (".", ALL),
        ("src", ALL),
        ("src/ind", ["src/ind/b.rs", "src/ind/c.rs"]),
        ("src/ind/c.rs", ["src/ind/c.rs"]),
    ],
)
def test_paths_limit_the_report_and_not_what_is_read(
    crate: Path, path: str, shown: list[str]
) -> None:
    found = look(path)
    assert names(found) == ALL
    assert reported(found) == shown
    assert found.problems == ()


def test_several_paths_are_reported_together(crate: Path) -> None:
    assert reported(look("src/a.rs", "src/ind/b.rs", "src/a.rs")) == ["src/a.rs", "src/ind/b.rs"]


def test_file_outside_the_source_folder_is_read_when_named(crate: Path) -> None:
    assert names(look("tests/t.rs")) == [*ALL, "tests/t.rs"]
    assert reported(look("tests")) == ["tests/t.rs"]


def test_bytes_are_kept_as_they_are(crate: Path) -> None:
    (crate / "src/a.rs").write_bytes(b"\xef\xbb\xbffn f() {}\r\n")
    (crate / "src/lib.rs").write_bytes(b"")
    found = {file.display: file.source for file in look(".").files}
    assert found["src/a.rs"] == b"\xef\xbb\xbffn f() {}\r\n"
    assert found["src/lib.rs"] == b""


def test_excluded_files_are_read_and_not_reported(crate: Path) -> None:
    (crate / "src/ind/b.rs").write_bytes(b"\0")
    found = look(".", exclude=(Glob(crate, "src/ind"),))
    assert names(found) == ["src/a.rs", "src/ind/c.rs", "src/lib.rs"]
    assert reported(found) == ["src/a.rs", "src/lib.rs"]
    assert found.problems == ()


def test_broken_file_outside_the_report_is_not_mentioned(crate: Path) -> None:
    (crate / "src/a.rs").write_bytes(b"\xff\xff")
    assert look("src/ind").problems == ()


def test_build_output_hidden_names_and_other_crates_are_left_out(crate: Path) -> None:
    for name in ("target/x.rs", "src/.hidden/x.rs", "src/.#lock.rs", "src/other/src/x.rs"):
        (crate / name).parent.mkdir(parents=True, exist_ok=True)
        (crate / name).write_text("")
    (crate / "src/other/Cargo.toml").write_text(MANIFEST)
    (crate / "Cargo.toml").write_text(MANIFEST + '[lib]\npath = "root.rs"\n')
    (crate / "root.rs").write_text("")
    assert names(look(".")) == ["root.rs", *ALL]


def test_module_folder_named_target_is_read(crate: Path) -> None:
    (crate / "src/target").mkdir()
    (crate / "src/target/mod.rs").write_text("")
    assert "src/target/mod.rs" in names(look("."))
    (crate / "src/target/CACHEDIR.TAG").write_text("")
    assert "src/target/mod.rs" not in names(look("."))


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"fn f() {}\n\0\n", 2, "is a binary file (it holds a NUL byte)"),
        (b"fn f() {}\n\n// \xe9\n", 3, "is not UTF-8 (byte 0xe9)"),
        ("fn f() {}".encode("utf-16"), None, "is UTF-16, Rust sources are UTF-8"),
    ],
)
def test_unreadable_content_is_one_problem_and_the_rest_is_read(
    crate: Path, content: bytes, line: int | None, reason: str
) -> None:
    (crate / "src/a.rs").write_bytes(content)
    found = look(".")
    assert found.problems == (Unreadable("src/a.rs", line, reason),)
    assert names(found) == [name for name in ALL if name != "src/a.rs"]


def test_huge_file_is_a_problem(crate: Path) -> None:
    with (crate / "src/a.rs").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert look(".").problems == (Unreadable("src/a.rs", None, "is larger than 32 MiB"),)


def test_file_that_may_not_be_read_is_a_problem(
    crate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "a.rs":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    reason = "cannot be read: Permission denied"
    assert look(".").problems == (Unreadable("src/a.rs", None, reason),)


def test_folder_that_may_not_be_listed_is_a_problem(
    crate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listdir = os.listdir

    def refuse(path: Path) -> list[str]:
        if path.name == "ind":
            raise PermissionError(13, "Permission denied")
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refuse)
    found = look(".")
    assert found.problems == (Unreadable("src/ind", None, "cannot be read: Permission denied"),)
    assert names(found) == ["src/a.rs", "src/lib.rs"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone.rs", "no such file or folder"),
        ("src/gone", "no such file or folder"),
        ("Cargo.toml", "is not a Rust source file (.rs)"),
    ],
)
def test_wrong_path_is_a_problem_and_others_are_reported(
    crate: Path, path: str, reason: str
) -> None:
    found = look(path, "src/a.rs")
    assert found.problems == (Unreadable(path, None, reason),)
    assert reported(found) == ["src/a.rs"]


def test_empty_folder_is_said_and_not_fatal(crate: Path) -> None:
    (crate / "src/empty").mkdir()
    (crate / "more").mkdir()
    for name in ("src/empty", "more"):
        expected = Unreadable(name, None, "holds no Rust source file", fatal=False)
        assert look(name).problems == (expected,)


def test_folder_named_like_a_source_file_is_walked(crate: Path) -> None:
    (crate / "src/x.rs").mkdir()
    (crate / "src/x.rs/y.rs").write_text("")
    found = look("src/x.rs")
    assert (reported(found), found.problems) == (["src/x.rs/y.rs"], ())


def test_circular_link_is_said_once_and_does_not_hang(crate: Path) -> None:
    (crate / "src/ind/up").symlink_to(crate / "src")
    found = look(".")
    reason = f"is a symbolic link to a folder around it ({crate / 'src'}), not followed"
    assert found.problems == (Unreadable("src/ind/up", None, reason, fatal=False),)
    assert names(found) == ALL


def test_links_to_nowhere_and_to_themselves_are_problems(crate: Path) -> None:
    (crate / "src/loop.rs").symlink_to(crate / "src/loop.rs")
    (crate / "src/void.rs").symlink_to(crate / "src/nothing")
    found = look(".")
    assert found.problems == (
        Unreadable("src/loop.rs", None, "is a symbolic link that leads back to itself"),
        Unreadable("src/void.rs", None, "is a broken symbolic link"),
    )
    assert look("src/loop.rs").problems == found.problems[:1]


def test_file_that_two_links_lead_to_is_read_once(crate: Path) -> None:
    (crate / "src/z.rs").symlink_to(crate / "src/a.rs")
    (crate / "src/linked").symlink_to(crate / "src/ind")
    assert names(look(".")) == ALL


def test_path_through_a_link_reports_what_it_leads_to(crate: Path, tmp_path: Path) -> None:
    (crate / "short").symlink_to(crate / "src/ind")
    assert reported(look("short")) == ["src/ind/b.rs", "src/ind/c.rs"]


def test_loose_file_is_read_by_itself_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.rs").write_text("")
    (tmp_path / "y.rs").write_text("")
    found = look("x.rs")
    assert names(found) == ["x.rs"]
    assert found.notes == ("x.rs: lies in no crate, audited by itself",)
    assert names(look(".")) == ["x.rs", "y.rs"]


def test_folder_around_crates_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one/src").mkdir(parents=True)
    (tmp_path / "one/src/lib.rs").write_text("")
    (tmp_path / "one/Cargo.toml").write_text(MANIFEST)
    (problem,) = look(".").problems
    assert (problem.reason, problem.fatal) == ("lies in no crate; crates below it: one", False)


def test_extra_file_is_read_from_anywhere(crate: Path, tmp_path: Path) -> None:
    loaded = load_extra(tmp_path / "build.rs")
    assert loaded == SourceFile(tmp_path / "build.rs", "build.rs", b"fn f() {}\n")
    assert load_extra(tmp_path / "gone.rs") == Unreadable("gone.rs", None, "no such file")
    assert load_extra(tmp_path / "src") == Unreadable("src", None, "is a folder")


def test_display_is_relative_below_the_working_directory_only(crate: Path) -> None:
    assert display(crate / "src" / "a.rs") == "src/a.rs"
    assert display(crate.parent / "x.rs") == (crate.parent / "x.rs").as_posix()
    beside = crate.with_name(crate.name + "2") / "x.rs"
    assert display(beside) == beside.as_posix()
    assert display(crate) == display(Path()) == "."


def test_display_from_the_root_folder(crate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(crate.anchor)
    assert Path(crate.anchor, display(crate / "src" / "a.rs")) == crate / "src" / "a.rs"
    assert not os.path.isabs(display(crate))


def test_folder_is_not_reported_for_one_whose_name_it_begins_with(crate: Path) -> None:
    scope = look("src/ind").reported
    assert all(map(scope, ("src/ind", "src/ind/b.rs", crate / "src/ind/new.rs")))
    assert not any(map(scope, ("src/ind2/b.rs", "src/ind.rs", "src")))


def test_root_folder_reports_all(crate: Path) -> None:
    assert Scope((Path(crate.anchor),))("src/a.rs")
