"""What a run keeps to be shown: ``pictures/worst.json``, ``views.json``, ``references.json``,
``yardstick.json``.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from netwright.base.shapes import (
    ABSENT,
    MisfitError,
    fields,
    flag,
    listed,
    maybe,
    number,
    one_of,
    text,
)
from netwright.runs.schema.results import measure


class Mistake(TypedDict, total=False):
    """An entry of ``pictures/worst.json``: an example as a picture in that folder, as text, or as
    both; its truth and its answer.
    """

    file: str
    text: str
    source: str
    truth: str | float | None
    answer: str | float | None
    probability: float | None
    loss: float | None


def file_name(value: Any, place: str) -> None:
    """What may be the name of a file; whoever opens it sees to it that it lies in its folder."""
    text(value, place)
    if len(value) > 255 or "\0" in value:
        raise MisfitError(place, value, "the name of a file")


def label_or_number(value: Any, place: str) -> None:
    """A target or an answer: text, a number, or null."""
    if value is not None and not isinstance(value, str):
        number(value, place)


MISTAKES = listed(
    fields(
        {},
        {
            "file": file_name,
            "text": text,
            "source": text,
            "truth": label_or_number,
            "answer": label_or_number,
            "probability": maybe(number),
            "loss": maybe(number),
        },
    ),
    most=1_000,
)


class _TitledView(TypedDict):
    title: str
    kind: Literal["svg", "table", "text"]


class ViewJson(_TitledView, total=False):
    """An entry of ``views.json``: a picture in the folder ``pictures``, a table, or a text;
    ``of_examples``: False where it shows figures alone.
    """

    of_examples: bool
    file: str
    columns: list[str]
    rows: list[list[str | float | bool | None]]
    text: str


LARGEST_VIEW = 1_000_000
"""Bytes of a picture."""


def cell(value: Any, place: str) -> None:
    """A value of a table: text, a number, true, false or null."""
    if not isinstance(value, bool):
        label_or_number(value, place)


_VIEW = fields(
    {"title": text, "kind": one_of("svg", "table", "text")},
    {
        "of_examples": flag,
        "file": file_name,
        "columns": listed(text, most=50),
        "rows": listed(listed(cell, most=50), most=1_000),
        "text": text,
    },
)
_KIND_HOLDS = {"svg": ("file",), "table": ("columns", "rows"), "text": ("text",)}


def view(value: Any, place: str) -> None:
    """A view; what it must hold depends on its kind."""
    _VIEW(value, place)
    for key in _KIND_HOLDS[value["kind"]]:
        if key not in value:
            raise MisfitError(f"{place}.{key}", ABSENT, "a value")
    if any(len(row) != len(value.get("columns", ())) for row in value.get("rows", ())):
        raise MisfitError(f"{place}.rows", value["rows"], "a value for each column")


VIEWS = listed(view, most=50)


class LeadJson(TypedDict):
    """How far the net is ahead of a reference, in the metric's unit; below 0: behind."""

    value: float
    low: float | None
    high: float | None


class ReferenceJson(TypedDict):
    """An entry of ``references.json``: a usual method, how it was fitted, the file in the folder
    ``references`` with what it says of dev, its figure there, and how far the net is ahead.
    """

    name: str
    how: str
    file: str
    measure: dict[str, Any]
    lead: LeadJson


REFERENCES = listed(
    fields(
        {
            "name": text,
            "how": text,
            "file": file_name,
            "measure": measure,
            "lead": fields({"value": number, "low": maybe(number), "high": maybe(number)}),
        }
    ),
    most=50,
)


class TurnedJson(TypedDict):
    """A row of ``yardstick.json``: a verdict as it was, and by another yardstick."""

    what: str
    before: str
    now: str
    turned: bool


class YardstickJson(TypedDict):
    """``yardstick.json``: the weights by which a run was last held against others, and what they
    turned; no rows where it was last judged without weights.
    """

    time: str
    yardstick: str
    rows: list[TurnedJson]


YARDSTICK = fields(
    {
        "time": text,
        "yardstick": text,
        "rows": listed(
            fields({"what": text, "before": text, "now": text, "turned": flag}), most=50
        ),
    }
)
