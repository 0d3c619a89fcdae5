"""Which indicator an entry point is for, and in which role. Both follow from what it calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.linking.linked import Linked
from bindcheck.crew import ALONE, Crew
from bindcheck.fact import fact
from bindcheck.model import (
    Block,
    CoreApi,
    EntryKind,
    EntryPoint,
    ItemRef,
    MethodCall,
    Node,
    Path,
    Role,
    Sequence,
    Struct,
    StructLiteral,
    TypeRef,
)

_DEEPEST = 4
"""Levels of helpers between a binding and the core it is for."""
_NUMBERS = frozenset(
    ["usize", "u8", "u16", "u32", "u64", "isize", "i8", "i16", "i32", "i64", "f32", "f64"]
)


_WITH_ROLE = (EntryKind.CLASS, EntryKind.FUNCTION)
_Assigned = tuple[str | None, Role]


@fact
class _Hit:
    """A core that an entry point reaches; `weight` orders calls before mentions of its types."""

    core: str
    role: Role
    weight: int


def with_roles(
    linked: Linked,
    entries: tuple[EntryPoint, ...],
    cores: tuple[CoreApi, ...],
    crew: Crew = ALONE,
) -> tuple[EntryPoint, ...]:
    """`entries` with indicator and role filled in, for those of the audited configuration."""
    roles = _Roles(linked, cores)
    own = [one for one in entries if one.active and one.kind in _WITH_ROLE]
    found = crew.share(own, lambda entry: entry.ref.path, roles.of)
    known = {(entry.kind, entry.ref): role for entry, role in zip(own, found, strict=True)}
    return tuple(_assigned(entry, known) for entry in entries)


def _assigned(
    entry: EntryPoint, known: Mapping[tuple[EntryKind, ItemRef], _Assigned]
) -> EntryPoint:
    """The entry with its indicator and role; a method has those of its class."""
    key = (entry.kind, entry.ref)
    if entry.kind is EntryKind.METHOD and entry.class_ref is not None:
        key = (EntryKind.CLASS, entry.class_ref)
    indicator, role = known.get(key, (None, entry.role)) if entry.active else (None, entry.role)
    return entry if indicator is None else replace(entry, indicator=indicator, role=role)


class _Roles:
    def __init__(self, linked: Linked, cores: tuple[CoreApi, ...]):
        self._linked = linked
        self._cores = {core.name: core for core in cores}
        self._by_function = dict(_functions(cores))
        self._by_type = dict(self._types(cores))
        self._by_path: dict[str, list[str]] = {}
        for core in cores:
            self._by_path.setdefault(core.path, []).append(core.name)

    def of(self, entry: EntryPoint) -> _Assigned:
        """The core that an entry belongs to and its role there; no core if it belongs to none."""
        hits = list(self._hits(entry))
        name = self._chosen(entry, hits)
        return (None, entry.role) if name is None else (name, self._role(entry, name, hits))

    # --- which core ----------------------------------------------------------------------------

    def _chosen(self, entry: EntryPoint, hits: list[_Hit]) -> str | None:
        """The core with the strongest hits; one of the entry's own file decides among several."""
        best = max((hit.weight for hit in hits), default=0)
        names = list(dict.fromkeys(hit.core for hit in hits if hit.weight == best))
        here = [name for name in names if name in self._by_path.get(entry.ref.path, ())]
        for candidates in (names, here):
            if len(candidates) == 1:
                return candidates[0]
        named = [name for name in here or names if entry.python_name.startswith(name)]
        if named:
            return max(named, key=len)
        if not here:
            return None
        counts = Counter(hit.core for hit in hits if hit.core in here)
        return counts.most_common(1)[0][0]

    def _role(self, entry: EntryPoint, name: str, hits: list[_Hit]) -> Role:
        if entry.kind is EntryKind.CLASS:
            return Role.STREAM
        roles = {hit.role for hit in hits if hit.core == name}
        if Role.BATCH in roles or self._takes_ranges(entry):
            return Role.BATCH
        if Role.SINGLE in roles:
            # One number of the result is not what the core computes, unless it goes by its name.
            other = entry.python_name != name and self._gives_a_number(entry)
            return Role.OTHER if other else Role.SINGLE
        # It works on the inside of the core: the shape of its result is all there is to go by.
        return Role.BATCH if self._makes_matrix(entry) else Role.OTHER

    def _gives_a_number(self, entry: EntryPoint) -> bool:
        given = self._linked.function(entry.ref).returns
        while given.name in ("PyResult", "Result", "Option") and given.args:
            given = given.args[0]
        return given.kind == "path" and given.name in _NUMBERS

    def _makes_matrix(self, entry: EntryPoint) -> bool:
        if "PyArray2" in self._linked.function(entry.ref).returns.names():
            return True
        return makes_matrix(self._linked, entry.ref)

    def _takes_ranges(self, entry: EntryPoint) -> bool:
        params = self._linked.function(entry.ref).params
        return any(_is_range(param.type) for param in params if param.type is not None)

    # --- what an entry reaches -----------------------------------------------------------------

    def _hits(self, entry: EntryPoint) -> Iterator[_Hit]:
        if entry.kind is EntryKind.CLASS:
            yield from self._class_hits(entry)
            return
        here = set(self._by_path.get(entry.ref.path, ()))
        seen = {entry.ref}
        level = [entry.ref]
        for depth in range(_DEEPEST):
            hits = [hit for ref in level for hit in self._hits_of(ref, depth)]
            yield from hits
            # The nearest level decides, unless it speaks of other files' cores only.
            if any(hit.weight > 1 and (hit.core in here or not here) for hit in hits):
                return
            level = [ref for ref in self._below(level) if ref not in seen]
            seen.update(level)

    def _hits_of(self, ref: ItemRef, depth: int) -> Iterator[_Hit]:
        if depth < 2:
            yield from self._mentions(ref)
        for callee in self._linked.called(ref):
            known = self._by_function.get(callee)
            if known is not None:
                yield _Hit(known[0], known[1], 2)
            elif len(self._by_path.get(callee.path, ())) == 1:
                yield _Hit(self._by_path[callee.path][0], Role.OTHER, 0)

    def _below(self, level: list[ItemRef]) -> Iterator[ItemRef]:
        """Helpers that the functions of a level call; what lies behind a core is not looked at."""
        callees = dict.fromkeys(callee for ref in level for callee in self._linked.called(ref))
        return (ref for ref in callees if ref not in self._by_function)

    def _class_hits(self, entry: EntryPoint) -> Iterator[_Hit]:
        """A class is for the indicator whose stream it holds."""
        item = self._linked.struct(entry.ref)
        fields = item.fields if isinstance(item, Struct) else ()
        for field in fields:
            for part in field.type.walk():
                ref = self._resolved(part, entry.ref.path, item.scope)
                known = self._by_type.get(ref) if ref is not None else None
                if known is not None and known[1] is Role.STREAM:
                    yield _Hit(known[0], Role.STREAM, 2)
        own = self._by_type.get(entry.ref)
        if own is not None and own[1] is Role.STREAM:
            yield _Hit(own[0], Role.STREAM, 2)
        here = self._by_path.get(entry.ref.path, ())
        if len(here) == 1 and self._is_fed(entry.ref):
            yield _Hit(here[0], Role.STREAM, 1)

    def _is_fed(self, class_ref: ItemRef) -> bool:
        """Whether a class is made by Python and then takes values one by one."""
        methods = self._linked.methods(class_ref)
        functions = [self._linked.function(ref) for refs in methods.values() for ref in refs]
        made = any(function.attr("new") for function in functions)
        return made and any(
            function.receiver == "&mut self"
            and (function.name == "update" or any(_is_number(p.type) for p in function.params))
            for function in functions
        )

    def _mentions(self, ref: ItemRef) -> Iterator[_Hit]:
        """Cores whose types a body constructs: a weaker sign than a call."""
        for type_ref in types_in(self._linked, ref):
            known = self._by_type.get(type_ref)
            if known is not None and known[1] is not Role.STREAM:
                yield _Hit(known[0], known[1], 1)

    def _resolved(self, type_: TypeRef, path: str, scope: tuple[str, ...]) -> ItemRef | None:
        if type_.kind != "path" or not type_.path:
            return None
        return self._linked.resolve_type(type_.path, path, scope)

    def _types(self, cores: Iterable[CoreApi]) -> Iterator[tuple[ItemRef, tuple[str, Role]]]:
        for core in cores:
            named = (
                (core.params_struct, Role.OTHER),
                (core.output_struct, Role.SINGLE),
                (core.range_struct, Role.BATCH),
            )
            if core.input is not None:
                yield core.input, (core.name, Role.SINGLE)
            if core.stream is not None:
                yield core.stream.ref, (core.name, Role.STREAM)
            for name, role in named:
                ref = self._linked.resolve_type(name, core.path) if name else None
                if ref is not None:
                    yield ref, (core.name, role)


