"""The data of a run in the report: the source, the splits, the balance of the classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netwright.base import figures
from netwright.base.names import natural
from netwright.report.sections.answers import CLASSES_SHOWN
from netwright.report.sections.missing import MissingError
from netwright.report.sections.views import table
from netwright.runs.contents import RunFiles


def data(run: RunFiles) -> dict[str, Any]:
    """The splits and how the classes are spread over them."""
    splits = run.info.get("splits") or {}
    if not splits:
        raise MissingError("run.json does not say how the data were split.")
    total = sum(splits.values())
    rows = [
        {
            "name": figures.plain(name),
            "size": figures.count(size),
            "fraction": size / total if total else 0.0,
        }
        for name, size in splits.items()
    ]
    return {
        "source": run.info.get("source", ""),
        "why": run.info.get("why", ""),
        "splits": rows,
        "total": figures.count(total),
        "balance": _balance(run.classes) if run.classes else None,
        "tables": [
            {"title": one["title"], **table(one["columns"], one["rows"])}
            for one in run.data.get("tables") or []
        ],
        "findings": (run.data.get("findings") or [])[:CLASSES_SHOWN],
    }


def _balance(targets: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Each class in each split: count and fraction of the split; those of train come first."""
    own = sorted(targets.get("train", ()), key=natural)
    classes = list(dict.fromkeys([*own, *(name for part in targets.values() for name in part)]))
    totals = {split: sum(part.values()) for split, part in targets.items()}
    largest = (
        max(
            (
                part.get(name, 0) / (totals[split] or 1)
                for split, part in targets.items()
                for name in classes
            ),
            default=0,
        )
        or 1
    )
    rows = [
        {
            "name": figures.shorten(name, 40),
            "cells": [
                {
                    "count": figures.count(part.get(name, 0)),
                    "fraction": part.get(name, 0) / (totals[split] or 1),
                    "bar": part.get(name, 0) / (totals[split] or 1) / largest,
                }
                for split, part in targets.items()
            ],
        }
        for name in classes[:CLASSES_SHOWN]
    ]
    return {
        "splits": [figures.plain(split) for split in targets],
        "rows": rows,
        "more": max(0, len(classes) - CLASSES_SHOWN),
    }
