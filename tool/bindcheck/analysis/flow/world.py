"""What the evaluation of bodies asks of the program: types, cores, grids, releasing macros."""

from __future__ import annotations

import re
from functools import cached_property

from bindcheck.analysis.flow import types as ft
from bindcheck.analysis.flow.inner import is_inner
from bindcheck.analysis.flow.patterns import spread
from bindcheck.analysis.flow.signatures import Signatures
from bindcheck.analysis.flow.types import Hint
from bindcheck.analysis.flow.values import (
    NOTHING,
    Fails,
    Root,
    Shape,
    Size,
    Source,
    Value,
    join,
    largest,
    unchosen,
)
from bindcheck.analysis.keeping.reads import Memo
from bindcheck.analysis.program import Program
from bindcheck.model import (
    Call,
    CoreApi,
    Enum,
    FieldAccess,
    Function,
    ItemRef,
    MethodCall,
    Param,
    Path,
    Struct,
    StructLiteral,
    TypeRef,
)
from bindcheck.model.fact import replace

_RELEASE = re.compile(r"\b(?:allow_threads|detach)\b")
_ADDS = frozenset({"push", "push_back", "extend", "extend_from_slice"})
_TAKES = frozenset(
    {"pop", "pop_front", "remove", "swap_remove", "drain", "truncate", "split_off", "retain"}
)
_ATTACH = re.compile(r"\b(?:with_gil|attach)\b")
_AXES = frozenset(
    {"shape", "dims", "dim", "dimensions", "axes", "strides", "new_shape", "permutation"}
)
"""What lists of whole numbers are called that have one for each dimension of an array."""


