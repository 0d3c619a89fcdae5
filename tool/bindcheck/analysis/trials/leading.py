"""Which functions of a file may come to some text, by the names that they mention.

This is a guess, made without reading a body: what is run for it tells what is true.
"""

from __future__ import annotations

from bindcheck.analysis.keeping.reads import remembered
from bindcheck.analysis.matching import Patterns, matching
from bindcheck.analysis.program import Program
from bindcheck.model import ItemRef

_DEEPEST = 4


@remembered(16)
def leading(program: Program, path: str, patterns: Patterns) -> frozenset[ItemRef]:
    """The functions of a file that match one of `patterns`, or mention one that leads there."""
    level = [*matching(program, path, patterns)]
    functions = {
        ItemRef(path, index): function
        for index, function in enumerate(program.modules[path].functions if level else ())
        if function.body_span is not None and program.active(function.cfg, path)
    }
    found: set[ItemRef] = set()
    for _ in range(_DEEPEST):
        found.update(level)
        names = tuple(sorted({f"{functions[one].name}(".encode() for one in level}))
        rest = (one for one in functions if one not in found) if names else ()
        level = [one for one in rest if program.mentions(one, names)]
    return frozenset(found)
