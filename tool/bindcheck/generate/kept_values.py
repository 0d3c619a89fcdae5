"""The values that tests of kept bindings begin at, and parameters that no argument gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bindcheck.generate.arguments import Argument, in_python, parameters_of, plain_literal
from bindcheck.generate.context import Facts
from bindcheck.generate.held.symbols import Code, Symbol
from bindcheck.generate.kept_interface import default_text, entry_of
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.testlength import called_with, counts_values
from bindcheck.model import ParamField, SignatureArg

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
    count.
    """
    arguments = parameters_of(facts.core, "params")
    told = _told(facts) if any(one.default is None for one in arguments) else {}
    found = {one.name: one.default or told.get(one.name) for one in arguments}
    return {one.name: _literal(one, found[one.name]) for one in arguments}


def _literal(one: Argument, text: str | None) -> str | None:
    if one.default is None and text is not None and counts_values(one):
        text = text if text.isdigit() and 0 < int(text) <= _MOST else None
    text = called_with(one) if text is None else text
    return _LITERALS.get(text or "", text)


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
