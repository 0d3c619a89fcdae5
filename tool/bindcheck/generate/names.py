"""How generated code names things: short where the file imports them, else by their whole path."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.traits import METHODS
from bindcheck.model import ItemRef, Span, Use

PRELUDE = frozenset(
    {
        *("Bound", "Borrowed", "Py", "PyAny", "PyErr", "PyModule", "PyRef", "PyRefMut"),
        *("PyResult", "Python", "pyclass", "pyfunction", "pymethods", "pymodule"),
    }
)

EXTERNAL = (
    "numpy::PyArray1",
    "numpy::PyReadonlyArray1",
    "pyo3::Bound",
    "pyo3::PyResult",
    "pyo3::Python",
    "pyo3::exceptions::PyMemoryError",
    "pyo3::exceptions::PyValueError",
    "pyo3::pyclass",
    "pyo3::pyfunction",
    "pyo3::pymethods",
    "pyo3::types::PyDict",
)

TRAITS = ("numpy::IntoPyArray", "numpy::PyArrayMethods", "pyo3::prelude::*")
"""What brings the methods that templates call."""

_OUTER = ("super",)


@fact
class FileNames:
    """What the imports of one file bring in, for items under the cfg predicates `gate`.

    `scope` are the inline modules that the items stand in, none for the top of the file. Imports in
    `generated` spans do not count. `brought` are imports under any name, `_` included: traits.
    """

    program: Program
    path: str
    imported: frozenset[tuple[str, ...]]
    prelude: bool
    globs: frozenset[tuple[str, ...]] = frozenset()
    gate: str = ""
    generated: tuple[Span, ...] = ()
    scope: tuple[str, ...] = ()
    brought: frozenset[tuple[str, ...]] = frozenset()

    @classmethod
    def of(
        cls,
        program: Program,
        path: str,
        gate: str,
        generated: Iterable[Span] = (),
        scope: tuple[str, ...] = (),
    ) -> FileNames:
        """Read the imports of a file that hold in one of its modules."""
        spans = tuple(generated)
        uses = [
            use
            for use in program.modules[path].uses
            if use.scope == scope
            and _holds_under(use, gate)
            and not any(span.contains(use.span) for span in spans)
        ]
        imported = {use.path for use in uses if use.path and use.path[-1] == use.name}
        brought = frozenset(use.path for use in uses if use.name != "*")
        globs = frozenset(use.path for use in uses if use.name == "*")
        if scope and _OUTER in globs:
            # What the module around imports for itself is seen in here too.
            outer = cls.of(program, path, gate, spans, scope[:-1])
            imported |= outer.imported
            brought |= outer.brought
            globs |= outer.globs
        prelude = ("pyo3", "prelude") in globs
        return cls(program, path, frozenset(imported), prelude, globs, gate, spans, scope, brought)

    def inside(self, scope: tuple[str, ...]) -> FileNames:
        """The same in a module of the file."""
        if scope == self.scope:
            return self
        return self.of(self.program, self.path, self.gate, self.generated, scope)

    def at_top(self, name: str) -> str:
        """A function at the top of the file that is still to be written."""
        return "super::" * len(self.scope) + name

    def external(self) -> dict[str, str]:
        """Text for each of `EXTERNAL`, and for `drop`, by its last segment."""
        found = {full.rsplit("::", 1)[-1]: self._external(full) for full in EXTERNAL}
        module = self.program.modules[self.path]
        named = (one.name for one in (*module.functions, *module.uses) if one.scope == self.scope)
        return found | {"drop": "::core::mem::drop" if "drop" in named else "drop"}

    def one(self, full: str) -> str:
        """A type of another crate or of this one, by its whole path."""
        return self._external(full)

    def sees(self, ref: ItemRef) -> bool:
        """Whether a function of the crate can be named here."""
        item = self.program.function(ref)
        owner = self.program.module_path(ref.path, item.scope)
        here = self.program.module_path(self.path, self.scope)
        if not item.visibility.startswith("pub"):
            return here[: len(owner)] == owner
        if item.visibility not in ("pub", "pub(crate)") and here[: len(owner) - 1] != owner[:-1]:
            return False
        return self.program.is_visible(owner, here)

    def _external(self, full: str) -> str:
        path = tuple(full.split("::"))
        if path in self.imported or (self.prelude and path[-1] in PRELUDE):
            return path[-1]
        return self.outside(full)

    def outside(self, full: str) -> str:
        """A path into another crate; a module of the file, or an import, may have its name."""
        first, module = full.partition("::")[0], self.program.modules[self.path]
        hidden = any(one.name == first and one.scope == self.scope for one in module.mods)
        hidden = hidden or any(
            one.name == first and one.path != (first,) and one.scope == self.scope
            for one in module.uses
        )
        return f"::{full}" if hidden else full

    def traits(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Those of the traits `crate::Trait` that the file does not import."""
        return tuple(self.outside(full) for full in wanted if not self._has(full))

    def _has(self, full: str) -> bool:
        *folder, last = full.split("::")
        if last == "*":
            return tuple(folder) in self.globs
        folders = {tuple(folder), *([(folder[0], "prelude")] if last in METHODS else [])}
        named = {(*one, last) for one in folders} & self.brought
        return bool(named or folders & self.globs)

    def function(self, ref: ItemRef) -> str:
        """A function of the crate."""
        item = self.program.function(ref)
        return self._item(ref, item.name, item.scope, item.owner)

    def type(self, ref: ItemRef) -> str:
        """A struct or enum of the crate."""
        item = self.program.struct(ref)
        found = self.program.resolve_type(item.name, self.path, self.scope)
        if found == ref and not self._is_generated(item.name):
            return item.name
        return "::".join((*self.program.module_path(ref.path, item.scope), item.name))

    def _item(self, ref: ItemRef, name: str, scope: tuple[str, ...], owner: str) -> str:
        tail = (owner, name) if owner else (name,)
        found = self.program.resolve(tail, self.path, self.scope)
        if found == (ref,) and not self._is_generated(tail[0]):
            return "::".join(tail)
        return "::".join((*self.program.module_path(ref.path, scope), *tail))

    def _is_generated(self, name: str) -> bool:
        """Whether a name is only that of an import which was generated."""
        uses = [one for one in self.program.modules[self.path].uses if one.name == name]
        return any(span.contains(one.span) for one in uses for span in self.generated)


def _holds_under(use: Use, gate: str) -> bool:
    """Whether an import exists wherever an item under `gate` does."""
    return all(str(cfg).replace(" ", "") == gate.replace(" ", "") for cfg in use.cfg)
