"""Which defaults the reference's bindings give parameters and the ranges of a batch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bindcheck.analysis.cores.text import expression_text, tail_of
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.arguments import NONE, OPTIONAL, PARAMS, PLAIN, plain_literal
from bindcheck.generate.learned.bodies import Body, bodies_of
from bindcheck.generate.learned.heads import Axis, axes_of
from bindcheck.model import (
    CoreApi,
    EntryKind,
    EntryPoint,
    FieldAccess,
    ItemRef,
    MethodCall,
    RangeField,
    Role,
    SignatureArg,
    StructLiteral,
    TypeRef,
)
from bindcheck.render import python_string

_TRIPLE = re.compile(r"\(([^(),]+),([^(),]+),([^(),]+)\)")
_SOME = re.compile(r"Some\((.+)\)")
_NO_STEP = {"f64": "0.0", "f32": "0.0"}

DECLARED, OF_PARAMETER = "declared", "of the parameter"
"""Where the default of a value that holds for a whole grid is from."""


@fact
class RangeDefaults:
    """Defaults of ranges; none of them where none of the two is so.

    `declared`: those of the core's range by `Default`. `steps`: the default of the parameter is
    start and end, and these are the steps by type. `optional`: the signature says None, for
    which they stand. Fields beside the ranges, held fixed, have theirs from the same place; where
    ranges have none, from the first of `held` that says one.
    """

    declared: bool = False
    steps: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    held: tuple[str, ...] = ()

    @property
    def must_be_given(self) -> bool:
        """Whether ranges have no defaults."""
        return not self.declared and not self.steps

    def of(self, program: Program, core: CoreApi) -> dict[str, str]:
        """The defaults of a core's ranges by field, where there are any."""
        known = declared_ranges(program, core) if self.declared else {}
        if self.steps:
            given = _given(core)
            known = {
                one.name: self._held(given.get(one.param or "", ""), one) for one in core.ranges
            }
        if not any(known.get(one.name) for one in core.ranges if one.axis):
            known = self._fixed(program, core)
        return {name: text for name, text in known.items() if text}

    def _fixed(self, program: Program, core: CoreApi) -> dict[str, str]:
        """The defaults of values held fixed, beside ranges without any."""
        fields = [one.name for one in core.ranges if not one.axis]
        known: dict[str, str] = {}
        for source in reversed(self.held if fields else ()):
            said = held_defaults(program, core, source)
            known |= {name: said[name] for name in fields if said.get(name)}
        return known

    def _held(self, value: str, field: RangeField) -> str:
        """The default of a field whose parameter has the default `value`."""
        return self._around(value, field.type) if field.axis else fixed_text(value, field)

    def _around(self, value: str, kind: TypeRef) -> str:
        """A range of the one value."""
        last = kind.args[-1].name
        shown = plain_literal(value, last)
        step = dict(self.steps).get(last, _NO_STEP.get(last, "0"))
        return f"({shown}, {shown}, {step})" if shown else ""


OWN_RANGES = RangeDefaults()
"""Our own form: all ranges must be given."""


def held_defaults(program: Program, core: CoreApi, source: str) -> dict[str, str]:
    """What a source says of the fields of a core's range that are no ranges."""
    if source == DECLARED:
        return declared_ranges(program, core)
    given = _given(core)
    return {
        one.name: fixed_text(given.get(one.param or "", ""), one)
        for one in core.ranges
        if not one.axis
    }


def _given(core: CoreApi) -> dict[str, str]:
    """The defaults of a core's parameters."""
    return {one.name: one.default or "" for one in core.params}


def constructor_of(program: Program, stream: EntryPoint) -> EntryPoint | None:
    """What Python calls to make an object of a class."""
    found = (one for one in program.entries if one.constructor and one.active)
    return next((one for one in found if one.class_ref == stream.ref), None)


def parameter_policy(
    signature: tuple[SignatureArg, ...] | None, core: CoreApi, fallback: str
) -> str:
    """Whether a binding gives its parameters the defaults of the core, or None in their place."""
    if signature is None:
        return NONE
    given = {arg.name: arg.default for arg in signature}
    known = [given.get(one.name) for one in core.params if one.default is not None]
    shown = [given.get(one.name) for one in core.params]
    if not shown:
        return fallback
    if any(default == "None" for default in known):
        return OPTIONAL
    return PARAMS if any(default is not None for default in shown) else NONE


