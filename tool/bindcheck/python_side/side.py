"""The Python side of a crate: its stubs, its package and its tests, read when asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from bindcheck.crate import Crate
from bindcheck.model.python import Chain, PythonFile
from bindcheck.python_side.files import PythonFiles
from bindcheck.python_side.layout import Layout, find_layout, join
from bindcheck.python_side.reading import Unparsed, read_python
from bindcheck.python_side.settings import TestSettings, read_settings

# What is beyond is looked through for words only; the largest suites have some 5 MB.
_MOST_TEST_BYTES = 12_000_000
_DOCTEST = re.compile(rb"^\s*(?:>>>|\.\.\.) (.*)$", re.MULTILINE)
_GUARD = re.compile(rb"^if\s*\(?\s*__name__\s*==", re.MULTILINE)
_TESTS = re.compile(rb"\bdef\s+\w*test|\bclass\s+\w*Test|\b(?:doctest|pytest|unittest)\b")
_ATTRIBUTE = re.compile(rb"\.([A-Za-z_]\w*)|\b([A-Za-z_]\w*)=")

TestFacts = PythonFile | Unparsed
"""The facts of a test, or why it does not parse."""


class PythonSide:
    """Python sources around the extension of a crate.

    Stubs and package modules are known by dotted name, tests by path. `complete` is false where the
    repository is too large to be searched: what is not found may then be elsewhere.
    """

    def __init__(self, crate: Crate, base: Path, files: PythonFiles):
        self.layout: Layout = find_layout(crate, base, files)
        self.complete = files.complete
        self.unparsed: dict[str, Unparsed] = {}
        self._files = files
        self._bytes: dict[str, bytes] = {}
        self._parsed: dict[str, PythonFile | None] = {}

    @property
    def module(self) -> str:
        """The dotted name of the extension module."""
        return self.layout.module

    def shown(self, path: str) -> str:
        """A path as people see it."""
        return self._files.shown(path)

    def has(self, path: str) -> bool:
        """Whether there is a file at a path from the root of the repository."""
        return path in self._files.paths

    # --- modules -------------------------------------------------------------------------------

    @cached_property
    def stub_paths(self) -> dict[str, str]:
        """Paths of the stubs in all packages by dotted name; a folder hides the file beside it."""
        found = dict(self._all_modules(".pyi"))
        found.update(self._dotted(".pyi"))
        return found

    @cached_property
    def module_paths(self) -> dict[str, str]:
        """Paths of the modules in all packages of the repository by dotted name, tests left out."""
        found = dict(self._all_modules(".py"))
        found.update(self._dotted(".py"))
        return found

    def stub(self, module: str) -> PythonFile | None:
        """The stub of a module, if there is one that parses."""
        path = self.stub_paths.get(module)
        return None if path is None else self.parsed(path, module)

    def runtime(self, module: str) -> PythonFile | None:
        """The source of a module, if there is one that parses."""
        path = self.module_paths.get(module)
        return None if path is None else self.parsed(path, module)

    def parsed(self, path: str, module: str = "") -> PythonFile | None:
        """The facts of a file, None when it does not parse."""
        if path not in self._parsed:
            self.learn(path, self.read(path, module))
        return self._parsed[path]

    def read(self, path: str, module: str = "") -> PythonFile | Unparsed:
        """The facts of a file as they are read, or why it does not parse."""
        return read_python(self.source(path), self._files.shown(path), module)

    def is_known(self, path: str) -> bool:
        """Whether a file was read."""
        return path in self._parsed

    def learn(self, path: str, found: PythonFile | Unparsed) -> None:
        """Take over the facts of a file; those that are known stay."""
        if path not in self._parsed:
            if isinstance(found, Unparsed):
                self.unparsed[path] = found
            self._parsed[path] = None if isinstance(found, Unparsed) else found

    def source(self, path: str) -> bytes:
        """The bytes of a file, read once."""
        if path not in self._bytes:
            self._bytes[path] = self._files.read(path)
        return self._bytes[path]

    def _dotted(self, suffix: str) -> Iterator[tuple[str, str]]:
        """Modules below the root of the package whose first name is that of the package."""
        top = self.layout.top
        starts = (join(self.layout.root, f"{top}/"), join(self.layout.root, f"{top}-stubs/"))
        single = join(self.layout.root, f"{top}{suffix}")
        for path in sorted(self._files.paths, key=_folders_last):
            if path.endswith(suffix) and (path == single or path.startswith(_slashed(starts))):
                inner = path[len(join(self.layout.root, "x")) - 1 :]
                yield _module_of(inner).replace(f"{top}-stubs", top, 1), path

    def _all_modules(self, suffix: str) -> Iterator[tuple[str, str]]:
        for path in sorted(self._files.paths, key=_folders_last):
            if path.endswith(suffix) and not self.settings.is_test(path):
                folder = path.rpartition("/")[0]
                while folder and self._in_package(folder):
                    folder = folder.rpartition("/")[0]
                if folder != path.rpartition("/")[0]:
                    yield _module_of(path[len(folder) :].lstrip("/")), path

    def _in_package(self, folder: str) -> bool:
        """Whether a folder is a package, or one without `__init__.py` directly inside of one."""
        outer = folder.rpartition("/")[0]
        return any(one and self.has(join(one, "__init__.py")) for one in (folder, outer))

    @cached_property
    def registered(self) -> dict[str, list[tuple[PythonFile, Chain]]]:
        """What files that mention the package put into `sys.modules`, by name."""
        own = re.compile(rb"\b%s\b" % re.escape(self.layout.top.encode()))
        modules = ((path, name) for name, path in self.module_paths.items())
        found: dict[str, list[tuple[PythonFile, Chain]]] = {}
        for path, module in (*modules, *((path, "") for path in self.test_paths)):
            source = self.source(path)
            if b"modules" in source and own.search(source):
                file = self.parsed(path, module)
                registered = file.registered if file is not None else ()
                for name, chain in registered:
                    if file is not None:
                        found.setdefault(name, []).append((file, chain))
        return found

    # --- tests ---------------------------------------------------------------------------------

    @cached_property
    def settings(self) -> TestSettings:
        """What pytest is told about the tests of this repository."""
        return read_settings(self._files)

    @cached_property
    def test_paths(self) -> tuple[str, ...]:
        """Paths of the Python tests and of what stands beside them.

        A program of which nothing is a test is none, whatever it is called, unless a test names it.
        """
        found = [one for one in sorted(self._files.paths) if one.endswith(".py")]
        found = [one for one in found if self._is_test(one)]
        programs = {one for one in found if self._is_program(one)}
        texts = [self.source(one) for one in found if one not in programs] if programs else []
        named = {one for one in programs if any(_stem(one) in text for text in texts)}
        return tuple(one for one in found if one not in programs or one in named)

    def _is_test(self, path: str) -> bool:
        """The package itself is none, even where pytest looks for doctests in it."""
        if self.settings.is_habitual(path):
            return True
        package = join(self.layout.root, self.layout.top)
        return self.settings.is_test(path) and not path.startswith(f"{package}/")

    def _is_program(self, path: str) -> bool:
        source = self.source(path)
        return _GUARD.search(source) is not None and _TESTS.search(source) is None

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """Paths of the tests that mention the package, or another package that does."""
        wanted = re.compile(rb"\b(?:%s)\b" % b"|".join(map(re.escape, self._relevant())))
        return tuple(path for path in self.test_paths if wanted.search(self.source(path)))

    @cached_property
    def tests(self) -> tuple[PythonFile, ...]:
        """The facts of `telling`, up to a size that can be read in a few seconds."""
        found = map(self.parsed, self.readable)
        return tuple(one for one in found if one is not None)

    @cached_property
    def readable(self) -> tuple[str, ...]:
        """Paths of `telling` up to that size."""
        sizes = accumulate(len(self.source(path)) for path in self.telling)
        return tuple(
            path for path, size in zip(self.telling, sizes, strict=True) if size <= _MOST_TEST_BYTES
        )

    @cached_property
    def other_words(self) -> frozenset[str]:
        """Attributes and keywords in tests whose facts are not read, doctests among them.

        A fixture hands the package to tests that do not mention it.
        """
        read = {one.path for one in self.tests}
        texts = []
        if self.tests:
            texts += [self.source(p) for p in self.test_paths if self.shown(p) not in read]
        if any(b"doctest" in self.source(path) for path in (*self.test_paths, *self.settings.read)):
            sources = (self.source(path) for path in self.module_paths.values())
            texts += [line for source in sources for line in _DOCTEST.findall(source)]
        words = {word for text in texts for word in _ATTRIBUTE.findall(text)}
        return frozenset(part.decode() for pair in words for part in pair if part)

    def _relevant(self) -> tuple[bytes, ...]:
        """Names of packages that lead to the extension: its own, and those that import it."""
        found = {self.layout.top, *self.registered}
        tops = {name.partition(".")[0] for name in self.module_paths}
        by_top = {
            top: [path for name, path in self.module_paths.items() if name.split(".")[0] == top]
            for top in tops
        }
        grown = True
        while grown:
            wanted = re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(n.encode()) for n in found))
            more = {
                top
                for top in tops - found
                if any(wanted.search(self.source(path)) for path in by_top[top])
            }
            found |= more
            grown = bool(more)
        return tuple(sorted(name.encode() for name in found))


def _stem(path: str) -> bytes:
    return path.rpartition("/")[2].removesuffix(".py").encode()


def _folders_last(path: str) -> tuple[bool, str]:
    """So that a package comes behind the module of its name, and replaces it."""
    return path.rpartition("/")[2].startswith("__init__."), path


def _slashed(folders: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{one}/" for one in folders)


def _module_of(path: str) -> str:
    parts = path.rpartition(".")[0].split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
