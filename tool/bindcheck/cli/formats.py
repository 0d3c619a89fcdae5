"""The names of the formats of `audit`: what the command line needs before any format is at hand."""

from __future__ import annotations

FORMAT_NAMES = ("text", "json", "sarif", "github", "markdown", "junit")
