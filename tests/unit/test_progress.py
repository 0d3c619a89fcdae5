"""Progress is for people who wait: on a terminal, after a second, and gone at the end."""

from __future__ import annotations

import io
import sys
from contextlib import suppress

import pytest

from bindcheck.cli import progress as module
from bindcheck.cli.progress import Progress, progress
from bindcheck.errors import BindcheckError


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def test_short_work_shows_nothing(clock: Clock) -> None:
    stream = Terminal()
    line = Progress(stream, unicode=True, began=clock.now)
    clock.now += 0.9
    line("parsing", 1, 2)
    line.wipe()
    assert stream.getvalue() == ""


def test_long_work_shows_one_line_that_is_wiped(clock: Clock) -> None:
    stream = Terminal()
    line = Progress(stream, unicode=False, began=clock.now)
    clock.now += 1.5
    line("parsing", 100, 400)
    assert stream.getvalue() == "\r#####--------------- parsing 100/400"
    clock.now += 0.01
    line("parsing", 101, 400)
    line("linking", 0, 0)
    shown = stream.getvalue().split("\r")
    assert len(shown) == 3
    assert shown[2] == "linking".ljust(len(shown[1]))
    line.wipe()
    assert stream.getvalue().endswith("\r" + " " * len(shown[1]) + "\r")


def test_a_pipe_and_a_dumb_terminal_get_none(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    for stream, term in ((io.StringIO(), "xterm"), (Terminal(), "dumb")):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", term)
        with progress() as step:
            clock.now += 5
            step("parsing", 1, 2)
        assert stream.getvalue() == ""


def test_a_line_is_wiped_when_the_work_fails(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with suppress(BindcheckError), progress() as step:
        clock.now += 5
        step("parsing", 1, 2)
        raise BindcheckError("broken")
    assert stream.getvalue().startswith("\r━━━━━━━━━━────────── parsing 1/2")
    assert stream.getvalue().endswith(" \r")
