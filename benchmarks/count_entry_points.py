"""Count the Python entry points of a crate in another way than the audit, and compare.

    python benchmarks/count_entry_points.py PATH [--manifest-path FILE]

The count reads text: it blanks comments and strings, pairs brackets, and looks for
`#[pyfunction]`, `#[pyfn]` and the functions of `#[pymethods]` blocks in every Rust file below PATH.
It shares nothing with the parser of the audit. An entry point is known by the line of its name, a
macro call that makes some by the line of its path. Prints what only one of both has; exits 1 if
there is any such place. What the audit lists as not analysed is known to it.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.config import Options
from bindcheck.load import load
from bindcheck.model import EntryKind, EntryPoint

_HIDDEN = re.compile(
    r"//[^\n]*|/\*|\bb?r(?P<hashes>#*)\".*?\"(?P=hashes)|\"(?:\\.|[^\"\\])*\"|"
    r"'(?:\\(?:u\{\w+\}|x\w\w|.)|[^\\'\n])'",
    re.DOTALL,
)
_COMMENT_MARK = re.compile(r"/\*|\*/")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_ATTRIBUTE = re.compile(r"#\s*!?\s*(?=\[)")
_FUNCTION = re.compile(r"\bfn\s+(?:r#)?(?=[\w$])")
_TEST = re.compile(r"cfg\s*\(\s*(?:test\s*\)|all\s*\((?:[^()]*,)?\s*test\s*[,)])")
_BLOCK = re.compile(r"(?:pub(?:\([^)]*\))?\s+)?(?:unsafe\s+)?(?:mod|impl)\b[^{;]*\{")
_RULES = re.compile(r"\bmacro_rules!\s*(?P<name>\w+)\s*(?=[({\[])")
_CALL = re.compile(r"(?<![\w$:])(?:\$?\w+::)*(?P<name>\w+)\s*!\s*(?=[({\[])")
_SKIPPED = ("target", "node_modules")


def main() -> None:
    options = arguments()
    inputs, _ = load(Options(paths=(options.path,), manifest_path=options.manifest_path))
    program = inputs.program
    counted = count(rust_files(options.path))
    audited = seen(program)
    read = {
        path for path in program.modules if path not in program.unreached and program.reported(path)
    }
    print_numbers(program, counted, read)
    listed = {(one.path, one.line) for one in program.unanalysed}
    entries = {place for place, attribute in counted.entries.items() if attribute not in listed}
    differences = [
        *compared("entry point", entries, set(audited.entries), read),
        *compared("macro call", set(counted.calls), set(audited.calls), read),
    ]
    print("\n".join(differences) or "no differences")
    raise SystemExit(1 if differences else 0)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--manifest-path", type=Path)
    return parser.parse_args()


def rust_files(path: Path) -> list[str]:
    """All Rust files below a path, named as in reports."""
    found = [str(path)] if path.is_file() else []
    for folder, folders, files in os.walk(path):
        folders[:] = [one for one in folders if one not in _SKIPPED and one[0] != "."]
        found += [os.path.join(folder, one) for one in files if one.endswith(".rs")]
    return sorted(os.path.relpath(one) if not os.path.isabs(path) else one for one in found)


Place = tuple[str, int]
"""File and line."""


@dataclass
class Found:
    """Entry points, and macro calls with an estimate of how many each of them makes."""

    entries: dict[Place, Place] = field(default_factory=dict)
    """With the place of the attribute that exposes them."""
    calls: dict[Place, int] = field(default_factory=dict)


# --- the count -----------------------------------------------------------------------------------


def count(paths: list[str]) -> Found:
    """What the text of the files shows."""
    found = Found()
    texts = {path: without_tests(plain(Path(path).read_text("utf-8"))) for path in paths}
    rules: dict[str, str] = {}
    for path, text in texts.items():
        texts[path], own = without_rules(text)
        rules |= own
    for path, text in texts.items():
        rest = text
        for start, end, made in exposing_calls(text, rules):
            found.calls[path, line_of(text, start)] = made
            rest = blank(rest, start, end)
        for at, attribute in entry_points(rest).items():
            found.entries[path, line_of(rest, at)] = path, line_of(rest, attribute)
    return found


def plain(text: str) -> str:
    """The text with comments, strings and characters blanked, lines kept."""
    at = 0
    while hidden := _HIDDEN.search(text, at):
        at = hidden.end()
        if hidden[0] == "/*":
            at = comment_end(text, at)
        text = blank(text, hidden.start(), at)
    return text


def comment_end(text: str, at: int) -> int:
    depth = 1
    while depth and (mark := _COMMENT_MARK.search(text, at)):
        depth += 1 if mark[0] == "/*" else -1
        at = mark.end()
    return at if depth == 0 else len(text)


def blank(text: str, start: int, end: int) -> str:
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def group_end(text: str, at: int) -> int:
    """Behind the bracket that closes the one at `at`."""
    opening, closing = text[at], _BRACKETS[text[at]]
    depth = 0
    for mark in re.compile(f"[{re.escape(opening + closing)}]").finditer(text, at):
        depth += 1 if mark[0] == opening else -1
        if depth == 0:
            return mark.end()
    return len(text)


def attributes(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and content of every attribute."""
    for mark in _ATTRIBUTE.finditer(text):
        end = group_end(text, mark.end())
        yield mark.start(), end, text[mark.end() + 1 : end - 1].strip()


