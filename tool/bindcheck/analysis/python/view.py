"""The Python side of a program: its sources, what Python finds in the extension, what tests use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bindcheck.analysis.bindings.class_members import Classes
from bindcheck.analysis.bindings.exports import Exports
from bindcheck.analysis.keeping.reads import KeptProperty
from bindcheck.python_side.side import PythonSide
from bindcheck.python_side.usage import Usage, usage_of

if TYPE_CHECKING:
    from bindcheck.analysis.program import Program


class PythonView:
    """Facts of both sides, each computed when it is first asked for."""

    def __init__(self, program: Program, side: PythonSide):
        self._program = program
        self.side = side

    @KeptProperty
    def exports(self) -> Exports:
        """Names that Python finds in the extension module."""
        program = self._program
        own = program.crate is None or program.crate.builder is None
        module = self.side.module
        return Exports(program, program.entries, program.registrations, module, own=own)

    @KeptProperty
    def classes(self) -> Classes:
        """What Python finds in each class."""
        return Classes(self._program, self._program.entries)

    @KeptProperty
    def usage(self) -> Usage:
        """What the Python tests reach of it."""
        return usage_of(self.side)


def no_extension(program: Program) -> str | None:
    """Why nothing can be said about the Python side of a crate; None when something can."""
    view, crate = program.python, program.crate
    if view is None or crate is None:
        return "the Python side of the crate was not read"
    if not crate.extension.builds_extension:
        return (
            "the crate builds no extension module (neither `cdylib` nor `[tool.maturin]`), "
            "and no member of its workspace that does passes it on (`pub use`)"
        )
    if view.exports.root is None:
        return f"no #[pymodule] for `{view.side.module}` is reached from the root of the crate"
    return None
