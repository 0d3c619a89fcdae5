"""The range of a batch: its fields, the grid expansion, and which parameter each field sweeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bindcheck.analysis.cores.choices import choices_of
from bindcheck.analysis.cores.index import CoreFile, Fn
from bindcheck.analysis.cores.shapes import is_axis, normal, unwrap_result, vector_item
from bindcheck.analysis.cores.text import tail_of
from bindcheck.fact import fact
from bindcheck.model import (
    Arm,
    Block,
    Call,
    Closure,
    FieldAccess,
    ItemRef,
    Let,
    Loop,
    Match,
    MethodCall,
    Node,
    ParamField,
    Path,
    RangeField,
    Struct,
    StructLiteral,
    TypeRef,
)

_ROUNDS = 4
"""Passes over a body until the flow of range fields into variables no longer grows."""


@fact
class Grid:
    """A range struct, the functions that expand it, and the struct of one combination."""

    range: tuple[ItemRef, Struct] | None
    expanders: tuple[Fn, ...]
    combination: str | None


def find_grid(file: CoreFile, functions: Sequence[Fn], params: str | None, prefix: str) -> Grid:
    """The range of a core: the struct whose expansion gives a vector of its parameters."""
    found: list[tuple[Fn, tuple[ItemRef, Struct], str]] = []
    for fn in functions:
        taken = _expanded_type(file, fn)
        item = _expands_to(file, fn)
        if taken is not None and item is not None:
            found.append((fn, taken, item.name))
    wanted = [one for one in found if one[2] == params]
    loose = [one for one in found if one[2].endswith("Params") and one[2].startswith(prefix)]
    chosen = wanted or loose
    if not chosen:
        return Grid(_range_by_name(file, functions, prefix), (), params)
    best = min(chosen, key=lambda one: _range_rank(one[1][1].name, prefix))
    same = [one for one in chosen if one[1][0] == best[1][0]]
    return Grid(best[1], tuple(one[0] for one in same), best[2])


def _range_rank(name: str, prefix: str) -> tuple[bool, bool]:
    return (not name.startswith(prefix), not name.endswith("Range"))


def _expanded_type(file: CoreFile, fn: Fn) -> tuple[ItemRef, Struct] | None:
    """The struct that a possible expansion reads: its first argument, or `self`."""
    if fn.item.owner:
        if fn.item.receiver != "&self" or fn.item.params:
            return None
        return file.struct(fn.item.owner)
    params = fn.item.params
    if not params or params[0].type is None or params[0].type.kind not in ("ref", "path"):
        return None
    taken = file.struct_at(params[0].type.peel(), fn)
    buffers = any(p.type is not None and _is_buffer(p.type) for p in params)
    if taken is None or buffers or not taken[1].name.endswith(("Range", "Grid", "Sweep")):
        return None
    return taken


def _is_buffer(kind: TypeRef) -> bool:
    return any(part.kind == "slice" for part in kind.walk())


def _expands_to(file: CoreFile, fn: Fn) -> TypeRef | None:
    returned, _, _ = unwrap_result(fn.item.returns, file.aliases)
    item = vector_item(returned)
    return item if item is not None and item.kind == "path" and item.name else None


def _range_by_name(
    file: CoreFile, functions: Sequence[Fn], prefix: str
) -> tuple[ItemRef, Struct] | None:
    """Without an expansion: a range struct that functions take beside arrays."""
    taken: dict[str, tuple[ItemRef, Struct]] = {}
    for fn in functions:
        for param in fn.item.params:
            name = param.type.peel().name if param.type is not None else ""
            if name.endswith("Range") and param.type is not None:
                found = file.struct_at(param.type.peel(), fn)
                if found is not None:
                    taken.setdefault(name, found)
    if (named := file.struct(f"{prefix}BatchRange")) is not None:
        return named
    return next(iter(taken.values()), None) if len(taken) == 1 else None


def range_fields(
    file: CoreFile, grid: Grid, params: Sequence[ParamField]
) -> tuple[RangeField, ...]:
    """Fields of the range, each with the parameter it sweeps."""
    if grid.range is None:
        return ()
    fields = grid.range[1].fields
    sweeps = _sweeps(file, grid)
    found = []
    for field in fields:
        param = _match(field.name, [one.name for one in params], sweeps)
        inside = field.type.name in ("Option", "Vec") and len(field.type.args) == 1
        kind = field.type.args[0] if inside else field.type
        choices = choices_of(file.program, kind, grid.range[0].path)
        found.append(RangeField(field.name, field.type, is_axis(field.type), param, choices))
    return tuple(found)


def _match(field: str, params: Sequence[str], sweeps: Mapping[str, frozenset[str]]) -> str | None:
    """The parameter of a range field: same name, the only one fed from it, or nearly its name."""
    if field in params:
        return field
    fed = [param for param in params if sweeps.get(param, frozenset()) == {field}]
    if len(fed) == 1:
        return fed[0]
    trimmed = normal(field).removesuffix("range").removesuffix("s")
    near = [param for param in params if normal(param) in (normal(field), trimmed)]
    near = near or [p for p in params if normal(p).removesuffix("s") == trimmed]
    return near[0] if len(near) == 1 else None


# --- reading the expansion ---------------------------------------------------------------------


def _sweeps(file: CoreFile, grid: Grid) -> dict[str, frozenset[str]]:
    """By parameter: the range fields that flow into it where combinations are made."""
    if grid.range is None:
        return {}
    names = {field.name for field in grid.range[1].fields}
    for fn in grid.expanders:
        body = file.program.body(fn.ref)
        if body is None:
            continue
        flow = _flow(body, names)
        made = dict(_made(body, grid.combination or "", flow, names))
        if made:
            return made
    return {}


def _made(
    body: Block, combination: str, flow: Mapping[str, frozenset[str]], names: set[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    for node in body.walk():
        if isinstance(node, StructLiteral) and node.path.rsplit("::", 1)[-1] == combination:
            for init in node.inits:
                fields = _fields_in(init.value, flow, names)
                if fields:
                    yield init.name, fields


def _flow(body: Block, names: set[str]) -> dict[str, frozenset[str]]:
    """By variable: the range fields that its value comes from."""
    flow: dict[str, frozenset[str]] = {}
    for _ in range(_ROUNDS):
        before = dict(flow)
        for node in body.walk():
            for bound, source in _bindings(node):
                fields = _fields_in(source, flow, names)
                for name in bound:
                    flow[name] = flow.get(name, frozenset()) | fields
        if flow == before:
            break
    return flow


def _bindings(node: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Names that a node binds, with the expression that they come from."""
    if isinstance(node, Let) and node.value is not None:
        yield node.names, node.value
    elif isinstance(node, Loop) and node.over is not None:
        yield node.names, node.over
    elif isinstance(node, Match):
        for arm in node.arms:
            yield arm.names, node.subject
    elif isinstance(node, MethodCall):
        for arg in node.args:
            if isinstance(arg, Closure):
                yield tuple(n for p in arg.params for n in p.names), node.receiver
            elif isinstance(node.receiver, Path) and node.method in ("push", "extend", "insert"):
                yield node.receiver.segments[-1:], arg


def _fields_in(node: Node, flow: Mapping[str, frozenset[str]], names: set[str]) -> frozenset[str]:
    """Range fields that an expression reads, directly or through variables."""
    found: set[str] = set()
    for part in _value_nodes(node):
        if isinstance(part, FieldAccess) and part.name in names and isinstance(part.base, Path):
            found.add(part.name)
        elif isinstance(part, Path) and len(part.segments) == 1:
            found |= flow.get(part.segments[0], frozenset())
    return frozenset(found)


def _value_nodes(node: Node) -> Iterator[Node]:
    """Nodes of an expression that make up its value: not error arms, not bodies of closures."""
    if isinstance(node, Closure):
        value = tail_of(node)
        if isinstance(value, (Path, FieldAccess, Call, MethodCall)):
            yield from value.walk()
        return
    yield node
    if isinstance(node, Arm) and node.pattern.startswith("Err"):
        return
    for child in node.children():
        yield from _value_nodes(child)
