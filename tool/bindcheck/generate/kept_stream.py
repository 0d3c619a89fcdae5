"""How a test feeds a kept class of a stream, and what it makes of the results."""

from __future__ import annotations

import re

from bindcheck.analysis.bindings.arguments import python_signature
from bindcheck.analysis.bindings.signature import KEYWORD
from bindcheck.fact import fact
from bindcheck.generate.arguments import free_name
from bindcheck.generate.context import Facts
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.classes import HeldClass
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.symbols import Code, Symbol
from bindcheck.generate.inputs import drawn, unfed
from bindcheck.generate.kept_arguments import (
    by_place,
    made_of,
    parameter_argument,
    passed,
    refuse_unknown,
)
from bindcheck.generate.kept_checks import refuse_checked
from bindcheck.generate.kept_interface import entry_of, methods_of
from bindcheck.generate.kept_values import default_values, fixed_value
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.returned import is_plain, returned
from bindcheck.generate.testlength import length_of
from bindcheck.model import CoreFunction, EntryPoint, Function, TypeRef

_NAN = r"(?:core::|std::)?f(?:64|32)::NAN"
_BLANK = rf"(?:\.unwrap_or\((?:{_NAN}|\((?:{_NAN}(?:, )?)+\))\))?"
_FIELDS = re.compile(
    rf"\.map\(\|(?P<one>\w+)\| (?P<made>\(.*\)|[\w.]+)\)(?P<blank>{_BLANK})", re.DOTALL
)


@fact
class StreamCall:
    """Data of a test. `passed` pairs parameters with arguments of the constructor, `positional` are
    given by their place; `series` are what the method `update` is given, in its order, `unfed`
    those that it is not and a single call can do without, and `outputs` what it gives. `fixed` are
    parameters that no argument gives as it is, with what they are where all have their defaults.
    """

    python_name: str
    passed: tuple[tuple[str, str], ...]
    positional: tuple[str, ...]
    update: str
    series: tuple[str, ...]
    unfed: tuple[str, ...]
    outputs: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...]


def stream_call(facts: Facts, held: HeldClass) -> StreamCall:
    """A stream with the defaults of the core, fed with the series of a single call."""
    stream = facts.core.stream
    if stream is None or stream.constructor is None or stream.update is None:
        raise Lacking("a stream with constructor and update")
    entry = entry_of(facts, "stream")
    methods = {facts.program.function(one.ref).name: one for one in methods_of(facts, entry)}
    new = held.constructor
    update = held.update(held.field(stream.name), stream.update.name)
    kept = Kept.of(facts, HeldFunction(update, held.body(update), held.source), stream.update.name)
    series = _series(facts, kept, methods[update.name], stream.update)
    passed, fixed = _passed(facts, held, new, methods[new.name], stream.constructor)
    values = {name: text for name, text in default_values(facts).items() if text is not None}
    given = {argument: values[name] for name, argument in passed}
    made = HeldFunction(new, held.body(new), held.source)
    refuse_checked(made, methods[new.name], given, length_of(facts.program, facts.core))
    return StreamCall(
        python_name=entry.python_name,
        passed=passed,
        positional=by_place(facts, methods[new.name], given),
        update=methods[update.name].python_name,
        series=series,
        unfed=unfed(facts.core, series),
        outputs=_outputs(facts, kept, update, stream.update),
        fixed=fixed,
    )


def _passed(
    facts: Facts, held: HeldClass, new: Function, entry: EntryPoint, make: CoreFunction
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """The argument of the constructor for each parameter, and what those without one are."""
    kept = Kept.of(facts, HeldFunction(new, held.body(new), held.source))
    one_by_one: dict[str, Symbol] = {}
    for called in kept.evidence.made:
        if called.name == make.name:
            given = zip(make.roles, called.args, strict=False)
            one_by_one = {role.partition(":")[2]: symbol for role, symbol in given}
    found, fixed = [], []
    signature = python_signature(entry, new)
    for name, value in default_values(facts).items():
        if name in one_by_one:
            argument = passed(kept, one_by_one[name])
        elif "params" not in make.roles or _is_default(kept, name):
            continue
        else:
            argument = parameter_argument(kept, name)
        made = one_by_one.get(name) or made_of(kept, name)
        text = "" if argument else fixed_value(facts, name, made, signature)
        if text:
            fixed.append((name, text))
            continue
        if not argument or value is None:
            owner = held.struct.name
            raise Lacking(f"the argument of `{owner}` for `{name}`, and its default")
        found.append((name, argument))
    refuse_unknown(facts, entry, {argument for _, argument in found})
    return tuple(found), tuple(fixed)


def _is_default(kept: Kept, name: str) -> bool:
    """Whether the constructor leaves a parameter at its default."""
    made = kept.evidence.params[0] if kept.evidence.params else None
    return made is not None and name not in made.fields and made.base is not None


def _series(facts: Facts, kept: Kept, entry: EntryPoint, update: CoreFunction) -> tuple[str, ...]:
    """The series that each argument of the method comes from, in order."""
    calls = [one for one in kept.evidence.methods if one.name == update.name]
    given = zip(update.roles, calls[0].args, strict=False) if len(calls) == 1 else ()
    names = {one.name for one in drawn(facts.program, facts.core)}
    roles = {passed(kept, symbol): role.removeprefix("series:") for role, symbol in given}
    found = [roles.get(one.name, "") for one in kept.held.arguments]
    by_name = [one for one in entry.signature or () if one.kind == KEYWORD]
    if by_name or not found or not names.issuperset(found) or len(roles) != len(found):
        raise Lacking(f"which series `{entry.rust_name}` is given")
    return tuple(found)


def _outputs(facts: Facts, kept: Kept, update: Function, core: CoreFunction) -> tuple[str, ...]:
    """The outputs that a step gives, in order."""
    result, variable = kept.evidence.result, free_name("result", (*kept.names, "py"))
    names = tuple(one.name for one in facts.core.outputs)
    lacking = Lacking(f"which outputs `{update.name}` gives in which order")
    if not isinstance(result, Code) or not result.text.startswith(variable):
        raise lacking
    rest = result.text.removeprefix(variable)
    if re.fullmatch(_BLANK, rest):
        if _count(core.returns) != len(names) or not is_plain(core.returns):
            raise lacking
        return names
    fields = _FIELDS.fullmatch(rest)
    if fields is None or returned(facts, core) is None:
        raise lacking
    parts = [one.strip() for one in fields["made"].strip("()").split(",") if one.strip()]
    found = tuple(one.removeprefix(f"{fields['one']}.") for one in parts)
    if not found or not set(found) <= set(names):
        raise lacking
    return found


def _count(kind: TypeRef) -> int:
    inner = kind.args[0] if kind.name == "Option" and kind.args else kind
    return len(inner.args) if inner.kind == "tuple" else 1
