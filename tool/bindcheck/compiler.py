"""Errors of the compiler, as cargo tells them with `--message-format=json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bindcheck.fact import fact


@fact
class CompilerError:
    """One error: `text` is its first line, `rendered` all that the compiler shows.

    `manifest` is that of the package. `places` are files, relative to the root of the workspace,
    and lines, the most telling first; for what a macro made, the calls of the macro follow.
    """

    text: str
    rendered: str
    manifest: str
    places: tuple[tuple[str, int], ...]


def cargo_message(line: str) -> Mapping[str, Any] | None:
    """A message of cargo; None for a line that is none."""
    if not line.startswith("{"):
        return None
    try:
        data: object = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, Mapping) else None


def error_of(data: Mapping[str, Any] | None) -> CompilerError | None:
    """The error in a message of cargo; None where it tells of something else."""
    message = data.get("message") if data and data.get("reason") == "compiler-message" else None
    if data is None or not isinstance(message, Mapping) or message.get("level") != "error":
        return None
    said = str(message.get("message", ""))
    # The last word, `aborting due to 2 previous errors`, has no place.
    if said.startswith("aborting"):
        return None
    code = message.get("code")
    name = f"[{code['code']}]" if isinstance(code, Mapping) and code.get("code") else ""
    text = f"error{name}: {said}".replace("\n", " ")
    rendered = str(message.get("rendered") or said).rstrip()
    manifest = str(data.get("manifest_path", ""))
    return CompilerError(text, rendered, manifest, tuple(_places(message)))


def _places(message: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    spans = message.get("spans")
    listed = [one for one in spans if isinstance(one, Mapping)] if isinstance(spans, list) else []
    for span in sorted(listed, key=lambda one: not one.get("is_primary")):
        inner: object = span
        while isinstance(inner, Mapping):
            line = inner.get("line_start")
            if isinstance(line, int):
                yield str(inner.get("file_name", "")), line
            expansion = inner.get("expansion")
            inner = expansion.get("span") if isinstance(expansion, Mapping) else None
