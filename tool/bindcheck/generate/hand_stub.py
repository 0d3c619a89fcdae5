"""Stub entries of bindings that stay as somebody wrote them: what they are, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from bindcheck.analysis.bindings.exports import Exports
from bindcheck.analysis.paths_as_methods import with_methods
from bindcheck.analysis.program import Program
from bindcheck.crate import Crate
from bindcheck.fact import replace
from bindcheck.generate.context import Facts
from bindcheck.generate.declared import declared_class
from bindcheck.generate.declared_dict import function_entry
from bindcheck.generate.held.classes import class_of
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.kept_interface import KeptClass, KeptFunction
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.types import meant
from bindcheck.generate.stub import refuse_imported
from bindcheck.model import EntryKind, EntryPoint, Function, Param, Struct, TypeRef

Declared = KeptFunction | KeptClass


def by_hand_entries(
    facts: Facts,
    crate: Crate,
    bindings: Iterable[EntryPoint],
    sources: Mapping[str, bytes],
    taken: Collection[str],
) -> tuple[tuple[Declared, ...], dict[str, str]]:
    """The declarations of those bindings that can be told, once for each name not `taken`.

    The second are the others by name, with the fact that is lacking.
    """
    found: dict[str, Declared] = {}
    refused: dict[str, str] = {}
    for entry in bindings:
        name = entry.python_name
        if name in taken or name in found or not _is_at_the_top(facts.program, crate, entry):
            continue
        try:
            refuse_imported((name,))
            found[name] = _declared(facts, entry, sources[entry.ref.path])
        except Lacking as lacking:
            refused[name] = lacking.fact
    return tuple(_apart(found.values(), set(taken))), refused


def _apart(declared: Iterable[Declared], taken: set[str]) -> Iterator[Declared]:
    """Declarations whose dicts have types of their own."""
    for one in declared:
        if isinstance(one, KeptFunction) and one.typed_dict:
            words = "".join(word.capitalize() for word in one.name.split("_"))
            name = f"_{words}Dict" if one.typed_dict in taken else one.typed_dict
            taken.add(name)
            one = replace(one, typed_dict=name, returns=name)
        yield one


def exports_of(program: Program, crate: Crate) -> Exports:
    """What Python finds in the crate's extension module."""
    module, own = crate.extension.module_name, crate.builder is None
    return program.keep(
        "exports of the extension module",
        lambda: Exports(program, program.entries, program.registrations, module, own=own),
    )


def _is_at_the_top(program: Program, crate: Crate, entry: EntryPoint) -> bool:
    """Whether Python finds a binding in the extension module itself, or nowhere as yet."""
    exports, name = exports_of(program, crate), (entry.python_name,)
    if not program.registrations_of(entry):
        return all(export.names != name for export in exports.all)
    return name in exports.names_of(entry)


def _declared(facts: Facts, entry: EntryPoint, source: bytes) -> Declared:
    program = facts.program
    if entry.kind is EntryKind.CLASS:
        struct = program.struct(entry.ref)
        if not isinstance(struct, Struct):
            raise Lacking(f"a struct `{entry.rust_name}`")
        made = class_of(program.modules[entry.ref.path], struct, source)
        return declared_class(facts, entry, made)
    function, body = program.function(entry.ref), program.body(entry.ref)
    if body is None or function.is_async:
        raise Lacking(f"what `{entry.rust_name}` gives")
    named = _with_types(program, entry, function)
    held = HeldFunction(named, with_methods(body), source)
    return function_entry(facts, entry.role.value, entry, held)


def _with_types(program: Program, entry: EntryPoint, function: Function) -> Function:
    """A function with the names that its types have where they are made."""

    def named(kind: TypeRef) -> TypeRef:
        return meant(program, entry.ref, kind)

    params: tuple[Param, ...] = tuple(
        one if one.type is None else replace(one, type=named(one.type)) for one in function.params
    )
    return replace(function, params=params, returns=named(function.returns))
