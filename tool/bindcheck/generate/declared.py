"""Functions and classes of a crate as a stub declares them, with what they say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bindcheck.analysis.bindings.arguments import python_signature
from bindcheck.analysis.bindings.entries import python_name, written_signature
from bindcheck.generate.context import Facts
from bindcheck.generate.documented import written
from bindcheck.generate.grid import Held as Item
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.classes import HeldClass
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.results import dict_items, is_dict
from bindcheck.generate.kept_docs import FunctionDoc, class_doc
from bindcheck.generate.kept_interface import (
    KeptClass,
    KeptFunction,
    KeptMethod,
    declarations,
    entry_of,
    key_of,
    python_type,
    result_type,
    says_all,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.model import EntryKind, EntryPoint, Function

_NAME = re.compile(r'\bname\s*=\s*"(\w+)"')


def declared_function(
    facts: Facts, piece: str, entry: EntryPoint, held: HeldFunction, returns: str = ""
) -> KeptFunction:
    """The declaration of a function, whose result nothing is read of if `returns` says it."""
    name, items = "", tuple[Item, ...]()
    kept, given = _read(facts, held), held.function.returns
    if not returns and ("PyDict" in given.names() or not says_all(given)):
        if isinstance(kept, Lacking):
            raise kept
        if is_dict(kept):
            items = dict_items(kept, facts.core.outputs, grid=piece == "batch")
            name = f"_{facts.core.prefix}{'Batch' if piece == 'batch' else 'Result'}"
    known = None if isinstance(kept, Lacking) else kept
    path = entry.ref.path
    return KeptFunction(
        name=entry.python_name,
        declarations=declarations(python_signature(entry, held.function), held.function),
        returns=returns or name or result_type(given, ""),
        typed_dict=name,
        entries=tuple(key_of(facts, item) for item in items),
        doc=FunctionDoc(facts, piece, entry.python_name, path, held, known, items).text,
    )


def _read(facts: Facts, held: HeldFunction) -> Kept | Lacking:
    try:
        return Kept.of(facts, held)
    except Lacking as lacking:
        return lacking


def kept_class(facts: Facts, held: HeldClass) -> KeptClass:
    """The declaration of a kept class."""
    return declared_class(facts, entry_of(facts, "stream"), held)


def declared_class(facts: Facts, entry: EntryPoint, held: HeldClass) -> KeptClass:
    """The declaration of a class with all its methods."""
    path, options = entry.ref.path, entry.attribute.tokens
    if re.search(r"\bextends\b", options):
        raise Lacking(f"what `{held.struct.name}` extends")
    methods = [one for one in held.methods if facts.program.active(one.cfg, path)]
    return KeptClass(
        name=entry.python_name,
        doc=class_doc(facts, held.struct.doc),
        final="subclass" not in options,
        methods=(*(_method(entry, one) for one in methods), *_fields(entry, held)),
    )


def _fields(owner: EntryPoint, held: HeldClass) -> Iterator[KeptMethod]:
    """The fields that Python may read."""
    every = set(re.findall(r"\w+", owner.attribute.tokens))
    for field in held.struct.fields:
        said = " ".join(one.tokens for one in field.attrs if one.path.endswith("pyo3"))
        words = {*re.findall(r"\w+", said), *(every & {"get_all", "set_all"})}
        if words & {"set", "set_all"}:
            raise Lacking(f"how a stub declares `{held.struct.name}::{field.name}`")
        if words & {"get", "get_all"}:
            given = _NAME.search(said)
            shown = given[1] if given is not None else field.name
            kind = python_type(field.type)
            yield KeptMethod("property", shown, ("self",), kind, _said(field.doc))


def _method(owner: EntryPoint, function: Function) -> KeptMethod:
    if function.attr("setter", "deleter", "classattr") is not None or function.is_async:
        raise Lacking(f"how a stub declares `{function.owner}::{function.name}`")
    given = python_name(function, owner.attribute)
    signature = written_signature(function, None)[1]
    method = replace(owner, kind=EntryKind.METHOD, signature=signature)
    declared = declarations(python_signature(method, function), function, EntryKind.METHOD)
    if function.attr("new", "__new__") is not None:
        return KeptMethod("", "__new__", ("cls", *declared), owner.python_name)
    returns, doc = result_type(function.returns, owner.python_name), _said(function.doc)
    if function.attr("staticmethod") is not None:
        return KeptMethod("staticmethod", given, declared, returns, doc)
    if function.attr("classmethod") is not None:
        return KeptMethod("classmethod", given, ("cls", *declared), returns, doc)
    decorator = "property" if function.attr("getter") is not None else ""
    return KeptMethod(decorator, given, ("self", *declared), returns, doc)


def _said(doc: str) -> str:
    """The docstring of a method; empty where nothing is written."""
    return written(doc, "") if doc.strip() else ""
