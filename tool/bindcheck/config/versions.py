"""The PyO3 releases that a planned upgrade can be checked against."""

from __future__ import annotations

import re

from bindcheck.crate import Version

NEWEST_PYO3 = Version(0, 30, 0)
"""The newest release whose renamed names the rules know."""

_RELEASE = re.compile(r"v?(?!0\.0\b)\d+\.\d+(?:\.\d+)?(?:[-+][\w.+-]+)?")


def version_complaint(text: str) -> str | None:
    """What is wrong with a PyO3 release to plan for, else None."""
    newest = f"{NEWEST_PYO3.major}.{NEWEST_PYO3.minor}"
    version = Version.parse(text)
    if version is None or not _RELEASE.fullmatch(text):
        return f"must be a PyO3 release such as {newest}, not {text!r}"
    if (version.major, version.minor) > (NEWEST_PYO3.major, NEWEST_PYO3.minor):
        return f"{text!r} is not known here: the newest PyO3 release that is, is {newest}"
    return None
