"""What people reach at a task: one level, or several by name, each with the number of answers that
it was measured on. The best of them stands for the best error there can be (notes 3.1.8).

A level is written ``1%``, ``0.01``, ``1%/500``; several as a mapping, ``{expert: 0.7%/500, typical:
3%/400}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeAlias

from netwright.base import typed_numbers
from netwright.base.errors import NetwrightError, UnreadableError
from netwright.base.shapes import count, fields, maybe, number, text

EXPECTED = (
    "expected the error of people, a number such as 0.01, or 1%, with the count behind it if known:"
    " 1%/500"
)

MOST = 100
"""Levels of one task."""


@dataclass(frozen=True)
class HumanLevel:
    """What some people reach.

    Args:
        figure: the error of a fraction, 0 to 1; the metric itself where it is no fraction.
        n: how many of their answers it was measured on; None: unknown.
        low, high: its 95% interval; None: unknown, or that of a proportion of ``n``.
        name: who they are; empty: not said.
        typed: the figure as a person typed it; empty: it came as a number.
    """

    figure: float
    n: int | None = None
    low: float | None = None
    high: float | None = None
    name: str = ""
    typed: str = field(default="", compare=False, repr=False)

    def as_json(self) -> dict[str, Any]:
        """What is known of it, as plain values."""
        known = {key: value for key, value in asdict(self).items() if value not in (None, "")}
        return {key: value for key, value in known.items() if key != "typed"}


HumanError: TypeAlias = float | str | Mapping[str, float | str] | Sequence[HumanLevel]
"""The error of people as a person gives it."""


def levels_of(given: HumanError | None, place: str) -> tuple[HumanLevel, ...]:
    """The levels that were given, in their order; none where nothing was.

    Args:
        place: what the sentence of an error begins with.

    Raises:
        NetwrightError: one of them is no figure, or they are more than a hundred.
    """
    if given is None:
        return ()
    if isinstance(given, Mapping):
        named = {_name(name, place): value for name, value in given.items()}
        if not 0 < len(named) <= MOST:
            raise NetwrightError(f"{place}: expected 1 to {MOST} levels by name, got {len(named)}.")
        return tuple(_level(value, f"{place}: {name}", name) for name, value in named.items())
    if isinstance(given, Sequence) and not isinstance(given, str):
        if all(isinstance(level, HumanLevel) for level in given):
            return tuple(given)
        raise NetwrightError(f"{place} = {_short(given)}: {EXPECTED}.")
    return (_level(given, place),)


def typed(texts: Sequence[str]) -> dict[str, str] | str | None:
    """What was typed, as ``levels_of`` takes it: ``1%/500``, or ``expert=1%/500`` once or more.

    Raises:
        NetwrightError: a name stands twice, or some have a name and others none.
    """
    if not texts:
        return None
    named = [text.rpartition("=") for text in texts]
    if len(texts) == 1 and not named[0][0]:
        return texts[0]
    found: dict[str, str] = {}
    for name, equals, figure in named:
        if not equals or not name.strip():
            raise NetwrightError(
                "--human-error is given more than once: write each as NAME=NUMBER, such as"
                " --human-error expert=0.7%/500 --human-error typical=3%."
            )
        if set(name) & set("=,"):
            raise NetwrightError(
                f"--human-error {_short(f'{name}={figure}')}: '{name.strip()}' names no people:"
                " write --human-error NAME=NUMBER once for each."
            )
        if name.strip() in found:
            raise NetwrightError(f"--human-error: '{name.strip()}' is given twice.")
        found[name.strip()] = figure
    return found


def _name(name: Any, place: str) -> str:
    if isinstance(name, str) and name.strip():
        return name.strip()
    raise NetwrightError(f"{place}: a level is called {_short(name)}: expected a name.")


def _level(value: Any, place: str, name: str = "") -> HumanLevel:
    error = NetwrightError(f"{place} = {_short(value)}: {EXPECTED}.")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise error
    if not isinstance(value, str):
        if not abs(value) <= typed_numbers.LARGEST_FIGURE:
            raise error
        return HumanLevel(float(value), name=name)
    figure, slash, behind = value.partition("/")
    try:
        known = typed_numbers.quantity(figure, {"": 1.0, "%": 0.01})
        count_ = typed_numbers.count(behind) if slash else None
        return HumanLevel(known, count_, name=name, typed=figure.strip())
    except UnreadableError:
        raise error from None


def _short(value: Any) -> str:
    return repr(value)[:40]


# --- in the record


_NOTED = fields(
    {"figure": number}, {"n": maybe(count), "low": maybe(number), "high": maybe(number)}
)


def noted(levels: Sequence[HumanLevel]) -> Any:
    """As run.json has them: a number where nothing else is known, else name -> figure, n, low and
    high; None where there are none.
    """
    if not levels:
        return None
    if levels == (HumanLevel(levels[0].figure),):
        return levels[0].figure
    return {
        level.name: {key: value for key, value in level.as_json().items() if key != "name"}
        for level in levels
    }


def of_note(value: Any) -> tuple[HumanLevel, ...]:
    """The levels of a note that was checked."""
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        return (HumanLevel(float(value)),)
    return tuple(HumanLevel(**held, name=name) for name, held in value.items())


def check_noted(value: Any, place: str) -> None:
    """See that a note of a record is one.

    Raises:
        MisfitError: it is none.
    """
    if isinstance(value, Mapping):
        for name, held in value.items():
            text(name, place)
            _NOTED(held, f"{place}.{name}")
    elif value is not None:
        number(value, place)
