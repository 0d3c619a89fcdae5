"""How a kernel's name becomes a kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bindcheck.analysis.flow.evaluate import Flow, flow_of
from bindcheck.analysis.flow.events import Called, Place, Region
from bindcheck.analysis.flow.values import Shape, Value
from bindcheck.analysis.program import Program
from bindcheck.analysis.regions import events, reached
from bindcheck.model import (
    Arm,
    EntryPoint,
    Function,
    ItemRef,
    MacroCall,
    Match,
    Node,
    Path,
    Role,
)

_CPU = re.compile(r"avx|sse|neon|fma|sve", re.IGNORECASE)
_QUOTED = re.compile(r'"([^"]*)"')
_DETECTS = re.compile(r"^is_\w+_feature_detected$")


@dataclass(frozen=True, slots=True)
class Unasked:
    """A kernel for a CPU feature that is chosen by name without asking the CPU for it.

    `enabled` tells that the crate compiles functions for the feature, which are then undefined
    behaviour to call, and that the binding itself does not ask either.
    """

    place: Place
    kernel: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class WrongFlag:
    """A validating helper is asked for kernels of the other sort."""

    place: Place
    helper: str
    batch: bool


def unasked(program: Program, entry: EntryPoint) -> tuple[Unasked, ...]:
    """Matches of an entry point, or of what it hands its kernel's name to, that trust the name."""
    found: dict[ItemRef, Unasked] = {}
    for ref in (entry.ref, *_told(program, entry)):
        body = program.body(ref)
        if body is None or _asks(program, ref, set()) or _asked_later(program, entry, ref):
            continue
        for arm, kernel in _named_kernels(body, program):
            place = Place(ref, arm.span)
            sure = _enabled(program) and not _asks(program, entry.ref, set())
            found.setdefault(ref, Unasked(place, kernel, sure))
    return tuple(found.values())


def _asked_later(program: Program, entry: EntryPoint, ref: ItemRef) -> bool:
    """Whether a helper between the binding and `ref` asks about the kernel that `ref` gives."""
    between = set(reached(program, entry.ref)) - {ref, entry.ref}
    return any(
        ref in program.called(one) and _asks(program, one, set())
        for one in between
        if program.entry(one) is None
    )


def _told(program: Program, entry: EntryPoint) -> Iterator[ItemRef]:
    for call in events(program, entry).calls:
        if any(arg.shape is Shape.TEXT and arg.caller for arg in call.args):
            yield from call.targets


def _named_kernels(body: Node, program: Program) -> Iterator[tuple[Arm, str]]:
    for node in body.walk():
        if not isinstance(node, Match):
            continue
        for arm in node.arms:
            if _CPU.search(" ".join(_QUOTED.findall(arm.pattern))) and program.active(arm.cfg):
                for part in arm.body.walk():
                    if isinstance(part, Path) and len(part.segments) > 1 and _CPU.search(part.last):
                        yield arm, part.last
                        break


def _asks(program: Program, ref: ItemRef, seen: set[ItemRef]) -> bool:
    """Whether a function asks the CPU, itself or through what it calls."""
    if ref in seen or len(seen) > 40:
        return False
    seen.add(ref)
    body = program.body(ref)
    if body is None:
        return False
    for node in body.walk():
        if isinstance(node, MacroCall) and _DETECTS.match(node.path.rsplit("::", 1)[-1]):
            return True
    return any(_asks(program, one, seen) for one in program.called(ref) if _short(program, one))


def _short(program: Program, ref: ItemRef) -> bool:
    span = program.function(ref).body_span
    return span is not None and span.end - span.start < 6000


def _enabled(program: Program) -> bool:
    return any(
        function.attr("target_feature") is not None
        for module in program.modules.values()
        for function in module.functions
    )


def wrong_flags(program: Program, entry: EntryPoint) -> tuple[WrongFlag, ...]:
    """Calls of a validating helper that ask for kernels of the other sort."""
    if entry.role not in (Role.SINGLE, Role.BATCH):
        return ()
    wanted = entry.role is Role.BATCH
    found = []
    if not wanted and not _computes_single(program, entry):
        return ()
    for call in events(program, entry).calls:
        if call.place.ref == entry.ref and any(arg.truth is not None for arg in call.args):
            flag = _flag(flow_of(program), call)
            if flag is not None and flag != wanted:
                name = program.function(call.targets[0]).name
                found.append(WrongFlag(call.place, name, flag))
    return tuple(found)


def _computes_single(program: Program, entry: EntryPoint) -> bool:
    core = program.core(entry.indicator) if entry.indicator else None
    parts = (core.single, core.with_kernel, core.into_slice) if core is not None else ()
    refs = {part.ref for part in parts if part is not None}
    return any(refs.intersection(call.targets) for call in events(program, entry).calls)


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
    args = [_flipped(arg) if flip else arg for arg in call.args]
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
