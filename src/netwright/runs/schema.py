"""What each file of a run holds: its types for readers, its checks for ``reading``.

Each typed mapping has a check that asks for the same keys; those that a run may lack (it has only
begun, or is of an earlier release) are ``total=False``. Keys that are not named here are kept.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from netwright.base.measure import Measure
from netwright.base.read_json import MOST_BYTES
from netwright.base.shapes import (
    ABSENT,
    Check,
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
    real,
    text,
)

# --- run.json


class _NamedMetric(TypedDict):
    name: str
    unit: str
    better: Literal["higher", "lower"]


class MetricInfo(_NamedMetric, total=False):
    """The single number: ``error``, ``fraction``, ``lower``; its title where it has one."""

    title: str


class Difference(TypedDict):
    """A knob that does not stand at its default, and who set it."""

    key: str
    default: Any
    value: Any
    how: Literal["set", "chosen"]


class StartedFrom(TypedDict):
    """The run that a training started from: its id, the digest of its weights, the names of the
    tensors that were taken over and of those that were newly drawn, and the fields of the codec
    that are its.
    """

    run: str
    weights: str
    taken: list[str]
    drawn: list[str]
    codec: list[str]


class _Limit(TypedDict):
    seconds: float
    since: float


class TimeLimitInfo(_Limit, total=False):
    """How long a training may take, counted from where ``seconds`` of training stood at ``since``;
    and how many epochs at most.
    """

    epochs: int


class _Known(TypedDict):
    status: str
    system: str
    model: str


class RunInfo(_Known, total=False):
    """``run.json``: what the run is, how far it came, what was chosen.

    ``seconds`` of training; ``baseline``: the metric on dev of the system's
    baseline; ``weights``: the digest of ``net.safetensors``; ``project``: the project.yaml used;
    ``continues``: the run from whose end it went on, ``data_changed``: on data that were others;
    ``estimate``: seconds of training that were expected before the first step; ``trained``: all
    steps are taken; ``promised``: the files that were made after them.
    """

    format: int
    id: str
    parameters: int
    source: str
    why: str
    created: str
    seconds: float
    epochs: int
    steps: int
    metric: MetricInfo
    splits: dict[str, int]
    messages: list[str]
    message: str
    process: int
    differs: list[Difference]
    lr_finder: dict[str, float]
    compiled: dict[str, Any]
    weights: str | None
    epoch_kept: int
    baseline: float | None
    human_error: float | None
    repeats: str
    continues: str
    data_changed: bool
    started_from: StartedFrom
    estimate: float
    time_limit: TimeLimitInfo
    search: str
    round: int
    trial: int
    project: str
    system_origin: str
    trained: bool
    promised: list[str]
    system_digest: str


_RUN = fields(
    {"status": text, "system": text, "model": text},
    {
        "format": count,
        "id": text,
        "parameters": count,
        "source": text,
        "why": text,
        "created": text,
        "seconds": number,
        "epochs": count,
        "steps": count,
        "metric": fields(
            {"name": text, "unit": text, "better": one_of("higher", "lower")}, {"title": text}
        ),
        "splits": mapped(count, most=100),
        "messages": listed(text, most=10_000),
        "message": text,
        "process": count,
        "differs": listed(
            fields(
                {
                    "key": text,
                    "default": anything,
                    "value": anything,
                    "how": one_of("set", "chosen"),
                }
            ),
            most=10_000,
        ),
        "lr_finder": fields({"rate": number, "low": number, "high": number}),
        "compiled": mapped(anything, most=100),
        "weights": maybe(text),
        "epoch_kept": count,
        "baseline": maybe(number),
        "human_error": maybe(number),
        "repeats": text,
        "continues": text,
        "data_changed": flag,
        "started_from": fields(
            {
                "run": text,
                "weights": text,
                "taken": listed(text, most=100_000),
                "drawn": listed(text, most=100_000),
                "codec": listed(text, most=1_000),
            }
        ),
        "estimate": number,
        "time_limit": fields({"seconds": number, "since": number}, {"epochs": count}),
        "search": text,
        "round": count,
        "trial": count,
        "project": text,
        "system_origin": text,
        "trained": flag,
        "promised": listed(text, most=10_000),
        "system_digest": text,
    },
)


def run(value: Any, place: str) -> None:
    """``run.json``; its baseline lies from 0 to 1 where the metric is a fraction."""
    _RUN(value, place)
    if value.get("metric", {}).get("unit") == "fraction":
        maybe(fraction)(value.get("baseline"), "baseline")


# --- measures.json, data.json, diagnosis.json, environment.json, pictures/worst.json, views.json

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


class DataInfo(TypedDict, total=False):
    """``data.json``: what was read.

    ``classes``: split -> class -> count; None where targets are no classes. ``targets``: the same
    in earlier releases, where numbers and texts were counted too. ``timeline``: what splits by time
    span: column, gap, how many examples are left out for it, and in ``spans`` split, count,
    first and last of each. ``columns``: column of a table -> how its cells were understood.
    ``seen``: column -> what training saw of it, ``low`` and ``high`` (``dated``: in days since
    1970) or ``values``.
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
        "options": mapped(anything),
        "counts": mapped(count, most=100),
        "classes": maybe(mapped(mapped(count), most=100)),
        "targets": maybe(mapped(mapped(count), most=100)),
        "findings": listed(FINDING, most=10_000),
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


