"""Rendering with a look at the result: what a template gives must be code, and only its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

from bindcheck.errors import BindcheckError
from bindcheck.generate.lacking import Lacking
from bindcheck.parse import parse_snippet
from bindcheck.render import render, template_names, template_path, templates_folder

_MARKERS = ("bindcheck: begin ", "bindcheck: end ")


def render_rust(
    name: str, context: Mapping[str, object], templates: Path | None, piece: str
) -> str:
    """The Rust items of a piece.

    A template of the user's that gives anything else is a BindcheckError. Where one of ours does,
    it is the core that is unusual: that is lacking.
    """
    return _checked(name, context, templates, piece, _rust_problem)


def render_python(
    name: str, context: Mapping[str, object], templates: Path | None, piece: str
) -> str:
    """The Python statements of a piece; else as for `render_rust`."""
    return _checked(name, context, templates, piece, _python_problem)


def _checked(
    name: str,
    context: Mapping[str, object],
    templates: Path | None,
    piece: str,
    problem: Callable[[str], str],
) -> str:
    text = render(name, context, templates)
    marked = any(marker in text for marker in _MARKERS)
    # Shared imports may well come to nothing, other pieces may not.
    empty = not text.strip() and piece != "imports"
    what = "a marker of a region" if marked else "nothing" if empty else problem(text)
    if what:
        path = template_path(name, templates)
        if path.is_relative_to(templates_folder()):
            raise Lacking(f"a way to write this one: it would be {what}")
        raise BindcheckError(f"the template makes {what} of the piece {piece}", path)
    return text


def unused_templates(folder: Path | None) -> Iterator[str]:
    """What is wrong with templates of the user's without a name of ours or a use."""
    if folder is None or not folder.is_dir():
        return
    known = template_names()
    files = {one.relative_to(folder).as_posix(): one for one in sorted(folder.rglob("*.j2"))}
    texts = "".join(one.read_text("utf-8", errors="replace") for one in files.values())
    for name, path in files.items():
        if name not in known and name not in texts:
            ends = {one.rpartition("/")[2]: one for one in reversed(known)}
            near = get_close_matches(name.rpartition("/")[2], ends, n=1)
            hint = f"; nearest: {ends[near[0]]}" if near else ""
            yield f"{path}: takes the place of no template of ours{hint}"


def refuse_other_item(name: str, text: str, item: str, templates: Path | None) -> None:
    """Raise where a template of the user's does not define the item that is exported."""
    path = template_path(name, templates)
    if item and not re.search(rf"\b(?:fn|struct)\s+{re.escape(item)}\b", text):
        raise BindcheckError(f"the template makes no `{item}`, which the module exports", path)


def _rust_problem(text: str) -> str:
    problems = parse_snippet(text.encode())
    if not problems:
        return ""
    line = text.count("\n", 0, problems[0].span.start) + 1
    shown = text.splitlines()[line - 1].strip() if text.splitlines()[line - 1 :] else ""
    return f"text that is not Rust (its line {line}: {shown!r})"


def _python_problem(text: str) -> str:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        return f"text that is not Python (its line {line}: {error.args[0]})"
    return ""
