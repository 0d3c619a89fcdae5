"""The run of fixes: passes, blame, and what is never touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import pytest

from bindcheck.analysis.program import Program
from bindcheck.config import Config
from bindcheck.findings import Edit, Finding, Fix, Safety, Severity
from bindcheck.fix import FixRequest, FixResult, fix
from bindcheck.model import Span
from bindcheck.rules import Rule
from bindcheck.rules.base import CrateRule
from bindcheck.testing import config_of, inputs_from


class Words(CrateRule):
    """Reports each word of a table and offers to replace it; a rule for these tests."""

    name = "words"
    summary = "a word"
    severity: ClassVar[Severity] = Severity.WARNING
    bad = ()
    good = ()

    def __init__(self, code: str, table: dict[str, str], safety: Safety = Safety.SAFE):
        self.code = code  # type: ignore[misc]  # one class for several rules
        self._table = table
        self._safety = safety

    def check(self, program: Program) -> Iterator[Finding]:
        for path, module in program.modules.items():
            source = program.source(path)
            for word, text in self._table.items():
                for match in re.finditer(rf"\b{word}\b".encode(), source):
                    place = Span(match.start(), match.end())
                    around = [one for one in module.functions if one.span.contains(place)]
                    item = around[0].name if around else path
                    edits = (Edit(path, place.start, place.end, text),)
                    made = Fix(f"write {text}", edits, self._safety) if text != word else None
                    yield self.finding(program, (path, place), item, f"the word {word}", fix=made)


def run(
    source: str,
    *rules: Rule,
    unsafe: bool = False,
    files: dict[str, str] | None = None,
    config: Config | None = None,
) -> FixResult:
    inputs = inputs_from({"src/lib.rs": source, **(files or {})})
    request = FixRequest(unsafe=unsafe, formatting=False)
    return fix(inputs, config or config_of(), request, rules=rules)


def text(result: FixResult, path: str = "src/lib.rs") -> str:
    return result.inputs.sources[path].decode()


def test_all_findings_with_a_fix_are_fixed_in_one_pass() -> None:
    result = run("fn f() { one(); one(); }\nfn g() { one(); }\n", Words("BC901", {"one": "two"}))
    assert text(result) == "fn f() { two(); two(); }\nfn g() { two(); }\n"
    assert len(result.fixed) == 3
    assert result.report.findings == ()


def test_what_overlaps_is_fixed_in_a_second_pass() -> None:
    first = Words("BC901", {"one . more": "1 + more"})
    second = Words("BC902", {"more": "two"})
    result = run("fn f() { g(one + more); more; }\n", first, second)
    assert text(result) == "fn f() { g(1 + two); two; }\n"
    assert len(result.fixed) == 3


def test_a_fix_that_does_not_parse_is_refused_alone() -> None:
    broken = Words("BC901", {"one": "1 +"})
    result = run("fn f() { one; }\nfn g() { two; }\n", broken, Words("BC902", {"two": "2"}))
    assert text(result) == "fn f() { one; }\nfn g() { 2; }\n"
    (refused,) = result.refused
    assert refused.reason == "the file would not parse any more"
    assert refused.finding.item == "f"


def test_a_fix_that_leaves_its_finding_is_refused() -> None:
    stubborn = Words("BC901", {"one": "(one)"})
    result = run("fn f() { one; }\n", stubborn)
    assert text(result) == "fn f() { one; }\n"
    assert [one.reason for one in result.refused] == ["the finding would still be there"]


def test_a_fix_that_brings_a_finding_is_refused_and_others_stay() -> None:
    bringing = Words("BC901", {"one": "two", "three": "four"})
    watching = Words("BC902", {"two": "two"})
    result = run("fn f() { one; }\nfn g() { three; }\n", bringing, watching)
    assert text(result) == "fn f() { one; }\nfn g() { four; }\n"
    assert [one.reason for one in result.refused] == ["it would bring BC902 in `f`, src/lib.rs"]


def test_who_is_blamed_with_others_is_tried_again_alone() -> None:
    bringing = Words("BC901", {"one": "1", "three": "two"})
    watching = Words("BC902", {"two": "two"})
    result = run("fn f() { one; three; }\n", bringing, watching)
    assert text(result) == "fn f() { 1; three; }\n"
    assert len(result.fixed) == len(result.refused) == 1


def test_advice_that_a_fix_uncovers_does_not_speak_against_it() -> None:
    class Advice(Words):
        severity: ClassVar[Severity] = Severity.ADVICE

    fixing, advising = Words("BC901", {"one": "two"}), Advice("BC902", {"two": "two"})
    result = run("fn f() { one; }\n", fixing, advising)
    assert text(result) == "fn f() { two; }\n"


def test_unsafe_fixes_are_applied_when_asked_for() -> None:
    rule = Words("BC901", {"one": "two"}, Safety.UNSAFE)
    assert run("fn f() { one; }\n", rule).fixed == ()
    assert text(run("fn f() { one; }\n", rule, unsafe=True)) == "fn f() { two; }\n"


def test_a_fix_that_is_only_shown_is_never_applied() -> None:
    rule = Words("BC901", {"one": "two"}, Safety.DISPLAY)
    assert run("fn f() { one; }\n", rule, unsafe=True).fixed == ()


def test_what_is_not_shown_is_not_fixed() -> None:
    rule = Words("BC901", {"one": "two"})
    source = "// bindcheck: ignore[BC901] it is meant\nfn f() { one; }\nfn g() { one; }\n"
    assert text(run(source, rule)) == source.replace("g() { one", "g() { two")
    assert run(source, rule, config=config_of("BC902")).fixed == ()


def test_a_file_with_markers_of_a_merge_is_left_alone() -> None:
    clash = "fn f() {\n<<<<<<< HEAD\n    one;\n=======\n    one();\n>>>>>>> theirs\n}\n"
    result = run(
        "mod a;\nfn g() { one; }\n", Words("BC901", {"one": "two"}), files={"src/a.rs": clash}
    )
    assert text(result, "src/a.rs") == clash
    assert text(result) == "mod a;\nfn g() { two; }\n"
    reasons = {one.reason for one in result.refused}
    assert reasons == {"the file has the markers of an unfinished merge"}


def test_a_file_that_does_not_parse_whole_is_fixed_where_it_does() -> None:
    source = "fn f() { one; }\nfn g( {\n"
    result = run(source, Words("BC901", {"one": "two"}))
    assert text(result) == source.replace("one", "two")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_are_kept(newline: str, mark: str) -> None:
    source = mark + "fn f() {\n    one;\n}\n".replace("\n", newline)
    result = run(source, Words("BC901", {"one": "two;\n    three"}))
    wanted = mark + "fn f() {\n    two;\n    three;\n}\n".replace("\n", newline)
    assert text(result) == wanted


def test_the_same_run_again_changes_nothing() -> None:
    rules = (Words("BC901", {"one": "two", "three": "(three)"}), Words("BC902", {"four": "5 +"}))
    first = run("fn f() { one; three; four; }\n", *rules)
    second = run(text(first), *rules)
    assert first.fixed
    assert second.fixed == ()
    assert [one.reason for one in second.refused] == [one.reason for one in first.refused]


def test_the_state_after_a_fix_is_that_of_the_changed_files() -> None:
    source = "fn f() { one; }\nfn longer() { keep; }\n"
    inputs = inputs_from({"src/lib.rs": source})
    rules = (Words("BC901", {"one": "1;\n"}), Words("BC902", {"keep": "keep"}))
    result = fix(inputs, config_of(), FixRequest(formatting=False), rules=rules)
    (left,) = result.report.findings
    assert (left.code, left.location.line) == ("BC902", 3)
    assert inputs.sources["src/lib.rs"].decode() == source
    assert replace(result, fixed=()).inputs.program.modules["src/lib.rs"].problems == ()
