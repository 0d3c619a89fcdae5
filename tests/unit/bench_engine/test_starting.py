"""How workers are started, and how they answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bindcheck
from bindcheck.bench.starting import answer, command

WORKER = """
import json, statistics, sys
import mine

def main():
    places = [json.__file__, statistics.__file__, mine.__file__, sys.modules["bindcheck"].__file__]
    print("noise")
    print(json.dumps(places))
"""


def test_the_working_folder_and_another_bindcheck_take_no_place(tmp_path: Path) -> None:
    """A module of the working folder is found if no other has its name."""
    for name in ("statistics", "mine"):
        (tmp_path / f"{name}.py").write_text("print('imported')\n")
    (tmp_path / "worker.py").write_text(WORKER)
    other = tmp_path / "other" / "bindcheck"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("raise ImportError('another one')\n")
    run = subprocess.run(
        command(sys.executable, "worker"),
        cwd=tmp_path,
        env={"PYTHONPATH": str(other.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    standard, shadowed, mine, own = answer(run.stdout) or ()
    assert Path(shadowed).parent == Path(standard).parent.parent
    assert Path(mine) == tmp_path / "mine.py"
    assert own == str(Path(bindcheck.__file__).resolve())


def test_the_answer_is_the_last_line_of_json() -> None:
    assert answer('hello\n{"pairs": []}\n{bye\n\nfreed 3 buffers\n') == {"pairs": []}
    assert answer("[1]\nnull\n") == [1]
    assert answer("") is None
    assert answer("nothing\n") is None
