"""What the body of a core function says about its buffers and kernels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.style import is_kernel
from bindcheck.model import (
    Arm,
    Assign,
    Binary,
    Block,
    Call,
    CoreFunction,
    If,
    Index,
    ItemRef,
    Let,
    Literal,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
)

_DEPTH = 3
"""How many functions a kernel is followed through."""


def writes_prefix(program: Program, function: CoreFunction) -> bool:
    """Whether a function that fills a grid writes the warm-up of its rows.

    It does when it hands the buffer and the lengths to a helper, or writes NaN into it whatever the
    data are. Functions for single rows do not count: they begin where the warm-up ends.
    """
    if hands_prefixes(program, function):
        return True
    body = program.body(function.ref)
    return body is not None and _writes_nan(body, _outs(program, function))


def fills_whole(program: Program, function: CoreFunction) -> bool:
    """Whether a function writes NaN into all cells of its buffers, whatever the data are."""
    body, outs = program.body(function.ref), _outs(program, function)
    filled = {
        one.receiver.last
        for one in (body.statements if isinstance(body, Block) else ())
        if isinstance(one, MethodCall) and one.method == "fill" and any(map(is_nan, one.args))
        if isinstance(one.receiver, Path) and len(one.receiver.segments) == 1
    }
    return bool(outs) and outs <= filled


def _outs(program: Program, function: CoreFunction) -> set[str]:
    """The parameters that are buffers.

    A function that is planned has more roles than the function that it is made from.
    """
    params = program.function(function.ref).params
    return {
        param.name
        for param, role in zip(params, function.roles, strict=False)
        if role.startswith("out:")
    }


def hands_prefixes(program: Program, function: CoreFunction) -> bool:
    """Whether a function hands its buffer to a helper that writes the warm-up of all rows."""
    return any(fills_prefixes(program, ref) for ref in program.called(function.ref))


def _writes_nan(node: Node, outs: set[str]) -> bool:
    """Whether NaN goes into one of `outs` outside any condition."""
    if isinstance(node, If | Match):
        return False
    if isinstance(node, Assign) and is_nan(node.value) and not _one_cell(node.target):
        return bool(_named(node.target) & outs)
    if isinstance(node, MethodCall) and node.method == "fill" and any(map(is_nan, node.args)):
        return bool(_named(node.receiver) & outs)
    return any(_writes_nan(child, outs) for child in node.children())


def _one_cell(target: Node) -> bool:
    """Whether a target is a cell at a fixed place, which is no warm-up of a row."""
    return isinstance(target, Index) and isinstance(target.index, Literal)


def is_nan(node: Node) -> bool:
    """Whether a node is the constant NaN."""
    return isinstance(node, Path) and node.last == "NAN"


def _named(node: Node) -> set[str]:
    return {one.last for one in node.walk() if isinstance(one, Path)}


def fills_prefixes(program: Program, ref: ItemRef, *, uninit: bool = True) -> bool:
    """A helper that takes memory not yet written, and the length of each row's warm-up.

    Without `uninit` the memory may have been written, and NaN is written into it.
    """
    params = program.function(ref).params
    kinds = [param.type for param in params if param.type is not None]
    if not any(kind.kind == "ref" and kind.text.endswith("[usize]") for kind in kinds):
        return False
    memory = any("MaybeUninit" in kind.names() for kind in kinds)
    if not memory and not uninit:
        body = program.body(ref)
        outs = {one.name for one in params if one.type and one.type.text.startswith("&mut")}
        memory = body is not None and bool(outs) and _only_nan(body)
    return memory


def _only_nan(body: Node) -> bool:
    """Whether nothing but NaN is assigned or filled in, by a body that calls nothing."""
    written = [
        node.value if isinstance(node, Assign) else node.args[0]
        for node in body.walk()
        if (isinstance(node, Assign) and not isinstance(node.target, Path))
        or (isinstance(node, MethodCall) and node.method == "fill" and node.args)
    ]
    changes = any(
        (isinstance(node, MethodCall) and node.method in ("copy_from_slice", "swap"))
        or isinstance(node, Call)
        for node in body.walk()
    )
    return bool(written) and all(map(is_nan, written)) and not changes


def _nodes(program: Program, ref: ItemRef) -> Iterator[Node]:
    body = program.body(ref)
    return body.walk() if body is not None else iter(())


# --- kernels -------------------------------------------------------------------------------------


class Takes(Enum):
    """Which kernels a function for grids takes."""

    ROW = auto()
    BATCH = auto()
    AUTO = auto()


def kernels_taken(
    program: Program, ref: ItemRef, plain: frozenset[str], caller: ItemRef | None = None
) -> Takes:
    """Whether a function wants the kernel of a row, that of a batch, or only `Auto`.

    The first `match`, `matches!`, `is_batch` or comparison that its kernel goes through decides.
    Where it meets none, the function gets what the core's `caller`, which takes the kernel of a
    batch, gives it: that one, unless it names a kernel of rows. `plain` are the variants that have
    a variant for batches beside them.
    """
    found = _Kernels(program, plain).taken(ref, _DEPTH)
    if found is None and caller is not None:
        named = (one.last for one in _nodes(program, caller) if isinstance(one, Path))
        return Takes.BATCH if plain.isdisjoint(named) else Takes.ROW
    return found or Takes.ROW


def wants_row_kernel(program: Program, ref: ItemRef, plain: frozenset[str]) -> bool:
    """Whether a function decides by the kernel of a row: that of a grid would be another one."""
    return _Kernels(program, plain).taken(ref, _DEPTH) is Takes.ROW


@fact
class _Kernels:
    program: Program
    plain: frozenset[str]

    def taken(self, ref: ItemRef, depth: int) -> Takes | None:
        """What the function says; None when its kernel meets no decision."""
        params = self.program.function(ref).params
        names = {p.name for p in params if p.type is not None and is_kernel(p.type)}
        if not names or depth == 0:
            return None
        for node in _nodes(self.program, ref):
            found = self._decision(node, names)
            if found is not None:
                return found
            if isinstance(node, Let) and _carries(node.value, names):
                names |= set(node.names)
        return self._delegated(ref, names, depth)

    def _decision(self, node: Node, names: set[str]) -> Takes | None:
        if isinstance(node, MacroCall) and node.path == "matches":
            first = node.tokens.partition(",")[0].strip()
            variants = set(node.tokens.replace("|", " ").replace("::", " ").split())
            return self._kind(variants) if first in names else None
        if isinstance(node, MethodCall) and node.method == "is_batch":
            named = isinstance(node.receiver, Path) and node.receiver.last in names
            return Takes.BATCH if named else None
        if isinstance(node, Match) and _subject(node) in names:
            return self._match(node.arms)
        if isinstance(node, Binary) and node.op in ("==", "!="):
            sides = [one for one in (node.left, node.right) if isinstance(one, Path)]
            asked = len(sides) == 2 and any(one.text in names for one in sides)
            return self._kind({one.last for one in sides}) if asked else None
        if isinstance(node, If) and isinstance(node.condition, Let):
            asked = _subject(node.condition.value) in names
            return self._kind(arm_variants(node.condition.pattern)) if asked else None
        return None

    def _match(self, arms: Sequence[Arm]) -> Takes | None:
        """What the arms that do not refuse name."""
        accepted: set[str] = set()
        refused: set[str] = set()
        open_end = True
        for arm in arms:
            variants = arm_variants(arm.pattern)
            (refused if _refuses(arm.body) else accepted).update(variants)
            if arm.names and "::" not in arm.pattern:
                open_end = not _refuses(arm.body)
        if refused & self.plain:
            return Takes.BATCH
        found = self._kind(accepted)
        if found is None and not open_end and "Auto" in accepted:
            return Takes.AUTO
        return found

    def _kind(self, variants: set[str]) -> Takes | None:
        if variants & self.plain:
            return Takes.ROW
        return Takes.BATCH if any(f"{one}Batch" in variants for one in self.plain) else None

    def _delegated(self, ref: ItemRef, names: set[str], depth: int) -> Takes | None:
        callees = self.program.callees(ref)
        for node in _nodes(self.program, ref):
            if not isinstance(node, Call):
                continue
            if any(isinstance(arg, Path) and arg.text in names for arg in node.args):
                for callee in callees.get(node.span, ()):
                    found = self.taken(callee, depth - 1)
                    if found is not None:
                        return found
        return None


def _subject(node: Node | None) -> str:
    if isinstance(node, Match):
        node = node.subject
    return node.text if isinstance(node, Path) else ""


def arm_variants(pattern: str) -> set[str]:
    """The variants that a pattern is for: `Kernel::Avx2 | Kernel::Scalar`."""
    return {part.strip().rsplit("::", 1)[-1] for part in pattern.split("|")}


def _carries(node: Node | None, names: set[str]) -> bool:
    """Whether a value may be the kernel that one of `names` has."""
    if isinstance(node, If):
        return any(_carries(value_of(one), names) for one in (node.then, node.otherwise))
    return _subject(node) in names


def value_of(node: Node | None) -> Node | None:
    """The value of a block, that is its last expression; anything else is its own."""
    return node.statements[-1] if isinstance(node, Block) and node.statements else node


def _refuses(body: Node) -> bool:
    """Whether an arm only fails."""
    for node in body.walk():
        if isinstance(node, Path) and node.last == "Err":
            return True
        if isinstance(node, MacroCall) and node.path in ("unreachable", "panic"):
            return True
    return False
