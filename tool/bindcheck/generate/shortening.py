"""Paths in generated Rust, as short as the imports of its file allow."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from bindcheck.fact import fact
from bindcheck.parse import token_spans

Path = tuple[str, ...]

UNNAMED = ("*", "_")
"""Names of imports that no path begins with."""

_NAME = re.compile(r"(?:r#)?[^\W\d]\w*")


@fact
class _Token:
    start: int
    end: int
    text: str


def shortened(text: str, short: Mapping[Path, str]) -> tuple[str, frozenset[Path]]:
    """Rust with its whole paths as `short` has them, and which of its keys that took.

    The longest key that a path begins with counts. A `use` of a key goes where the file has an
    import that does the same; other `use`, and paths that begin with `::`, stay as they are.
    """
    source = text.encode()
    pieces: list[bytes] = []
    used: set[Path] = set()
    at = 0
    for start, end, key, new in _places(source, short):
        pieces += [source[at:start], new.encode()]
        used.add(key)
        at = end
    return b"".join([*pieces, source[at:]]).decode(), frozenset(used)


def _places(source: bytes, short: Mapping[Path, str]) -> Iterator[tuple[int, int, Path, str]]:
    """What to replace: from, to, by which key and with what."""
    tokens = [_Token(a, b, source[a:b].decode("utf-8", "replace")) for a, b in token_spans(source)]
    at = 0
    while at < len(tokens):
        if tokens[at].text == "use":
            end = next((n for n in range(at, len(tokens)) if tokens[n].text == ";"), len(tokens))
            key = tuple(one.text for one in tokens[at + 1 : end] if one.text != "::")
            if end < len(tokens) and short.get(key) in (*UNNAMED, *key[-1:]):
                yield *_line(source, tokens[at].start, tokens[end].end), key, ""
        else:
            end = _path_end(tokens, at)
            segments = tuple(one.text for one in tokens[at:end:2])
            for n in range(len(segments), 0, -1) if len(segments) > 1 else ():
                new = short.get(segments[:n])
                if new is not None and new not in UNNAMED:
                    yield tokens[at].start, tokens[at + 2 * n - 2].end, segments[:n], new
                    break
        at = max(end, at + 1)


def _path_end(tokens: Sequence[_Token], at: int) -> int:
    """Behind the path that begins at a token: `at` itself where none does."""
    if not _NAME.fullmatch(tokens[at].text) or (at and tokens[at - 1].text == "::"):
        return at
    end = at + 1
    while (
        end + 1 < len(tokens) and tokens[end].text == "::" and _NAME.fullmatch(tokens[end + 1].text)
    ):
        end += 2
    return end


def _line(source: bytes, start: int, end: int) -> tuple[int, int]:
    """A statement with the rest of its line, where it stands there alone."""
    first, last = source.rfind(b"\n", 0, start) + 1, source.find(b"\n", end)
    last = len(source) if last < 0 else last
    alone = not source[first:start].strip() and not source[end:last].strip()
    return (first, min(last + 1, len(source))) if alone else (start, end)


def words(source: bytes, among: Collection[str]) -> frozenset[str]:
    """Those of some names that code has at the begin of a path; `.name` is that of a method."""
    wanted = b"|".join(re.escape(one.lstrip(".").encode()) for one in sorted(among))
    # Most files have none: only the others are cut into tokens.
    if not among or not re.search(rb"(?<!\w)(?:%s)(?!\w)" % wanted, source):
        return frozenset()
    return frozenset(_leading(source)) & frozenset(among)


def _leading(source: bytes) -> Iterator[str]:
    before = ""
    for start, end in token_spans(source):
        token = source[start:end].decode("utf-8", "replace")
        if before != "::":
            yield f".{token}" if before == "." else token
        before = token


def declarations(imports: Iterable[tuple[Path, str]]) -> Iterator[str]:
    """What `use` declares for paths and the names that they get, those of a module together."""
    folders: dict[Path, list[str]] = {}
    for path, name in sorted(imports):
        whole = name == "*"
        shown = name if whole or path[-1] == name else f"{path[-1]} as {name}"
        folders.setdefault(path if whole else path[:-1], []).append(shown)
    for folder, names in folders.items():
        if folder:
            listed = names[0] if len(names) == 1 else f"{{{', '.join(names)}}}"
            yield "::".join((*folder, listed))
        else:
            yield from names
