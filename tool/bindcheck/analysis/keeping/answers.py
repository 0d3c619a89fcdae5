"""What others see of a body than those who read all of it.

Who asks a question that is answered here depends on the body by the answer alone: where it is the
same of another body, all that was made of it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

from bindcheck.analysis.keeping.reads import Answers

L = TypeVar("L")
Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")

ANSWERED: dict[str, Callable[[Any, Any], object]] = {}
"""All questions by name; filled when the modules that ask them are loaded."""


def answered(name: str) -> Callable[[Callable[[L, Q], A]], Callable[[L, Q], A]]:
    """Keeps the answers to a question that is asked of a program about a function or a file.

    A question is a reference or a path. Answers are plain data, can be compared, and the places in
    them lie in the file that the question is about.
    """

    def decorated(make: Callable[[L, Q], A]) -> Callable[[L, Q], A]:
        @wraps(make)
        def of(program: L, question: Q) -> A:
            keep: Callable[..., Answers[Q, A]] = program.keep  # type: ignore[attr-defined]
            return keep(name, lambda: Answers(name)).of(question, lambda: make(program, question))

        ANSWERED[name] = of
        return of

    return decorated
