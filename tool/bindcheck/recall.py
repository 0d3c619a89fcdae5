"""Audits that were done before, found again by everything that they depend on."""

from __future__ import annotations

import io
import os
import pickle
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import bindcheck
from bindcheck.baseline import Baseline
from bindcheck.cache import Cache, digest
from bindcheck.config import Config, Options
from bindcheck.crate import Configuration, Crate, path_crates
from bindcheck.discover import display
from bindcheck.fact import fact, field_names, is_fact, replace
from bindcheck.packed import DAMAGED, Packed, packed, unpacked
from bindcheck.prepare import Plan
from bindcheck.python_side.layout import files_around
from bindcheck.results import AuditReport

if TYPE_CHECKING:
    from bindcheck.carry import Base, Moves
    from bindcheck.run import Run

CHECK_VARIABLE = "BINDCHECK_CHECK_CACHE"
"""Where this is set, an audit is done even if the cache answers, and both have to say the same."""
_READABLE = ("bindcheck.results", "bindcheck.findings")
_MOST_LOOKED_AT = 5
"""Beyond so many changed files the whole audit, done by several processes, is nearly as fast."""


@fact
class RecalledCrate:
    """One crate of an audit that was done before."""

    config: Config
    report: AuditReport
    baseline: Baseline | None


@fact
class Recalled:
    """What is shown of an audit that was done before, as `Run` has it."""

    crates: tuple[RecalledCrate, ...]
    report: AuditReport
    sources: Mapping[str, bytes]


def differing(kept: AuditReport, fresh: AuditReport) -> str | None:
    """Which part of two reports is another one, but for the time they took; None if none is."""
    for name in field_names(AuditReport):
        one, two = getattr(kept, name), getattr(fresh, name)
        if name == "parts":
            found = [differing(*pair) for pair in zip(one, two, strict=False)]
            if len(one) != len(two) or any(found):
                return name
        elif name != "elapsed" and one != two:
            return name
    return None


