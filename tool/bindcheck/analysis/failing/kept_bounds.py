"""Numbers of the caller that an object keeps, and which a method later takes to be large enough.

`enable(limit)` keeps `Limits { limit }`; `apply` takes `self.limits.limit - added` much later, when
`added` has become more. Or it asserts `step < limit`, where the check at the start lets both be
equal.
"""

from __future__ import annotations

from collections.abc import Iterator

from bindcheck.analysis.anatomy import Anatomy, anatomy_of
from bindcheck.analysis.costs.reach import reach_of
from bindcheck.analysis.flow.events import Panic, Place, Region
from bindcheck.analysis.flow.simple import UNSIGNED
from bindcheck.analysis.flow.spelling import condition_of, spelling
from bindcheck.analysis.flow.values import Fails
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.analysis.threads.regions import is_callable, item_of
from bindcheck.fact import fact
from bindcheck.model import (
    Assign,
    Binary,
    Call,
    EntryPoint,
    FieldAccess,
    If,
    ItemRef,
    Let,
    Literal,
    Loop,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    Span,
    Struct,
    StructLiteral,
    Try,
)

KEPT = "kept"
_NAMED = 3
_EXTRACTED = (b".extract()",)
_ORDERS = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


@fact
class _Filled:
    """An entry point gives the field of a struct (`owner`) a number that it was handed."""

    owner: ItemRef
    field: str
    span: Span


@fact
class _Bound:
    """A function takes a field to be large enough, or small enough; `strict`: never equal."""

    ref: ItemRef
    what: str
    strict: bool = False


def kept_bounds(program: Program, entry: EntryPoint) -> Iterator[Panic]:
    """Where an entry point has a number kept that is too small, or too large, for a method."""
    filled = _filled(program, entry.ref) if is_callable(entry) else ()
    seen: set[str] = set()
    for one in filled:
        bound = _bound(program, one) if one.field not in seen else None
        if bound is not None:
            seen.add(one.field)
            why = f"`{item_of(program, bound.ref)}` {bound.what}{_from(program, bound.ref)}"
            yield Panic(KEPT, Place(entry.ref, one.span), Fails.CALLER, why, Region.ATTACHED)


def _from(program: Program, ref: ItemRef) -> str:
    """Which entry points come to a function."""
    entries = reach_of(program).leading(ref, lambda _: True)
    names = [f"`{one.rust_name}`" for one in entries[:_NAMED]]
    more = f" and {len(entries) - _NAMED} more" if len(entries) > _NAMED else ""
    return f" (reached from {', '.join(names)}{more})" if names else ""


# --- who fills them -------------------------------------------------------------------------------


@answered("structs filled with numbers of the caller")
def _filled(program: Program, ref: ItemRef) -> tuple[_Filled, ...]:
    """The fields of structs into which an entry point puts its numbers, none of them looked at."""
    function = program.function(ref)
    params = {
        one.name
        for one in function.params
        if one.type is not None and one.type.peel().name in UNSIGNED
    }
    later = program.mentions(ref, _EXTRACTED)
    anatomy = anatomy_of(program, ref) if params or later else None
    found: list[_Filled] = []
    for made in anatomy.all(StructLiteral) if anatomy is not None else ():
        given = [one for one in made.inits if _name(one.value) in params]
        owner = _owner(program, ref, made) if given or later else None
        whole = _whole(program, owner) if owner is not None else set()
        if anatomy is None or owner is None or not whole:
            continue
        for init in given:
            if init.name in whole and not _is_asked(anatomy, init.name):
                found.append(_Filled(owner, init.name, init.value.span))
        found += _set_later(anatomy, made, owner, whole) if later else ()
    return tuple(found)


def _name(node: Node) -> str:
    return node.text if isinstance(node, Path) else ""


def _owner(program: Program, ref: ItemRef, made: StructLiteral) -> ItemRef | None:
    return program.resolve_type(made.path, ref.path, program.function(ref).scope)


def _whole(program: Program, owner: ItemRef) -> set[str]:
    """The fields of a struct for numbers that are never negative."""
    item = program.struct(owner)
    fields = item.fields if isinstance(item, Struct) else ()
    return {one.name for one in fields if one.type.name in UNSIGNED}


def _set_later(
    anatomy: Anatomy, made: StructLiteral, owner: ItemRef, whole: set[str]
) -> Iterator[_Filled]:
    """`made.field = value.extract()?`."""
    names = {name for one in anatomy.all(Let) if one.value is made for name in one.names}
    for one in anatomy.all(Assign):
        target = one.target
        if not isinstance(target, FieldAccess) or target.name not in whole:
            continue
        own = isinstance(target.base, Path) and target.base.last in names
        if own and _is_extracted(one.value) and not _is_asked(anatomy, target.name):
            yield _Filled(owner, target.name, one.value.span)


def _is_extracted(node: Node | None) -> bool:
    while isinstance(node, Try):
        node = node.value
    return isinstance(node, MethodCall) and node.method == "extract"


# --- who takes them for granted -------------------------------------------------------------------


