"""What the names in a body mean, however they are spelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bindcheck.analysis.cores.aliases import Unaliased, type_aliases
from bindcheck.analysis.program import Program
from bindcheck.generate.context import Facts
from bindcheck.generate.held.known import forwarded_of, functions_of
from bindcheck.generate.held.same.terms import Term
from bindcheck.model import Block, Call, ItemRef, Path, Struct, Use

_ROOTS = frozenset({"alloc", "core", "numpy", "pyo3", "std"})
_RENAMINGS = 4
"""So many imports of an import are followed."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Resolves paths in the file of a core; `uses` are the imports of the body itself.

    `functions` are those of the core, by what they are; `forwarded` are functions that those hand
    everything on to, with the places of their arguments there. `moved` tells where arguments stood
    when the body was written, by the function that takes them.
    """

    program: Program
    path: str
    scope: tuple[str, ...]
    uses: tuple[Use, ...]
    functions: dict[ItemRef, str]
    forwarded: dict[str, tuple[str, tuple[int, ...]]]
    input: ItemRef | None
    series: frozenset[str]
    validator: ItemRef | None
    moved: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, facts: Facts, body: Block, moved: Mapping[str, tuple[int, ...]]) -> Naming:
        """The names of a body that stands where the core's binding does."""
        core, found = facts.core, forwarded_of(facts)
        uses = [use for one in body.walk() if isinstance(one, Block) for use in one.uses]
        made = core.constructors[0] if core.constructors else None
        return cls(
            facts.program,
            core.path,
            facts.names.scope,
            tuple(uses),
            {one.ref: one.name for one in functions_of(core).values()},
            {name: (found.names[name], found.places[name]) for name in found.names},
            core.input,
            frozenset(one.name for one in made.series) if made is not None else frozenset(),
            facts.kernel_reader(),
            moved,
        )

    def function(self, segments: Sequence[str]) -> ItemRef | None:
        """The function of the crate that a path means."""
        found = self.program.resolve(self._local(segments), self.path, self.scope)
        return found[0] if len(found) == 1 else None

    def type(self, segments: Sequence[str]) -> ItemRef | None:
        """The struct or enum of the crate that a path means."""
        return self.program.resolve_type(self._local(segments), self.path, self.scope)

    def _local(self, segments: Sequence[str]) -> tuple[str, ...]:
        """A path with what the body itself imports under its first name; that hides all others."""
        for use in self.uses:
            if segments and use.name == segments[0] and use.path and use.path != (use.name,):
                return (*use.path, *segments[1:])
        return tuple(segments)

    def is_local(self, segments: Sequence[str]) -> bool:
        """Whether a name alone is one of the file, not one that the body imports."""
        return len(segments) == 1 and self._local(segments) == tuple(segments)

    def placed(self, name: str, args: tuple[Term, ...]) -> tuple[Term, ...]:
        """The arguments of a function in the order in which it takes them now."""
        order = self.moved.get(name, ())
        return tuple(args[at] for at in order) if len(order) == len(args) else args

    def fails(self, ref: ItemRef) -> bool:
        """Whether a function gives a result, also by an alias of any name."""
        item = self.program.function(ref)
        said = Unaliased(self.program, type_aliases(self.program))
        kind = said.type(item.returns, ref.path, item.scope)
        return item.returns.name.endswith("Result") or kind.name == "Result"

    def is_empty(self, segments: Sequence[str]) -> bool:
        """Whether a struct of the crate has no fields, so that there is one value of it."""
        ref = self.type(segments) if segments else None
        item = self.program.struct(ref) if ref is not None else None
        return isinstance(item, Struct) and not item.fields

    def called(self, segments: Sequence[str]) -> Term:
        """The function that a path means, or the one that it only hands everything on to."""
        ref = self.function(segments)
        body = self.program.body(ref) if ref is not None else None
        if ref is None or body is None or not body.tail or len(body.statements) != 1:
            return self.spelled(segments)
        function, call = self.program.function(ref), body.statements[0]
        path = call.function if isinstance(call, Call) else None
        if not isinstance(call, Call) or not isinstance(path, Path) or path.turbofish:
            return self.spelled(segments)
        given = [one.text if isinstance(one, Path) else "" for one in call.args]
        owned = function.owner and path.segments[:-1] in (("Self",), (function.owner,))
        if not owned or given != [one.name for one in function.params]:
            return self.spelled(segments)
        other = self.elsewhere(ref.path, function.scope)
        target = other.function((function.owner, path.last))
        return self.spelled(segments) if target is None else ("function", *target)

    def spelled(self, segments: Sequence[str]) -> Term:
        """A path as what it means: an item of the crate, one of another crate, or its text."""
        function = self.function(segments)
        if function is not None:
            return ("function", function.path, function.index)
        for length in range(len(segments), 0, -1):
            kind = self.type(segments[:length])
            if kind is not None:
                return ("type", kind.path, kind.index, *segments[length:])
        full = self._imported(self._local(segments))
        if full[0] in _ROOTS:
            # Where a crate has an item is no matter: `pyo3::PyErr` is `pyo3::prelude::PyErr`.
            owned = len(full) > 1 and full[-2][:1].isupper()
            full = full[-2:] if owned else full[-1:]
        return ("path", *full)

    def _imported(self, segments: tuple[str, ...]) -> tuple[str, ...]:
        named = {
            one.name: one.path
            for one in self.program.modules[self.path].uses
            if one.name not in ("*", "_") and one.path
        }
        for _ in range(_RENAMINGS):
            path = named.get(segments[0])
            if path is None or path[0] == segments[0]:
                break
            segments = (*path, *segments[1:])
        return segments[1:] if segments[0] == "" else segments

    def elsewhere(self, path: str, scope: tuple[str, ...]) -> Naming:
        """The names of a function of another place."""
        return replace(self, path=path, scope=scope, uses=())
