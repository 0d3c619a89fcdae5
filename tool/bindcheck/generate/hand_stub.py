"""Stub entries of bindings that stay as somebody wrote them: what they are, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from bindcheck.analysis.bindings.exports import Exports
from bindcheck.analysis.paths_as_methods import with_methods
from bindcheck.analysis.program import Program
from bindcheck.crate import Crate
from bindcheck.fact import replace
from bindcheck.generate.context import Facts
from bindcheck.generate.declared import declared_class, declared_function
from bindcheck.generate.held.classes import class_of
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.kept_interface import KeptClass, KeptFunction
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.types import meant
from bindcheck.generate.stub import refuse_imported
from bindcheck.model import (
    Call,
    EntryKind,
    EntryPoint,
    Function,
    If,
    Let,
    Literal,
    Match,
    MethodCall,
    Node,
    Param,
    Path,
    Struct,
    TypeRef,
    Unary,
)

Declared = KeptFunction | KeptClass

_HARMLESS = frozenset(
    {"set_item", "into", "into_any", "unbind", "as_any", "into_py_any", "to_object"}
)
"""Methods of a dict that write what they are given, or hand the dict to Python."""


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
    module, own = crate.module_name, crate.builder is None
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
        held = class_of(program.modules[entry.ref.path], struct, source)
        return declared_class(facts, entry, held)
    function, body = program.function(entry.ref), program.body(entry.ref)
    if body is None or function.is_async:
        raise Lacking(f"what `{entry.rust_name}` gives")
    named = _with_types(program, entry, function)
    return _function(facts, entry, HeldFunction(named, with_methods(body), source))


def _with_types(program: Program, entry: EntryPoint, function: Function) -> Function:
    """A function with the names that its types have where they are made."""

    def named(kind: TypeRef) -> TypeRef:
        return meant(program, entry.ref, kind)

    params: tuple[Param, ...] = tuple(
        one if one.type is None else replace(one, type=named(one.type)) for one in function.params
    )
    return replace(function, params=params, returns=named(function.returns))


def _function(facts: Facts, entry: EntryPoint, held: HeldFunction) -> KeptFunction:
    """The declaration of a function; of a dict that cannot be read it is only told that it is."""
    piece = entry.role.value
    try:
        _refuse_sometimes(held)
        return declared_function(facts, piece, entry, held)
    except Lacking:
        if not _gives_dict(held.function.returns):
            raise
    keys = "str" if all(one is not None for one in _keys(held)) else "Any"
    return declared_function(facts, piece, entry, held, f"dict[{keys}, Any]")


def _refuse_sometimes(held: HeldFunction) -> None:
    """Raise where an entry of a dict is there only under a condition, or the dict itself."""
    kind = held.function.returns
    if "PyDict" in kind.names() and "Option" in kind.names():
        raise Lacking(f"when `{held.function.name}` gives its dict")
    sometimes = (one for one in held.body.walk() if isinstance(one, If | Match))
    if any(_sets(node) for one in sometimes for node in one.walk()) or _is_handed_on(held):
        raise Lacking(f"which entries the dict of `{held.function.name}` always has")


def _keys(held: HeldFunction) -> Iterator[str | None]:
    """The keys of a dict as far as they are written; None for others."""
    calls = [node for node in held.body.walk() if _sets(node)]
    if not calls or not _dicts(held) or _is_handed_on(held):
        yield None
    for node in calls:
        key = node.args[0] if isinstance(node, MethodCall) and node.args else None
        yield key.text if isinstance(key, Literal) and key.kind == "str" else None


def _dicts(held: HeldFunction) -> frozenset[str]:
    """The variables that hold a new dict."""
    return frozenset(
        name
        for node in held.body.walk()
        if isinstance(node, Let) and isinstance(node.value, Call)
        if isinstance(node.value.function, Path) and "PyDict" in node.value.function.segments
        for name in node.names
    )


def _is_handed_on(held: HeldFunction) -> bool:
    """Whether other code than the body itself may write into a dict."""
    dicts = _dicts(held)
    for node in held.body.walk():
        owner = _named(node.receiver) if isinstance(node, MethodCall) else ""
        if owner in dicts and isinstance(node, MethodCall) and node.method not in _HARMLESS:
            return True
        given = node.args if isinstance(node, Call | MethodCall) else ()
        ends = isinstance(node, Call) and _named(node.function) in ("Ok", "Some")
        if not ends and any(_named(one) in dicts for one in given):
            return True
    return False


def _named(node: Node) -> str:
    """The variable that an expression is, or refers to."""
    while isinstance(node, Unary):
        node = node.value
    return node.text if isinstance(node, Path) else ""


def _sets(node: object) -> bool:
    return isinstance(node, MethodCall) and node.method == "set_item"


def _gives_dict(kind: TypeRef) -> bool:
    """Whether what Python gets is a dict in any case."""
    while kind.name in ("PyResult", "Result", "Bound", "Py") and kind.args:
        kind = kind.args[0]
    return kind.peel().name == "PyDict"
