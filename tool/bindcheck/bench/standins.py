"""Values in place of those that a person will fill in, so that a call can be looked at before."""

from __future__ import annotations

from bindcheck.bench.cases import fields_of
from bindcheck.bench.samples import Argument, Case, Kind, Scalar
from bindcheck.bench.sweeps import BLANK, swept
from bindcheck.fact import replace
from bindcheck.model import CoreApi, ParamField

_TEXTS = frozenset({"str", "String"})


def filled(core: CoreApi, case: Case) -> Case:
    """The case with some value of its type for each parameter that has none yet."""
    values = {one.name: _value(one) for one in fields_of(core)}
    arguments = tuple(
        Argument(one.name, values[one.name]) if one.value == BLANK else one
        for one in case.arguments
    )
    if arguments == case.arguments:
        return case
    return replace(
        case, arguments=swept(core, arguments, 1) if case.kind is Kind.BATCH else arguments
    )


def _value(field: ParamField) -> Scalar:
    if field.choices is not None:
        return next((text for _, text in field.choices.texts), "")
    kind = field.type.peel()
    name = (kind.args[0].peel() if kind.name == "Option" and kind.args else kind).name
    if name == "bool":
        return False
    if name in _TEXTS:
        return ""
    return 1.0 if name.startswith("f") else 1
