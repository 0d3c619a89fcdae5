"""Comments of an old body: those before what is kept stay there, others are told or refused."""

from __future__ import annotations

import re
from collections import Counter

from bindcheck.fact import fact
from bindcheck.generate.regions import comments

_SUPPRESSION = re.compile(r"bindcheck:\s*ignore\b")


@fact
class Remark:
    """A comment: its text, and the offset of its first character in the text that it stands in."""

    text: str
    at: int

    @property
    def suppresses(self) -> bool:
        """Whether findings are ignored for it."""
        return is_suppression(self.text)


def is_suppression(comment: str) -> bool:
    """Whether a comment tells to ignore findings."""
    return _SUPPRESSION.search(comment) is not None


def above(source: bytes, at: int) -> str:
    """The lines of comments right above the statement that starts at a byte."""
    lines = source[:at].decode("utf-8").split("\n")
    found: list[str] = []
    if lines.pop().strip():
        return ""
    while lines and lines[-1].strip().startswith("//"):
        found.insert(0, f"{lines.pop().strip()}\n")
    return "".join(found)


def gone(old: str, new: str) -> tuple[Remark, ...]:
    """The comments of a text that another one does not have."""
    left = Counter(text for _, text in comments(new))
    found = []
    for at, text in comments(old):
        if left[text]:
            left[text] -= 1
        else:
            found.append(Remark(text, at))
    return tuple(found)