def is_attribute(content: str, name: str) -> bool:
    """Whether an attribute is `name`, also by a path or as an argument of `cfg_attr`."""
    if re.match(rf"(?:\w+\s*::\s*)*(?:{name})\b", content):
        return True
    given = re.search(rf",\s*(?:\w+\s*::\s*)*(?:{name})\b", content)
    return content.startswith("cfg_attr") and given is not None


def item_start(text: str, at: int) -> int:
    """The first character of the item behind attributes and white space."""
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        mark = _ATTRIBUTE.match(text, at)
        if mark is None:
            return at
        at = group_end(text, mark.end())


def without_tests(text: str) -> str:
    """The text without modules and impls of test builds."""
    for start, end, content in list(attributes(text)):
        if _TEST.match(content) and text[start:end].strip():
            opening = _BLOCK.match(text, item_start(text, end))
            if opening is not None:
                text = blank(text, start, group_end(text, opening.end() - 1))
    return text


def entry_points(text: str) -> dict[int, int]:
    """Where the names of exposed functions are, with the attributes that expose them."""
    found: dict[int, int] = {}
    for start, end, content in attributes(text):
        if is_attribute(content, "pyfunction|pyfn"):
            name = _FUNCTION.search(text, item_start(text, end))
            found |= {name.end(): start} if name else {}
        elif is_attribute(content, "pymethods"):
            found |= dict.fromkeys(methods(text, item_start(text, end)), start)
    return found


def methods(text: str, at: int) -> Iterator[int]:
    """Names of the functions directly in the block of the `impl` at `at`."""
    opening = text.find("{", at)
    end = group_end(text, opening) - 1 if opening >= 0 else opening
    at = opening + 1
    while 0 <= at < end:
        inner = re.compile(r"[({\[]").search(text, at, end)
        stop = inner.start() if inner else end
        yield from (name.end() for name in _FUNCTION.finditer(text, at, stop))
        at = group_end(text, stop) if inner else end


# --- macros --------------------------------------------------------------------------------------


def without_rules(text: str) -> tuple[str, dict[str, str]]:
    """The text without `macro_rules!`, and the rules by the name of their macro."""
    rules: dict[str, str] = {}
    while mark := _RULES.search(text):
        end = group_end(text, mark.end())
        rules[mark["name"]] = rules.get(mark["name"], "") + text[mark.end() : end]
        text = blank(text, mark.start(), end)
    return text, rules


def exposing_calls(text: str, rules: dict[str, str]) -> Iterator[tuple[int, int, int]]:
    """Start, end and estimate of the outermost macro calls that make entry points."""
    last = 0
    for call in _CALL.finditer(text):
        if call.start() < last:
            continue
        end = group_end(text, call.end())
        made = made_by(call["name"], text[call.end() : end], rules, ())
        if made:
            last = end
            yield call.start(), end, made


def made_by(name: str, tokens: str, rules: dict[str, str], above: tuple[str, ...]) -> int:
    """How many entry points a call makes: those in its tokens, its rules and what they call."""
    made = len(entry_points(tokens))
    if name not in rules or name in above:
        return made
    body = rules[name]
    inner = [
        made_by(call["name"], "", rules, (*above, name))
        for call in _CALL.finditer(body)
        if call["name"] in rules
    ]
    passed = [
        made_by(word, "", rules, (*above, name))
        for word in re.findall(r"\w+", tokens)
        if word in rules and re.search(r"\$\w+\s*!", body)
    ]
    return made + len(entry_points(body)) + sum(inner) + sum(passed)


# --- the comparison ------------------------------------------------------------------------------


def seen(program: Program) -> Found:
    """What the audit knows: entry points of all configurations, and what it lists as unread."""
    found = Found()
    for entry in callable_entries(program):
        function = program.function(entry.ref)
        line = program.location(entry.ref.path, function.name_span).line
        found.entries[entry.ref.path, line] = entry.ref.path, line
    for one in program.unanalysed:
        if program.reported(one.path) and one.reason.startswith("made by a macro"):
            found.calls[one.path, one.line] = 0
    return found


def callable_entries(program: Program) -> list[EntryPoint]:
    """Functions and methods in the reported files."""
    return [
        entry
        for entry in program.entries
        if entry.kind in (EntryKind.FUNCTION, EntryKind.METHOD) and program.reported(entry.ref.path)
    ]


def print_numbers(program: Program, counted: Found, read: set[str]) -> None:
    entries = callable_entries(program)
    active = sum(entry.active for entry in entries)
    unread = sum(1 for one in program.unanalysed if program.reported(one.path))
    here = sum(1 for path, _ in counted.entries if path in read)
    calls = {place: made for place, made in counted.calls.items() if place[0] in read}
    print(
        f"audit: {active} entry points audited, {len(entries) - active} not in this configuration, "
        f"{unread} places not analysed"
    )
    print(f"count: {here} entry points, {len(calls)} macro calls (>= {sum(calls.values())} more)")
    elsewhere = Counter(path for path, _ in (*counted.entries, *counted.calls) if path not in read)
    for path, number in sorted(elsewhere.items()):
        why = "no mod reaches it" if path in program.orphans else "of another crate"
        print(f"not counted: {path}: {number} ({why})")


def compared(what: str, counted: set[Place], audited: set[Place], read: set[str]) -> list[str]:
    here = {place for place in counted if place[0] in read}
    return [
        *(f"{path}:{line}: {what} counted, not audited" for path, line in sorted(here - audited)),
        *(f"{path}:{line}: {what} audited, not counted" for path, line in sorted(audited - here)),
    ]


if __name__ == "__main__":
    main()
