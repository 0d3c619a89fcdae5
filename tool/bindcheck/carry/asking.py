"""What a run has asked of its sources, its reports included."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bindcheck.analysis.keeping.asked import Asked
from bindcheck.findings import Finding
from bindcheck.model import ItemRef
from bindcheck.results import AuditReport

if TYPE_CHECKING:
    from bindcheck.analysis.program import Program

_PLACE = re.compile(r"([^\s`'\"(]+\.rs):\d")


def asked_of(programs: Iterable[Program], reports: Sequence[AuditReport]) -> Asked:
    """All questions; files of which a report tells a line, or what does not parse, count whole."""
    asked = Asked()
    for program in programs:
        asked.add(program.asked)
        asked.whole.update(program.noted())
        asked.fixed.update(_fixed(program, reports))
    for report in reports:
        asked.whole.update(one.path for one in report.skipped)
        asked.whole.update(one.path for one in report.unanalysed)
        asked.whole.update(_told(report))
    return asked


def _fixed(program: Program, reports: Iterable[AuditReport]) -> Iterator[ItemRef]:
    """Functions that fixes change, or that what they fix is in."""
    for one in (one for report in reports for one in _findings(report)):
        edits = () if one.fix is None else one.fix.edits
        places = {(edit.path, edit.start_byte) for edit in edits}
        here = program.modules.get(one.location.path)
        if edits and here is not None:
            # What starts the line is in the same function.
            places.add((here.path, here.lines.starts[one.location.line - 1]))
            places.add((here.path, here.lines.starts[one.location.end_line - 1]))
        for path, at in places:
            module = program.modules.get(path)
            for index, function in enumerate(module.functions if module is not None else ()):
                if function.span.start <= at <= function.span.end:
                    yield ItemRef(path, index)


def _findings(report: AuditReport) -> tuple[Finding, ...]:
    return (*report.findings, *(one.finding for one in report.ignored))


def _told(report: AuditReport) -> Iterator[str]:
    """Files whose lines the text of a finding names."""
    for one in _findings(report):
        for text in (one.message, one.help, one.cost or ""):
            yield from _PLACE.findall(text)
