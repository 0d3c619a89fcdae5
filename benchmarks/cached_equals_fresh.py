"""Edit a crate at random many times, and compare the cached audit with a fresh one each time.

    python benchmarks/cached_equals_fresh.py PATH [--crate .] [--edits 200] [--seed 1] [--bindings]
        [--functions] [--minutes 60]

PATH is what is copied into a temporary folder, `--crate` the folder in it that is audited. Edits
are such as people make: blank lines and comments, statements in bodies, numbers, names, functions
that come and go, files that move. With `--bindings` all of them are made in the bodies of
`#[pyfunction]`, with `--functions` functions come, go and get other names and heads, in one file
or in two. About a third is taken back, as is all that does not parse; the rest stays.
Reports are compared as text and as JSON, but for the time they took. Printed is how often the cache
answered, by kind of edit, why it did not, and how many answers differed (exit status 1 if any did).
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bindcheck.cache import Cache
from bindcheck.config import Options
from bindcheck.errors import BindcheckError
from bindcheck.prepare import prepare_all
from bindcheck.recall import Recall, Recalled, differing
from bindcheck.report import FORMATS, ReportOptions, Sources
from bindcheck.report.style import Style
from bindcheck.run import Run, audit_plan

LEFT_OUT = shutil.ignore_patterns("target", ".git", "node_modules", "__pycache__")
FUNCTION = re.compile(r"^[ \t]*(?:pub(?:\([a-z]+\))? )?(?:unsafe )?fn \w+.*\{$", re.MULTILINE)
BINDING = re.compile(
    r"^[ \t]*#\[pyfunction[^{}]*\bfn \w+[^{}]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL
)
NAMED = re.compile(r"^[ \t]*(?:pub(?:\([a-z]+\))? )?(?:unsafe )?fn (\w+)", re.MULTILINE)
HEAD = re.compile(r"^(?:pub )?fn \w+[^{};]*\{", re.MULTILINE)
WHOLE = re.compile(
    r"^(?:pub(?:\([a-z]+\))? )?fn (\w+)[^{};]*\{\n.*?^\}\n", re.MULTILINE | re.DOTALL
)
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
LET = re.compile(r"\blet (?:mut )?([a-z]\w+)")

PROVOKING = (
    "let _unused = 1;",
    "let _ = f64::NAN.max(0.0);",
    "if false { panic!(); }",
    'let _ = std::env::var("LEVEL").unwrap();',
    'let _ = std::fs::read_to_string("x");',
    "let _ = LOCK.lock().unwrap();",
    "let _ = rows * cols; let _ = vec![0.0; rows * cols];",
    "(0..9).into_par_iter().for_each(|_| {});",
    "let mut at = start; while at <= end { at += step; }",
    "let _ = Python::with_gil(|py| py.None());",
    "let _ = Python::attach(|py| py.None());",
    "let _ = py.allow_threads(|| 1);",
    "let _ = 1.into_py(py);",
    "let _ = 1.to_object(py);",
    "let _ = data.to_vec();",
    "let _ = PyArray1::<f64>::zeros(py, [rows * cols], false);",
    "let _ = PyDict::new_bound(py);",
)
"""Statements that some rule has something to say of, in some places; they need not compile."""

Change = Callable[[str, random.Random], str]


def blank_line(text: str, rng: random.Random) -> str:
    """An empty line anywhere."""
    return _inserted(text, rng, "\n")


def comment_line(text: str, rng: random.Random) -> str:
    """A comment anywhere."""
    words = ("note", "allow_threads", "see env::var", "par_iter; x = 1", 'a "quoted" word')
    return _inserted(text, rng, f"// {rng.choice(words)}\n")


def comment_text(text: str, rng: random.Random) -> str:
    """Another word in a comment."""
    places = [match.end() for match in re.finditer(r"//+[/!]? ?", text)]
    return _at(text, rng, places, "changed ")


def trailing_space(text: str, rng: random.Random) -> str:
    """Space before the end of a line."""
    places = [match.start() for match in re.finditer(r"\n", text)]
    return _at(text, rng, places, "  ")


def statement(text: str, rng: random.Random) -> str:
    """A statement at the start of a body."""
    places = [match.end() for match in FUNCTION.finditer(text)]
    return _at(text, rng, places, f"\n    {rng.choice(PROVOKING)}")


def number(text: str, rng: random.Random) -> str:
    """Another number."""
    found = [*NUMBER.finditer(text)]
    if not found:
        return text
    one = rng.choice(found)
    return f"{text[: one.start()]}{rng.randrange(9)}{text[one.end() :]}"


def name(text: str, rng: random.Random) -> str:
    """Another name of a variable, everywhere in the file."""
    found = sorted(set(LET.findall(text)))
    return re.sub(rf"\b{rng.choice(found)}\b", "renamed", text) if found else text


def new_function(text: str, rng: random.Random) -> str:
    """A function more, at the end."""
    return f"{text}\nfn added_{rng.randrange(99)}(x: f64) -> f64 {{\n    x + 1.0\n}}\n"


def function_between(text: str, rng: random.Random) -> str:
    """A function more before another one, that may do what rules look for."""
    places = [match.start() for match in FUNCTION.finditer(text)]
    return _at(text, rng, places, _function(f"between_{rng.randrange(99)}", rng))


def function_with_call(text: str, rng: random.Random) -> str:
    """A function more that calls another one of the file, or that another one calls."""
    name = f"joined_{rng.randrange(99)}"
    names = NAMED.findall(text)
    if not names:
        return text
    if rng.random() < 0.5:
        return text + _function(name, rng, f"    let _ = {rng.choice(names)}(1.0);\n")
    return statement_of(text, rng, f"let _ = {name}(1.0);") + _function(name, rng)


def lost_function(text: str, rng: random.Random) -> str:
    """A function less; rather one that was added."""
    found = [*WHOLE.finditer(text)]
    added = [one for one in found if re.match(r"added_|between_|joined_|named_", one[1])]
    if not found:
        return text
    one = rng.choice(added if added and rng.random() < 0.7 else found)
    return text[: one.start()] + text[one.end() :]


def renamed_function(text: str, rng: random.Random) -> str:
    """Another name of a function, where it stands or everywhere in the file."""
    names = NAMED.findall(text)
    if not names:
        return text
    name = rng.choice(names)
    count = rng.choice((0, 0, 1))
    pattern = rf"\b{name}\b" if count == 0 else rf"(?<=fn ){name}\b"
    return re.sub(pattern, f"named_{rng.randrange(99)}", text, count=count)


def other_head(text: str, rng: random.Random) -> str:
    """A parameter more, another type, or another visibility of a function."""
    found = [*HEAD.finditer(text)]
    if not found:
        return text
    one = rng.choice(found)
    head = one[0]
    changed = rng.choice(
        (
            head.replace("f64", "f32", 1),
            head.replace("usize", "u32", 1),
            head.replace("(", "(more: f64, ", 1),
            head.replace("fn ", "pub fn ", 1),
            head.replace("pub ", "", 1),
        )
    )
    return text[: one.start()] + changed + text[one.end() :]


def _function(name: str, rng: random.Random, more: str = "") -> str:
    heads = ("x: f64", "x: f64, data: &[f64]", "x: f64, out: &mut [f64]", "x: f64, s: &str")
    said = rng.choice(("", "", "/// Some words.\n", "#[inline]\n", "pub ", "pub(crate) "))
    does = f"    {rng.choice(PROVOKING)}\n" if rng.random() < 0.4 else ""
    return f"\n{said}fn {name}({rng.choice(heads)}) -> f64 {{\n{does}{more}    x + 1.0\n}}\n\n"


def statement_of(text: str, rng: random.Random, what: str) -> str:
    """A certain statement at the start of a body."""
    places = [match.end() for match in FUNCTION.finditer(text)]
    return _at(text, rng, places, f"\n    {what}")


def lost_line(text: str, rng: random.Random) -> str:
    """A line less: what is left may not parse."""
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines)) if lines else 0
    return "".join(lines[:at] + lines[at + 1 :])


def swapped_lines(text: str, rng: random.Random) -> str:
    """Two lines in each other's place."""
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
        at = rng.randrange(len(lines) - 1)
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return "".join(lines)


