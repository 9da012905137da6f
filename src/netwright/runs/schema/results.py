"""What a run was made of and what came out: ``measures.json``, ``data.json``, ``diagnosis.json``,
``environment.json``.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from netwright.base.measure import Measure
from netwright.base.shapes import (
    MisfitError,
    anything,
    count,
    fields,
    flag,
    fraction,
    listed,
    mapped,
    maybe,
    number,
    one_of,
    text,
)

Measures = dict[str, dict[str, Measure]]
"""split -> metric -> figure."""

_MEASURE = fields(
    {"value": number, "n": count},
    {
        "low": maybe(number),
        "high": maybe(number),
        "unit": text,
        "better": one_of("higher", "lower"),
        "is_proportion": flag,
        "title": text,
        "of": text,
    },
)
_FRACTION = fields({"value": fraction}, {"low": maybe(fraction), "high": maybe(fraction)})


def measure(value: Any, place: str) -> None:
    """A figure with its interval; from 0 to 1 where its unit is a fraction."""
    _MEASURE(value, place)
    if value.get("unit") == "fraction":
        _FRACTION(value, place)


MEASURES = mapped(mapped(measure, most=10_000), most=100)


class FindingJson(TypedDict):
    """A finding as ``Finding.as_json`` gives it."""

    code: str
    name: str
    message: str
    figures: dict[str, Any]
    do: list[str]
    severity: Literal["note", "warning", "problem"]


FINDING = fields(
    {
        "code": text,
        "name": text,
        "message": text,
        "figures": mapped(anything),
        "do": listed(text, most=1_000),
        "severity": one_of("note", "warning", "problem"),
    }
)


class TableJson(TypedDict):
    """A table of figures."""

    title: str
    columns: list[str]
    rows: list[list[str | float]]


def _cell(value: Any, place: str) -> None:
    if not isinstance(value, str):
        number(value, place)


_TABLE = fields(
    {
        "title": text,
        "columns": listed(text, most=50),
        "rows": listed(listed(_cell, most=50), most=1_000),
    }
)


def _table(value: Any, place: str) -> None:
    _TABLE(value, place)
    if any(len(row) != len(value["columns"]) for row in value["rows"]):
        raise MisfitError(f"{place}.rows", value["rows"], "a value for each column")


class DataInfo(TypedDict, total=False):
    """``data.json``: what was read.

    ``classes``: split -> class -> count; None where targets are no classes. ``targets``: the same
    in earlier releases, where numbers and texts were counted too. ``timeline``: what splits by time
    span: column, gap, how many examples are left out for it, and in ``spans`` split, count,
    first and last of each. ``columns``: column of a table -> how its cells were understood.
    ``seen``: column -> what training saw of it, ``low`` and ``high`` (``dated``: in days since
    1970) or ``values``. ``domains``: split -> where its examples come from -> how many.
    ``tables``: what the system sees in the examples of the splits but test.
    """

    fingerprint: str
    source: str
    kind: str
    options: dict[str, Any]
    counts: dict[str, int]
    classes: dict[str, dict[str, int]] | None
    targets: dict[str, dict[str, int]] | None
    findings: list[FindingJson]
    timeline: dict[str, Any]
    columns: dict[str, dict[str, Any]]
    seen: dict[str, dict[str, Any]]
    ids: int
    domains: dict[str, dict[str, int]]
    tables: list[TableJson]


DATA = fields(
    {},
    {
        "fingerprint": text,
        "source": text,
        "kind": text,
        "columns": mapped(
            fields(
                {"kind": text},
                {"missing": listed(text, most=1_000)}
                | dict.fromkeys(("decimal", "thousands", "unit", "pattern", "why"), text),
            )
        ),
        "seen": mapped(
            fields(
                {},
                {"low": number, "high": number, "dated": flag, "values": listed(text, most=1_000)},
            )
        ),
        "ids": count,
        "domains": mapped(mapped(count), most=100),
        "options": mapped(anything),
        "counts": mapped(count, most=100),
        "classes": maybe(mapped(mapped(count), most=100)),
        "targets": maybe(mapped(mapped(count), most=100)),
        "findings": listed(FINDING, most=10_000),
        "tables": listed(_table, most=20),
        "timeline": fields(
            {
                "column": maybe(text),
                "gap": anything,
                "left_out": count,
                "spans": listed(
                    fields({"split": text, "count": count, "first": text, "last": text}), most=100
                ),
            },
            {},
        ),
    },
)


class _Unneeded(TypedDict, total=False):
    other_people: list[dict[str, Any]]
    two_sources: dict[str, Any]
    since: str


class DiagnosisJson(_Unneeded):
    """``diagnosis.json``: a ``doctor.gaps.ladder.Diagnosis`` as plain values."""

    verdict: str
    metric: str
    unit: str
    flipped: bool
    rungs: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    findings: list[FindingJson]
    knobs: list[dict[str, Any]]


_RUNGS = listed(
    fields(
        {"name": text, "error": number},
        {"n": maybe(count), "low": maybe(number), "high": maybe(number), "by": text},
    ),
    most=100,
)

_TWO_SOURCES = fields(
    {
        "target": text,
        "general": listed(text, most=10_000),
        "cells": listed(
            fields(
                {
                    "row": text,
                    "column": text,
                    "figure": maybe(measure),
                    "of": text,
                    "needs": text,
                }
            ),
            most=100,
        ),
    }
)

_DIAGNOSIS = fields(
    {
        "verdict": text,
        "metric": text,
        "unit": text,
        "flipped": flag,
        "rungs": _RUNGS,
        "gaps": listed(
            fields(
                {
                    "name": text,
                    "from_": text,
                    "to": text,
                    "size": number,
                    "low": maybe(number),
                    "high": maybe(number),
                    "verdict": one_of("first", "next", "noise", "small", "negative", "muted"),
                    "why": text,
                }
            ),
            most=100,
        ),
        "findings": listed(FINDING, most=10_000),
        "knobs": listed(
            fields(
                {"gap": text, "change": mapped(text), "message": text, "cost": text, "hurts": text}
            ),
            most=1_000,
        ),
    },
    {"project": text, "other_people": _RUNGS, "two_sources": _TWO_SOURCES, "since": text},
)
_FRACTIONS = fields({"error": fraction}, {"low": maybe(fraction), "high": maybe(fraction)})


def diagnosis(value: Any, place: str) -> None:
    """A diagnosis; its rungs lie from 0 to 1 where their unit is a fraction."""
    _DIAGNOSIS(value, place)
    if value["unit"] == "fraction":
        for name in ("rungs", "other_people"):
            for at, rung in enumerate(value.get(name, ())):
                _FRACTIONS(rung, f"{name}.{at}")


class EnvironmentInfo(TypedDict, total=False):
    """``environment.json``: versions and hardware."""

    python: str
    packages: dict[str, str | None]
    system: str
    processor: str
    cpus: int | None
    threads: int
    device: str
    command: str


ENVIRONMENT = fields(
    {},
    {
        "python": text,
        "packages": mapped(maybe(text), most=10_000),
        "system": text,
        "processor": text,
        "cpus": maybe(count),
        "threads": count,
        "device": text,
        "command": text,
    },
)