@answered("types in bodies")
def types_in(linked: Linked, ref: ItemRef) -> tuple[ItemRef, ...]:
    """The types of the crate that a body constructs or takes functions from, in source order."""
    body = linked.body(ref)
    scope = linked.function(ref).scope
    paths = _type_paths(body) if body is not None else ()
    found = (linked.resolve_type(segments, ref.path, scope) for segments in paths)
    return tuple(one for one in found if one is not None)


@answered("matrices")
def makes_matrix(linked: Linked, ref: ItemRef) -> bool:
    """Whether a body gives an array two dimensions."""
    body = linked.body(ref)
    return body is not None and any(_is_reshape(node) for node in body.walk())


def core_functions(core: CoreApi) -> Iterator[tuple[ItemRef, Role]]:
    """The functions of a core's public shape, each with the role of a binding that calls it."""
    single = (core.single, core.with_kernel, core.into_slice, core.into_uninit)
    grids = (core.batch_with_kernel, core.batch_inner, core.batch_inner_into, core.batch_bare)
    batch = (core.expand_grid, *grids)
    for functions, role in ((single, Role.SINGLE), (batch, Role.BATCH)):
        for function in functions:
            if function is not None:
                yield function.ref, role
    if core.stream is not None:
        for function in (core.stream.constructor, core.stream.update):
            if function is not None:
                yield function.ref, Role.STREAM


