"""Rust sources as facts. The only package that knows tree-sitter.

`parse_module` reads a file; `skim_module` gives the same facts, read when they are asked for.
`parses` tells whether the latter leave anything out.
`lower_body` and `lower_span` read a body when somebody needs it.
"""

from bindcheck.parse.attributes import parse_cfg
from bindcheck.parse.bodies import inner_scope, lower_span
from bindcheck.parse.lexer import spans as token_spans
from bindcheck.parse.lexer import tokens
from bindcheck.parse.made import written_out
from bindcheck.parse.mask import mask as masked
from bindcheck.parse.modules import parse_module, parses
from bindcheck.parse.problems import parse_snippet
from bindcheck.parse.skimmed import lower_body, reordered, skim_module

__all__ = [
    "inner_scope",
    "lower_body",
    "lower_span",
    "masked",
    "parse_cfg",
    "parse_module",
    "parse_snippet",
    "parses",
    "reordered",
    "skim_module",
    "token_spans",
    "tokens",
    "written_out",
]
