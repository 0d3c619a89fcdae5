"""Following arrays of the caller whose lengths nobody has compared into what gets them."""

from __future__ import annotations

from collections.abc import Sequence

from bindcheck.analysis.flow.events import Handed
from bindcheck.analysis.flow.machine import Frame
from bindcheck.analysis.flow.parameters import arguments
from bindcheck.analysis.flow.spelling import spelling
from bindcheck.analysis.flow.values import Fails, Shape, Value
from bindcheck.analysis.flow.watch import Watch, arrays, lengths_of
from bindcheck.model import ItemRef, MethodCall, Span
from bindcheck.model.fact import replace

UNCHECKED = frozenset({"get_unchecked", "add", "offset"})
_DEEPEST = 10
_LONGEST = 40_000


def note_handed(frame: Frame, span: Span, ref: ItemRef, args: Sequence[Value]) -> None:
    """Note a call that is handed arrays of the caller which may differ in length.

    What makes an object of them does not look at them yet.
    """
    function = frame.world.program.function(ref)
    makes = bool(function.owner) and not function.receiver
    roots = set() if makes else set(arrays(args))
    if len(roots) < 2:
        return
    known = tuple(frozenset(one) for one in frame.alike)
    if Watch.of(roots, known).is_decided:
        return
    place = frame.place(span)
    frame.events.handed.append(Handed(place, ref, tuple(args), frame.region, known))


def watched(frame: Frame, watch: Watch, ref: ItemRef, args: Sequence[Value], typed: Value) -> Value:
    """Follow a call for the arrays that are watched; gives what the function returns."""
    watch.compare(lengths_of(args))
    program = frame.world.program
    function = program.function(ref)
    blind = function.body_span is None or program.exceeds(ref, _LONGEST)
    if blind or ref in frame.stack or len(frame.stack) >= _DEEPEST or not watch.apart(args):
        return typed
    key = (ref, tuple(args))
    closures = any(one.closure is not None for one in args)
    if closures or key not in watch.known:
        watch.known[key] = _followed(frame, watch, ref, args)
    return _typed(watch.known[key], typed)


def _followed(frame: Frame, watch: Watch, ref: ItemRef, args: Sequence[Value]) -> Value:
    world = frame.world
    inner = world.frame(ref, {}, frame.region, frame.stack)
    inner.watch, inner.cut = watch, frame.cut
    function = world.signatures.of(ref)
    inner.names = arguments(function, list(args), inner)
    for one in function.params:
        # What is known to be there is passed on as something that may not be.
        if one.type is not None and one.type.name == "Option" and not inner.names[one.name].wrap:
            inner.names[one.name] = inner.names[one.name].wrapped("option", Fails.UNKNOWN)
    value = inner.expr(world.program.body(ref))
    for returned in inner.returns:
        value = world.join(value, returned)
    return value


def unchecked(array: Value, node: MethodCall, watch: Watch, frame: Frame) -> None:
    """Note an index, or an offset of a pointer, of which nobody checks how far it goes."""
    name = spelling(node.receiver)
    what = f"`{node.method}` of `{name}`" if "?" not in name else f"`{node.method}` of an array"
    for arg in node.args if array.is_sequence else ():
        watch.reach(what, array, frame.expr(arg).lengths, frame.place(node.span), unchecked=True)


def _typed(value: Value, typed: Value) -> Value:
    """What a function returns, in the memory that it is, as far as that is known."""
    if value.shape is Shape.UNKNOWN:
        return typed
    if typed.wrap and not value.wrap:
        value = value.wrapped(typed.wrap, typed.fails, typed.why)
    return replace(value, type=value.type or typed.type, element=value.element or typed.element)
