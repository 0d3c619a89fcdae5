"""Whether a struct that a body makes has the fields that the struct of the core has."""

from __future__ import annotations

from bindcheck.generate.context import Facts, core_scope
from bindcheck.generate.held.evidence import Made
from bindcheck.generate.lacking import Lacking
from bindcheck.model import Struct


def refuse_other_fields(facts: Facts, literal: Made, name: str) -> None:
    """Raise where the struct `name` of the core has changed since the body was written."""
    program = facts.program
    ref = program.resolve_type(name, facts.core.path, core_scope(facts))
    struct = program.struct(ref) if ref is not None else None
    if not isinstance(struct, Struct) or struct.is_tuple:
        return
    there = [one.name for one in struct.fields]
    for given in literal.fields:
        if given not in there:
            raise Lacking(f"a field `{given}` of `{name}`", literal.at)
    if literal.base is not None:
        return
    for field in struct.fields:
        if field.name not in literal.fields and not field.cfg:
            raise Lacking(f"a value for the field `{field.name}` of `{name}`", literal.at)
