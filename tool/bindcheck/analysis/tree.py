"""The module tree of a crate: which file is which module, and which no `mod` reaches."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from bindcheck.model import Cfg, MacroItem, Mod, Module

ModuleKey = tuple[str, ...]
"""Path of a module from its root; the first part is `crate`, or the name of another crate."""

Load = Callable[[str], Module | None]

CRATE = "crate"
_LOOSE = "+"
_ORPHAN = "?"
_LITERAL = re.compile(r'r?#*"([^"]*)"#*,?')


@dataclass(frozen=True, slots=True)
class Root:
    """A crate to be read: its name in paths (`crate` for the audited one) and its source file."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A `mod` declaration for which there is no file."""

    path: str
    mod: Mod
    tried: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Include:
    """An `include!` among the items of `path`; `file` is None when only the build knows it."""

    path: str
    item: MacroItem
    file: str | None


@dataclass(frozen=True, slots=True)
class Tree:
    """All modules read, where each file hangs, and the files that hang nowhere.

    `orphans` belong to nothing. The files of `apart` belong to binaries beside the library, which
    are crates of their own, or are included as text: neither is a module.
    """

    modules: Mapping[str, Module]
    places: Mapping[str, Place]
    orphans: tuple[str, ...]
    missing: tuple[MissingFile, ...] = ()
    apart: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pending:
    path: str
    place: Place
    folder: str


def build_tree(roots: Sequence[Root], modules: Mapping[str, Module], load: Load) -> Tree:
    """Follow `mod` from every root. `load` reads files that `modules` does not have.

    Without roots every file stands for itself: loose files outside any crate.
    """
    known: dict[str, Module] = dict(modules)
    places: dict[str, Place] = {}
    missing: list[MissingFile] = []
    queue = [_root(root) for root in roots]
    while queue:
        pending = queue.pop(0)
        module = _module(pending.path, known, load)
        if module is None or pending.path in places:
            continue
        places[pending.path] = pending.place
        for mod in module.mods:
            if mod.inline:
                continue
            child = _child(mod, module, pending, known, load)
            if child is None:
                tried = tuple(path for path, _ in _candidates(mod, module, pending))
                missing.append(MissingFile(pending.path, mod, tried))
            else:
                queue.append(child)
    if not roots:
        places = {path: Place((f"{_LOOSE}{path}",)) for path in known}
    includes = tuple(one for path in places for one in _includes(known[path]))
    lost = sorted(path for path in known if path not in places)
    apart = {one.file for one in includes} | _of_binaries(roots, known)
    places.update({path: Place((f"{_ORPHAN}{path}",)) for path in lost})
    return Tree(
        known,
        places,
        tuple(path for path in lost if path not in apart),
        tuple(missing),
        tuple(path for path in lost if path in apart),
        includes,
    )


def _includes(module: Module) -> Iterator[Include]:
    for item in module.macros:
        if item.name.rsplit("::", 1)[-1] == "include" and not item.defines:
            literal = _LITERAL.fullmatch(item.tokens.strip())
            folder = posixpath.dirname(module.path)
            file = posixpath.normpath(posixpath.join(folder, literal[1])) if literal else None
            yield Include(module.path, item, file)


def _of_binaries(roots: Sequence[Root], known: MutableMapping[str, Module]) -> set[str]:
    """Files of the binaries that Cargo finds beside a library, those their `mod` reach included."""
    found: set[str] = set()
    queue = [
        _root(Root(_ORPHAN, path))
        for root in roots
        for path in known
        if path != root.path and _is_binary(path, posixpath.dirname(root.path))
    ]
    while queue:
        pending = queue.pop()
        if pending.path not in found:
            found.add(pending.path)
            module = known[pending.path]
            children = (
                _child(mod, module, pending, known, lambda _: None)
                for mod in module.mods
                if not mod.inline
            )
            queue.extend(child for child in children if child is not None)
    return found


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


def _child(
    mod: Mod, module: Module, parent: _Pending, known: MutableMapping[str, Module], load: Load
) -> _Pending | None:
    key = (*parent.place.key, *mod.scope, mod.name)
    cfg = (*parent.place.cfg, *mod.cfg)
    for path, folder in _candidates(mod, module, parent):
        found = _module(path, known, load)
        if found is not None:
            return _Pending(found.path, Place(key, cfg), folder)
    return None


def _candidates(mod: Mod, module: Module, parent: _Pending) -> Iterator[tuple[str, str]]:
    """Files a `mod` can mean, each with the folder in which its own children lie.

    `#[path]` counts from the folder of the file itself, inside inline modules from the folder that
    those modules stand for; a file named by it has its children beside it, like a `mod.rs`.
    """
    folder = posixpath.join(parent.folder, *_inline_folders(mod, module))
    if mod.path_attr is not None:
        start = folder if mod.scope else posixpath.dirname(module.path)
        path = posixpath.normpath(posixpath.join(start, mod.path_attr.replace("\\", "/")))
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
