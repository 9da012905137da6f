"""Figures typed by hand: ``dev=0.143/20000``, ``8.8%``."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.base import typed_numbers
from netwright.base.errors import NetwrightError, UnreadableError, nearest
from netwright.doctor.gaps.ladder import RUNGS, Rung

EXAMPLE = "human=0.005 train=0.088/940000 dev=0.143/20000"


def rungs_of(texts: Sequence[str]) -> list[Rung]:
    """The rungs of a typed ladder, in the order they were typed.

    Raises:
        NetwrightError: nothing was typed, or one of them is wrong; the sentence shows how to write
            it.
    """
    if not texts:
        raise NetwrightError(
            f"no rung was given; write error/count for two or more, such as {EXAMPLE}."
        )
    rungs = [rung_of(text) for text in texts]
    names = [rung.name for rung in rungs]
    for name in names:
        if names.count(name) > 1:
            raise NetwrightError(
                f"'{name}' is given {names.count(name)} times; give each rung once."
            )
    return rungs


def rung_of(text: str) -> Rung:
    """``dev=0.143/20000`` or ``dev=14.3%/20000``; the count may be left out.

    Raises:
        NetwrightError: an unknown name, a figure outside 0 to 1, a count that is no whole number
            above 0.
    """
    name, equals, figures = text.partition("=")
    if not equals:
        raise NetwrightError(f"'{text}': expected NAME=ERROR/COUNT, such as dev=0.143/20000.")
    name = name.strip().lower().replace("-", "_")
    if name not in RUNGS:
        raise NetwrightError(f"'{text}': no rung '{name}'{nearest(name, RUNGS)}")
    error, slash, n = figures.partition("/")
    return Rung(name, fraction_of(error, typed=text), _count(n, typed=text) if slash else None)


def fraction_of(text: str, *, typed: str) -> float:
    """A fraction from ``0.088`` or ``8.8%``.

    Args:
        text: the figure.
        typed: the whole text in which it stands, for the message.

    Raises:
        NetwrightError: it is no number, or lies outside 0 to 1.
    """
    try:
        return typed_numbers.fraction(text)
    except UnreadableError as error:
        raise NetwrightError(f"'{typed}': {error}.") from None


def _count(text: str, *, typed: str) -> int:
    """A count from ``20000``, ``20_000``, ``20,000`` or ``1e6``."""
    try:
        return typed_numbers.count(text)
    except UnreadableError as error:
        raise NetwrightError(f"'{typed}': the count {error}.") from None
