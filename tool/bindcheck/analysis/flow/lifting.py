"""Panics of helpers, as the binding that calls them sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.flow.conditions import lifted_to
from bindcheck.analysis.flow.events import OF_TEXT, Asked, Called, Panic, Place
from bindcheck.analysis.flow.guards import DIVERGING
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.spelling import spelling
from bindcheck.analysis.flow.values import Fails
from bindcheck.analysis.flow.wrapped import CAPACITY
from bindcheck.model import Call, Function, ItemRef, MethodCall, Span, Unary
from bindcheck.model.fact import replace

ASSERTS = frozenset({"assert", "assert_eq", "assert_ne"})
_OBJECTS = frozenset({"Bound", "Borrowed", "PyAny"})
_UNWRAPS = frozenset({"unwrap", "expect"})
_LIFTED = DIVERGING | {
    *ASSERTS,
    *("index", "slice", "zero", "empty", "ragged", "text", CAPACITY),
}


def lift_panics(frame: Frame, span: Span, ref: ItemRef, panics: Iterable[Panic]) -> None:
    """A helper that panics on what the caller chose panics for the binding that calls it.

    Once for each check, without one for the first only. For Python objects it answers itself, and
    so does another crate for the values that it has made.
    """
    call = next((one for one in reversed(frame.events.calls) if one.place.span == span), None)
    program = frame.world.program
    asked = _asked_of(call) if call is not None else ()
    seen: set[str] = set()
    for one in panics:
        if _answers(one.place.ref, frame):
            frame.events.panics.append(one)
            continue
        if frame.settles(one):
            continue
        of_text = one.why in OF_TEXT and one.fails >= Fails.HANDED
        sorts = _UNWRAPS if of_text else _LIFTED
        if (of_text or one.fails is Fails.CALLER) and (one.how in sorts or one.through):
            parts = lifted_to(program, one, ref, frame.ref, call.node) if call is not None else None
            if parts == ():
                continue
            lifted = _lifted(one, frame.place(span), program.function(ref), asked, parts)
            if (lifted.check or not seen) and lifted.check not in seen:
                frame.events.panics.append(lifted)
            seen.add(lifted.check)


def _answers(ref: ItemRef, frame: Frame) -> bool:
    """Whether a function of the audited crate is handed Python objects, or an iterator of them."""
    function = frame.world.signatures.of(ref)
    types = [param.type for param in function.params if param.type is not None]
    handed = takes_python(function) or any(_OBJECTS & one.names() for one in types)
    return handed and frame.world.program.in_crate(ref.path)


def _lifted(
    one: Panic, place: Place, helper: Function, asked: tuple[tuple[str, bool], ...], parts: Asked
) -> Panic:
    # What is known of lengths further out is not known by the cause of a helper's helper.
    through = one.how != "empty"
    base = one.check.partition(" of ")[0]
    every = ", ".join(text for text, _ in asked)
    return replace(
        one,
        how=helper.name,
        place=place,
        cause=helper.name,
        through=through,
        check=base and f"{base} of {every}",
        given=_given(one, helper, asked) if base else (),
        asked=parts,
    )


_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")
"""Names in a condition, without those of methods and fields."""


def _given(one: Panic, helper: Function, asked: tuple[tuple[str, bool], ...]) -> tuple[str, ...]:
    """The values of the caller that a helper gets, as they are written in the call.

    Of a condition on parameters of the helper alone, those that these get.
    """
    params = helper.params[len(helper.params) - len(asked) :]
    words = set() if one.through else set(_WORD.findall("".join(one.why.split("`")[1:2])))
    alone = bool(words) and words <= {param.name for param in params}
    return tuple(
        text
        for param, (text, caller) in zip(params, asked, strict=False)
        if caller and "?" not in text and (not alone or param.name in words)
    )


def _asked_of(call: Called) -> tuple[tuple[str, bool], ...]:
    """The arguments of a call as they are written, and whether the caller chooses them."""
    node = call.node
    nodes = node.args if isinstance(node, (Call, MethodCall)) else ()
    values = call.args[len(call.args) - len(nodes) :]
    plain = (one.value if isinstance(one, Unary) and one.op[0] == "&" else one for one in nodes)
    return tuple(
        (spelling(one), value.caller or (value.element is not None and value.element.caller))
        for one, value in zip(plain, values, strict=False)
    )


def takes_python(function: Function) -> bool:
    """Whether a function is handed the interpreter or Python objects."""
    types = [param.type for param in function.params if param.type is not None]
    return any(ft.is_python_type(one) or one.peel().name == "Python" for one in types)
