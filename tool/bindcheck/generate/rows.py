"""The parameters of a grid's rows, as entries of its result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.arguments import free_name, why
from bindcheck.generate.choices import shown_choice
from bindcheck.generate.context import Facts
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.results import PARAMETERS
from bindcheck.generate.ranges import RangeArgument
from bindcheck.model import (
    Call,
    Choices,
    CoreFunction,
    Node,
    ParamField,
    Path,
    StructLiteral,
)
from bindcheck.render import rust_name

_SHOWN_LATE = ("combos", "cols", "dict", "output", "rows", "shape", "sweep")
"""Variables of the templates that must not be shadowed by those of a row's parameters."""


@fact
class Row:
    """A swept parameter in the result: its key, and the expression that reads it from `combo`.

    `type` is that of the expression.
    """

    key: str
    variable: str
    read: str
    array: bool
    type: str


def rows_of(
    facts: Facts,
    ranges: Sequence[RangeArgument],
    expand: CoreFunction | None,
    local: Mapping[str, str],
) -> tuple[Row, ...]:
    """The parameters that the ranges sweep, or all of them as one row of tuples.

    `expand` lists the combinations.
    """
    swept = [(one.key, one.param) for one in ranges if one.key and one.param is not None]
    item = expand.returns.args[0].name if expand is not None and expand.returns.args else None
    if swept and item is not None and item != facts.core.params_struct:
        raise Lacking(f"the parameters of a row in `{item}`{why(facts.core, 'expand_grid')}")
    if PARAMETERS not in facts.style.keys.order:
        return ()
    taken = {"py", *(local[name] for name in _SHOWN_LATE)}
    rows = tuple(
        Row(
            key,
            _variable(key, taken),
            read_param(facts, param),
            is_array(facts, param),
            _type_of(facts, param),
        )
        for key, param in swept
    )
    return (_together(rows, taken),) if rows and facts.style.keys.together else rows


def _together(rows: Sequence[Row], taken: Collection[str]) -> Row:
    """The parameters of each combination as a tuple."""
    end = ",)" if len(rows) == 1 else ")"
    read, kinds = ", ".join(one.read for one in rows), ", ".join(one.type for one in rows)
    return Row("", free_name("swept", taken), f"({read}{end}", array=False, type=f"({kinds}{end}")


def is_array(facts: Facts, param: ParamField) -> bool:
    """Whether the values of a parameter are an array in the result, not a list."""
    listed = facts.style.keys.lists or param.type.name == "String" or param.choices is not None
    return not listed and not may_be_none(facts, param)


def may_be_none(facts: Facts, param: ParamField) -> bool:
    """Whether a combination may have no value for a parameter, which has no default either."""
    if not param.optional or param.default is not None or param.choices is not None:
        return False
    expand = facts.core.expand_grid
    body = facts.program.body(expand.ref) if expand is not None else None
    made = [
        init.value
        for node in (body.walk() if body is not None else ())
        if isinstance(node, StructLiteral)
        and node.path.rpartition("::")[2] == facts.core.params_struct
        for init in node.inits
        if init.name == param.name
    ]
    return not made or not all(map(_is_some, made))


def _is_some(value: Node) -> bool:
    return (
        isinstance(value, Call)
        and isinstance(value.function, Path)
        and (value.function.last == "Some")
    )


def _variable(key: str, taken: Collection[str]) -> str:
    """A variable for the values under a key; the key itself may be a keyword or taken."""
    try:
        free = rust_name(key) not in taken
    except BindcheckError:
        free = False
    return key if free else f"{key}_"


def read_param(facts: Facts, param: ParamField) -> str:
    """The value of a parameter of `combo`, in a type that NumPy has everywhere."""
    if param.choices is not None:
        return _chosen(facts, param, param.choices)
    text = param.type.name == "String"
    value = f"combo.{param.name}" + (".clone()" if text else "")
    if may_be_none(facts, param):
        return value
    if param.optional:
        value += _fallback(param, text)
    element = facts.style.keys.element(param.type.name)
    return value if element == param.type.name else f"{value} as {element}"


def _type_of(facts: Facts, param: ParamField) -> str:
    """The type of what `read_param` reads."""
    if param.choices is not None:
        always = not param.optional or param.choices.variant(param.default or "")
        return "&'static str" if always else "Option<&'static str>"
    if may_be_none(facts, param):
        return f"Option<{param.type.name}>"
    return facts.style.keys.element(param.type.name)


def _chosen(facts: Facts, param: ParamField, choices: Choices) -> str:
    """The text of an enum; None where the grid gave none and there is no default."""
    value = f"combo.{param.name}"
    if not param.optional:
        return shown_choice(facts, choices, f"&{value}")
    variant = choices.variant(param.default or "")
    if not variant:
        return f"{value}.as_ref().map(|one| {shown_choice(facts, choices, 'one')})"
    default = f"{facts.names.type(choices.ref)}::{variant}"
    return shown_choice(facts, choices, f"{value}.as_ref().unwrap_or(&{default})")


def _fallback(param: ParamField, text: bool) -> str:
    """What a parameter is that the grid left at None, if it does."""
    if param.default is None:
        return ".unwrap_or_default()"
    return (
        f".unwrap_or_else(|| {param.default}.to_string())"
        if text
        else f".unwrap_or({param.default})"
    )
