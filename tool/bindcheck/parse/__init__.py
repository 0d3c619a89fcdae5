"""Rust sources as facts. The only package that knows tree-sitter.

`parse_module` reads a file; `lower_body` and `lower_span` read a body when somebody needs it.
"""

from bindcheck.parse.attributes import parse_cfg
from bindcheck.parse.bodies import inner_scope, lower_body, lower_span
from bindcheck.parse.lexer import tokens
from bindcheck.parse.modules import parse_module
from bindcheck.parse.problems import parse_snippet

__all__ = [
    "inner_scope",
    "lower_body",
    "lower_span",
    "parse_cfg",
    "parse_module",
    "parse_snippet",
    "tokens",
]
