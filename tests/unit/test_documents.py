"""What the documents say of the tool is what the tool does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.pattern import PIECES
from bindcheck.rules import RULES, Rule

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_the_readme_lists_every_rule_as_the_command_does(rule: Rule) -> None:
    row = f"| {rule.code} | {rule.name} | {rule.severity.value} | {rule.summary} |"
    assert row in (REPOSITORY / "README.md").read_text().splitlines()


def test_the_readme_explains_every_column_of_the_table() -> None:
    text = (REPOSITORY / "README.md").read_text()
    table = text.split("| column | what it shows |", 1)[1].split("\n\n", 1)[0]
    named = {
        name.strip() for row in table.splitlines() if row for name in row.split("|")[1].split(",")
    }
    assert {piece.title for piece in PIECES} <= named
