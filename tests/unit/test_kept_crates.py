"""What stands before the compiler keeps crates of the registry, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import kept_crates

pytestmark = pytest.mark.skipif(os.name != "posix", reason="runs a script")

COMPILER = """\
#!{python}
import sys
from pathlib import Path
here = Path({folder!r})
runs = here / "runs"
runs.write_text((runs.read_text() if runs.exists() else "") + "x")
if (here / "broken").exists():
    sys.exit("no")
out = Path(sys.argv[sys.argv.index("--out-dir") + 1])
(out / "libcrate-1a.rlib").write_text(str(len(runs.read_text())))
(out / "crate-1a").write_text("program")
(out / "crate-1a").chmod(0o755)
"""
SOURCE = "/home/registry/src/index/crate-1.0.0/src/lib.rs"


@dataclass
class Played:
    """A compiler that counts how often it is called, and puts the count into its output."""

    folder: Path

    def run(self, out: str, *more: str, source: str = SOURCE, script: Path | None = None) -> int:
        """Compile into a folder; the status."""
        target = self.folder / out
        target.mkdir(exist_ok=True)
        environment = os.environ | {kept_crates.FOLDER: str(self.folder / "kept")}
        if script is not None:
            environment["OUT_DIR"] = str(script)
        command = (self.folder / "rustc", source, "-C", "extra-filename=-1a", "--out-dir", target)
        return subprocess.run(
            (sys.executable, kept_crates.__file__, *map(str, command), *more),
            env=environment,
            capture_output=True,
            check=False,
        ).returncode

    def made(self, out: str) -> str:
        return (self.folder / out / "libcrate-1a.rlib").read_text()


@pytest.fixture
def compiler(tmp_path: Path) -> Played:
    path = tmp_path / "rustc"
    path.write_text(COMPILER.format(python=sys.executable, folder=str(tmp_path)))
    path.chmod(0o755)
    return Played(tmp_path)


def test_a_crate_is_compiled_once_for_all_folders(compiler: Played) -> None:
    dependency = ("-L", "dependency={}", "--extern", "one={}/libone-7.rmeta")
    for out in ("a", "b"):
        place = [one.format(compiler.folder / out) for one in dependency]
        assert compiler.run(out, *place) == 0
    assert compiler.made("a") == compiler.made("b") == "1"
    assert os.access(compiler.folder / "b/crate-1a", os.X_OK)


@pytest.mark.parametrize("more", [("--cfg", "fast"), ("--extern", "one=/x/libone-8.rmeta")])
def test_what_is_compiled_otherwise_is_another_crate(
    compiler: Played, more: tuple[str, ...]
) -> None:
    compiler.run("a", "--extern", "one=/x/libone-7.rmeta")
    compiler.run("b", *more)
    assert compiler.made("b") == "2"


def test_what_a_build_script_has_made_counts(compiler: Played) -> None:
    for out, text in (("a", "3.11"), ("b", "3.12"), ("c", "3.11")):
        script = compiler.folder / f"out-{out}"
        script.mkdir()
        (script / "python.txt").write_text(text)
        compiler.run(out, script=script)
    assert [compiler.made(one) for one in "abc"] == ["1", "2", "1"]


def test_a_crate_of_a_folder_is_compiled_each_time(compiler: Played) -> None:
    for out in ("a", "b"):
        compiler.run(out, source="src/lib.rs")
    assert compiler.made("b") == "2"


def test_what_does_not_compile_is_not_kept(compiler: Played) -> None:
    (compiler.folder / "broken").touch()
    assert compiler.run("a") == 1
    (compiler.folder / "broken").unlink()
    assert compiler.run("a") == 0
    assert compiler.made("a") == "2"
