"""The ways people install bindcheck, each from a clean clone into a fresh environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.install,
    pytest.mark.skipif(not (CHECKOUT / ".git").exists(), reason="needs a git checkout"),
]


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(clone: Path, folder: Path, *what: str) -> Path:
    """A fresh environment with `what` installed; its folder of programs."""
    run(sys.executable, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    pip = (sys.executable, "-m", "pip", "--python", str(programs / "python"))
    run(*pip, "install", "--quiet", *what, cwd=clone)
    return programs


def wheel(clone: Path, folder: Path) -> str:
    target = str(folder / "dist")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", target, "."),
        cwd=clone,
    )
    (built,) = (folder / "dist").glob("bindcheck-*.whl")
    assert built.name.endswith("-py3-none-any.whl")
    return str(built)


SHOW = (
    "from bindcheck.render import template_names, templates_folder;"
    "print(templates_folder(), *template_names(), sep='\\n')"
)


@pytest.mark.parametrize("kind", ["wheel", "editable", "git"])
def test_installed_tool_runs_and_finds_its_templates(
    kind: str, clone: Path, tmp_path: Path
) -> None:
    if kind == "wheel":
        what = (wheel(clone, tmp_path),)
    else:
        what = ("-e", ".") if kind == "editable" else (f"git+{clone.as_uri()}",)
    programs = install(clone, tmp_path, *what)
    assert run(programs / "bindcheck", "--version", cwd=tmp_path).startswith("bindcheck, version ")
    folder, *names = run(programs / "python", "-c", SHOW, cwd=tmp_path).splitlines()
    assert (Path(folder) == clone / "templates") is (kind == "editable")
    assert names == sorted(
        one.relative_to(clone / "templates").as_posix() for one in clone.glob("templates/**/*.j2")
    )
    assert names
    assert "BC101" in run(programs / "bindcheck", "rules", cwd=tmp_path)


def test_wheel_carries_the_licences_and_the_type_marker(clone: Path, tmp_path: Path) -> None:
    from zipfile import ZipFile

    names = ZipFile(wheel(clone, tmp_path)).namelist()
    endings = ("licenses/LICENSE-APACHE", "licenses/LICENSE-MIT", "bindcheck/py.typed")
    for ending in endings:
        assert any(name.endswith(ending) for name in names), ending
    assert not any(name.startswith(("tests/", "tool/", "templates/")) for name in names)
