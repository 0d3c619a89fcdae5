"""Enums as texts: what Python says for a parameter that is one of a few variants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bindcheck.analysis.cores.shapes import snake
from bindcheck.analysis.cores.text import tail_of
from bindcheck.analysis.linking.linked import Linked
from bindcheck.model import (
    Arm,
    Attribute,
    Call,
    Choices,
    Enum,
    ItemRef,
    Literal,
    MacroCall,
    Match,
    MethodCall,
    Node,
    Path,
    TypeRef,
    Variant,
)

_NAMING = ("as_str", "name", "to_str", "as_ref", "fmt", "to_string", "label")
"""Methods that tell the name of a variant, the most telling first."""

_RENAMING = frozenset({"serde", "strum", "value", "clap"})
_ALL = re.compile(r'\b(?:rename_all|serialize_all)\s*=\s*"([^"]*)"')
_ONE = re.compile(r'\b(?:rename|to_string|serialize|name)\s*=\s*"([^"]*)"')
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')

_Named = Mapping[str, str]


def choices_of(program: Linked, kind: TypeRef, path: str) -> Choices | None:
    """The enum that a type names in a file; None for other types."""
    if kind.kind != "path" or not kind.name[:1].isupper():
        return None
    ref = program.resolve_type(kind.path, path)
    item = program.struct(ref) if ref is not None else None
    if ref is None or not isinstance(item, Enum) or not item.variants:
        return None
    return _read(program, ref, item)


def _read(program: Linked, ref: ItemRef, item: Enum) -> Choices:
    for variant in item.variants:
        if variant.fields or any(one.path == "cfg" for one in variant.attrs):
            what = "holds data" if variant.fields else "is not always there"
            return Choices(ref, (), unknown=f"its variant `{variant.name}` {what}")
    parser = _method(program, ref, "from_str", "FromStr")
    if parser is not None:
        return _complete(program, ref, item, _parsed(program, parser), "`from_str`", parsed=True)
    for name in _NAMING:
        teller = _method(program, ref, name, "Display" if name == "fmt" else "")
        told = _told(program, teller) if teller is not None else {}
        if told.keys() >= {one.name for one in item.variants}:
            return _complete(program, ref, item, told, f"`{name}`")
    return _complete(program, ref, item, _written(item), "its attributes")


def _complete(
    program: Linked, ref: ItemRef, item: Enum, names: _Named, source: str, *, parsed: bool = False
) -> Choices:
    """The texts of all variants, each its own."""
    default = _default(program, ref, item)
    missing = [one.name for one in item.variants if one.name not in names]
    if missing:
        fact = f"the text of its variant `{missing[0]}` in {source}"
        return Choices(ref, (), default=default, unknown=fact)
    texts = tuple((one.name, names[one.name]) for one in item.variants)
    if len({text for _, text in texts}) < len(texts):
        fact = f"a text of its own for each variant in {source}"
        return Choices(ref, (), default=default, unknown=fact)
    return Choices(ref, texts, parsed, default)


def _method(program: Linked, ref: ItemRef, name: str, trait: str) -> ItemRef | None:
    """The method of a name, of a trait whose name ends so if one is given."""
    for one in program.methods(ref).get(name, ()):
        if program.function(one).trait.rpartition("::")[2].startswith(trait):
            return one
    return None


# --- what the crate says ----------------------------------------------------------------------


def _parsed(program: Linked, parser: ItemRef) -> _Named:
    """By variant the first text of `"slow" | "s" => Ok(Self::Slow)`."""
    found: dict[str, str] = {}
    for arm in _arms(program, parser):
        texts = _TEXT.findall(arm.pattern)
        variant = _variant(arm.body)
        if texts and arm.guard is None and variant:
            found.setdefault(variant, texts[0])
    return found


def _told(program: Linked, teller: ItemRef) -> _Named:
    """By variant the text of `Self::Slow => "slow"` or `Self::Slow => write!(f, "slow")`."""
    found: dict[str, str] = {}
    for arm in _arms(program, teller):
        text = _text(arm.body)
        for part in arm.pattern.split("|") if text is not None and "::" in arm.pattern else ():
            found.setdefault(part.strip().rpartition("::")[2], text or "")
    return found


def _arms(program: Linked, ref: ItemRef) -> Iterator[Arm]:
    body = program.body(ref)
    for node in body.walk() if body is not None else ():
        if isinstance(node, Match):
            yield from node.arms


def _variant(body: Node) -> str:
    """`Slow` for `Ok(Self::Slow)` and for `Self::Slow`."""
    value = tail_of(body)
    if isinstance(value, Call) and isinstance(value.function, Path) and len(value.args) == 1:
        value = value.args[0] if value.function.last in ("Ok", "Some") else None
    return value.last if isinstance(value, Path) and len(value.segments) > 1 else ""


def _text(body: Node) -> str | None:
    """`slow` for `"slow"`, `write!(f, "slow")`, `f.write_str("slow")` and `"slow".to_string()`."""
    value = tail_of(body)
    if isinstance(value, MethodCall):
        value = value.args[0] if value.method == "write_str" and value.args else value.receiver
    if isinstance(value, MacroCall) and value.path == "write" and len(value.args) == 2:
        value = value.args[1]
    plain = isinstance(value, Literal) and value.kind == "str" and not set(value.text) & {*"{}\\"}
    return value.text if isinstance(value, Literal) and plain else None


def _default(program: Linked, ref: ItemRef, item: Enum) -> str:
    """The variant that `Default` gives: the one marked so, or that of the `impl`."""
    marked = [one.name for one in item.variants if any(a.path == "default" for a in one.attrs)]
    if marked:
        return marked[0]
    made = _method(program, ref, "default", "Default")
    body = program.body(made) if made is not None else None
    return _variant(body) if body is not None else ""


# --- attributes -------------------------------------------------------------------------------


def _written(item: Enum) -> _Named:
    """What attributes of serialisers call the variants, else their names in snake case."""
    style = next((found for one in item.attrs if (found := _matched(one, _ALL))), "snake_case")
    cased = _STYLES.get(style)
    names = {}
    for variant in item.variants:
        own = _own_name(variant)
        words = snake(variant.name).split("_")
        if own or cased is not None:
            names[variant.name] = own or _cased(words, style)
    return names


def _own_name(variant: Variant) -> str:
    return next((found for one in variant.attrs if (found := _matched(one, _ONE))), "")


def _matched(attribute: Attribute, pattern: re.Pattern[str]) -> str:
    if attribute.path not in _RENAMING:
        return ""
    found = pattern.search(attribute.tokens)
    return found[1] if found is not None else ""


_STYLES: Mapping[str, tuple[str, str, str]] = {
    "lowercase": ("", "lower", "lower"),
    "UPPERCASE": ("", "upper", "upper"),
    "snake_case": ("_", "lower", "lower"),
    "kebab-case": ("-", "lower", "lower"),
    "SCREAMING_SNAKE_CASE": ("_", "upper", "upper"),
    "SCREAMING-KEBAB-CASE": ("-", "upper", "upper"),
    "camelCase": ("", "lower", "capitalize"),
    "PascalCase": ("", "capitalize", "capitalize"),
}
"""What stands between words, and how the first word and the others are written."""


def _cased(words: list[str], style: str) -> str:
    between, first, rest = _STYLES[style]
    made = [getattr(word, rest if at else first)() for at, word in enumerate(words)]
    return between.join(made)
