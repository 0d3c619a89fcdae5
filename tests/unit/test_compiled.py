"""What compiles the crates of tests looks at each of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from compiled import Compiler

pytestmark = [
    pytest.mark.cargo,
    pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo"),
]

MANIFEST = '[package]\nname = "alike"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n'


def written(folder: Path, text: str) -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src/lib.rs").write_text(text)
    return folder


def test_a_crate_is_not_taken_for_another_of_its_name(tmp_path: Path) -> None:
    own = Compiler(tmp_path / "target")
    broken = written(tmp_path / "older", "pub fn broken() -> usize { missing_name }\n")
    sound = written(tmp_path / "newer", "pub fn sound() {}\n")
    own.check(sound)
    with pytest.raises(AssertionError, match="missing_name"):
        own.check(broken)
    own.check(sound)
