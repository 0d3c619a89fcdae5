"""Whose a region is, and whose a Python name: what one indicator may write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bindcheck.analysis.bindings.roles import core_functions
from bindcheck.analysis.program import Program
from bindcheck.generate.context import Facts
from bindcheck.generate.keys import region_key
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.pieces import ORDER, ROLES, expected
from bindcheck.generate.regions import Region, find_regions
from bindcheck.generate.store import Store, items_of
from bindcheck.generate.workspace import Workspace
from bindcheck.model import CoreApi, EntryKind, EntryPoint, Span

PYTHON_PIECES = ("stub", "test")
"""Pieces whose regions stand in Python files."""

_CALL = re.compile(r"^[ \t]*(?:\w+::)*(\w+)!\s*[({\[]([^;{}]*)", re.MULTILINE)
"""A macro that is called as an item or a statement, and what it is given."""
_KNOWN = frozenset({"wrap_pyfunction", "macro_rules"})


def region_keys(program: Program, core: CoreApi) -> frozenset[str]:
    """All names of regions that are a core's, in its own file or in Python files."""
    return frozenset(region_key(program, core, piece) for piece in (*ORDER, *PYTHON_PIECES))


def without_owner(
    program: Program, sources: Mapping[str, bytes], python: Mapping[str, str]
) -> Iterator[str]:
    """`path:line: ..` for each region of the crate that no indicator owns.

    `python` are the texts of the files with regions of the pieces `stub` and `test`.
    """
    owned: dict[str, set[str]] = {}
    for core in program.cores:
        owned.setdefault(core.path, set()).update(region_keys(program, core))
    for path in sorted(program.modules):
        if path in program.orphans or program.in_crate(path):
            text = sources[path].decode("utf-8")
            yield from _strays(path, text, owned.get(path, set()))
    anywhere = {key for keys in owned.values() for key in keys}
    for path, text in sorted(python.items()):
        yield from _strays(path, text, anywhere)


def _strays(path: str, text: str, owned: set[str]) -> Iterator[str]:
    if "bindcheck: begin" not in text:
        return
    for region in find_regions(text, path):
        if region.key not in owned:
            yield (
                f"{path}:{region.line_in(text)}: region {region.key} belongs to no indicator: "
                "where that is gone or has another name, remove the region and run again"
            )


def handmade_of(
    program: Program, core: CoreApi, spans: Sequence[Span], strange: Sequence[Span]
) -> list[EntryPoint]:
    """Functions and classes of the core that stand outside its regions.

    What stands in a `strange` region of its file counts if it calls the core: a core that has got
    another name is not called by what was generated for it before.
    """
    own = {ref for ref, _ in core_functions(core)}

    def stands(entry: EntryPoint, where: Sequence[Span]) -> bool:
        here = entry.ref.path == core.path
        return here and any(span.contains(entry.attribute.span) for span in where)

    def calls(entry: EntryPoint) -> bool:
        return entry.kind is not EntryKind.FUNCTION or not own.isdisjoint(program.called(entry.ref))

    return [
        entry
        for entry in program.entries_of(core)
        if entry.active
        and entry.kind in (EntryKind.FUNCTION, EntryKind.CLASS)
        and entry.role in ROLES.values()
        and not stands(entry, spans)
        and (calls(entry) or not stands(entry, strange))
    ]


def contested(facts: Facts, piece: str, name: str, own: Sequence[Span]) -> str:
    """The fact that keeps a piece from having the Python name `name`; empty: the name is its own.

    `own` are the spans of the indicator's regions. A name that one indicator exports is its own;
    one that several could have and none has yet is nobody's.
    """
    program, core = facts.program, facts.core
    named = [entry for entry in program.entries if _exported(program, entry, name)]
    mine = [one for one in named if _is_own(one, core, own)]
    others = [one for one in named if one not in mine and one.indicator != core.name]
    if others:
        places = ", ".join(f"`{one.rust_name}` in {one.ref.path}" for one in others)
        return f"a Python name of its own: `{name}` is {places}"
    if mine:
        return ""
    rivals = ", ".join(one.name for one in _rivals(facts, piece, name))
    return f"a Python name of its own: `{name}` could be {rivals} as well" if rivals else ""