class DiagnosisJson(TypedDict):
    """``diagnosis.json``: a ``doctor.gaps.ladder.Diagnosis`` as plain values."""

    verdict: str
    metric: str
    unit: str
    flipped: bool
    rungs: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    findings: list[FindingJson]
    knobs: list[dict[str, Any]]


_DIAGNOSIS = fields(
    {
        "verdict": text,
        "metric": text,
        "unit": text,
        "flipped": flag,
        "rungs": listed(
            fields(
                {"name": text, "error": number},
                {"n": maybe(count), "low": maybe(number), "high": maybe(number)},
            ),
            most=100,
        ),
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
    {"project": text},
)
_FRACTIONS = fields({"error": fraction}, {"low": maybe(fraction), "high": maybe(fraction)})


def diagnosis(value: Any, place: str) -> None:
    """A diagnosis; its rungs lie from 0 to 1 where their unit is a fraction."""
    _DIAGNOSIS(value, place)
    if value["unit"] == "fraction":
        for at, rung in enumerate(value["rungs"]):
            _FRACTIONS(rung, f"rungs.{at}")


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


# --- what stands beside the tensors of checkpoint/state.safetensors

_POINT = fields({"step": count}, {"loss": real, "rate": real, "grad_norm": real})


def epoch_row(value: Any, place: str) -> None:
    """A row of the curves: what counts is whole, all else are figures."""
    mapped(real, most=1_000)(value, place)
    fields({"epoch": count, "step": count})(value, place)


def layer_row(value: Any, place: str) -> None:
    """A row of ``layers.csv``; an empty text is no figure."""
    mapped(label_or_real, most=100)(value, place)
    fields({"step": count, "layer": text})(value, place)


def label_or_real(value: Any, place: str) -> None:
    """Text, or a number, NaN and infinity included."""
    if not isinstance(value, str):
        real(value, place)


CHECKPOINT = fields(
    {
        "step": count,
        "ceiling": real,
        "extra": fields(
            {
                "curves": listed(epoch_row),
                "steps": listed(_POINT),
                "losses": listed(real, most=10_000_000),
                "examples": count,
                "seconds": number,
                "cpu_seconds": number,
                "recipe": mapped(anything),
                "changes": count,
                "layers": listed(layer_row, most=1_000_000),
                "best_key": maybe(listed(real, most=10)),
                "best_epoch": count,
            },
            {"totals": listed(real, most=10_000_000), "abandoned": listed(epoch_row)},
        ),
    },
    {"epoch": count, "done": count},
)


# --- label.json


class NoteJson(TypedDict):
    """What a person wrote about the run, and when."""

    time: str
    message: str


class LabelJson(TypedDict, total=False):
    """``label.json``: what people call the run and write about it."""

    name: str
    notes: list[NoteJson]


LABEL = fields(
    {}, {"name": text, "notes": listed(fields({"time": text, "message": text}), most=1_000)}
)


# --- events.jsonl


class _Happened(TypedDict):
    event: str


class Event(_Happened, total=False):
    """A line of ``events.jsonl``: what happened when.

    ``changes``: key -> (old, new), of a tweak or a rewind; ``to``, ``to_step``: the epoch and the
    step that a rewind went to; ``between``: it was made while nothing trained.
    """

    time: str
    step: int
    epoch: float
    number: int
    changes: dict[str, tuple[Any, Any]]
    to: int
    to_step: int
    between: bool
    message: str
    times: int
    how: str


def pair(value: Any, place: str) -> None:
    """(old, new)."""
    if not isinstance(value, list) or len(value) != 2:
        raise MisfitError(place, value, "the old and the new value")


_CHANGE: Mapping[str, Check] = {"number": count, "step": count, "epoch": number}
_ANY_EVENT: Mapping[str, Check] = {
    "time": text,
    "step": count,
    "epoch": number,
    "number": count,
    "to": count,
    "to_step": count,
    "between": flag,
    "message": text,
    "times": count,
    "how": text,
}
_EVENTS: Mapping[str, Check] = {
    "tweak": fields({**_CHANGE, "changes": mapped(pair, most=1_000)}, _ANY_EVENT),
    "rewind": fields({**_CHANGE, "changes": mapped(pair, most=1_000), "to": count}, _ANY_EVENT),
}
_OTHER_EVENT = fields({"event": text}, _ANY_EVENT)


def event(value: Any, place: str) -> None:
    """A line of ``events.jsonl``; what it must hold depends on its kind."""
    _OTHER_EVENT(value, place)
    if value["event"] in _EVENTS:
        _EVENTS[value["event"]](value, place)


# --- the tables


@dataclass(frozen=True)
class CsvFile:
    """What a CSV file of a run holds.

    Args:
        columns: those that it must have.
        whole: of these, those that hold a whole number in every row -> the least that it may be.
        text_columns: those that hold text; all others hold numbers.
    """

    columns: Collection[str]
    whole: Mapping[str, int] = field(default_factory=dict)
    text_columns: Collection[str] = ()

    def check(self, columns: Collection[str], rows: Collection[Mapping[str, Any]]) -> None:
        """See that every column is there and that what counts is a whole number.

        Raises:
            MisfitError: a column is missing, or what counts is no whole number.
        """
        if rows and (absent := [name for name in self.columns if name not in columns]):
            raise MisfitError(absent[0], ABSENT, "a column")
        for line, row in enumerate(rows, start=2):
            for name, least in self.whole.items():
                found = row.get(name, math.nan)
                if not (least <= found < 2**53 and found.is_integer()):
                    raise MisfitError(
                        f"in row {line} {name}", found, f"a whole number, {least} or more"
                    )


CSV_FILES: Mapping[str, CsvFile] = {
    "curves.csv": CsvFile(("epoch", "step"), whole={"epoch": 1, "step": 1}),
    "abandoned.csv": CsvFile(
        ("epoch", "step", "branch"), whole={"epoch": 1, "step": 1, "branch": 0}
    ),
    "steps.csv": CsvFile(("step",), whole={"step": 1}),
    "lr_finder.csv": CsvFile(("rate", "loss")),
    "layers.csv": CsvFile(
        ("step", "layer", "rms", "gradient", "dead", "flat"),
        whole={"step": 0},
        text_columns=("layer",),
    ),
}
"""Name -> what it holds. A row is a mapping column -> figure; an empty cell is left out."""


@dataclass(frozen=True)
class ParquetColumns:
    """What a Parquet file of a run holds.

    Args:
        columns: those that it must have -> whether they hold text, numbers, or whatever they may.
        read: those that are read; None: all.
    """

    columns: Mapping[str, Literal["text", "numbers", "anything"]]
    read: Collection[str] | None = None


SPLITS_FILE = ParquetColumns({"id": "text", "split": "text"}, read=("id", "split"))
PREDICTIONS_FILE = ParquetColumns(
    {"id": "text", "source": "text", "truth": "anything", "answer": "anything", "loss": "numbers"}
)


def parquet_file(name: str) -> ParquetColumns:
    """What ``splits.parquet``, or one of ``predictions/``, holds."""
    return SPLITS_FILE if name == "splits.parquet" else PREDICTIONS_FILE


@dataclass(frozen=True)
class JsonFile:
    """What a JSON file of a run holds.

    Args:
        check: of its content.
        most: bytes.
    """

    check: Check
    most: int = MOST_BYTES


JSON_FILES: Mapping[str, JsonFile] = {
    "run.json": JsonFile(run),
    "measures.json": JsonFile(MEASURES),
    "data.json": JsonFile(DATA),
    "diagnosis.json": JsonFile(diagnosis),
    "environment.json": JsonFile(ENVIRONMENT),
    "pictures/worst.json": JsonFile(MISTAKES),
    "views.json": JsonFile(VIEWS),
    "references.json": JsonFile(REFERENCES),
    "label.json": JsonFile(LABEL),
    # what lies inside these two is the system's to check: ``codecs``
    "chosen.json": JsonFile(mapped(anything)),
    "codec.json": JsonFile(mapped(anything), most=4 * MOST_BYTES),
}
