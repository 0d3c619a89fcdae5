"""What the documents say of the tool is what the tool does."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from bindcheck.pattern import PIECES
from bindcheck.rules import RULES

REPOSITORY = Path(__file__).parents[2]


def test_the_table_of_rules_is_that_of_the_command() -> None:
    rows = [
        f"| {rule.code} | {rule.name} | {rule.severity.value} | {rule.summary} |" for rule in RULES
    ]
    document = REPOSITORY / "docs" / "rules.md"
    head = document.read_text().split("\n| BC", 1)[0].rstrip("\n")
    wanted = "\n".join((head, *rows, ""))
    if os.environ.get("BINDCHECK_UPDATE_GOLDEN"):
        document.write_text(wanted)
    assert document.read_text() == wanted


def test_the_readme_explains_every_column_of_the_table() -> None:
    text = (REPOSITORY / "README.md").read_text()
    table = text.split("| column | what it shows |", 1)[1].split("\n\n", 1)[0]
    named = {
        name.strip() for row in table.splitlines() if row for name in row.split("|")[1].split(",")
    }
    assert {piece.title for piece in PIECES} <= named


DOCUMENTS = [
    one for folder in (".", "docs", "reports") for one in sorted((REPOSITORY / folder).glob("*.md"))
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.name)
def test_links_lead_to_files_that_are_there(document: Path) -> None:
    found = re.findall(r"\]\((?!\w+:)([^)#\s]+)", document.read_text())
    assert [one for one in found if not (document.parent / one).exists()] == []


def test_the_reports_that_are_described_are_kept() -> None:
    """They are all ignored but for those that are named one by one."""
    described = re.findall(r"`(\w+\.txt)` is ", (REPOSITORY / "reports" / "README.md").read_text())
    kept = (REPOSITORY / ".gitignore").read_text().splitlines()
    assert "tune.txt" in described
    assert [one for one in described if f"!/reports/{one}" not in kept] == []