class World:
    """A program with the indices that evaluation needs."""

    def __init__(self, program: Program):
        self.program = program
        self.signatures = Signatures(program)
        self._optional: Memo[tuple[ItemRef, str], Fails] = Memo()
        self._enums: Memo[tuple[str, str], bool] = Memo()
        self._known_makers: Memo[ItemRef, list[ItemRef]] = Memo()
        self._known_literals: Memo[tuple[ItemRef, str], list[StructLiteral]] = Memo()
        self.cuts = 0
        """How often evaluation went no deeper because of what was under evaluation."""

    join = staticmethod(join)

    @cached_property
    def cores(self) -> dict[ItemRef, CoreApi]:
        """Computing functions of all cores."""
        found: dict[ItemRef, CoreApi] = {}
        for core in self.program.cores:
            parts = (
                core.single,
                core.with_kernel,
                core.into_slice,
                core.into_uninit,
                core.batch_with_kernel,
                core.batch_inner,
                core.batch_inner_into,
            )
            for part in parts:
                if part is not None:
                    found.setdefault(part.ref, core)
        return found

    @cached_property
    def _params(self) -> frozenset[str]:
        names = (core.params_struct for core in self.program.cores)
        return frozenset(name for name in names if name)

    @cached_property
    def on_slices(self) -> dict[str, tuple[ItemRef, ...]]:
        """Methods that traits of the crate give to slices and `Vec`, by name."""
        return self.program.keep("methods on slices", self._all_on_slices)

    def _all_on_slices(self) -> dict[str, tuple[ItemRef, ...]]:
        found: dict[str, tuple[ItemRef, ...]] = {}
        for path, module in self.program.modules.items():
            for index, function in enumerate(module.functions):
                listed = function.owner.startswith("[") or function.owner in ft.SEQUENCES
                if listed and function.trait and function.receiver:
                    ref = ItemRef(path, index)
                    found[function.name] = (*found.get(function.name, ()), ref)
        return found

    @cached_property
    def senders(self) -> frozenset[str]:
        """Structs of the crate with an `unsafe impl Send`."""
        return self.program.keep("senders", self._all_senders)

    def _all_senders(self) -> frozenset[str]:
        modules = self.program.modules.items()
        return frozenset(
            one.name
            for path, module in modules
            for one in module.impls
            if one.trait == "Send" and self.program.in_crate(path)
        )

    @cached_property
    def on_tokens(self) -> dict[str, tuple[ItemRef, ...]]:
        """Methods that traits of the crate give to `Python`, by name."""
        return self.program.keep("methods on tokens", self._all_on_tokens)

    def _all_on_tokens(self) -> dict[str, tuple[ItemRef, ...]]:
        traits = {
            one.trait
            for module in self.program.modules.values()
            for one in module.functions
            if one.owner == "Python" and one.trait
        }
        found: dict[str, tuple[ItemRef, ...]] = {}
        for path, module in self.program.modules.items() if traits else ():
            for index, one in enumerate(module.functions):
                given = one.body_span is not None and one.trait in traits
                if given and (one.owner == "Python" or (one.owner == one.trait)):
                    before = found.get(one.name, ()) if one.owner != "Python" else ()
                    found[one.name] = before or (ItemRef(path, index),)
        return found

    @cached_property
    def macros(self) -> dict[str, str]:
        """`detach` or `attach` by the name of each project macro that does it."""
        return self.program.keep("releasing macros", self._all_macros)

    def _all_macros(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for module in self.program.modules.values():
            for macro in module.macros:
                if macro.defines and _RELEASE.search(macro.tokens):
                    found[macro.name] = "detach"
                elif macro.defines and _ATTACH.search(macro.tokens):
                    found[macro.name] = "attach"
        return found

    def grows(self, ref: ItemRef) -> bool:
        """Whether a method adds to a list of its object and takes nothing away from it."""
        if not self.program.function(ref).receiver:
            return False
        body = self.program.body(ref)
        added: set[str] = set()
        taken: set[str] = set()
        for node in body.walk() if body is not None else ():
            if isinstance(node, MethodCall) and isinstance(node.receiver, FieldAccess):
                found = added if node.method in _ADDS else taken if node.method in _TAKES else None
                if found is not None:
                    found.add(node.receiver.name)
        return bool(added - taken)

    def is_params(self, type_: TypeRef) -> bool:
        """Whether a type is the parameter struct of a core."""
        return type_.peel().name in self._params

    def parameter(self, param: Param, value: Value) -> dict[str, Value]:
        """What the names of a closure's parameter stand for."""
        if param.type is not None and value.shape is Shape.UNKNOWN:
            typed = self.typed(param.type, replace_size(value))
            value = replace(typed, caller=value.caller, root=value.root)
        if len(param.names) == 1:
            part = not param.name and any(name == "0" for name, _ in value.fields)
            return {param.names[0]: NOTHING if part else value}
        return spread(param.names, value)

    def typed(self, type_: TypeRef | None, like: Value) -> Value:
        """A value of a type, as long as `like` is and as much at the caller's whim."""
        hint = Hint(
            extent=like.size,
            number=like.size,
            caller=like.caller,
            source=like.source,
            fails=like.fails,
            is_params=self.is_params,
        )
        return ft.value_of(type_, hint)

    def argument(self, ref: ItemRef, param: Param, *, arrays: bool) -> Value:
        """An argument as it comes from Python."""
        type_ = param.type
        hint = Hint(
            extent=Size.DATA,
            number=Size.GRID,
            caller=True,
            source=Source.ARGUMENT,
            fails=Fails.CALLER,
            is_params=self.is_params,
        )
        value = with_root(ft.value_of(type_, hint), (ref.path, param.span))
        item = value.element
        whole = item is not None and item.type is not None and item.type.name in ft.INTEGERS
        few = whole and (arrays or param.name in _AXES)
        return replace(value, size=Size.GRID) if few else value

    def result(
        self, function: Function, args: list[Value], root: Root, owner: TypeRef | None
    ) -> Value:
        """What a call gives, from the return type and the size of the arguments."""
        size = largest(arg for arg in args if arg.shape is not Shape.TOKEN)
        size = size if args else Size.UNKNOWN
        caller = any(arg.caller for arg in args)
        handed = any(arg.caller and not _is_flag(arg) for arg in args)
        hint = Hint(
            extent=size,
            number=size,
            caller=caller,
            source=Source.RESULT,
            fails=Fails.HANDED if handed else Fails.UNKNOWN,
            is_params=self.is_params,
        )
        type_ = owner if function.returns.name == "Self" and owner is not None else function.returns
        value = with_root(ft.value_of(type_, hint), root)
        if value.is_python and not any(arg.is_python and arg.caller for arg in args):
            value = replace(value, caller=False)
        if value.wrap:
            return replace(value, why=f"`{function.name}` fails")
        return value

    def struct_of(self, type_: TypeRef | None, path: str, scope: tuple[str, ...]) -> ItemRef | None:
        """The struct or enum that a type names."""
        if type_ is None or not type_.peel().name:
            return None
        peeled = type_.peel()
        return self.program.resolve_type(peeled.path or peeled.name, path, scope)

    def field(self, owner: Value, name: str, path: str, scope: tuple[str, ...]) -> Value:
        """A field of a struct whose contents are not known one by one."""
        ref = self.struct_of(owner.type, path, scope)
        if ref is None:
            return replace(NOTHING, size=owner.size, caller=owner.caller, source=owner.source)
        item = self.program.struct(ref)
        if not isinstance(item, Struct):
            return NOTHING
        for one in item.fields:
            if one.name == name:
                hint = Hint(
                    extent=owner.size,
                    number=owner.size,
                    caller=owner.caller and not is_inner(self.program, ref, item, one.type),
                    source=owner.source,
                    fails=self.field_fails(ref, item, name)
                    if _may_be_empty(one.type)
                    else Fails.NEVER,
                    is_params=self.is_params,
                )
                value = replace(ft.value_of(one.type, hint), root=owner.root)
                if owner.source is Source.RESULT and owner.size is Size.DATA:
                    value = unchosen(value)
                return replace(value, why=f"`{name}` may be `None`") if value.wrap else value
        return NOTHING

    def is_enum(self, name: str, path: str) -> bool:
        """Whether a name means an enum of the crate in a file."""
        return self._enums.of((name, path), self._is_enum, name, path)

    def _is_enum(self, name: str, path: str) -> bool:
        return is_enum(self.program, self.program.resolve_type(name, path))

    def field_fails(self, ref: ItemRef, item: Struct, name: str) -> Fails:
        """Whether the crate leaves an `Option` field of a parameter struct empty.

        Looks at every function that makes a list of such structs (the grid expansion) and at what
        it calls to make one: NEVER when all of them set the field to `Some`.
        """
        made = self._grid_fails
        return self._optional.cyclic((ref, name), Fails.UNKNOWN, made, ref, item, name)

    def _grid_fails(self, ref: ItemRef, item: Struct, name: str) -> Fails:
        makers = self._known_makers.of(ref, self._makers, ref, item)
        literals = [one for maker in makers for one in self._literals(maker, item)]
        if not literals:
            return Fails.UNKNOWN
        return Fails.NEVER if all(self._sets(one, name, ref) for one in literals) else Fails.UNKNOWN

    def _makers(self, ref: ItemRef, item: Struct) -> list[ItemRef]:
        module = self.program.modules[ref.path]
        found = []
        for index, function in enumerate(module.functions):
            if _makes_list_of(function, item.name) and not _tested(function):
                found.append(ItemRef(ref.path, index))
        return found

    def _literals(self, maker: ItemRef, item: Struct) -> list[StructLiteral]:
        return self._known_literals.of((maker, item.name), self._literals_in, maker, item.name)

    def _literals_in(self, maker: ItemRef, name: str) -> list[StructLiteral]:
        body = self.program.body(maker) if self._mentions(maker, name) else None
        return [
            node
            for node in (body.walk() if body is not None else ())
            if isinstance(node, StructLiteral) and node.path.rsplit("::", 1)[-1] in (name, "Self")
        ]

    def _mentions(self, maker: ItemRef, name: str) -> bool:
        """Whether a body can hold a literal of a struct: most that hand lists on do not."""
        named = self.program.mentions(maker, (name.encode(), b"Self"))
        return named or not self.program.has_sources

    def _sets(self, literal: StructLiteral, name: str, ref: ItemRef) -> bool:
        for one in literal.inits:
            if one.name == name:
                return _is_some(one.value) or _is_handed_on(one.value, name)
        return literal.base is not None and self._default_sets(name, ref)

    def _default_sets(self, name: str, ref: ItemRef) -> bool:
        for method in self.program.methods(ref).get("default", ()):
            body = self.program.body(method)
            nodes = body.walk() if body is not None else ()
            for node in nodes:
                if isinstance(node, StructLiteral):
                    return any(one.name == name and _is_some(one.value) for one in node.inits)
        return False


def _may_be_empty(type_: TypeRef) -> bool:
    return any(part.name == "Option" or part.name in ft.RESULTS for part in type_.walk())


def _is_flag(value: Value) -> bool:
    return value.type is not None and value.type.peel().name == "bool"


def _tested(function: Function) -> bool:
    return any(part.name == "test" for cfg in function.cfg for part in (cfg, *cfg.args))


def _makes_list_of(function: Function, name: str) -> bool:
    return any(
        part.name in ft.SEQUENCES and part.args and part.args[0].name == name
        for part in function.returns.walk()
    )


def _is_some(node: object) -> bool:
    if isinstance(node, Call) and isinstance(node.function, Path):
        return node.function.last == "Some"
    return isinstance(node, MethodCall) and node.method == "into" and _is_some(node.receiver)


def _is_handed_on(node: object, name: str) -> bool:
    """`p.period` for the field `period`: as full as the one it is taken from."""
    return isinstance(node, FieldAccess) and node.name == name


def replace_size(value: Value) -> Value:
    """The value with an unknown extent where nothing is known."""
    return (
        value
        if value.shape is not Shape.UNKNOWN
        else replace(value, size=max(value.size, Size.CONST))
    )


def with_root(value: Value, root: Root) -> Value:
    """The value and what it is made of, lying in `root`."""
    element = value.element
    if element is not None and element.shape is Shape.SEQ:
        element = with_root(element, (f"{root[0]}#row", root[1]))
    fields = tuple(
        (name, with_root(part, (f"{root[0]}#{name}", root[1]))) for name, part in value.fields
    )
    return replace(value, root=root, element=element, fields=fields)


def is_enum(program: Program, ref: ItemRef | None) -> bool:
    """Whether a type reference is an enum."""
    return ref is not None and isinstance(program.struct(ref), Enum)
