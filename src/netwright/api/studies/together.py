"""An ensemble: runs on the same data whose nets answer together, kept as one run; a study that
trains nothing (notes 4.2.14).
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api import answering
from netwright.api.comparing.measured import costs
from netwright.api.kept.store import open_several
from netwright.api.run import Run
from netwright.api.studies import kept as keeping
from netwright.base.errors import DataError, RunError
from netwright.base.figures import counted
from netwright.base.files import copy
from netwright.base.measure import Measure
from netwright.metrics.measure import Lead, lead, measure
from netwright.runs import store as stores
from netwright.runs.keeping import promises
from netwright.runs.record import Record
from netwright.studies import study as studies

if TYPE_CHECKING:
    from netwright.contract import Answer, Examples
    from netwright.studies.study import Study

KIND = "ensemble"

SPLITS = ("train", "train_dev", "dev")
"""Of which the members' answers are put together; test stays sealed."""


@dataclass(frozen=True)
class KeptEnsemble:
    """What is kept, what it gains and what it costs.

    Args:
        run: by which the members answer together.
        study: its id.
        metric: the system's single number; figures: run -> its figure on dev, of the ensemble too.
        best: the member with the best figure on dev.
        gain: how much better than that one they are together, pair by pair; None: unknown.
        costs: run -> ``latency`` and ``size``; without latency where the data cannot be read again.
    """

    run: Run
    study: str
    metric: str
    figures: dict[str, Measure]
    best: str
    gain: Lead | None
    costs: dict[str, dict[str, Measure]]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "run": self.run.id,
            "study": self.study,
            "metric": self.metric,
            "figures": {run: one.as_json() for run, one in self.figures.items()},
            "best": self.best,
            "gain": None if self.gain is None else dataclasses.asdict(self.gain),
            "costs": {
                run: {name: one.value for name, one in of.items()} for run, of in self.costs.items()
            },
        }


def ensemble(
    runs: Sequence[Run | str],
    *,
    store: str | Path | None = None,
    system: str | Path | None = None,
) -> KeptEnsemble:
    """Keep several runs as one that answers by all of their nets; nothing is trained.

    The run is used like any other: it predicts, is evaluated, compared and diagnosed. It needs its
    members to answer.

    Args:
        runs: two or more of one system on the same data, split alike, or their names.
        store: where runs are kept (default: ``runs``).
        system: the folder of their system, where that is one of your own.

    Raises:
        RunError: there are fewer than two, one is named twice, has not ended or answers by others
            itself, they are of several systems or of one that combines no answers, or were trained
            on other data or splits.
        DataError: they were trained on other classes.
    """
    members = open_several(runs, "keep together", store=store, system=system)
    _expect_alike(members)
    first = members[0]
    study = _study(members)
    with study.held():
        if (info := study.info())["status"] == "complete":
            run = Run(stores.opened(info.get("kept", ""), study.store))
        else:
            run = Run(keep(study, members))
            study.note(status="complete", kept=run.id)
            study.write_down("kept", run=run.id)
    found = [*members, run]
    metric = first.system.metrics[0]
    on_dev = {one.id: one.record.measures()["dev"][metric.name] for one in found}
    order = min if metric.better == "lower" else max
    best = order(members, key=lambda one: on_dev[one.id].value)
    answers = [one.record.answers("dev", first.system) for one in (run, best)]
    gain = lead(metric, run.record.examples("dev", first.system), *answers)
    return KeptEnsemble(run, study.id, metric.name, on_dev, best.id, gain, _costs(found))


def _study(members: Sequence[Run]) -> Study:
    """That of just these runs, where there is one; else a new one, with them as its members."""
    first = members[0]
    data, store = first.record.mapping("data.json"), first.record.path.parent
    plan = {"runs": [one.id for one in members]}
    fingerprint = str(data.get("fingerprint", ""))
    known = (*studies.LEFT, "complete")
    while (left := studies.latest(store, KIND, fingerprint, plan, status=known)) is not None:
        kept = left.info().get("kept")
        if kept is None or Record(store / kept).has("run.json"):
            return left
        left.note(status="removed")  # what it kept was
    origin = first.info.get("system_origin")
    study = studies.create(
        store,
        KIND,
        {
            "question": f"What do the nets of {len(members)} runs gain together?",
            "system": first.info["system"],
            "source": first.info.get("source", ""),
            "fingerprint": fingerprint,
            "plan": plan,
            **({"system_origin": origin} if origin else {}),
        },
    )
    for number, one in enumerate(members, start=1):
        role = f"member {number}"
        study.add({"run": one.id, "weights": one.info.get("weights") or "", "role": role})
    return study


