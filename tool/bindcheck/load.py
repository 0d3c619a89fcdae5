"""From what a person typed to a linked program: crate, configuration, sources, modules, Program."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bindcheck.ahead import Tests, broken_files, no_tests
from bindcheck.analysis.link import crate_roots, link
from bindcheck.analysis.program import Program
from bindcheck.baseline import Baseline
from bindcheck.config import Config, Options
from bindcheck.crate import Configuration, Crate, find_crate
from bindcheck.crew import ALONE, Crew
from bindcheck.discover import SourceFile, display, load_extra
from bindcheck.errors import BindcheckError
from bindcheck.fact import fact, replace
from bindcheck.model import Block, EntryKind, EntryPoint, ItemRef, Module, Problem
from bindcheck.model.source import share_offsets
from bindcheck.parse import lower_body, parse_module, parses, skim_module
from bindcheck.prepare import Prepared, Step, no_step, prepare
from bindcheck.results import Unreadable
from bindcheck.rules import RULE_BY_CODE
from bindcheck.targets import Target, find_targets

if TYPE_CHECKING:
    from bindcheck.python_side.side import PythonSide, TestFacts


@fact
class Inputs:
    """A linked program with what reading it left behind.

    `asked` are the paths at which modules were looked for beside the sources that were found.
    """

    program: Program
    crate: Crate | None
    sources: dict[str, bytes]
    unread: tuple[Unreadable, ...]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    baseline: Baseline | None = None
    asked: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Unreadable, ...]:
        """What could not be read or parsed, as far as somebody has looked at it."""
        return tuple(dict.fromkeys((*self.unread, *syntax_errors(self.program))))


def load(
    options: Options, *, whole_crate: bool = False, step: Step = no_step, crew: Crew = ALONE
) -> tuple[Inputs, Config]:
    """Find the one crate of the paths, resolve its configuration, read and link its sources.

    `whole_crate` reports on all of the crate, whatever paths are configured. With a crew several
    processes may come back from here.
    """
    target = _the_crate(options) if whole_crate else _the_target(options)
    return load_target(target, options, step, whole_crate=whole_crate, crew=crew)


def _the_crate(options: Options) -> Target:
    start = options.paths[0] if options.paths else Path()
    return Target(find_crate(start, options.manifest_path), options.paths)


def _the_target(options: Options) -> Target:
    targets = find_targets(options)
    if targets.errors:
        raise targets.errors[0]
    if len(targets.crates) > 1:
        names = ", ".join(one.crate.name if one.crate else "none" for one in targets.crates)
        raise BindcheckError(f"the paths belong to several crates ({names}): name those of one")
    return targets.crates[0]


def load_target(
    target: Target,
    options: Options,
    step: Step = no_step,
    *,
    whole_crate: bool = False,
    crew: Crew = ALONE,
) -> tuple[Inputs, Config]:
    """Resolve the configuration of a crate, read and link its sources.

    `step` is told what is being done, with how much of it is done and how much there is.
    """
    began = time.perf_counter()
    codes = frozenset(RULE_BY_CODE)
    prepared = prepare(target, options, step, whole_crate=whole_crate, known_codes=codes)
    inputs = load_prepared(prepared, step, whole=whole_crate, crew=crew)
    return replace(inputs, seconds=time.perf_counter() - began), prepared.config


def load_prepared(
    prepared: Prepared,
    step: Step = no_step,
    *,
    whole: bool = False,
    crew: Crew = ALONE,
    tests: Tests = no_tests,
) -> Inputs:
    """Link the sources of a crate. With a crew several processes may come back from here.

    `tests` gives what was read ahead of the Python tests.
    """
    began = time.perf_counter()
    crate, found = prepared.crate, prepared.found
    store = _Store({file.display: file for file in found.files}, whole=whole)
    modules = store.parse_all(step)
    sources: dict[str, bytes] = {}
    step("linking", 0, 0)
    # Before other processes are made: then all of them have it.
    known = tests()
    program = link(
        crate,
        Configuration.of(crate),
        modules,
        store.load,
        found.reported,
        store.lower,
        crate_roots(crate, display) if crate else (),
        prepared.config.target_pyo3,
        store.source,
        python=lambda: python_around(crate, sources, known),
        reference=prepared.config.reference,
        crew=crew,
    )
    if whole:
        _read_entries(program, crew)
    sources.update(store.sources() | _manifests(crate))
    return Inputs(
        program=program,
        crate=crate,
        sources=sources,
        unread=(*found.problems, *store.problems),
        notes=found.notes,
        seconds=time.perf_counter() - began,
        baseline=prepared.baseline,
        asked=tuple(store.asked),
    )


def _read_entries(program: Program, crew: Crew) -> None:
    """Note what cannot be read of entry points, each where it is at home."""
    refs: dict[str, list[ItemRef]] = {}
    for entry in program.entries:
        if _has_body(program, entry):
            refs.setdefault(entry.ref.path, []).append(entry.ref)

    def problems(path: str) -> tuple[Problem, ...]:
        for ref in refs[path]:
            program.body(ref)
        return program.modules[path].problems

    paths = list(refs)
    program.note(dict(zip(paths, crew.share(paths, str, problems), strict=True)))


def _has_body(program: Program, entry: EntryPoint) -> bool:
    """Whether an entry point is a function: a module may be an item of its own."""
    if entry.kind is EntryKind.MODULE:
        functions = program.modules[entry.ref.path].functions[entry.ref.index :]
        return bool(functions) and entry.attribute in functions[0].attrs
    return entry.kind is not EntryKind.CLASS


def python_around(
    crate: Crate | None,
    sources: dict[str, bytes],
    known: Mapping[str, TestFacts] = MappingProxyType({}),
) -> PythonSide | None:
    """The Python side of a crate; what is read of it is added to `sources`.

    `known` is what has been read of its tests already.
    """
    if crate is None:
        return None
    # Loaded only for rules that ask for it.
    from bindcheck.python_side.finding import python_side

    side = python_side(crate, sources)
    for path, facts in known.items():
        side.learn(path, facts)
    return side


def _manifests(crate: Crate | None) -> dict[str, bytes]:
    """The manifests that findings can be about, by display path."""
    return {display(path): path.read_bytes() for path in (crate.manifests if crate else ())}


class _Store:
    """The sources that were read, and their modules.

    An audit reads no more than it needs. Of a `whole` crate it is told what does not parse, to the
    last body: code is only generated around what does.
    """

    def __init__(self, files: dict[str, SourceFile], *, whole: bool):
        self._files = files
        self._whole = whole
        self._modules: dict[str, Module] = {}
        self.problems: list[Unreadable] = []
        self.asked: list[str] = []

    def parse_all(self, step: Step) -> dict[str, Module]:
        """Modules of all files by display path."""
        share_offsets(max(map(len, self.sources().values()), default=0))
        broken = broken_files(self.sources() if self._whole else {})
        for done, (path, file) in enumerate(self._files.items()):
            step("parsing", done, len(self._files))
            self._modules[path] = skim_module(path, file.source, making=not self._whole)
        for path in broken():
            self._modules[path] = parse_module(path, self._files[path].source)
        return self._modules

    def load(self, path: str) -> Module | None:
        """The module of a file, also of one that discovery did not name; None if there is none."""
        shown = display(Path(path))
        if shown in self._modules:
            return self._modules[shown]
        self.asked.append(path)
        if not os.path.isfile(path):
            return None
        file = load_extra(Path(path))
        if isinstance(file, Unreadable):
            self.problems.append(file)
            return None
        self._files[shown] = file
        if self._whole and not parses(file.source):
            self._modules[shown] = parse_module(shown, file.source)
        else:
            self._modules[shown] = skim_module(shown, file.source, making=not self._whole)
        return self._modules[shown]

    def lower(self, path: str, index: int) -> Block | None:
        """The body of a function that the parser left alone."""
        return lower_body(self._files[path].source, self._modules[path], index)

    def source(self, path: str) -> bytes:
        """The bytes of a file that was read."""
        return self._files[path].source

    def sources(self) -> dict[str, bytes]:
        """Bytes by display path."""
        return {path: file.source for path, file in self._files.items()}


def syntax_errors(program: Program) -> list[Unreadable]:
    """One line for each reported file that does not parse, at the first place."""
    broken: list[Unreadable] = []
    reported: Callable[[str], bool] = program.reported
    for path, module in program.modules.items():
        if module.problems and reported(path):
            first = module.problems[0]
            line, _ = module.lines.position(first.span.start)
            more = f" (and {len(module.problems) - 1} more)" if len(module.problems) > 1 else ""
            broken.append(Unreadable(path, line, f"{first.message}{more}"))
    return broken
