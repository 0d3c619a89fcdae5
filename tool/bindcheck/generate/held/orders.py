"""The order in which a core took its arguments when a binding was written.

A body that hands on `high, low` says nothing of which is which; where the core takes them the other
way round from then on, only what was noted at the time tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bindcheck.generate.held.known import functions_of
from bindcheck.model import CoreApi, CoreFunction, InputConstructor, StreamApi

Orders = Mapping[str, tuple[str, ...]]
"""What each argument is for, by the function that takes it."""


def orders_of(core: CoreApi, text: str) -> Orders:
    """The orders of the functions that a text mentions."""
    return {name: order for name, order in _all(core) if f"{name.rpartition(':')[2]}(" in text}


def _all(core: CoreApi) -> Iterator[tuple[str, tuple[str, ...]]]:
    for made in core.constructors:
        yield f"input::{made.function}", made.arguments
    for name, function in functions_of(core).items():
        yield name, function.roles
    if core.stream is not None:
        for one in (core.stream.constructor, core.stream.update):
            if one is not None:
                yield f"stream::{one.name}", one.roles


def as_it_was(core: CoreApi, orders: Orders) -> CoreApi:
    """The core with its arguments in the order that was noted, where they are the same ones."""
    return replace(
        core,
        constructors=tuple(_constructor(one, orders) for one in core.constructors),
        stream=_stream(core.stream, orders),
        single=_function(core.single, orders),
        with_kernel=_function(core.with_kernel, orders),
        into_slice=_function(core.into_slice, orders),
        into_uninit=_function(core.into_uninit, orders),
        batch_with_kernel=_function(core.batch_with_kernel, orders),
        batch_inner=_function(core.batch_inner, orders),
        batch_inner_into=_function(core.batch_inner_into, orders),
    )


def _constructor(made: InputConstructor, orders: Orders) -> InputConstructor:
    order = orders.get(f"input::{made.function}", ())
    return replace(made, arguments=order) if sorted(order) == sorted(made.arguments) else made


def _function(
    function: CoreFunction | None, orders: Orders, owner: str = ""
) -> CoreFunction | None:
    order = orders.get(f"{owner}{function.name}", ()) if function is not None else ()
    if function is None or sorted(order) != sorted(function.roles):
        return function
    return replace(function, roles=order)


def _stream(stream: StreamApi | None, orders: Orders) -> StreamApi | None:
    if stream is None:
        return None
    return replace(
        stream,
        constructor=_function(stream.constructor, orders, "stream::"),
        update=_function(stream.update, orders, "stream::"),
    )


def moved(core: CoreApi, orders: Orders) -> dict[str, tuple[int, ...]]:
    """Where each argument of a function stood, for those that stand elsewhere since."""
    return {
        name: tuple(orders[name].index(role) for role in order)
        for name, order in _all(core)
        if name in orders and orders[name] != order and sorted(orders[name]) == sorted(order)
    }
