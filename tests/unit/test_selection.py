"""One cause, one finding: what is hidden behind what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bindcheck.findings import Confidence, Finding, Location, Severity
from bindcheck.selection import one_per_cause


def finding(code: str, line: int, *, to: int | None = None, item: str = "gain_py") -> Finding:
    return Finding(
        code,
        code.lower(),
        Severity.WARNING,
        Confidence.CERTAIN,
        Location("src/lib.rs", line, 5, to or line, 40),
        item,
        "",
    )


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        (finding("BC211", 7, to=12), finding("BC201", 9), ["BC211"]),
        (finding("BC211", 7), finding("BC201", 9), ["BC211", "BC201"]),
        (finding("BC211", 9), finding("BC201", 9, item="other_py"), ["BC201", "BC211"]),
        (finding("BC210", 9), finding("BC211", 9), ["BC210"]),
        (finding("BC305", 4), finding("BC310", 4), ["BC305"]),
        (finding("BC305", 4), finding("BC310", 20), ["BC305", "BC310"]),
        (finding("BC207", 2), finding("BC202", 30), ["BC202"]),
        (finding("BC202", 30), finding("BC206", 20), ["BC202"]),
        (finding("BC212", 4), finding("BC211", 20), ["BC212"]),
        (finding("BC204", 4), finding("BC201", 4), ["BC201", "BC204"]),
    ],
)
def test_only_what_another_finding_explains_is_hidden(
    first: Finding, second: Finding, shown: list[str]
) -> None:
    assert [one.code for one in one_per_cause([first, second])] == shown


def test_the_same_finding_twice_is_one() -> None:
    assert len(one_per_cause([finding("BC201", 3), finding("BC201", 3)])) == 1


def test_of_a_finding_that_is_sure_for_one_entry_point_the_surest_is_kept() -> None:
    sure = finding("BC303", 3)
    doubted = [replace(sure, confidence=one) for one in (Confidence.SUSPECT, Confidence.LIKELY)]
    for order in ((*doubted, sure), (sure, *doubted)):
        assert one_per_cause(order) == (sure,)
    worse = replace(sure, severity=Severity.ERROR)
    assert one_per_cause([sure, worse]) == (worse,)
