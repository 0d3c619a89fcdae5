"""How a kernel's name becomes a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bindcheck.analysis.bindings.kernel_flags import sorts_of
from bindcheck.analysis.bindings.kernel_names import names_of
from bindcheck.analysis.flow.evaluate import Flow, flow_of
from bindcheck.analysis.flow.events import Called, Place, Region
from bindcheck.analysis.flow.values import Shape, Value
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import events, reached
from bindcheck.fact import fact
from bindcheck.model import EntryPoint, Function, ItemRef


@fact
class Unasked:
    """A kernel for a CPU feature that is chosen by name without asking the CPU for it.

    `enabled` tells that the crate compiles functions for the feature, which are then undefined
    behaviour to call, and that the binding itself does not ask either.
    """

    place: Place
    kernel: str
    enabled: bool


@fact
class WrongFlag:
    """A validating helper is asked for kernels of the other sort."""

    place: Place
    helper: str
    batch: bool


def unasked(program: Program, entry: EntryPoint) -> tuple[Unasked, ...]:
    """Choices of an entry point, or of what it hands its kernel's name to, that trust the name."""
    names = names_of(program)
    found: dict[ItemRef, Unasked] = {}
    for ref in dict.fromkeys((entry.ref, *_told(program, entry))):
        chosen = names.chosen(ref)
        if chosen is None or names.asks(ref) or _asked_later(program, entry, ref):
            continue
        span, kernel = chosen
        sure = names.enabled and not names.asks(entry.ref)
        found[ref] = Unasked(Place(ref, span), kernel, sure)
    return tuple(found.values())


def _asked_later(program: Program, entry: EntryPoint, ref: ItemRef) -> bool:
    """Whether a helper between the binding and `ref` asks about the kernel that `ref` gives."""
    names = names_of(program)
    return any(
        ref in program.called(one) and names.asks(one)
        for one in reached(program, entry.ref)
        if one not in (ref, entry.ref) and program.entry(one) is None
    )


def _told(program: Program, entry: EntryPoint) -> Iterator[ItemRef]:
    """Functions that get the kernel's name: by a call, by `parse` and its like, or from PyO3."""
    names = names_of(program)
    called = [
        ref
        for call in events(program, entry).calls
        if any(arg.shape is Shape.TEXT and arg.caller for arg in call.args)
        for ref in call.targets
    ]
    for ref in dict.fromkeys((entry.ref, *called)):
        yield ref
        yield from names.converted(ref)
    yield from names.extracted(entry.ref)


def wrong_flags(program: Program, entry: EntryPoint) -> tuple[WrongFlag, ...]:
    """Calls of a validating helper that give kernels which what follows does not take."""
    found = []
    for call in events(program, entry).calls:
        if call.place.ref == entry.ref and any(arg.truth is not None for arg in call.args):
            flag = _flag(flow_of(program), call)
            if flag is None:
                continue
            if sorts_of(program).taken_after(entry.ref, call.place.span) == {not flag}:
                name = program.function(call.targets[0]).name
                found.append(WrongFlag(call.place, name, flag))
    return tuple(found)


def _flag(flow: Flow, call: Called) -> bool | None:
    """Whether a call gives kernels for batches, None when its flag does not decide that."""
    if not any(arg.shape is Shape.TEXT for arg in call.args):
        return None
    here, other = (_variants(flow, call, flip=flip) for flip in (False, True))
    if here is None or other is None or here == other:
        return None
    only, rest = here - other, other - here
    if any("batch" in name.lower() for name in only):
        return True
    return False if any("batch" in name.lower() for name in rest) else None


def _variants(flow: Flow, call: Called, *, flip: bool) -> frozenset[str] | None:
    # Without its memory an argument is alike in all bindings: the helper is evaluated once.
    plain = [replace(arg, root=None, lengths=frozenset()) for arg in call.args]
    args = [_flipped(arg) if flip else arg for arg in plain]
    ref = call.targets[0]
    frame = flow.frame(call.place.ref, {}, Region.ATTACHED, ())
    return flow.run(ref, args, frame)[0].variants


def _flipped(value: Value) -> Value:
    return replace(value, truth=not value.truth) if value.truth is not None else value


def validated_late(program: Program, entry: EntryPoint) -> tuple[Place, ...]:
    """Calls inside the release that turn the kernel's name into a kernel."""
    return tuple(
        call.place
        for call in events(program, entry).calls
        if call.region is Region.DETACHED
        and call.place.ref == entry.ref
        and any(arg.shape is Shape.TEXT and arg.caller for arg in call.args)
        and _gives_kernel(program, call)
    )


def _gives_kernel(program: Program, call: Called) -> bool:
    function: Function = program.function(call.targets[0])
    return any(part.name == "Kernel" for part in function.returns.walk()) or bool(
        flow_of(program)
        .run(
            call.targets[0],
            list(call.args),
            flow_of(program).frame(call.place.ref, {}, Region.ATTACHED, ()),
        )[0]
        .variants
    )
