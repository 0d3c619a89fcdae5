"""Where new bindings are registered: a `#[pymodule]`, or a function that it hands its module to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bindcheck.analysis.bindings.registration import container_of
from bindcheck.analysis.program import Program
from bindcheck.conformance import find_reference
from bindcheck.fact import fact
from bindcheck.generate.lacking import Lacking
from bindcheck.model import EntryKind, EntryPoint, Function, ItemRef, Mod, Registration

_ELSEWHERE = ("wrapper", "pyfn")
"""Ways to be exported that are no line of a registering function."""


@fact
class Home:
    """What takes the new lines: its file, and the function or inline module.

    `module` has the names of the `#[pymodule]` that it belongs to, in Python and in Rust.
    """

    path: str
    item: Function | Mod
    ref: ItemRef
    module: tuple[str, str]


def find_home(program: Program, wanted: str | None = None) -> Home:
    """The place that registers the reference (`wanted`, else found), else most of the crate."""
    roots = [home for entry in program.entries if (home := _root(program, entry)) is not None]
    if not roots:
        raise Lacking("a `#[pymodule]` in this crate")
    root = max(roots, key=lambda home: len(_into(program, home)))
    reference, _ = find_reference(program, wanted)
    ours = {entry.ref for entry in program.entries_of(reference)} if reference else set()
    found = _into(program, root)
    counts: Counter[ItemRef | None] = Counter(container_of(program, one) for one in found)
    leading = Counter(container_of(program, one) for one in found if one.target in ours)
    homes = [root, *_helpers(program, root, found)]
    return max(homes, key=lambda home: (leading[_key(home)], counts[_key(home)]))


def _root(program: Program, entry: EntryPoint) -> Home | None:
    if entry.kind is not EntryKind.MODULE or not entry.active:
        return None
    module = program.modules[entry.ref.path]
    items: list[Function | Mod] = [*module.functions, *module.mods]
    for item in items:
        if entry.attribute in item.attrs and item.name == entry.rust_name:
            return Home(entry.ref.path, item, entry.ref, (entry.python_name, item.name))
    return None


def _into(program: Program, home: Home) -> list[Registration]:
    return [
        one
        for one in program.registrations
        if one.module in home.module and one.via not in _ELSEWHERE
    ]


def _key(home: Home) -> ItemRef | None:
    """What `container_of` gives for lines of this place; None is an inline module."""
    return home.ref if isinstance(home.item, Function) else None


def _helpers(program: Program, root: Home, found: Sequence[Registration]) -> Iterator[Home]:
    """Functions beside the root that register what is not only their own file's."""
    by_place: dict[ItemRef, list[Registration]] = {}
    for one in found:
        place = container_of(program, one)
        if place is not None and place != _key(root):
            by_place.setdefault(place, []).append(one)
    everything = {one.target.path for one in found}
    for ref, own in by_place.items():
        function = program.function(ref)
        shared = {one.target.path for one in own} != {ref.path} or everything == {ref.path}
        if shared and _can_register(function):
            yield Home(ref.path, function, ref, root.module)


def _can_register(function: Function) -> bool:
    """Whether `m.add_function(..)?` can stand in a function."""
    takes = any("PyModule" in p.type.names() for p in function.params if p.type is not None)
    return takes and not function.owner and function.returns.name in ("PyResult", "Result")
