"""Calls of core functions: an expression for every parameter, by its role."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.names import FileNames
from bindcheck.model import CoreApi, CoreFunction, Param

_WORD = re.compile(r"\w+")


@fact
class Caller:
    """Writes calls of a core's functions into one file.

    `planned` are functions that the generator is about to write, by name: their parameters.
    """

    program: Program
    core: CoreApi
    names: FileNames
    planned: Mapping[str, tuple[Param, ...]]

    def params(self, function: CoreFunction) -> tuple[Param, ...]:
        """The parameters of a function, planned or there."""
        return self.planned.get(function.name) or self.program.function(function.ref).params

    def call(self, function: CoreFunction, values: Mapping[str, str], path: str = "") -> str:
        """`path(args)`; `values` are expressions by role (`series:data`, `kernel`, ..).

        A value for a parameter behind a reference is borrowed unless it already is (slices).
        """
        params = self.params(function)
        if not path and function.name in self.planned:
            path = self.names.at_top(function.name)
        given = [
            self._argument(function, param, role, values)
            for param, role in zip(params, function.roles, strict=True)
        ]
        path = path or self.names.function(function.ref)
        if path in self._variables(values):
            # An argument has the name of the function.
            path = f"self::{path}"
        return f"{path}({', '.join(given)})"

    def _variables(self, values: Mapping[str, str]) -> set[str]:
        """Names that variables of the binding may have."""
        fields = {one.name for one in self.core.params}
        series = {one.name for made in self.core.constructors for one in made.series}
        return fields | series | {word for one in values.values() for word in _WORD.findall(one)}

    def _argument(
        self, function: CoreFunction, param: Param, role: str, values: Mapping[str, str]
    ) -> str:
        if role not in values:
            shown = f"{param.name}: {param.type.text}" if param.type is not None else param.name
            raise Lacking(f"what `{function.name}` wants for `{shown}`")
        value = values[role]
        kind = param.type
        if kind is None:
            return value
        if role in ("input", "params", "range", "combos") and kind.kind == "ref":
            return f"&{value}"
        if kind.name == "Option" and role == "params" and kind.args[0].kind == "ref":
            return f"Some(&{value})"
        if kind.name == "Option" and (role in ("kernel", "params") or self._always_given(role)):
            return f"Some({value})"
        return value

    def _always_given(self, role: str) -> bool:
        """Whether a parameter of the core has a value whatever Python says."""
        kind, _, name = role.partition(":")
        fields = [field for field in self.core.params if kind == "param" and field.name == name]
        return any(field.default is not None and field.type.name != "Option" for field in fields)
