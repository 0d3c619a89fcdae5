"""What a PyO3 release changed under a name that stayed: it takes a hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.crate import Dependency, Version
from bindcheck.fact import fact
from bindcheck.findings import Edit, Severity
from bindcheck.model import (
    Call,
    Cfg,
    EntryKind,
    EntryPoint,
    Function,
    ItemRef,
    Module,
    Path,
    Span,
    Try,
    TypeRef,
)
from bindcheck.parse import token_spans
from bindcheck.rules.pyo3_tokens import containers

_TWO_LIFETIMES = Version(0, 27, 0)
_PYFN = Version(0, 27, 0)
_UTF8 = Version(0, 29, 0)
_TUPLES = Version(0, 29, 0)
_DECODERS = re.compile(rb"\b(?:from_utf8|from_utf16)\s*\(")
_WORDS = (b"FromPyObject", b"from_utf8", b"from_utf16")
_NUMPY = (b"numpy",)
_OF_NUMPY = b"numpy::ndarray::"
_NDARRAY_WORDS = (b"ndarray",)
_NDARRAY_SINCE = Version(0, 27, 0)
_NDARRAY = Version(0, 17, 0)
_USES_NDARRAY = re.compile(rb"\bndarray::")
_RESULTS = ("Result", "PyResult")
_IMPL = (
    "write `impl<'py> FromPyObject<'_, 'py>` with `type Error = PyErr;` and "
    "`fn extract(value: Borrowed<'_, 'py, PyAny>)`"
)
_BOUND = "bind by `FromPyObjectOwned<'py>`, or by `FromPyObject<'a, 'py>` for what is borrowed"


@fact
class Change:
    """One place that a release concerns. `edits` adapt it where that is sure to be right."""

    path: str
    span: Span
    item: str
    message: str
    help: str
    severity: Severity = Severity.ERROR
    certain: bool = True
    edits: tuple[Edit, ...] = ()


Active = Callable[[tuple[Cfg, ...], str], bool]


def activity(program: Program, *, everywhere: bool) -> Active:
    """Whether an item with predicates in a file counts; `everywhere` in every configuration."""

    def active(cfg: tuple[Cfg, ...], path: str) -> bool:
        return everywhere or program.active((*program.inherited_cfg(path), *cfg), path)

    return active


def changes(program: Program, version: Version, active: Active) -> Iterator[Change]:
    """Places of the crate that `version` of PyO3 does not accept, or only with a warning."""
    for path in program.modules:
        if path not in program.unreached and program.in_crate(path):
            yield from _in_file(program, path)
    for entry in program.entries:
        if entry.kind in (EntryKind.FUNCTION, EntryKind.METHOD):
            function = program.function(entry.ref)
            if active(function.cfg, entry.ref.path):
                yield from _of_entry(entry, function, version)


@answered("changes of PyO3")
def _in_file(program: Program, path: str) -> tuple[Change, ...]:
    """Those places of one file that are no entry points."""
    version = program.target_pyo3
    if version is None:
        return ()
    active = activity(program, everywhere=version != program.pyo3)
    source, module = program.searched(path, _WORDS), program.modules[path]
    found: list[Change] = []
    if version >= _TWO_LIFETIMES and b"FromPyObject" in source:
        found += _conversions(path, module, source, active)
    if version >= _UTF8 and _DECODERS.search(source):
        found += _decoded(program, path, active)
    return tuple(found)


def _conversions(path: str, module: Module, source: bytes, active: Active) -> Iterator[Change]:
    """`FromPyObject<'py>`, as a trait that is implemented and as a bound."""
    spans = list(token_spans(source))
    texts = [source[a:b] for a, b in spans]
    around = containers(module)
    for at, text in enumerate(texts[:-3]):
        lifetime = texts[at + 2].startswith(b"'")
        if text != b"FromPyObject" or texts[at + 1] != b"<" or not lifetime:
            continue
        if not texts[at + 3].startswith(b">"):
            continue
        place = Span(spans[at][0], spans[at + 3][0] + 1)
        holder = next((one for one in around if one.span.contains(place)), None)
        if holder is None or active(holder.cfg, path):
            implemented = texts[at + 4 : at + 5] == [b"for"]
            yield Change(
                path,
                place,
                holder.label if holder else "FromPyObject",
                "`FromPyObject` has two lifetimes and an error type since PyO3 0.27: "
                "this does not compile",
                _IMPL if implemented else _BOUND,
            )


def _decoded(program: Program, path: str, active: Active) -> Iterator[Change]:
    """`str::from_utf8(..)?` in a function whose error is a Python one."""
    source = program.searched(path, _WORDS)
    for index, function in enumerate(program.modules[path].functions):
        extent = function.span
        if not _DECODERS.search(source, extent.start, extent.end):
            continue
        body = program.body(ItemRef(path, index)) if active(function.cfg, path) else None
        if body is None or not _is_python_result(function.returns):
            continue
        for node in body.walk():
            if isinstance(node, Try) and isinstance(node.value, Call):
                called = node.value.function
                if isinstance(called, Path) and _is_decoder(called, program.modules[path]):
                    yield Change(
                        path,
                        node.span,
                        function.path,
                        f"the error of `{called.text}` becomes no `PyErr` since PyO3 0.29: "
                        "this does not compile",
                        "map it: `.map_err(|e| PyUnicodeDecodeError::new_err_from_utf8(py, b, e))`",
                    )


def _is_decoder(path: Path, module: Module) -> bool:
    if path.last == "from_utf16":
        return path.segments[-2:-1] == ("String",)
    if path.last != "from_utf8":
        return False
    if len(path.segments) > 1:
        return path.segments[-2] == "str"
    return any(use.name == "from_utf8" and "str" in use.path for use in module.uses)


def _is_python_result(type_: TypeRef) -> bool:
    if type_.name == "PyResult":
        return True
    return type_.name == "Result" and len(type_.args) == 2 and type_.args[1].name == "PyErr"


def _of_entry(entry: EntryPoint, function: Function, version: Version) -> Iterator[Change]:
    if version >= _PYFN and function.attr("pyfn"):
        yield Change(
            entry.ref.path,
            entry.attribute.span,
            entry.rust_name,
            "`#[pyfn]` is deprecated since PyO3 0.27",
            "make it a `#[pyfunction]` that the module adds, or write `#[pymodule] mod`",
            Severity.WARNING,
        )
    if version >= _TUPLES and entry.constructor and _is_pair(function.returns, entry):
        yield Change(
            entry.ref.path,
            function.name_span,
            entry.rust_name,
            "a base class made by a tuple is deprecated since PyO3 0.29",
            "return `PyClassInitializer::from(base).add_subclass(self)`",
            Severity.WARNING,
        )


def _is_pair(type_: TypeRef, entry: EntryPoint) -> bool:
    """`(Self, Base)`, perhaps in a result."""
    if type_.name in _RESULTS and type_.args:
        type_ = type_.args[0]
    own = {"Self", entry.rust_name.partition("::")[0]}
    return type_.kind == "tuple" and len(type_.args) == 2 and type_.args[0].name in own


def older_ndarray(program: Program, version: Version) -> Dependency | None:
    """The crate's own `ndarray`, if Cargo will build numpy of the new release with another one.

    Numpy takes several releases of it; Cargo gives it the newest, whatever the crate asks for.
    """
    crate = program.crate
    if crate is None or crate.numpy is None or crate.numpy.version is None:
        return None
    if crate.numpy.version >= _NDARRAY_SINCE or version < _NDARRAY_SINCE:
        return None
    own = crate.dependency("ndarray")
    above = Version.ceiling(own.requirement) if own is not None else None
    if own is None or above is None or above > _NDARRAY:
        return None
    meets = any(
        _USES_NDARRAY.search(program.searched(path, _NDARRAY_WORDS).replace(_OF_NUMPY, b""))
        for path in program.modules
        if program.file_mentions(path, _NUMPY)
    )
    return own if meets else None
