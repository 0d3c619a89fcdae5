"""What Python sees of bindings whose interface is kept: names, types, defaults and result keys."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bindcheck.analysis.bindings.arguments import python_params, python_signature
from bindcheck.analysis.bindings.entries import FUNCTION_ATTRS, python_name, written_signature
from bindcheck.fact import fact
from bindcheck.generate.arguments import PLAIN, TEXT
from bindcheck.generate.context import Facts
from bindcheck.generate.grid import Held as Item
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.classes import HeldClass
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.held.results import dict_items, is_dict
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.ownership import python_name as expected_name
from bindcheck.generate.ownership import rust_name
from bindcheck.generate.pythonview import Key, array_type
from bindcheck.model import EntryKind, EntryPoint, Function, ItemRef, SignatureArg, TypeRef

_ARRAY = re.compile(r"Py(?:ReadonlyArray|ReadwriteArray|ArrayLike|Array)(?:[1-6]|Dyn)")
_HANDLES = ("Bound", "Py")
_RESULTS = ("PyResult", "Result")
_DEFAULTS = {"None": "None", "true": "True", "false": "False"}
_LITERAL = re.compile(r'-?\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?|"[^"\\]*"')
_OF_COMBOS = re.compile(
    r"\bcombos\s*\.(?:into_)?iter\(\)\s*\.map\(\s*\|(?P<one>\w+)\|\s*(?P=one)\.(?P<name>\w+)"
    r"(?P<given>\.unwrap\(\)|\.unwrap_or\([\w.]*\)|\.unwrap_or_default\(\))?\s*,?\s*\)\s*\.collect"
)
"""`combos.iter().map(|one| one.period.unwrap_or(9)).collect..`"""
_COLLECTED = re.compile(r"Vec<(\w+)>|\bas (\w+)\b|\bPyArray1::<(\w+)>")
_SHOWN = re.compile(
    r"\b(?:into_pyarray|PyArray1(?:::<\w+>)?::from_(?:vec|slice|iter))(?:_bound)?\("
)
"""What makes an array of numbers."""

_KEYWORD, _ONLY = "keyword-only", "positional-only"


@fact
class KeptFunction:
    """A function as a stub declares it. `entries` are those of the dict that it returns, if any."""

    name: str
    title: str
    declarations: tuple[str, ...]
    returns: str
    typed_dict: str = ""
    entries: tuple[Key, ...] = ()

    @property
    def keys_are_names(self) -> bool:
        """Whether the keys can be written as names."""
        keys = [one.name for one in self.entries]
        return all(key.isidentifier() and not keyword.iskeyword(key) for key in keys)


@fact
class KeptMethod:
    """A method as a stub declares it: decorator (or none), name, arguments and result."""

    decorator: str
    name: str
    declarations: tuple[str, ...]
    returns: str


@fact
class KeptClass:
    """A class as a stub declares it."""

    name: str
    title: str
    final: bool
    methods: tuple[KeptMethod, ...]


def entry_of(facts: Facts, piece: str) -> EntryPoint:
    """The binding of the crate that a piece is."""
    name = expected_name(facts, piece)
    kind = EntryKind.CLASS if piece == "stream" else EntryKind.FUNCTION
    own = [one for one in facts.program.entries_of(facts.core) if one.kind is kind and one.active]
    found = [one for one in own if one.python_name == name]
    # Somebody may have given it another name for Python in its region.
    found = found or [one for one in own if one.rust_name == rust_name(facts, piece)]
    if len(found) != 1:
        raise Lacking(f"the one binding that Python calls `{name}`")
    return found[0]


def entry_in(facts: Facts, piece: str, held: HeldFunction) -> EntryPoint:
    """The same with the signature that a text gives it, which a run may be about to write."""
    own = held.function.attr(*FUNCTION_ATTRS)
    signature = written_signature(held.function, own)[1]
    return replace(entry_of(facts, piece), signature=signature)


def methods_of(facts: Facts, entry: EntryPoint) -> tuple[EntryPoint, ...]:
    """The methods of a class that Python sees."""
    program = facts.program
    known = program.keep("active methods of classes", lambda: _methods(program.entries))
    return known.get(entry.ref, ())


def _methods(entries: Sequence[EntryPoint]) -> Mapping[ItemRef | None, tuple[EntryPoint, ...]]:
    found: dict[ItemRef | None, tuple[EntryPoint, ...]] = {}
    for one in entries:
        if one.kind is EntryKind.METHOD and one.active:
            found[one.class_ref] = (*found.get(one.class_ref, ()), one)
    return found


def kept_function(facts: Facts, piece: str, held: HeldFunction) -> KeptFunction:
    """The declaration of a function, with the keys and types of what it returns."""
    entry, function = entry_in(facts, piece, held), held.function
    name, returns = "", ""
    entries: tuple[Key, ...] = ()
    if "PyDict" in function.returns.names() or not _says_arrays(function.returns):
        kept = Kept.of(facts, held)
        if is_dict(kept):
            suffix = "Batch" if piece == "batch" else "Result"
            name = returns = f"_{facts.core.prefix}{suffix}"
            items = dict_items(kept, facts.core.outputs, grid=piece == "batch")
            entries = tuple(_key(facts, item) for item in items)
    declared = declarations(python_signature(entry, function), function, entry.kind)
    returns = returns or result_type(function.returns, "")
    return KeptFunction(
        entry.python_name, _title(facts, function.doc), declared, returns, name, entries
    )


def _says_arrays(kind: TypeRef) -> bool:
    """Whether a type tells all that Python gets."""
    try:
        result_type(kind, "")
    except Lacking:
        return False
    return True


def kept_class(facts: Facts, held: HeldClass) -> KeptClass:
    """The declaration of a class with all its methods."""
    entry = entry_of(facts, "stream")
    path = entry.ref.path
    methods = [one for one in held.methods if facts.program.active(one.cfg, path)]
    return KeptClass(
        name=entry.python_name,
        title=_title(facts, held.struct.doc),
        final="subclass" not in entry.attribute.tokens,
        methods=tuple(_method(entry, one) for one in methods),
    )


def _method(owner: EntryPoint, function: Function) -> KeptMethod:
    if function.attr("setter", "deleter", "classattr") is not None:
        raise Lacking(f"how a stub declares `{function.owner}::{function.name}`")
    given = python_name(function, owner.attribute)
    signature = written_signature(function, None)[1]
    method = replace(owner, kind=EntryKind.METHOD, signature=signature)
    declared = declarations(python_signature(method, function), function, EntryKind.METHOD)
    if function.attr("new", "__new__") is not None:
        return KeptMethod("", "__new__", ("cls", *declared), owner.python_name)
    returns = result_type(function.returns, owner.python_name)
    if function.attr("staticmethod") is not None:
        return KeptMethod("staticmethod", given, declared, returns)
    if function.attr("classmethod") is not None:
        return KeptMethod("classmethod", given, ("cls", *declared), returns)
    decorator = "property" if function.attr("getter") is not None else ""
    return KeptMethod(decorator, given, ("self", *declared), returns)


def _title(facts: Facts, doc: str) -> str:
    first = doc.strip().partition("\n")[0].strip().rstrip(".")
    return re.sub(r'["\\`]', "", first) or facts.bare


# --- arguments ------------------------------------------------------------------------------


def declarations(
    signature: Sequence[SignatureArg], function: Function, kind: EntryKind
) -> tuple[str, ...]:
    """`data: NDArray[np.float64]`, `*`, `period: int = 9`, .."""
    types = {
        (one.name or "_").removeprefix("r#"): one.type for one in python_params(function, kind)
    }
    return tuple(_declared(signature, types))


def _declared(signature: Sequence[SignatureArg], types: dict[str, TypeRef | None]) -> Iterator[str]:
    before = ""
    for one in signature:
        kind = types.get(one.name)
        if kind is None or one.kind not in (_KEYWORD, _ONLY, "positional"):
            raise Lacking(f"the type of the argument `{one.name}`")
        if before == _ONLY != one.kind:
            yield "/"
        if one.kind == _KEYWORD != before:
            yield "*"
        before = one.kind
        tail = "" if one.default is None else f" = {_default(one.default)}"
        yield f"{one.name}: {python_type(kind)}{tail}"
    if before == _ONLY:
        yield "/"


def _default(text: str) -> str:
    """The default where Python writes it alike; stubs may say `...` for any."""
    return _DEFAULTS.get(text) or (text if _LITERAL.fullmatch(text) else "...")


# --- types ----------------------------------------------------------------------------------


def python_type(kind: TypeRef) -> str:
    """Python's name for the type of an argument or of a part of a result."""
    kind = kind.peel()
    if kind.kind == "tuple":
        return f"tuple[{', '.join(map(python_type, kind.args))}]" if kind.args else "None"
    if kind.name == "Option" and kind.args:
        return f"{python_type(kind.args[0])} | None"
    if kind.name == "Vec" and kind.args:
        return f"list[{python_type(kind.args[0])}]"
    if kind.name in _HANDLES and kind.args:
        return python_type(kind.args[0])
    if _ARRAY.fullmatch(kind.name) and kind.args:
        return array_type(kind.args[0].text)
    return _simple(kind)


