"""What Python sees of bindings whose interface is kept: names, types, defaults and result keys."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bindcheck.analysis.bindings.arguments import python_params
from bindcheck.analysis.bindings.entries import FUNCTION_ATTRS, written_signature
from bindcheck.fact import fact
from bindcheck.generate.arguments import PLAIN, TEXT
from bindcheck.generate.context import Facts
from bindcheck.generate.grid import Held as Item
from bindcheck.generate.held.function import HeldFunction
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
    """A function as a stub declares it, with its docstring.

    `entries` are those of the dict that it returns, if they are known.
    """

    name: str
    doc: str
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
    """A method as a stub declares it: decorator, name, arguments, result, docstring.

    There may be no decorator, and no docstring.
    """

    decorator: str
    name: str
    declarations: tuple[str, ...]
    returns: str
    doc: str = ""


@fact
class KeptClass:
    """A class as a stub declares it, with its docstring."""

    name: str
    doc: str
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


def says_all(kind: TypeRef) -> bool:
    """Whether a type tells all that Python gets."""
    try:
        result_type(kind, "")
    except Lacking:
        return False
    return True


# --- arguments ------------------------------------------------------------------------------


def declarations(
    signature: Sequence[SignatureArg],
    function: Function,
    kind: EntryKind = EntryKind.FUNCTION,
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
        tail = "" if one.default is None else f" = {default_text(one.default)}"
        yield f"{one.name}: {python_type(kind)}{tail}"
    if before == _ONLY:
        yield "/"


def default_text(text: str) -> str:
    """The default where Python writes it alike; stubs may say `...` for any."""
    parts = [one.strip() for one in text[1:-1].split(",")] if text.startswith("(") else [text]
    alike = all(one in _DEFAULTS or _LITERAL.fullmatch(one) for one in parts)
    if not alike or (len(parts) > 1 and '"' in text):
        return "..."
    shown = ", ".join(_DEFAULTS.get(one, one) for one in parts)
    return f"({shown})" if len(parts) > 1 else shown


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


def key_of(facts: Facts, item: Item) -> Key:
    """An entry of a dict, with the type of what it holds."""
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
