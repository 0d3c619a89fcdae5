"""Source lines for snippets."""

from __future__ import annotations

from collections.abc import Mapping


class Sources:
    """Lines of the audited files by display path; decoded once per file."""

    def __init__(self, sources: Mapping[str, bytes]):
        self._sources = sources
        self._lines: dict[str, list[str]] = {}

    def line(self, path: str, number: int) -> str | None:
        """Line `number` (1-based) without its end, or None where the text is not at hand."""
        if path not in self._lines:
            text = self._sources.get(path, b"").decode(errors="replace")
            self._lines[path] = text.split("\n")
        lines = self._lines[path]
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) and any(lines) else None

    def position(self, path: str, offset: int) -> tuple[int, int]:
        """1-based line and column (in characters) of a byte offset."""
        before = self._sources.get(path, b"")[:offset].decode(errors="replace")
        line = before.count("\n") + 1
        return line, len(before) - (before.rfind("\n") + 1) + 1
