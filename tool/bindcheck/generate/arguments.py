"""Arguments of a binding as Python gives them and as the core takes them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Choices,
    CoreApi,
    InputConstructor,
    ParamField,
    Series,
    TypeRef,
)
from bindcheck.render import python_name, python_string, rust_name

PLAIN = (
    "usize",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "i8",
    "i16",
    "i32",
    "i64",
    "f32",
    "f64",
    "bool",
)
TEXT = ("String", "str")
PARAMS, NONE, OPTIONAL = "params", "none", "optional"
"""What parameters have as defaults: those of the core, nothing, or None in place of these."""

RESERVED = frozenset({"py", "kernel", "out", "threads"})

_TEXT = re.compile(r'"(?:[^"\\\n]|\\["\\nrt])*"')
"""A string that Rust and Python write alike."""

_LITERAL = re.compile(
    r"-?(?:0|[1-9][0-9]*(?:_[0-9]+)*)(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?(?:[eE][+-]?[0-9]+)?|true|false"
)
"""Numbers and flags of Rust that are numbers of Python: no zeros in front, `_` between digits."""


@fact
class Argument:
    """One argument: its type in the Rust signature, its default, and the field it becomes.

    `value` is the expression for the core's field, `plain` for a parameter of the core that takes
    the value itself. `kind` is the type that Python passes, without `Option`: `usize`, `String`, ..
    `choices` are those of an enum, which Python says as a text: a statement of `choices.read` turns
    the argument into it before anything uses it.
    """

    name: str
    kind: str
    type: str
    value: str
    plain: str
    default: str | None = None
    optional: bool = False
    field: str = ""
    doc: str = ""
    choices: Choices | None = None

    @property
    def rust(self) -> str:
        """The name in Rust, where it may be a keyword."""
        return in_rust(self.name)


@fact
class SeriesArgument:
    """One input array; `element` is the NumPy type in Rust, `taken` are names of arguments.

    `given` is what Python calls it, where that is another name than the core's; `refusal` makes the
    exception for one that is not contiguous, where that is not the one of NumPy's crate.
    """

    name: str
    element: str
    optional: bool = False
    taken: frozenset[str] = frozenset()
    given: str = ""
    refusal: str = ""

    @property
    def called(self) -> str:
        """Name of the argument."""
        return self.given or self.name

    @property
    def slice(self) -> str:
        """Name of the variable that holds its slice."""
        return free_name(f"{self.name}_slice", self.taken)

    @property
    def copy(self) -> str:
        """Name of the variable that holds a copy of it, where its layout calls for one."""
        return free_name(f"{self.name}_copy", self.taken)


def identifier(name: str) -> str:
    """A name from the sources that both languages accept."""
    try:
        return python_name(rust_name(name))
    except BindcheckError as error:
        raise Lacking(f"a name that Rust and Python share: {error.message}") from error


def in_python(name: str) -> str:
    """What Python calls a field of the sources: `r#type` is `type` there."""
    bare = name.removeprefix("r#")
    try:
        rust_name(name)
        return python_name(bare)
    except BindcheckError as error:
        raise Lacking(f"a name that Rust and Python share: {error.message}") from error


def in_rust(name: str) -> str:
    """What Rust calls an argument: `type` is `r#type` there."""
    try:
        return rust_name(name)
    except BindcheckError:
        return f"r#{name}"


def free_name(wanted: str, taken: Collection[str]) -> str:
    """`wanted`, with underscores behind it as long as it is taken."""
    while wanted in taken:
        wanted += "_"
    return wanted


def clear_of(
    series: Iterable[SeriesArgument], names: Collection[str]
) -> tuple[SeriesArgument, ...]:
    """The arrays, with variables that none of the arguments `names` is called."""
    return tuple(replace(one, taken=frozenset(names)) for one in series)


def constructor_of(core: CoreApi) -> InputConstructor:
    """The way to make the input from arrays."""
    if not core.constructors:
        wanted = (
            "a constructor of the input, a function in its `impl` that takes the arrays and gives"
            " `Self`, which public fields do not replace"
        )
        raise Lacking(f"{wanted}{why(core, 'constructors')}")
    made = core.constructors[0]
    if core.params and core.input is not None and "params" not in made.arguments:
        raise Lacking(f"a constructor that takes `{core.params_struct}` beside the arrays")
    return made


def why(core: CoreApi, *parts: str) -> str:
    """What recognition had to say about parts of a core, as a tail of a sentence."""
    notes = [note for part, note in core.why_not if part in parts]
    return f": {'; '.join(notes)}" if notes else ""


def series_of(core: CoreApi) -> tuple[SeriesArgument, ...]:
    """The input arrays in order."""
    return tuple(_series(one) for one in constructor_of(core).series)


def _series(one: Series) -> SeriesArgument:
    if one.element not in PLAIN:
        raise Lacking(f"a NumPy type for `{one.name}: &[{one.element}]`")
    name = identifier(one.name)
    if name in RESERVED:
        raise Lacking(f"another name for the series `{name}`, which the binding needs itself")
    return SeriesArgument(name, one.element, one.optional)


def parameters_of(core: CoreApi, policy: str, *, closed: bool = False) -> tuple[Argument, ...]:
    """The parameters in the order of the struct, then values that the input takes beside them.

    `closed`: None is not taken for a default.
    """
    extras, alone = constructor_of(core).extras, core.taken_alone
    fields = [replace(one, left_open=False) if closed else one for one in core.params]
    found = [_parameter(field, policy, alone=field.name in alone) for field in (*fields, *extras)]
    refuse_collisions(core, [one.name for one in found])
    return tuple(found)


def refuse_collisions(core: CoreApi, names: Sequence[str]) -> None:
    """Raise where an argument has the name of another one, or of one that bindings have."""
    series = {one.name for one in series_of(core)}
    for name in names:
        why = ""
        if names.count(name) > 1 or name in series:
            why = "which occurs twice"
        elif name in RESERVED:
            why = "which is what bindings call an argument of their own"
        if why:
            raise Lacking(f"another name for the parameter `{name}`, {why}")


def _parameter(field: ParamField, policy: str, *, alone: bool) -> Argument:
    """The argument for a field; `alone`: a function takes its value by itself."""
    shown = in_python(field.name)
    name = in_rust(shown)
    kind = _kind(shown, field)
    known = _default(field, kind) if policy != NONE else None
    taken = known if policy == OPTIONAL and field.optional and field.choices is None else None
    either = _takes_none(field, policy, known, alone=alone)
    instead = known if either and field.choices is None else taken
    optional = _passes_none(field, policy, known, alone=alone) or either or taken is not None
    base = "&str" if kind == "String" else kind
    value = name
    if kind == "String" and field.choices is None and "str" not in field.type.names():
        value = f"{name}.map(str::to_string)" if optional else f"{name}.to_string()"
    if field.optional and not optional:
        value = f"Some({value})"
    plain = f"Some({name})" if field.type.name == "Option" and not optional else name
    return Argument(
        name=shown,
        kind=kind,
        type=f"Option<{base}>" if optional else base,
        value=value,
        plain=f"{name}.unwrap_or({instead})" if instead is not None else plain,
        default="None" if optional and not either else known,
        optional=optional,
        field=field.name,
        doc=field.doc,
        choices=field.choices,
    )


def _passes_none(field: ParamField, policy: str, known: str | None, *, alone: bool) -> bool:
    """Whether None is the default: it has a meaning of its own, or is all that Python can write."""
    if field.type.name == "Option" or (field.optional and field.default is None):
        return True
    if policy == NONE and field.left_open:
        return True
    return policy != NONE and field.optional and known is None and not alone


def _takes_none(field: ParamField, policy: str, known: str | None, *, alone: bool) -> bool:
    """Whether None is taken beside a default, as `Default` says None."""
    readable = field.choices is None or not alone
    return policy == PARAMS and field.left_open and known is not None and readable


def _kind(name: str, field: ParamField) -> str:
    """The type that Python passes for a field."""
    if field.choices is not None:
        refuse_unknown(name, field.type, field.choices)
        return "String"
    kind = field.type
    inner = kind.args[0] if kind.name == "Option" and kind.args else kind
    target = inner.peel()
    if target.kind == "path" and target.name in PLAIN:
        return target.name
    if target.kind == "path" and target.name in TEXT:
        return "String"
    raise Lacking(f"how Python says `{name}: {kind.text}`")


def refuse_unknown(name: str, kind: TypeRef, choices: Choices) -> None:
    """Raise where not every value of an enum has a text."""
    if choices.unknown:
        raise Lacking(f"how Python says `{name}: {kind.text}`: {choices.unknown}")


def _default(field: ParamField, kind: str) -> str | None:
    text = field.default or ""
    if field.choices is not None:
        chosen = field.choices.text(text)
        text = "" if chosen is None else python_string(chosen)
    if kind == "String":
        return text if _TEXT.fullmatch(text) else None
    return plain_literal(text, kind)


def plain_literal(text: str, kind: str) -> str | None:
    """A number or flag of a type as both languages write it; None for any other text."""
    text = re.sub(rf"(?<=[0-9.])_?{re.escape(kind)}$", "", text)
    return text if _LITERAL.fullmatch(text) else None


def with_order(arguments: Iterable[Argument]) -> tuple[Argument, ...]:
    """Arguments without the defaults that a later one without default makes impossible."""
    result: list[Argument] = []
    open_end = True
    for one in reversed(tuple(arguments)):
        open_end = open_end and one.default is not None
        result.append(one if open_end else replace(one, default=None))
    return tuple(reversed(result))


def signature(arguments: Iterable[Argument], tail: Sequence[str] = ()) -> str:
    """The text inside `signature = (..)`; series come as arguments too."""
    shown = [
        one.rust if one.default is None else f"{one.rust}={one.default}"
        for one in with_order(arguments)
    ]
    return ", ".join((*shown, *tail))
