"""Where the reference's batch has the defaults of the values from that hold for all of a grid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bindcheck.analysis.cores.text import expression_text
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.arguments import NONE, plain_literal
from bindcheck.generate.learned.bodies import Body, bodies_of
from bindcheck.generate.learned.defaults import (
    DECLARED,
    OF_PARAMETER,
    OWN_RANGES,
    RangeDefaults,
    fixed_text,
    held_defaults,
    learned_ranges,
)
from bindcheck.generate.learned.heads import range_inits
from bindcheck.model import (
    CoreApi,
    EntryKind,
    EntryPoint,
    MethodCall,
    Node,
    ParamField,
    Path,
    RangeField,
    Role,
)

_SOURCES = (DECLARED, OF_PARAMETER)
"""All of them, what the range says first."""


@fact
class Fixed:
    """An argument of a batch that holds for all combinations, and the default it has, if any.

    `value` is the default as the core's field would have it, empty where that is not clear;
    `from_where` are the sources that say the same.
    """

    argument: str
    default: str | None
    value: str
    from_where: tuple[str, ...]


def defaults_of_grids(program: Program, reference: CoreApi | None, policy: str) -> RangeDefaults:
    """The defaults of ranges and of what is held fixed, after the reference if there is one."""
    if reference is None:
        return replace(OWN_RANGES, held=() if policy == NONE else _SOURCES)
    held = _learned_held(program, reference, policy)
    return replace(learned_ranges(program, reference), held=held)


def _learned_held(program: Program, reference: CoreApi, policy: str) -> tuple[str, ...]:
    """The sources that give all of these values their defaults.

    Where the reference has no such value it is as for its parameters, whose `policy` is known.
    """
    found = [
        one
        for entry in program.entries_of(reference)
        if entry.active and entry.role is Role.BATCH and entry.kind is EntryKind.FUNCTION
        for one in fixed_of(program, reference, entry)
    ]
    if not found:
        return () if policy == NONE else _SOURCES
    return tuple(source for source in _SOURCES if all(source in one.from_where for one in found))


def fixed_of(program: Program, core: CoreApi, entry: EntryPoint) -> Iterator[Fixed]:
    """The arguments of a batch that are no ranges: those of its range, and others of the core."""
    bodies = [one for one in bodies_of(program, core, Role.BATCH) if one.ref == entry.ref]
    given = {one.name: one.default for one in entry.signature or ()}
    known = {source: held_defaults(program, core, source) for source in _SOURCES}
    in_range = set[str]()
    for body in bodies:
        for argument, field, node in _made(body, core, given):
            in_range |= {argument}
            value = _value(given[argument], field, node)
            same = (one for one in _SOURCES if value and _same(known[one].get(field.name), value))
            yield Fixed(argument, given[argument], value, tuple(same))
    fields = {one.name for one in core.ranges} | {one.param for one in core.ranges}
    for param in core.params:
        if param.name in given.keys() - in_range - fields:
            value = _text(given[param.name], param)
            by_param = value and _same(param.default, value)
            yield Fixed(param.name, given[param.name], value, (OF_PARAMETER,) if by_param else ())


def _made(
    body: Body, core: CoreApi, given: Mapping[str, str | None]
) -> Iterator[tuple[str, RangeField, Node]]:
    """The fields of the range that one argument makes, with the expression that does."""
    fields = {one.name: one for one in core.ranges if not one.axis and one.type.name != "Vec"}
    for init in range_inits(body, core):
        paths = {one.text for one in init.value.walk() if isinstance(one, Path)}
        used = sorted(paths & given.keys())
        if init.name in fields and len(used) == 1:
            yield used[0], fields[init.name], init.value


def _value(default: str | None, field: RangeField, node: Node) -> str:
    """What a field has where its argument is left out."""
    if default is None:
        return ""
    if default.startswith('"'):
        return default
    if default == "None" and isinstance(node, MethodCall) and node.method == "unwrap_or":
        return fixed_text(expression_text(node.args[0]) or "", field)
    return fixed_text(default, field)


def _text(default: str | None, param: ParamField) -> str:
    return (plain_literal(default, param.type.name) or "") if default else ""


def _same(said: str | None, value: str) -> bool:
    """Whether two texts are one literal; numbers may be written in several ways."""
    if said == value or not said:
        return said == value
    try:
        return float(said.replace("_", "")) == float(value.replace("_", ""))
    except ValueError:
        return False
