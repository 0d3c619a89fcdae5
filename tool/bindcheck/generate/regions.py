"""Marked regions: the parts of a source file that the generator owns.

    // bindcheck: begin kama/single template=1 hash=0123456789ab
    ..
    // bindcheck: end kama/single

The hash is that of the text as it was generated. In Rust white space between tokens and trailing
commas are left out of it, so that running a formatter over the file is no edit; comments and
literals count as they are written. In Python white space has meaning.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact

RUST = "//"
PYTHON = "#"

_BEGIN = re.compile(
    r"^(?:(?P<indent>[ \t]*)(?=//))?(?P<comment>//|#) bindcheck: begin (?P<key>\S+)"
    r" template=(?P<template>\d+)(?: interface=(?P<interface>\w+))? hash=(?P<hash>[0-9a-f]+)$"
)
_END = re.compile(r"^(?:[ \t]*//|#) bindcheck: end (?P<key>\S+)$")
_COMMENT = r"(?P<comment> //[^\n]* | /\* )"
_RAW = r'(?P<raw> \b[bc]?r(?P<fence>\#*)" .*? "(?P=fence) )'
_TEXT = r"""(?P<text> "(?:[^"\\]|\\.)*" | '(?:[^'\\\n]|\\[^\n][^'\n]*)' )"""
_OTHERS = r"(?P<space> \s+ ) | (?P<word> \w+ ) | (?P<sign> . )"
_TOKEN = re.compile(f"{_COMMENT} | {_RAW} | {_TEXT} | {_OTHERS}", re.DOTALL | re.VERBOSE)
_APART = re.compile(f"{_COMMENT} | {_RAW} | {_TEXT}", re.DOTALL | re.VERBOSE)
"""Comments, and the literals that may look like one inside."""
_MARK = " bindcheck: "
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_BLOCK_EDGE = re.compile(r"/\*|\*/")


@fact
class Region:
    """A marked region: character offsets of the whole, markers included, and the text between.

    Lines of `body` end in a line feed, whatever those of the file do.
    `indent` is the white space before the markers, which the text between has lost: a region in an
    inline module of Rust. `comment` is the sign that begins a comment in the file's language.
    `interface` tells what is kept of a binding that stood there before: `kept` its whole interface,
    `named` its names.
    """

    comment: str
    key: str
    template: int
    hash: str
    start: int
    end: int
    body: str
    interface: str = ""
    indent: str = ""

    @property
    def edited(self) -> bool:
        """Whether the text is no longer what was generated."""
        return digest(self.body, self.comment) != self.hash

    def line_in(self, text: str) -> int:
        """The line, from 1 on, in the text of its file."""
        return text.count("\n", 0, self.start) + 1


def digest(text: str, comment: str = RUST) -> str:
    """Hash of a region's text, blind to what a formatter changes."""
    packed = _packed(text) if comment == RUST else _stripped(text)
    return hashlib.sha256(packed.encode()).hexdigest()[:12]


def _packed(text: str) -> str:
    """Rust without the white space and trailing commas that a formatter may change."""
    packed: list[str] = []
    comma = -1
    space = before = ""
    for kind, token in _tokens(text.replace("\r\n", "\n")):
        if kind == "space":
            space = token
            continue
        if kind == "sign" and comma >= 0 and token in ")]}>":
            packed[comma] = ""
        gap = _gap(packed, kind, space, before) if space else ""
        packed.append(f"{gap}{token}")
        before, space = kind, ""
        if kind != "comment":
            comma = len(packed) - 1 if token == "," else -1
    return "".join(packed)


def _gap(packed: Sequence[str], kind: str, space: str, before: str) -> str:
    """What stays of the white space before a token; `before` is the kind of the last one.

    A space keeps words apart, a line break tells on which line a comment stands, and ends it.
    """
    if "\n" in space and "comment" in (kind, before):
        return "\n" if packed else ""
    last = packed[-1][-1:] if packed else ""
    return " " if kind == "word" and (last.isalnum() or last == "_") else ""


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each token; comments without white space at the ends of their lines."""
    for kind, start, end in _token_places(text):
        token = text[start:end]
        if kind == "comment":
            token = "\n".join(line.strip() for line in token.splitlines())
        yield kind, token


def comments(text: str) -> Iterator[tuple[int, str]]:
    """Where each comment of Rust begins, and its text on one line."""
    at = 0
    while (match := _APART.search(text, at)) is not None:
        at = match.end()
        if match["comment"] == "/*":
            at = _block_end(text, at)
        if match["comment"]:
            yield match.start(), " ".join(text[match.start() : at].split())


def _token_places(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind, start and end of each token."""
    at = 0
    while at < len(text):
        for match in _TOKEN.finditer(text, at):
            start, at = match.span()
            kind = match.lastgroup or ""
            if kind == "comment" and text.startswith("/*", start):
                at = _block_end(text, at)
                yield kind, start, at
                # Goes on behind the comment.
                break
            yield "text" if kind == "raw" else kind, start, at


