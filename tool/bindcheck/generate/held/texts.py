"""Texts of the arguments that a core is given."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from bindcheck.generate.held.evidence import Made
from bindcheck.generate.held.symbols import Code
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.traits import METHODS, called_on, is_trait
from bindcheck.model import Block, ParamField, TypeRef, Use

OURS = re.compile(
    r"\|(\w+)(?::\s*[\w:]+)?\|\s*"
    r"(?:(?:\w+::)*PyValueError::new_err|PyErr::new::<(?:\w+::)*PyValueError,\s*_>)"
    r"\(\s*\1\.to_string\(\)\s*\)"
)
"""A ValueError with the text of the error."""

_REFUSED = re.compile(r"if\s+(\w+\.is_none\(\)(?:\s*\|\|\s*\w+\.is_none\(\))*)\s*\{")
"""`if high.is_none() || low.is_none() {`."""

_BORROWED = re.compile(r"([\w.]+\.(?:try_)?readonly\(\)\??)(\.as_slice\(\)\??)")
"""`high.readonly().as_slice()?`."""

_VIEWED = re.compile(
    r"(.*\))(\[[^\[\]]*\]|\.as_ref\(\)|(?<!>\(\))(?<!\.to_vec\(\))\.as_slice\(\))", re.DOTALL
)
"""`values.collect::<Vec<f64>>()[1..]`; a vector by itself needs no slice of it."""

_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)'""", re.DOTALL)
"""A text or a letter."""

_TEXT = re.compile(r'"([^"\\]*)"')
_LISTED_TEXTS = re.compile(
    r'&?(\[\s*"[^"\\]*"(?:\s*,\s*"[^"\\]*")*\s*,?\s*\])(?:\s*\.iter\(\))?(\s*\.enumerate\(\))?'
)
"""`["a", "b"].iter().enumerate()`."""


def listed_texts(text: str, names: int) -> tuple[str, ...]:
    """The texts that a loop with so many variables goes through; none where it does not."""
    found = _LISTED_TEXTS.fullmatch(text)
    counted = found is not None and names == (2 if found[2] else 1)
    return tuple(_TEXT.findall(found[1])) if found is not None and counted else ()


def refused_none(text: str) -> frozenset[str]:
    """The variables that a check refuses when any of them is None."""
    found = _REFUSED.match(text)
    return (
        frozenset(re.findall(r"(\w+)\.is_none\(\)", found[1])) if found is not None else frozenset()
    )


def is_view(made: Code) -> bool:
    """Whether a series is a part of an array: `&data_slice[1..]`."""
    return re.fullmatch(r"&[\w.]+\[.*\]", made.text, re.DOTALL) is not None


def parted(text: str) -> tuple[str, str]:
    """A text, and apart from it what borrows an array, where it asks that for its slice.

    `high.readonly().as_slice()?` gives a slice of what is gone at the end of the statement.
    """
    found = _BORROWED.fullmatch(text)
    return (found[2], found[1]) if found is not None else (text, "")


def unwrapped(text: str) -> str:
    """A text without parentheses around all of it."""
    plain, depth = _QUOTED.sub(lambda found: "_" * len(found[0]), text), 0
    for at, letter in enumerate(plain):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return text[1:-1] if at and at == len(text) - 1 and text.startswith("(") else text
    return text


def viewed(text: str) -> tuple[str, str]:
    """What a call gives, and the part of it that is asked for; nothing where it is not a part."""
    found = _VIEWED.fullmatch(text)
    if found is None:
        return "", ""
    return found[1], f"&{{}}{found[2]}" if found[2].startswith("[") else f"{{}}{found[2]}"


def value(field: ParamField, given: TypeRef | None) -> str:
    """An argument as the field of its name; empty where the types do not tell how."""
    if given is None:
        return ""
    wanted, has = _folded(field.type.text), _folded(given.text)
    if has == f"Option<{wanted}>" and field.optional:
        return field.name
    value = field.name if has == wanted else ""
    if wanted == "String" and has == "&str":
        value = f"{field.name}.to_string()"
    return f"Some({value})" if value and field.optional else value


def _folded(text: str) -> str:
    return "".join(text.split())


def twin(role: str) -> str:
    """The role of a value that may be a parameter or stand beside them."""
    kind, _, name = role.partition(":")
    return f"{'extra' if kind == 'param' else 'param'}:{name}"


def assigned(name: str, text: str) -> str:
    """A field of a literal; without a name the other fields."""
    if not name:
        return f"..{text}"
    return name if name == text else f"{name}: {text}"


def written(literal: Made, owner: str) -> tuple[tuple[str, Code], ...]:
    """The fields with their texts; the base, if there is one, under an empty name."""
    found = []
    for name, symbol in literal.fields.items():
        if not isinstance(symbol, Code):
            raise Lacking(f"what the field `{name}` of `{owner}` is made from", literal.at)
        found.append((name, symbol))
    if literal.base is not None:
        if not isinstance(literal.base, Code):
            raise Lacking(f"what the other fields of `{owner}` are made from", literal.at)
        found.append(("", literal.base))
    return tuple(found)


_GLOBS: Mapping[tuple[str, ...], re.Pattern[str]] = {
    ("numpy", "prelude"): re.compile(r"\b(?:Into|To)PyArray\b|\bPy\w*Array\w*Methods\b"),
    ("pyo3", "prelude"): re.compile(
        r"(?<!::)\b(?:Borrowed|Bound|FromPyObject|IntoPyObject|Py|PyAny|PyAnyMethods|PyErr|PyModule"
        r"|PyRef|PyRefMut|PyResult|Python|wrap_py\w+)\b"
    ),
    ("pyo3", "types"): re.compile(r"(?<!::)\b(?:Into)?Py(?!\w*(?:Array|Error))[A-Z]\w*"),
}
"""What a name of these modules looks like that a glob brings."""


def imports(
    body: Block, text: str, arguments: Mapping[str, str], own: Iterable[str] = ()
) -> Iterator[str]:
    """What a body imports itself, as far as `text` needs it; of globs that is not told of all.

    `arguments` are the types of the function's arguments, `own` traits that there are anyway.
    """
    there = {one.rpartition("::")[2] for one in own}
    local = [use for node in body.walk() if isinstance(node, Block) for use in node.uses]
    for use in local:
        path = "::".join(use.path)
        if use.name == "*":
            if _opened(use.path, text, arguments, there):
                yield f"{path.removesuffix('::*')}::*"
        elif use.path and _needed(use, text, arguments):
            yield path if use.path[-1] == use.name else f"{path} as {use.name}"


def _needed(use: Use, text: str, arguments: Mapping[str, str]) -> bool:
    """Whether a text names an import, or calls methods of the trait that it is."""
    if use.name != "_" and re.search(rf"\b{use.name}\b", text):
        return True
    if is_trait(use.path):
        return called_on(use.path[-1], text, arguments)
    return use.name == "_"


def _opened(
    path: tuple[str, ...], text: str, arguments: Mapping[str, str], there: Collection[str]
) -> bool:
    """Whether a text needs what a glob brings; of modules that are not known it may."""
    folder = path[:-1] if path[-1:] == ("*",) else path
    named = _GLOBS.get(folder)
    if named is None or named.search(text):
        return True
    traits = (one for one in METHODS if ("Array" in one) == (folder[0] == "numpy"))
    return any(called_on(one, text, arguments) for one in traits if one not in there)
