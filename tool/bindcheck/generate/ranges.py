"""Arguments of a batch, and the keys of its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bindcheck.fact import fact
from bindcheck.generate.arguments import (
    PLAIN,
    TEXT,
    Argument,
    in_python,
    in_rust,
    refuse_collisions,
    refuse_unknown,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.heads import RANGE, bare_range
from bindcheck.generate.learned.results import OWN_KEYS, Keys, SingleKeys
from bindcheck.model import Choices, CoreApi, ParamField, RangeField, TypeRef


@fact
class RangeArgument:
    """One argument of a batch: a range to sweep, or a value held fixed.

    `key` is where the result holds the parameter of each row, empty for a fixed value; `param` is
    the parameter of the core.
    """

    argument: Argument
    key: str
    param: ParamField | None


def ranges_of(
    core: CoreApi,
    keyed: Keys = OWN_KEYS,
    called: str = RANGE,
    defaults: Mapping[str, str] | None = None,
    *,
    optional: bool = False,
) -> tuple[RangeArgument, ...]:
    """One argument per field of the range, and the keys that the result has for them.

    `called` is the pattern of their names; `defaults` are by field, and `optional`: Python writes
    None for those of ranges.
    """
    known = defaults or {}
    found = tuple(
        _with_default(_range(core, field, keyed, called), known.get(field.name), optional=optional)
        for field in core.ranges
    )
    refuse_collisions(core, [one.argument.name for one in found])
    keys = [*matrix_keys(core, keyed), *(one.key for one in found if one.key)]
    for key in keys:
        if keys.count(key) > 1:
            raise Lacking(f"another key than {key!r}, which two entries of the result have")
    return found


def _with_default(one: RangeArgument, text: str | None, *, optional: bool) -> RangeArgument:
    """A range, or a value held fixed, that Python may leave out."""
    if text is None:
        return one
    given = one.argument
    # A value held fixed may have a None of its own: its default is what Python sees.
    if not optional or not one.key:
        return replace(one, argument=replace(given, default=text))
    made = replace(
        given,
        type=f"Option<{given.type}>",
        value=f"{given.rust}.unwrap_or({text})",
        default="None",
        optional=True,
    )
    return replace(one, argument=made)


def matrix_keys(core: CoreApi, keyed: Keys) -> tuple[str, ...]:
    """The key of each output in the result of a grid."""
    names = [one.name for one in core.outputs]
    return keyed.of_outputs(names, core.name.rpartition("::")[2])


def single_keys(core: CoreApi, keyed: SingleKeys) -> tuple[str, ...]:
    """The key of each output in the dict of a single call; none where it gives arrays."""
    found = keyed.of_outputs([one.name for one in core.outputs], core.name.rpartition("::")[2])
    if len(set(found)) != len(found):
        raise Lacking(f"a key for each output of `{core.name}`")
    return found


def _range(core: CoreApi, field: RangeField, keyed: Keys, called: str) -> RangeArgument:
    name = in_python(field.name)
    param = next((one for one in core.params if one.name == field.param), None)
    if field.axis or _is_triple(field.type):
        if param is None:
            raise Lacking(f"the parameter that the range `{name}: {field.type.text}` sweeps")
        bare = bare_range(name)
        given = in_python(in_rust(called.format(name=bare)))
        return RangeArgument(_as_it_is(given, field), keyed.of_param(bare), param)
    if field.choices is not None:
        listed = field.type.name == "Vec" and param is not None
        return RangeArgument(
            _choice(field, field.choices), keyed.of_param(name) if listed else "", param
        )
    if field.type.name == "Vec":
        return RangeArgument(_fixed(field), _listed_key(field, param, keyed), param)
    return RangeArgument(_fixed(field), "", param)


def _listed_key(field: RangeField, param: ParamField | None, keyed: Keys) -> str:
    """The key of a parameter whose values are given as a list."""
    inner = field.type.args[0].text if field.type.args else ""
    kinds = {part.text for part in param.type.walk()} if param is not None else set()
    if inner not in kinds:
        raise Lacking(f"the parameter that the list `{field.name}: {field.type.text}` sweeps")
    return keyed.of_param(in_python(field.name))


def _choice(field: RangeField, choices: Choices) -> Argument:
    """A field of an enum, which one text fills, or of several, which a list of texts does."""
    refuse_unknown(field.name, field.type, choices)
    kinds = {"Option": "Option<&str>", "Vec": "Vec<String>"}
    kind = kinds.get(field.type.name, "&str")
    name = in_python(field.name)
    value = in_rust(name)
    return Argument(name, kind, kind, value, value, field=field.name, choices=choices)


def _is_triple(kind: TypeRef) -> bool:
    """Start, end and step of values that are no numbers, such as texts."""
    names = [part.name for part in kind.args]
    return kind.kind == "tuple" and len(names) == 3 and all(n in (*PLAIN, *TEXT) for n in names)


def _fixed(field: RangeField) -> Argument:
    """A field that one value of Python fills as it is."""
    allowed = {*PLAIN, "String", "Option", "Vec"}
    if not (field.type.kind in ("path", "tuple") and field.type.names() <= allowed):
        raise Lacking(f"how Python says `{field.name}: {field.type.text}`")
    return _as_it_is(in_python(field.name), field)


def _as_it_is(name: str, field: RangeField) -> Argument:
    kind, value = field.type.text, in_rust(name)
    return Argument(name, kind, kind, value, value, field=field.name)
