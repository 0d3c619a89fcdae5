"""Reads the name of a kernel by the enum's own `FromStr`, where no function of the crate does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.learned.errors import error_of
from bindcheck.model import (
    Binary,
    CoreApi,
    CoreFunction,
    ItemRef,
    Literal,
    Match,
    MethodCall,
    Node,
    TypeRef,
)

_QUOTED = re.compile(r'"([^"\\]*)"')
_MOST = 8
AUTO = "auto"


@fact
class Parsed:
    """An enum of kernels, the texts that its `FromStr` knows, and that function.

    `function` has the error of it, where that is the core's own.
    """

    kind: ItemRef
    texts: tuple[str, ...]
    function: CoreFunction


def parsed_kernel(program: Program, core: CoreApi) -> Parsed | None:
    """The enum of kernels that a core takes, where a text can be parsed to it."""
    found = (core.with_kernel, core.single, core.into_slice, core.grid, core.batch_inner)
    for function in found:
        if function is None or "kernel" not in function.roles:
            continue
        item = program.function(function.ref)
        given = item.params[function.roles.index("kernel")].type
        kind = _enum(program, function.ref, given) if given is not None else None
        made = _from_str(program, kind) if kind is not None else None
        if kind is not None and made is not None:
            return Parsed(kind, texts_in(program, made), _fallible(program, function, made))
    return None


def _enum(program: Program, ref: ItemRef, kind: TypeRef) -> ItemRef | None:
    """The type of a parameter, without its `Option`."""
    inner = kind.args[0] if kind.name == "Option" and kind.args else kind
    return program.resolve_type(inner.path, ref.path, program.function(ref).scope)


def _from_str(program: Program, kind: ItemRef) -> ItemRef | None:
    for one in program.methods(kind).get("from_str", ()):
        if program.function(one).trait.rpartition("::")[2] == "FromStr":
            return one
    return None


def _fallible(program: Program, function: CoreFunction, made: ItemRef) -> CoreFunction:
    """What parses, as a function of the core; an error that is not the core's is not named."""
    args = program.function(made).returns.args
    error = args[1].text if len(args) == 2 and args[1].name[:1].isupper() else None
    parses = replace(function, name="from_str", ref=made, roles=("?",), fallible=True, error=error)
    known = error_of(program, parses)
    own = known is not None and known == error_of(program, function)
    return parses if own else replace(parses, error=None)


def texts_in(program: Program, ref: ItemRef) -> tuple[str, ...]:
    """The texts that a function compares its argument with, in source order."""
    body = program.body(ref)
    found = [text for node in body.walk() for text in _texts(node)] if body is not None else []
    return tuple(dict.fromkeys(text for text in found if text))[:_MOST]


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, Match):
        for arm in node.arms:
            yield from _QUOTED.findall(arm.pattern)
    asked = list[Node]()
    if isinstance(node, Binary) and node.op == "==":
        asked = [node.left, node.right]
    elif isinstance(node, MethodCall) and node.method in ("eq", "eq_ignore_ascii_case"):
        asked = list(node.args)
    for one in asked:
        if isinstance(one, Literal):
            yield from _QUOTED.findall(one.text)
