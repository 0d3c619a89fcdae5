"""Whether a struct that a body makes has the fields that the struct of the core has."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bindcheck.generate.arguments import PLAIN
from bindcheck.generate.context import Facts, core_scope
from bindcheck.generate.held.evidence import Made
from bindcheck.generate.held.symbols import Code, Symbol
from bindcheck.generate.lacking import Lacking
from bindcheck.model import CoreFunction, Struct

_SOME = re.compile(r"Some\((.*)\)", re.DOTALL)
_OR = re.compile(r"(\w+)\.unwrap_or\([^()]*\)")
_WORDS = re.compile(r"\w+")
_KNOWN = frozenset({*PLAIN, "Option"})


def refuse_other_fields(
    facts: Facts, literal: Made, name: str, arguments: Mapping[str, str]
) -> None:
    """Raise where the struct `name` of the core has changed since the body was written.

    `arguments` are the types of those of the function that are handed on as they are.
    """
    program = facts.program
    ref = program.resolve_type(name, facts.core.path, core_scope(facts))
    struct = program.struct(ref) if ref is not None else None
    if not isinstance(struct, Struct) or struct.is_tuple:
        return
    there = [one.name for one in struct.fields]
    for given in literal.fields:
        if given not in there:
            raise Lacking(f"a field `{given}` of `{name}`", literal.at)
    types = {field.name: field.type.text for field in struct.fields}
    for given, value in literal.fields.items():
        wrong = mistyped(value, types[given], arguments)
        if wrong:
            raise Lacking(f"{wrong} for the field `{given}` of `{name}`", literal.at)
    if literal.base is not None:
        return
    for field in struct.fields:
        if field.name not in literal.fields and not field.cfg:
            raise Lacking(f"a value for the field `{field.name}` of `{name}`", literal.at)


def refuse_other_types(
    facts: Facts, function: CoreFunction, values: Mapping[str, str], arguments: Mapping[str, str]
) -> None:
    """Raise where a parameter of a core function has changed since the body was written."""
    for param, role in zip(facts.caller.params(function), function.roles, strict=False):
        if role == "?" and function.roles.count(role) > 1:
            raise Lacking(f"what `{function.name}` wants for `{param.name}`")
        told = role.startswith(("param:", "extra:", "?"))
        if told and role in values and param.type is not None:
            value = Code(values[role])
            # What a core need not be given is given in an option.
            inner = [one.text for one in param.type.args if param.type.name == "Option"]
            if all(mistyped(value, kind, arguments) for kind in (param.type.text, *inner)):
                wrong = mistyped(value, param.type.text, arguments)
                raise Lacking(f"{wrong} for `{param.name}` of `{function.name}`")


def mistyped(value: Symbol, wanted: str, arguments: Mapping[str, str]) -> str:
    """What is lacking where an argument of another type of number is given; else empty."""
    wanted = _packed(wanted)
    given = _type(value.text, arguments) if isinstance(value, Code) else ""
    known = all(_KNOWN.issuperset(_WORDS.findall(one)) for one in (wanted, given))
    return f"`{wanted}` of `{given}`" if given and known and given != wanted else ""


def _type(text: str, arguments: Mapping[str, str]) -> str:
    """The type of an expression that is little more than an argument; empty where unknown."""
    some = _SOME.fullmatch(text)
    if some is not None:
        inner = _type(some[1], arguments)
        return f"Option<{inner}>" if inner else ""
    either = _OR.fullmatch(text)
    if either is not None:
        kind = _packed(arguments.get(either[1], ""))
        return kind.removeprefix("Option<").removesuffix(">") if kind.startswith("Option<") else ""
    return _packed(arguments.get(text, ""))


def _packed(text: str) -> str:
    return "".join(text.split())