def _block_end(text: str, at: int) -> int:
    """The end of a block comment whose inside begins at `at`; block comments nest."""
    depth = 1
    for edge in _BLOCK_EDGE.finditer(text, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)


def _stripped(text: str) -> str:
    """Lines without white space at their ends, blank lines at the end left out."""
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip("\n")


def wrap(
    key: str,
    template: int,
    hashed: str,
    body: str,
    comment: str = RUST,
    interface: str = "",
    indent: str = "",
) -> str:
    """The region of `body`; `hashed` is the hash of the text as generated, which may be edited."""
    keeps = f" interface={interface}" if interface else ""
    told = f"template={template}{keeps} hash={hashed}"
    text = f"{comment} bindcheck: begin {key} {told}\n{body}{comment} bindcheck: end {key}\n"
    return indented(text, indent)


def indented(text: str, indent: str) -> str:
    """Rust with its lines moved to the right; what literals hold, and empty lines, stay."""
    if not indent:
        return text
    return "".join(
        f"{indent}{line}" if line.strip() and not inside else line
        for line, inside in _lines_of(text)
    )


def dedented(text: str, indent: str) -> str:
    """Rust with its lines moved back to the left, as far as they are indented so."""
    if not indent:
        return text
    return "".join(
        line if inside else line.removeprefix(indent) if line.strip() else line.lstrip(" \t")
        for line, inside in _lines_of(text)
    )


def _lines_of(text: str) -> Iterator[tuple[str, bool]]:
    """The lines of Rust, each with whether it begins inside of a literal."""
    literals = [(start, end) for kind, start, end in _token_places(text) if kind == "text"]
    at = 0
    for line in _LINE.findall(text):
        yield line, any(start < at < end for start, end in literals)
        at += len(line)


def find_regions(text: str, path: str) -> tuple[Region, ...]:
    """The regions of a file; a marker without its partner is a BindcheckError."""
    found: list[Region] = []
    opened: tuple[re.Match[str], int, int] | None = None
    for start, line in _marked_lines(text):
        bare, at = line.rstrip("\r\n"), start + len(line)
        begin, end = _BEGIN.match(bare), _END.match(bare)
        if begin is not None:
            _refuse_open(opened, text, path)
            opened = (begin, start, at)
        elif end is not None:
            found.append(_closed(opened, end, text, (start, at), path))
            opened = None
    _refuse_open(opened, text, path)
    _refuse_twins(found, path)
    return tuple(found)


def _marked_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that may be markers, each with its start: in most files there are none."""
    word = text.find(_MARK)
    while word >= 0:
        start = text.rfind("\n", 0, word) + 1
        at = start
        # More than a line feed ends a line.
        for line in text[start : _line_end(text, word)].splitlines(keepends=True):
            yield at, line
            at += len(line)
        word = text.find(_MARK, at)


def _line_number(text: str, start: int) -> int:
    return len(text[:start].splitlines()) + 1


def _refuse_open(opened: tuple[re.Match[str], int, int] | None, text: str, path: str) -> None:
    if opened is not None:
        begin, start, _ = opened
        raise BindcheckError(f"region {begin['key']} has no end", path, _line_number(text, start))


def _line_end(text: str, at: int) -> int:
    """Behind the next line feed, or the end of the text."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _closed(
    opened: tuple[re.Match[str], int, int] | None,
    end: re.Match[str],
    text: str,
    place: tuple[int, int],
    path: str,
) -> Region:
    if opened is None or opened[0]["key"] != end["key"]:
        message = f"end of region {end['key']} without its begin"
        raise BindcheckError(message, path, _line_number(text, place[0]))
    begin, start, inside = opened
    indent = begin["indent"] or ""
    # Texts that are made, compared and merged end their lines in a line feed.
    body = dedented(text[inside : place[0]].replace("\r\n", "\n"), indent)
    return Region(
        comment=begin["comment"],
        key=begin["key"],
        template=int(begin["template"]),
        hash=begin["hash"],
        start=start,
        end=place[1],
        body=body,
        interface=begin["interface"] or "",
        indent=indent,
    )


def _refuse_twins(found: Sequence[Region], path: str) -> None:
    seen: set[str] = set()
    for region in found:
        if region.key in seen:
            raise BindcheckError(f"region {region.key} occurs twice", path)
        seen.add(region.key)


def replace_region(text: str, region: Region, wrapped: str) -> str:
    """`text` with the region replaced, or without it and the blank lines around."""
    if wrapped:
        return text[: region.start] + wrapped + text[region.end :]
    before, after = text[: region.start].rstrip("\n"), text[region.end :].lstrip("\n")
    return "\n\n".join(filter(None, (before, after))) if after else f"{before}\n"


def insert_block(text: str, at: int, wrapped: str) -> str:
    """`text` with a block inserted at `at`, one blank line before and behind it."""
    before, after = text[:at].rstrip("\n"), text[at:].lstrip("\n")
    head = f"{before}\n\n" if before else ""
    tail = f"\n{after}" if after else ""
    return f"{head}{wrapped}{tail}"
