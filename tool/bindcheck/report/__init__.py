"""Reports: one function per format, all from the same AuditReport."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bindcheck.report.jsonreport import to_json
from bindcheck.report.sources import Sources
from bindcheck.report.style import Style
from bindcheck.report.text import to_text
from bindcheck.results import AuditReport


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How much the text report shows. `per_rule` is None for everything; width in columns."""

    style: Style
    width: int = 100
    per_rule: int | None = 10
    statistics: bool = False
    quiet: bool = False


def _text(report: AuditReport, sources: Sources, options: TextOptions) -> str:
    return to_text(
        report,
        sources,
        style=options.style,
        width=options.width,
        per_rule=options.per_rule,
        statistics=options.statistics,
        quiet=options.quiet,
    )


def _json(report: AuditReport, sources: Sources, options: TextOptions) -> str:
    del sources, options
    return to_json(report)


FORMATS: dict[str, Callable[[AuditReport, Sources, TextOptions], str]] = {
    "text": _text,
    "json": _json,
}

__all__ = ["FORMATS", "Sources", "Style", "TextOptions", "to_json", "to_text"]
