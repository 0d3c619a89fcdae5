"""What the reference's file imports for its bindings."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.names import EXTERNAL, PRELUDE, TRAITS
from bindcheck.model import Cfg, CoreApi, EntryKind, Item, Role, Span, Use

Path = tuple[str, ...]

ALL = "*"
PRELUDE_GLOB, _NUMPY_GLOB = ("pyo3", "prelude", ALL), ("numpy", "prelude", ALL)

_ROLES = (Role.SINGLE, Role.BATCH, Role.STREAM)
_FURTHEST = 3
"""So many globs are followed, one behind the other."""


@fact
class Import:
    """`use path as name`, the path from a crate on; `name` is `*` for a glob, `_` for `as _`."""

    path: Path
    name: str

    @property
    def is_glob(self) -> bool:
        """Whether it brings all that a module has."""
        return self.name == ALL

    @property
    def key(self) -> Path:
        """The path with the `*` of a glob."""
        return (*self.path, ALL) if self.is_glob else self.path

    def entries(self) -> Iterator[tuple[Path, str]]:
        """The whole paths that have a short text by it, with that text."""
        if self.key == PRELUDE_GLOB:
            yield from ((("pyo3", name), name) for name in sorted(PRELUDE))
        elif self.key == _NUMPY_GLOB:
            traits = (path for path in _known(("numpy",)) if "::".join(path) in TRAITS)
            yield from ((path, path[-1]) for path in traits)
        yield self.key, self.name


@fact
class Seen:
    """An import as it is seen at a place, and under which predicates; `span` if it stands there."""

    what: Import
    cfg: tuple[Cfg, ...]
    span: Span | None

    def holds(self, under: Collection[str]) -> bool:
        """Whether it exists wherever the predicates `under`, as `bare` text, do."""
        return all(bare(str(one)) in under for one in self.cfg)


def bare(predicate: str) -> str:
    """A predicate, to compare: without white space."""
    return "".join(predicate.split())


def learned_imports(program: Program, reference: CoreApi) -> tuple[Import, ...]:
    """The imports by which the reference's bindings name things of PyO3, NumPy and the crate."""
    found: dict[str, Import] = {}
    for path, item in _bindings(program, reference):
        under = {bare(str(one)) for one in (*program.inherited_cfg(path), *item.cfg)}
        shown = [one.what for one in imports_at(program, path, item.scope) if one.holds(under)]
        for what in (part for one in shown for part in _taken_over(one)):
            # Bindings in several modules may call different things by one name.
            found.setdefault("::".join(what.key) if what.name in (ALL, "_") else what.name, what)
    return tuple(found.values())


def _bindings(program: Program, reference: CoreApi) -> Iterator[tuple[str, Item]]:
    """The functions and classes of the reference, each with its file."""
    for one in program.entries_of(reference):
        if one.active and one.role in _ROLES and one.kind is EntryKind.FUNCTION:
            yield one.ref.path, program.function(one.ref)
        elif one.active and one.role in _ROLES and one.kind is EntryKind.CLASS:
            yield one.ref.path, program.struct(one.ref)


def _taken_over(what: Import) -> Iterator[Import]:
    """What other files get of an import: of a glob that may bring anything, what we need of it."""
    root = what.path[0]
    if what.is_glob and what.key not in (PRELUDE_GLOB, _NUMPY_GLOB):
        yield from (Import(path, path[-1]) for path in _known(what.path))
    elif root in ("pyo3", "numpy", "crate") and what.path != (what.name,):
        yield what


def _known(folder: Path) -> Iterator[Path]:
    """What templates name directly in a module."""
    paths = (tuple(full.split("::")) for full in (*EXTERNAL, *TRAITS))
    return (path for path in paths if path[:-1] == folder and path[-1] != ALL)


# --- what is seen at a place ----------------------------------------------------------------


def imports_at(
    program: Program, path: str, scope: Path = (), depth: int = _FURTHEST
) -> Iterator[Seen]:
    """The imports of a module, and those that it sees through globs of modules of the crate."""
    uses = [one for one in program.modules[path].uses if one.scope == scope and one.path]
    crates = {one.name: one.path for one in uses if len(one.path) == 1}
    for use in uses:
        first, *rest = use.path
        whole = _absolute(program, path, scope, (*crates.get(first, (first,)), *rest))
        yield Seen(Import(_plain(whole), use.name), use.cfg, use.span)
        if use.name == ALL and depth:
            yield from _behind(program, use, whole, program.module_path(path, scope), depth - 1)


def _behind(program: Program, glob: Use, module: Path, here: Path, depth: int) -> Iterator[Seen]:
    """What a glob shows of the imports of a module of the crate."""
    files = program.keep("files by module", lambda: _files(program))
    place = next((n for n in range(len(module), 0, -1) if module[:n] in files), 0)
    if not place:
        return
    path, scope = files[module[:place]], module[place:]
    shown = {
        one.span
        for one in program.modules[path].uses
        if one.visibility in ("pub", "pub(crate)") or here[: len(module)] == module
    }
    more = (*glob.cfg, *program.inherited_cfg(path))
    for one in imports_at(program, path, scope, depth):
        if one.span is None or one.span in shown:
            yield Seen(one.what, (*more, *one.cfg), None)


def _files(program: Program) -> Mapping[Path, str]:
    return {program.module_path(path): path for path in program.modules}


def _absolute(program: Program, path: str, scope: Path, segments: Path) -> Path:
    """A path of a `use`, from the crate on."""
    here, at = program.module_path(path, scope), 0
    mods = program.modules[path].mods
    if any(one.name == segments[0] and one.scope == scope for one in mods):
        return (*here, *segments)
    if segments[0] not in ("self", "super"):
        return segments
    for at, segment in enumerate(segments):
        if segment not in ("self", "super"):
            return (*here, *segments[at:])
        here = here if segment == "self" else here[:-1]
    return here


def _plain(path: Path) -> Path:
    """`pyo3::PyResult` for `pyo3::prelude::PyResult`."""
    prelude = path[:2] == PRELUDE_GLOB[:2] and path[2:] and path[2] in PRELUDE
    return ("pyo3", *path[2:]) if prelude else path