def _inserted(text: str, rng: random.Random, line: str) -> str:
    places = [0, *(match.end() for match in re.finditer(r"\n", text))]
    return _at(text, rng, places, line)


def _at(text: str, rng: random.Random, places: list[int], what: str) -> str:
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + what + text[at:]


CHANGES: tuple[Change, ...] = (
    blank_line,
    comment_line,
    comment_text,
    trailing_space,
    statement,
    number,
    name,
    new_function,
    lost_line,
    swapped_lines,
)


OF_FUNCTIONS = (
    new_function,
    new_function,
    function_between,
    function_between,
    function_with_call,
    lost_function,
    lost_function,
    renamed_function,
    other_head,
    statement,
)


def doubled_line(text: str, rng: random.Random) -> str:
    """A line twice."""
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines)) if lines else 0
    return "".join(lines[: at + 1] + lines[at:])


def first_statement(text: str, rng: random.Random) -> str:
    """A statement before all others."""
    return f"    {rng.choice(PROVOKING)}\n{text}"


def _in_binding(change: Change) -> Change:
    """A change of the body of a binding."""

    def changed(text: str, rng: random.Random) -> str:
        found = [*BINDING.finditer(text)]
        if not found:
            return text
        start, end = rng.choice(found).span(1)
        return text[:start] + change(text[start:end], rng) + text[end:]

    changed.__name__ = f"binding {change.__name__}"
    return changed


