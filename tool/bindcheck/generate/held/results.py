"""What a kept binding returns: arrays, tuples of arrays, or a dict."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bindcheck.fact import replace
from bindcheck.generate.buffers import ALL
from bindcheck.generate.grid import Held
from bindcheck.generate.held.arrays import refuse_lists
from bindcheck.generate.held.binding import Kept
from bindcheck.generate.held.evidence import COLS, COMBOS, ROWS
from bindcheck.generate.held.function import shown_as
from bindcheck.generate.held.symbols import (
    CHANGED,
    Code,
    Memory,
    Output,
    Several,
    Symbol,
)
from bindcheck.generate.lacking import Lacking
from bindcheck.model import OutputField, TypeRef

_DICTS: Mapping[str, str] = {"PyDict": "", "PyAny": ".into_any()"}
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")

MOVED = re.compile(r"\.\s*into_pyarray\(")
"""What makes an array of a vector."""


def is_dict(kept: Kept) -> bool:
    """Whether Python gets a dict."""
    kind = kept.held.result
    return "PyDict" in kind.names() or bool(kept.evidence.entries)


def dict_ending(kept: Kept) -> str:
    """What turns a `Bound<PyDict>` into the type that is returned."""
    kind = kept.held.result
    inner = kind.args[0].name if kind.name in ("Bound", "Py") and kind.args else kind.name
    if kind.name == "Bound" and inner in _DICTS:
        return _DICTS[inner]
    if (kind.name == "Py" and inner in _DICTS) or kind.name == "PyObject":
        return f"{_DICTS.get(inner, '.into_any()')}.unbind()"
    raise Lacking(f"how `{kept.held.function.name}` makes `{kind.text}`")


def dict_items(
    kept: Kept, outputs: tuple[OutputField, ...], *, grid: bool = False
) -> tuple[Held, ...]:
    """The entries of the dict in order; `grid`: the new body knows rows and columns."""
    names = [one.name for one in outputs]
    found = []
    for key, symbol in kept.evidence.entries:
        if not key:
            raise Lacking(f"the keys of the dict that `{kept.held.function.name}` makes")
        found.append(_item(kept, key, symbol, names, grid=grid))
    if grid:
        found = [_canonical(kept, one) for one in found]
    if not found or len({one.key for one in found}) != len(found):
        raise Lacking(f"the keys of the dict that `{kept.held.function.name}` makes")
    for at, item in enumerate(found):
        if item.output and item.output in [one.output for one in found[:at]]:
            fact = f"`{item.output}` under one key alone of `{kept.held.function.name}`"
            raise kept.held.lacking(fact, item.key)
    refuse_lists(kept.held, {one.key for one in found if one.output})
    return tuple(found)


def bare_items(kept: Kept, outputs: tuple[OutputField, ...]) -> tuple[Held, ...]:
    """The parts of what the binding of a grid gives where that is no dict."""
    name, kind, result = kept.held.function.name, kept.held.result, kept.evidence.result
    several = isinstance(result, Several)
    kinds = kind.args if kind.kind == "tuple" else (kind,)
    symbols = result.items if isinstance(result, Several) else (result,)
    told = several == (kind.kind == "tuple") and len(kinds) == len(symbols)
    if not told or (several and len(kinds) == 1):
        raise kept.held.lacking(f"the parts of what `{name}` gives, a `{kind.text}`")
    found: list[Held] = []
    for at, (symbol, part) in enumerate(zip(symbols, kinds, strict=True)):
        which = f"the {_PLACES[at]} part" if at < len(_PLACES) else f"part {at + 1}"
        place = f"{which} of its result" if several else "its result"
        names = [one.name for one in outputs]
        one = _item(kept, place, symbol, names, grid=True, where=f"as {place}")
        if one.output and one.output in [other.output for other in found]:
            raise kept.held.lacking(f"`{one.output}` in one place alone of what `{name}` gives")
        found.append(_bare(kept, one, part) if one.output else _canonical(kept, one))
    if not any(one.output for one in found):
        raise kept.held.lacking(f"the matrix in what `{name}` gives")
    return tuple(found)


def _bare(kept: Kept, item: Held, kind: TypeRef) -> Held:
    """An array as the type that the head says."""
    held = kind.name in ("Bound", "Py") and bool(kind.args)
    inner = kind.args[0].name if held else "PyAny" if kind.name == "PyObject" else ""
    typed = inner == ("PyArray1" if item.flat else "PyArray2")
    if not typed and inner != "PyAny":
        raise Lacking(f"how `{kept.held.function.name}` makes `{kind.text}`")
    ending = "" if typed else ".into_any()"
    unbound = "" if kind.name == "Bound" else ".unbind()"
    return replace(item, ending=f"{ending}{unbound}", typed=typed)


def _item(
    kept: Kept, key: str, symbol: Symbol, names: list[str], *, grid: bool, where: str = ""
) -> Held:
    output, where = kept.evidence.output(symbol), where or f"under {key!r}"
    if output is not None:
        _refuse_change(kept, output)
        flat = False
        if output.name == ALL:
            _check_shape(kept, key, symbol, len(names), where)
        elif grid and not output.name.startswith(ALL):
            flat = _is_flat(kept, key, symbol, where)
        shape, uses = ("", frozenset[str]()) if grid else (output.shape, output.shaped_by)
        if shape == "?":
            fact = f"the shape that `{kept.held.function.name}` shows {where}"
            raise kept.held.lacking(fact, key)
        return Held(key, output.name, output.element, "", uses, flat=flat, shape=shape)
    if isinstance(symbol, Memory) and symbol.code is not None:
        symbol = symbol.code
    if isinstance(symbol, Code):
        return Held(key, "", "", symbol.text, symbol.uses)
    if key in (ROWS, COLS):
        return Held(key, "", "", key, frozenset({key}))
    verb = "puts" if where.startswith("under") else "gives"
    fact = f"what `{kept.held.function.name}` {verb} {where}"
    raise kept.held.lacking(fact, key)


def _is_flat(kept: Kept, key: str, symbol: Symbol, where: str) -> bool:
    """Whether numbers are shown as one vector; a matrix must have a row for each combination."""
    text = symbol.shape if isinstance(symbol, Memory | Output) else ""
    if not text:
        return True
    sizes = _sizes("".join(text.split()))
    if len(sizes) != 2 or not _is_matrix(*sizes):
        fact = f"the shape `{text}` that `{kept.held.function.name}` shows {where}"
        raise kept.held.lacking(fact, key)
    _note_cols(kept, sizes[1])
    return False


def _sizes(shape: str) -> tuple[str, ...]:
    """The numbers in `(rows,cols)` or `[rows,cols]`; none of another text."""
    if shape[:1] + shape[-1:] not in ("()", "[]"):
        return ()
    found, depth = [""], 0
    for letter in shape[1:-1]:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return tuple(found if found[-1] else found[:-1])


def _is_matrix(rows: str, cols: str) -> bool:
    whole = all(one.count("(") == one.count(")") for one in (rows, cols))
    return whole and _is_rows(rows) and "?" not in cols and COMBOS not in cols


def _is_rows(text: str) -> bool:
    """Whether a number is that of the rows, or follows from that of the columns."""
    if re.fullmatch(rf"{ROWS}|{COMBOS}\.len\(\)|\(*1(_?usize)?\)*", text):
        return True
    return re.search(r"[-+*/]|_(?:add|sub|mul|div)\b", text) is None


def _note_cols(kept: Kept, text: str) -> None:
    """Note a number of columns that is not the one which a new body has by itself."""
    if text not in (COLS, kept.columns):
        kept.evidence.cols.add(text)


def _check_shape(kept: Kept, key: str, symbol: Symbol, outputs: int, where: str) -> None:
    """One matrix of all outputs must have so many rows for each combination."""
    shape = kept.evidence.shapes.get(symbol.number) if isinstance(symbol, Memory) else None
    text = "".join(shape.text.split()) if isinstance(shape, Code) else ""
    found = re.fullmatch(r"[(\[](.*),(\w+)\.len\(\)[)\]]", text)
    rows = found[1] if found is not None else ""
    listed = rf"{COMBOS}\.len\(\)"
    product = rf"\(?(?:{listed}\*{outputs}|{outputs}\*{listed})\)?"
    checked = rf"{listed}\.checked_mul\({outputs}\)\.ok_or(?:_else)?\(.*\)\?"
    cols = {one.slice for one in kept.series}
    if found is None or found[2] not in cols or not re.fullmatch(f"{product}|{checked}", rows):
        fact = (
            f"the shape of the matrix that `{kept.held.function.name}` shows {where}:"
            f" {outputs} rows for each combination"
        )
        raise kept.held.lacking(fact, key)
    _note_cols(kept, f"{found[2]}.len()")


def _canonical(kept: Kept, item: Held) -> Held:
    """One spelling for the numbers of rows and columns, so that a second run finds the same."""
    cols = min(kept.evidence.cols, default=kept.columns)
    name = ROWS if item.code == f"{COMBOS}.len()" else COLS if item.code == cols else ""
    return Held(item.key, "", "", name, frozenset({name})) if name else item


def array_outputs(kept: Kept, outputs: tuple[OutputField, ...]) -> tuple[tuple[Output, str], ...]:
    """The output behind each array that is returned, with the element that Python gets."""
    kind = kept.held.result
    kinds = kind.args if kind.kind == "tuple" else (kind,)
    if kind.kind == "tuple" and len(kinds) == 1:
        raise kept.held.lacking(f"one array that `{kept.held.function.name}` returns by itself")
    result = kept.evidence.result
    symbols = result.items if isinstance(result, Several) else (result,)
    if len(kinds) == len(outputs) == len(symbols) == 1:
        one = kept.evidence.output(symbols[0])
        if one is None:
            fact = f"what `{kept.held.function.name}` makes of `{outputs[0].name}`"
            raise kept.held.lacking_of(fact, "".join(shown_as(one) for one in kept.held.given[:1]))
        _refuse_change(kept, one)
        return ((replace(one, name=outputs[0].name), _element(kept, kinds[0], one)),)
    found = [kept.evidence.output(symbol) for symbol in symbols]
    if len(found) != len(kinds) or not all(found):
        named = ", ".join(f"`{one.name}`" for one in outputs)
        fact = (
            f"which outputs `{kept.held.function.name}` returns in which order: each part of its"
            f" `Ok(..)` is to be an array that `into_pyarray` makes of one of {named}"
        )
        pairs = zip(kept.held.given, found, strict=False)
        unknown = [shown_as(node) for node, one in pairs if one is None]
        raise kept.held.lacking_of(fact, unknown[0] if unknown else "")
    for one in found:
        if one is not None:
            _refuse_change(kept, one)
    if len({one.name for one in found if one is not None}) < len(found):
        fact = f"one place for each output that `{kept.held.function.name}` returns"
        raise kept.held.lacking(fact)
    return tuple(
        (one, _element(kept, kind, one))
        for one, kind in zip(found, kinds, strict=True)
        if one is not None
    )


def _refuse_change(kept: Kept, output: Output) -> None:
    if output.element == CHANGED:
        fact = f"what `{kept.held.function.name}` changes in `{output.name}`"
        raise kept.held.lacking(fact)


def _element(kept: Kept, kind: TypeRef, output: Output) -> str:
    """The element of `Bound<PyArray1<f64>>`, or of the matrix of a result that has a shape."""
    inner = kind.args[0] if kind.name == "Bound" and kind.args else kind
    wanted = "PyArray2" if output.shape else "PyArray1"
    if output.shape == "?":
        fact = f"the shape of the matrix that `{kept.held.function.name}` returns"
        raise kept.held.lacking(fact)
    if kind.name != "Bound" or inner.name != wanted or not inner.args:
        raise Lacking(f"how `{kept.held.function.name}` makes `{kind.text}`")
    return inner.args[0].text
