"""How a test calls a kept binding of a grid, and what it finds in the result."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from bindcheck.analysis.bindings.arguments import python_signature
from bindcheck.fact import fact, replace
from bindcheck.generate.buffers import ALL
from bindcheck.generate.context import Facts
from bindcheck.generate.grid import Held as Item
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.evidence import COLS, ROWS
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.results import dict_items, is_dict
from bindcheck.generate.held.symbols import Code, Symbol
from bindcheck.generate.kept_arguments import (
    by_place,
    kernel_given,
    passed,
    refuse_unknown,
    series_arguments,
)
from bindcheck.generate.kept_checks import refuse_checked
from bindcheck.generate.kept_interface import entry_of
from bindcheck.generate.kept_values import default_values, fixed_value, grid_values
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.layout import parted
from bindcheck.generate.pythonview import numpy_type
from bindcheck.generate.testfile import axis, text_axis
from bindcheck.generate.testlength import length_of, swept
from bindcheck.model import RangeField, SignatureArg

_STEP = 1
_PARTS = re.compile(r"\(\s*(\w+),\s*(\w+),\s*(\w+),?\s*\)")
_SHOWN = re.compile(
    r"\|\s*(?P<one>\w+)\s*\|\s*(?P=one)\.(?P<name>\w+)"
    r"(?:\s*\.(?:unwrap|unwrap_or|clone|as_deref|to_string)\([^()]*(?:\([^()]*\))?\)| as \w+)*\s*\)"
)
"""The values of a parameter, as they are but for their type: `.map(|p| p.period.unwrap_or(9))`."""


@fact
class BatchCall:
    """Data of a test. `arrays` pairs arguments with series, `given` arguments with their text;
    `swept` pairs keys with parameters, `results` keys of outputs with the output and its dtype.

    `keys` are all of the result, `rows` and `cols` those of the numbers of rows and columns.
    `positional` are given by their place. `fixed` are parameters of all rows that no argument gives
    as it is, with what they are where all arguments have their defaults.
    """

    python_name: str
    arrays: tuple[tuple[str, str], ...]
    given: tuple[tuple[str, str], ...]
    keys: tuple[str, ...]
    swept: tuple[tuple[str, str], ...]
    results: tuple[tuple[str, str, str], ...]
    counts: tuple[tuple[str, str], ...]
    positional: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...]

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outputs of the core that it gives."""
        return tuple(output for _, output, _ in self.results)

    @property
    def sweeps(self) -> bool:
        """Whether the grid has more than one row."""
        return any(not text.endswith((", 0)", ", 0.0)", '"")')) for _, text in self.given)


def batch_call(facts: Facts, held: HeldFunction) -> BatchCall:
    """A small grid that begins at the defaults of the core, whose rows the result tells."""
    kept = Kept.of(facts, held)
    entry = entry_of(facts, "batch")
    if not is_dict(kept):
        raise Lacking(f"the dict that `{held.function.name}` makes")
    items = parted(facts, dict_items(kept, facts.core.outputs, grid=True))
    whole = [one.key for one in items if one.output == ALL]
    if whole:
        raise Lacking(f"which rows under {whole[0]!r} are which output")
    names = {one.name for one in facts.core.params}
    shown = {one.key: _shown(one, names) for one in items if not one.output}
    swept = {key: name for key, name in shown.items() if name}
    arrays = series_arguments(facts, kept)
    signature = python_signature(entry, held.function)
    ranges = _Ranges(facts, kept, frozenset(swept.values()), signature)
    given = tuple(ranges.all())
    given += kernel_given(facts, entry, kept)
    refuse_unknown(facts, entry, {*dict(arrays), *dict(given), kept.kernel_argument()})
    refuse_checked(held, entry, dict(given), length_of(facts.program, facts.core))
    elements = {one.name: one.element for one in facts.core.outputs}
    return BatchCall(
        python_name=entry.python_name,
        arrays=arrays,
        given=given,
        keys=tuple(one.key for one in items),
        swept=tuple(swept.items()),
        results=tuple(
            (one.key, one.output, numpy_type(one.element or elements[one.output]))
            for one in items
            if one.output
        ),
        counts=tuple((one.key, one.code) for one in items if one.code in (ROWS, COLS)),
        positional=by_place(facts, entry, {*dict(arrays), *dict(given)}),
        fixed=tuple(ranges.fixed().items()),
    )