class Recall:
    """The audit of a plan in the cache, if it is there."""

    def __init__(self, cache: Cache, options: Options, plan: Plan):
        self._began = time.perf_counter()
        self.why = ""
        """Why the cache does not answer although it has something of an audit like this one."""
        self._cache = cache
        self._plan = plan
        self._python = [_python_files(one.crate) for one in plan.crates]
        self._sources = _sources(plan)
        self._digests = [digest(text) for _, text in self._sources]
        around = _around(options, plan, self._python, [path for path, _ in self._sources])
        self._key = _hash((around, *self._digests))
        self._base_key = f"base-{around}"
        self._seen_key = f"seen-{around}"

    def find(self) -> Recalled | None:
        """The same audit as it was done before; None when something it depends on has changed."""
        kept = self._read(self._key) or self._carried_over()
        if kept is None:
            return None
        seconds = time.perf_counter() - self._began
        crates = tuple(
            RecalledCrate(one.config, report, one.baseline)
            for one, report in zip(self._plan.crates, kept.reports, strict=True)
        )
        return Recalled(crates, replace(kept.report, elapsed=seconds), self._texts(kept.report))

    def _read(self, key: str) -> _Kept | None:
        """What was kept, if the paths that were asked for are as they were."""
        body = self._cache.get(key)
        kept = None if body is None else _unpacked(body)
        if kept is None or any(_state(path) != state for path, state in kept.asked):
            return None
        return kept

    def _carried_over(self) -> _Kept | None:
        """What was kept of sources that gave the same answers to all that was asked of them."""
        kept = self._read(self._base_key)
        if kept is None or kept.base is None:
            return None
        # Loaded only where something has changed.
        from bindcheck.carry import Anew, Base

        try:
            base = Base.unpacked(kept.base)
        except (TypeError, ValueError, AttributeError):
            return None
        try:
            moved = self._moved(kept, base, base.moves(self._cache, self._sources, self._digests))
        except Anew as why:
            self.why = str(why)
            return None
        self._put(self._key, moved)
        return moved

    def _moved(self, kept: _Kept, base: Base, moves: Mapping[str, Moves]) -> _Kept:
        """What was kept, in the sources as they are now. Raises Anew."""
        if not all(one.is_quiet for one in moves.values()):
            report = self._looked_again(kept, base, moves)
            return _Kept(kept.asked, (report,), report)
        # Loaded only where something has changed.
        from bindcheck.carry import carried

        reports = tuple(carried(one, moves) for one in kept.reports)
        return _Kept(kept.asked, reports, carried(kept.report, moves))

    def _looked_again(self, kept: _Kept, base: Base, moves: Mapping[str, Moves]) -> AuditReport:
        """The report where functions that somebody has read are others now. Raises Anew."""
        # Loaded only where rules have to look again.
        from bindcheck.carry import Anew

        if len(moves) > _MOST_LOOKED_AT or len(self._plan.crates) > 1 or self._plan.errors:
            raise Anew("many files, or more than one crate")
        body = self._cache.get(self._seen_key)
        from bindcheck.relook import Seen, looked_again

        parts = None if body is None else _unpacked_seen(body, base.texts)
        if parts is None:
            raise Anew("what was linked is not kept")
        prepared = self._plan.crates[0]
        return looked_again(Seen(parts), prepared, dict(self._sources), moves, kept.report)

    def _keep_seen(self, run: Run, base: Base) -> None:
        """Keep what rules need to look again at one file of the only crate."""
        from bindcheck.relook import Seen

        if len(run.crates) == 1:
            self._cache.put(self._seen_key, packed((base.texts, Seen.of(run.crates[0]).parts)))

    def _put(self, key: str, kept: _Kept) -> None:
        values = (kept.asked, kept.reports, kept.report, kept.base)
        self._cache.put(key, pickle.dumps(values, pickle.HIGHEST_PROTOCOL))

    def keep(self, run: Run) -> None:
        """Keep an audit of the plan, unless something has changed meanwhile."""
        if not self._cache.keeps or len(run.crates) < len(self._plan.crates):
            return
        if any(one.inputs.program.asked.partial for one in run.crates):
            return
        if [_python_files(one.crate) for one in self._plan.crates] != self._python:
            return
        # What has run has loaded these.
        from bindcheck.carry import Base, asked_of

        asked = {path: _state(path) for one in run.crates for path in one.inputs.asked}
        kept = _Kept(tuple(asked.items()), tuple(one.report for one in run.crates), run.report)
        self._put(self._key, kept)
        if _is_broken(run) and self._cache.has(self._base_key):
            # What is half written will soon be another text, and is then nearer to the base before.
            return
        base = Base.of(
            self._sources,
            self._digests,
            asked_of((one.inputs.program for one in run.crates), kept.reports),
        )
        base.keep_texts(self._cache, self._sources)
        self._keep_seen(run, base)
        self._put(self._base_key, replace(kept, base=base.packed()))

    def _texts(self, report: AuditReport) -> dict[str, bytes]:
        """The files that findings are about."""
        known = dict(self._sources)
        named = {one.location.path for one in report.findings}
        return known | {path: _read(path) for path in named if path not in known}


@fact
class _Kept:
    """What an entry holds; `asked` are paths with what was there, beside what the key tells.

    `base` is there in the entry that results are carried over from.
    """

    asked: tuple[tuple[str, str | None], ...]
    reports: tuple[AuditReport, ...]
    report: AuditReport
    base: object = None


def _is_broken(run: Run) -> bool:
    return any(one.inputs.program.noted() for one in run.crates)


class _Reader(pickle.Unpickler):
    """Makes what reports are made of and nothing else: an entry cannot run code."""

    def find_class(self, module: str, name: str) -> Any:
        found = getattr(sys.modules.get(module), name, None) if module in _READABLE else None
        if isinstance(found, type) and found.__module__ == module:
            return found
        raise pickle.UnpicklingError(f"{module}.{name}")


def _unpacked_seen(body: bytes, texts: str) -> Packed | None:
    """What was kept of an audit of these texts."""
    try:
        of, parts = unpacked(body)
    except DAMAGED:
        return None
    return Packed(parts) if of == texts else None


