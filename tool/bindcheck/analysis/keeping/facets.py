"""What others see of a body than those who read all of it.

Who asks for a facet depends on the body by that alone: where it is the same of another body, all
that was made of it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bindcheck.analysis.bindings.interface import keys_in
from bindcheck.analysis.bindings.roles import makes_matrix, types_in
from bindcheck.analysis.failing.failures import lost_in
from bindcheck.analysis.program import Program
from bindcheck.model import ItemRef

FACETS: Mapping[str, Callable[[Program, ItemRef], object]] = {
    "calls": lambda program, ref: tuple(program.callees(ref).values()),
    "types": types_in,
    "matrix": makes_matrix,
    "keys": keys_in,
    "losses": lost_in,
}
"""By the names under which bodies are read for them."""
