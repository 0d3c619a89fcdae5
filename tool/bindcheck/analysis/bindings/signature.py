"""`#[pyo3(signature = (..))]`: the arguments as Python sees them."""

from __future__ import annotations

from bindcheck.analysis.linking.tokens import lexemes, split_top
from bindcheck.model import SignatureArg

POSITIONAL_ONLY = "positional-only"
POSITIONAL = "positional"
KEYWORD = "keyword-only"
ARGS = "args"
KWARGS = "kwargs"


def parse_signature(text: str) -> tuple[SignatureArg, ...]:
    """Arguments of `(a, /, b=None, *args, c, **kwargs) -> T`, with or without the parentheses.

    `/` and `*` become the kind of the arguments around them; type annotations are left out.
    """
    found: list[SignatureArg] = []
    keyword = False
    for part in split_top(_inside(text)):
        if part == "/":
            found = [SignatureArg(a.name, a.default, POSITIONAL_ONLY) for a in found]
        elif part.startswith("**"):
            found.append(SignatureArg(_name(part[2:]), None, KWARGS))
        elif part.startswith("*"):
            keyword = True
            if part != "*":
                found.append(SignatureArg(_name(part[1:]), None, ARGS))
        else:
            found.append(_argument(part, KEYWORD if keyword else POSITIONAL))
    return tuple(found)


def _inside(text: str) -> str:
    text = text.strip()
    if not text.startswith("("):
        return text
    depth = 0
    for piece, at in lexemes(text):
        depth += (piece == "(") - (piece == ")")
        if depth == 0:
            return text[1:at]
    return text[1:]


def _argument(part: str, kind: str) -> SignatureArg:
    for piece, at in lexemes(part):
        if piece == "=":
            return SignatureArg(_name(part[:at]), part[at + 1 :].strip(), kind)
    return SignatureArg(_name(part), None, kind)


def _name(text: str) -> str:
    return text.partition(":")[0].strip().removeprefix("r#")
