"""Three-way merges by lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bindcheck.generate.merge import merge

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n", "}\n"]), max_size=12).map("".join)


@given(TEXTS, TEXTS)
def test_a_side_that_changed_nothing_takes_the_other(base: str, other: str) -> None:
    assert merge(base, base, other) == other
    assert merge(base, other, base) == other
    assert merge(base, other, other) == other


@given(TEXTS, TEXTS, TEXTS)
def test_sides_can_change_places(base: str, ours: str, theirs: str) -> None:
    assert merge(base, ours, theirs) == merge(base, theirs, ours)


def test_changes_apart_from_each_other_are_both_kept() -> None:
    base = "one\ntwo\nthree\nfour\nfive\n"
    ours = "one\ntwo, edited\nthree\nfour\nfive\n"
    theirs = "one\ntwo\nthree\nfour\nfive\nsix\n"
    assert merge(base, ours, theirs) == "one\ntwo, edited\nthree\nfour\nfive\nsix\n"


def test_deletion_and_insertion_apart_are_both_kept() -> None:
    assert merge("a\nb\nc\nd\n", "a\nc\nd\n", "a\nb\nc\nnew\nd\n") == "a\nc\nnew\nd\n"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a\nours\nc\n", "a\ntheirs\nc\n"),
        ("a\nc\n", "a\nb2\nc\n"),
        ("a\nx\nb\nc\n", "a\ny\nb\nc\n"),
    ],
)
def test_changes_of_the_same_lines_are_a_conflict(ours: str, theirs: str) -> None:
    assert merge("a\nb\nc\n", ours, theirs) is None
