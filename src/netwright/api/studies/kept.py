"""The run that a study of folds keeps: one net on all that is not test, or the folds' nets
together. Either holds the answers out of fold as its answers on dev. What any run of several nets
begins with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from netwright.api import answering
from netwright.api.judged import references, views
from netwright.api.run import Run
from netwright.api.studies.trained import StudyData
from netwright.base import read_json
from netwright.base.errors import RecipeError
from netwright.contract import Answer, Reference
from netwright.data import splits as splitting
from netwright.metrics.measure import measure
from netwright.runs import codecs
from netwright.runs import store as stores
from netwright.runs.human_levels import levels_of, noted
from netwright.runs.keeping import promises
from netwright.runs.record import Record
from netwright.studies import out_of_fold

if TYPE_CHECKING:
    from netwright.contract import AnySystem, Chosen
    from netwright.contract.system import Answers
    from netwright.runs.human_levels import HumanError
    from netwright.studies.study import Study

Splits = Sequence[Sequence[str]]

Keep = Literal["auto", "ensemble", "one"]
KEEP: tuple[Keep, ...] = ("auto", "ensemble", "one")

SHARED = ("system", "source", "why", "metric", "messages")
ORIGIN = ("system_origin", "system_digest")
"""What a run of several nets notes as the first of them does."""


def resolved(keep: str, system: AnySystem) -> str:
    """``ensemble`` or ``one``: the nets together, where their system combines answers.

    Raises:
        RecipeError: that cannot be.
    """
    if keep not in KEEP:
        raise RecipeError(f"--keep {keep}: expected one of {', '.join(KEEP)}.")
    if keep == "ensemble" and system.combine is None:
        raise RecipeError(
            f"--keep ensemble: the system '{system.name}' combines no answers: --keep one."
        )
    if keep == "auto":
        return "one" if system.combine is None else "ensemble"
    return keep


@dataclass(frozen=True)
class NewEnsemble:
    """The nets of all folds, about to be kept as one run that answers by all of them.

    Args:
        records: of the folds.
        splits: of each fold, the split of every example.
    """

    study: Study
    data: StudyData
    records: Sequence[Record]
    splits: Splits
    human_error: HumanError | None

    def run(self) -> Record:
        """The run; one that a kill left half made is made anew."""
        discard_begun(self.study)
        record = stores.create(self.data.store, self.records[0].info()["model"])
        with record.held():
            self._note(record)
            self.study.begin("kept", record.id)
            dev = _measure(self.data, record, self.records, self.splits)
            record.note(folds=_noted(self.study, self.splits, "ensemble"))
            _compare(self.data, record, self.records, self.splits, dev)
            _derive(record, self.human_error)
            record.note(status="complete", promised=promises.of(record))
        self.study.note(begun=None)
        return record

    def _note(self, record: Record) -> None:
        """What a run begins with: as the first fold's, but for what is of all."""
        assigned = splitting.without_dev(self.data.assigned)
        counts = {name: assigned.count(name) for name in dict.fromkeys(assigned)}
        note_members(self.study, record, self.records, self.data.system, counts)
        record.write_splits(self.data.examples, assigned)


def discard_begun(study: Study) -> None:
    """Take away a run of several nets that a kill left half made."""
    begun = study.info().get("begun")
    if begun is not None:
        left = Record(study.store / Path(begun["run"]).name)
        if left.has("run.json") and "members" in left.info():
            left.discard()


def note_members(
    study: Study,
    record: Record,
    records: Sequence[Record],
    system: AnySystem,
    counts: Mapping[str, int],
) -> None:
    """What a run begins with for which several others answer: as the first of them, but for what is
    of all.

    Args:
        counts: examples of each split.
    """
    infos = [one.info() for one in records]
    first: dict[str, Any] = {**infos[0]}
    members = [
        {"run": one.id, "weights": info.get("weights") or ""}
        for one, info in zip(records, infos, strict=True)
    ]
    models = list(dict.fromkeys(info["model"] for info in infos))
    record.note(
        status="running",
        **{key: first[key] for key in (*SHARED, *ORIGIN) if key in first},
        model="+".join(models),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        parameters=sum(info.get("parameters", 0) for info in infos),
        seconds=round(sum(info.get("seconds", 0.0) for info in infos), 2),
        epochs=max(info.get("epochs", 0) for info in infos),
        splits=dict(counts),
        members=members,
        study=study.id,
        role="kept",
    )
    start = records[0]
    recipe = system.recipe.of_record(start.recipe(), f"{start.id}/recipe.yaml")
    record.write_recipe(recipe.to_yaml())
    for name in ("codec.json", "environment.json"):
        record.write_json(name, start.json(name))
    record.write_json("data.json", {**start.mapping("data.json"), "counts": dict(counts)})
    if system.choosing(recipe) is not None:
        record.write_json("chosen.json", {})  # each net has its own


