"""Results that are copied on their way to Python, moved instead."""

from __future__ import annotations

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.memory.writers import CopiedInto
from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.findings import Edit, Fix, Safety
from bindcheck.model import (
    Assign,
    Block,
    Call,
    FieldAccess,
    Function,
    Index,
    Let,
    Literal,
    Loop,
    MethodCall,
    Node,
    Path,
    Range,
    Span,
    Try,
    TypeRef,
    Unary,
)
from bindcheck.rules.edits import (
    extent_of,
    import_edits,
    statement_of,
    text_of,
    uses_after,
    without,
)

_TRAIT = "IntoPyArray"
_COPY = b".to_pyarray"
_COPYING = {"to_pyarray": "into_pyarray", "to_pyarray_bound": "into_pyarray_bound"}
_BORROWING = {"from_slice": "into_pyarray", "from_array": "into_pyarray"}
_UNCHANGED = frozenset({"iter", "into_iter", "copied", "cloned", "collect"})
_ALLOCATIONS = ("zeros", "new", "zeros_bound", "new_bound")


def moved_result(program: Program, place: Place) -> Fix | None:
    """`values.to_pyarray(py)` and the like as a move, where `values` is not needed again."""
    anatomy = anatomy_of(program, place.ref)
    if anatomy is None:
        return None
    node = anatomy.at(MethodCall, place.span)
    if node is not None:
        edits = _method(program, anatomy, place, node)
    else:
        call = anatomy.at(Call, place.span)
        edits = None if call is None else _call(program, anatomy, place, call)
    return None if edits is None else Fix("move the result", edits, Safety.UNSAFE)


def _method(
    program: Program, anatomy: Anatomy, place: Place, node: MethodCall
) -> tuple[Edit, ...] | None:
    path = place.ref.path
    if node.method not in _COPYING:
        return _rebuilt(anatomy, path, node)
    last = program.searched(path, (_COPY,)).count(_COPY) == 1
    old = "ToPyArray" if last or _is_last_in_scope(anatomy, node) else ""
    imports = import_edits(program, anatomy, place.ref, _TRAIT, node, old)
    if imports is None or not _is_free(program, anatomy, place, node.receiver, node):
        return None
    span = node.name_span
    return (Edit(path, span.start, span.end, _COPYING[node.method]), *imports)


def _is_last_in_scope(anatomy: Anatomy, node: MethodCall) -> bool:
    """Whether a block imports the old trait for this one call."""
    for block in anatomy.all(Block):
        if block.span.contains(node.span) and any(one.name == "ToPyArray" for one in block.uses):
            calls = [one for one in anatomy.all(MethodCall) if one.method in _COPYING]
            return [one for one in calls if block.span.contains(one.span)] == [node]
    return False


def _call(program: Program, anatomy: Anatomy, place: Place, node: Call) -> tuple[Edit, ...] | None:
    """`PyArray1::from_slice(py, &values)`."""
    function = node.function
    named = isinstance(function, Path) and function.last in _BORROWING
    if not named or len(node.args) != 2:
        return None
    py, given = node.args
    value = given.value if isinstance(given, Unary) and given.op == "&" else None
    if value is None or not _is_free(program, anatomy, place, value, node):
        return None
    imports = import_edits(program, anatomy, place.ref, _TRAIT, node)
    if imports is None:
        return None
    path = place.ref.path
    text = f"{text_of(program, path, value)}.into_pyarray({text_of(program, path, py)})"
    return (Edit(path, node.span.start, node.span.end, text), *imports)


def _rebuilt(anatomy: Anatomy, path: str, node: MethodCall) -> tuple[Edit, ...] | None:
    """`values.iter().copied().collect()`, bound to the name that is then moved."""
    receiver = node.receiver
    if not isinstance(receiver, Path) or len(receiver.segments) != 1:
        return None
    bound = anatomy.binding(receiver.last, node)
    value = bound[0] if bound is not None else None
    base, made = value, False
    while isinstance(base, MethodCall) and base.method in _UNCHANGED and not base.args:
        made = made or base.method == "collect"
        base = base.receiver
    if value is None or not made or not isinstance(base, Path) or len(base.segments) != 1:
        return None
    if _is_borrowed(anatomy, base, value) or uses_after(anatomy, base.last, value.span.end):
        return None
    return (Edit(path, base.span.end, value.span.end, ""),)


# --- whether a value may be moved ------------------------------------------------------------


