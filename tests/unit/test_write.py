from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from bindcheck.errors import BindcheckError
from bindcheck.write import Change, Layout, apply, detect_newlines, unified_diff, write_text


def left_over(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_several_files_are_written_and_nothing_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    apply(
        [
            Change(tmp_path / "a", b"old", b"new"),
            Change(tmp_path / "deep/er/b", None, b"made"),
        ]
    )
    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "deep/er/b").read_bytes() == b"made"
    assert left_over(tmp_path) == ["a", "deep"]
    assert left_over(tmp_path / "deep/er") == ["b"]


def test_mode_bits_are_kept_and_new_files_follow_the_umask(tmp_path: Path) -> None:
    script = tmp_path / "a"
    script.write_bytes(b"1")
    script.chmod(0o754)
    apply([Change(script, b"1", b"2"), Change(tmp_path / "b", None, b"")])
    assert stat.S_IMODE(script.stat().st_mode) == 0o754
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("held", [b"edited meanwhile", None])
def test_file_that_changed_since_it_was_read_stops_everything(
    tmp_path: Path, held: bytes | None
) -> None:
    (tmp_path / "a").write_bytes(b"1")
    if held is not None:
        (tmp_path / "b").write_bytes(held)
    with pytest.raises(BindcheckError, match=r"b: has changed since it was read; nothing written"):
        apply([Change(tmp_path / "a", b"1", b"2"), Change(tmp_path / "b", b"old", b"new")])
    assert (tmp_path / "a").read_bytes() == b"1"


def test_new_file_does_not_replace_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"precious")
    with pytest.raises(BindcheckError, match="has changed"):
        apply([Change(tmp_path / "a", None, b"new")])
    assert (tmp_path / "a").read_bytes() == b"precious"


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_failure_at_any_rename_rolls_all_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException, at: int
) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    replace, calls = os.replace, 0

    def failing(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise failure
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    changes = [
        Change(tmp_path / "a", b"1", b"x"),
        Change(tmp_path / "new/c", None, b"y"),
        Change(tmp_path / "b", b"2", b"z"),
    ]
    expected = BindcheckError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        apply(changes)
    if expected is BindcheckError:
        shown = f"{changes[at - 1].path}: cannot be written: No space left on device"
        assert str(caught.value).startswith(shown)
    assert left_over(tmp_path) == ["a", "b"]
    assert (tmp_path / "a").read_bytes() == b"1"
    assert (tmp_path / "b").read_bytes() == b"2"


def test_failure_while_staging_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"1")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BindcheckError, match="a: cannot be written: No space left on device"):
        apply([Change(tmp_path / "a", b"1", b"2")])
    assert left_over(tmp_path) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"1"


@pytest.mark.parametrize("failing", [None, 0, 11])
def test_many_files_are_synced_before_the_first_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int | None
) -> None:
    names = [f"{at:02}" for at in range(12)]
    for name in names:
        (tmp_path / name).write_bytes(b"1")
        (tmp_path / name).chmod(0o640)
    synced: list[bytes] = []
    replaced: list[int] = []
    sync, replace = os.fsync, os.replace

    def noted(handle: int) -> None:
        content = os.read(handle, 9)
        if failing is not None and content == b"2%d" % failing:
            raise OSError(28, "No space left on device")
        synced.append(content)
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(
        os, "replace", lambda one, other: replaced.append(len(synced)) or replace(one, other)
    )
    changes = [Change(tmp_path / name, b"1", b"2%d" % at) for at, name in enumerate(names)]
    if failing is None:
        apply(changes)
        assert set(synced) >= {change.new for change in changes}
        assert replaced[0] == 12
    else:
        message = f"{names[failing]}: cannot be written: No space left on device"
        with pytest.raises(BindcheckError, match=message):
            apply(changes)
        assert not replaced
    assert left_over(tmp_path) == names
    for change in changes:
        assert change.path.read_bytes() == (change.new if failing is None else b"1")
        assert change.path.stat().st_mode & 0o777 == 0o640


