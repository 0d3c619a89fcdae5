"""Whole words in bytes."""

import re

import pytest

from bindcheck.model.words import Word, words_of

TEXTS = [b"alma(x)", b"alma_py", b"calma", b"x.alma\xc3\xa9", b"", b"al ma", b"1alma", b"alma"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_word_is_found_as_a_pattern_finds_it(text: bytes) -> None:
    found = re.search(rb"\balma\b", text) is not None
    assert Word("alma").is_in(text) is found
    assert (b"alma" in words_of(text)) is found


def test_a_word_is_no_pattern() -> None:
    assert not Word("a.b").is_in(b"axb")
    assert Word("a.b").is_in(b"(a.b)")
