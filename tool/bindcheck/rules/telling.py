"""What is said of errors that do not reach Python whole, and the message put back into one."""

from __future__ import annotations

from bindcheck.analysis.anatomy import anatomy_of
from bindcheck.analysis.failing.failures import Lost
from bindcheck.analysis.failing.treated import Loss
from bindcheck.analysis.flow.types import RESULTS
from bindcheck.analysis.keeping.answers import answered
from bindcheck.analysis.program import Program
from bindcheck.findings import Edit, Fix, Safety
from bindcheck.model import Call, Closure, ItemRef, Literal, MethodCall, Node, Path, Span


def _python(name: str) -> str:
    return name.removeprefix("Py").removesuffix("::new_err")


_SAID = {
    Loss.MESSAGE: "what `{0}` says is dropped: `{1}` is raised without it",
    Loss.SWALLOWED: "an error of `{0}` becomes a constant: the caller learns nothing of it",
    Loss.IGNORED: "an error of `{0}`, which refuses names it does not know, is dropped here",
    Loss.PRINTED: "an error of {2} is only printed: the caller learns nothing of it",
    Loss.RESTORED: "an exception of `{0}` is set, but a result is given: it is lost, or worse",
    Loss.TEXT: "an exception in `{0}` is passed on as its text: its class and traceback are lost",
    Loss.KIND: "errors of `{0}` become text and arrive as `{1}`: the class they have is lost",
    Loss.FILE: "errors of `{0}` arrive as `{1}`, not as `FileNotFoundError` or `PermissionError`",
    Loss.DISCARDED: "`{0}` fails for {1}, and writes nothing: the caller learns nothing of it",
    Loss.MADE_UP: "where `{0}` fails a list is made up: the caller learns nothing of the error",
    Loss.DROPPED: "the rest of `{0}` is written when it is dropped: an error of that is lost",
}


def message_of(one: Lost) -> str:
    """What is lost, in a line."""
    name = _python(one.detail)
    if one.loss is Loss.DISCARDED and not one.detail:
        return f"an error of `{one.callee}` is dropped: the caller learns nothing of it"
    said = _SAID.get(one.loss)
    if said is not None:
        return said.format(one.callee, name, f"`{one.callee}`" if one.callee else "this thread")
    if one.loss is Loss.OTHER_CLASS:
        usual = _python(one.usual)
        return f"errors of `{one.callee}` are raised as `{name}`, those of other cores as `{usual}`"
    if name in ("Exception", "BaseException"):
        whose = f"errors of `{one.callee}`" if one.callee else "errors"
        return f"{whose} are raised as bare `{name}`: nobody can catch them alone"
    return f"errors of `{one.callee}` are raised as `{name}`, which is not meant for errors"


_HELP = {
    Loss.IGNORED: "hand the error on, or refuse what it fails for where that comes from Python",
    Loss.PRINTED: "keep the error, or send it as a result, and raise it where the caller asks next",
    Loss.RESTORED: "raise it with `?`, or report it with `write_unraisable`: `restore` is for C",
    Loss.TEXT: "put the `PyErr` itself into it, `io::Error::from(error)`: PyO3 raises that again",
    Loss.DISCARDED: "hand the error on, or refuse such numbers before",
    Loss.MADE_UP: "hand the error on: whoever asks for what is refused should hear of it",
    Loss.DROPPED: "end with `flush()?`: it writes the rest, and says why it cannot",
}


def help_of(program: Program, one: Lost) -> str:
    """What to write instead."""
    if one.loss is Loss.MESSAGE:
        made = f"{one.detail}::new_err(e.to_string())"
        own = not one.detail.startswith("Py") or "::" in one.detail
        return (
            f"put the error into the message: `{f'{one.detail}(e.to_string())' if own else made}`"
        )
    if one.loss is Loss.SWALLOWED:
        fallible = program.function(one.place.ref).returns.name in RESULTS
        how = "raise it" if fallible else "return a `PyResult` and raise it"
        return f"{how}: `map_err(|e| PyValueError::new_err(e.to_string()))?`"
    if one.loss is Loss.DISCARDED and not one.detail:
        return "hand the error on: `map_err(|e| PyValueError::new_err(e.to_string()))?`"
    if one.files and not one.usual:
        return "raise `OSError` for what fails with a file, `ValueError` for a wrong argument"
    if one.loss in (Loss.KIND, Loss.FILE):
        return _keeping(one)
    if one.loss in _HELP:
        return _HELP[one.loss]
    usual = one.usual or "PyValueError"
    return f"raise `{_python(usual)}` for what a caller passed wrongly"


def _keeping(one: Lost) -> str:
    """What keeps the class of an error, and a text of one's own beside it."""
    how = "`?` alone" if one.usual == "?" else f"`map_err({one.usual})?`"
    beside = ", or `io::Error::new(e.kind(), text)` with a text of your own"
    return f"{how} keeps the class{beside if one.loss is Loss.FILE else ''}"


def fix_of(program: Program, one: Lost) -> Fix | None:
    """`|_| Error::new_err("text")` with the error behind the text."""
    if one.loss is not Loss.MESSAGE or not one.shown:
        return None
    path = one.place.ref.path
    known = {span: (param, text) for span, param, text in _texts_in(program, one.place.ref)}
    if one.place.span not in known:
        return None
    param, text = known[one.place.span]
    written = text.text.replace("{", "{{").replace("}", "}}")
    edits = (
        Edit(path, param.start, param.end, "e"),
        Edit(path, text.span.start, text.span.end, f'format!("{written}: {{e}}")'),
    )
    return Fix("put the error into the message", edits, Safety.SAFE)


@answered("texts of errors")
def _texts_in(program: Program, ref: ItemRef) -> tuple[tuple[Span, Span, Literal], ...]:
    """Where errors become a text, with the parameter of the closure that does it."""
    anatomy = anatomy_of(program, ref)
    calls = anatomy.all(MethodCall) if anatomy is not None else ()
    closures = [(one.span, one.args[0]) for one in calls if one.method == "map_err" and one.args]
    return tuple(
        (span, one.params[0].span, text)
        for span, one in closures
        if isinstance(one, Closure) and len(one.params) == 1
        if (text := _text(one.body)) is not None and _is_quoted(program, ref.path, text)
    )


def _is_quoted(program: Program, path: str, text: Literal) -> bool:
    """Whether a string is written without `r` or `c` before it."""
    return program.quoted(path)[text.span.start : text.span.start + 1] == b'"'


def _text(body: Node) -> Literal | None:
    """The only argument of `Error::new_err("..")`."""
    called = body.function if isinstance(body, Call) else None
    if not isinstance(body, Call) or not isinstance(called, Path) or called.last != "new_err":
        return None
    only = body.args[0] if len(body.args) == 1 else None
    return only if isinstance(only, Literal) and only.kind == "str" else None
