"""The items of a file, inline modules and impls included."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, replace

from tree_sitter import Node

from bindcheck.fact import record
from bindcheck.model import (
    Attribute,
    Block,
    Const,
    Enum,
    Function,
    Impl,
    MacroItem,
    Mod,
    Problem,
    Struct,
    TypeAlias,
    Use,
)
from bindcheck.parse import declarations as d
from bindcheck.parse.attributes import Pending, attributes_of, inner_cfg, is_pyo3, needs_test
from bindcheck.parse.bodies import Lowered, inner_scope, lower_block, read_span
from bindcheck.parse.signatures import Place, function_of
from bindcheck.parse.tree import Text, child_of, field_of
from bindcheck.parse.typerefs import type_of
from bindcheck.parse.uses import uses_of

_DEEPEST = 60
_NESTED = b"#[py"
TOO_DEEP = "nested too deeply to be read"


@record
class Items:
    """Collects what one file says, in source order."""

    text: Text
    functions: list[Function] = field(default_factory=list)
    structs: list[Struct] = field(default_factory=list)
    enums: list[Enum] = field(default_factory=list)
    impls: list[Impl] = field(default_factory=list)
    consts: list[Const] = field(default_factory=list)
    aliases: list[TypeAlias] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    mods: list[Mod] = field(default_factory=list)
    macros: list[MacroItem] = field(default_factory=list)
    inner_attrs: list[Attribute] = field(default_factory=list)
    bodies: dict[int, Block] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def walk(self, nodes: Iterable[Node], place: Place, depth: int = 0) -> None:
        """Collect the items among `nodes`; in broken code also those inside ERROR nodes."""
        pending = Pending()
        for node in nodes:
            if pending.take(self.text, node):
                continue
            handler = _HANDLERS.get(node.type)
            if handler is None:
                continue
            if depth < _DEEPEST:
                handler(self, node, pending, place, depth)
            else:
                span = self.text.span(node)
                self.problems.append(Problem(TOO_DEEP, span, span))
            pending = Pending()

    # --- functions -----------------------------------------------------------------------------

    def function(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """A function; its body is lowered if Python reaches it."""
        function = function_of(self.text, node, pending, place)
        index = len(self.functions)
        self.functions.append(function)
        body = field_of(node, "body")
        if body is None:
            return
        if place.pyo3 or is_pyo3(function.attrs):
            self._lower(index, function, body, depth)
        elif self.text.source.find(_NESTED, body.start_byte, body.end_byte) >= 0:
            self._nested(lower_block(self.text, body, inner_scope(function)), depth)

    def _lower(self, index: int, function: Function, body: Node, depth: int) -> None:
        lowered = lower_block(self.text, body, inner_scope(function))
        self.bodies[index] = lowered.block
        for span in lowered.too_deep:
            self.problems.append(Problem(TOO_DEEP, span, function.span))
        self._nested(lowered, depth)

    def _nested(self, lowered: Lowered, depth: int) -> None:
        """Functions inside a body that Python reaches are functions of the file as well."""
        for function in lowered.functions:
            if function.body_span is None or not is_pyo3(function.attrs) or depth > _DEEPEST:
                continue
            inner = read_span(self.text, function.body_span, inner_scope(function))
            if inner is not None:
                self.bodies[len(self.functions)] = inner.block
                self.functions.append(function)
                self._nested(inner, depth + 1)

    # --- items that hold items -----------------------------------------------------------------

    def mod(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """A module; what exists in test builds only is not looked at."""
        mod = d.mod_of(self.text, node, pending, place)
        self.mods.append(mod)
        body = field_of(node, "body")
        if body is None or needs_test(mod.cfg):
            return
        cfg = (*mod.cfg, *inner_cfg(self.text, body.children))
        pyo3 = place.pyo3 or is_pyo3(mod.attrs)
        self.walk(body.children, Place((*place.scope, mod.name), cfg, pyo3=pyo3), depth + 1)

    def impl(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """An impl block and what is in it."""
        written = field_of(node, "type")
        if written is None:
            return
        target = type_of(self.text, written)
        name = target.peel().name or target.peel().text
        trait = self.text.folded(field_of(node, "trait"))
        body = field_of(node, "body")
        cfg = (*place.cfg, *pending.cfg)
        first = len(self.functions)
        if body is not None and not needs_test(cfg):
            pyo3 = is_pyo3(pending.attrs)
            inner = Place(place.scope, cfg, name, trait, pyo3)
            self.walk(body.children, inner, depth + 1)
        made = self._owned(first, name)
        head = d.common(self.text, node, written, pending, place)
        head["name"] = name
        generics = self.text.folded(field_of(node, "type_parameters"))
        self.impls.append(Impl(**head, type=target, trait=trait, generics=generics, functions=made))

    def _owned(self, first: int, owner: str) -> tuple[int, ...]:
        found = enumerate(self.functions[first:], first)
        return tuple(index for index, function in found if function.owner == owner)

    def trait(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """The functions of a trait have the trait as owner and as trait."""
        name = self.text.word(field_of(node, "name"))
        body = field_of(node, "body")
        if body is not None:
            inner = Place(place.scope, (*place.cfg, *pending.cfg), name, name)
            self.walk(body.children, inner, depth + 1)

    def foreign(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """`extern "C" { .. }`."""
        body = field_of(node, "body")
        if body is not None:
            inner = replace(place, cfg=(*place.cfg, *pending.cfg))
            self.walk(body.children, inner, depth + 1)

    def error(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """What is still recognisable inside a part that does not parse."""
        self.walk(node.children, place, depth + 1)

    # --- leaves --------------------------------------------------------------------------------

    def struct(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """A struct or union."""
        self.structs.append(d.struct_of(self.text, node, pending, place))

    def enum(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """An enum."""
        self.enums.append(d.enum_of(self.text, node, pending, place))

    def const(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """A constant; one of an impl is in the scope of its type."""
        self.consts.append(d.const_of(self.text, node, pending, member(place)))

    def alias(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """A type alias; an associated type is in the scope of its type."""
        self.aliases.append(d.alias_of(self.text, node, pending, member(place)))

    def use(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """A `use` declaration."""
        self.uses.extend(uses_of(self.text, node, pending, place))

    def macro(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """A macro definition or invocation."""
        self.macros.append(d.macro_of(self.text, node, pending, place))

    def statement(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """`name!(..);` at item level."""
        invocation = child_of(node, "macro_invocation")
        if invocation is not None:
            self.macro(invocation, pending, place, depth)

    def inner_attribute(self, node: Node, pending: Pending, place: Place, depth: int) -> None:
        """`#![..]` of the file."""
        if not place.scope:
            self.inner_attrs.extend(attributes_of(self.text, node))


def member(place: Place) -> Place:
    """The place of a constant or type of an impl: in the scope of its type."""
    return replace(place, scope=(*place.scope, place.owner)) if place.owner else place


_HANDLERS: dict[str, Callable[[Items, Node, Pending, Place, int], None]] = {
    "function_item": Items.function,
    "function_signature_item": Items.function,
    "struct_item": Items.struct,
    "union_item": Items.struct,
    "enum_item": Items.enum,
    "impl_item": Items.impl,
    "trait_item": Items.trait,
    "foreign_mod_item": Items.foreign,
    "mod_item": Items.mod,
    "const_item": Items.const,
    "static_item": Items.const,
    "type_item": Items.alias,
    "use_declaration": Items.use,
    "extern_crate_declaration": Items.use,
    "macro_definition": Items.macro,
    "macro_invocation": Items.macro,
    "expression_statement": Items.statement,
    "inner_attribute_item": Items.inner_attribute,
    "ERROR": Items.error,
    "declaration_list": Items.error,
}
