"""The values that tests of kept bindings begin at, and parameters that no argument gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bindcheck.generate.arguments import Argument, in_python, parameters_of, plain_literal
from bindcheck.generate.context import Facts
from bindcheck.generate.held.symbols import Code, Symbol
from bindcheck.generate.kept_interface import default_text, entry_of
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.testfile import reached
from bindcheck.generate.testlength import called_with, counts_values, instead_of_none
from bindcheck.model import EntryKind, ParamField, SignatureArg

_LITERALS = {"true": "True", "false": "False"}
_MOST = 50
"""A count beyond that would have tests ask for longer series."""

_CHOSEN = re.compile(
    r"if (?P<other>!?)(?P<name>\w+) \{ (?P<then>[^{}]+) \} else \{ (?P<rest>[^{}]+) \}"
)
"""What a flag chooses."""


def default_values(facts: Facts) -> Mapping[str, str | None]:
    """A value for each parameter of the core, as Python writes it; None where none is known.

    It is the core's default, else that of the argument of this name of a single call, else a usual
    count. Where an argument of this name cannot be None, what the core takes in its place counts as
    its default.
    """
    arguments = parameters_of(facts.core, "params")
    if all(one.default not in (None, "None") for one in arguments):
        return {one.name: _literal(one, one.default) for one in arguments}
    told, never_none = _told(facts), _never_none(facts)
    found = {}
    for one in arguments:
        text = _usable(one, told.get(one.name))
        if one.default == "None" and one.name in never_none:
            text = text or instead_of_none(one, facts.program, reached(facts))
            found[one.name] = _LITERALS.get(text or "", text)
        else:
            found[one.name] = _literal(one, one.default or text)
    return found


def grid_values(facts: Facts) -> Mapping[str, str | None]:
    """The same for ranges: numbers that are left open are what the core takes in their place."""
    found = dict(default_values(facts))
    for one in parameters_of(facts.core, "params"):
        if found[one.name] == "None" and one.kind not in ("bool", "String"):
            found[one.name] = instead_of_none(one, facts.program, reached(facts))
    return found


def _never_none(facts: Facts) -> frozenset[str]:
    """Arguments of the core's bindings that Python cannot leave open."""
    program = facts.program
    own = [one for one in program.entries_of(facts.core) if one.active]
    classes = {one.ref for one in own if one.kind is EntryKind.CLASS}
    called = [one for one in own if one.kind is EntryKind.FUNCTION]
    called += [one for one in program.entries if one.constructor and one.class_ref in classes]
    return frozenset(
        param.name.removeprefix("r#")
        for one in called
        for param in program.function(one.ref).params
        if param.name and param.type is not None and param.type.name != "Option"
    )


def _literal(one: Argument, text: str | None) -> str | None:
    text = called_with(one) if text is None else text
    return _LITERALS.get(text or "", text)


def _usable(one: Argument, text: str | None) -> str | None:
    """What a single call has as its default, unless tests would get too long with it."""
    if text is None or not counts_values(one):
        return text
    return text if text.isdigit() and 0 < int(text) <= _MOST else None


def _told(facts: Facts) -> Mapping[str, str]:
    """The defaults that a single call has by itself, as far as Python writes them alike."""
    try:
        signature = entry_of(facts, "single").signature or ()
    except Lacking:
        return {}
    texts = {one.name: default_text(one.default) for one in signature if one.default is not None}
    open_ended = {in_python(one.name) for one in facts.core.params if one.optional}
    known = {name: text for name, text in texts.items() if text != "..."}
    return {name: text for name, text in known.items() if text != "None" or name in open_ended}


def core_values(facts: Facts) -> dict[str, str]:
    """The core's own defaults, in one spelling; empty texts where they are not known."""
    return {in_python(one.name): _spelled(one, one.default or "") for one in facts.core.params}


def fixed_value(
    facts: Facts, name: str, symbol: Symbol | None, signature: Sequence[SignatureArg]
) -> str:
    """What a parameter is where all arguments have their defaults, in one spelling.

    The symbol is what the binding makes it of. Empty where that is not known.
    """
    fields = [one for one in facts.core.params if in_python(one.name) == name]
    if not isinstance(symbol, Code) or not fields:
        return ""
    text = " ".join(symbol.text.split())
    chosen = _CHOSEN.fullmatch(text.strip("()"))
    if chosen is None:
        return _spelled(fields[0], text)
    flags = {one.name: one.default for one in signature}
    flag = flags.get(chosen["name"])
    if flag not in _LITERALS:
        return ""
    holds = (flag == "true") is not bool(chosen["other"])
    return _spelled(fields[0], (chosen["then"] if holds else chosen["rest"]).strip())


def _spelled(field: ParamField, text: str) -> str:
    """One spelling for a variant of an enum, a number or a flag; empty for anything else."""
    bare = text.removeprefix("Some(").removesuffix(")") if text.startswith("Some(") else text
    if field.choices is not None:
        return field.choices.variant(bare)
    found = plain_literal(bare, field.type.name)
    return found or ""
