"""Texts that Python gives for enums, turned into their variants, and variants into texts."""

from __future__ import annotations

from collections.abc import Iterable

from bindcheck.generate.arguments import Argument
from bindcheck.generate.context import Facts
from bindcheck.model import Choices
from bindcheck.render import rust_string


def read_choices(facts: Facts, arguments: Iterable[Argument]) -> tuple[str, ...]:
    """A statement for each argument that is an enum: its text becomes the variant.

    Another text is a ValueError that lists those that there are.
    """
    return tuple(_read(facts, one, one.choices) for one in arguments if one.choices is not None)


def _read(facts: Facts, one: Argument, choices: Choices) -> str:
    name = one.rust
    if one.type.startswith("Vec<"):
        made = _variant(facts, choices, name, "text")
        result = facts.names.external()["PyResult"]
        texts = f"{name}.iter().map(String::as_str)"
        return f"let {name} = {texts}.map(|text| {made}).collect::<{result}<Vec<_>>>()?;"
    if one.type.startswith("Option<"):
        made = _variant(facts, choices, name, "text")
        return f"let {name} = {name}.map(|text| {made}).transpose()?;"
    return f"let {name} = {_variant(facts, choices, name, name)}?;"


def _variant(facts: Facts, choices: Choices, name: str, text: str) -> str:
    """The `Result` of reading `text`, a variable of type `&str`."""
    kind = facts.names.type(choices.ref)
    if choices.parsed:
        return f"{text}.parse::<{kind}>().map_err(|_| {_refusal(facts, choices, name, text)})"
    arms = "".join(
        f"{rust_string(shown)} => Ok({kind}::{variant}), " for variant, shown in choices.texts
    )
    return f"match {text} {{ {arms}other => Err({_refusal(facts, choices, name, 'other')}) }}"


def _refusal(facts: Facts, choices: Choices, name: str, given: str) -> str:
    listed = ", ".join(f"'{shown}'" for _, shown in choices.texts)
    said = f"{name.removeprefix('r#')} must be one of {listed}, not ".replace("{", "{{").replace(
        "}", "}}"
    )
    shown = rust_string(f"{said}{{{given}:?}}")
    return f"{facts.names.external()['PyValueError']}::new_err(format!({shown}))"


def shown_choice(facts: Facts, choices: Choices, variant: str) -> str:
    """The text of a variant that an expression borrows."""
    kind = facts.names.type(choices.ref)
    arms = ", ".join(f"{kind}::{name} => {rust_string(text)}" for name, text in choices.texts)
    return f"match {variant} {{ {arms} }}"
