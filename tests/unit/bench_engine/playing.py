"""Searches in fresh processes, of which the interpreter is a script that plays one."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck.bench import tune as subject
from bindcheck.bench.copies import Copy
from bindcheck.bench.effort import Effort
from bindcheck.bench.engine import Task
from bindcheck.bench.jobs import Pairing
from bindcheck.bench.samples import Case, Kind
from bindcheck.bench.tune import Tuned
from bindcheck.bench.wanted import Wanted

from . import points

CASE = replace(points.CASE, name="wave", cols=100)
PLACE = replace(points.PLACE, python="", numpy="", features=())
"""Python and NumPy are told by the processes."""
SCRIPT = """\
#!{python}
import json, os, signal, sys
job = json.load(sys.stdin)
with open({log!r}, "a") as file:
    file.write(f"{{job['cols']}}\\n")
lines = open({log!r}).read().split()
if len(lines) == {until}:
    os.kill({at}, signal.{signal})
sequential = 10.0 * job["cols"]
parallel = sequential / 2 + 20_000.0
pair = {{"pair": 0, "blocks": [[0, 4, parallel, sequential, False, False]] * 8,
        "empty": [0.0, 0.0], "faults": [0.0, 0.0], "warmup_calls": 40, "stable": True,
        "cells": [1, 1], "copy_bytes": 0, "copy_ns": 0.0}}
print(json.dumps({{"pid": 7, "core": None, "huge_pages": "", "numpy": "2", "python": "3",
                  "seen": {work} * job["cols"], "failures": [], "pairs": [pair]}}))
"""

COPY = Copy(Path("src/wave.rs"), b"", ())
BUILT = SimpleNamespace(opened=())


class Played:
    """Searches with processes of which one is interrupted, and counts them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.folder = folder
        self.log = folder / "log"
        self.script = SCRIPT
        monkeypatch.setattr(subject, "check_interpreter", lambda _: None)
        monkeypatch.setattr(subject, "usable_cores", lambda: 2)
        monkeypatch.setattr(
            subject,
            "variants_of",
            lambda *_: SimpleNamespace(
                found=None,
                sequential=None,
                switch=None,
                passed=(),
                pooled=True,
                wanted=Wanted(Kind.BATCH),
                built=BUILT,
            ),
        )
        monkeypatch.setattr(subject, "_task", self._task)

    def _task(self, program: Any, crate: Any, variants: Any, case: Case, search: Any) -> Task:
        del program, crate, variants, search
        name = f"wave/{case.cols}"
        return Task(replace(case, name=name), (Pairing(("a", "b")),), {"cols": case.cols}, {})

    def search(
        self,
        until: int,
        signal: str = "SIGINT",
        at: str = "os.getpid()",
        threads: int | None = None,
        work: int = 10,
        budget: float | None = None,
    ) -> Tuned:
        python = self.folder / "python"
        text = self.script.format(
            python=sys.executable, log=str(self.log), until=until, signal=signal, at=at, work=work
        )
        python.write_text(text)
        python.chmod(0o755)
        effort = Effort(3, 0.1, budget)
        search = subject.Search(100, 100_000, effort, threads, None)
        core: Any = SimpleNamespace(name="wave")
        nothing: Any = None
        return subject.tune(nothing, nothing, core, CASE, search, str(python), lambda *_: None)

    @property
    def started(self) -> int:
        """How many processes there were."""
        return len(self.log.read_text().split())
