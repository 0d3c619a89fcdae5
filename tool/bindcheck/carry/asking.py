"""What a run has asked of its sources, its reports included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bindcheck.analysis.asked import Asked
from bindcheck.results import AuditReport

if TYPE_CHECKING:
    from bindcheck.analysis.program import Program

_PLACE = re.compile(r"([^\s`'\"(]+\.rs):\d")


def asked_of(programs: Iterable[Program], reports: Iterable[AuditReport]) -> Asked:
    """All questions; files of which a report tells a line, or what does not parse, count whole."""
    asked = Asked()
    for program in programs:
        asked.add(program.asked)
        asked.whole.update(program.noted())
    for report in reports:
        asked.whole.update(one.path for one in report.skipped)
        asked.whole.update(one.path for one in report.unanalysed)
        asked.whole.update(_told(report))
    return asked


def _told(report: AuditReport) -> Iterator[str]:
    """Files whose lines the text of a finding names."""
    for one in (*report.findings, *(ignored.finding for ignored in report.ignored)):
        for text in (one.message, one.help, one.cost or ""):
            yield from _PLACE.findall(text)
