"""What Python sees of the values that `update` returns: numbers, options, tuples and structs."""

from __future__ import annotations

from bindcheck.fact import fact
from bindcheck.generate.arguments import PLAIN
from bindcheck.generate.context import Facts
from bindcheck.generate.learned.streams import blank_of
from bindcheck.model import CoreFunction, Struct, TypeRef

_LARGEST_TUPLE = 12


@fact
class Returned:
    """The type in Rust, and what makes it out of the value of the core.

    `suffix` goes behind the call; `unpacked` is an expression over `value`, which the call gave.
    """

    text: str
    suffix: str = ""
    unpacked: str = ""


def is_plain(kind: TypeRef) -> bool:
    """Numbers and flags, in options and tuples."""
    if kind.kind == "tuple":
        return bool(kind.args) and all(map(is_plain, kind.args))
    if kind.kind != "path":
        return False
    if kind.name == "Option":
        return len(kind.args) == 1 and is_plain(kind.args[0])
    return kind.name in PLAIN


def returned(facts: Facts, update: CoreFunction) -> Returned | None:
    """How the result of `update` reaches Python; None where it cannot."""
    kind = update.returns
    optional = kind.name == "Option" and len(kind.args) == 1
    inner = kind.args[0] if optional else kind
    if is_plain(kind):
        blank = blank_of(inner) if optional and facts.style.stream_class.nan else ""
        return _with_blank(inner, blank, update) if blank else Returned(kind.text)
    tuple_of = _fields(facts, inner, update)
    if tuple_of is None or update.fallible:
        return None
    text, names, blank = tuple_of
    listed = ", ".join(f"value.{name}" for name in names)
    made = f"({listed})" if len(names) > 1 else listed
    if optional and facts.style.stream_class.nan and blank:
        return Returned(text, f".map_or({blank}, |value| {made})")
    if optional:
        return Returned(f"Option<{text}>", f".map(|value| {made})")
    return Returned(text, unpacked=made)


def _with_blank(inner: TypeRef, blank: str, update: CoreFunction) -> Returned:
    """A value with NaN in the place of None."""
    filled = f".unwrap_or({blank})"
    suffix = f".map(|value| value{filled})" if update.fallible else filled
    return Returned(inner.text, suffix)


def _fields(
    facts: Facts, kind: TypeRef, update: CoreFunction
) -> tuple[str, tuple[str, ...], str] | None:
    """The public fields of a struct as a tuple, in order, and NaN for all if they can be."""
    ref = facts.program.resolve_type(kind.path, update.ref.path) if kind.kind == "path" else None
    item = facts.program.struct(ref) if ref is not None else None
    if not isinstance(item, Struct) or not 0 < len(item.fields) <= _LARGEST_TUPLE:
        return None
    if not all(is_plain(field.type) for field in item.fields):
        return None
    texts = ["".join(field.type.text.split()) for field in item.fields]
    text = f"({', '.join(texts)})" if len(texts) > 1 else texts[0]
    blanks = [blank_of(field.type) for field in item.fields]
    blank = f"({', '.join(blanks)})" if len(blanks) > 1 else blanks[0]
    return text, tuple(field.name for field in item.fields), blank if all(blanks) else ""
