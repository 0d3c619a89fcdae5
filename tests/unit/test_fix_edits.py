"""Edits: which go together, and what a file becomes."""

from __future__ import annotations

import pytest

from bindcheck.findings import Confidence, Edit, Finding, Fix, Location, Safety, Severity
from bindcheck.fix.edits import apply_edits, compatible, edits_of, has_conflict


def edit(start: int, end: int, text: str = "", path: str = "a.rs") -> Edit:
    return Edit(path, start, end, text)


def finding(*edits: Edit, code: str = "BC401") -> Finding:
    place = Location("a.rs", 1, 1, 1, 2)
    fix = Fix("fix", edits, Safety.SAFE)
    return Finding(code, "n", Severity.ERROR, Confidence.CERTAIN, place, "f", "m", fix=fix)


def chosen(*findings: Finding) -> list[int]:
    kept = compatible(findings)
    return [number for number, one in enumerate(findings) if one in kept]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (edit(0, 4), edit(4, 8), [0, 1]),
        (edit(0, 5), edit(4, 8), [0]),
        (edit(0, 8), edit(2, 4), [0]),
        (edit(2, 4), edit(0, 8), [0]),
        (edit(0, 8), edit(3, 3, "x"), [0]),
        (edit(3, 3, "x"), edit(0, 8), [0]),
        (edit(4, 8), edit(4, 4, "x"), [0, 1]),
        (edit(0, 4), edit(4, 4, "x"), [0, 1]),
        (edit(3, 3, "x"), edit(3, 3, "y"), [0, 1]),
        (edit(0, 4), edit(0, 4, path="b.rs"), [0, 1]),
    ],
)
def test_of_two_that_overlap_the_first_wins(first: Edit, second: Edit, kept: list[int]) -> None:
    assert chosen(finding(first), finding(second)) == kept


def test_insertions_of_two_rules_at_one_place_do_not_go_together() -> None:
    assert chosen(finding(edit(3, 3, "x")), finding(edit(3, 3, "y"), code="BC106")) == [0]


def test_a_fix_goes_whole_or_not_at_all() -> None:
    first, second = finding(edit(0, 4)), finding(edit(8, 9), edit(3, 5))
    assert chosen(first, second, finding(edit(8, 9, "z"))) == [0, 2]


def test_an_edit_that_two_fixes_share_is_made_once() -> None:
    shared = edit(0, 0, "use numpy::IntoPyArray;\n")
    first, second = finding(shared, edit(4, 5)), finding(shared, edit(6, 7))
    assert chosen(first, second) == [0, 1]
    assert edits_of([first, second]) == {"a.rs": (shared, edit(4, 5), edit(6, 7))}


def test_edits_are_made_back_to_front_whatever_their_order() -> None:
    edits = [edit(0, 1, "AAA"), edit(2, 3, ""), edit(4, 4, "<"), edit(4, 5, "E")]
    assert apply_edits(b"abcdef", edits) == b"AAAbd<Ef"
    assert apply_edits(b"abcdef", edits[::-1]) == b"AAAbd<Ef"


def test_of_insertions_at_one_place_the_first_comes_first() -> None:
    assert apply_edits(b"ab", [edit(1, 1, "1"), edit(1, 1, "2")]) == b"a12b"


def test_line_ends_are_those_of_the_file() -> None:
    source = b"\xef\xbb\xbfone\r\ntwo\r\n"
    assert apply_edits(source, [edit(8, 8, "new\n")]) == b"\xef\xbb\xbfone\r\nnew\r\ntwo\r\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> theirs\n", True),
        ("<<<<<<< HEAD\r\na\r\n=======\r\nb\r\n>>>>>>> theirs\r\n", True),
        ("// <<<<<<< HEAD\n// >>>>>>> theirs\n", False),
        ("let x = 1 << 7;\n", False),
        ("<<<<<<< HEAD\n", False),
    ],
)
def test_markers_of_a_merge_are_seen(text: str, found: bool) -> None:
    assert has_conflict(text.encode()) is found
