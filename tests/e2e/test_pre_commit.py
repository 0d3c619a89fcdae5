"""The hooks of this repository in a real `pre-commit run`, in a scratch repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.install,
    pytest.mark.skipif(not (CHECKOUT / ".git").exists(), reason="needs a git checkout"),
]

MANIFEST = """\
[package]
name = "{name}"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.30"
"""

LIB = """\
use pyo3::prelude::*;

mod other;
mod work;

#[pyfunction]
fn doubled(value: f64) -> f64 {
    2.0 * value
}

#[pymodule]
fn {name}(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(doubled, m)?)?;
    Ok(())
}
"""

STUB = "def doubled(value: float) -> float: ...\n"

FLAWED = """\
use pyo3::prelude::*;

#[pyfunction]
pub fn forgotten(value: f64) -> f64 {
    value
}
"""

CLEAN = "pub fn nothing() {}\n"


class Scratch:
    """A git repository that uses our hooks."""

    def __init__(self, root: Path, home: Path, clone: Path):
        self.root = root
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "PRE_COMMIT_HOME": str(home),
        }
        revision = self._run("git", "rev-parse", "HEAD", cwd=clone).stdout.strip()
        self.write(
            ".pre-commit-config.yaml",
            f"repos:\n- repo: {clone.as_uri()}\n  rev: {revision}\n  hooks:\n"
            "  - id: bindcheck-audit\n  - id: bindcheck-generate-check\n",
        )
        self._run("git", "init", "--quiet")

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def crate(self, name: str) -> None:
        self.write(f"{name}/Cargo.toml", MANIFEST.format(name=name))
        self.write(f"{name}/src/lib.rs", LIB.replace("{name}", name))
        self.write(f"{name}/{name}.pyi", STUB)
        self.write(f"{name}/src/work.rs", CLEAN)
        self.write(f"{name}/src/other.rs", CLEAN)

    def commit(self) -> None:
        self._run("git", "add", "--all")
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
        self._run("git", *identity, "commit", "--quiet", "--no-verify", "--message=all")

    def hooks(self, *args: str) -> tuple[int, str]:
        """Stage everything and run the hooks: on what is staged, or as `args` say."""
        self._run("git", "add", "--all")
        done = self._run(sys.executable, "-m", "pre_commit", "run", *args, check=False)
        return done.returncode, done.stdout + done.stderr

    def _run(
        self, *command: str, cwd: Path | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=cwd or self.root,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environment it makes for the hooks: made once."""
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def scratch(tmp_path: Path, home: Path, clone: Path) -> Scratch:
    repository = Scratch(tmp_path, home, clone)
    repository.crate("one")
    return repository


def test_a_clean_repository_passes_both_hooks(scratch: Scratch) -> None:
    status, out = scratch.hooks("--all-files")
    assert status == 0, out
    passed = [line for line in out.splitlines() if line.endswith("Passed")]
    assert [line.split(".")[0] for line in passed] == [
        "bindcheck audit",
        "bindcheck generate --check",
    ]


def test_only_the_changed_file_is_reported(scratch: Scratch) -> None:
    scratch.write("one/src/other.rs", FLAWED.replace("forgotten", "old_sin"))
    scratch.commit()
    scratch.write("one/src/work.rs", FLAWED)
    status, out = scratch.hooks()
    assert status == 1
    assert "one/src/work.rs:4:8: error[BC105]" in out
    assert "old_sin" not in out
    assert "1 file, 0 indicators, 1 entry point audited" in out
    status, out = scratch.hooks("--all-files")
    assert status == 1
    assert "old_sin" in out


def test_a_commit_may_touch_several_crates(scratch: Scratch) -> None:
    scratch.crate("two")
    scratch.write("plain/Cargo.toml", '[package]\nname = "plain"\nversion = "0.1.0"\n')
    scratch.write("plain/src/lib.rs", CLEAN)
    scratch.commit()
    for path in ("one/src/work.rs", "two/src/work.rs", "plain/src/lib.rs"):
        scratch.write(path, CLEAN.replace("nothing", "quiet"))
    status, out = scratch.hooks()
    assert status == 0, out
    scratch.write("two/src/work.rs", FLAWED)
    status, out = scratch.hooks()
    assert status == 1
    assert "two/src/work.rs:4:8: error[BC105]" in out
    (total,) = (line for line in out.splitlines() if line.startswith("3 crates: "))
    assert set(total.removeprefix("3 crates: ").split(", ")) == {"one", "two", "plain"}


@pytest.mark.parametrize(
    "path",
    [
        "one/build.rs",
        "one/tests/smoke.rs",
        "one/examples/show.rs",
        "one/benches/speed.rs",
        "plain/src/lib.rs",
        "tools/alone.rs",
    ],
)
def test_files_without_bindings_pass(scratch: Scratch, path: str) -> None:
    scratch.write("plain/Cargo.toml", '[package]\nname = "plain"\nversion = "0.1.0"\n')
    scratch.commit()
    scratch.write(path, "fn main() {}\n")
    status, out = scratch.hooks()
    assert status == 0, out


def test_deleted_and_renamed_files_pass(scratch: Scratch) -> None:
    scratch.commit()
    (scratch.root / "one/src/work.rs").rename(scratch.root / "one/src/labour.rs")
    (scratch.root / "one/src/other.rs").unlink()
    lib = scratch.root / "one/src/lib.rs"
    lib.write_text(lib.read_text().replace("mod other;\nmod work;\n", "mod labour;\n"))
    status, out = scratch.hooks()
    assert status == 0, out
    (scratch.root / "one/src/labour.rs").unlink()
    lib.write_text(lib.read_text().replace("mod labour;\n", ""))
    status, out = scratch.hooks()
    assert status == 0, out


def test_a_stale_entry_of_another_file_does_not_stop_a_commit(scratch: Scratch) -> None:
    scratch.write("one/bindcheck.toml", 'baseline = "known.json"\n')
    scratch.write("one/src/work.rs", FLAWED)
    record = (sys.executable, "-m", "bindcheck", "baseline", "write", "one")
    subprocess.run(record, cwd=scratch.root, check=True, capture_output=True)
    assert scratch.hooks("--all-files")[0] == 0
    scratch.commit()
    scratch.write("one/src/work.rs", CLEAN)
    scratch.commit()
    scratch.write("one/src/other.rs", CLEAN.replace("nothing", "quiet"))
    status, out = scratch.hooks()
    assert status == 0, out
    status, out = scratch.hooks("--all-files")
    assert status == 1
    assert "stale in the baseline: one/src/work.rs: BC105 forgotten" in out


def test_generated_code_below_the_root_is_checked(scratch: Scratch, clone: Path) -> None:
    shutil.copytree(clone / "indicators", scratch.root / "rust/indicators")
    for name in ("Cargo.toml", "Cargo.lock", "rustfmt.toml"):
        shutil.copy(clone / name, scratch.root / "rust" / name)
    status, out = scratch.hooks("bindcheck-generate-check", "--all-files")
    assert status == 0, out
    scratch.commit()
    stub = scratch.root / "rust/indicators/python/bindcheck_indicators/_core.pyi"
    text = stub.read_text()
    begin = text.index("# bindcheck: begin kama/stub")
    end = text.index("# bindcheck: end kama/stub")
    stub.write_text(text[:begin] + text[text.index("\n", end) + 1 :])
    status, out = scratch.hooks("bindcheck-generate-check")
    assert status == 1, out
    assert "kama" in out
    assert "stub" in out
    assert "missing" in out
