"""The signature that Python sees at run time, with defaults that can be compared to Python's."""

from __future__ import annotations

import ast
import re
from dataclasses import field
from keyword import iskeyword

from bindcheck.analysis.bindings.arguments import is_option, means_option, python_params
from bindcheck.analysis.linking.linked import Linked
from bindcheck.crate import Version
from bindcheck.fact import fact, replace
from bindcheck.model import EntryPoint, Param
from bindcheck.model.python import ArgumentKind

_EXPLICIT_SINCE = Version(0, 24, 0)
_NUMBER = re.compile(
    r"-?\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d[\d_]*)?"
    r"(?:_?(?:f32|f64|u8|u16|u32|u64|u128|usize|i8|i16|i32|i64|i128|isize))?"
)
_SUFFIX = re.compile(r"_?(?:f32|f64|[ui](?:8|16|32|64|128|size))$")
_TEXT = re.compile(
    r'(?:(?:std::string::)?String::from\(\s*)?"((?:[^"\\]|\\["\\nt])*)"\s*\)?'
    r"(?:\.(?:to_string|to_owned|into)\(\))?"
)


@fact
class Argument:
    """An argument of a binding. `default` is Rust text, None where it has none.

    `implicit` for an `Option` argument that no signature gives a default or denies one: whether a
    call may leave it out depends on the release of PyO3.
    """

    name: str
    kind: ArgumentKind
    default: str | None = None
    implicit: bool = False
    param: Param | None = None


def effective_signature(linked: Linked, entry: EntryPoint) -> tuple[Argument, ...] | None:
    """The arguments that Python passes; None where they cannot be told."""
    function = linked.function(entry.ref)
    params = {param.name.removeprefix("r#"): param for param in function.params}
    written = entry.signature_attr
    if written is not None and (written.cfg or written.path.rpartition("::")[2] == "args"):
        return None
    if entry.signature is not None:
        return tuple(
            Argument(one.name, ArgumentKind(one.kind), one.default, param=params.get(one.name))
            for one in entry.signature
        )
    return _from_parameters(linked, entry)


def _from_parameters(linked: Linked, entry: EntryPoint) -> tuple[Argument, ...] | None:
    params = python_params(linked.function(entry.ref), entry.kind)
    if not all(param.name for param in params):
        return None
    version = linked.pyo3 or _EXPLICIT_SINCE
    trailing = len(params)
    while trailing and is_option(params[trailing - 1]):
        trailing -= 1
    return tuple(
        Argument(
            name=param.name.removeprefix("r#"),
            kind=ArgumentKind.POSITIONAL,
            default="None" if index >= trailing and version < _EXPLICIT_SINCE else None,
            implicit=means_option(linked, entry.ref, param),
            param=param,
        )
        for index, param in enumerate(params)
    )


def declaration(arguments: tuple[Argument, ...]) -> str:
    """`data, period=14, *, out=None`: the arguments as Python writes them, without types."""
    arguments = _written(arguments)
    parts: list[str] = []
    keyword = False
    for number, one in enumerate(arguments):
        before = arguments[number - 1] if number else None
        only = ArgumentKind.POSITIONAL_ONLY
        if before is not None and before.kind is only and one.kind is not only:
            parts.append("/")
        if one.kind is ArgumentKind.KEYWORD and not keyword:
            parts.append("*")
        keyword = keyword or one.kind in (ArgumentKind.KEYWORD, ArgumentKind.ARGS)
        parts.append(_declared(one))
    if arguments and arguments[-1].kind is ArgumentKind.POSITIONAL_ONLY:
        parts.append("/")
    return ", ".join(parts)


def _written(arguments: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """The same where one is called like a keyword of Python: others before a `/`, by any name."""
    placed = ArgumentKind.POSITIONAL
    named = [at for at, one in enumerate(arguments) if iskeyword(one.name) and one.kind is placed]
    count = named[-1] + 1 if named else 0
    first = (
        replace(one, kind=ArgumentKind.POSITIONAL_ONLY, name=one.name + "_" * iskeyword(one.name))
        for one in arguments[:count]
    )
    return (*first, *arguments[count:])


def _declared(argument: Argument) -> str:
    stars = {ArgumentKind.ARGS: "*", ArgumentKind.KWARGS: "**"}
    name = stars.get(argument.kind, "") + argument.name
    if argument.default is None:
        return name
    value = rust_value(argument.default)
    return f"{name}={'...' if value is None else value.text}"


# --- values -----------------------------------------------------------------------------------


@fact
class Value:
    """A literal: equal to another of the same value, whichever language wrote it.

    `text` is how Python writes it.
    """

    kind: str
    value: str | float | None
    text: str = field(compare=False)


def rust_value(text: str) -> Value | None:
    """The value of a default in Rust; None for anything but a literal."""
    text = text.strip()
    if text.startswith("Some(") and text.endswith(")"):
        return rust_value(text[5:-1])
    if text == "None":
        return Value("none", None, "None")
    if text in ("true", "false"):
        return Value("bool", text, text.capitalize())
    if _NUMBER.fullmatch(text):
        number = _SUFFIX.sub("", text).replace("_", "")
        return Value("number", float(number), number)
    match = _TEXT.fullmatch(text)
    if match is not None:
        return python_value(f'"{match[1]}"')
    return None


def python_value(text: str) -> Value | None:
    """The value of a default in Python; None for anything but a literal, and for `...`."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    if value is None:
        return Value("none", None, "None")
    if isinstance(value, bool):
        return Value("bool", str(value).lower(), str(value))
    if isinstance(value, (int, float)):
        return Value("number", value, text)
    return Value("str", value, repr(value)) if isinstance(value, str) else None