IN_BINDINGS = tuple(
    map(
        _in_binding,
        (first_statement, number, name, lost_line, swapped_lines, doubled_line, comment_line),
    )
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One edit: whether the cache answered, whether it said the same, and why it did not answer."""

    kind: str
    answered: bool
    same: bool
    why: str


class Trial:
    """A crate that is edited."""

    def __init__(
        self, root: Path, cache: Path, rng: random.Random, changes: Sequence[Change] = CHANGES
    ):
        self._changes = changes
        self._cache = Cache(cache)
        self._rng = rng
        self._last: list[tuple[Path, str]] = []
        self._odd = self._most = 0
        os.chdir(root)
        self._audit(Options())
        self._most = self._odd

    def step(self) -> Outcome:
        """Change something, and compare."""
        if self._last and (self._odd > self._most or self._rng.random() < 0.3):
            kind = "taken back"
            for path, text in self._last:
                path.write_text(text)
            self._last = []
        elif self._rng.random() < 0.03:
            kind = "file moved"
            path = self._rng.choice(self._files())
            path.rename(path.with_name(f"moved_{self._rng.randrange(99)}.rs"))
        else:
            kind = self._edit()
        return Outcome(kind, *self._audit(Options()))

    def _files(self) -> list[Path]:
        plan = prepare_all(Options())
        return sorted({Path(file.display) for one in plan.crates for file in one.found.files})

    def _bound(self) -> list[Path]:
        return [path for path in self._files() if BINDING.search(path.read_text())]

    def _edit(self) -> str:
        self._last = []
        if self._changes is OF_FUNCTIONS and self._rng.random() < 0.3:
            self._edit_one()
            self._edit_one()
            return "functions of two files"
        return self._edit_one()

    def _edit_one(self) -> str:
        path = self._rng.choice(self._bound() if self._changes is IN_BINDINGS else self._files())
        text = path.read_text()
        change = self._rng.choice(self._changes)
        path.write_text(change(text, self._rng))
        if path not in [known for known, _ in self._last]:
            self._last.append((path, text))
        return change.__name__.replace("_", " ")

    def _audit(self, options: Options) -> tuple[bool, bool, str]:
        """Whether the cache answered, whether a fresh audit says the same, and why it did not."""
        plan = prepare_all(options)
        recall = Recall(self._cache, options, plan)
        try:
            fresh = audit_plan(plan, options)
            self._odd = len(fresh.report.unanalysed) + len(fresh.report.skipped)
        except BindcheckError:
            return False, recall.find() is None, "an error"
        found = recall.find()
        if found is None:
            recall.keep(fresh)
        if found is None:
            return False, True, recall.why or "nothing kept"
        same = differing(found.report, fresh.report) is None and _shown(found) == _shown(fresh)
        return True, same, ""


def _shown(run: Run | Recalled) -> list[str]:
    """Both reports, as if they had taken no time."""
    report = replace(
        run.report,
        elapsed=0.0,
        parts=tuple(replace(one, elapsed=0.0) for one in run.report.parts),
    )
    look = ReportOptions(style=Style(), width=100, per_rule=None)
    return [FORMATS[kind](report, Sources(run.sources), look) for kind in ("text", "json")]


def main() -> int:
    """Edit, compare and count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--crate", type=Path, default=Path())
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bindings", action="store_true")
    parser.add_argument("--functions", action="store_true")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no edit after that")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "copy")
        shutil.copytree(options.path.resolve(), root, ignore=LEFT_OUT)
        changes = IN_BINDINGS if options.bindings else CHANGES
        changes = OF_FUNCTIONS if options.functions else changes
        rng = random.Random(options.seed)
        trial = Trial(root / options.crate, Path(folder, "cache"), rng, changes)
        done: list[Outcome] = []
        while len(done) < options.edits and time.monotonic() < end:
            done.append(trial.step())
        os.chdir("/")
    tried, answered = (
        Counter(one.kind for one in done),
        Counter(one.kind for one in done if one.answered),
    )
    for kind, count in sorted(tried.items()):
        print(f"{kind:24}{count:5}, answered from the cache {answered[kind]:5}")
    reasons = Counter(one.why for one in done if not one.answered)
    for why, count in reasons.most_common():
        print(f"{count:5} anew: {why}")
    wrong = [one for one in done if not one.same]
    print(
        f"{len(done)} edits, {sum(answered.values())} answered from the cache, {len(wrong)} wrong"
    )
    for one in wrong:
        print(f"wrong: {one.kind}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
