"""What the reference's bindings call the ranges of a batch, and how they take a kernel."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.learned.bodies import Body, bodies_of
from bindcheck.model import (
    CoreApi,
    EntryKind,
    FieldInit,
    MethodCall,
    Node,
    Path,
    Role,
    StructLiteral,
    TypeRef,
)

RANGE = "{name}_range"
"""What we call the argument of a range."""

KEYWORD = "keyword-only"
KERNEL = "kernel"
_NAME = re.compile(r'"\w+"')


@fact
class KernelArgument:
    """The last argument of a binding: its default in either language, and whether it has a `*`."""

    default: str = "None"
    keyword: bool = False

    @property
    def shown(self) -> tuple[str, ...]:
        """The parts of a signature."""
        return (*(["*"] if self.keyword else []), f"kernel={self.default}")


@fact
class Heads:
    """`ranges` is a pattern with `{name}`; `single` and `batch` say how a kernel is given."""

    ranges: str = RANGE
    single: KernelArgument = KernelArgument()
    batch: KernelArgument = KernelArgument()


OWN_HEADS = Heads()
"""Our own form, where no reference says anything else."""


def learned_heads(program: Program, reference: CoreApi) -> Heads:
    """The conventions of the reference; ours where it tells nothing."""
    return Heads(
        ranges=_ranges(program, reference),
        single=_kernel(program, reference, Role.SINGLE),
        batch=_kernel(program, reference, Role.BATCH),
    )


def bare_range(field: str) -> str:
    """What a field of the range is called without the word that says so."""
    return field.removesuffix("_range")


# --- ranges ---------------------------------------------------------------------------------


def _ranges(program: Program, reference: CoreApi) -> str:
    """What all arguments that become axes of the range have in common."""
    found = {
        pattern
        for body in bodies_of(program, reference, Role.BATCH)
        for pattern in _patterns(body, reference)
    }
    return found.pop() or RANGE if len(found) == 1 else RANGE


def _patterns(body: Body, core: CoreApi) -> Iterator[str]:
    for axis in axes_of(body, core):
        yield _pattern(axis.argument, bare_range(axis.field))


@fact
class Axis:
    """A field of the range, the argument that it is made of, and the expression that makes it."""

    field: str
    argument: str
    kind: TypeRef
    value: Node


def axes_of(body: Body, core: CoreApi) -> Iterator[Axis]:
    """The axes of the range as a binding makes them: of an argument, or of what stands for None."""
    given = {one.name for one in body.program.function(body.ref).params}
    axes = {one.name: one.type for one in core.ranges if one.axis}
    for init in range_inits(body, core):
        made, value = init.value, init.value
        if isinstance(value, MethodCall) and value.method == "unwrap_or":
            made = value.receiver
        if init.name in axes and isinstance(made, Path) and made.text in given:
            yield Axis(init.name, made.text, axes[init.name], init.value)


def range_inits(body: Body, core: CoreApi) -> Iterator[FieldInit]:
    """The fields of the range, as a binding makes it."""
    for node in body.block.walk():
        if isinstance(node, StructLiteral):
            yield from node.inits if node.path.rpartition("::")[2] == core.range_struct else ()


def _pattern(argument: str, field: str) -> str:
    return argument.replace(field, "{name}") if argument.count(field) == 1 else ""


# --- kernels --------------------------------------------------------------------------------


def _kernel(program: Program, reference: CoreApi, role: Role) -> KernelArgument:
    """How the reference takes a kernel, where that is its last argument."""
    for entry in program.entries_of(reference):
        bound = entry.active and entry.role is role and entry.kind is EntryKind.FUNCTION
        if not bound or not entry.signature:
            continue
        *others, last = entry.signature
        if last.name != KERNEL:
            continue
        default = last.default or ""
        return KernelArgument(
            default if _NAME.fullmatch(default) else "None",
            last.kind == KEYWORD and not any(one.kind == KEYWORD for one in others),
        )
    return KernelArgument()
