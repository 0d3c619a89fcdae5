"""The columns of the table about stubs and tests."""

from __future__ import annotations

import pytest

from bindcheck.results import Mark
from bindcheck.rules.core_examples import CORE, SINGLE, USES, module
from bindcheck.testing import audit_source

CODE = USES + CORE + SINGLE + module("gain_py")
STUB = "def gain(data: object, factor: float | None = None) -> object: ...\n"
TEST = "import example\n\n\ndef test_gain() -> None:\n    assert example.gain([1.0])[0] == 2.0\n"


@pytest.mark.parametrize(
    ("files", "stub", "test"),
    [
        ({}, Mark.ABSENT, Mark.ABSENT),
        ({"example.pyi": STUB}, Mark.PRESENT, Mark.ABSENT),
        ({"example.pyi": "def gain(data: object) -> object: ...\n"}, Mark.FLAWED, Mark.ABSENT),
        ({"tests/test_gain.py": TEST}, Mark.ABSENT, Mark.PRESENT),
        ({"example.pyi": STUB, "tests/test_gain.py": TEST}, Mark.PRESENT, Mark.PRESENT),
    ],
)
def test_stubs_and_tests_are_judged_where_there_are_some(
    files: dict[str, str], stub: Mark, test: Mark
) -> None:
    (row,) = audit_source(CODE, files=files).rows
    marks = dict(row.pieces)
    assert (marks["stub"], marks["test"]) == (stub, test)
