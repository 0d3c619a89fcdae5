"""Which arguments of a binding whose interface is kept stand for what of the core."""

from __future__ import annotations

import re
from collections.abc import Collection

from bindcheck.analysis.bindings.arguments import python_signature
from bindcheck.analysis.bindings.signature import POSITIONAL_ONLY
from bindcheck.generate.arguments import in_python
from bindcheck.generate.context import Facts
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.symbols import Code, Symbol
from bindcheck.generate.inputs import drawn
from bindcheck.generate.lacking import Lacking
from bindcheck.model import EntryPoint
from bindcheck.render import rust_string

_PASSED = re.compile(
    r"(?:Some\()?(\w+)(?:\.(?:unwrap_or|to_string|to_owned|into|clone)\([^()]*\)| as \w+)*\)?"
)
"""An argument that becomes a parameter as it is, but for its type and for None."""
_PARSED = re.compile(r"(?:Some\()?(\w+)\.parse(?:::<[\w:]+>)?\(\)(?:\.map_err\(\))?\?\)?")
_MATCHED = re.compile(r"(?:Some\()?\(?match(\w+)\{.*\}\)?\?\)?")
"""Readers of an enum, without white space; of the first also without what makes the error."""
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SLICE = re.compile(r"(?:Some\()?(\w+)\)?")


def passed(kept: Kept, symbol: Symbol | None) -> str:
    """The argument that is handed on as it is; empty where there is none."""
    made = _PASSED.fullmatch(symbol.text) if isinstance(symbol, Code) else None
    plain = {one.name for one in kept.plain()}
    return made[1] if made is not None and made[1] in plain else ""


def parameter_argument(kept: Kept, name: str) -> str:
    """The argument that becomes a parameter; empty where none does as it is."""
    if not kept.evidence.params:
        return name if name in {one.name for one in kept.plain()} else ""
    symbol = made_of(kept, name)
    return passed(kept, symbol) or _chosen_by(kept, name, symbol)


def _chosen_by(kept: Kept, name: str, symbol: Symbol | None) -> str:
    """The argument whose text is one of those that the core has for a parameter; else empty."""
    fields = [one for one in kept.facts.core.params if in_python(one.name) == name]
    choices = fields[0].choices if fields else None
    if choices is None or not isinstance(symbol, Code):
        return ""
    text = "".join(symbol.text.split())
    if choices.parsed:
        found = _PARSED.fullmatch(_without_closure(text))
    else:
        arms = [(f"{rust_string(shown)}=>Ok(", variant) for variant, shown in choices.texts]
        found = _MATCHED.fullmatch(text)
        if not all(re.search(rf"{re.escape(arm)}[\w:]*\b{one}\)", text) for arm, one in arms):
            return ""
    plain = {one.name for one in kept.plain()}
    return found[1] if found is not None and found[1] in plain else ""


def _without_closure(text: str) -> str:
    """`kind.parse().map_err()?` of the same with what makes an exception of the error."""
    begin = _STRING.sub(lambda one: "-" * len(one[0]), text)
    head, called, rest = begin.partition(".map_err(")
    if not called:
        return begin
    depth = 1
    for at, char in enumerate(rest):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return f"{head}{called}{rest[at:]}"
    return begin


def made_of(kept: Kept, name: str) -> Symbol | None:
    """What a parameter is made of; None where nothing says so."""
    return kept.evidence.params[0].fields.get(name) if kept.evidence.params else None


def series_arguments(facts: Facts, kept: Kept) -> tuple[tuple[str, str], ...]:
    """The argument behind each series, and the name of the series."""
    slices = {one.slice: one.name for one in kept.series}
    given, _, _ = kept.inputs()
    found = []
    for one in drawn(facts.program, facts.core):
        shown = _SLICE.fullmatch(given.get(f"series:{one.name}", ""))
        argument = slices.get(shown[1]) if shown is not None else None
        if argument is None:
            raise Lacking(f"which argument is the series `{one.name}` as it is")
        found.append((argument, one.name))
    return tuple(found)


def kernel_given(facts: Facts, entry: EntryPoint, kept: Kept) -> tuple[tuple[str, str], ...]:
    """The argument that names a kernel with a text for it, where it has no default."""
    name, function = kept.kernel_argument(), facts.program.function(entry.ref)
    wanted = [one for one in python_signature(entry, function) if one.name == name]
    if not name or not wanted or wanted[0].default is not None:
        return ()
    kind = next(one.type for one in kept.held.arguments if one.name == name)
    return ((name, "None" if kind is not None and kind.name == "Option" else '"auto"'),)


def by_place(facts: Facts, entry: EntryPoint, given: Collection[str]) -> tuple[str, ...]:
    """The arguments that Python takes by their place alone; those that are `given` come first."""
    signature = python_signature(entry, facts.program.function(entry.ref))
    only = [one.name for one in signature if one.kind == POSITIONAL_ONLY]
    count = sum(name in given for name in only)
    left_out = [name for name in only[:count] if name not in given]
    if left_out:
        raise Lacking(f"a value for the argument `{left_out[0]}`, which stands before others")
    # A kernel may come behind them.
    return tuple(only[: count + 1])


def refuse_unknown(facts: Facts, entry: EntryPoint, known: Collection[str]) -> None:
    """An argument without default must be one of the `known`."""
    for one in python_signature(entry, facts.program.function(entry.ref)):
        if one.default is None and one.name not in known:
            raise Lacking(f"a value for the argument `{one.name}` to test with")
