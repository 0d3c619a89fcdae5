"""What a benchmark found, for people: text, Markdown and a page of HTML."""

from __future__ import annotations

from bindcheck.report.bench.view import BenchReport

__all__ = ["BenchReport"]
