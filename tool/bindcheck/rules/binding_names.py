"""Names of the binding layer, and how a binding gets another name for Python."""

from __future__ import annotations

import re

from bindcheck.findings import Edit
from bindcheck.model import Attribute

_MARKED = re.compile(r"^(?P<a>.+[a-z0-9])Py$|^(?P<b>.+)_py$|^Py(?P<c>[A-Z].*)$|^py_(?P<d>.+)$")


def plain_name(name: str) -> str | None:
    """A name without the mark of the binding layer, None if it carries none."""
    match = _MARKED.match(name)
    return match[match.lastgroup] if match is not None and match.lastgroup else None


def named(path: str, attribute: Attribute, name: str) -> Edit | None:
    """`#[pyclass]` becomes `#[pyclass(name = "..")]`; other options stay behind the name."""
    if attribute.cfg or attribute.path.endswith("pyfn"):
        return None
    given = f", {attribute.tokens}" if attribute.tokens.strip() else ""
    text = f'#[{attribute.path}(name = "{name}"{given})]'
    return Edit(path, attribute.span.start, attribute.span.end, text)
