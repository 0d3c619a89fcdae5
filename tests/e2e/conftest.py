"""What several end-to-end tests share."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what git would keep of the checkout, committed or not."""
    target = tmp_path_factory.mktemp("clone")
    listed = _git(CHECKOUT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (CHECKOUT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / name, target / name)
    _git(target, "init", "--quiet")
    _git(target, "add", "--all")
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    _git(target, *identity, "commit", "--quiet", "--message=all")
    return target


def _git(folder: Path, *command: str) -> str:
    done = subprocess.run(
        ("git", *command), cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
