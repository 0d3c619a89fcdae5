"""Which exceptions an expression names, and what of an error it looks at."""

from __future__ import annotations

import re

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import Call, Closure, ItemRef, MacroCall, Node, Path

_RAISED = re.compile(r"Py\w*(?:Error|Exception|Warning|Interrupt|Exit|Iteration)")
_CATCH_ALL = frozenset({"PyException", "PyBaseException"})
_DEEPEST = 2


@fact
class Raising:
    """Exceptions of expressions in one function."""

    program: Program
    ref: ItemRef
    anatomy: Anatomy

    def raised(self, node: Node, depth: int = 0) -> list[str]:
        """Exception classes that an expression names, in source order.

        Those of closures with a name (`let refused = || PyValueError::new_err(..)`) and of
        functions that make a `PyErr` are named where they are called.
        """
        found: dict[str, None] = {}
        for part in node.walk():
            segments = part.segments if isinstance(part, Path) else ()
            turbofish = part.turbofish if isinstance(part, Path) else ()
            for name in (*segments, *(one.name for one in turbofish)):
                if _RAISED.fullmatch(name):
                    found[name] = None
            if depth < _DEEPEST:
                found.update(dict.fromkeys(self._behind(part, depth + 1)))
        return list(found)

    def resolved(self, target: Node) -> Node:
        """The closure that a name stands for; anything else is itself."""
        if isinstance(target, Path) and len(target.segments) == 1:
            binding = self.anatomy.binding(target.last, target)
            if binding is not None and isinstance(binding[0], Closure):
                return binding[0]
        return target

    def _behind(self, part: Node, depth: int) -> list[str]:
        if not isinstance(part, Call) or not isinstance(part.function, Path):
            return []
        closure = self.resolved(part.function)
        if isinstance(closure, Closure):
            return self.raised(closure.body, depth)
        for ref in self.program.callees(self.ref).get(part.span, ())[:1]:
            body = anatomy_of(self.program, ref)
            if body is not None and self.program.function(ref).returns.name == "PyErr":
                return Raising(self.program, ref, body).raised(body.body, depth)
        return []


def is_wrong(name: str) -> bool:
    """Whether an exception class says nothing, or is not meant for errors."""
    return name in _CATCH_ALL or name.endswith(("Warning", "Interrupt", "Exit", "Iteration"))


def mentions(node: Node, name: str) -> bool:
    """Whether an expression uses a variable, texts of macros included."""
    if not name or name == "_":
        return False
    word = re.compile(rf"\b{re.escape(name)}\b")
    for part in node.walk():
        if isinstance(part, Path) and part.segments[0] == name:
            return True
        if isinstance(part, MacroCall) and word.search(part.tokens):
            return True
    return False