def taken_name(program: Program, entry: EntryPoint) -> str:
    """The fact that keeps a binding by hand, which nothing registers, from being registered.

    Another binding has its Python name; empty: none has.
    """
    if program.registrations_of(entry):
        return ""
    for one in program.entries:
        named = one.kind is entry.kind and one.python_name == entry.python_name
        if named and one.active and one.ref != entry.ref and program.registrations_of(one):
            place = f"`{one.rust_name}` in {one.ref.path}"
            return f"a Python name of its own: `{one.python_name}` is {place}"
    return ""


def _exported(program: Program, entry: EntryPoint, name: str) -> bool:
    return (
        entry.active
        and entry.python_name == name
        and entry.kind in (EntryKind.FUNCTION, EntryKind.CLASS)
        and (entry.indicator is not None or bool(program.registrations_of(entry)))
    )


def _is_own(entry: EntryPoint, core: CoreApi, own: Sequence[Span]) -> bool:
    return entry.ref.path == core.path and any(span.contains(entry.attribute.span) for span in own)


def _rivals(facts: Facts, piece: str, name: str) -> Iterator[CoreApi]:
    for other in facts.program.cores:
        same = other.path == facts.core.path and other.name == facts.core.name
        if same or not facts.program.in_crate(other.path) or not expected(other, piece):
            continue
        if python_name(replace(facts, core=other), piece) == name:
            yield other


def python_name(facts: Facts, piece: str) -> str:
    """The Python name that a piece gives its binding; empty where it has none."""
    style = facts.style
    pattern = {
        "single": style.single_python,
        "batch": style.batch_python,
        "stream": style.class_python,
    }
    try:
        return facts.named(pattern[piece]) if piece in ROLES else ""
    except Lacking:
        return ""


def rust_name(facts: Facts, piece: str) -> str:
    """The Rust name that a piece gives its function or class."""
    style = facts.style
    return facts.named(
        {"single": style.single_rust, "batch": style.batch_rust, "stream": style.class_rust}[piece]
    )


def made_by_macro(source: bytes, name: str) -> str:
    """The fact that keeps a binding from being written whose Rust name a macro is given.

    What macros of a crate make is not read. Empty where none is given the name.
    """
    text = source.decode("utf-8")
    for found in _CALL.finditer(text):
        inside = re.search(rf"\b{re.escape(name)}\b", found[2])
        if inside is not None and found[1] not in _KNOWN:
            line = text.count("\n", 0, found.start(1)) + 1
            return f"what `{found[1]}!` makes of `{name}`, which it is given in line {line}"
    return ""


def renamed_by_hand(
    facts: Facts, regions: Iterable[tuple[Region, Span]]
) -> Iterator[tuple[str, str]]:
    """Python names that regions were generated with, each with the one that it is called now.

    Methods of a class have names of their own.
    """
    program, core = facts.program, facts.core
    pieces = {region_key(program, core, piece): piece for piece in ROLES}
    edited = [
        (pieces[region.key], span)
        for region, span in regions
        if region.key in pieces and region.edited and not region.interface
    ]
    whole = (EntryKind.FUNCTION, EntryKind.CLASS)
    for entry in (one for one in program.entries_of(core) if one.kind in whole):
        for piece, span in edited:
            inside = entry.ref.path == core.path and span.contains(entry.attribute.span)
            expected = python_name(facts, piece)
            if inside and entry.role is ROLES[piece] and entry.python_name != expected:
                yield expected, entry.python_name


def forget_gone(
    store: Store,
    workspace: Workspace,
    places: Mapping[str, str],
    items: frozenset[str],
    imported: frozenset[str],
) -> Iterator[str]:
    """Forget files that are gone; what is exported and none of the `items` any more is told first.

    `places` are the names that the module exports, each with the `path:line` of its line where it
    has one; `items` are those that there are, `imported` names that the package takes from it.
    """
    done = frozenset(places)
    for file in tuple(store.bases):
        left = done & store.items(file) - items
        if workspace.has(file):
            for name in sorted(left - _written(workspace, file)):
                place = f"{places[name]}: " if places[name] else ""
                yield f"{place}the module still exports `{name}`, which is no longer in {file}"
            continue
        if not left and not (imported and store.exported(file) & imported):
            store.forget(file)
        for name in sorted(left):
            yield f"{file} is gone, and the module still exports `{name}`, which was in it"


def _written(workspace: Workspace, file: str) -> frozenset[str]:
    """What is in a file once the run is over."""
    return items_of(workspace.open(workspace.root / file).text)
