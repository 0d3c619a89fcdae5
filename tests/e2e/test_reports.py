"""Committed reports are those that the tool makes today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bindcheck.cli import main

REPOSITORY = Path(__file__).parents[2]
SECONDS = re.compile(r" in \d+\.\d s$", re.MULTILINE)


def test_the_conformance_report_is_current(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(REPOSITORY)
    assert main(["audit", "indicators/src"]) == 0
    committed = (REPOSITORY / "reports/conformance.txt").read_text()
    assert SECONDS.sub("", capsys.readouterr().out) == SECONDS.sub("", committed)