# --- ranges ---------------------------------------------------------------------------------


def learned_ranges(program: Program, reference: CoreApi) -> RangeDefaults:
    """The defaults of the reference's ranges, if all have some of one kind."""
    bodies = bodies_of(program, reference, Role.BATCH)
    signature = next(filter(None, map(_signature, _batches(program, reference))), ())
    if len(bodies) != 1:
        return OWN_RANGES
    given = {one.name: one.default for one in signature}
    axes = list(axes_of(bodies[0], reference))
    wanted = {one.name for one in reference.ranges if one.axis}
    texts = {one.field: _text(bodies[0], reference, one, given.get(one.argument)) for one in axes}
    if not wanted or set(texts) != wanted or not all(texts.values()):
        return OWN_RANGES
    optional = any(given.get(one.argument) == "None" for one in axes)
    own = declared_ranges(program, reference)
    if all(own.get(name) == text for name, text in texts.items()):
        return RangeDefaults(declared=True, optional=optional)
    return RangeDefaults(steps=_steps(reference, texts), optional=optional)


def _batches(program: Program, reference: CoreApi) -> Iterator[EntryPoint]:
    for one in program.entries_of(reference):
        if one.active and one.role is Role.BATCH and one.kind is EntryKind.FUNCTION:
            yield one


def _signature(entry: EntryPoint) -> tuple[SignatureArg, ...] | None:
    return entry.signature


def _text(body: Body, core: CoreApi, axis: Axis, default: str | None) -> str:
    """The range that holds where none is given; empty where that is not clear."""
    if default != "None":
        return _triple(default or "", axis.kind)
    value = axis.value
    if not isinstance(value, MethodCall) or value.method != "unwrap_or" or len(value.args) != 1:
        return ""
    instead = value.args[0]
    if isinstance(instead, FieldAccess) and instead.name == axis.field:
        return declared_ranges(body.program, core).get(axis.field, "")
    return _triple(expression_text(instead) or "", axis.kind)


def _steps(core: CoreApi, texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The steps by type, where the default of its parameter is start and end of each range."""
    steps: dict[str, str] = {}
    defaults = {one.name: one.default or "" for one in core.params}
    for field in core.ranges:
        if field.axis:
            last = field.type.args[-1].name
            shown = plain_literal(defaults.get(field.param or "", ""), last)
            start, end, step = _items(texts[field.name])
            if not start == end == shown or steps.setdefault(last, step) != step:
                return ()
    return tuple(steps.items())


def declared_ranges(program: Program, core: CoreApi) -> dict[str, str]:
    """What `Default` of a core's range makes, by field; empty texts for what is not plain."""
    fields = {one.name: one for one in core.ranges}
    module = program.modules[core.path]
    for index, item in enumerate(module.functions):
        if item.name != "default" or item.owner != core.range_struct:
            continue
        literal = tail_of(program.body(ItemRef(core.path, index)))
        if isinstance(literal, StructLiteral):
            made = {one.name: expression_text(one.value) or "" for one in literal.inits}
            return {n: _declared(text, fields[n]) for n, text in made.items() if n in fields}
    return {}


def _declared(text: str, field: RangeField) -> str:
    return _triple(text, field.type) if field.axis else fixed_text(text, field)


def fixed_text(text: str, field: RangeField) -> str:
    """The default of an argument that is no range: a number, a flag, a choice, or None.

    An argument that takes an option gets what stands in its `Some`. Empty for anything else.
    """
    kind = field.type
    if kind.name == "Option" and kind.args:
        if text == "None":
            return text
        kind = kind.args[0]
    whole = _SOME.fullmatch(text)
    value = whole[1] if whole is not None and kind is not field.type else text
    if field.choices is not None and kind.name != "Vec":
        chosen = field.choices.text(value)
        return "" if chosen is None else python_string(chosen)
    return plain_literal(value, kind.name) or "" if kind.name in PLAIN else ""


def _triple(text: str, kind: TypeRef) -> str:
    """A tuple of three plain numbers, as we write it; empty for anything else."""
    items = [plain_literal(one, kind.args[-1].name) for one in _items(text)]
    return f"({', '.join(one for one in items if one)})" if items and all(items) else ""


def _items(text: str) -> list[str]:
    found = _TRIPLE.fullmatch(text.strip())
    return [one.strip() for one in found.groups()] if found is not None else []
