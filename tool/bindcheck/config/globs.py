"""Globs as in .gitignore: `**` crosses folders, a name without a slash is found at any depth."""

from __future__ import annotations

import re
from functools import cache
from os.path import abspath
from pathlib import Path

from bindcheck.fact import fact

_TOKEN = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_WILD = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@fact
class Glob:
    """A pattern relative to `root`. A pattern that matches a folder matches all below it."""

    root: Path
    pattern: str

    def matches(self, path: Path | str) -> bool:
        """Whether `path`, absolute or from the working directory, is matched."""
        full = Path(abspath(path))
        if not full.is_relative_to(self.root):
            return False
        return _compiled(self.pattern).match(full.relative_to(self.root).as_posix()) is not None


def glob_complaint(pattern: str) -> str | None:
    """What is wrong with a pattern that could not do what its author means, else None."""
    if not pattern.strip("/ "):
        return "a glob must name something"
    if pattern.startswith("!"):
        return f"{pattern!r}: a glob cannot be turned around by `!`"
    if "\\" in pattern:
        return f"{pattern!r}: folders are parted by `/`, also on Windows"
    if ".." in pattern.split("/"):
        return f"{pattern!r}: a glob reaches below its folder only, so `..` matches nothing"
    rest = "".join(token for token in _TOKEN.findall(pattern) if len(token) == 1)
    if "[" in rest:
        return f"{pattern!r}: `[` is not closed"
    try:
        _compiled(pattern)
    except re.error as error:
        return f"{pattern!r}: {error.msg}"
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    trimmed = pattern.removeprefix("./").rstrip("/")
    anywhere = "" if "/" in trimmed else "(?:.*/)?"
    body = "".join(_translated(token) for token in _TOKEN.findall(trimmed.lstrip("/")))
    return re.compile(rf"{anywhere}{body}(?:/.*)?\Z", re.DOTALL)


def _translated(token: str) -> str:
    if token in _WILD:
        return _WILD[token]
    if len(token) > 1 and token.startswith("["):
        inner = token[1:-1].replace("\\", r"\\")
        return f"[^/{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    return re.escape(token)
