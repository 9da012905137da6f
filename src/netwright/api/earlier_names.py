"""Arguments that had another name in an earlier release: callers may go on to use it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def also_called(
    **names: str,
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Let a function take arguments by earlier names, too: ``@also_called(store="folder")``.

    Args:
        names: today's name of an argument -> its earlier name.

    Raises:
        TypeError: a call gives an argument by both names.
    """

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        @functools.wraps(function)
        def call(*given: Arguments.args, **named: Arguments.kwargs) -> Result:
            for today, earlier in names.items():
                if earlier in named:
                    if today in named:
                        raise TypeError(
                            f"{function.__name__}: '{earlier}' is the earlier name of '{today}':"
                            " give one of them."
                        )
                    named[today] = named.pop(earlier)
            return function(*given, **named)

        return call

    return decorate
