"""Libraries that were built, kept beside each other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bindcheck.bench import build
from bindcheck.errors import BindcheckError


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
