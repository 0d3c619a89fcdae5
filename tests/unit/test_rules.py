"""Every rule keeps the contract of a rule, and its own examples prove it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import bindcheck.rules
from bindcheck.rules import RULES, Example, Rule
from bindcheck.testing import audit_example

HEADINGS = ("What it does", "Why it matters", "Example", "Instead", "Fix safety")

ids = [rule.code for rule in RULES]

WIDESPREAD = {rule.code for rule in RULES if rule.widespread}


def examples(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.code}-{kind}-{number}")
        for rule in RULES
        for number, example in enumerate(getattr(rule, kind))
    ]


def test_the_tuple_has_every_rule_file_once_in_order() -> None:
    files = {
        name[:5].upper()
        for _, name, _ in pkgutil.iter_modules(bindcheck.rules.__path__)
        if re.match(r"bc\d{3}_", name)
    }
    codes = [rule.code for rule in RULES]
    assert codes == sorted(files)


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_file_class_code_and_name_agree(rule: Rule) -> None:
    module = type(rule).__module__.rsplit(".", 1)[-1]
    camel = "".join(part.capitalize() for part in rule.name.split("-"))
    assert module == f"{rule.code.lower()}_{rule.name.replace('-', '_')}"
    assert type(rule).__name__.lower() == camel.lower()
    assert importlib.import_module(type(rule).__module__).__doc__


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_the_documentation_has_the_five_headings_in_order(rule: Rule) -> None:
    text = inspect.cleandoc(rule.__doc__ or "")
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == HEADINGS
    for heading in ("What it does", "Why it matters", "Fix safety"):
        body = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
        assert len(body.split()) >= 8, f"{heading} says nothing"


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_a_rule_has_bad_and_good_examples(rule: Rule) -> None:
    assert rule.bad
    assert rule.good
    assert rule.summary


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_a_bad_example_is_reported_and_nothing_else_is(rule: Rule, example: Example) -> None:
    report = audit_example(example)
    own = [finding for finding in report.findings if finding.code == rule.code]
    others = {finding.code for finding in report.findings} - {rule.code}
    assert len(own) == example.findings
    assert others - WIDESPREAD == set(example.also) - WIDESPREAD
    assert not report.skipped


@pytest.mark.parametrize(("rule", "example"), examples("good"))
def test_a_good_example_is_clean_under_every_rule(rule: Rule, example: Example) -> None:
    report = audit_example(example)
    found = {finding.code for finding in report.findings}
    assert rule.code not in found
    assert found - WIDESPREAD == set(example.also) - WIDESPREAD
    assert not report.skipped


@pytest.mark.parametrize("rule", RULES, ids=ids)
def test_findings_lie_within_the_file_and_name_an_item(rule: Rule) -> None:
    for example in rule.bad:
        files = dict(example.files) | {"src/lib.rs": example.code}
        for finding in audit_example(example).findings:
            place = finding.location
            assert finding.item
            assert finding.message
            assert len(finding.fingerprint) == 16
            if place.path in files:
                lines = files[place.path].split("\n")
                assert 1 <= place.line <= place.end_line <= len(lines)
                assert 1 <= place.column <= len(lines[place.line - 1]) + 1
