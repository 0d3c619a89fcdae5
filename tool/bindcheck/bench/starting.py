"""How a worker is started in the interpreter of the user."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bindcheck

_START = """\
import sys
# What lies in the working folder may be asked for, but takes the place of no other module.
sys.path.sort(key=lambda place: place == "")
from importlib import import_module, util
# This bindcheck, and nothing of its surroundings: that interpreter may have another one.
spec = util.spec_from_file_location("bindcheck", sys.argv[1])
sys.modules["bindcheck"] = module = util.module_from_spec(spec)
spec.loader.exec_module(module)
import_module(sys.argv[2]).main()
"""


def command(python: str, module: str) -> list[str]:
    """The command line that runs `main` of a module of this bindcheck."""
    return [python, "-c", _START, str(Path(bindcheck.__file__).resolve()), module]


def answer(stdout: str) -> Any | None:
    """What a worker said: the last line that is JSON, since others print too; None without one."""
    for line in reversed(stdout.splitlines()):
        if line[:1] in ("{", "["):
            try:
                return json.loads(line)
            except ValueError:
                continue
    return None
