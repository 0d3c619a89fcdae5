"""What names mean in the file of a core: which imports it has, and which it can be given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    anything, `ours` imports that were generated. `rest` is the code that no piece makes anew,
    `drafts` that of the pieces.
    """

    own: Mapping[Path, str]
    seen: Mapping[Path, str]
    hidden: frozenset[str]
    ours: frozenset[Import]
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
        found = [one for one in imports_at(program, path) if not _is_ours(one, region, ours)]
        own = [one for one in found if one.span is not None]
        held = [one for one in found if one.holds(under)]
        hidden = {*_items(program.modules[path]), *(one.what.name for one in own)}
        return cls(
            own={one.what.key: one.what.name for one in held if one.span is not None},
            seen={one.what.key: one.what.name for one in held if one.span is None},
            hidden=frozenset(hidden - set(UNNAMED)),
            ours=ours,
            rest=rest.encode(),
            drafts=drafts.encode(),
        )

    def offer(self, what: Import, path: Path, text: str, *, free: bool) -> Offer | None:
        """How a path can be written by what the reference imports; None: as it is.

        `free`: nothing else in the file is called like what that import brings.
        """
        if path in self.own:
            return Offer(self.own[path])
        globs = {(*path[:-1], "*"), what.key if what.is_glob else (), _prelude_of(path)}
        if path in self.seen or not globs.isdisjoint({*self.own, *self.seen}):
            text = self.seen.get(path, path[-1])
            return None if text in self.hidden else Offer(text)
        return Offer(text, what) if free and text not in self.hidden else None

    def is_free(self, what: Import) -> bool:
        """Whether code of the file gives no other meaning to the names that an import brings."""
        if what in self.ours:
            return True
        names = {name for _, name in what.entries()} - set(UNNAMED)
        if what.key == PRELUDE_GLOB:
            same = {path[-1] for path, name in self.own.items() if path == ("pyo3", name)}
            names = (names | _BESIDE_PRELUDE) - same
        return not words(self.rest + b"\n" + self.drafts, names)

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


def _is_ours(one: Seen, region: Span | None, ours: frozenset[Import]) -> bool:
    """Whether an import was generated, and not added to its region by hand."""
    return bool(region and one.span and region.contains(one.span)) and one.what in ours
