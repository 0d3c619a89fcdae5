"""A hand-written class of a stream whose interface is kept: its struct and its methods."""

from __future__ import annotations

from bindcheck.analysis.paths_as_methods import OF_PYTHON, with_methods
from bindcheck.fact import fact
from bindcheck.generate.held.function import HeldFunction
from bindcheck.generate.lacking import Lacking
from bindcheck.model import (
    Block,
    FieldAccess,
    Function,
    Impl,
    MethodCall,
    Module,
    Node,
    Path,
    Span,
    StreamApi,
    Struct,
)
from bindcheck.parse import lower_body


@fact
class HeldClass:
    """The struct of a class and its `#[pymethods]`, with the source that their spans are about.

    `module` is what the source says.
    """

    struct: Struct
    impl: Impl
    module: Module
    source: bytes

    @property
    def methods(self) -> tuple[Function, ...]:
        """The methods, in source order."""
        return tuple(self.module.functions[at] for at in self.impl.functions)

    def field(self, stream: str) -> str:
        """The field that holds the core's stream, which must be the only one; `0` in a tuple."""
        fields = self.struct.fields
        if len(fields) != 1 or fields[0].type.name != stream or fields[0].attrs:
            raise Lacking(f"a struct `{self.struct.name}` with one field, a `{stream}`")
        return fields[0].name

    @property
    def constructor(self) -> Function:
        """The method that Python calls to make one."""
        found = [one for one in self.methods if one.attr("new") is not None]
        if len(found) != 1:
            raise Lacking(f"the one `#[new]` of `{self.struct.name}`")
        return found[0]

    def update(self, field: str, name: str) -> Function:
        """The one method that hands values to the core."""
        found = [one for one in self.methods if self._calls(one, field, name)]
        if len(found) != 1:
            raise Lacking(f"the one method of `{self.struct.name}` that calls `{name}`")
        return found[0]

    def _calls(self, method: Function, field: str, name: str) -> bool:
        return any(
            isinstance(node, MethodCall)
            and node.method == name
            and isinstance(node.receiver, FieldAccess)
            and node.receiver.name == field
            and _is_self(node.receiver.base)
            for node in self.body(method).walk()
        )

    def body(self, method: Function) -> Block:
        """The body of a method."""
        at = self.impl.functions[self.methods.index(method)]
        found = lower_body(self.source, self.module, at)
        if found is None:
            raise Lacking(f"the body of `{self.struct.name}::{method.name}`")
        return with_methods(found, OF_PYTHON)

    def made_and_handed(self, stream: StreamApi) -> tuple[HeldFunction, HeldFunction]:
        """The methods whose bodies are made anew: the constructor, and the one with `update`."""
        updating = stream.update.name if stream.update is not None else ""
        methods = (self.constructor, self.update(self.field(stream.name), updating))
        made, handed = (HeldFunction(one, self.body(one), self.source) for one in methods)
        return made, handed

    @property
    def spans(self) -> tuple[Span, Span]:
        """The struct, and its methods."""
        return self.struct.span, self.impl.span

    def text(self, start: int, end: int) -> str:
        """The source between two offsets."""
        return self.source[start:end].decode("utf-8")


def _is_self(node: Node) -> bool:
    return isinstance(node, Path) and node.segments == ("self",)


def class_of(module: Module, struct: Struct, source: bytes) -> HeldClass:
    """A class of a module, with its methods."""
    impls = [
        one
        for one in module.impls
        if one.name == struct.name and one.scope == struct.scope and one.attr("pymethods")
    ]
    if len(impls) != 1:
        raise Lacking(f"the one `#[pymethods]` of `{struct.name}`")
    return HeldClass(struct, impls[0], module, source)
