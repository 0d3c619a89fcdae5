"""What the cache keeps, and what it does without."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bindcheck import cache as module
from bindcheck.cache import Cache, user_folder

KEY = "0" * 48


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entry(folder: Path, key: str = KEY) -> Path:
    return folder / f"{key}.entry"


def test_what_was_put_is_there(folder: Path) -> None:
    Cache(folder).put(KEY, b"body")
    assert Cache(folder).get(KEY) == b"body"


def test_what_was_not_put_is_not_there(folder: Path) -> None:
    assert Cache(folder).get(KEY) is None


def test_without_a_folder_nothing_is_kept() -> None:
    cache = Cache(None)
    cache.put(KEY, b"body")
    assert cache.get(KEY) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: data.replace(b"cache-1", b"cache-0"),
    ],
    ids=["cut by a byte", "cut in half", "empty", "a flipped bit", "another version"],
)
def test_a_damaged_entry_is_not_there_and_is_written_anew(
    folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    cache = Cache(folder)
    cache.put(KEY, b"body")
    entry(folder).write_bytes(damage(entry(folder).read_bytes()))
    assert cache.get(KEY) is None
    cache.put(KEY, b"body")
    assert cache.get(KEY) == b"body"


def test_the_folder_is_the_users_own_and_says_that_it_is_a_cache(folder: Path) -> None:
    Cache(folder).put(KEY, b"body")
    assert folder.stat().st_mode & 0o077 == 0
    signature = "Signature: 8a477f597d28d172789f06886806bc55"
    assert (folder / "CACHEDIR.TAG").read_text().startswith(signature)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="file modes are those of POSIX")
def test_a_folder_that_others_may_write_to_is_not_read(folder: Path) -> None:
    cache = Cache(folder)
    cache.put(KEY, b"body")
    folder.chmod(0o777)
    assert cache.get(KEY) is None


def test_a_place_that_cannot_be_written_to_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "cache")
    cache.put(KEY, b"body")
    assert cache.get(KEY) is None


def test_the_oldest_entries_go_when_there_are_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_ENTRIES", 3)
    cache = Cache(folder)
    for number in range(4):
        cache.put(str(number), b"body")
        os.utime(entry(folder, str(number)), (number, number))
    cache.put("last", b"body")
    assert {path.stem for path in folder.glob("*.entry")} == {"last", "3", "2"}


def test_the_oldest_entries_go_when_they_are_too_large(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGEST_FOLDER", 5_000)
    cache = Cache(folder)
    cache.put("old", b"x" * 3_000)
    os.utime(entry(folder, "old"), (1, 1))
    cache.put("new", b"x" * 3_000)
    assert [path.stem for path in folder.glob("*.entry")] == ["new"]


def test_an_entry_in_use_is_not_the_oldest(folder: Path) -> None:
    cache = Cache(folder)
    cache.put(KEY, b"body")
    os.utime(entry(folder), (1, 1))
    cache.get(KEY)
    assert entry(folder).stat().st_mtime > 1


def test_what_a_killed_run_left_behind_is_cleared_away(folder: Path) -> None:
    cache = Cache(folder)
    cache.put(KEY, b"body")
    left, busy = folder / "left.new", folder / "busy.new"
    left.write_bytes(b"half")
    busy.write_bytes(b"half")
    os.utime(left, (1, 1))
    cache.put(KEY, b"body")
    assert not left.exists()
    assert busy.exists()


def test_runs_that_write_at_once_leave_whole_entries(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bindcheck.cache import Cache\n"
        "cache = Cache(Path(sys.argv[1])); body = sys.argv[2].encode() * 100_000\n"
        f"for _ in range(30):\n    cache.put({KEY!r}, body)\n"
        f"    assert cache.get({KEY!r})[:1] in (b'a', b'b')\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(folder), letter]) for letter in "ab"]
    assert [run.wait(60) for run in runs] == [0, 0]
    assert len(Cache(folder).get(KEY) or b"") == 100_000
    assert not list(folder.glob("*.new"))


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"BINDCHECK_CACHE_DIR": "here", "HOME": "/h"}, "linux", Path("here")),
        ({"HOME": "/h"}, "linux", Path("/h/.cache/bindcheck")),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/c"}, "linux", Path("/c/bindcheck")),
        ({"HOME": "/h"}, "darwin", Path("/h/Library/Caches/bindcheck")),
        ({}, "linux", None),
        ({}, "win32", None),
    ],
)
def test_where_the_cache_lies(
    environment: dict[str, str], platform: str, expected: Path | None
) -> None:
    assert user_folder(environment, platform) == expected
