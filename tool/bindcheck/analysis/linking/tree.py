"""The module tree of a crate: which file is which module, and which no `mod` reaches."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace

from bindcheck.analysis.linking.macro_made import MacroMade
from bindcheck.fact import fact
from bindcheck.model import Cfg, MacroItem, Mod, Module
from bindcheck.parse.lexer import unquote

ModuleKey = tuple[str, ...]
"""Path of a module from its root; the first part is `crate`, or the name of another crate."""

Load = Callable[[str], Module | None]

CRATE = "crate"
_LOOSE = "+"
_ORPHAN = "?"
_WORD = re.compile(r"\w+")
_LITERAL = re.compile(r'r?#*"([^"]*)"#*,?')


@fact
class Root:
    """A crate to be read: its name in paths (`crate` for the audited one) and its source file."""

    name: str
    path: str


@fact
class Place:
    """Where a file hangs in the tree: its module, and the `cfg` of the `mod` declarations above.

    The key is unique. A file that hangs nowhere is a root of its own, shown as `crate`.
    """

    key: ModuleKey
    cfg: tuple[Cfg, ...] = ()

    @property
    def shown(self) -> ModuleKey:
        """The module path as its own sources would write it."""
        return (CRATE,) if self.key[0].startswith((_LOOSE, _ORPHAN)) else self.key


@fact
class MissingFile:
    """A `mod` declaration for which there is no file."""

    path: str
    mod: Mod
    tried: tuple[str, ...]


@fact
class Include:
    """An `include!` among the items of `path`, or another macro there that declares a module.

    `file` is None when only the build knows it; `below` are the files that are reached from it.
    """

    path: str
    item: MacroItem
    file: str | None
    below: tuple[str, ...] = ()


@fact
class Tree:
    """All modules read, where each file hangs, and the files that hang nowhere.

    `orphans` belong to nothing. The files of `apart` belong to binaries beside the library, which
    are crates of their own, are included as text, or are modules that a macro declares.
    """

    modules: Mapping[str, Module]
    places: Mapping[str, Place]
    orphans: tuple[str, ...]
    missing: tuple[MissingFile, ...] = ()
    apart: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()


@fact
class _Pending:
    path: str
    place: Place
    folder: str
    above: tuple[str, ...] = ()
    """The files that lead to it."""


def build_tree(roots: Sequence[Root], modules: Mapping[str, Module], load: Load) -> Tree:
    """Follow `mod` from every root. `load` reads files that `modules` does not have.

    Without roots every file stands for itself: loose files outside any crate.
    """
    known: dict[str, Module] = dict(modules)
    walk = _Walk(known, load)
    walk.follow([_root(root) for root in roots])
    places = walk.places
    if not roots:
        places = {path: Place((f"{_LOOSE}{path}",)) for path in known}
    lost = sorted(path for path in known if path not in places)
    includes = [one for path in places for one in _includes(known[path])]
    includes += _declared(walk, set(lost)) if lost else []
    includes = [replace(one, below=_below(one, known)) for one in includes]
    apart = {path for one in includes for path in one.below} | _of_binaries(roots, known)
    places.update({path: Place((f"{_ORPHAN}{path}",)) for path in lost})
    return Tree(
        known,
        places,
        tuple(path for path in lost if path not in apart),
        tuple(walk.missing),
        tuple(path for path in lost if path in apart),
        tuple(includes),
    )


class _Walk:
    """Follows `mod` from the roots; a file reached in two ways is in both configurations."""

    def __init__(self, known: MutableMapping[str, Module], load: Load):
        self.known = known
        self.load = load
        self.places: dict[str, Place] = {}
        self.folders: dict[str, str] = {}
        self.missing: list[MissingFile] = []
        self._ways: dict[str, list[tuple[Cfg, ...]]] = {}

    def follow(self, queue: list[_Pending]) -> None:
        """Give every file that is reached its place."""
        while queue:
            pending = queue.pop(0)
            module = _module(pending.path, self.known, self.load)
            if module is None or not self._is_news(pending):
                continue
            ways = self._ways.setdefault(pending.path, [])
            ways.append(pending.place.cfg)
            place = self.places.get(pending.path, pending.place)
            self.places[pending.path] = Place(place.key, _any_of(ways))
            self.folders.setdefault(pending.path, pending.folder)
            queue.extend(self._below(module, pending, first=len(ways) == 1))

    def _is_news(self, pending: _Pending) -> bool:
        """Whether a way to a file is no circle, and open where those known are not."""
        if pending.path in pending.above:
            return False
        cfg = pending.place.cfg
        ways = self._ways.get(pending.path, ())
        return not any(all(one in cfg for one in known) for known in ways)

    def _below(self, module: Module, pending: _Pending, *, first: bool) -> Iterator[_Pending]:
        for mod in module.mods:
            if mod.inline:
                continue
            children = _children(mod, module, pending, self.known, self.load)
            yield from children
            if first and not children:
                self.missing.append(MissingFile(pending.path, mod, _tried(mod, module, pending)))


def _any_of(ways: Sequence[tuple[Cfg, ...]]) -> tuple[Cfg, ...]:
    if len(ways) == 1:
        return ways[0]
    return (Cfg("any", args=tuple(Cfg("all", args=way) for way in ways)),)


def _includes(module: Module) -> Iterator[Include]:
    for item in module.macros:
        if _is_include(item):
            literal = _LITERAL.fullmatch(item.tokens.strip())
            folder = posixpath.dirname(module.path)
            file = posixpath.normpath(posixpath.join(folder, literal[1])) if literal else None
            yield Include(module.path, item, file)


def _is_include(item: MacroItem) -> bool:
    return item.name.rsplit("::", 1)[-1] == "include" and not item.defines


def _declared(walk: _Walk, lost: set[str]) -> Iterator[Include]:
    """Modules whose `mod` a macro makes: calls that name a file which nothing else reaches."""
    macros = MacroMade(walk.known.values())
    for path, folder in walk.folders.items():
        for item in walk.known[path].macros:
            if item.defines or not macros.declares(item):
                continue
            below = posixpath.join(folder, *item.scope)
            for word in dict.fromkeys(_WORD.findall(item.tokens)):
                files = (f"{below}/{word}.rs", f"{below}/{word}/mod.rs")
                yield from (Include(path, item, file) for file in files if file in lost)


def _of_binaries(roots: Sequence[Root], known: MutableMapping[str, Module]) -> set[str]:
    """Files of the binaries that Cargo finds beside a library, those they reach included."""
    starts = [
        path
        for root in roots
        for path in known
        if path != root.path and _is_binary(path, posixpath.dirname(root.path))
    ]
    return set(_reached([_root(Root(_ORPHAN, start)) for start in starts], known))


def _below(one: Include, known: MutableMapping[str, Module]) -> tuple[str, ...]:
    """The file that a macro brings in and those that are reached from it."""
    if one.file is None:
        return ()
    start = _root(Root(_ORPHAN, one.file))
    if not _is_include(one.item):
        start = replace(start, folder=one.file.removesuffix("/mod.rs").removesuffix(".rs"))
    return _reached([start], known)


def _reached(queue: list[_Pending], known: MutableMapping[str, Module]) -> tuple[str, ...]:
    """Files and those that their `mod` and `include!` reach."""
    found: dict[str, None] = {}
    while queue:
        pending = queue.pop()
        module = known.get(pending.path)
        if module is not None and pending.path not in found:
            found[pending.path] = None
            for mod in module.mods:
                if not mod.inline:
                    queue.extend(_children(mod, module, pending, known, lambda _: None))
            included = (one.file for one in _includes(module))
            queue.extend(_root(Root(_ORPHAN, file)) for file in included if file is not None)
    return tuple(found)


def _is_binary(path: str, folder: str) -> bool:
    """`main.rs` beside the library, `bin/name.rs` or `bin/name/main.rs`."""
    bins = posixpath.join(folder, "bin")
    above, name = posixpath.split(path)
    if name == "main.rs" and above == folder:
        return True
    return above == bins or (name == "main.rs" and posixpath.dirname(above) == bins)


def _root(root: Root) -> _Pending:
    return _Pending(root.path, Place((root.name,)), posixpath.dirname(root.path))


def _module(path: str, known: MutableMapping[str, Module], load: Load) -> Module | None:
    """The module of a file; its own `path` names it, however `path` spells the way there."""
    if path in known:
        return known[path]
    loaded = load(path)
    return None if loaded is None else known.setdefault(loaded.path, loaded)


def _children(
    mod: Mod, module: Module, parent: _Pending, known: MutableMapping[str, Module], load: Load
) -> list[_Pending]:
    """The files of a `mod`: one, or one for each configuration that `cfg_attr` tells apart."""
    key = (*parent.place.key, *mod.scope, mod.name)
    found = []
    for given, on in _path_attributes(mod):
        for path, folder in _candidates(mod, given, module, parent):
            child = _module(path, known, load)
            if child is not None:
                cfg = (*parent.place.cfg, *mod.cfg, *on)
                above = (*parent.above, parent.path)
                found.append(_Pending(child.path, Place(key, cfg), folder, above))
                break
    return found


def _path_attributes(mod: Mod) -> Iterator[tuple[str | None, tuple[Cfg, ...]]]:
    """What `#[path]` says under which conditions; None where there is no such attribute."""
    without: tuple[Cfg, ...] = ()
    for attribute in mod.attrs:
        if attribute.path == "path":
            yield unquote(attribute.tokens), (*without, *attribute.cfg)
            if not attribute.cfg:
                return
            without += (Cfg("not", args=(Cfg("all", args=attribute.cfg),)),)
    yield None, without


def _tried(mod: Mod, module: Module, parent: _Pending) -> tuple[str, ...]:
    return tuple(
        path
        for given, _ in _path_attributes(mod)
        for path, _ in _candidates(mod, given, module, parent)
    )


def _candidates(
    mod: Mod, given: str | None, module: Module, parent: _Pending
) -> Iterator[tuple[str, str]]:
    """Files a `mod` can mean, each with the folder in which its own children lie.

    `#[path]` (`given`) counts from the folder of the file itself, inside inline modules from the
    folder that those modules stand for; a file named by it has its children beside it, like a
    `mod.rs`.
    """
    folder = posixpath.join(parent.folder, *_inline_folders(mod, module))
    if given is not None:
        start = folder if mod.scope else posixpath.dirname(module.path)
        path = posixpath.normpath(posixpath.join(start, given.replace("\\", "/")))
        yield path, posixpath.dirname(path)
        return
    name = mod.name.removeprefix("r#")
    below = posixpath.join(folder, name)
    yield f"{below}.rs", below
    yield posixpath.join(below, "mod.rs"), below


def _inline_folders(mod: Mod, module: Module) -> list[str]:
    """Folders of the inline modules around `mod`; `#[path]` on one of them replaces its name."""
    names = []
    for depth in range(1, len(mod.scope) + 1):
        scope = mod.scope[:depth]
        around = [m for m in module.mods if m.inline and (*m.scope, m.name) == scope]
        given = around[0].path_attr if around else None
        names.append(given if given is not None else scope[-1].removeprefix("r#"))
    return names
