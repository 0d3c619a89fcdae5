"""The piece `stub`: an entry in the `.pyi` file of the native module, and the package's exports."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from bindcheck.analysis.program import Program
from bindcheck.crate import Crate
from bindcheck.discover import display
from bindcheck.fact import fact
from bindcheck.generate.checked import render_python
from bindcheck.generate.lacking import Lacking
from bindcheck.generate.learned.exceptions import Raised
from bindcheck.generate.learned.naming import named
from bindcheck.generate.pythonview import PythonBinding, array_type, numpy_type
from bindcheck.generate.style import CrateStyle
from bindcheck.python_side import read_module, with_imports, with_public_names
from bindcheck.python_side.bound import spelled

_KERNEL = "_Kernel"
_TYPES = frozenset({"bool", "dict", "float", "int", "list", "str", "tuple"})
"""Types that annotations use without an import."""
_ITEMS = {
    "Any": "typing.Any",
    "NDArray": "numpy.typing.NDArray",
    "TypedDict": "typing.TypedDict",
    "final": "typing.final",
    "np": "numpy",
}
"""What entries use under which name, if the stub has no other one for it."""

_IMPORTED = frozenset({"builtins", *_ITEMS})


@fact
class StubPlace:
    """Where stubs of a crate are: the `.pyi` file, and the package that holds it, if one does."""

    stub: Path
    package: Path | None
    native: str


def python_root(crate: Crate) -> Path:
    """The folder that has the Python package of the crate's extension, if it has one."""
    crate = crate.extension
    if crate.maturin is None:
        return crate.root
    return crate.maturin.python_source or crate.maturin.pyproject.parent


def stub_place(crate: Crate) -> StubPlace | None:
    """The stub file of the crate's module, if there is one.

    None is made where there is none: a stub with a few names would hide all others from type
    checkers.
    """
    native = crate.extension.module_name
    parts, base = native.split("."), python_root(crate)
    candidates = [
        _first_stub(crate),
        base.joinpath(*parts, "__init__.pyi"),
        base.joinpath(parts[0], "__init__.pyi"),
    ]
    for path in candidates:
        if path.is_file():
            package = base / parts[0]
            return StubPlace(path, package if package.is_dir() else None, native)
    return None


def no_stub(crate: Crate) -> str:
    """What to do where there is no stub."""
    path = display(_first_stub(crate))
    return f"the module has no stub: begin {path} with what is bound by hand, or empty"


def _first_stub(crate: Crate) -> Path:
    parts = crate.extension.module_name.split(".")
    return python_root(crate).joinpath(*parts).with_suffix(".pyi")


def stub_entry(binding: PythonBinding, templates: Path | None, kernel: str) -> str:
    """The text of an indicator's entry."""
    return render_python(
        "python/stub.pyi.j2",
        {
            "data": binding,
            "kernel": kernel,
            "raised": caught(binding.raised),
            "batch_raised": caught(binding.batch_raised),
            "kernel_raised": caught(binding.kernel_raised),
            "layout_raised": caught(binding.layout_raised),
            "arrays": [array_type(one.element) for one in binding.outputs],
            "outputs": [numpy_type(one.element) for one in binding.outputs],
            "elements": [numpy_type(one.element) for one in binding.series],
        },
        templates,
        "stub",
    )


def caught(raised: Iterable[Raised]) -> tuple[str, ...]:
    """Builtin classes that catch exceptions, each once."""
    return tuple(dict.fromkeys(one.base for one in raised))


def kernel_annotation(source: str, path: Path) -> str:
    """What a stub calls the type of a kernel's name."""
    return _KERNEL if _KERNEL in read_module(source, path).names else "str"


def public_names(binding: PythonBinding) -> tuple[str, ...]:
    """The names that Python sees."""
    return tuple(name for name in (binding.single, binding.batch, binding.stream) if name)


def dict_names(binding: PythonBinding | None) -> tuple[str, ...]:
    """The names of the types of dicts that an entry, if there is one, has."""
    if binding is None:
        return ()
    single = binding.single_dict if binding.single else ""
    batch = binding.typed_dict if binding.batch and not binding.form.bare else ""
    return tuple(filter(None, (single, batch)))


def typing_names(binding: PythonBinding | None) -> tuple[str, ...]:
    """What an entry, if there is one, uses of `typing`."""
    if binding is None:
        return ()
    dicts = bool(dict_names(binding))
    return (*(["TypedDict"] if dicts else []), *(["final"] if binding.stream else []))


def hidden_types(program: Program, style: CrateStyle) -> frozenset[str]:
    """Types of Python that the name of a binding hides from all annotations of a stub."""
    patterns = (style.single_python, style.batch_python)
    names = {named(one, core) for core in program.cores for one in patterns}
    names |= {entry.python_name for entry in program.entries}
    return _TYPES & names


def refuse_imported(names: Iterable[str]) -> None:
    """Raise where a binding has the name of something that entries use."""
    for name in names:
        if name in _IMPORTED:
            raise Lacking(f"another name than `{name}`, which stubs import for their types")


def with_builtins(text: str, hidden: Collection[str]) -> str:
    """The entry with `builtins.float` for `float` where that name is hidden."""
    return _renamed(text, {name: f"builtins.{name}" for name in hidden})


def spelled_there(text: str, source: str) -> str:
    """The entry with the names that a stub's imports give to what it uses: `npt.NDArray`."""
    said = spelled(source, _ITEMS.values())
    return _renamed(text, {name: said.get(full, name) for name, full in _ITEMS.items()})


def _renamed(text: str, names: Mapping[str, str]) -> str:
    """The entry with other expressions for names."""
    other = {name: said for name, said in names.items() if name != said}
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    places = [
        (node.lineno - 1, node.col_offset, node.id)
        for node in (ast.walk(ast.parse(text)) if other else ())
        if isinstance(node, ast.Name) and node.id in other
    ]
    for line, column, name in sorted(places, reverse=True):
        behind = lines[line][column + len(name.encode()) :]
        lines[line] = lines[line][:column] + other[name].encode() + behind
    return b"".join(lines).decode()


def with_preamble(
    source: str, path: Path, text: str, names: Iterable[str], typing: Iterable[str]
) -> str:
    """`source` with the imports that an entry, a `text`, needs, and its `names` in `__all__`.

    `typing` are names of `typing`, or `builtins`.
    """
    there = spelled(source, _ITEMS.values())
    typing, used = set(typing), _used(text) - {n for n, full in _ITEMS.items() if full in there}
    wanted = [("builtins", "import builtins")] if "builtins" in typing else []
    wanted += [
        (name, f"from typing import {name}")
        for name in sorted(typing - {"builtins"})
        if name in used
    ]
    numpy = (("np", "import numpy as np"), ("NDArray", "from numpy.typing import NDArray"))
    wanted += [(name, statement) for name, statement in numpy if name in used]
    return with_public_names(with_imports(source, path, wanted), path, tuple(names))


def _used(text: str) -> frozenset[str]:
    """The names in an entry, outside of texts."""
    nodes = ast.walk(ast.parse(text))
    return frozenset(one.id for one in nodes if isinstance(one, ast.Name))