def _functions(cores: Iterable[CoreApi]) -> Iterator[tuple[ItemRef, tuple[str, Role]]]:
    for core in cores:
        for ref, role in core_functions(core):
            yield ref, (core.name, role)


def _type_paths(body: Block) -> Iterator[tuple[str, ...]]:
    for node in body.walk():
        if isinstance(node, StructLiteral):
            yield tuple(node.path.split("::"))
        elif isinstance(node, Path) and len(node.segments) > 1:
            yield node.segments[:-1]


def _is_number(type_: TypeRef | None) -> bool:
    return type_ is not None and type_.kind == "path" and type_.name in ("f32", "f64")


def _is_reshape(node: Node) -> bool:
    """`x.reshape((rows, cols))`, `x.reshape([rows, cols])`."""
    if not isinstance(node, MethodCall) or not node.method.startswith("reshape"):
        return False
    return any(isinstance(arg, Sequence) and len(arg.items) == 2 for arg in node.args)


def _is_range(type_: TypeRef) -> bool:
    """`(usize, usize, usize)` and the like, also inside `Option`."""
    target = type_.args[0] if type_.name == "Option" and type_.args else type_
    parts = target.args if target.kind == "tuple" else ()
    return len(parts) == 3 and all(part.name in _NUMBERS for part in parts)
