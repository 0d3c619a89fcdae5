"""Python objects that a struct keeps, and methods that take it that they do as they are asked.

`File::read` says `self.inner.call_method0(py, "read").expect(..)` of whatever object somebody has
made a `File` of. So may the `Hash` of such a struct, which other crates call. What the object has
given is followed through variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.failing.given_objects import (
    ASKS,
    GIVES_UP,
    UNWRAPS,
    asked_of,
    given_up,
    origin_of,
)
from bindcheck.analysis.failing.texts import own_traits
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.model import (
    Call,
    FieldAccess,
    Function,
    ItemRef,
    MethodCall,
    Node,
    Param,
    Path,
    Span,
    StructLiteral,
    TypeRef,
)

_GIVING_UP = tuple(f"{name}!".encode() for name in sorted(GIVES_UP))
WORDS = tuple(f".{name}(".encode() for name in sorted(UNWRAPS))
_ASKING = (*WORDS, *_GIVING_UP)
_OF_ANY = (b"Py<", b": PyObject")
_OBJECTS = frozenset({"Py", "PyObject"})
_Given = Mapping[str, Mapping[str, tuple[ItemRef, ...]]]
"""The functions that fill a field, by the struct and the field."""


@fact
class Taken:
    """`self.field` of a caller's object is taken to do `what`: else the method panics, by `how`.

    `name` holds what the object has given, if it is that which is taken to do it. Nothing is asked
    of it (`what` is empty) where it is given up for its class. `makers` make the struct where no
    call is seen to lead to the method, as it is one of a trait of another crate.
    """

    ref: ItemRef
    span: Span
    how: str
    what: str
    field: str
    name: str = ""
    makers: tuple[ItemRef, ...] = ()


def held_objects(program: Program) -> tuple[Taken, ...]:
    """Where functions that entry points come to unwrap what kept objects of the caller give."""
    return program.keep("held objects", lambda: tuple(_all_taken(program)))


def _all_taken(program: Program) -> Iterator[Taken]:
    given = _given(program)
    for ref in reach_of(program).functions() if given else ():
        fields = given.get(program.function(ref).owner)
        if fields and program.in_crate(ref.path):
            yield from (one for one in _taken_in(program, ref) if one.field in fields)
    if given:
        yield from _called_elsewhere(program, given)


def _called_elsewhere(program: Program, given: _Given) -> Iterator[Taken]:
    """What methods unwrap that other crates call, where reached functions make the struct."""
    own, ways = own_traits(program), reach_of(program).ways
    for path, module in program.modules.items():
        for index, function in enumerate(module.functions if program.in_crate(path) else ()):
            ref, fields = ItemRef(path, index), given.get(function.owner)
            if not fields or ref in ways or not _is_of_others(function, own):
                continue
            for one in _taken_in(program, ref) if program.active(function.cfg, path) else ():
                makers = tuple(maker for maker in fields.get(one.field, ()) if maker in ways)
                if makers:
                    yield replace(one, makers=makers)


def _is_of_others(function: Function, own: frozenset[str]) -> bool:
    called = function.trait and function.receiver and function.body_span is not None
    return bool(called) and function.trait not in own


def _given(program: Program) -> _Given:
    """The fields of structs that functions fill with the objects they are handed, by struct."""
    held = {
        struct.name: frozenset(one.name for one in struct.fields if _is_object(one.type))
        for path, module in program.modules.items()
        for struct in (module.structs if _names_objects(program, path) else ())
    }
    held = {name: fields for name, fields in held.items() if fields}
    words = tuple(sorted(name.encode() for name in (*held, "Self")))
    found: dict[str, dict[str, tuple[ItemRef, ...]]] = {}
    for path, module in program.modules.items() if held else ():
        for index, function in enumerate(module.functions if program.in_crate(path) else ()):
            ref = ItemRef(path, index)
            if any(map(is_handed, function.params)) and program.mentions(ref, words):
                for name, field in _filled(program, ref):
                    if field in held.get(name, ()):
                        fields = found.setdefault(name, {})
                        fields[field] = (*fields.get(field, ()), ref)
    return found


def _names_objects(program: Program, path: str) -> bool:
    return program.in_crate(path) and program.file_mentions(path, _OF_ANY)


def _is_object(type_: TypeRef) -> bool:
    return bool(type_.names() & _OBJECTS) and type_.kind == "path"


def is_handed(param: Param) -> bool:
    """Whether a parameter is a Python object of any class."""
    names = param.type.names() if param.type is not None else frozenset()
    return "PyObject" in names or ("PyAny" in names and bool(names & {"Py", "Bound", "Borrowed"}))


@answered("fields filled with objects")
def _filled(program: Program, ref: ItemRef) -> tuple[tuple[str, str], ...]:
    """The fields, and their structs, into which a function puts objects that it is handed."""
    function = program.function(ref)
    objects = {one.name for one in function.params if is_handed(one)}
    body = program.body(ref)
    found: dict[tuple[str, str], None] = {}
    for node in body.walk() if body is not None else ():
        for name, field, value in _put(node):
            named = (one for one in value.walk() if isinstance(one, Path))
            if any(len(one.segments) == 1 and one.last in objects for one in named):
                found[function.owner if name == "Self" else name, field] = None
    return tuple(found)


def _put(node: Node) -> Iterator[tuple[str, str, Node]]:
    """The struct, the field and the value of each field that an expression fills."""
    if isinstance(node, StructLiteral):
        name = node.path.rsplit("::", 1)[-1]
        yield from ((name, one.name, one.value) for one in node.inits)
    elif isinstance(node, Call) and isinstance(node.function, Path):
        for at, arg in enumerate(node.args):
            yield node.function.last, str(at), arg


@answered("kept objects that are taken to answer")
def _taken_in(program: Program, ref: ItemRef) -> tuple[Taken, ...]:
    """What a method unwraps of what it asks of objects that `self` keeps."""
    asks = program.mentions(ref, _ASKING) and program.function(ref).receiver
    anatomy = anatomy_of(program, ref) if asks else None
    found: list[Taken] = []
    for node in anatomy.all(MethodCall) if anatomy is not None else ():
        if anatomy is not None and node.method in UNWRAPS:
            asked, field = _asked(node.receiver)
            if asked and field:
                found.append(Taken(ref, node.span, node.method, asked, field))
            elif (given := asked_of(anatomy, node)) is not None and _field(given[2]):
                what, name, root = given
                found.append(Taken(ref, node.span, node.method, what, _field(root), name))
    found += _given_up_in(anatomy, ref) if anatomy is not None else ()
    return tuple(found)


def _given_up_in(anatomy: Anatomy, ref: ItemRef) -> Iterator[Taken]:
    """Where a method panics for what an object has given, or for the object, by its class."""
    for node, objects in given_up(anatomy):
        fields = [_field_of(anatomy, one) for one in objects]
        if all(fields):
            last = objects[0]
            name = last.last if isinstance(last, Path) else ""
            how = node.path.rsplit("::", 1)[-1]
            yield Taken(ref, node.span, how, "", fields[0], name)


def _asked(node: Node) -> tuple[str, str]:
    """What `self.field.bind(py).method(..)` asks for, and the field."""
    asked = ""
    while isinstance(node, MethodCall):
        asked = node.method if node.method in ASKS else asked
        node = node.receiver
    return asked, _field(node)


def _field_of(anatomy: Anatomy, node: Node) -> str:
    """The field of `self` that an object is, or has been asked from."""
    origin = origin_of(anatomy, node)
    return _field(origin.root) if origin is not None else ""


def _field(node: Node) -> str:
    base = node.base if isinstance(node, FieldAccess) else None
    own = isinstance(base, Path) and base.segments == ("self",)
    return node.name if own and isinstance(node, FieldAccess) else ""
