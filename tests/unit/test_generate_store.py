"""Base texts of generated regions."""

from __future__ import annotations

from pathlib import Path

import pytest

from bindcheck.errors import BindcheckError
from bindcheck.generate.store import NAME, Store


def write(root: Path, text: str) -> None:
    (root / NAME).parent.mkdir()
    (root / NAME).write_text(text)


def test_texts_come_back_as_they_were(tmp_path: Path) -> None:
    store = Store.read(tmp_path)
    store.keep("src/b.rs", "b/single", 'fn b() {\n    "é"\n}\n')
    store.keep("src/a.rs", "a/single", "fn a() {}\n\n")
    write(tmp_path, store.content().decode())
    again = Store.read(tmp_path)
    assert again.bases == store.bases
    assert again.content() == store.content()
    assert store.content().index(b"src/a.rs") < store.content().index(b"src/b.rs")


def test_regions_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    store = Store.read(tmp_path)
    store.keep("a.rs", "a/single", "x\n")
    store.keep("a.rs", "a/batch", "y\n")
    store.drop("a.rs", {"a/batch"})
    assert store.bases == {"a.rs": {"a/batch": "y\n"}}
    store.drop("a.rs", set())
    assert store.bases == {}


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"version": 2, "files": {}}',
        '{"version": 1}',
        '{"version": 1, "files": {"a.rs": 3}}',
        '{"version": 1, "files": {"a.rs": {"a/single": "text"}}}',
    ],
)
def test_a_damaged_file_is_an_error_that_names_it(text: str, tmp_path: Path) -> None:
    write(tmp_path, text)
    with pytest.raises(BindcheckError, match=r"generated\.json"):
        Store.read(tmp_path)
