"""Places in a text that is there are those that an index of its lines gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bindcheck.model import LateLines, LineIndex

TEXTS = st.text(alphabet="ab \n\r\u00e4\u20ac\U0001f600", max_size=60).map(str.encode)


@given(TEXTS)
def test_every_byte_has_the_same_place(source: bytes) -> None:
    index, late = LineIndex.of(source), LateLines(source)
    places = range(len(source) + 1)
    assert [late.position(at) for at in places] == [index.position(at) for at in places]


def test_who_asks_often_gets_the_same_places() -> None:
    source = "\u00e4b\n".encode() * 90
    index, late = LineIndex.of(source), LateLines(source)
    places = range(len(source) + 1)
    assert [late.position(at) for at in places] == [index.position(at) for at in places]


def test_the_starts_of_lines_are_made_when_they_are_asked_for() -> None:
    late = LateLines(b"a\nbc\n")
    assert list(late.starts) == [0, 2, 5]
