"""`generate` with a fault at each step of its writing: old or new, and whole after the next run."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bindcheck.cli import main
from bindcheck.render import templates_folder

DRIVER = Path(__file__).parent / "faults.py"
GENERATE = ("generate", "--all")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

FILES = {
    "Cargo.toml": """
[package]
name = "waves"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
pyo3 = "0.25"
numpy = "0.25"
""",
    "pyproject.toml": """
[build-system]
requires = ["maturin"]
build-backend = "maturin"

[tool.maturin]
python-source = "python"
module-name = "waves._native"
""",
    "python/waves/__init__.py": """from waves._native import ripple

__all__ = ["ripple"]
""",
    "python/waves/_native.pyi": "def ripple(value: float) -> float: ...\n",
    "tests/conftest.py": "",
    "src/lib.rs": """use pyo3::prelude::*;

pub mod wave;

pub enum Kernel {
    Auto,
    Scalar,
}

pub fn read_kernel(name: Option<&str>) -> PyResult<Kernel> {
    let _ = name;
    Ok(Kernel::Auto)
}

#[pyfunction]
fn ripple(value: f64) -> f64 {
    value
}

#[pymodule]
#[pyo3(name = "_native")]
fn waves(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(ripple, m)?)?;
    Ok(())
}
""",
    "src/wave.rs": """use crate::Kernel;

#[derive(Default)]
pub struct WaveParams {
    pub length: Option<usize>,
}

pub struct WaveInput<'a> {
    pub data: &'a [f64],
    pub params: WaveParams,
}

impl<'a> WaveInput<'a> {
    pub fn from_slice(data: &'a [f64], params: WaveParams) -> Self {
        Self { data, params }
    }
}

pub struct WaveOutput {
    pub values: Vec<f64>,
}

#[derive(Debug)]
pub enum WaveError {
    Empty,
}

impl std::fmt::Display for WaveError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

pub fn wave_with_kernel(input: &WaveInput, kernel: Kernel) -> Result<WaveOutput, WaveError> {
    let _ = (input.params.length, kernel);
    Ok(WaveOutput { values: input.data.to_vec() })
}
""",
}


@dataclass(frozen=True)
class Left:
    """What a run leaves that met a fault at a step: the folder, and how the process ended."""

    step: str
    folder: Path
    signal: int
    status: int
    output: str


def faulty(crate: Path, fault: str, scratch: Path) -> list[Left]:
    """What is left by runs in `crate` with the fault at each step in turn; the last met none."""
    scratch.mkdir()
    command = [sys.executable, str(DRIVER), str(crate), fault, str(scratch), *GENERATE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return [Left(**{**one, "folder": Path(one["folder"])}) for one in found]


def run(crate: Path) -> int:
    """An undisturbed run; the exit status."""
    with contextlib.chdir(crate):
        return main([*GENERATE])


def texts(crate: Path) -> dict[str, bytes]:
    return {
        path.relative_to(crate).as_posix(): path.read_bytes()
        for path in sorted(crate.rglob("*"))
        if path.is_file()
    }


def fresh(crate: Path) -> None:
    """A crate without any binding."""
    for name, text in FILES.items():
        (crate / name).parent.mkdir(parents=True, exist_ok=True)
        (crate / name).write_text(text)


def edited(crate: Path) -> None:
    """A crate with generated bindings, one edited by hand, whose template has changed since."""
    fresh(crate)
    assert run(crate) == 0
    wave = crate / "src/wave.rs"
    ours, line = "    // by hand\n", "    Ok(output.values.into_pyarray(py))"
    assert line in wave.read_text()
    wave.write_text(wave.read_text().replace(line, ours + line))
    change_template(crate, "pub fn {{", "#[inline]\npub fn {{")


def change_template(crate: Path, old: str, new: str) -> None:
    """Change the template of the single binding in the crate's own folder of templates."""
    target = crate / "templates/reference/single.rs.j2"
    source = target if target.exists() else templates_folder() / "reference/single.rs.j2"
    text = source.read_text()
    assert old in text
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.replace(old, new))
    (crate / "bindcheck.toml").write_text('templates = "templates"\n')


class Case:
    """A crate before and after an undisturbed run, and what a run leaves that is killed."""

    def __init__(self, start: Callable[[Path], None], folder: Path) -> None:
        self.folder = folder
        start(folder / "kill")
        self.old = texts(folder / "kill")
        *self.killed, whole = faulty(folder / "kill", "kill", folder / "killed")
        assert whole.status == 0, whole.output
        self.new = texts(whole.folder)
        self.last = max(at for at, one in enumerate(self.killed) if one.step == "os.rename")

    def broken(self, fault: str) -> list[Left]:
        """What is left for a fault at each step up to the last file's turn."""
        crate = Path(shutil.copytree(self.folder / "killed/origin", self.folder / fault))
        return faulty(crate, fault, self.folder / f"{fault}-left")[: self.last + 1]


@pytest.fixture(scope="module", params=[fresh, edited], ids=lambda start: start.__name__)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(request.param, tmp_path_factory.mktemp("case"))


def test_the_driver_sees_every_step(case: Case) -> None:
    """Each file is staged, synced and renamed: a driver that missed steps would prove nothing."""
    changed = [name for name in case.new if case.new[name] != case.old.get(name)]
    steps = [one.step for one in case.killed]
    assert steps.count("os.rename") == len(changed) > 1
    assert steps.count("os.link") == len(set(changed) & case.old.keys())
    assert steps.count("after fsync") > len(changed)


def test_a_killed_run_leaves_files_old_or_new_and_the_next_one_completes_it(case: Case) -> None:
    for left in case.killed:
        assert left.signal == signal.SIGKILL
        found = texts(left.folder)
        whole = {name: text for name, text in found.items() if not name.endswith(".tmp")}
        assert whole.keys() >= case.old.keys()
        for name, text in whole.items():
            assert text in (case.old.get(name), case.new.get(name)), (left.step, name)
        crate = Path(shutil.copytree(left.folder, left.folder.with_suffix(".again")))
        assert run(crate) == 0
        assert texts(crate) == case.new, left.step


def test_a_template_that_changes_after_a_kill_loses_no_edit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    merged = []
    for left in Case(edited, tmp_path).killed:
        change_template(left.folder, "#[inline]", "#[inline]\n#[must_use]")
        before = (left.folder / "src/wave.rs").read_text()
        status = run(left.folder)
        after = (left.folder / "src/wave.rs").read_text()
        assert "    // by hand\n" in after, left.step
        conflict = "-    // by hand" in capsys.readouterr().out
        assert (status, after == before) == ((1, True) if conflict else (0, False))
        merged.append(not conflict)
    assert any(merged)


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        ("full", 2, "No space left on device; nothing written"),
        ("denied", 2, "Permission denied; nothing written"),
        ("interrupt", 130, "interrupted"),
    ],
)
def test_a_run_that_fails_changes_nothing(case: Case, fault: str, status: int, said: str) -> None:
    for left in case.broken(fault):
        assert left.status == status, left
        assert texts(left.folder) == case.old, left
        (line,) = left.output.strip().splitlines()
        assert said in line


def test_a_file_that_is_saved_meanwhile_is_kept(case: Case) -> None:
    saved = case.old["src/wave.rs"] + b"// saved meanwhile\n"
    kept = 0
    for left in case.broken("edit"):
        if left.status == 0:
            # The editor was later than the run.
            continue
        assert "wave.rs: has changed since it was read; nothing written" in left.output
        assert texts(left.folder) == {**case.old, "src/wave.rs": saved}
        kept += 1
    assert kept > case.last - 5
