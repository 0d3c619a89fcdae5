"""What of the body of a binding others see than the checks of its own file.

Where all of it is the same of another body, the checks of other files find what they found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bindcheck.analysis.bindings.interface import INTERFACES, interface
from bindcheck.analysis.bindings.roles import ROLES, shown_types
from bindcheck.analysis.linking.calls import CALLS
from bindcheck.analysis.program import Program
from bindcheck.model import EntryPoint


def _shape(program: Program, entry: EntryPoint) -> tuple[object, ...]:
    found = interface(program, entry)
    return () if found is None else (found.arguments, found.kind, found.keys)


SEEN: Mapping[str, Callable[[Program, EntryPoint], tuple[object, ...]]] = {
    CALLS: lambda program, entry: program.called(entry.ref),
    ROLES: lambda program, entry: shown_types(program, entry.ref),
    INTERFACES: _shape,
}
"""By whom bodies are read (see `Asked`), with what is seen of one."""
