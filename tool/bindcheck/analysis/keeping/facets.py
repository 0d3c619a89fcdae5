"""Questions about bodies that are asked again when bodies have changed, by their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bindcheck.analysis.keeping.answers import ANSWERED
from bindcheck.analysis.program import Program


def facet(name: str) -> Callable[[Program, Any], object] | None:
    """The question of a name, about a function or a file; None for anything else that was made."""
    return _called if name == "calls" else ANSWERED.get(name)


def _called(program: Program, ref: Any) -> object:
    return tuple(program.callees(ref).values())
