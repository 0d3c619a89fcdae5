"""Classes that Python objects are converted into: what was implied has to be said from 0.30 on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bindcheck.analysis.linking.tokens import options, split_top
from bindcheck.analysis.program import Program
from bindcheck.crate import Version
from bindcheck.findings import Edit, Severity
from bindcheck.model import (
    Attribute,
    EntryKind,
    EntryPoint,
    Enum,
    Function,
    ItemRef,
    Struct,
    TypeRef,
)
from bindcheck.rules.pyo3_changes import Active, Change

_SINCE = Version(0, 28, 0)
_GONE = Version(0, 30, 0)
_OPTIONS = ("from_py_object", "skip_from_py_object")
_HOLDING_PYTHON = frozenset(
    {"Bound", "Borrowed", "Py", "PyClassGuard", "PyClassGuardMut", "PyRef", "PyRefMut"}
)


def class_changes(program: Program, version: Version, active: Active) -> Iterator[Change]:
    """Classes taken by value that do not say so, and options that have lost their effect."""
    if version < _SINCE:
        return
    classes = [
        entry
        for entry in program.entries
        if entry.kind is EntryKind.CLASS
        and program.in_crate(entry.ref.path)
        and active(program.struct(entry.ref).cfg, entry.ref.path)
    ]
    taken = _Taken(program, active) if classes else None
    for entry in classes:
        assert taken is not None
        said = _said(program.struct(entry.ref))
        if not said and _is_clone(program, entry.ref) and not _converts_itself(program, entry):
            yield from _implied(program, entry, version, taken)
        elif "skip_from_py_object" in said and version >= _GONE:
            yield _ineffective(program, entry)


def _implied(
    program: Program, entry: EntryPoint, version: Version, taken: _Taken
) -> Iterator[Change]:
    item = program.struct(entry.ref)
    sure = entry.ref in taken.by_types
    used = sure or taken.is_named(item)
    if version >= _GONE and not used:
        return
    gone = version >= _GONE
    yield Change(
        entry.ref.path,
        item.name_span,
        entry.rust_name,
        f"`{item.name}` is taken from Python by value, which from PyO3 0.30 on takes "
        "`from_py_object`: this does not compile"
        if gone
        else f"PyO3 0.28 deprecates to take `{item.name}` from Python by value without being told",
        "say `#[pyclass(from_py_object)]`",
        Severity.ERROR if gone else Severity.WARNING,
        sure or not gone,
        _with_option(entry.ref.path, entry.attribute),
    )


def _ineffective(program: Program, entry: EntryPoint) -> Change:
    item = program.struct(entry.ref)
    return Change(
        entry.ref.path,
        entry.attribute.span,
        entry.rust_name,
        "`skip_from_py_object` is deprecated since PyO3 0.30, which never implies the opposite",
        "remove the option",
        Severity.WARNING,
        True,
        _without_option(item, "skip_from_py_object", entry.ref.path),
    )


class _Taken:
    """What the crate converts from Python objects by value.

    `by_types` are the classes in signatures of entry points and in fields that Python sets.
    """

    def __init__(self, program: Program, active: Active):
        self._program = program
        self._active = active
        self.by_types = {ref for ref in self._refs() if ref is not None}

    def _refs(self) -> Iterator[ItemRef | None]:
        program = self._program
        for entry in program.entries:
            path = entry.ref.path
            if entry.kind is EntryKind.CLASS:
                for type_ in _settable(program.struct(entry.ref)):
                    yield program.resolve_type(type_.path, path, program.struct(entry.ref).scope)
            elif entry.kind is not EntryKind.MODULE:
                function = program.function(entry.ref)
                for param in function.params if self._active(function.cfg, path) else ():
                    for type_ in _values(param.type):
                        if type_.path == "Self":
                            yield entry.class_ref
                        elif type_.path:
                            yield program.resolve_type(type_.path, path, function.scope)

    def is_named(self, item: Struct | Enum) -> bool:
        """Whether a function extracts the class, or a derived conversion has it as a part."""
        name = rf"\b{re.escape(item.name)}\b"
        extracted = re.compile(
            rf"extract::<[^;{{]*{name}|:[^=;]*{name}[^=;]*=[^;]*\bextract\s*\(".encode()
        )
        named = re.compile(name.encode())
        program = self._program
        for path, module in program.modules.items():
            source = program.searched(path, (item.name.encode(), b"extract"))
            if path in program.unreached or not named.search(source):
                continue
            if any(_extracts(source, one, extracted, item.name) for one in module.functions):
                return True
            items: tuple[Struct | Enum, ...] = (*module.structs, *module.enums)
            if any(
                _derives(one, "FromPyObject") and named.search(source, one.span.start, one.span.end)
                for one in items
            ):
                return True
        return False


def _extracts(source: bytes, function: Function, pattern: re.Pattern[bytes], name: str) -> bool:
    """Whether a function extracts a class by its name, or as what it gives back."""
    text = source[function.span.start : function.span.end]
    if b"extract" not in text:
        return False
    given = {name, "Self"} if function.owner == name else {name}
    back = b".extract()" in text and any(one.name in given for one in _values(function.returns))
    return back or pattern.search(text) is not None


def _values(type_: TypeRef | None) -> Iterator[TypeRef]:
    """The types that a value of a type holds itself, not by a reference or a Python pointer."""
    if type_ is None or type_.kind in ("ref", "ptr", "fn") or type_.name in _HOLDING_PYTHON:
        return
    yield type_
    for arg in type_.args:
        yield from _values(arg)


def _settable(item: Struct | Enum) -> Iterator[TypeRef]:
    """The types of fields that Python may set, and of the fields of variants."""
    if isinstance(item, Enum):
        fields = [field for variant in item.variants for field in variant.fields]
    else:
        whole = any("set_all" in options(one.tokens) for one in _class_attributes(item))
        fields = [
            field
            for field in item.fields
            if whole or any("set" in options(one.tokens) for one in field.attrs)
        ]
    for field in fields:
        yield from (one for one in _values(field.type) if one.path)


def _class_attributes(item: Struct | Enum) -> list[Attribute]:
    return [one for one in item.attrs if one.path.rsplit("::", 1)[-1] in ("pyclass", "pyo3")]


def _said(item: Struct | Enum) -> set[str]:
    """The options about conversion that a class has."""
    return {
        option
        for one in _class_attributes(item)
        for option in _OPTIONS
        if option in options(one.tokens)
    }


def _derives(item: Struct | Enum, trait: str) -> bool:
    return any(
        trait in {part.rsplit("::", 1)[-1] for part in split_top(one.tokens)}
        for one in item.attrs
        if one.path == "derive"
    )


def _is_clone(program: Program, ref: ItemRef) -> bool:
    item = program.struct(ref)
    if _derives(item, "Clone"):
        return True
    impls = program.modules[ref.path].impls
    return any(one.name == item.name and _trait(one.trait) == "Clone" for one in impls)


def _converts_itself(program: Program, entry: EntryPoint) -> bool:
    name = program.struct(entry.ref).name
    return any(
        one.name == name and _trait(one.trait) == "FromPyObject"
        for module in program.modules.values()
        for one in module.impls
    )


def _trait(text: str) -> str:
    return text.partition("<")[0].rsplit("::", 1)[-1].strip()


def _with_option(path: str, attribute: Attribute) -> tuple[Edit, ...]:
    """`#[pyclass]` with the option behind those that are there."""
    if attribute.cfg:
        return ()
    tokens = attribute.tokens.strip().rstrip(",")
    listed = f"{tokens}, from_py_object" if tokens else "from_py_object"
    text = f"#[{attribute.path}({listed})]"
    return (Edit(path, attribute.span.start, attribute.span.end, text),)


def _without_option(item: Struct | Enum, option: str, path: str) -> tuple[Edit, ...]:
    for one in _class_attributes(item):
        parts = split_top(one.tokens)
        if option in parts and not one.cfg and one.path.endswith("pyclass"):
            rest = ", ".join(part for part in parts if part != option)
            text = f"#[{one.path}({rest})]" if rest else f"#[{one.path}]"
            return (Edit(path, one.span.start, one.span.end, text),)
    return ()
