"""``run.json``: what a run is, and what became of it."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

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
from netwright.runs.human_levels import check_noted


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


class FoldsInfo(TypedDict):
    """Of a run that a study of folds keeps: the study, how many folds, and whether it is ``one``
    net or an ``ensemble``. Its answers on train and dev are those of the folds' nets: dev is every
    example outside test, each answered by the net that never saw it.
    """

    study: str
    count: int
    kept: Literal["one", "ensemble"]


class AnsweringInfo(TypedDict):
    """A run whose net answers for this one: its id, the digest of its weights."""

    run: str
    weights: str


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
    steps are taken; ``promised``: the files that were made after them; ``study``, ``role``: the
    study that it is of, and what it is in it; ``members``: the runs that answer for it;
    ``on_features``: its last layer alone was trained, on features that were computed once.
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
    human_error: float | dict[str, dict[str, float]] | None
    human_general: float | dict[str, dict[str, float]] | None
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
    study: str
    role: str
    folds: FoldsInfo
    members: list[AnsweringInfo]
    on_features: bool


def _member(value: Any, place: str) -> None:
    """The name of a run beside this one: no place elsewhere."""
    text(value, place)
    if not value or value in (".", "..") or "/" in value or "\0" in value:
        raise MisfitError(place, value, "the id of a run")


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
        "human_error": check_noted,
        "human_general": check_noted,
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
        "on_features": flag,
        "system_origin": text,
        "trained": flag,
        "promised": listed(text, most=10_000),
        "system_digest": text,
        "study": text,
        "role": text,
        "folds": fields({"study": text, "count": count, "kept": one_of("one", "ensemble")}),
        "members": listed(fields({"run": _member, "weights": text}), most=1_000),
    },
)


def run(value: Any, place: str) -> None:
    """``run.json``; its baseline lies from 0 to 1 where the metric is a fraction."""
    _RUN(value, place)
    if value.get("metric", {}).get("unit") == "fraction":
        maybe(fraction)(value.get("baseline"), "baseline")