def finish_one(
    study: Study,
    data: StudyData,
    record: Record,
    records: Sequence[Record],
    splits: Splits,
    human_error: HumanError | None,
) -> None:
    """Give the one net that is kept what it promises: the answers out of fold, their figures, what
    is set on them, the views, the usual methods beside it, the diagnosis and the report.
    """
    if (chosen := _chosen(data, record, records, splits)) is not None:
        record.write_json("chosen.json", chosen)
    dev = _measure(data, record, records, splits)
    record.note(folds=_noted(study, splits, "one"))
    views.make(Run(record), data.examples.take(dev))
    _compare(data, record, records, splits, dev)
    _derive(record, human_error)


def _measure(
    data: StudyData, record: Record, records: Sequence[Record], splits: Splits
) -> list[int]:
    """The answers of the folds as the run's answers on train and dev, and their figures; returns
    the rows of dev.
    """
    from netwright.runs.answers import mistakes
    from netwright.training.recorder import sampled

    system = data.system
    metrics = system.all_metrics(codecs.load(system, records[0]))
    dev = out_of_fold.on_dev(records, splits, system)
    train = out_of_fold.on_train(records, splits, system, sampled)
    measures = {}
    for split, found in (("train", train), ("dev", dev)):
        found.write(record, split, system, data.examples)
        measures[split] = measure(metrics, data.examples.take(found.rows), found.answers)
    record.write_measures(measures)
    record.note(baseline=_baseline(records))
    mistakes.keep(record, system, data.examples.take(dev.rows))
    return dev.rows


def _compare(
    data: StudyData,
    record: Record,
    records: Sequence[Record],
    splits: Splits,
    dev: Sequence[int],
) -> None:
    """The usual methods beside the nets, out of fold as they are: fitted anew on each fold's train,
    within an equal part of the time that they have.

    Args:
        dev: the rows that are answered.
    """

    def fit(seconds: float) -> Iterator[Reference]:
        found: dict[str, tuple[str, dict[int, Answer]]] = {}
        for one, assigned in zip(records, splits, strict=True):
            rows, learned = (
                [row for row, split in enumerate(assigned) if split == wanted]
                for wanted in ("dev", "train")
            )
            train, judged = data.examples.take(learned), data.examples.take(rows)
            for each in references.fitted(Run(one), train, judged)(seconds / len(splits)):
                answers = found.setdefault(each.name, (each.how, {}))[1]
                answers.update(zip(rows, each.answers, strict=True))
        for name, (how, answers) in found.items():
            if len(answers) == len(dev):  # in some fold there was no time for the others
                yield Reference(name, f"{how}; out of fold", [answers[row] for row in dev])

    references.make(Run(record), data.examples.take(dev), fit, data.log)


def _baseline(records: Sequence[Record]) -> float | None:
    """The mean of the folds', each by how many examples it judges."""
    infos = [record.info() for record in records]
    known = [
        (value, info["splits"]["dev"])
        for info in infos
        if (value := info.get("baseline")) is not None
    ]
    total = sum(count for _, count in known)
    return sum(value * count for value, count in known) / total if total else None


def _noted(study: Study, splits: Splits, kept: str) -> dict[str, Any]:
    """By which everybody knows that dev is out of fold."""
    return {"study": study.id, "count": len(splits), "kept": kept}


def _derive(record: Record, human_error: HumanError | None) -> None:
    """The diagnosis and the report."""
    if human_error is not None:
        record.note(human_error=noted(levels_of(human_error, "human_error")))
    Run(record).diagnosed(status="complete")


def _chosen(
    data: StudyData, record: Record, records: Sequence[Record], splits: Splits
) -> Chosen | None:
    """What the system sets on the answers out of fold; None: it sets nothing."""
    from netwright.runs.answers.predictions import plain
    from netwright.training import evaluate

    system, runs = data.system, [Run(one) for one in records]
    recipe = system.recipe.of_record(record.recipe(), f"{record.id}/recipe.yaml")
    if (choose := system.choosing(recipe)) is None:
        return None
    rows = sorted({row for one in splits for row, split in enumerate(one) if split == "dev"})
    judged = data.examples.take(rows)
    own = [[at for at, row in enumerate(rows) if one[row] == "dev"] for one in splits]

    def answered(chosen: Chosen) -> Answers:
        every = (
            answering.answerer(run.net, system, run.codec, run.recipe, chosen)(judged)
            for run in runs
        )
        return evaluate.merged(list(zip(own, every, strict=True))).answers

    found = choose(judged, answered, codecs.load(system, record), recipe)
    kept: Chosen = read_json.parse(json.dumps(plain(found)))
    return kept
