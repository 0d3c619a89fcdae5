"""Templates to text. The only user of jinja2, which is imported when something is rendered.

A wheel carries the templates inside the package; an editable install reads them from the checkout.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import TYPE_CHECKING

from bindcheck.errors import BindcheckError

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

_PACKAGE = Path(__file__).resolve().parent

_RUST_NAME = re.compile(r"(?:r#)?[A-Za-z_][A-Za-z0-9_]*")
_RUST_KEYWORDS = frozenset(
    {
        *("as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum"),
        *("extern", "false", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match"),
        *("mod", "move", "mut", "pub", "ref", "return", "self", "Self", "static", "struct"),
        *("super", "trait", "true", "type", "unsafe", "use", "where", "while", "abstract"),
        *("become", "box", "do", "final", "macro", "override", "priv", "try", "typeof"),
        *("unsized", "virtual", "yield", "_"),
    }
)
_NEVER_RAW = frozenset({"r#crate", "r#self", "r#Self", "r#super", "r#_"})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def render(template_name: str, context: Mapping[str, object], override: Path | None = None) -> str:
    """Render a template; one of the same name in the folder `override` takes its place.

    What is wrong with a template of the user's is a BindcheckError with its path and line; what is
    wrong with one of ours is a bug and passes through.
    """
    from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError

    environment = _environment(override)
    try:
        return environment.get_template(template_name).render(context)
    except TemplateNotFound as error:
        path, line = _place(error.__traceback__, override) or (override, None)
        raise BindcheckError(f"there is no template {error.name!r}", path, line) from error
    except TemplateSyntaxError as error:
        if override is None or not _within(error.filename, override):
            raise
        raise BindcheckError(
            error.message or "syntax error", error.filename, error.lineno
        ) from error
    except (
        BindcheckError,
        TemplateError,
        TypeError,
        ValueError,
        ArithmeticError,
        LookupError,
    ) as error:
        place = _place(error.__traceback__, override)
        if place is None and override is not None and isinstance(error, UndefinedError):
            raise BindcheckError(
                f"{template_name} finds no such thing: {error}", override
            ) from error
        if place is None or (isinstance(error, BindcheckError) and error.path is not None):
            raise
        raise BindcheckError(str(error), *place) from error


def templates_folder() -> Path:
    """Where our own templates are: in the package, else in the checkout."""
    packaged = _PACKAGE / "templates"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent / "templates"


def template_path(template_name: str, override: Path | None = None) -> Path:
    """The file that a template is read from."""
    theirs = override / template_name if override is not None else None
    return theirs if theirs is not None and theirs.is_file() else templates_folder() / template_name


def template_names() -> tuple[str, ...]:
    """Names of our own templates."""
    folder = templates_folder()
    return tuple(sorted(one.relative_to(folder).as_posix() for one in folder.rglob("*.j2")))


@cache
def _environment(override: Path | None) -> Environment:
    from jinja2 import Environment, StrictUndefined

    if override is not None and not override.is_dir():
        raise BindcheckError("no such folder of templates", override)
    folders = [templates_folder()] if override is None else [override, templates_folder()]
    environment = Environment(
        loader=_loader(folders),
        undefined=StrictUndefined,
        autoescape=_is_page,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["rust_string"] = rust_string
    environment.filters["python_string"] = python_string
    environment.filters["rust_name"] = rust_name
    environment.filters["python_name"] = python_name
    return environment


def _is_page(template_name: str | None) -> bool:
    """Whether what comes in is text to be shown: Rust and Python have filters of their own."""
    return template_name is not None and template_name.endswith(".html.j2")


def _loader(folders: Sequence[Path]) -> BaseLoader:
    """Reads templates from the first folder that has them; one that is not UTF-8 is an error."""
    from jinja2 import FileSystemLoader

    class Loader(FileSystemLoader):
        def get_source(
            self, environment: Environment, template: str
        ) -> tuple[str, str, Callable[[], bool]]:
            try:
                return super().get_source(environment, template)
            except UnicodeDecodeError as error:
                path = next(one / template for one in folders if (one / template).is_file())
                line = error.object.count(b"\n", 0, error.start) + 1
                raise BindcheckError("is not UTF-8", path, line) from error

    return Loader(folders)


def _place(trace: TracebackType | None, override: Path | None) -> tuple[Path, int] | None:
    """The innermost line of a template of the user's, if the error came through one."""
    found = None
    for frame, line in walk_tb(trace):
        if override is not None and _within(frame.f_code.co_filename, override):
            found = Path(frame.f_code.co_filename), line
    return found


def _within(filename: str | None, folder: Path) -> bool:
    return filename is not None and Path(filename).is_relative_to(folder)


# --- filters -------------------------------------------------------------------------------------


def rust_string(text: str) -> str:
    """A Rust string literal."""
    return '"' + "".join(_rust_escape(char) for char in text) + '"'


def _rust_escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    return char if char.isprintable() else f"\\u{{{ord(char):x}}}"


def python_string(text: str) -> str:
    """A Python string literal in double quotes."""
    return '"' + "".join(_python_escape(char) for char in text) + '"'


def _python_escape(char: str) -> str:
    if char in _ESCAPES and char != "\0":
        return _ESCAPES[char]
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def rust_name(text: str) -> str:
    """`text` if it is a Rust identifier that is no keyword; else a BindcheckError."""
    if not _RUST_NAME.fullmatch(text) or text in _RUST_KEYWORDS | _NEVER_RAW:
        raise BindcheckError(f"{text!r} is not a Rust identifier")
    return text


def python_name(text: str) -> str:
    """`text` if it is a Python identifier that is no keyword; else a BindcheckError."""
    if not text.isidentifier() or keyword.iskeyword(text):
        raise BindcheckError(f"{text!r} is not a Python identifier")
    return text
