"""The items of a file found by their brackets and first words, without a syntax tree.

What is not written in a common way is not skimmed: such a file is parsed whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from bindcheck.model import Attribute, Block, Function, Impl, Mod, Span, Use
from bindcheck.parse import late as lt
from bindcheck.parse import lexer
from bindcheck.parse.attributes import is_pyo3, needs_test
from bindcheck.parse.bodies import Lowered, inner_scope, read_span
from bindcheck.parse.heads import after_bracket, read_type
from bindcheck.parse.items import Items, member
from bindcheck.parse.late import Source, Stretch
from bindcheck.parse.marks import Marks, Odd, after_space
from bindcheck.parse.signatures import Place
from bindcheck.parse.tree import WORDS, Text, parse
from bindcheck.parse.uses import plain_uses

_DEEPEST = 60
_NAME = rb"((?:r\#)?[A-Za-z_][A-Za-z_0-9]*)"
_VISIBILITY = re.compile(rb"pub(?:\s*\(\s*(?:crate|self|super|in\s[\w:]+)\s*\))?\s+")
_FN = rb"(?:(?:const|async|unsafe|default|extern(?:\s+\x01+)?)\s+)*fn\s+" + _NAME
_FUNCTION = re.compile(_FN + rb"\s*(?=[<(])")
# Attributes, visibility, the name, the head and the brace of a body: most functions in one go.
_PLAIN = re.compile(
    rb"((?:\s++|#\[[^\[\]]*+\])*+)(?:pub(?:\((?:crate|super)\))?\s+)?" + _FN + rb"([<(][^{};]*+)\{"
)
_WORD = re.compile(rb"(?:unsafe\s+(?=impl|trait|extern)|auto\s+(?=trait))*(\w+!?)")
_NAMED = re.compile(rb"\s+(?:mut\s+)?" + _NAME + rb"\s*")
_USED = re.compile(rb"\s[\w:{},*\s]+;")
_CRATE = re.compile(rb"\s+crate\s+\w+(?:\s+as\s+\w+)?\s*;")
_EXTERN = re.compile(rb"\s*(?:\x01+\s*)?\{")
_CALLED = re.compile(rb"((?:::)?\w+(?:::\w+)*)\s*!\s*(?=[({\[])")
_IMPL = re.compile(
    rb"\s*(?:(?P<trait>(?!for\b|const\b|<|!)[^{}]+?)\s+for\s+(?!<))?"
    rb"(?P<type>(?!const\b|<)[^{}]+?)\s*(?P<where>\bwhere\b[^{}]*)?\{"
)


class Skimmer:
    """Collects the items of one file in source order."""

    def __init__(self, source: Source, code: bytes):
        self.source = source
        self.code = code
        self.marks = Marks(source, code)
        self.functions: list[Function] = []
        self.structs: list[lt.LateStruct] = []
        self.enums: list[lt.LateEnum] = []
        self.impls: list[Impl] = []
        self.consts: list[lt.LateConst] = []
        self.aliases: list[lt.LateAlias] = []
        self.uses: list[lt.LateUse] = []
        self.mods: list[Mod] = []
        self.macros: list[lt.LateMacro] = []
        self.inner_attrs: tuple[Attribute, ...] = ()
        self.bodies: dict[int, Block] = {}
        self._marks = _positions(source.source, b"#[py", b"#[cfg_attr")

    def run(self) -> None:
        """Collect all items. Raises Odd for a file that has to be parsed."""
        attrs, cfg, at = self.marks.inner(0)
        self.inner_attrs = attrs
        self.walk(at, len(self.code), Place(cfg=cfg), 0)

    def walk(self, at: int, end: int, place: Place, depth: int) -> None:
        """Collect the items between two bytes."""
        if depth > _DEEPEST:
            raise Odd
        code = self.code
        while True:
            plain = _PLAIN.match(code, at, end)
            if plain is not None and _is_even(plain[3]):
                at = self._plain(plain, at, place)
                continue
            begin = at
            at = self.marks.after_attributes(at)
            if at >= end:
                break
            if code.startswith(b";", at):
                at += 1
                continue
            visible = _VISIBILITY.match(code, at)
            first = at if visible is None else visible.end()
            function = _FUNCTION.match(code, first)
            if function is not None:
                at = self._function(begin, at, function, place)
                continue
            word = _WORD.match(code, first)
            handler = _HANDLERS.get(word[1]) if word is not None else None
            at = (handler or Skimmer._call)(self, begin, at, first, place, depth)
        if at > end or b"#" in code[begin:end]:
            raise Odd

    # --- functions -----------------------------------------------------------------------------

    def _plain(self, match: re.Match[bytes], begin: int, place: Place) -> int:
        at, stop = match.end(1), match.end(3)
        end = self.marks.closing(stop, at) + 1
        late = self.marks.stretch(begin, at, match.span(2), end, place, stop)
        self._add(late, WORDS[match[2]])
        return end

    def _function(self, begin: int, at: int, match: re.Match[bytes], place: Place) -> int:
        stop = self.marks.stop(match.end())
        declared = self.code.startswith(b";", stop)
        end = (stop if declared else self.marks.closing(stop, at)) + 1
        stop = -1 if declared else stop
        self._add(self.marks.stretch(begin, at, match.span(1), end, place, stop), _text(match))
        return end

    def _add(self, late: Stretch, name: str) -> None:
        one = lt.make_function(late, name)
        index = len(self.functions)
        self.functions.append(one)
        if one.body_span is not None and self._holds_python(one.body_span):
            self._inside(index, one, late.place)

    def _holds_python(self, body: Span) -> bool:
        if not self._marks:
            return False
        at = bisect_left(self._marks, body.start)
        return at < len(self._marks) and self._marks[at] < body.end

    def _inside(self, index: int, function: Function, place: Place) -> None:
        """Functions inside a body that Python reaches are functions of the file as well."""
        pyo3 = place.pyo3 or is_pyo3(function.attrs)
        if not pyo3 and self.source.source.find(b"#[py", *(function.body_span or ())) < 0:
            return
        lowered = self._lowered(function)
        if pyo3:
            self.bodies[index] = lowered.block
        self._nested(lowered)

    def _lowered(self, function: Function) -> Lowered:
        assert function.body_span is not None
        lowered = read_span(self.source.text, function.body_span, inner_scope(function))
        if lowered is None or lowered.too_deep or lowered.problems:
            raise Odd
        return lowered

    def _nested(self, lowered: Lowered) -> None:
        for function in lowered.functions:
            if function.body_span is not None and is_pyo3(function.attrs):
                inner = self._lowered(function)
                self.bodies[len(self.functions)] = inner.block
                self.functions.append(function)
                self._nested(inner)

    # --- items that hold items -----------------------------------------------------------------

    def _mod(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        code = self.code
        name = self._named(first + len(b"mod"))
        stop = after_space(code, name.end())
        inline = code.startswith(b"{", stop)
        if not inline and not code.startswith(b";", stop):
            raise Odd
        end = (self.marks.closing(stop, at) if inline else stop) + 1
        late = self.marks.stretch(begin, at, name.span(1), end, place)
        attrs = late.prelude.attributes(begin)
        given = next((one.tokens for one in attrs if one.path == "path"), None)
        cfg = (*place.cfg, *late.prelude.cfg)
        mod = Mod(
            *late.common(_text(name), place.scope, attrs, cfg),
            inline=inline,
            path_attr=None if given is None else lexer.unquote(given),
            body_span=Span(stop, end) if inline else None,
        )
        self.mods.append(mod)
        if inline and not needs_test(cfg):
            _, more, start = self.marks.inner(stop + 1)
            pyo3 = place.pyo3 or is_pyo3(attrs)
            inner = Place((*place.scope, mod.name), (*cfg, *more), pyo3=pyo3)
            self.walk(start, end - 1, inner, depth + 1)
        return end

    def _impl(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        code = self.code
        start = code.index(b"impl", first) + len(b"impl")
        stop = self.marks.stop(start)
        opening = after_space(code, start)
        closed = after_bracket(code, opening) if code.startswith(b"<", opening) else opening
        head = _IMPL.match(code, closed)
        target = read_type(head["type"]) if head is not None and closed > 0 else None
        if head is None or target is None or head.end() != stop + 1:
            raise Odd
        if code[start:stop] != self.source.source[start:stop]:
            raise Odd
        end = self.marks.closing(stop, at) + 1
        late = self.marks.stretch(begin, at, head.span("type"), end, place)
        attrs = late.prelude.attributes(begin)
        cfg = (*place.cfg, *late.prelude.cfg)
        name = target.peel().name or target.peel().text
        trait = _folded(head["trait"])
        number = len(self.functions)
        if not needs_test(cfg):
            inner = Place(place.scope, cfg, name, trait, is_pyo3(attrs))
            self.walk(stop + 1, end - 1, inner, depth + 1)
        self.impls.append(
            Impl(
                *late.common(name, place.scope, attrs, cfg),
                type=target,
                trait=trait,
                generics=_folded(code[opening:closed]),
                functions=self._owned(number, name),
            )
        )
        return end

    def _owned(self, first: int, owner: str) -> tuple[int, ...]:
        found = enumerate(self.functions[first:], first)
        return tuple([index for index, function in found if function.owner == owner])

    def _trait(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        code = self.code
        name = self._named(code.index(b"trait", first) + len(b"trait"))
        stop = self.marks.stop(name.end())
        if code.startswith(b";", stop):
            raise Odd
        end = self.marks.closing(stop, at) + 1
        cfg = (*place.cfg, *self.marks.prelude(begin, at).cfg)
        inner = Place(place.scope, cfg, _text(name), _text(name))
        self.walk(stop + 1, end - 1, inner, depth + 1)
        return end

    def _extern(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        code = self.code
        start = code.index(b"extern", first) + len(b"extern")
        if _CRATE.match(code, start) is not None:
            return self._uses(begin, at, first, code.index(b";", start) + 1, place)
        block = _EXTERN.match(code, start)
        if block is None:
            raise Odd
        end = self.marks.closing(block.end() - 1, at) + 1
        cfg = (*place.cfg, *self.marks.prelude(begin, at).cfg)
        self.walk(block.end(), end - 1, replace(place, cfg=cfg), depth + 1)
        return end

    # --- leaves --------------------------------------------------------------------------------

    def _struct(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        name, end = self._braced(at, first + len(b"struct"))
        late = self.marks.stretch(begin, at, name.span(1), end, place)
        self.structs.append(lt.make(lt.LateStruct, late, name=_text(name)))
        return end

    def _union(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        return self._struct(begin, at, first - 1, place, depth)

    def _enum(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        name, end = self._braced(at, first + len(b"enum"))
        late = self.marks.stretch(begin, at, name.span(1), end, place)
        self.enums.append(lt.make(lt.LateEnum, late, name=_text(name)))
        return end

    def _braced(self, at: int, start: int) -> tuple[re.Match[bytes], int]:
        name = self._named(start)
        stop = self.marks.stop(name.end())
        if self.code.startswith(b"{", stop):
            return name, self.marks.closing(stop, at) + 1
        return name, stop + 1

    def _const(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        name, end = self._assigned(first)
        late = self.marks.stretch(begin, at, name.span(1), end, place)
        self.consts.append(lt.make(lt.LateConst, late, member(place), name=_text(name)))
        return end

    def _type(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        name, end = self._assigned(first)
        head, assigned, _ = self.code[name.end() : end].partition(b"=")
        if assigned and b":" not in head:
            late = self.marks.stretch(begin, at, name.span(1), end, place)
            self.aliases.append(lt.make(lt.LateAlias, late, member(place), name=_text(name)))
        elif assigned or place.trait != place.owner or not place.owner:
            raise Odd
        return end

    def _assigned(self, first: int) -> tuple[re.Match[bytes], int]:
        word = _WORD.match(self.code, first)
        assert word is not None
        name = self._named(word.end())
        return name, self.marks.semicolon(name.end())

    def _use(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        written = _USED.match(self.code, first + len(b"use"))
        if written is None:
            raise Odd
        return self._uses(begin, at, first, written.end(), place)

    def _uses(self, begin: int, at: int, first: int, end: int, place: Place) -> int:
        leaves = _leaves(self.source.source[first:end])
        if leaves is None:
            raise Odd
        late = self.marks.stretch(begin, at, (first, first), end, place)
        self.uses += lt.make_uses(late, leaves)
        return end

    def _macro_rules(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        code = self.code
        name = self._named(first + len(b"macro_rules!"))
        if code.startswith(b"{", name.end()):
            end = self.marks.closing(name.end(), at) + 1
        else:
            end = after_space(code, self.marks.group_end(name.end())) + 1
            if not code.startswith(b";", end - 1):
                raise Odd
        late = self.marks.stretch(begin, at, name.span(1), end, place)
        self.macros.append(lt.make(lt.LateMacro, late, name=_text(name), defines=True))
        return end

    def _call(self, begin: int, at: int, first: int, place: Place, depth: int) -> int:
        called = _CALLED.match(self.code, at)
        if called is None or first != at:
            raise Odd
        end = self.marks.group_end(called.end())
        late = self.marks.stretch(begin, at, called.span(1), end, place)
        self.macros.append(lt.make(lt.LateMacro, late, name=_text(called), defines=False))
        return end

    def _named(self, at: int) -> re.Match[bytes]:
        name = _NAMED.match(self.code, at)
        if name is None:
            raise Odd
        return name


def _positions(source: bytes, *words: bytes) -> list[int]:
    found: list[int] = []
    for word in words:
        at = source.find(word)
        while at >= 0:
            found.append(at)
            at = source.find(word, at + 1)
    return sorted(found)


def _is_even(head: bytes) -> bool:
    """Whether the brackets of a head pair up: then what follows it is the body."""
    angles = head.count(b"<") + head.count(b"->") + head.count(b"=>") == head.count(b">")
    return angles and head.count(b"(") == head.count(b")") and head.count(b"[") == head.count(b"]")


def _text(match: re.Match[bytes]) -> str:
    return WORDS[match[1]]


def _folded(text: bytes | None) -> str:
    return "" if text is None else " ".join(text.decode("utf-8", "replace").split())


@cache
def _leaves(text: bytes) -> tuple[Use, ...] | None:
    """The leaves of a `use` declaration, by its text; None if it does not parse."""
    plain = plain_uses(text)
    if plain is not None:
        return plain
    root = parse(text).root_node
    if root.has_error:
        return None
    items = Items(Text(text))
    items.walk(root.children, Place())
    return tuple(items.uses)


_HANDLERS: dict[bytes, Callable[[Skimmer, int, int, int, Place, int], int]] = {
    b"mod": Skimmer._mod,
    b"impl": Skimmer._impl,
    b"trait": Skimmer._trait,
    b"extern": Skimmer._extern,
    b"struct": Skimmer._struct,
    b"union": Skimmer._union,
    b"enum": Skimmer._enum,
    b"const": Skimmer._const,
    b"static": Skimmer._const,
    b"type": Skimmer._type,
    b"use": Skimmer._use,
    b"macro_rules!": Skimmer._macro_rules,
}