def _unpacked(body: bytes) -> _Kept | None:
    try:
        asked, reports, report, base = _Reader(io.BytesIO(body)).load()
    except DAMAGED:
        return None
    return _Kept(asked, reports, report, base) if isinstance(report, AuditReport) else None


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _state(path: str) -> str | None:
    """What lies at a path: the hash of a file, whether something else is there, or None."""
    if not os.path.isfile(path):
        return "" if os.path.lexists(path) else None
    return blake2b(_read(path)).hexdigest()


# --- the key -------------------------------------------------------------------------------------


def _sources(plan: Plan) -> list[tuple[str, bytes]]:
    """The Rust files of all crates, each once."""
    known = {file.display: file.source for one in plan.crates for file in one.found.files}
    return list(known.items())


def _around(options: Options, plan: Plan, python: Sequence[object], sources: Sequence[str]) -> str:
    """Everything but the texts of the Rust files."""
    errors = [str(one) for one in plan.errors]
    # Long lists of built-in types have one text, which is told faster than their elements.
    tool, named, stamps = repr(_tool()), repr(sources), repr(python)
    parts: list[object] = [tool, sys.version, os.getcwd(), options, errors, named, stamps]
    for one in plan.crates:
        found = one.found
        parts += [_crates(one.crate), one.config, one.baseline]
        parts += [repr([file.display for file in found.files]), found.reported]
        parts += [found.problems, found.notes, list(_manifests(one.crate))]
    return _hash(parts)


def _hash(value: object) -> str:
    return blake2b(_encoded(value), digest_size=24).hexdigest()


def _tool() -> list[tuple[str, int, int]]:
    """The files of this program and of its parser: another version gives other results."""
    return sorted(
        (one.path, one.stat().st_size, one.stat().st_mtime_ns)
        for top in (os.path.dirname(bindcheck.__file__), *_parser_folders())
        for one in _code_below(top)
    )


def _code_below(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as listed:
        for one in listed:
            if one.name.endswith((".py", ".so", ".pyd")):
                yield one
            elif one.name != "__pycache__" and one.is_dir(follow_symlinks=False):
                yield from _code_below(one.path)


def _parser_folders() -> Iterator[str]:
    for name in ("tree_sitter", "tree_sitter_rust"):
        spec = find_spec(name)
        yield from (spec.submodule_search_locations or ()) if spec is not None else ()


def _crates(crate: Crate | None) -> list[object]:
    """A crate and those it depends on by path, with the configuration of each."""
    crates = {} if crate is None else path_crates(crate)
    return [(name, one, Configuration.of(one)) for name, one in crates.items()]


def _manifests(crate: Crate | None) -> Iterator[tuple[str, bytes]]:
    crates = {} if crate is None else path_crates(crate)
    manifests = {path for one in crates.values() for path in one.manifests}
    for path in sorted(manifests):
        yield display(path), _read(str(path))


def _python_files(crate: Crate | None) -> list[tuple[str, int, int]]:
    """Python files by size and time: there may be many, and few of them are read."""
    if crate is None:
        return []
    files = files_around(crate, lambda path, source: None)
    return [_stamp(files.root / path) for path in sorted(files.paths)]


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        facts = path.stat()
    except OSError:
        return str(path), -1, -1
    return str(path), facts.st_size, facts.st_mtime_ns


def _encoded(value: object) -> bytes:
    """Plain data as bytes: the same for equal values in every run."""
    return b"".join(_tokens(value))


def _tokens(value: object) -> Iterator[bytes]:
    if isinstance(value, Mapping):
        value = ("map", *sorted((_encoded(key), _encoded(one)) for key, one in value.items()))
    elif isinstance(value, frozenset | set):
        value = ("set", *sorted(_encoded(one) for one in value))
    elif isinstance(value, PurePath | Enum):
        value = str(value)
    elif is_fact(type(value)):
        value = (type(value).__name__, *(getattr(value, name) for name in field_names(type(value))))
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        yield b"("
        for one in value:
            yield from _tokens(one)
        yield b")"
    else:
        written = value if isinstance(value, bytes) else repr(value).encode("utf-8", "replace")
        yield b"%d:%s" % (len(written), written)
