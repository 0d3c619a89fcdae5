"""The parts of what a reference's binding returns: the entries of its dict, or of its tuple."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from bindcheck.fact import fact
from bindcheck.generate.learned.bodies import Body
from bindcheck.generate.learned.types import gives
from bindcheck.model import (
    Block,
    Call,
    Cast,
    Closure,
    CoreApi,
    FieldAccess,
    Literal,
    MethodCall,
    Node,
    Path,
    Return,
    TypeRef,
)
from bindcheck.model import Sequence as Several

_ARRAYS = frozenset({"reshape", "into_pyarray", "to_pyarray", "reshape_with_order"})
_TURNED = frozenset({"into_pyarray", "to_pyarray"})
_CONVERTING = frozenset({"from", "try_from"})
_UNREAD = frozenset({"into", "try_into"})
_NUMBER = re.compile(r"[ui](?:8|16|32|64|size)|f32|f64")


@fact
class Entry:
    """A part of a result, under a key if it has one: a parameter or an output, if known.

    `params` are parameters that it gives together. `elements` are the types of their values, by
    parameter: the type in the core, another one, or empty where it is not clear. `turned`: it is
    made an array of NumPy, `matrix`: and is about an output.
    """

    key: str = ""
    param: str = ""
    output: str = ""
    turned: bool = False
    matrix: bool = False
    params: tuple[str, ...] = ()
    elements: tuple[tuple[str, str], ...] = ()

    @property
    def about(self) -> bool:
        """Whether it is about parameters of the rows."""
        return bool(self.param or self.params)


@fact
class Entries:
    """Reads the body of a binding."""

    body: Body
    core: CoreApi

    def keyed(self) -> tuple[Entry, ...]:
        """What is put into a dict."""
        return tuple(self._entry(key, value) for key, value in self._given())

    def returned(self) -> tuple[Entry, ...]:
        """The parts of a tuple that is returned, or the one array; nothing for anything else."""
        kind = _held(gives(self.body.program, self.body.ref))
        value = _value(self.body.block)
        if kind.kind == "tuple" and isinstance(value, Several) and value.kind == "tuple":
            return tuple(self._entry("", one, together=True) for one in value.items)
        matrix = kind.name in ("PyArray2", "PyArray")
        return (self._entry("", value),) if matrix and value is not None else ()

    def _given(self) -> Iterator[tuple[str, Node]]:
        for node in self.body.block.walk():
            if isinstance(node, MethodCall) and node.method == "set_item" and len(node.args) == 2:
                key, value = node.args
                if isinstance(key, Literal) and key.kind == "str" and "{" not in key.text:
                    yield key.text, value

    def _entry(self, key: str, value: Node, *, together: bool = False) -> Entry:
        chain = list(self.body.chain(value))
        turned = any(_is_turned(one) for one in chain)
        names = self._params(chain)
        if names:
            made = tuple((name, self._element(name, chain)) for name in names)
            if together and any(_makes_tuple(one) for one in chain):
                return Entry(key, params=names, turned=turned, elements=made)
            return Entry(key, param=names[0], turned=turned, elements=made[:1])
        if not any(_is_array(one) for one in chain):
            return Entry(key)
        return Entry(key, output=self._output(key, chain), turned=turned, matrix=True)

    def _params(self, chain: Sequence[Node]) -> tuple[str, ...]:
        """The parameters of each combination that a value is about, the first one first."""
        names = [one.name for one in self.core.params]
        parts = (part for node in chain for part in _inside(node))
        found = (part.name for part in parts if isinstance(part, FieldAccess))
        return tuple(dict.fromkeys(name for name in found if name in names))

    def _element(self, param: str, chain: Sequence[Node]) -> str:
        """The type of a parameter's values, as a cast or a conversion makes it."""
        parts = [part for node in chain for part in _inside(node)]
        for part in parts:
            kind = _made(part)
            if kind and any(isinstance(n, FieldAccess) and n.name == param for n in part.walk()):
                return kind
        if any(isinstance(part, MethodCall) and part.method in _UNREAD for part in parts):
            return ""
        return next(one.type.name for one in self.core.params if one.name == param)

    def _output(self, key: str, chain: Sequence[Node]) -> str:
        """The output that a matrix is: the only one, or the one that its making names."""
        names = [one.name for one in self.core.outputs]
        if len(names) == 1:
            return names[0]
        said = {part.name for part in chain if isinstance(part, FieldAccess)}
        said |= {part.last for part in chain if isinstance(part, Path)}
        found = [one for one in names if one in said]
        found = found or [one for one in names if any(one in text.split("_") for text in said)]
        found = found or [one for one in names if one in key]
        return found[0] if len(found) == 1 else ""


def with_word(key: str, words: Mapping[str, str]) -> str:
    """A key with a word of the reference left open; empty where none occurs once."""
    for word, value in words.items():
        if value and key.count(value) == 1:
            return key.replace(value, f"{{{word}}}")
    return ""


def _held(kind: TypeRef) -> TypeRef:
    """A type without what stands around it: `PyResult<..>`, `Bound<'py, ..>`."""
    while kind.name in ("PyResult", "Result", "Bound", "Py") and kind.args:
        kind = kind.args[0]
    return kind


def _value(block: Block) -> Node | None:
    """What stands in the `Ok(..)` at the end of a body, or the array that a method gives there."""
    last: Node | None = block.statements[-1] if block.statements else None
    last = last.value if isinstance(last, Return) else last
    if isinstance(last, MethodCall) and last.method in _ARRAYS:
        return last
    made = isinstance(last, Call) and isinstance(last.function, Path) and last.function.text == "Ok"
    return last.args[0] if made and isinstance(last, Call) and last.args else None


def _inside(node: Node) -> tuple[Node, ...]:
    """A part of a chain; of a closure all that it has."""
    return tuple(node.body.walk()) if isinstance(node, Closure) else (node,)


def _makes_tuple(node: Node) -> bool:
    return isinstance(node, Closure) and any(
        isinstance(part, Several) and part.kind == "tuple" for part in node.body.walk()
    )


def _made(node: Node) -> str:
    """The type that a cast or a conversion names."""
    if isinstance(node, Cast):
        return node.type.name if _NUMBER.fullmatch(node.type.name) else ""
    if isinstance(node, Call) and isinstance(node.function, Path):
        *kind, last = node.function.segments
        made = kind[0] if len(kind) == 1 and last in _CONVERTING else ""
        return made if _NUMBER.fullmatch(made) else ""
    return ""


def _is_turned(node: Node) -> bool:
    """Whether a value becomes an array of NumPy here."""
    if isinstance(node, MethodCall):
        return node.method in _TURNED
    return isinstance(node, Call) and isinstance(node.function, Path) and _of_numpy(node.function)


def _of_numpy(path: Path) -> bool:
    return any(one.startswith("PyArray") for one in path.segments)


def _is_array(node: Node) -> bool:
    return _is_turned(node) or (isinstance(node, MethodCall) and node.method in _ARRAYS)
