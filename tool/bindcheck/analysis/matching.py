"""Which functions of a file match a pattern, without reading a body."""

from __future__ import annotations

import re
from bisect import bisect_left

from bindcheck.analysis.program import Program
from bindcheck.model import ItemRef

Patterns = tuple[tuple[bytes, bytes], ...]
"""Regular expressions, each with a word that is in all that it matches."""


def matching(program: Program, path: str, patterns: Patterns) -> tuple[ItemRef, ...]:
    """The functions of a file, compiled in, with a body that matches one of `patterns`."""
    text = program.matched(path, patterns)
    starts = sorted(
        one.start()
        for word, pattern in patterns
        if word in text
        for one in re.finditer(pattern, text)
    )
    functions = enumerate(program.modules[path].functions if starts else ())
    return tuple(
        ItemRef(path, index)
        for index, one in functions
        if one.body_span is not None
        and bisect_left(starts, one.body_span.start) < bisect_left(starts, one.body_span.end)
        and program.active(one.cfg, path)
    )
