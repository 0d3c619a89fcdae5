"""The piece `stream` with the interface of the class that it replaces."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bindcheck.fact import fact
from bindcheck.generate.arguments import free_name, why
from bindcheck.generate.context import Facts, Frame
from bindcheck.generate.held.accounting import refuse_conditional, refuse_loops
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.classes import HeldClass
from bindcheck.generate.held.fields import refuse_other_types
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.symbols import Code
from bindcheck.generate.held.texts import imports
from bindcheck.generate.lacking import Lacking
from bindcheck.model import Assign, CoreFunction, Function, MethodCall, Return, StreamApi, Try


@fact
class Part:
    """A stretch of the class: text that is kept, then the new body of `new` or `update`, if any."""

    text: str
    body: str = ""


@fact
class KeptStream:
    """Data of `reference/stream_kept.rs.j2`.

    `field` holds the stream of the core; `setup` and `make` make it, `update` hands values on.
    `result` is what becomes of the outcome, an expression over `variable`; empty for as it is.
    """

    frame: Frame
    parts: tuple[Part, ...]
    field: str
    setup: tuple[str, ...]
    make: str
    make_fallible: bool
    mapping: str
    update: str
    ignored: tuple[str, ...]
    variable: str
    result: str


@fact
class _Handed:
    """The call of `update`, and an expression over its result (`variable`), empty for as it is."""

    call: str
    variable: str
    result: str
    ignored: tuple[str, ...]


def held_stream(facts: Facts, held: HeldClass) -> KeptStream:
    """Data for the class of a stream, everything but the two bodies as it is."""
    core, stream = facts.core, facts.core.stream
    if stream is None or stream.constructor is None or stream.update is None:
        raise Lacking(f"a stream with constructor and update{why(core, 'stream')}")
    field = held.field(stream.name)
    new, update = held.constructor, held.update(field, stream.update.name)
    made = HeldFunction(new, held.body(new), held.source)
    refuse_loops(made)
    kept = Kept.of(facts.before, made)
    kept.refuse_doubts()
    setup, make = _made(facts, stream, stream.constructor, kept)
    raises = new.returns.name in ("PyResult", "Result")
    if not raises:
        raise Lacking(f"a way for `{held.struct.name}::{new.name}` to raise")
    handed = _handed(facts, held, update, stream.update)
    mapping = kept.raising(stream.constructor)
    text = "\n".join((*setup, make, mapping))
    return KeptStream(
        frame=facts.frame((), kept.local),
        parts=_parts(held, new, update),
        field=field,
        setup=(*(f"use {one};" for one in imports(made.body, text, made.types)), *setup),
        make=make,
        mapping=mapping,
        make_fallible=stream.constructor.fallible,
        update=f"self.{field}.{handed.call}",
        ignored=handed.ignored,
        variable=handed.variable,
        result=handed.result,
    )


def _made(
    facts: Facts, stream: StreamApi, make: CoreFunction, kept: Kept
) -> tuple[tuple[str, ...], str]:
    """Statements that make the parameters, and the call of the constructor."""
    kind = facts.names.type(stream.ref)
    values, uses = kept.singles()
    for called in kept.evidence.made:
        if called.name == make.name:
            then = kept.facts.core.stream
            roles = then.constructor.roles if then is not None and then.constructor else ()
            for role, symbol in zip(roles, called.args, strict=False):
                if isinstance(symbol, Code):
                    values = {**values, role: symbol.text}
                    uses |= symbol.uses
    setup: tuple[str, ...] = ()
    if "params" in make.roles:
        literal, used = kept.params()
        uses |= used
        setup = (f"let {kept.local['params']} = {literal};",)
        values = {**values, "params": kept.local["params"]}
    refuse_other_types(facts, make, values, kept.types)
    call = facts.caller.call(make, values, f"{kind}::{make.name}")
    checks, checked = kept.checks()
    uses |= checked
    ignored = kept.ignored(uses, "\n".join((*setup, call)))
    return (*kept.remarked(checks), *setup, *ignored), call


def _handed(facts: Facts, held: HeldClass, method: Function, update: CoreFunction) -> _Handed:
    """What the method hands to the core, and what it makes of the result."""
    handing = HeldFunction(method, held.body(method), held.source)
    refuse_loops(handing)
    refuse_conditional(handing, update.name)
    kept = Kept.of(facts.before, handing, update.name)
    _refuse_late_errors(handing, update.name)
    kept.refuse_doubts()
    calls = [one for one in kept.evidence.methods if one.name == update.name]
    where = f"`{held.struct.name}::{method.name}`"
    if len(calls) != 1 or not all(isinstance(arg, Code) for arg in calls[0].args):
        raise handing.lacking(f"what {where} hands to `{update.name}`")
    _refuse_state(held, method)
    given = _in_order(facts, update, [arg for arg in calls[0].args if isinstance(arg, Code)])
    uses = frozenset[str]().union(*(one.uses for one in given))
    checks, checked = kept.checks()
    result, variable = kept.evidence.result, free_name("result", (*kept.names, "py"))
    # What the stream holds is asked before it changes, or after it: which, the text does not say.
    states = isinstance(result, Code) and re.search(r"\bself\b", result.text) is not None
    if not isinstance(result, Code) or variable not in result.uses or states:
        raise handing.lacking(f"what {where} makes of the result of `{update.name}`")
    before = (*checks, *(one.text for one in given))
    _refuse_late(handing, update.name, before)
    text = "\n".join((*before, result.text))
    uses_of = [f"use {one};" for one in imports(handing.body, text, handing.types)]
    return _Handed(
        call=f"{update.name}({', '.join(one.text for one in given)})",
        variable=variable,
        result="" if result.text == variable else result.text,
        ignored=(*uses_of, *kept.remarked(checks), *kept.ignored(uses | checked, result.text)),
    )


def _in_order(facts: Facts, update: CoreFunction, given: Sequence[Code]) -> Sequence[Code]:
    """What is handed on, in the order in which the core takes it now."""
    then = facts.before.core.stream
    roles = then.update.roles if then is not None and then.update is not None else ()
    if roles == update.roles or len(roles) != len(given):
        return given
    return [given[roles.index(role)] for role in update.roles]


def _refuse_late(handing: HeldFunction, update: str, before: Sequence[str]) -> None:
    """An end before the value is handed on, which the new body would only come to behind it."""
    text = "".join("".join(before).split())
    calls = [n for n in handing.body.walk() if isinstance(n, MethodCall) and n.method == update]
    for node in handing.body.walk():
        early = isinstance(node, Try) and all(node.span.end <= one.span.start for one in calls)
        shown = handing.source[node.span.start : node.span.end].decode("utf-8")
        if early and "".join(shown.split()) not in text:
            fact = f"a place for the end in `{handing.function.name}`: `{shown}`"
            raise Lacking(fact, node.span.start)


def _refuse_late_errors(handing: HeldFunction, update: str) -> None:
    """Checks of the new method stand before the values are handed on, and know no result."""
    late = False
    for statement in handing.body.statements:
        inside = list(statement.walk())
        late = late or any(isinstance(n, MethodCall) and n.method == update for n in inside)
        if late and any(isinstance(one, Return) for one in inside):
            fact = f"a place for the error behind `{update}` of `{handing.function.name}`"
            raise Lacking(fact, statement.span.start)


def _refuse_state(held: HeldClass, method: Function) -> None:
    """What the method changes beside the stream of the core would be lost."""
    for node in held.body(method).walk():
        if isinstance(node, Assign):
            fact = f"what `{held.struct.name}::{method.name}` changes on its way"
            raise Lacking(fact, node.span.start)


def _parts(held: HeldClass, new: Function, update: Function) -> tuple[Part, ...]:
    """The struct and the methods, cut where bodies are put in."""
    struct, impl = held.spans
    found = [Part(held.text(*struct) + "\n\n")]
    at = impl.start
    bodies = sorted(
        (one.body_span, name)
        for one, name in ((new, "new"), (update, "update"))
        if one.body_span is not None
    )
    for span, name in bodies:
        found.append(Part(held.text(at, span.start), name))
        at = span.end
    return (*found, Part(held.text(at, impl.end)))
