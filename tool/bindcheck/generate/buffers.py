"""What a core that fills a grid is given: its buffers, and the kernel of its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from bindcheck.fact import fact
from bindcheck.generate.arguments import free_name
from bindcheck.generate.auto_kernel import auto_of
from bindcheck.generate.bodies import (
    Takes,
    fills_whole,
    hands_prefixes,
    kernels_taken,
    writes_prefix,
)
from bindcheck.generate.context import Facts, checked_outputs
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.style import kernel_pairs
from bindcheck.model import CoreFunction, OutputField

ALL = "*"
"""The key of the one matrix that holds all outputs."""


def part_key(place: int, *, by_row: bool) -> str:
    """The key of an output by its place among those of each row, or among planes."""
    return f"{ALL}{'row' if by_row else 'plane'}:{place}"


def cell_of(elements: Iterable[str]) -> str:
    """An unsigned type of the size of these together, an array where it takes several."""
    sizes = [_BITS.get(one, 64) for one in elements]
    unit = min(sizes)
    count = sum(sizes) // unit
    return f"u{unit}" if count == 1 else f"[u{unit}; {count}]"


_BITS = {
    **dict.fromkeys(("bool", "i8", "u8"), 8),
    **dict.fromkeys(("i16", "u16"), 16),
    **dict.fromkeys(("f32", "i32", "u32"), 32),
}
"""Sizes of elements that are smaller than most."""

_NAN = {"f64": "f64::NAN", "f32": "f32::NAN"}


@fact
class KernelMapping:
    """From the kernel of a batch to that of its rows, in `pairs`.

    `auto` is the expression for `Auto`, empty where that is handed on. Without pairs the core takes
    the kernel of a batch as it is. `chosen` is an expression in place of `auto`.
    """

    auto: str
    kernel: str
    pairs: tuple[tuple[str, str], ...]
    chosen: str = ""


@fact
class Start:
    """What a kept binding wrote before the core does, which may leave whole rows alone.

    `warm` tells of NaN, `zeroed` of memory that is all zeros.
    """

    warm: bool = False
    zeroed: bool = False


UNWRITTEN = Start()


@fact
class Buffer:
    """A matrix that the core fills: its key in the result, and whether it is seen uninitialised.

    `fill` is what the binding writes first, where the core leaves the warm-up alone; `array` and
    `slice` are the variables of the array and of its memory.
    """

    key: str
    element: str
    uninit: bool
    fill: str
    array: str
    slice: str


def mapping_of(
    facts: Facts, function: CoreFunction, *, by_row: bool = False, kept: bool = False
) -> KernelMapping | None:
    """How the kernel of a batch becomes that of its rows.

    `Auto` becomes what it does in the core; where that does not tell, or the body of a binding is
    `kept`, what it does in the reference. `by_row`: the function is given kernels of rows even if
    it takes others.
    """
    if "kernel" not in function.roles:
        return None
    auto = None if kept else auto_of(facts, function)
    if auto is None and facts.style.auto is None:
        return None
    if auto is None and facts.style.auto is not None:
        auto = f"{facts.names.function(facts.style.auto)}()"
    pairs = kernel_pairs(facts.program, facts.core.path)
    plain = frozenset(row for _, row in pairs)
    caller = facts.core.batch_with_kernel
    taken = kernels_taken(
        facts.program, function.ref, plain, caller.ref if caller is not None else None
    )
    if taken is Takes.AUTO:
        raise Lacking(f"kernels other than Auto that `{function.name}` takes")
    if taken is Takes.BATCH and not by_row:
        pairs = ()
    return KernelMapping(auto or "", facts.kernel_type(function), pairs) if auto or pairs else None


def buffers_of(
    facts: Facts, function: CoreFunction, names: Collection[str], start: Start
) -> tuple[Buffer, ...]:
    """One matrix per output, in the order of the outputs; or the one that holds them all."""
    params = facts.caller.params(function)
    kinds = {
        role.removeprefix("out:"): param.type
        for param, role in zip(params, function.roles, strict=True)
        if role.startswith("out:")
    }
    found = []
    whole = function.name in facts.filling or fills_whole(facts.program, function)
    filled = whole or writes_prefix(facts.program, function) or start.zeroed
    left = start.warm and not (whole or hands_prefixes(facts.program, function))
    outputs = checked_outputs(facts.core.outputs)
    if ALL in kinds:
        outputs = (OutputField(ALL, outputs[0].element),)
    for output in outputs:
        kind = kinds.get(output.name)
        if kind is None:
            raise Lacking(f"the buffer of `{function.name}` for the output `{output.name}`")
        uninit = "MaybeUninit" in kind.names()
        fill = _NAN.get(output.element, "") if left or not (uninit or filled) else ""
        fill = f"std::mem::MaybeUninit::new({fill})" if fill and uninit else fill
        bare = "values" if output.name == ALL else output.name
        array, memory = (free_name(f"{bare}_{end}", names) for end in ("array", "out"))
        found.append(Buffer(output.name, output.element, uninit, fill, array, memory))
    return tuple(found)
