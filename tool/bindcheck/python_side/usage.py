"""What the tests of a package reach: directly, and through the Python code that they call.

Names decide where objects cannot be told: an attribute of an unknown object reaches every method
of that name. What is then not reached is certainly not called.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import field

from bindcheck.fact import fact
from bindcheck.model.python import Chain, PythonCall, PythonFile, PythonScope
from bindcheck.python_side.resolving import Attributes, Exported, Resolver, Target, Written
from bindcheck.python_side.scopes import A_STRING, A_WORD, ANY_NAME
from bindcheck.python_side.side import PythonSide


@fact
class Called:
    """A call and the path of the file it stands in; `test` when that is a test."""

    path: str
    test: bool
    call: PythonCall


@fact
class Usage:
    """Names of the extension that tests reach, by their path below it (`("models", "BPE")`).

    `calls` are calls of names that are certainly of the extension, in tests and in reached code;
    `by_name` are calls of attributes of objects that cannot be told. `places` are the files in
    which a name of the extension is used, `handed` those where it is used but not called.
    `attributes` are read from unknown objects and not only compared, by file, `owned` from objects
    that the code has made itself, by the path of what it called for them. `fetched` are names that
    `getattr` reads, `patterns` regular expressions for those that are put together.
    """

    calls: dict[Chain, list[Called]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[Called]] = field(default_factory=lambda: defaultdict(list))
    places: dict[Chain, set[str]] = field(default_factory=lambda: defaultdict(set))
    handed: dict[Chain, set[str]] = field(default_factory=lambda: defaultdict(set))
    attributes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    owned: dict[Chain, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    fetched: set[str] = field(default_factory=set)
    patterns: set[str] = field(default_factory=set)

    def fetches(self, name: str) -> bool:
        """Whether a computed name may be this one."""
        return name in self.fetched or any(re.fullmatch(one, name) for one in self.patterns)


def usage_of(side: PythonSide) -> Usage:
    """Follow the tests of a package."""
    reach = _Reach(side)
    reach.run()
    return reach.usage


class _Reach:
    def __init__(self, side: PythonSide):
        self.usage = Usage()
        self._side = side
        self._resolver = Resolver(side)
        self._tests = {one.path for one in side.tests}
        self._names: set[str] = set(side.other_words) if side.tests else set()
        self._by_name: dict[str, list[tuple[PythonFile, PythonScope]]] = defaultdict(list)
        self._scopes: dict[tuple[str, str], list[PythonScope]] = defaultdict(list)
        self._done: set[tuple[str, int]] = set()
        self._imported: set[str] = set()
        self._strings: set[str] = set()
        self._by_string = False
        self._words: set[str] = set()
        self._by_word = False
        self._todo: list[tuple[PythonFile, PythonScope]] = []

    def run(self) -> None:
        for file in self._side.tests:
            self._import_all(file)
            self._todo.extend((file, scope) for scope in file.scopes)
        while self._todo:
            file, scope = self._todo.pop()
            key = (file.path, id(scope))
            if key not in self._done:
                self._done.add(key)
                self._follow(file, scope)
            if not self._todo:
                self._reach_fetched()

    # --- Python modules ------------------------------------------------------------------------

    def _import_all(self, file: PythonFile) -> None:
        """Modules that an import runs: each named one and the packages around it."""
        for one in file.imports:
            for module in (one.module, f"{one.module}.{one.name}"):
                parts = module.split(".")
                for end in range(1, len(parts) + 1):
                    self._import(".".join(parts[:end]))

    def _import(self, module: str) -> None:
        if module in self._imported:
            return
        self._imported.add(module)
        file = self._side.runtime(module)
        if file is None or file.path in self._tests:
            return
        self._import_all(file)
        for scope in file.scopes:
            last = scope.name.rpartition(".")[2]
            implicit = last.startswith("__") and last.endswith("__")
            # What a class does by itself, it does when somebody uses the class.
            name = scope.name.rpartition(".")[0] if implicit else ""
            called = name.rpartition(".")[2] or last
            self._scopes[file.path, name or scope.name].append(scope)
            self._by_name[called].append((file, scope))
            if not scope.name or (implicit and not name) or called in self._names:
                self._todo.append((file, scope))

    def _reach_name(self, name: str) -> None:
        if name not in self._names:
            self._names.add(name)
            self._todo.extend(self._by_name.get(name, ()))

    # --- code ----------------------------------------------------------------------------------

    def _follow(self, file: PythonFile, scope: PythonScope) -> None:
        # Another name for something is no use of it.
        aliases = set() if scope.name else {one.value for one in file.variables}
        handed, made = frozenset(scope.handed), dict(scope.made)
        uses = scope.uses
        for chain in (uses | frozenset(scope.compared)) - aliases:
            maker = self._maker(file, made.get(chain[0], ()))
            targets = self._resolver.resolve(file, chain)
            known = any(isinstance(target, Exported) for target in targets)
            for target in targets:
                if isinstance(target, Attributes):
                    self._read(file, target.names, maker, compared=chain not in uses)
                elif isinstance(target, Written) and known and _is_variable(target):
                    # Another name for something of the extension, whose attribute it is.
                    self._reach(target)
                else:
                    self._use(file, target, handed=chain in handed)
        for call in scope.calls:
            self._call(file, call)
        for chain, pattern in scope.fetched:
            self._fetch(file, chain, pattern)
        self._strings.update(scope.strings)
        self._words.update(chain[-1] for chain in uses)

    def _maker(self, file: PythonFile, chain: Chain) -> Target | None:
        """What made an object, if that is one thing."""
        targets = self._resolver.resolve(file, chain) if chain else ()
        return targets[0] if len(targets) == 1 else None

    def _read(
        self, file: PythonFile, names: Chain, maker: Target | None, *, compared: bool = False
    ) -> None:
        """Attributes of an object, the first one of what `maker` has made.

        The last one is no method that is called if it is only `compared`, or set.
        """
        for name in names:
            self._reach_name(name)
        if compared:
            names = names[:-1]
        if names and isinstance(maker, Exported):
            self.usage.owned[maker.path].add((file.path, names[0]))
            names = names[1:]
        elif names and isinstance(maker, Written) and _has_method(maker, names[0]):
            names = names[1:]
        self.usage.attributes[file.path].update(names)

    def _use(self, file: PythonFile, target: Exported | Written, *, handed: bool) -> None:
        if isinstance(target, Exported):
            for end in range(1, len(target.path) + 1):
                path = target.path[:end]
                self.usage.places[path].add(file.path)
                if handed and end == len(target.path):
                    self.usage.handed[path].add(file.path)
        else:
            self._reach(target)
            self._read(file, target.rest, None)

    def _reach(self, target: Written) -> None:
        self._todo.extend(
            (target.file, scope) for scope in self._scopes.get((target.file.path, target.name), ())
        )

    def _call(self, file: PythonFile, call: PythonCall) -> None:
        called = Called(file.path, file.path in self._tests, call)
        targets = self._resolver.resolve(file, call.target)
        for target in targets:
            if isinstance(target, Exported):
                self.usage.calls[target.path].append(called)
            elif isinstance(target, Attributes):
                self.usage.by_name[target.names[-1]].append(called)

    # --- names that are fetched ----------------------------------------------------------------

    def _fetch(self, file: PythonFile, chain: Chain, pattern: str) -> None:
        """`getattr` from the extension, from its package, or from an object that may be either."""
        targets = self._resolver.resolve(file, chain) if chain else (Attributes(()),)
        known = any(isinstance(target, Exported) for target in targets)
        is_local = len(chain) == 1 and all(one.bound != chain[0] for one in file.imports)
        if not known and not targets and not is_local:
            return
        if pattern.isidentifier():
            self.usage.fetched.add(pattern)
        elif pattern == A_STRING or (pattern == ANY_NAME and not known):
            # Of all objects there are, few are the extension: a name without any trace in the
            # code is then not among those that are fetched.
            self._by_string = True
        elif pattern == A_WORD:
            self._by_word = True
        else:
            self.usage.patterns.add(pattern)

    def _reach_fetched(self) -> None:
        """A name that comes out of a variable is one of the strings in the code."""
        if self._by_string:
            self.usage.fetched.update(self._strings)
        if self._by_word:
            self.usage.fetched.update(self._words)
        for name in self._by_name:
            if name not in self._names and self.usage.fetches(name):
                self._reach_name(name)


def _is_variable(target: Written) -> bool:
    cls = target.file.class_named(target.name)
    return cls is None and not target.file.named(target.name)


def _has_method(maker: Written, name: str) -> bool:
    """Whether objects of a class that is written in Python have a method of their own."""
    cls = None if maker.rest else maker.file.class_named(maker.name)
    return cls is not None and bool(cls.named(name))
