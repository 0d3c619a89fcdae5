"""What the imports of a file say of names of PyO3, and how those names are spelled in it."""

from __future__ import annotations

import re

from bindcheck.fact import fact
from bindcheck.findings import Edit
from bindcheck.model import Module, Span, Use
from bindcheck.parse import token_spans
from bindcheck.rules.edits import is_listed, without_leaf
from bindcheck.rules.pyo3_names import Form, Renamed

_PRELUDE = frozenset({"Bound", "Borrowed", "Py", "PyAny", "Python"})
"""What `pyo3::prelude::*` has of the names that replace others."""
_IN_PRELUDE = frozenset({"PyObject", "IntoPy", "ToPyObject", "PyTryFrom", "PyTryInto", "PyCell"})
"""Old names that `pyo3::prelude::*` had."""
_PATHS = {"Py<PyAny>": ("Py", "PyAny"), "Python::initialize": ("Python",)}
"""What a replacement needs to be in scope, if it is no single name."""


@fact
class Imports:
    """The `use` declarations of one file."""

    path: str
    source: bytes
    module: Module

    def is_meant(self, use: Use, renamed: Renamed) -> bool:
        """Whether a leaf imports the old name from its crate."""
        if renamed.form is Form.MOVED:
            return "::".join(use.path[:-1]) in renamed.owners
        return use.path[0] == _crate(renamed) and "ffi" not in use.path

    def is_ours(self, qualifier: tuple[str, ...], renamed: Renamed) -> bool:
        """Whether a path before a name leads into its crate."""
        return self._whole(qualifier)[0] == _crate(renamed)

    def leads(self, qualifier: tuple[str, ...], renamed: Renamed) -> bool:
        """Whether a path before a moved name is the one it has moved from."""
        return "::".join(self._whole(qualifier)) in renamed.owners

    def is_foreign(self, renamed: Renamed) -> bool:
        """Whether the bare name is imported from somewhere else."""
        held = [use for use in self.module.uses if use.name == renamed.name]
        return bool(held) and not any(self.is_meant(use, renamed) for use in held)

    def explains(self, renamed: Renamed, qualifier: tuple[str, ...]) -> bool:
        """Whether it is sure that the name, written so, is that of the crate."""
        if qualifier:
            return True
        if any(use.name == renamed.name for use in self.module.uses):
            return True
        return renamed.name in _IN_PRELUDE and self._has_prelude()

    def replaced(self, use: Use, renamed: Renamed) -> tuple[Edit, ...]:
        """The edits of an import: renamed, or gone where nothing has to be imported instead."""
        if renamed.text is None or use.visibility or use.name != renamed.name:
            return ()
        if renamed.text not in _PATHS:
            place = self._last_token(use)
            return (Edit(self.path, place.start, place.end, renamed.text),)
        lacking = [name for name in _PATHS[renamed.text] if not self._is_known(name)]
        if lacking:
            listed = (
                ", ".join(lacking)
                if is_listed(self.source, use)
                else "{" + ", ".join(lacking) + "}"
            )
            text = listed if len(lacking) > 1 else lacking[0]
            place = self._last_token(use)
            return (Edit(self.path, place.start, place.end, text),)
        return (without_leaf(self.source, self.path, use),)

    def spelled(self, renamed: Renamed, qualifier: tuple[str, ...], *, in_path: bool) -> str:
        """The new name as the file can write it; `in_path` before a `::`."""
        assert renamed.text is not None
        if renamed.text not in _PATHS:
            return "::".join((*qualifier, renamed.text))
        will_be = any(
            self.is_meant(use, renamed) and self.replaced(use, renamed) for use in self.module.uses
        )
        known = will_be or all(map(self._is_known, _PATHS[renamed.text]))
        text = renamed.text
        for name in () if known else _PATHS[renamed.text]:
            text = re.sub(rf"\b{name}\b", f"pyo3::{name}", text)
        return text.replace("<", "::<") if in_path else text

    def scoped(self, name: str) -> str:
        """A name of the prelude as the file can write it."""
        return name if self._is_known(name) else f"pyo3::{name}"

    # --- what is in scope ----------------------------------------------------------------------

    def _is_known(self, name: str) -> bool:
        if any(use.name == name and use.path[0] == "pyo3" for use in self.module.uses):
            return True
        return name in _PRELUDE and self._has_prelude()

    def _has_prelude(self) -> bool:
        globs = [use.path for use in self.module.uses if use.name == "*"]
        return ("pyo3", "prelude") in globs or ("pyo3",) in globs

    def _whole(self, qualifier: tuple[str, ...]) -> tuple[str, ...]:
        """A path from its crate, through the `use` of its first part."""
        for use in self.module.uses:
            if use.name == qualifier[0]:
                return (*use.path, *qualifier[1:])
        return qualifier

    # --- edits of a statement ------------------------------------------------------------------

    def _last_token(self, use: Use) -> Span:
        wanted = use.path[-1].encode()
        held = token_spans(self.source, use.span.start, use.span.end)
        return [Span(a, b) for a, b in held if self.source[a:b] == wanted][-1]


def _crate(renamed: Renamed) -> str:
    return renamed.crate.lower()