def _is_free(program: Program, anatomy: Anatomy, place: Place, value: Node, at: Node) -> bool:
    """Whether a value belongs to the function and nothing behind a place reads it."""
    if isinstance(value, FieldAccess):
        root, name = value.base, value.name
    else:
        root, name = value, ""
    if not isinstance(root, Path) or len(root.segments) != 1 or root.last == "self":
        # What a call gives is nobody else's.
        return isinstance(value, Call | MethodCall) and not name
    if _is_borrowed(anatomy, root, at) or _is_repeated(anatomy, root.last, at):
        return False
    if not _is_owned(program.function(place.ref), anatomy, root.last, at):
        return False
    later = uses_after(anatomy, root.last, at.span.end)
    return all(bool(name) and isinstance(one, FieldAccess) and one.name != name for one in later)


def _is_owned(function: Function, anatomy: Anatomy, name: str, at: Node) -> bool:
    """A variable that is no reference, as far as its type or value tells."""
    bound = anatomy.binding(name, at)
    if bound is None:
        param = next((one for one in function.params if one.name == name), None)
        return param is not None and param.type is not None and _is_value(param.type)
    value, _ = bound
    return not (isinstance(value, Unary) and value.op.startswith("&"))


def _is_value(type_: TypeRef) -> bool:
    return type_.kind == "path" and type_.name in ("Vec", "Box")


def _is_borrowed(anatomy: Anatomy, root: Path, at: Node) -> bool:
    """Whether a variable that is bound by a reference lives on from the value before a place."""
    for let in anatomy.all(Let):
        value = let.value
        if let.span.end > at.span.start or not isinstance(value, Unary):
            continue
        borrowed = value.op.startswith("&") and isinstance(value.value, Path)
        if borrowed and isinstance(value.value, Path) and value.value.segments == root.segments:
            return any(uses_after(anatomy, name, at.span.start) for name in let.names)
    return False


def _is_repeated(anatomy: Anatomy, name: str, at: Node) -> bool:
    """Whether a place is in a loop that the variable is older than: the second round finds none."""
    bound = next((let for let in anatomy.all(Let) if name in let.names), None)
    return any(
        isinstance(outer, Loop) and (bound is None or not outer.span.contains(bound.span))
        for outer in anatomy.above(at)
    )


# --- copies into a fresh array ---------------------------------------------------------------


@fact
class _Filled:
    """An array with its allocation, the name of its cells if they have one, and what is copied."""

    array: Let
    cells: Let | None
    copy: Node
    source: Node


def moved_into_array(program: Program, copied: CopiedInto) -> Fix | None:
    """The array made of the result itself, instead of allocated and filled."""
    place, root = copied.write.place, copied.write.target.root
    anatomy = anatomy_of(program, place.ref)
    if anatomy is None or root is None or root[0] != place.ref.path:
        return None
    found = _filled(anatomy, place.span, root[1])
    edits = None if found is None else _moved(program, anatomy, place, found)
    return None if edits is None else Fix("move the result", edits, Safety.UNSAFE)


def _filled(anatomy: Anatomy, copy: Span, allocation: Span) -> _Filled | None:
    array = next(
        (let for let in anatomy.all(Let) if let.value and let.value.span.contains(allocation)), None
    )
    if array is None or len(array.names) != 1:
        return None
    method = anatomy.at(MethodCall, copy)
    if method is not None and method.method == "copy_from_slice" and len(method.args) == 1:
        given = method.args[0]
        source = given.value if isinstance(given, Unary) and given.op == "&" else None
        target: Node = method.receiver
        node: Node = method
    else:
        loop = _loop_around(anatomy, copy)
        pair = None if loop is None else _element_wise(loop)
        if loop is None or pair is None:
            return None
        target, source, node = *pair, loop
    whole, cells = _cells(anatomy, target, array.names[0], node)
    return _Filled(array, cells, node, source) if whole and source is not None else None


def _loop_around(anatomy: Anatomy, step: Span) -> Loop | None:
    assign = anatomy.at(Assign, step)
    above = () if assign is None else anatomy.above(assign)
    return next((one for one in above if isinstance(one, Loop)), None)


def _element_wise(loop: Loop) -> tuple[Node, Node] | None:
    """`for i in 0..values.len() { target[i] = values[i]; }`."""
    body = loop.body.statements if isinstance(loop.body, Block) else ()
    step = body[0] if len(body) == 1 else None
    if not isinstance(step, Assign) or step.op != "=" or not isinstance(loop.over, Range):
        return None
    target, value = step.target, step.value
    if not (isinstance(target, Index) and isinstance(value, Index)):
        return None
    start, end = loop.over.start, loop.over.end
    whole = isinstance(start, Literal) and start.text == "0" and not loop.over.inclusive
    length = isinstance(end, MethodCall) and end.method == "len"
    indices = [one.index for one in (target, value)]
    plain = all(isinstance(one, Path) and one.segments == loop.names for one in indices)
    return (target.base, value.base) if whole and length and plain else None


