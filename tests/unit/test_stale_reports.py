"""Every format tells of stale entries of a baseline, for they fail the run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bindcheck.cli.formats import FORMAT_NAMES
from bindcheck.report import FORMATS, ReportOptions, Sources, Style
from bindcheck.results import StaleEntry
from bindcheck.testing import audit_source

ENTRY = StaleEntry("BC201", "src/gone.rs", "kept_held", "runs while held", "0f" * 8, "known.json")


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_a_stale_entry_is_told_with_its_file_code_and_item(name: str) -> None:
    clean = audit_source("fn f() {}\n")
    options = ReportOptions(Style())
    without = FORMATS[name](clean, Sources({}), options)
    told = FORMATS[name](replace(clean, stale=(ENTRY,)), Sources({}), options)
    for word in ("src/gone.rs", "BC201", "kept_held"):
        assert told.replace("\\", "").count(word) == without.count(word) + 1
