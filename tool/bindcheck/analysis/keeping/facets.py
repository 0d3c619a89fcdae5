"""What others see of a body than those who read all of it.

Who asks for a facet depends on the body by that alone: where it is the same of another body, all
that was made of it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bindcheck.analysis.bindings.interface import KEYS, keys_of
from bindcheck.analysis.bindings.roles import MATRICES, TYPES, makes_matrix, types_in
from bindcheck.analysis.costs.parallel import SECTIONS, sections_in
from bindcheck.analysis.costs.reach import CONTEXTS, contexts_in
from bindcheck.analysis.failing.failures import LOSSES, lost_in
from bindcheck.analysis.failing.names import IGNORED, ignored_in_file
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.locks import HOLDS, holds_in

FACETS: Mapping[str, Callable[[Program, Any], object]] = {
    "calls": lambda program, ref: tuple(program.callees(ref).values()),
    TYPES: types_in,
    MATRICES: makes_matrix,
    KEYS: keys_of,
    LOSSES: lost_in,
    IGNORED: ignored_in_file,
    CONTEXTS: contexts_in,
    SECTIONS: sections_in,
    HOLDS: holds_in,
}
"""By the names under which bodies are read for them, of a function or of a file."""
