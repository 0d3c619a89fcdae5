"""The command line knows the formats by name, without importing them."""

from __future__ import annotations

import subprocess
import sys

from bindcheck.cli.formats import FORMAT_NAMES
from bindcheck.report import FORMATS


def test_the_names_are_those_of_the_formats() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES


def test_help_imports_neither_parser_nor_rules_nor_reports() -> None:
    script = (
        "import sys; from bindcheck.cli import main; main(['audit', '--help']);"
        "heavy = {'bindcheck.report', 'bindcheck.rules', 'tree_sitter', 'libcst', 'jinja2'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