def _bound(program: Program, filled: _Filled) -> _Bound | None:
    """The first function that takes a field for granted which others keep."""
    name = program.struct(filled.owner).name
    holders = tuple(_holders(program, name))
    if not holders:
        return None
    words = (f".{filled.field}".encode(),)
    for path, module in program.modules.items():
        if not program.file_mentions(path, words):
            continue
        for index, function in enumerate(module.functions):
            ref = ItemRef(path, index)
            live = program.active(function.cfg, path) and program.entry(ref) is None
            if live and program.mentions(ref, words):
                bound = _bound_in(program, ref, name, filled.field, holders)
                if bound is not None:
                    return bound
    return None


def _holders(program: Program, name: str) -> Iterator[str]:
    """The fields of structs that keep a value of a struct."""
    words = (name.encode(),)
    for path, module in program.modules.items():
        for struct in module.structs if program.file_mentions(path, words) else ():
            yield from (one.name for one in struct.fields if name in one.type.names())


def _bound_in(
    program: Program, ref: ItemRef, name: str, field: str, holders: tuple[str, ...]
) -> _Bound | None:
    anatomy = anatomy_of(program, ref)
    accesses = anatomy.all(FieldAccess) if anatomy is not None else ()
    for access in accesses:
        if anatomy is None or access.name != field:
            continue
        if not _is_kept(program, ref, anatomy, access.base, name, holders):
            continue
        outer = anatomy.parent(access)
        if isinstance(outer, Binary) and outer.op == "-" and outer.left is access:
            taken = not isinstance(outer.right, Literal) and not _is_asked(anatomy, field, access)
            if taken and not _refuses(program, holders, field, strict=None):
                what = f"takes `{spelling(outer.right)}` from it, which wraps if that is more"
                return _Bound(ref, what)
        elif isinstance(outer, (Call, MethodCall)) and access in outer.args:
            bound = _asserted(program, ref, outer, access)
            if bound is not None and not _refuses(program, holders, field, strict=bound.strict):
                return bound
    return None


def _is_kept(
    program: Program,
    ref: ItemRef,
    anatomy: Anatomy,
    base: Node,
    name: str,
    holders: tuple[str, ...],
) -> bool:
    """Whether a variable is a value of the struct that an object keeps, or one handed on."""
    if not isinstance(base, Path) or len(base.segments) > 1:
        return isinstance(base, FieldAccess) and base.name in holders
    bound = anatomy.binding(base.last, base)
    if bound is not None and bound[0] is not None:
        return any(isinstance(one, FieldAccess) and one.name in holders for one in bound[0].walk())
    params = program.function(ref).params
    types = [one.type for one in params if one.name == base.last and one.type is not None]
    return bound is None and any(name in one.names() and one.kind == "ref" for one in types)


def _asserted(program: Program, ref: ItemRef, call: Call | MethodCall, arg: Node) -> _Bound | None:
    """The assertion of a called function about a number that it is handed beside one of others."""
    at = next(index for index, one in enumerate(call.args) if one is arg)
    for target in program.callees(ref).get(call.span, ()):
        params = program.function(target).params
        anatomy = anatomy_of(program, target)
        if at >= len(params) or anatomy is None:
            continue
        for macro in anatomy.all(MacroCall):
            asserted = macro.args[0] if macro.path == "assert" and macro.args else None
            if isinstance(asserted, Binary) and asserted.op in _ORDERS:
                sides = (asserted.left, asserted.right)
                names = [one.last for one in sides if isinstance(one, Path)]
                own = {one.name for one in params}
                if params[at].name in names and len(names) > 1 and own.issuperset(names):
                    text = f"asserts `{condition_of(asserted)}` of it"
                    return _Bound(target, text, asserted.op in ("<", ">"))
    return None


# --- who looks at them ----------------------------------------------------------------------------


def _refuses(
    program: Program, holders: tuple[str, ...], field: str, *, strict: bool | None
) -> bool:
    """Whether functions that fill a holder look at a field first, and refuse what fits not.

    A check that lets the two be equal does not do for an assertion that is `strict`.
    """
    words = tuple(f".{name} =".encode() for name in holders)
    for path, module in program.modules.items():
        for index in range(len(module.functions)) if program.file_mentions(path, words) else ():
            ref = ItemRef(path, index)
            anatomy = anatomy_of(program, ref) if program.mentions(ref, words) else None
            for op in _compared(anatomy, field) if anatomy is not None else ():
                if not strict or op in ("<=", ">=", "==", "!="):
                    return True
    return False


def _compared(anatomy: Anatomy, field: str) -> Iterator[str]:
    """The comparisons of a field in conditions."""
    for one in anatomy.all(If):
        for part in one.condition.walk():
            if isinstance(part, Binary) and (part.op in _ORDERS or part.op in ("==", "!=")):
                sides = (part.left, part.right)
                if any(isinstance(side, FieldAccess) and side.name == field for side in sides):
                    yield part.op


def _is_asked(anatomy: Anatomy, field: str, before: Node | None = None) -> bool:
    """Whether a condition in a function looks at a number, ahead of a node if one is given."""
    asked: list[Node | None] = [one.condition for one in anatomy.all(If)]
    asked += [one.subject for one in anatomy.all(Match)]
    asked += [one.over for one in anatomy.all(Loop) if one.kind == "while"]
    asked += [arg for one in anatomy.all(MacroCall) if "assert" in one.path for arg in one.args]
    return any(
        (isinstance(part, FieldAccess) and part.name == field)
        or (isinstance(part, Path) and part.segments == (field,))
        for one in asked
        if one is not None and (before is None or one.span.start < before.span.start)
        for part in one.walk()
    )
