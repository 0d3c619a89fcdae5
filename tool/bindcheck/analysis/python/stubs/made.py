"""What a binding gives whose result is any Python object by its type: what it makes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum, auto

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.flow.guards import diverges, is_error
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.analysis.python.stubs.types import ARRAYS, OBJECTS, Shape, rust_shape
from bindcheck.fact import fact
from bindcheck.model import (
    Block,
    Call,
    Closure,
    If,
    ItemRef,
    Match,
    MethodCall,
    Node,
    Path,
    Return,
    Try,
    TypeRef,
    Unary,
)

_ANY = frozenset({"PyObject", "PyAny"})
_HOLDERS = frozenset({"PyResult", "PyArrowResult", "Result", "Py", "Bound"})
_SAME = frozenset(
    {
        *("into", "unbind", "into_any", "into_bound", "as_any", "clone", "clone_ref", "to_owned"),
        *("map_err", "to_object", "into_py", "as_unbound", "bind"),
    }
)
_ARROW = frozenset(
    {"to_arro3", "into_arro3", "to_pyarrow", "into_pyarrow", "to_nanoarrow", "into_nanoarrow"}
)
_NUMPY = re.compile(r"(?:into|to)_pyarray(?:_bound)?")
_NEW = re.compile(r"(?:new|empty|from_\w+|zeros|arange|borrow_from_\w+)(?:_bound)?")
_FILLS = frozenset({"set_item"})
_DEEPEST = 4


class _Gone(Enum):
    """A branch that gives nothing: it fails or leaves."""

    GONE = auto()


_Found = Shape | _Gone | None


@answered("made shapes")
def made_shape(program: Program, ref: ItemRef) -> Shape | None:
    """What every way through a function gives; None where its type tells, or one is not known."""
    return _of_function(program, ref, 0) if _is_any(program.function(ref).returns) else None


def _is_any(type_: TypeRef) -> bool:
    type_ = type_.peel()
    if type_.name in _ANY:
        return True
    inner = [one for one in type_.args if not one.text.startswith("'")]
    return type_.name in _HOLDERS and bool(inner) and _is_any(inner[0])


def _of_function(program: Program, ref: ItemRef, depth: int) -> Shape | None:
    anatomy = anatomy_of(program, ref) if depth <= _DEEPEST else None
    if anatomy is None:
        return None
    making = _Making(program, ref, anatomy, depth)
    found = _agreed(making.of(one) for one in (anatomy.body, *_returned(anatomy)))
    return found if isinstance(found, Shape) else None


def _returned(anatomy: Anatomy) -> Iterator[Node]:
    """What `return` gives, in the function itself."""
    for one in anatomy.all(Return):
        if one.value is not None and not any(isinstance(a, Closure) for a in anatomy.above(one)):
            yield one.value


def _agreed(found: Iterable[_Found]) -> _Found:
    """What all branches that give something give."""
    shapes = {one for one in found if one is not _Gone.GONE}
    return shapes.pop() if len(shapes) == 1 else None if shapes else _Gone.GONE


@fact
class _Making:
    """Expressions of one function, and the objects they make."""

    program: Program
    ref: ItemRef
    anatomy: Anatomy
    depth: int

    def of(self, node: Node | None) -> _Found:
        """What an expression gives."""
        if node is None or diverges(node) or is_error(node):
            return _Gone.GONE if node is not None else None
        if isinstance(node, Block):
            return self.of(node.statements[-1]) if node.tail else None
        if isinstance(node, If):
            return _agreed((self.of(node.then), self.of(node.otherwise)))
        if isinstance(node, Match):
            return _agreed(self.of(arm.body) for arm in node.arms)
        if isinstance(node, (Try, Unary)):
            return self.of(node.value)
        if isinstance(node, MethodCall):
            return self._of_method(node)
        if isinstance(node, Call):
            return self._of_call(node)
        return self._of_name(node) if isinstance(node, Path) else None

    def _of_method(self, node: MethodCall) -> _Found:
        if node.method in _SAME:
            return self.of(node.receiver)
        if node.method in _ARROW:
            return Shape("arrow")
        return Shape("array") if _NUMPY.fullmatch(node.method) else self._of_crate(node)

    def _of_call(self, node: Call) -> _Found:
        path = node.function
        if not isinstance(path, Path):
            return None
        if path.segments == ("Ok",):
            return self.of(node.args[0]) if node.args else None
        owner = path.segments[-2] if len(path.segments) > 1 else ""
        if _NEW.fullmatch(path.last) and owner in OBJECTS:
            return Shape(OBJECTS[owner])
        if _NEW.fullmatch(path.last) and owner in ARRAYS:
            return Shape("array")
        return self._of_crate(node)

    def _of_crate(self, node: Call | MethodCall) -> Shape | None:
        targets = self.program.callees(self.ref).get(node.span, ())
        if len(targets) != 1:
            return None
        made = _of_function(self.program, targets[0], self.depth + 1)
        return made or rust_shape(self.program.function(targets[0]).returns)

    def _of_name(self, node: Path) -> _Found:
        bound = self.anatomy.binding(node.last, node) if len(node.segments) == 1 else None
        if bound is None or bound[0] is None or bound[1]:
            return None
        found = self.of(bound[0])
        if isinstance(found, Shape) and found.kind == "dict":
            return Shape("dict", values=found.values or self._filled(node.last))
        return found

    def _filled(self, name: str) -> Shape | None:
        """What all values are that a `dict` gets, if that is one."""
        values = [
            one.args[1]
            for one in self.anatomy.all(MethodCall)
            if one.method in _FILLS
            and len(one.args) == 2
            and isinstance(one.receiver, Path)
            and one.receiver.last == name
        ]
        found = _agreed(self.of(one) for one in values) if values else None
        return found if isinstance(found, Shape) else None
