"""The interface of a binding, read: where each argument goes, and what is made on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bindcheck.fact import fact
from bindcheck.generate.arguments import SeriesArgument, constructor_of, free_name
from bindcheck.generate.context import Facts
from bindcheck.generate.held.accounting import account
from bindcheck.generate.held.asked import Asked
from bindcheck.generate.held.evidence import Made
from bindcheck.generate.held.fields import refuse_other_fields
from bindcheck.generate.held.function import HeldFunction, with_result
from bindcheck.generate.held.grid import GridReader
from bindcheck.generate.held.known import functions_of, known_of
from bindcheck.generate.held.prefilled import CallReader
from bindcheck.generate.held.reading import read_body
from bindcheck.generate.held.statements import is_error
from bindcheck.generate.held.symbols import UNKNOWN, Array, Code, Symbol
from bindcheck.generate.held.texts import (
    assigned,
    imports,
    is_view,
    parted,
    refused_none,
    twin,
    value,
    viewed,
    written,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    CoreFunction,
    Let,
    Path,
    Return,
)
from bindcheck.render import rust_string


@fact
class Kept(Asked):
    """A binding's interface, read: where each argument goes, and what the body makes of it."""

    @classmethod
    def of(cls, facts: Facts, held: HeldFunction, update: str = "", *, grid: bool = False) -> Kept:
        """Read a function; `update` takes values, of a `grid` every statement must have a place."""
        held = with_result(facts, held)
        series = held.series()
        slices = {one.name: one.slice for one in series}
        arguments: dict[str, Symbol] = {
            one.name: Array(one.name, raw=True)
            if one.name in slices
            else Code(one.name, frozenset({one.name}), atomic=True)
            for one in held.arguments
        }
        arguments["py"] = Code("py", frozenset({"py"}), atomic=True)
        _refuse_early_ends(held)
        known = known_of(facts, arguments, slices, update, grid=grid)
        if not grid:
            account(held, known)
        read = read_body(held.body, held.source, known, GridReader if grid else CallReader)
        return cls(held, facts, series, read)

    # --- what goes in ------------------------------------------------------------------------

    def inputs(
        self, functions: Sequence[CoreFunction] = ()
    ) -> tuple[dict[str, str], tuple[str, ...], frozenset[str]]:
        """The expression for each series of the core, statements before it, and names used.

        With `functions` only for those that they take one by one.
        """
        values: dict[str, str] = {}
        setup: list[str] = []
        uses: set[str] = set()
        for name, symbol in self._feeds(functions).items():
            if isinstance(symbol, Array):
                one = next(array for array in self.series if array.name == symbol.argument)
                if self._demanded(name, one):
                    setup.append(self._unwrapped(one))
                values[f"series:{name}"] = self._given(name, one)
                uses.add(one.name)
            elif isinstance(symbol, Code) and functions and is_view(symbol):
                values[f"series:{name}"] = symbol.text
                uses |= symbol.uses
            elif isinstance(symbol, Code):
                lines, values[f"series:{name}"] = self._computed(name, symbol)
                setup += lines
                uses |= symbol.uses
            else:
                fact = f"what `{self.held.function.name}` makes the series `{name}` from"
                raise self.held.lacking(fact, *self._calls)
        return values, tuple(setup), frozenset(uses)

    def _computed(self, name: str, symbol: Code) -> tuple[tuple[str, ...], str]:
        """Statements that compute a series, and the expression for it."""
        bare = symbol.text.removeprefix("&")
        if bare in self.names:  # It may be asked for more than the series.
            return (), f"&{bare}"
        taken = (*self.names, *self._slices())
        variable, array = free_name(f"{name}_values", taken), free_name(f"{name}_array", taken)
        owner, part = viewed(symbol.text)
        if owner:  # What a part is of must live as long as that.
            owned = self._released(replace(symbol, text=owner))
            lines = (f"let {array} = {owned};", f"let {variable} = {part.format(array)};")
            return lines, variable
        made, held = parted(self._released(symbol))
        given = variable if is_view(symbol) else f"&{variable}"
        if held:  # It must live as long as what it is asked for.
            return (f"let {array} = {held};", f"let {variable} = {array}{made};"), given
        return (f"let {variable} = {made};",), given

    @property
    def _calls(self) -> tuple[str, ...]:
        """The functions that are given the series."""
        called = (*self.evidence.inputs, *self.evidence.calls)
        return tuple(one.name for one in called)

    def _slices(self) -> tuple[str, ...]:
        return tuple(one.slice for one in self.series)

    def _given(self, name: str, one: SeriesArgument) -> str:
        """The slice of an array, in an option if the core wants one."""
        wanted = next((s for s in constructor_of(self.facts.core).series if s.name == name), None)
        if wanted is not None and wanted.optional and not one.optional:
            return f"Some({one.slice})"
        return one.slice

    def _demanded(self, name: str, one: SeriesArgument) -> bool:
        """Whether an array that may be None in Python is one that the core must have.

        Then a check at the start must refuse None: what else would become of it is not known.
        """
        wanted = next((s for s in constructor_of(self.facts.core).series if s.name == name), None)
        if wanted is None or wanted.optional or not one.optional:
            return False
        if not any(one.slice in refused_none(code.text) for code in self._guards()[0]):
            raise Lacking(f"the series `{name}` where `{one.name}` is None")
        return True

    def _unwrapped(self, one: SeriesArgument) -> str:
        """The slice of an array that a check has found."""
        message = f"{self._error}::new_err({rust_string(f'{one.name} is required')})"
        return f"let Some({one.slice}) = {one.slice} else {{ return Err({message}); }};"

    def required(self) -> tuple[SeriesArgument, ...]:
        """The arrays, without the mark of those that the core must have."""
        wanted = {one.name for one in constructor_of(self.facts.core).series if not one.optional}
        feeds = self._feeds(()).items()
        must = {s.argument for name, s in feeds if name in wanted and isinstance(s, Array)}
        return tuple(
            replace(one, optional=one.optional and one.name not in must) for one in self.series
        )

    def _feeds(self, functions: Sequence[CoreFunction]) -> dict[str, Symbol]:
        """What each series of the core is made from."""
        core = self.facts.core
        made = constructor_of(core)
        wanted = [one.name for one in made.series]
        taken = {role.removeprefix("series:") for one in functions for role in one.roles}
        wanted = [name for name in wanted if name in taken] or wanted
        inputs = [
            {n: s for n, s in zip(made.arguments, one.args, strict=True) if n in wanted}
            for one in self.evidence.inputs
            if one.name == made.function and len(one.args) == len(made.arguments)
        ]
        if inputs:
            if any(one != inputs[0] for one in inputs):
                fact = f"one `{made.function}` that `{self.held.function.name}` calls"
                raise self.held.lacking(fact, made.function)
            return inputs[0]
        names = {one.name for one in made.series}
        others = [one for one in self.evidence.others if one.fields.keys() >= names]
        if others:
            taken_from = [{name: one.fields[name] for name in wanted} for one in others]
            if any(one != taken_from[0] for one in taken_from):
                raise Lacking(f"one input that `{self.held.function.name}` makes", others[-1].at)
            return taken_from[0]
        for called in self.evidence.calls:
            function = functions_of(core)[called.name]
            roles = dict(zip(function.roles, called.args, strict=False))
            found = {name: roles.get(f"series:{name}", UNKNOWN) for name in wanted}
            if all(symbol is not UNKNOWN for symbol in found.values()):
                return found
        names = {one.name for one in self.series}
        arrays = self.evidence.arrays
        if arrays is not None and arrays != tuple(name for name in wanted if name in arrays):
            raise Lacking(f"which arrays `{self.held.function.name}` gives to the core")
        if set(wanted) <= names:
            return {name: Array(name) for name in wanted}
        if len(wanted) == len(names) == 1:
            return {wanted[0]: Array(names.pop())}
        raise Lacking(f"which arrays of `{self.held.function.name}` are {', '.join(wanted)}")

    def literal(
        self, literals: Sequence[Made], struct: str, owner: str
    ) -> tuple[str, frozenset[str]]:
        """The one literal of a struct that the body makes, and the names that it uses."""
        for one in literals:
            refuse_other_fields(self.facts, one, owner, self.types)
        distinct = {written(one, owner) for one in literals}
        if len(distinct) != 1:
            at = literals[-1].at if literals else None
            raise Lacking(f"the one `{owner}` that `{self.held.function.name}` makes", at)
        fields = distinct.pop()
        uses = frozenset[str]().union(*(code.uses for _, code in fields))
        if [name for name, _ in fields] == [""]:
            return fields[0][1].text, uses
        listed = ", ".join(assigned(name, code.text) for name, code in fields)
        return f"{struct} {{ {listed} }}" if listed else f"{struct} {{}}", uses

    def params(self) -> tuple[str, frozenset[str]]:
        """The literal of the parameters."""
        core = self.facts.core
        struct = self.facts.type_name(core.params_struct, "parameters")
        if self.evidence.params:
            return self.literal(self.evidence.params, struct, core.params_struct or "")
        if not self.plain():
            return f"{struct}::default()", frozenset()
        given = {one.name: one.type for one in self.plain()}
        values = {one.name: value(one, given.get(one.name)) for one in core.params}
        if all(values.values()):
            listed = ", ".join(assigned(name, text) for name, text in values.items())
            return f"{struct} {{ {listed} }}", frozenset(values)
        raise Lacking(f"how `{self.held.function.name}` makes `{core.params_struct}`")

    def singles(self) -> tuple[dict[str, str], frozenset[str]]:
        """Expressions for parameters that the core takes one by one, by role."""
        values: dict[str, str] = {}
        uses: set[str] = set()
        for called in self.evidence.calls:
            function = functions_of(self.facts.core)[called.name]
            for role, symbol in zip(function.roles, called.args, strict=False):
                if role.startswith(("param:", "extra:")) and isinstance(symbol, Code):
                    values.setdefault(role, symbol.text)
                    values.setdefault(twin(role), symbol.text)
                    uses |= symbol.uses
        for one in self.plain():
            for kind in ("param", "extra"):
                if f"{kind}:{one.name}" not in values:
                    values[f"{kind}:{one.name}"] = one.name
        return values, frozenset(uses)

    def traits(self, own: Sequence[str], kept: Sequence[str]) -> tuple[str, ...]:
        """Imports that the new body needs: `own`, and those of the old one that it still uses."""
        text = "\n".join(kept)
        needed = list(imports(self.held.body, text, self.held.types, own))
        if re.search(r"\.\s*to_pyarray\(", text):
            needed.append("numpy::ToPyArray")
        return tuple(dict.fromkeys((*own, *needed)))

    def ignored(self, uses: Iterable[str], text: str) -> tuple[str, ...]:
        """Statements for arguments that nothing uses; the old body must have ignored them too."""
        used = set(uses)
        before = self._used_before()
        found = []
        for series in self.series:
            if series.name not in used and series.name in before:
                fact = f"what `{self.held.function.name}` does with `{series.name}`"
                raise self.held.lacking(fact, series.name)
        for one in self.plain():
            if one.name in used or re.search(rf"\b{one.name}\b", text):
                if one.name not in before:
                    raise Lacking(f"why `{self.held.function.name}` leaves `{one.name}` unused")
                continue
            if one.name in before:
                fact = f"what `{self.held.function.name}` does with `{one.name}`"
                raise self.held.lacking(fact, one.name)
            found.append(f"let _ = {one.name};")
        return tuple(found)

    def _used_before(self) -> set[str]:
        """Variables that the old body uses; `let _ = period` is no use."""
        return {
            node.last
            for statement in self.held.body.statements
            if not (isinstance(statement, Let) and not statement.names)
            for node in statement.walk()
            if isinstance(node, Path)
        }


def _refuse_early_ends(held: HeldFunction) -> None:
    """An early end with a result is part of what the binding does; one with an error is a check."""
    for node in held.body.walk():
        if isinstance(node, Return) and not is_error(node.value):
            raise Lacking(
                f"one place where `{held.function.name}` returns its result", node.span.start
            )
