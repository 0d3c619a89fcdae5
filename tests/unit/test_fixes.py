"""Every fix of every rule, over the rule's own bad examples."""

from __future__ import annotations

from collections import Counter

import pytest

from bindcheck.findings import Finding, Safety
from bindcheck.fix import FixRequest, FixResult, fix
from bindcheck.rules import RULES, Example, Rule
from bindcheck.testing import config_of, inputs_from

WITH_FIX = {
    "BC001": Safety.SAFE,
    "BC105": Safety.SAFE,
    "BC106": Safety.SAFE,
    "BC110": Safety.SAFE,
    "BC201": Safety.UNSAFE,
    "BC202": Safety.UNSAFE,
    "BC203": Safety.UNSAFE,
    "BC310": Safety.SAFE,
    "BC401": Safety.SAFE,
}
GENERATED = ("BC101", "BC102", "BC103")


def bad_examples() -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.code}-{number}")
        for rule in RULES
        for number, example in enumerate(rule.bad)
    ]


def files_of(example: Example) -> dict[str, str]:
    return dict(example.files) | {"src/lib.rs": example.code}


def fixed(files: dict[str, str], pyo3: str) -> FixResult:
    request = FixRequest(unsafe=True, formatting=False)
    return fix(inputs_from(files, pyo3), config_of(), request)


def counted(findings: tuple[Finding, ...]) -> Counter[tuple[str, str]]:
    return Counter((one.code, one.item) for one in findings)


@pytest.mark.parametrize(("rule", "example"), bad_examples())
def test_fixes_take_their_findings_away_and_nothing_else(rule: Rule, example: Example) -> None:
    files = files_of(example)
    before = fix(inputs_from(files, example.pyo3), config_of(), FixRequest(formatting=False))
    result = fixed(files, example.pyo3)
    assert all(one.finding.code != rule.code for one in result.refused)
    left = counted(result.report.findings)
    held = counted(before.report.findings)
    held.update(counted(before.fixed))
    held.subtract(counted(result.fixed))
    serious = {one.code for one in result.report.findings if one.severity.rank > 0}
    assert all(left[key] <= held[key] for key in left if key[0] in serious)
    assert not result.inputs.problems


@pytest.mark.parametrize(("rule", "example"), bad_examples())
def test_the_second_run_of_the_fixes_changes_nothing(rule: Rule, example: Example) -> None:
    del rule
    first = fixed(files_of(example), example.pyo3)
    files = {path: first.inputs.sources.get(path, b"").decode() for path in files_of(example)}
    files = {path: text for path, text in files.items() if text}
    assert fixed(files | _manifest(example), example.pyo3).fixed == ()


def _manifest(example: Example) -> dict[str, str]:
    return {path: text for path, text in example.files if path == "Cargo.toml"}


def test_the_rules_whose_examples_are_fixed_are_these() -> None:
    found: dict[str, set[Safety]] = {}
    for rule in RULES:
        for example in rule.bad:
            for one in fixed(files_of(example), example.pyo3).fixed:
                assert one.fix is not None
                found.setdefault(one.code, set()).add(one.fix.safety)
    assert found == {code: {safety} for code, safety in WITH_FIX.items()}


@pytest.mark.parametrize("code", GENERATED)
def test_a_missing_piece_points_to_the_generator(code: str) -> None:
    rule = next(one for one in RULES if one.code == code)
    result = fixed(files_of(rule.bad[-1]), rule.bad[-1].pyo3)
    (missing,) = (one for one in result.report.findings if one.code == code)
    assert missing.fix is not None
    assert missing.fix.safety is Safety.DISPLAY
    assert missing.fix.title.startswith("bindcheck generate ")
    assert missing.fix.title in missing.help


def test_what_the_generator_cannot_split_is_not_promised() -> None:
    rule = next(one for one in RULES if one.code == "BC104")
    (missing,) = (
        one
        for one in fixed(files_of(rule.bad[0]), rule.bad[0].pyo3).report.findings
        if one.code == "BC104"
    )
    assert missing.fix is None
    assert "bindcheck generate" not in missing.help
