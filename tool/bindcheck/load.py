"""From what a person typed to a linked program: crate, configuration, sources, modules, Program."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bindcheck.analysis.link import crate_roots, link
from bindcheck.analysis.program import Program
from bindcheck.config import Config, Options, resolve
from bindcheck.crate import Configuration, Crate, find_crate
from bindcheck.discover import SourceFile, discover, display, load_extra
from bindcheck.errors import BindcheckError
from bindcheck.model import Block, Module
from bindcheck.parse import lower_body, parse_module
from bindcheck.results import Unreadable
from bindcheck.rules import RULE_BY_CODE

# Facts travel back from a process at half the speed of parsing: few bytes or few cores do not pay.
_WORTH_PROCESSES = 2_000_000
_ENOUGH_CORES = 4


@dataclass(frozen=True, slots=True)
class Inputs:
    """A linked program with what reading it left behind."""

    program: Program
    crate: Crate | None
    sources: dict[str, bytes]
    problems: tuple[Unreadable, ...]
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


def load(options: Options, *, whole_crate: bool = False) -> tuple[Inputs, Config]:
    """Find the crate of the paths, resolve its configuration, read and link its sources.

    `whole_crate` reports on all of the crate, whatever paths are configured.
    """
    began = time.perf_counter()
    start = options.paths[0] if options.paths else Path()
    crate = find_crate(start, options.manifest_path)
    config = resolve(options, crate.root if crate else start, RULE_BY_CODE)
    paths = (crate.root,) if whole_crate and crate else _paths(config, options, crate)
    _refuse_other_crates(crate, paths, options)
    crate = config.applied_to(crate) if crate else None
    found = discover(crate, paths, config.exclude)
    store = _Store({file.display: file for file in found.files})
    program = link(
        crate,
        Configuration.of(crate),
        store.parse_all(),
        store.load,
        found.reported,
        store.lower,
        crate_roots(crate, display) if crate else (),
        config.target_pyo3,
    )
    problems = (*found.problems, *store.problems, *syntax_errors(program))
    inputs = Inputs(
        program=program,
        crate=crate,
        sources=store.sources(),
        problems=tuple(dict.fromkeys(problems)),
        notes=found.notes,
        seconds=time.perf_counter() - began,
    )
    return inputs, config


def _paths(config: Config, options: Options, crate: Crate | None) -> tuple[Path, ...]:
    """What to report: as typed or configured; without either, the crate that was named."""
    named_crate = options.manifest_path is not None and crate is not None
    if options.paths is None and named_crate and config.path is None:
        assert crate is not None
        return (crate.root,)
    return config.paths


def _refuse_other_crates(crate: Crate | None, paths: Sequence[Path], options: Options) -> None:
    if options.manifest_path is not None:
        return
    for path in paths:
        if not os.path.lexists(path):
            continue
        other = find_crate(path)
        if (other.root if other else None) != (crate.root if crate else None):
            name = f"crate `{other.name}`" if other else "no crate"
            first = f"`{crate.name}`" if crate else "no crate"
            raise BindcheckError(
                f"belongs to {name}, the first path to {first}: run bindcheck once for each crate",
                path,
            )


class _Store:
    """The sources that were read, and their modules."""

    def __init__(self, files: dict[str, SourceFile]):
        self._files = files
        self._modules: dict[str, Module] = {}
        self.problems: list[Unreadable] = []

    def parse_all(self) -> dict[str, Module]:
        """Modules of all files by display path."""
        files = list(self._files.values())
        self._modules = {module.path: module for module in parse_files(files)}
        return self._modules

    def load(self, path: str) -> Module | None:
        """The module of a file, also of one that discovery did not name; None if there is none."""
        shown = display(Path(path))
        if shown in self._modules:
            return self._modules[shown]
        if not os.path.isfile(path):
            return None
        file = load_extra(Path(path))
        if isinstance(file, Unreadable):
            self.problems.append(file)
            return None
        self._files[shown] = file
        self._modules[shown] = parse_module(shown, file.source)
        return self._modules[shown]

    def lower(self, path: str, index: int) -> Block | None:
        """The body of a function that the parser left alone."""
        return lower_body(self._files[path].source, self._modules[path], index)

    def sources(self) -> dict[str, bytes]:
        """Bytes by display path."""
        return {path: file.source for path, file in self._files.items()}


def parse_files(files: Sequence[SourceFile]) -> list[Module]:
    """Modules in the order of `files`, by several processes where that pays."""
    workers = min(len(files), os.cpu_count() or 1, 8)
    size = sum(len(file.source) for file in files)
    if workers < _ENOUGH_CORES or size < _WORTH_PROCESSES:
        return [_parse(file) for file in files]
    # Large files first: the last one to finish is then a small one.
    order = sorted(range(len(files)), key=lambda index: -len(files[index].source))
    with ProcessPoolExecutor(workers, initializer=gc.disable) as pool:
        parsed = list(pool.map(_parse, [files[index] for index in order], chunksize=4))
    by_index = dict(zip(order, parsed, strict=True))
    return [by_index[index] for index in range(len(files))]


def _parse(file: SourceFile) -> Module:
    return parse_module(file.display, file.source)


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
