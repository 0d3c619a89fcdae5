"""Reports: one function per format, all from the same AuditReport."""

from __future__ import annotations

from collections.abc import Callable

from bindcheck.fact import fact
from bindcheck.findings import Severity
from bindcheck.report.github import to_github
from bindcheck.report.jsonreport import to_json
from bindcheck.report.markdown import to_markdown
from bindcheck.report.sources import Sources
from bindcheck.report.style import Style
from bindcheck.report.text import all_crates, to_text
from bindcheck.results import AuditReport


@fact
class ReportOptions:
    """How much a report shows. `per_rule` is None for everything; width in columns.

    All but `fail_on` concern the text report.
    """

    style: Style
    width: int = 100
    per_rule: int | None = 10
    statistics: bool = False
    quiet: bool = False
    fail_on: Severity = Severity.WARNING


def _text(report: AuditReport, sources: Sources, options: ReportOptions) -> str:
    if not report.parts:
        return _section(report, sources, options)
    total = all_crates(report, options.style)
    return "\n".join((*(_section(part, sources, options) for part in report.parts), total))


def _section(report: AuditReport, sources: Sources, options: ReportOptions) -> str:
    return to_text(
        report,
        sources,
        style=options.style,
        width=options.width,
        per_rule=options.per_rule,
        statistics=options.statistics,
        quiet=options.quiet,
    )


def _json(report: AuditReport, sources: Sources, options: ReportOptions) -> str:
    del sources, options
    return to_json(report)


def _sarif(report: AuditReport, sources: Sources, options: ReportOptions) -> str:
    del options
    # It describes the rules: the other formats do without loading them.
    from bindcheck.report.sarif import to_sarif

    return to_sarif(report, sources)


def _github(report: AuditReport, sources: Sources, options: ReportOptions) -> str:
    del sources, options
    return to_github(report)


def _markdown(report: AuditReport, sources: Sources, options: ReportOptions) -> str:
    del sources, options
    return to_markdown(report)


def _junit(report: AuditReport, sources: Sources, options: ReportOptions) -> str:
    del sources
    # It alone writes XML.
    from bindcheck.report.junit import to_junit

    return to_junit(report, options.fail_on)


FORMATS: dict[str, Callable[[AuditReport, Sources, ReportOptions], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
    "github": _github,
    "markdown": _markdown,
    "junit": _junit,
}

__all__ = ["FORMATS", "ReportOptions", "Sources", "Style", "to_json", "to_text"]