def test_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/a").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "real/a")
    apply([Change(tmp_path / "link", b"1", b"2")])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real/a").read_bytes() == b"2"


def test_one_file_under_two_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    with pytest.raises(BindcheckError, match="link: would be written twice"):
        apply([Change(tmp_path / "a", b"1", b"2"), Change(tmp_path / "link", b"1", b"3")])
    assert (tmp_path / "a").read_bytes() == b"1"


def test_read_only_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"1")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(BindcheckError, match="a: is read-only; nothing written"):
        apply([Change(tmp_path / "a", b"1", b"2")])


def test_folder_in_the_way_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match="cannot be read: Is a directory"):
        apply([Change(tmp_path, None, b"")])
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(BindcheckError, match="Not a directory"):
        apply([Change(tmp_path / "a/b", None, b"")])


def test_unchanged_file_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    before = (tmp_path / "a").stat()
    apply([Change(tmp_path / "a", b"1", b"1")])
    after = (tmp_path / "a").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_report_overwrites_and_devices_are_written_to(tmp_path: Path) -> None:
    write_text(tmp_path / "x/report.txt", "one\n")
    write_text(tmp_path / "x/report.txt", "zwei \u2713\n")
    assert (tmp_path / "x/report.txt").read_bytes() == "zwei \u2713\n".encode()
    write_text(Path(os.devnull), "gone")
    assert not Path(os.devnull).is_file()
    with pytest.raises(BindcheckError, match="cannot be written: Is a directory"):
        write_text(tmp_path, "x")


@pytest.mark.parametrize(
    ("source", "layout"),
    [
        (b"", Layout("\n", False)),
        (b"a\nb\n", Layout("\n", False)),
        (b"a\r\nb\r\n", Layout("\r\n", False)),
        (b"a\r\nb\r\nc\n", Layout("\r\n", False)),
        (b"a\r\nb\n", Layout("\n", False)),
        (b"\xef\xbb\xbfa\r\n", Layout("\r\n", True)),
    ],
)
def test_line_ends_and_mark_are_detected(source: bytes, layout: Layout) -> None:
    assert detect_newlines(source) == layout


def test_text_takes_the_layout_of_its_file() -> None:
    layout = Layout("\r\n", True)
    assert layout.fragment("a\nb\r\n") == b"a\r\nb\r\n"
    assert layout.whole("\ufeffa\n") == b"\xef\xbb\xbfa\r\n"
    assert Layout("\n", False).whole("a\r\n") == b"a\n"


def test_diff_is_a_patch_that_applies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    old = b"one\r\ntwo\x0c\r\nthree"
    new = b"one\r\n2\x0c\r\nthree\nfour\n"
    (tmp_path / "a.rs").write_bytes(old)
    changes = [Change(tmp_path / "a.rs", old, new), Change(tmp_path / "d/b.rs", None, b"x\n")]
    patch = unified_diff(changes)
    assert "--- a/a.rs\n+++ b/a.rs\n" in patch
    assert "--- /dev/null\n+++ b/d/b.rs\n" in patch
    command = ["git", "apply", "--unsafe-paths", "-"]
    subprocess.run(command, input=patch.encode(), check=True, cwd=tmp_path)
    assert (tmp_path / "a.rs").read_bytes() == new
    assert (tmp_path / "d/b.rs").read_bytes() == b"x\n"