def keep(study: Study, members: Sequence[Run]) -> Record:
    """The run that they are kept as; one that a kill left half made is made anew."""
    records = [one.record for one in members]
    keeping.discard_begun(study)
    record = stores.create(study.store, KIND)
    with record.held():
        counts = records[0].info().get("splits", {})
        keeping.note_members(study, record, records, members[0].system, counts)
        study.begin("kept", record.id)
        copy(records[0].inside("splits.parquet"), record.inside("splits.parquet"))
        measures = {}
        for split in SPLITS:
            if all(one.has(f"predictions/{split}.parquet") for one in records):
                examples, answers, losses = _answers(members, split)
                record.write_predictions(split, members[0].system, examples, answers, losses)
                metrics = members[0].system.all_metrics(members[0].codec)
                measures[split] = measure(metrics, examples, answers)
        record.write_measures(measures)
        record.note(baseline=records[0].info().get("baseline"))
        _keep_mistakes(Run(record))
        Run(record).diagnosed(status="complete")
        record.note(status="complete", promised=promises.of(record))
    study.note(begun=None)
    return record


def _answers(members: Sequence[Run], split: str) -> tuple[Examples, list[Answer], list[float]]:
    """The examples of a split without their inputs, and what the members answer to each together;
    its loss is the mean of theirs.

    Raises:
        RunError: they answered other examples.
    """
    system = members[0].system
    assert system.combine is not None
    kept = [one.record.read_predictions(split).frame for one in members]
    for one, frame in zip(members, kept, strict=True):
        if frame["id"].to_list() != kept[0]["id"].to_list():
            raise RunError(_apart(members[0], one, f"other examples of {split}"))
    chosen = [one.chosen for one in members]
    every = zip(*(one.record.answers(split, system) for one in members), strict=True)
    losses = zip(*(frame["loss"].to_list() for frame in kept), strict=True)
    examples = members[0].record.examples_as_kept(split, system)
    means = [sum(some) / len(some) for some in losses]
    return examples, [system.combine(some, chosen) for some in every], means


def _keep_mistakes(run: Run) -> None:
    """The worst mistakes as a person sees them, where the data can be read again."""
    from netwright.runs.answers import mistakes

    with contextlib.suppress(DataError, RunError):
        dev = answering.of_split(run.system, run.recipe, run.record, "dev")
        mistakes.keep(run.record, run.system, dev)


def _costs(runs: Sequence[Run]) -> dict[str, dict[str, Measure]]:
    try:
        found = costs(runs, {"latency", "size"})
    except RunError:  # the data are not there
        found = costs(runs, {"size"})
    return {run.id: cost for run, cost in zip(runs, found, strict=True)}


def _expect_alike(members: Sequence[Run]) -> None:
    """See that runs can be kept together.

    Raises:
        RunError: they cannot.
    """
    first, *others = members
    if first.system.combine is None:
        raise RunError(
            f"the system '{first.system.name}' combines no answers: use one of its runs."
        )
    for one in members:
        if not one.record.path.parent.samefile(first.record.path.parent):
            raise RunError(
                f"{first.id} lies in {first.record.path.parent} and {one.id} in"
                f" {one.record.path.parent}: keep runs of one folder together."
            )
        if one.info["status"] != "complete":
            raise RunError(f"{one.id} is {one.info['status']}: keep runs together that have ended.")
        if several := one.info.get("members"):
            named = ", ".join(each["run"] for each in several)
            raise RunError(
                f"{one.id} is {counted(len(several), 'run')} together itself: name these, {named}."
            )
    own = first.record.mapping("data.json").get("fingerprint")
    for one in others:
        if one.record.mapping("data.json").get("fingerprint") != own:
            raise RunError(_apart(first, one, "other data"))
        if one.record.splits() != first.record.splits():
            raise RunError(_apart(first, one, "other splits of the same data (split.seed)"))


def _apart(first: Run, other: Run, what: str) -> str:
    return (
        f"{first.id} and {other.id} are of {what}: what is kept together is judged on what all of"
        f" them held out; netwright predict {first.id},{other.id} answers by both, and keeps"
        " nothing."
    )
