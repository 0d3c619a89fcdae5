"""Bindings whose arguments mean something else than what the core calls so.

A case gives both sides what has one name. Where a binding hands its `slow` to `fast` of the core,
the two compute different things: no result tells why, the call in the binding does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bindcheck.analysis.program import Program
from bindcheck.bench.pythoncall import entry_of, names_in_binding
from bindcheck.bench.samples import Failure
from bindcheck.bench.subjects import Subject
from bindcheck.fact import replace
from bindcheck.findings import Location
from bindcheck.model import (
    Call,
    Cast,
    CoreFunction,
    EntryPoint,
    ItemRef,
    Let,
    MethodCall,
    Node,
    Path,
    Try,
    Unary,
)

_LOOKS = 20
"""Expressions from an argument of the call back to one of the binding."""


def with_crossings(
    program: Program, subjects: Iterable[Subject], failures: Iterable[Failure]
) -> Iterator[Failure]:
    """The failures, those of sides that differ with a hint where names are crossed."""
    by_case = {one.case.name: one for one in subjects}
    for failure in failures:
        subject = by_case.get(failure.case) if failure.wrong else None
        hint = "" if subject is None else crossing(program, subject)
        yield replace(failure, reason=f"{failure.reason}; {hint}") if hint else failure


def crossing(program: Program, subject: Subject) -> str:
    """What a binding hands to parameters of another name, and what to do; empty if nothing."""
    core, case = subject.core, subject.case
    entry = entry_of(program, core, case.kind)
    for function in (core.with_kernel, core.single, core.into_slice):
        handed = {} if function is None else _handed(program, entry, function)
        said = names_in_binding(program, core, case)
        crossed = {
            name: handed[name]
            for name, argument in said.items()
            if name in handed and handed[name] != argument and handed[name] in said.values()
        }
        if function is not None and crossed:
            return _told(program, subject, entry, function, crossed)
    return ""


def _told(
    program: Program,
    subject: Subject,
    entry: EntryPoint,
    function: CoreFunction,
    crossed: Mapping[str, str],
) -> str:
    binding, core = (_place(program, one) for one in (entry.ref, function.ref))
    what = " and ".join(f"its `{given}` to `{name}`" for name, given in crossed.items())
    values = {one.name: one.value for one in subject.case.arguments if one.name in crossed}
    remedy = "give both the same names"
    if len(values) == len(crossed):
        same = next(iter(values.values()))
        options = " ".join(f"--param {name}={same}" for name in crossed)
        told = ", ".join(f"{name} = {same}" for name in crossed)
        remedy += (
            f", or measure with values that may change places: {options}, in a file of cases "
            f"`arguments = {{ {told} }}`"
        )
    return (
        f"the binding `{entry.python_name}` ({binding.path}:{binding.line}) hands {what} of "
        f"`{function.name}` ({core.path}:{core.line}), and a case gives both sides what has one "
        f"name: {remedy}"
    )


def _place(program: Program, ref: ItemRef) -> Location:
    return program.location(ref.path, program.function(ref).name_span)


def _handed(program: Program, entry: EntryPoint, function: CoreFunction) -> dict[str, str]:
    """By array or parameter of the core the argument of the binding that its call is given."""
    body = program.body(entry.ref)
    parameters = {one.name for one in program.function(entry.ref).params}
    callees = program.callees(entry.ref)
    every = () if body is None else tuple(body.walk())
    calls = [
        one for one in every if isinstance(one, Call) and function.ref in callees.get(one.span, ())
    ]
    if len(calls) != 1 or len(calls[0].args) != len(function.roles):
        return {}
    lets = {
        one.names[0]: one.value
        for one in every
        if isinstance(one, Let) and len(one.names) == 1 and one.value is not None
    }
    found: dict[str, str] = {}
    for role, value in zip(function.roles, calls[0].args, strict=True):
        kind, _, name = role.partition(":")
        given = _origin(value, lets)
        if kind in ("series", "param") and given in parameters:
            found[name] = given
    return found


def _origin(node: Node, lets: Mapping[str, Node]) -> str:
    """The name that a value comes from, through `let`, borrows, casts and methods of it."""
    seen: set[str] = set()
    for _ in range(_LOOKS):
        if isinstance(node, Path):
            if node.text in seen or node.text not in lets:
                return node.text
            seen.add(node.text)
            node = lets[node.text]
        elif isinstance(node, MethodCall):
            node = node.receiver
        elif isinstance(node, (Cast, Unary)):
            node = node.value
        elif isinstance(node, Try):
            node = node.children()[-1]
        else:
            return ""
    return ""
