"""Rules applied to a program piece by piece: what can be done apart, and how it is ordered."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from bindcheck.analysis.depth import deep
from bindcheck.analysis.keeping.forgetting import forget
from bindcheck.analysis.keeping.gathering import gather_answers, gather_calls, gather_tests
from bindcheck.analysis.keeping.reads import collected
from bindcheck.analysis.program import Program
from bindcheck.crew import ALONE, Crew
from bindcheck.fact import fact
from bindcheck.findings import Finding
from bindcheck.model import CoreApi, EntryKind, EntryPoint
from bindcheck.prepare import Step, no_step
from bindcheck.results import NotApplicable
from bindcheck.rules import CoreRule, CrateRule, EntryRule, FileRule, Rule


@fact
class Found:
    """A finding, the indicator it is about, and the Rust file of the function or core it is about.

    Both are None for a finding about the crate as a whole.
    """

    indicator: str | None
    subject: str | None
    finding: Finding


@fact
class Looked:
    """Everything that rules say of a program, and the rules that had nothing to look at."""

    found: tuple[Found, ...]
    idle: tuple[NotApplicable, ...]
    seconds: float
    by_work: Mapping[tuple[str, str], tuple[Check, ...]]
    """What each piece of work has found."""


def run_rules(
    program: Program, rules: Sequence[Rule], step: Step = no_step, crew: Crew = ALONE
) -> Looked:
    """All findings, shown or not, in the order of the rules; of a crew the first comes back."""
    with deep():
        return _run(program, rules, step, crew)


def _run(program: Program, rules: Sequence[Rule], step: Step, crew: Crew) -> Looked:
    began = time.perf_counter()
    # Tests first: the bodies that calls are found in then take the room of syntax trees.
    gather_tests(program, crew)
    gather_calls(program, crew)
    gather_answers(program, crew)
    reasons, read = collected(lambda: [(rule, rule.premise(program)) for rule in rules])
    program.asked.reads.add(("premises",), read)
    idle = tuple(NotApplicable(rule.code, why) for rule, why in reasons if why is not None)
    checks = Checks(program, [rule for rule, why in reasons if why is None])
    program.asked.reads.add(("units",), collected(lambda: checks.units)[1])
    done: dict[int, list[Check]] = {}
    for at in crew.draw([one.home for one in checks.units]):
        step("checking", min(len(done) * crew.size, len(checks.units)), len(checks.units))
        done[at] = checks.of(checks.units[at])
        if checks.units[at].rule is None:
            forget(program, checks.units[at].home)
    for part, noted, asked in crew.hand_over((done, program.noted(), program.asked)):
        done.update(part)
        program.note(noted)
        program.asked.add(asked)
    program.asked.partial = crew.lost
    left = (at for at in range(len(checks.units)) if at not in done)
    done.update({at: checks.of(checks.units[at]) for at in left})
    found = sorted((one for part in done.values() for one in part), key=lambda one: one.order)
    every = tuple(each for one in found for each in one.found)
    by_work = {checks.work(checks.units[at]): tuple(part) for at, part in done.items()}
    return Looked(every, idle, time.perf_counter() - began, by_work)


@fact
class Check:
    """What one rule found at one place, and its place among all: the rules first."""

    order: tuple[int, int]
    found: tuple[Found, ...]


@fact
class Unit:
    """A piece of work: a file with its entry points and cores, or a rule about the whole crate."""

    home: str
    rule: int | None = None


class Checks:
    """All that rules have to look at in a program."""

    def __init__(self, program: Program, rules: Sequence[Rule]):
        self._program = program
        self._rules = rules

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The pieces of work, in an order that depends on the program alone."""
        paths = dict.fromkeys((*self._entries, *self._cores, *self._files))
        crate = [Unit(f"rule {at}", at) for at in self._numbers(CrateRule)]
        return (*crate, *(Unit(path) for path in paths))

    def of(self, unit: Unit) -> list[Check]:
        """What the rules find in a piece of work."""
        found = self._file(unit.home) if unit.rule is None else self._crate(unit.rule)
        done, read = collected(lambda: [*found])
        self._program.asked.reads.add(self.work(unit), read)
        return done

    def work(self, unit: Unit) -> tuple[str, str]:
        """The name by which is known what a piece of work has read."""
        if unit.rule is None:
            return "file", unit.home
        return "rule", self._rules[unit.rule].code

    @cached_property
    def _entries(self) -> dict[str, list[tuple[int, EntryPoint]]]:
        found: dict[str, list[tuple[int, EntryPoint]]] = {}
        for number, entry in enumerate(self._program.entries):
            if entry.active and entry.kind is not EntryKind.MODULE:
                found.setdefault(entry.ref.path, []).append((number, entry))
        return found

    @cached_property
    def _cores(self) -> dict[str, list[tuple[int, CoreApi]]]:
        found: dict[str, list[tuple[int, CoreApi]]] = {}
        for number, core in enumerate(self._program.cores):
            found.setdefault(core.path, []).append((number, core))
        return found

    @cached_property
    def _files(self) -> dict[str, list[int]]:
        """The rules that look at a file as a whole, by its path."""
        found: dict[str, list[int]] = {}
        for at, rule in enumerate(self._rules):
            for path in rule.files(self._program) if isinstance(rule, FileRule) else ():
                found.setdefault(path, []).append(at)
        return found

    def _numbers(self, kind: type[Rule]) -> list[int]:
        return [at for at, rule in enumerate(self._rules) if isinstance(rule, kind)]

    def _crate(self, at: int) -> Iterator[Check]:
        rule = self._rules[at]
        assert isinstance(rule, CrateRule)
        found = tuple(Found(None, None, finding) for finding in rule.check(self._program))
        if found:
            yield Check((at, 0), found)

    def _whole(self, path: str) -> Iterator[Check]:
        for at in self._files.get(path, ()):
            rule = self._rules[at]
            assert isinstance(rule, FileRule)
            found = tuple(Found(None, None, one) for one in rule.check(self._program, path))
            if found:
                yield Check((at, 0), found)

    def _file(self, path: str) -> Iterator[Check]:
        yield from self._whole(path)
        for _, entry in self._entries.get(path, ()):
            # Whether it parses is told of every entry point, even if no rule looks at its body.
            if entry.kind is not EntryKind.CLASS:
                self._program.body(entry.ref)
        for at, rule in enumerate(self._rules):
            if isinstance(rule, EntryRule):
                for number, entry in self._entries.get(path, ()):
                    findings = tuple(rule.check(self._program, entry))
                    found = tuple(Found(entry.indicator, path, one) for one in findings)
                    if found:
                        yield Check((at, number), found)
            elif isinstance(rule, CoreRule):
                for number, core in self._cores.get(path, ()):
                    findings = tuple(rule.check(self._program, core))
                    found = tuple(Found(core.name, path, one) for one in findings)
                    if found:
                        yield Check((at, number), found)
