"""Python sources around an extension: stubs, packages and tests.

`modules` and `exports` edit them and keep their layout, with libcst, which no other package knows.
Everything else reads facts with the parser of the standard library; libcst takes a fifth of a
second to load, so its names are loaded when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bindcheck.python_side.exports import gives, with_exports
    from bindcheck.python_side.modules import (
        PythonModule,
        import_order,
        read_module,
        with_imports,
        with_public_names,
        without_public_names,
    )

__all__ = [
    "PythonModule",
    "gives",
    "import_order",
    "read_module",
    "with_exports",
    "with_imports",
    "with_public_names",
    "without_public_names",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "exports" if name in ("gives", "with_exports") else "modules"
    return getattr(import_module(f"{__name__}.{home}"), name)
