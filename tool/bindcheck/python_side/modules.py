"""A Python module or stub read and edited, its layout kept."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import libcst as cst

from bindcheck.errors import BindcheckError
from bindcheck.fact import fact

_LINE = 100


@fact
class PythonModule:
    """Top-level names of a module: defined, imported, listed in `__all__` (None: no list)."""

    defined: frozenset[str]
    imported: frozenset[str]
    public: tuple[str, ...] | None

    @property
    def names(self) -> frozenset[str]:
        """All names that the module binds."""
        return self.defined | self.imported


def parse(source: str, path: Path | str) -> cst.Module:
    """The syntax tree; a syntax error is a BindcheckError with its line."""
    try:
        return cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        raise BindcheckError(f"does not parse: {error.message}", path, error.raw_line) from error


def read_module(source: str, path: Path | str) -> PythonModule:
    """What a module binds at its top level."""
    defined: set[str] = set()
    imported: set[str] = set()
    public: tuple[str, ...] | None = None
    for statement in parse(source, path).body:
        if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
            defined.add(statement.name.value)
        elif isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                imported |= _imported(small)
                targets = _targets(small)
                defined |= targets
                if "__all__" in targets:
                    public = _strings(small)
    return PythonModule(frozenset(defined), frozenset(imported), public)


def _imported(small: cst.BaseSmallStatement) -> set[str]:
    if not isinstance(small, (cst.Import, cst.ImportFrom)) or isinstance(
        small.names, cst.ImportStar
    ):
        return set()
    found = set()
    for alias in small.names:
        bound = alias.evaluated_alias or alias.evaluated_name
        found.add(bound.partition(".")[0] if alias.asname is None else bound)
    return found


def _targets(small: cst.BaseSmallStatement) -> set[str]:
    if isinstance(small, cst.AnnAssign):
        targets: Sequence[cst.BaseExpression] = [small.target]
    elif isinstance(small, cst.Assign):
        targets = [target.target for target in small.targets]
    else:
        return set()
    return {target.value for target in targets if isinstance(target, cst.Name)}


def _strings(small: cst.BaseSmallStatement) -> tuple[str, ...] | None:
    """The strings of a literal list; None for anything else."""
    value = small.value if isinstance(small, (cst.Assign, cst.AnnAssign)) else None
    if not isinstance(value, (cst.List, cst.Tuple)):
        return None
    found = []
    for element in value.elements:
        if not isinstance(element.value, cst.SimpleString):
            return None
        found.append(str(element.value.evaluated_value))
    return tuple(found)


# --- edits ----------------------------------------------------------------------------------


def with_public_names(source: str, path: Path | str, names: Iterable[str]) -> str:
    """`source` with `names` in its literal `__all__`; without one, unchanged.

    They are sorted in where it is sorted; one name per line stays so, with comments between them.
    """
    module = read_module(source, path)
    if module.public is None or set(names) <= set(module.public):
        return source
    wanted = sorted({*module.public, *names})
    return parse(source, path).visit(_Public(lambda value: _listed(value, wanted))).code


def without_public_names(source: str, path: Path | str, names: Collection[str]) -> str:
    """`source` without `names` in its literal `__all__`."""
    if set(read_module(source, path).public or ()).isdisjoint(names):
        return source
    return parse(source, path).visit(_Public(lambda value: _unlisted(value, names))).code


class _Public(cst.CSTTransformer):
    """Changes the value of `__all__`."""

    def __init__(self, change: Callable[[cst.BaseExpression], cst.BaseExpression]):
        super().__init__()
        self._change = change

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802 - libcst's name
        del node
        return False

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:  # noqa: N802 - libcst's name
        del node
        return False

    def leave_Assign(  # noqa: N802 - libcst's name
        self, original_node: cst.Assign, updated_node: cst.Assign
    ) -> cst.Assign:
        if "__all__" not in _targets(original_node):
            return updated_node
        return updated_node.with_changes(value=self._change(updated_node.value))

    def leave_AnnAssign(  # noqa: N802 - libcst's name
        self, original_node: cst.AnnAssign, updated_node: cst.AnnAssign
    ) -> cst.AnnAssign:
        if "__all__" not in _targets(original_node) or updated_node.value is None:
            return updated_node
        return updated_node.with_changes(value=self._change(updated_node.value))


def _listed(value: cst.BaseExpression, names: Sequence[str]) -> cst.BaseExpression:
    """A literal list or tuple with all of `names`: a name per line stays so, comments too."""
    if isinstance(value, (cst.List, cst.Tuple)):
        line_break = _line_break(value.elements)
        if line_break is not None:
            return _with_elements(value, _inserted(value.elements, names, line_break))
    return _list(names)


def _unlisted(value: cst.BaseExpression, names: Collection[str]) -> cst.BaseExpression:
    """A literal list or tuple without `names`, nor the comments behind them."""
    if not isinstance(value, (cst.List, cst.Tuple)):
        return value
    kept = [one for one in value.elements if _text(one) not in names]
    last = kept[-1] if kept else None
    if (
        last is None
        or last is value.elements[-1]
        or (isinstance(value, cst.Tuple) and not kept[1:])
    ):
        return value.with_changes(elements=kept)
    # What is last now ends as the last one did, with its own comment.
    kept[-1] = last.with_changes(comma=value.elements[-1].comma)
    space = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else None
    close = value.rbracket if isinstance(value, cst.List) else None
    if close is None or not isinstance(space, cst.ParenthesizedWhitespace):
        return value.with_changes(elements=kept)
    end = close.whitespace_before
    if isinstance(end, cst.ParenthesizedWhitespace):
        close = close.with_changes(whitespace_before=end.with_changes(first_line=space.first_line))
    return value.with_changes(elements=kept, rbracket=close)


def _with_elements(
    value: cst.List | cst.Tuple, elements: Sequence[cst.BaseElement]
) -> cst.BaseExpression:
    """`value` with more elements; a comment behind the last one stays with it."""
    close = value.rbracket if isinstance(value, cst.List) else None
    space = close.whitespace_before if close is not None else None
    last = value.elements[-1]
    at = [_text(one) for one in elements].index(_text(last))
    if at + 1 == len(elements) or not isinstance(space, cst.ParenthesizedWhitespace):
        return value.with_changes(elements=elements)
    comma = elements[at].comma
    assert isinstance(comma, cst.Comma)
    assert close is not None
    behind = comma.whitespace_after.with_changes(first_line=space.first_line)
    moved = elements[at].with_changes(comma=comma.with_changes(whitespace_after=behind))
    before = space.with_changes(first_line=cst.TrailingWhitespace())
    return value.with_changes(
        elements=[*elements[:at], moved, *elements[at + 1 :]],
        rbracket=close.with_changes(whitespace_before=before),
    )


def _line_break(elements: Sequence[cst.BaseElement]) -> cst.Comma | None:
    """The comma and line end between the elements; None where they do not stand one per line."""
    comma = elements[0].comma if len(elements) > 1 else None
    if not isinstance(comma, cst.Comma):
        return None
    multiline = isinstance(comma.whitespace_after, cst.ParenthesizedWhitespace)
    return _bare(comma) if multiline else None


def _inserted(
    elements: Sequence[cst.BaseElement], names: Sequence[str], line_break: cst.Comma
) -> list[cst.BaseElement]:
    """The elements with the missing ones of `names` in their places, at the end if unsorted."""
    found = list(elements)
    known = [_text(element) for element in found]
    in_order = known == sorted(known)
    quote = "'" if _written(found[0]).startswith("'") else '"'
    for name in names:
        if name in known:
            continue
        at = sum(one < name for one in known) if in_order else len(known)
        fresh = cst.Element(cst.SimpleString(f"{quote}{name}{quote}"), comma=line_break)
        if at == len(found):
            last = found[-1]
            # What follows the last name follows the new one.
            fresh = fresh.with_changes(comma=last.comma)
            found[-1] = last.with_changes(comma=line_break)
        found.insert(at, fresh)
        known.insert(at, name)
    return found


def _written(element: cst.BaseElement) -> str:
    return element.value.value if isinstance(element.value, cst.SimpleString) else ""


def _text(element: cst.BaseElement) -> str:
    value = element.value
    return str(value.evaluated_value) if isinstance(value, cst.SimpleString) else ""


def _list(names: Sequence[str]) -> cst.BaseExpression:
    """A list of strings on one line if it fits, else one name per line."""
    flat = ", ".join(f'"{name}"' for name in names)
    if len(flat) + len("__all__ = []") <= _LINE:
        return cst.parse_expression(f"[{flat}]")
    lines = "".join(f'    "{name}",\n' for name in names)
    return cst.parse_expression(f"[\n{lines}]")


def with_imports(source: str, path: Path | str, imports: Iterable[tuple[str, str]]) -> str:
    """`source` with the missing ones of `(bound name, import statement)` behind its imports.

    A name that is missing from an existing `from x import ..` is added there, sorted.
    """
    module = read_module(source, path)
    for name, statement in imports:
        if name not in module.names:
            source = _with_import(source, path, statement)
    return source


def _with_import(source: str, path: Path | str, statement: str) -> str:
    tree = parse(source, path)
    wanted = cst.parse_statement(statement)
    assert isinstance(wanted, cst.SimpleStatementLine)
    small = wanted.body[0]
    if isinstance(small, cst.ImportFrom):
        adding = _AddNames(small)
        edited = tree.visit(adding)
        if adding.done:
            return edited.code
    at = _behind_imports(tree.body)
    if at > 0 and not _same_group(tree.body[at - 1], small):
        wanted = wanted.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    body = [*tree.body[:at], wanted, *tree.body[at:]]
    return tree.with_changes(body=body, has_trailing_newline=True).code


def _behind_imports(body: Sequence[cst.CSTNode]) -> int:
    at = 0
    for index, statement in enumerate(body):
        if isinstance(statement, cst.SimpleStatementLine) and isinstance(
            statement.body[0], (cst.Import, cst.ImportFrom)
        ):
            at = index + 1
    if at == 0 and body and _is_docstring(body[0]):
        return 1
    return at


def _same_group(before: cst.CSTNode, fresh: cst.BaseSmallStatement) -> bool:
    """Whether both import from the standard library, or both from elsewhere."""
    small = before.body[0] if isinstance(before, cst.SimpleStatementLine) else None
    return small is not None and _is_standard(small) == _is_standard(fresh)


def _is_standard(small: cst.BaseSmallStatement) -> bool | None:
    """Whether an import is of the standard library; None for other statements."""
    if isinstance(small, cst.ImportFrom):
        module = cst.Module([]).code_for_node(small.module) if small.module else ""
        return not small.relative and module.partition(".")[0] in sys.stdlib_module_names
    if isinstance(small, cst.Import):
        return small.names[0].evaluated_name.partition(".")[0] in sys.stdlib_module_names
    return None


def _is_docstring(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.SimpleStatementLine)
        and isinstance(node.body[0], cst.Expr)
        and isinstance(node.body[0].value, cst.SimpleString)
    )


class _AddNames(cst.CSTTransformer):
    """Adds the names of one `from x import ..` to another of the same module."""

    def __init__(self, wanted: cst.ImportFrom):
        super().__init__()
        self._wanted = wanted
        self._module = cst.Module([]).code_for_node(wanted.module) if wanted.module else ""
        self._dots = len(wanted.relative)
        self.done = False

    def leave_ImportFrom(  # noqa: N802 - libcst's name
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom:
        del original_node
        old, new = updated_node.names, self._wanted.names
        if self.done or isinstance(old, cst.ImportStar) or isinstance(new, cst.ImportStar):
            return updated_node
        module = cst.Module([]).code_for_node(updated_node.module) if updated_node.module else ""
        if (module, len(updated_node.relative)) != (self._module, self._dots):
            return updated_node
        self.done = True
        names: Sequence[cst.ImportAlias] = list(old)
        for alias in new:
            names = _with_alias(names, alias)
        return updated_node.with_changes(names=names)

    def visit_If(self, node: cst.If) -> bool:  # noqa: N802 - libcst's name
        """Names of a branch are there in some cases only."""
        del node
        return False

    def visit_Try(self, node: cst.Try) -> bool:  # noqa: N802 - libcst's name
        """As above."""
        del node
        return False

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802 - libcst's name
        """Its names are its own."""
        del node
        return False


def _with_alias(names: Sequence[cst.ImportAlias], alias: cst.ImportAlias) -> list[cst.ImportAlias]:
    """The names of an import with one more, where it belongs; comments stay where they are."""
    found = list(names)
    if _code(alias) in map(_code, found):
        return found
    between = found[0].comma if len(found) > 1 else cst.MaybeSentinel.DEFAULT
    comma = _bare(between) if isinstance(between, cst.Comma) else _COMMA
    at = sum(import_order(_code(one)) < import_order(_code(alias)) for one in found)
    if at < len(found):
        found.insert(at, alias.with_changes(comma=comma))
        return found
    last = found[-1]
    found[-1] = last.with_changes(comma=comma)
    return [*found, alias.with_changes(comma=last.comma)]


def _code(alias: cst.ImportAlias) -> str:
    return cst.Module([]).code_for_node(alias.with_changes(comma=cst.MaybeSentinel.DEFAULT))


_COMMA = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _bare(comma: cst.Comma) -> cst.Comma:
    """A comma and the white space behind it, without comments."""
    space = comma.whitespace_after
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return comma
    bare = space.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=[])
    return comma.with_changes(whitespace_after=bare)


def import_order(name: str) -> tuple[int, str]:
    """Constants, classes, then functions: the order of isort."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name.lstrip("_")[:1].isupper() else 2), name
