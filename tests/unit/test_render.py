from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError

from bindcheck import render as rendering
from bindcheck.errors import BindcheckError
from bindcheck.render import python_name, python_string, render, rust_name, rust_string


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that stands for our own templates."""
    folder = tmp_path / "ours"
    folder.mkdir()
    monkeypatch.setattr(rendering, "templates_folder", lambda: folder)
    rendering._environment.cache_clear()
    yield folder
    rendering._environment.cache_clear()


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A user's folder of templates."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    return folder


def test_blocks_leave_no_lines_and_nothing_is_escaped(ours: Path) -> None:
    (ours / "a.j2").write_text(
        "{% for x in xs %}\n    {% if x %}\n    <{{ x }}>\n    {% endif %}\n{% endfor %}\n"
    )
    assert render("a.j2", {"xs": ["&", "", "'"]}) == "    <&>\n    <'>\n"


def test_unknown_variable_in_our_template_is_a_bug(ours: Path) -> None:
    (ours / "a.j2").write_text("{{ x }}")
    with pytest.raises(UndefinedError):
        render("a.j2", {})


def test_broken_template_of_ours_is_a_bug(ours: Path) -> None:
    (ours / "a.j2").write_text("{% if %}")
    with pytest.raises(TemplateSyntaxError):
        render("a.j2", {})


def test_user_template_takes_the_place_of_ours_piece_by_piece(ours: Path, theirs: Path) -> None:
    (ours / "a.j2").write_text("ours a, {% include 'b.j2' %}")
    (ours / "b.j2").write_text("ours b")
    (theirs / "b.j2").write_text("theirs b")
    assert render("a.j2", {}, theirs) == "ours a, theirs b"
    assert render("a.j2", {}) == "ours a, ours b"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\n{% if %}", 2, "Expected an expression"),
        ("a\nb\n{{ x }}", 3, "'x' is undefined"),
        ("\n{{ 1 + 'a' }}", 2, "unsupported operand"),
        ("\n\n{{ 1 / 0 }}", 3, "division by zero"),
        ("{{ 'a b' | rust_name }}", 1, "'a b' is not a Rust identifier"),
        ("\n{% include 'none.j2' %}", 2, "there is no template 'none.j2'"),
        ("{{ 1 | nofilter }}", 1, "No filter named 'nofilter'"),
    ],
)
def test_broken_user_template_is_an_error_with_its_line(
    ours: Path, theirs: Path, text: str, line: int, message: str
) -> None:
    path = theirs / "a.j2"
    path.write_text(text)
    with pytest.raises(BindcheckError) as caught:
        render("a.j2", {}, theirs)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)


def test_missing_template_and_folder_are_errors(ours: Path, tmp_path: Path) -> None:
    with pytest.raises(BindcheckError, match=r"there is no template 'a\.j2'"):
        render("a.j2", {})
    with pytest.raises(BindcheckError, match="gone: no such folder of templates"):
        render("a.j2", {}, tmp_path / "gone")


NASTY = 'a"b\\c\nd\te\0f\x1b\u202eg\u00e9\U0001f600'


def test_python_string_means_the_same_text() -> None:
    literal = python_string(NASTY)
    assert ast.literal_eval(literal) == NASTY
    assert literal.isprintable()


def test_rust_string_escapes_what_would_end_or_hide_it() -> None:
    expected = '"a\\"b\\\\c\\nd\\te\\0f\\u{1b}\\u{202e}g\u00e9\U0001f600"'
    assert rust_string(NASTY) == expected


@pytest.mark.parametrize("name", ["a", "_a1", "r#type", "Kernel"])
def test_rust_names_pass(name: str) -> None:
    assert rust_name(name) == name


@pytest.mark.parametrize("name", ["", "1a", "a-b", "type", "_", "r#self", "a b", "a\n", "a;b"])
def test_what_is_no_rust_name_is_refused(name: str) -> None:
    with pytest.raises(BindcheckError, match="is not a Rust identifier"):
        rust_name(name)


@pytest.mark.parametrize("name", ["", "1a", "a-b", "class", "a b", "a\n"])
def test_what_is_no_python_name_is_refused(name: str) -> None:
    with pytest.raises(BindcheckError, match="is not a Python identifier"):
        python_name(name)
    assert python_name("kernel") == "kernel"


def test_jinja_is_imported_only_when_something_is_rendered() -> None:
    code = "import sys, bindcheck.render; print('jinja2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_templates_are_found_in_the_checkout() -> None:
    assert rendering.templates_folder().name == "templates"
    assert rendering.templates_folder().is_dir()


@pytest.mark.parametrize("name", ["a.j2", "part.j2"])
def test_a_template_that_is_not_utf_8_is_an_error_with_its_path(
    ours: Path, theirs: Path, name: str
) -> None:
    (ours / "a.j2").write_text("{% include 'part.j2' %}")
    (ours / "part.j2").write_text("part")
    (theirs / "a.j2").write_text("\n{% include 'part.j2' %}")
    (theirs / name).write_bytes(b"first\n\xff")
    with pytest.raises(BindcheckError, match="is not UTF-8") as caught:
        render("a.j2", {}, theirs)
    assert (caught.value.path, caught.value.line) == (theirs / name, 2)