def test_coloured_diff_is_the_plain_one_with_colours(tmp_path: Path) -> None:
    change = Change(tmp_path / "a", b"1\n", b"2\n")
    coloured = unified_diff([change], color=True)
    assert "\x1b[31m-1\x1b[0m\n\x1b[32m+2\x1b[0m\n" in coloured
    plain = coloured.replace("\x1b[0m", "")
    for code in ("1", "31", "32", "36"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == unified_diff([change])


def test_no_change_is_no_diff(tmp_path: Path) -> None:
    assert unified_diff([Change(tmp_path / "a", b"1\n", b"1\n")]) == ""


def test_folders_are_not_required_to_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)
    apply([Change(tmp_path / "a", None, b"1")])
    assert (tmp_path / "a").read_bytes() == b"1"


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        gone = subprocess.run(["sh", "-c", "echo $$"], capture_output=True, check=True, text=True)
        mine, theirs = (
            f".a.bindcheck-{other.pid}-x.tmp",
            f".a.bindcheck-{gone.stdout.strip()}-x.tmp",
        )
        for name in (mine, theirs, ".a.bindcheck-x.tmp", ".a.x.tmp"):
            (tmp_path / name).write_bytes(b"2")
        apply([Change(tmp_path / "a", b"1", b"3")])
        assert left_over(tmp_path) == [mine, ".a.bindcheck-x.tmp", ".a.x.tmp", "a"]
        other.communicate(b"\n")


def test_what_was_left_long_ago_is_removed_whoever_left_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"1")
    for name in (f".a.bindcheck-{os.getpid()}-x.tmp", ".a.bindcheck-x.tmp", ".a.x.tmp"):
        (tmp_path / name).write_bytes(b"2")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 4000)
    apply([Change(tmp_path / "a", b"1", b"3")])
    assert left_over(tmp_path) == [".a.x.tmp", "a"]


@pytest.mark.parametrize("linked", [True, False])
def test_the_old_text_comes_back_without_room_for_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: bool
) -> None:
    """The second rename fails, and from then on nothing can be made any more."""
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"old")
    replace, made = os.replace, tempfile.mkstemp
    calls = 0

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    def failing(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            monkeypatch.setattr(tempfile, "mkstemp", full)
            full()
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    if not linked:
        monkeypatch.setattr(os, "link", full)
    with pytest.raises(BindcheckError, match="b: cannot be written: No space left on device"):
        apply([Change(tmp_path / name, b"old", b"new") for name in ("a", "b")])
    assert tempfile.mkstemp is not made
    assert left_over(tmp_path) == ["a", "b"]
    assert (tmp_path / "a").read_bytes() == b"old"


def test_what_somebody_wrote_meanwhile_is_not_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"old")
    replace = os.replace

    def failing(source: Path, target: Path) -> None:
        if target.name == "b":
            (tmp_path / "a").write_bytes(b"theirs")
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(BindcheckError, match="b: cannot be written"):
        apply([Change(tmp_path / name, b"old", b"new") for name in ("a", "b")])
    assert (tmp_path / "a").read_bytes() == b"theirs"
    assert left_over(tmp_path) == ["a", "b"]


def test_a_file_that_cannot_be_put_back_is_named_with_its_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_bytes(b"old")
    replace = os.replace

    def failing(source: Path, target: Path) -> None:
        if target.name == "c" or Path(source).read_bytes() == b"old":
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(BindcheckError, match=r"cannot be put back .*a \(its old text: .*, .*b \("):
        apply([Change(tmp_path / name, b"old", b"new") for name in ("a", "b", "c")])
    copies = [one for one in tmp_path.iterdir() if one.name.startswith(".")]
    assert [one.read_bytes() for one in copies] == [b"old", b"old"]


LIMITED = """
import resource, sys
from pathlib import Path
from bindcheck.errors import BindcheckError
from bindcheck.write import Change, apply
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
folder = Path(sys.argv[1])
try:
    apply([Change(folder / "a", b"1", b"2"), Change(folder / "b", b"1", bytes(5000))])
except BindcheckError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of processes")
def test_a_limit_of_the_system_leaves_everything_as_it_was(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"1")
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{tmp_path / 'b'}: cannot be written: File too large; nothing written\n"
    assert left_over(tmp_path) == ["a", "b"]
    assert (tmp_path / "a").read_bytes() == b"1"
