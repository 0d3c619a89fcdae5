"""Calls of one name of the extension, found without reading the whole test suite."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from bindcheck.model.python import Chain, PythonFile, PythonScope
from bindcheck.model.words import Word
from bindcheck.python_side.resolving import Exported, Resolver
from bindcheck.python_side.side import PythonSide
from bindcheck.python_side.usage import Called


def calls_of(side: PythonSide, path: Chain) -> Iterator[Called]:
    """Calls in tests and packages that are certainly calls of `path` below the extension.

    Only files that have the name in their text are read.
    """
    word, top = Word(path[-1]), Word(side.layout.top)
    resolver = resolver_of(side)
    tests = [(name, "", True) for name in side.telling]
    modules = [
        (file, name, False)
        for name, file in side.module_paths.items()
        if top.is_in(side.source(file))
    ]
    for place, module, is_test in (*tests, *modules):
        file = side.parsed(place, module) if word.is_in(side.source(place)) else None
        if file is not None:
            for scope in file.scopes:
                yield from _in_scope(resolver, file, scope, path, is_test)


@lru_cache(maxsize=2)
def resolver_of(side: PythonSide) -> Resolver:
    """What names mean: many bindings are looked for in the same files."""
    return Resolver(side)


def _in_scope(
    resolver: Resolver, file: PythonFile, scope: PythonScope, path: Chain, is_test: bool
) -> Iterator[Called]:
    """Calls by the full name, and of methods of objects that the scope made itself."""
    objects = {
        name
        for name, chain in scope.made
        if len(path) > 1 and Exported(path[:-1]) in resolver.resolve(file, chain)
    }
    for call in scope.calls:
        is_method = call.target[:1] and call.target[0] in objects and call.target[1:] == path[-1:]
        if is_method or Exported(path) in resolver.resolve(file, call.target):
            yield Called(file.path, is_test, call)