def _shown(item: Item, names: set[str]) -> str:
    """The parameter whose values stand in an entry; empty where that is not plain."""
    found = _SHOWN.search(item.code)
    return found["name"] if found is not None and found["name"] in names else ""


@fact
class _Ranges:
    """Fills the arguments of a grid. `shown` are the parameters that the result tells of."""

    facts: Facts
    kept: Kept
    shown: frozenset[str]
    signature: Sequence[SignatureArg]

    def all(self) -> Iterator[tuple[str, str]]:
        """Arguments with their text: one count is swept, others stay at their defaults."""
        fields, fixed = self._fields, self.fixed()
        values = default_values(self.facts)
        counted = self._counted(fields, values)
        for field in self.facts.core.ranges:
            if field.name not in fields:
                self._refuse_unseen(field)
                continue
            if field.param in fixed:
                continue
            sweep = field.axis and field.param is not None and field.param == counted
            yield from self._given(field, fields[field.name], values, sweep)

    @property
    def _fields(self) -> Mapping[str, Symbol]:
        """What the ranges are made of."""
        ranges = self.kept.evidence.ranges
        return ranges[0].fields if ranges else {}

    def fixed(self) -> dict[str, str]:
        """What no argument gives as it is, where it is one value for all rows."""
        fields = self._fields
        found = {
            one.param: fixed_value(self.facts, one.param, fields[one.name], self.signature)
            for one in self.facts.core.ranges
            if one.param is not None and not one.axis and one.name in fields
            if not passed(self.kept, fields[one.name])
        }
        return {name: text for name, text in found.items() if text}

    def _refuse_unseen(self, field: RangeField) -> None:
        """A range that no argument gives has a default of its own: its rows must be told."""
        if field.param is None or field.param not in self.shown:
            raise Lacking(f"an argument for the range `{field.name}`, or its values in the result")

    def _counted(self, fields: Collection[str], values: Mapping[str, str | None]) -> str:
        """The parameter whose range has more than one value."""
        others = [
            replace(one, default=one.default or values.get(one.name))
            for one in self.facts.core.params
        ]
        params = {one.name: one for one in others if one.name in self.shown}
        axes = (one for one in self.facts.core.ranges if one.axis and one.name in fields)
        given = [params[one.param] for one in axes if one.param in params]
        return swept(given, others, _STEP)

    def _given(
        self, field: RangeField, symbol: Symbol, values: Mapping[str, str | None], sweep: bool
    ) -> Iterator[tuple[str, str]]:
        name = field.param or field.name
        value = (values if field.type.name == "Option" else grid_values(self.facts)).get(name)
        argument = passed(self.kept, symbol)
        parts = _PARTS.fullmatch(symbol.text) if isinstance(symbol, Code) else None
        if value is None or not (argument or parts):
            raise Lacking(f"the argument for the range `{field.name}`, and the default behind it")
        if field.type.kind != "tuple":
            text = f"[{value}]" if field.type.name == "Vec" else value
        elif value.startswith('"'):
            text = text_axis(value, field.type.text)
        else:
            text = axis(value, _STEP if sweep else 0)
        if argument:
            yield argument, text
            return
        assert parts is not None, "one of the two is there"
        yield from self._apart(field, parts.groups(), text)

    def _apart(
        self, field: RangeField, names: tuple[str, ...], text: str
    ) -> Iterator[tuple[str, str]]:
        """Start, end and step as arguments of their own."""
        plain = {one.name for one in self.kept.plain()}
        if not plain.issuperset(names) or not text.startswith("("):
            raise Lacking(f"the arguments for the range `{field.name}`")
        yield from zip(names, text.strip("()").split(", "), strict=True)