def _cells(anatomy: Anatomy, target: Node, array: str, copy: Node) -> tuple[bool, Let | None]:
    """Whether a copy goes into all cells of the array, and the `let` that names those, if any."""
    if not isinstance(target, Path) or len(target.segments) != 1:
        return _is_view(target, array), None
    let = next((one for one in anatomy.all(Let) if one.names == target.segments), None)
    if let is None or let.value is None or not _is_view(let.value, array):
        return False, None
    used = uses_after(anatomy, target.last, let.span.end)
    return all(copy.span.contains(one.span) for one in used), let


def _is_view(node: Node, array: str) -> bool:
    """`unsafe { array.as_slice_mut()? }`."""
    while isinstance(node, Try) or (isinstance(node, Block) and len(node.statements) == 1):
        node = node.value if isinstance(node, Try) else node.statements[0]
    receiver = node.receiver if isinstance(node, MethodCall) else None
    named = isinstance(receiver, Path) and receiver.segments == (array,)
    return named and isinstance(node, MethodCall) and node.method == "as_slice_mut"


def _moved(
    program: Program, anatomy: Anatomy, place: Place, found: _Filled
) -> tuple[Edit, ...] | None:
    path, array = place.ref.path, found.array
    made = _allocation(array)
    if made is None or not _is_free(program, anatomy, place, found.source, found.copy):
        return None
    imports = import_edits(program, anatomy, place.ref, _TRAIT, found.copy)
    if imports is None or not _is_only_filled(anatomy, found):
        return None
    source = program.quoted(path)
    shape = _shape(program, path, made)
    py = text_of(program, path, made.args[0])
    value = f"{text_of(program, path, found.source)}.into_pyarray({py}){shape}"
    gone = [without(source, path, found.cells)] if found.cells is not None else []
    assert array.value is not None
    if _is_known_before(anatomy, found):
        in_place = Edit(path, array.value.span.start, array.value.span.end, value)
        return (in_place, *gone, _gone(anatomy, source, path, found.copy), *imports)
    statement = statement_of(anatomy, found.copy)
    home = statement_of(anatomy, array)
    if statement is None or home is None or statement[0] is not home[0]:
        return None
    span = extent_of(source, statement[1])
    text = f"let {array.names[0]} = {value};"
    late = Edit(path, span.start, span.end, text)
    return (without(source, path, array), *gone, late, *imports)


def _allocation(array: Let) -> Call | None:
    """`PyArray1::<f64>::zeros(py, [n], false)` with one or two dimensions."""
    node: Node | None = array.value
    while isinstance(node, Block) and len(node.statements) == 1:
        node = node.statements[0]
    if not isinstance(node, Call) or not isinstance(node.function, Path) or len(node.args) < 2:
        return None
    known = node.function.last in _ALLOCATIONS and len(node.function.segments) > 1
    return node if known and node.function.segments[-2] in ("PyArray1", "PyArray2") else None


def _shape(program: Program, path: str, made: Call) -> str:
    assert isinstance(made.function, Path)
    if made.function.segments[-2] == "PyArray1":
        return ""
    return f".reshape({text_of(program, path, made.args[1])})?"


def _is_only_filled(anatomy: Anatomy, found: _Filled) -> bool:
    """Whether nothing but the copy touches the array between its allocation and the copy."""
    name = found.array.names[0]
    allowed = (found.copy, found.cells) if found.cells is not None else (found.copy,)
    between = [
        one
        for one in uses_after(anatomy, name, found.array.span.end)
        if one.span.start < found.copy.span.end
    ]
    return all(any(two.span.contains(one.span) for two in allowed) for one in between)


def _is_known_before(anatomy: Anatomy, found: _Filled) -> bool:
    """Whether what is copied is there already where the array is allocated."""
    root = found.source.base if isinstance(found.source, FieldAccess) else found.source
    if not isinstance(root, Path):
        return False
    lets = [one for one in anatomy.all(Let) if root.last in one.names]
    return all(one.span.end < found.array.span.start for one in lets)


def _gone(anatomy: Anatomy, source: bytes, path: str, copy: Node) -> Edit:
    """The removal of the copy, with a block that holds nothing else."""
    found = statement_of(anatomy, copy)
    while found is not None and len(found[0].statements) == 1 and anatomy.parent(found[0]):
        outer = statement_of(anatomy, found[0])
        if outer is None or outer[1] is not found[0]:
            break
        found = outer
    return without(source, path, found[1] if found is not None else copy)