def _simple(kind: TypeRef) -> str:
    if kind.kind != "path" or kind.name not in (*PLAIN, *TEXT):
        raise Lacking(f"a Python type for `{kind.text}`")
    if kind.name in TEXT:
        return "str"
    return {"f": "float", "b": "bool"}.get(kind.name[0], "int")


def result_type(kind: TypeRef, own: str) -> str:
    """Python's name for what a function returns; `own` is what `Self` stands for."""
    if kind.name in _RESULTS and kind.args:
        kind = kind.args[0]
    return own if kind.name == "Self" and own else python_type(kind)


def _key(facts: Facts, item: Item) -> Key:
    if item.output:
        elements = {one.name: one.element for one in facts.core.outputs}
        # One buffer for all outputs holds numbers of one type.
        element = elements.get(item.output, facts.core.outputs[0].element)
        return Key(item.key, array_type(item.element or element))
    if item.uses & {"rows", "cols"} == item.uses and item.code in ("rows", "cols"):
        return Key(item.key, "int")
    found = ["".join(kinds) for kinds in _COLLECTED.findall(item.code)]
    element = found[0] if found else ""
    if element == "_":
        element = _element(facts, item.code)
    if not element or not _SHOWN.search(item.code):
        raise Lacking(f"the type of what stands under {item.key!r}")
    return Key(item.key, array_type(element))


def _element(facts: Facts, code: str) -> str:
    """The type of numbers that are a parameter of each combination as it is; empty for others."""
    found = _OF_COMBOS.search(code)
    params = [one for one in facts.core.params if found is not None and one.name == found["name"]]
    if found is None or not params or params[0].optional != bool(found["given"]):
        return ""
    return params[0].type.text
