"""What names mean in the file of a core: which imports it has, and which it can be given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from bindcheck.analysis.program import Program
from bindcheck.fact import fact
from bindcheck.generate.context import Facts
from bindcheck.generate.learned.imports import PRELUDE_GLOB, Import, Seen, bare, imports_at
from bindcheck.generate.names import PRELUDE
from bindcheck.generate.shortening import UNNAMED, Path, words
from bindcheck.model import Module, Span

_TOLD_BY: Mapping[Path, frozenset[str]] = {
    ("numpy", "IntoPyArray"): frozenset({".into_pyarray"}),
    ("numpy", "PyArrayMethods"): frozenset({".as_slice_mut", ".reshape"}),
    PRELUDE_GLOB: frozenset({*PRELUDE, ".call_method1", ".get_item", ".set_item"}),
}
"""The words that show a use of an import which has no name, or is used without it."""

_BESIDE_PRELUDE = frozenset(
    {"FromPyObject", "IntoPyObject", "PyObject", "wrap_pyfunction", "wrap_pymodule"}
)
"""More names of PyO3's prelude, which another glob may give as well."""

_OPEN = frozenset({"alloc", "core", "numpy", "pyo3", "rayon", "std"})
"""Crates of which a glob gives none of these names."""


@fact
class Offer:
    """The text of a path in a file, and the import that it needs; None where it is there."""

    text: str
    needs: Import | None = None


@fact
class Surroundings:
    """What names mean at the top of a file.

    `own` are its own imports, by path with the names that they give, `seen` those of modules that
    it opens with `*`; the path of a glob ends in `*`. `hidden` are names that the file gives to
    anything, `ours` imports that were generated. `mixed`: another glob may give names of PyO3's
    prelude. `rest` is the code that no piece makes anew, `drafts` that of the pieces.
    """

    own: Mapping[Path, str]
    seen: Mapping[Path, str]
    hidden: frozenset[str]
    ours: frozenset[Import]
    mixed: bool
    rest: bytes
    drafts: bytes

    @classmethod
    def of(
        cls, facts: Facts, *, rest: str, drafts: str, region: Span | None, ours: frozenset[Import]
    ) -> Surroundings:
        """Read a core's file. `region` has our imports, and what somebody has added to them."""
        program, path = facts.program, facts.core.path
        under = {bare(str(one)) for one in program.inherited_cfg(path)}
        under.add(bare(facts.style.gate))
        generated = facts.names.generated
        found = [
            one
            for one in imports_at(program, path)
            if not _is_generated(one, generated, region, ours)
        ]
        own = [one for one in found if one.span is not None]
        held = [one for one in found if one.holds(under)]
        hidden = {*_items(program.modules[path]), *(one.what.name for one in own)}
        return cls(
            own={one.what.key: one.what.name for one in held if one.span is not None},
            seen={one.what.key: one.what.name for one in held if one.span is None},
            hidden=frozenset(hidden - set(UNNAMED)),
            ours=ours,
            mixed=_is_mixed(program, path, found),
            rest=rest.encode(),
            drafts=drafts.encode(),
        )

    def offer(self, what: Import, path: Path, text: str, taken: Collection[str]) -> Offer | None:
        """How a path can be written by what the reference imports; None: as it is.

        `taken` are names that code of the file uses.
        """
        if self._is_another(path[0]):
            return None
        if path in self.own:
            return Offer(self.own[path])
        globs = {(*path[:-1], "*"), what.key if what.is_glob else (), _prelude_of(path)}
        if path in self.seen or not globs.isdisjoint({*self.own, *self.seen}):
            text = self.seen.get(path, path[-1])
            return None if text in self.hidden else Offer(text)
        # A name alone is never mixed up with that of a glob.
        ways = (what, Import(path, text)) if what.is_glob and text not in UNNAMED else (what,)
        free = (one for one in ways if text not in self.hidden and self._is_free(one, taken))
        return next((Offer(text, one) for one in free), None)

    def taken(self, imports: Iterable[Import]) -> frozenset[str]:
        """Those of the names that imports bring which code of the file uses, for anything."""
        names = {name for what in imports for name in _brought(what)}
        return words(self.rest + b"\n" + self.drafts, names)

    def _is_another(self, crate: str) -> bool:
        """Whether the file gives the name of a crate to something else."""
        return crate in self.hidden and self.own.get((crate,)) != crate

    def _is_free(self, what: Import, taken: Collection[str]) -> bool:
        """Whether nothing of the file changes its meaning by an import."""
        names = _brought(what)
        if what.key == PRELUDE_GLOB:
            if self.mixed:
                return False
            names -= {path[-1] for path, name in self.own.items() if path == ("pyo3", name)}
        return what in self.ours or names.isdisjoint(taken)

    def relied_on(self) -> Iterator[Import]:
        """Imports of ours that code needs which is not made anew."""
        for what in self.ours:
            told = _TOLD_BY.get(what.key, frozenset({what.name}))
            known = what.key in self.own or what.name in self.hidden
            if not known and words(self.rest, told):
                yield what


def _items(module: Module) -> Iterator[str]:
    """The names of items at the top of a file."""
    items = (*module.structs, *module.enums, *module.functions, *module.consts)
    for one in (*items, *module.aliases, *module.mods, *module.macros):
        if not one.scope and one.name:
            yield one.name


def _prelude_of(path: Path) -> Path:
    """The glob that brings a name of PyO3's prelude; empty for other names."""
    return PRELUDE_GLOB if path[:-1] == ("pyo3",) and path[-1] in PRELUDE else ()


def _brought(what: Import) -> frozenset[str]:
    """The names that an import gives, as far as they may stand in our way."""
    names = {name for _, name in what.entries()} - set(UNNAMED)
    return frozenset(names | _BESIDE_PRELUDE if what.key == PRELUDE_GLOB else names)


def _is_mixed(program: Program, path: str, found: Iterable[Seen]) -> bool:
    """Whether a glob other than that of PyO3's prelude may give one of its names."""
    known = {*_OPEN, program.module_path(path)[0]}
    for one in found:
        if one.what.is_glob and one.what.path[0] not in known:
            return True
        other = one.what.path != ("pyo3", one.what.name)
        if one.span is None and one.what.name in PRELUDE and other:
            return True
    return any(
        program.resolve_type(name, path)
        or program.resolve((name,), path)
        or program.names.alias((name,), path)
        for name in sorted(PRELUDE)
    )


def _is_generated(
    one: Seen, generated: Iterable[Span], region: Span | None, ours: frozenset[Import]
) -> bool:
    """Whether an import was generated, and not added to its region by hand."""
    at = one.span
    if at is None or not any(span.contains(at) for span in generated):
        return False
    return region is None or not region.contains(at) or one.what in ours
