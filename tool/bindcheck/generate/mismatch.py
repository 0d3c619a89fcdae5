"""How a core says that memory of the caller has another length than it should have."""

from __future__ import annotations

import re

from bindcheck.analysis.program import Program
from bindcheck.generate.lacking import Lacking
from bindcheck.model import Enum, Variant

_WANTED = ("expected", "want", "wanted", "required", "needed", "need")
_GOT = ("got", "actual", "given", "found", "received", "have", "provided")
_OF_LENGTHS = frozenset(
    """
    length lengths len size sizes shape dimension dimensions mismatch output out buffer room space
    capacity
    """.split()  # noqa: SIM905 (a list of words reads better than a list of strings)
)


def mismatch(program: Program, kind: str | None, path: str, wanted: str, got: str) -> str:
    """The value of an error type of a file for memory of `got` values where `wanted` fit.

    A text says it in words. Of an enum it is a variant of two `usize` that are called after what is
    wanted and what there is: `expected` and `got`, or others whose variant speaks of lengths.
    Raises `Lacking` where the type has none.
    """
    if kind == "String":
        return f'format!("{{}} values expected, not {{}}", {wanted}, {got})'
    ref = program.resolve_type(kind, path) if kind else None
    item = program.struct(ref) if ref is not None else None
    found = [
        (*fields, one.name)
        for one in (item.variants if isinstance(item, Enum) else ())
        if (fields := _fields(one)) is not None
    ]
    if not found:
        pair = "two `usize` fields for lengths, such as `expected` and `got`"
        raise Lacking(f"a variant of `{kind}` with {pair}")
    _, first, second, name = min(found, key=lambda one: one[0])
    return f"{kind}::{name} {{ {first}: {wanted}, {second}: {got} }}"


def _fields(variant: Variant) -> tuple[bool, str, str] | None:
    """Whether the names are unusual, and the fields of what is wanted and of what there is."""
    names = [one.name for one in variant.fields]
    wanted = next((one for one in _WANTED if one in names), "")
    got = next((one for one in _GOT if one in names), "")
    numbers = all(one.type.text == "usize" for one in variant.fields)
    if len(names) != 2 or not wanted or not got or not numbers:
        return None
    usual = (wanted, got) == (_WANTED[0], _GOT[0])
    words = re.findall("[A-Z][a-z0-9]*", variant.name)
    speaks = usual or any(one.lower() in _OF_LENGTHS for one in words)
    return (not usual, wanted, got) if speaks else None
