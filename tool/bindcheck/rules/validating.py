"""Validation of a kernel's name, moved before the release; and its flag, turned around."""

from __future__ import annotations

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.flow.events import Place
from bindcheck.analysis.program import Program
from bindcheck.findings import Edit, Fix, Safety
from bindcheck.model import Block, Call, Closure, Let, Literal, Try, TypeRef
from bindcheck.rules.edits import before, extent_of, statement_of, variables, without


def turned_flag(program: Program, place: Place, *, batch: bool) -> Fix | None:
    """The one `bool` of a validating call, as what follows wants it."""
    anatomy = anatomy_of(program, place.ref)
    call = anatomy.at(Call, place.span) if anatomy is not None else None
    args = call.args if call is not None else ()
    flags = [one for one in args if isinstance(one, Literal) and one.kind == "bool"]
    if len(flags) != 1:
        return None
    wanted = "false" if flags[0].text == "true" else "true"
    edit = Edit(place.ref.path, flags[0].span.start, flags[0].span.end, wanted)
    sort = "single calls" if batch else "batches"
    return Fix(f"ask for kernels for {sort}", (edit,), Safety.SAFE)


def validated_before(program: Program, place: Place) -> Fix | None:
    """`let kernel = validate(name)?;` in a released closure, put before the release."""
    anatomy = anatomy_of(program, place.ref)
    call = anatomy.at(Call, place.span) if anatomy is not None else None
    inner = statement_of(anatomy, call) if anatomy is not None and call is not None else None
    if anatomy is None or call is None or inner is None or not isinstance(inner[1], Let):
        return None
    block, let = inner[0], inner[1]
    closure = anatomy.parent(block)
    outer = statement_of(anatomy, closure) if isinstance(closure, Closure) else None
    if not isinstance(closure, Closure) or outer is None:
        return None
    if not _may_raise(program, place, let, call) or _bound(closure, block) & _read(let):
        return None
    if set(let.names) & _read_later(outer[0], let):
        return None
    path, source = place.ref.path, program.quoted(place.ref.path)
    span = extent_of(source, let)
    text = source[span.start : span.end].decode("utf-8")
    edits = (before(source, path, outer[1], text), without(source, path, let))
    return Fix("validate before the release", edits, Safety.SAFE)


def _may_raise(program: Program, place: Place, let: Let, call: Call) -> bool:
    """Whether `?` raises the same error outside of the closure: that of the call alone does."""
    tries = [one for one in let.walk() if isinstance(one, Try)]
    if any(one.value is not call for one in tries):
        return False
    targets = program.callees(place.ref).get(call.span, ())
    results = [program.function(ref).returns for ref in (*targets, place.ref)]
    return not tries or all(map(_raises, results))


def _bound(closure: Closure, block: Block) -> set[str]:
    """Names that the closure makes itself."""
    lets = {name for one in block.statements if isinstance(one, Let) for name in one.names}
    return lets | {name for one in closure.params for name in one.names}


def _read(let: Let) -> set[str]:
    return {path.last for path in variables(let)}


def _read_later(block: Block, let: Let) -> set[str]:
    """Names that statements behind the release use, which the moved one would hide."""
    later = [one for one in block.statements if one.span.start > let.span.start]
    return {path.last for statement in later for path in variables(statement)}


def _raises(type_: TypeRef) -> bool:
    """Whether the error of a result is Python's."""
    if type_.name == "PyResult":
        return True
    return type_.name == "Result" and len(type_.args) == 2 and type_.args[1].name == "PyErr"
