"""The search for a crossover in fresh processes. The interpreter is a script that plays one."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bindcheck.bench import tune as subject
from bindcheck.bench.crossover import Pays, Tuning
from bindcheck.bench.engine import Effort, Task
from bindcheck.bench.jobs import Pairing
from bindcheck.bench.samples import Case, Kind, Layout
from bindcheck.cli import main
from bindcheck.cli import tune as command

CASE = Case(
    name="wave",
    indicator="wave",
    kind=Kind.BATCH,
    rows=10,
    cols=100,
    arguments=(),
    kernel=None,
    threads=None,
    layout=Layout.CONTIGUOUS,
    out=False,
    seed=1,
)
SCRIPT = """\
#!{python}
import json, os, signal, sys
job = json.load(sys.stdin)
with open({log!r}, "a") as file:
    file.write(f"{{job['cols']}}\\n")
lines = open({log!r}).read().split()
if len(lines) == {until}:
    os.kill(os.getpid(), signal.SIGINT)
sequential = 10.0 * job["cols"]
parallel = sequential / 2 + 20_000.0
pair = {{"pair": 0, "blocks": [[0, 4, parallel, sequential, False, False]] * 8,
        "empty": [0.0, 0.0], "faults": [0.0, 0.0], "warmup_calls": 40, "stable": True,
        "cells": [1, 1], "copy_bytes": 0, "copy_ns": 0.0}}
print(json.dumps({{"pid": 7, "core": None, "huge_pages": "", "numpy": "2", "python": "3",
                  "seen": 10 * job["cols"], "failures": [], "pairs": [pair]}}))
"""


class Played:
    """Searches with processes of which one is interrupted, and counts them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.folder = folder
        self.log = folder / "log"
        monkeypatch.setattr(subject, "check_interpreter", lambda _: None)
        monkeypatch.setattr(subject, "_build", lambda *_: SimpleNamespace(found=None))
        monkeypatch.setattr(subject, "_task", self._task)

    def _task(self, program: Any, crate: Any, variants: Any, case: Case, search: Any) -> Task:
        del program, crate, variants, search
        name = f"wave/{case.cols}"
        return Task(replace(case, name=name), (Pairing(("a", "b")),), {"cols": case.cols}, {})

    def search(self, until: int) -> Tuning:
        python = self.folder / "python"
        text = SCRIPT.format(python=sys.executable, log=str(self.log), until=until)
        python.write_text(text)
        python.chmod(0o755)
        effort = Effort(3, 0.1)
        search = subject.Search(100, 100_000, effort, None, None)
        core: Any = SimpleNamespace(name="wave")
        nothing: Any = None
        return subject.tune(nothing, nothing, core, CASE, search, str(python), lambda *_: None)

    @property
    def started(self) -> int:
        """How many processes there were."""
        return len(self.log.read_text().split())


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    return Played(tmp_path, monkeypatch)


def test_the_crossover_is_searched_from_coarse_to_fine(played: Played) -> None:
    found = played.search(until=0)
    # Parallel takes 98 % where 4.8 ns per value have paid for 20 µs.
    assert found.crossover is not None
    assert found.crossover.value == pytest.approx(10 * 20_000.0 / 4.8, rel=0.02)
    assert all(one.processes == 3 for one in found.points)
    assert not found.interrupted


def test_an_interrupt_ends_the_search_with_what_was_measured(played: Played) -> None:
    # Six sizes in rounds: the first was measured by two processes.
    found = played.search(until=8)
    assert played.started == 8
    assert found.interrupted
    assert [one.processes for one in found.points] == [2, 1, 1, 1, 1, 1]
    assert [one.interval is None for one in found.points] == [False, *[True] * 5]
    assert (found.pays, found.crossover) == (Pays.UNKNOWN, None)


def test_an_interrupt_of_the_closer_look_keeps_the_first_one(played: Played) -> None:
    # 18 processes look coarsely; the closer look has measured a first size by one.
    found = played.search(until=20)
    assert played.started == 20
    assert found.interrupted
    assert [one.processes for one in found.points] == [3] * 6


def test_an_interrupt_of_the_first_process_leaves_nothing(played: Played) -> None:
    with pytest.raises(KeyboardInterrupt):
        played.search(until=1)
    assert played.started == 1


# --- the command line --------------------------------------------------------------------------


def test_the_command_line_shows_earlier_results_and_ends_with_130(
    played: Played, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = played.search(until=0)
    played.log.unlink()
    second = replace(played.search(until=8), case=replace(CASE, indicator="other"))
    made = iter([first, second, first])
    named = [SimpleNamespace(case=CASE, core=None)] * 3
    monkeypatch.setattr(
        command,
        "load_crate",
        lambda *_: SimpleNamespace(inputs=SimpleNamespace(program=None), crate=None),
    )
    monkeypatch.setattr(command, "_subjects", lambda *_, **__: named)
    monkeypatch.setattr(subject, "tune", lambda *_: next(made))
    assert main(["tune", "wave", "other", "more"]) == 130
    said = capsys.readouterr()
    assert "wave batch, 10 rows\n" in said.out
    assert "threads pay from 41," in said.out
    assert "other batch, 10 rows\n" in said.out
    assert "interrupted: this is what was measured, too little for an answer" in said.out
    assert said.err == "bindcheck: interrupted: what was measured by then is shown\n"
    assert next(made) is first


def test_one_thread_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "wave", "--threads", "1,2"]) == 2
    assert "--threads 1: one thread cannot pay" in capsys.readouterr().err
