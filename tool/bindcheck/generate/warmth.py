"""Whether a core writes NaN, as its functions tell."""

from __future__ import annotations

import re

from bindcheck.analysis.program import Program
from bindcheck.generate.lengths import core_function
from bindcheck.model import CoreApi, ItemRef

_WRITTEN = re.compile(r"\bNAN\b|\b\w*(?:with|fill|set|write)\w*nan\w*\s*\(")
_MOST = 100
"""Of a function that reaches more than so many others it is not told."""


def writes_nan(program: Program, core: CoreApi) -> bool:
    """Whether NaN stands in the function of a single call, or in one that it reaches."""
    function = core_function(core)
    todo = [function.ref] if function is not None else []
    seen = set(todo)
    while todo and len(seen) < _MOST:
        ref = todo.pop()
        if _WRITTEN.search(_text(program, ref)):
            return True
        fresh = [one for one in program.called(ref) if one not in seen]
        seen.update(fresh)
        todo += fresh
    return False


def _text(program: Program, ref: ItemRef) -> str:
    span = program.function(ref).span
    return program.source(ref.path)[span.start : span.end].decode("utf-8", "replace")
