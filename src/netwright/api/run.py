"""A run in the hands of a person: what it learned, how well, what it says of new data, and what to
do next.
"""

from __future__ import annotations

import copy
import dataclasses
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright import systems
from netwright.api import answering
from netwright.api.kept import diagnosing, members, own_data, system_of_run
from netwright.api.predictor import Predictor
from netwright.api.trust import trusting
from netwright.base.errors import NetwrightWarning, RunError
from netwright.base.figures import counted
from netwright.contract import Answer, AnySystem, Chosen, Examples, NetGraph
from netwright.recipe import Recipe
from netwright.recipe.model import OWN
from netwright.runs import store as stores
from netwright.runs.keeping import label, removal
from netwright.runs.reading import WEIGHTS
from netwright.runs.record import Record, measures_as_json

if TYPE_CHECKING:
    import polars as pl
    from torch import nn

    from netwright.api.errors.analysis import ErrorAnalysis
    from netwright.api.errors.labels import LabelReview
    from netwright.api.trust.intervals import Intervals
    from netwright.contract import AnswerColumns, Metric, Reading
    from netwright.doctor.errors.sample import Order
    from netwright.doctor.gaps.judgement import Diagnosis
    from netwright.runs.contents import RunFiles
    from netwright.runs.human_levels import HumanError
    from netwright.runs.schema import ReferenceJson
    from netwright.training.evaluate import Evaluated


@dataclass(frozen=True)
class Run(Predictor):
    """One training, kept: what it learned, how well, and what to do next. Opened by its id it is
    the same again.
    """

    record: Record
    module: nn.Module | None = field(default=None, compare=False, repr=False)
    held: RunFiles | None = field(default=None, compare=False, repr=False)
    """The files, where they have just been read."""

    def reads(self, *, lenient: bool = False) -> answering.Reads:
        """As its own data were."""
        from netwright.api.reading import options_of

        options = options_of(self.recipe, self.record.earlier_reading(lenient=lenient))
        return answering.Reads(self.system.name, options, self.record.seen())

    def __str__(self) -> str:
        """Its name, where it lies and how it ended, in a line."""
        return f"run {self.id} in {self.record.path.parent}, {self.record.status}"

    @property
    def id(self) -> str:
        """The run's name in its store."""
        return self.record.id

    @property
    def info(self) -> dict[str, Any]:
        """Status, source, model, splits and what was found; as in ``run.json``."""
        return {**self.record.info()}

    @cached_property
    def system(self) -> AnySystem:
        """The kind of problem."""
        found = system_of_run.load(self.record)
        return found if self.module is None else with_module(found, self.module)

    @cached_property
    def recipe(self) -> Recipe:
        """Every hyperparameter, as used."""
        values = self.record.recipe()
        found: Recipe = self.system.recipe.of_record(values, f"{self.id}/recipe.yaml")
        return found

    @cached_property
    def codec(self) -> Any:
        """What turns raw inputs into tensors and outputs into answers."""
        from netwright.runs import codecs

        return codecs.load(self.system, self.record)

    @cached_property
    def chosen(self) -> Chosen:
        """What was set on dev after training (thresholds, a temperature); empty where the system
        sets nothing, and of a training that has not ended.

        Raises:
            RunError: the training has ended, and ``chosen.json`` is missing or damaged.
        """
        has_ended = self.info["status"] == "complete" or self.info.get("trained")
        if self.system.choosing(self.recipe) is None or not has_ended:
            return {}
        return self.record.mapping("chosen.json")

    @cached_property
    def net(self) -> nn.Module:
        """The trained net, in evaluation mode.

        Raises:
            RunError: there are no weights, they were changed, or they belong to another model; or
                the run diverged, and nobody named it but as the last.

        Warns:
            NetwrightWarning: its training diverged.
        """
        from netwright.training import checkpoints

        self.record.check_weights()
        stores.expect_meant(self.record)
        if self.info["status"] == "diverged":
            warnings.warn(
                f"the training of {self.id} diverged: its answers are those of the best weights"
                f" before, of epoch {self.info.get('epoch_kept')}.",
                NetwrightWarning,
                stacklevel=3,
            )
        if self.module is None and self.recipe.model.name.startswith(OWN):
            raise RunError(
                f"{self.id} was trained with a module of yours: open it with"
                f" netwright.open('{self.id}', model=module)."
            )
        codec, recipe = self.codec, self.recipe
        if self.module is None:
            place = self.record.inside(WEIGHTS)
            checkpoints.check_fits(place, lambda: self.system.model(codec, recipe))
        net = self.system.model(codec, recipe)
        checkpoints.load_weights(self.record.inside(WEIGHTS), net)
        return net.eval()

    @property
    def measures(self) -> dict[str, dict[str, dict[str, Any]]]:
        """split -> metric -> value, n, low, high; train, dev, and test once it was opened."""
        return measures_as_json(self.record.measures())

    @property
    def references(self) -> list[ReferenceJson]:
        """Usual methods beside the net on dev: name, how it was fitted, its figure, and how far the
        net is ahead, with its interval; empty where the system has none.
        """
        return list(self.files.references)

    @property
    def files(self) -> RunFiles:
        """All that the record holds, each file read once and checked."""
        from netwright.runs import contents

        return contents.read(self.record.path) if self.held is None else self.held

    @property
    def curves(self) -> list[dict[str, float]]:
        """One entry an epoch: losses, rate, dev figures, seconds."""
        return [row.as_dict() for row in self.record.curves()]

    @property
    def name(self) -> str:
        """What people call it, by which every verb finds it; empty when nothing."""
        return label.name_of(self.record.path)

    @property
    def notes(self) -> list[str]:
        """What people wrote about it, oldest first."""
        return [note["message"] for note in label.of(self.record.path).get("notes", [])]

    def rename(self, name: str = "") -> None:
        """Call it by a name, one in its store; without one, by its id alone.

        Raises:
            RunError: it cannot be called so, or another run is.
        """
        others = [record.path for record in stores.every(self.record.path.parent)]
        label.rename(self.record.path, name, others)
        self._show_label()

    def note(self, text: str) -> None:
        """Write a note, which ``netwright show`` and the report show from now on."""
        label.note(self.record.path, text)
        self._show_label()

    def forget_notes(self) -> None:
        """Take all notes away."""
        label.forget_notes(self.record.path)
        self._show_label()

    def _show_label(self) -> None:
        """Bring the report, if there is one, to what the label says now."""
        from netwright.report import html_page

        with self.record.alone():
            if self.record.has(self.report.name):
                html_page.write(self.record.path)

    def remove(self) -> int:
        """Take the run away for good; returns the bytes that are free now.

        Raises:
            RunError: a process trains it.
        """
        return removal.remove(self.record)

    def tweak(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change knobs while another process trains the run; see ``api.live.tweak``."""
        from netwright.api.live import tweak

        return tweak(self.record, self.recipe, changes)

    def rewind(self, epoch: int, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Go back to the end of an epoch; see ``api.live.rewind``."""
        from netwright.api.live import rewind

        return rewind(self.record, self.recipe, epoch, changes)

    def predictions(self, split: str = "dev") -> pl.DataFrame:
        """Every answer on a split, one row an example.

        Columns ``id``, ``source``, ``truth``, ``answer`` (the answer's first field), its other
        fields and ``loss``; and, where the system knows them, ``label`` and ``answered`` (the
        classes of truth and answer), ``stated`` (the answer's probability) and ``wrong``, else
        null. Lists, mappings and the like are JSON.
        """
        return self.record.predictions(split)

    def intervals(self, level: float = 0.9) -> Intervals:
        """How far around a number the truth lies, so often, by how far off the run is on dev.

        Raises:
            RunError: the system answers with no numbers, dev is too small for the level, or its
                examples have weights.
            DataError: the level does not lie between 0 and 1.
        """
        from netwright.api.trust import intervals

        return intervals.of_runs(self.system, [self.record], [self.chosen], level)

    def evaluate(
        self,
        source: Any = None,
        *,
        split: str | None = None,
        target: str | Sequence[str] | None = None,
        lenient: bool = False,
        interval: float | None = None,
        abstain: float | None = None,
    ) -> dict[str, dict[str, Any]]:
        """The metrics on other data, or on a split of the run's own.

        ``evaluate(split="test")`` opens the run's test split, and so does any source that holds
        some of its examples; every opening is logged and counted in the record.

        Args:
            source: data with targets; None: the run's own source. Weighted where they have the
                weight column trained with. The run's own data at another path are known by their
                fingerprint.
            split: only the examples that the source assigns to this split; of the run's own data
                those that the run does.
            target: the source's column with the truth, or several, when it is not the one trained
                on.
            lenient: a cell of a table that is not what its column held in training counts as
                missing, and files that cannot be read are left out, with a warning each.
            interval: 0.9 measures, too, how many truths lie within the interval of this level,
                ``interval_coverage``; None: no. It is not kept, and not measured on train and dev.
            abstain: 0.6 measures, too, how many labels have a probability of 0.6 or more,
                ``answered``, and the error of these, ``error_answered``; None: no.

        Raises:
            DataError: the data cannot be used, or hold no such split.
            RunError: there is no interval of this level, or no probability of a label.

        Warns:
            NetwrightWarning: some of these examples were trained on, are left out, are of classes
                that training never saw, which counts as wrong, or are rows unlike all of training.
        """
        from netwright.metrics.measure import measure
        from netwright.runs.annotations import overlay

        trust = trusting.Trust.of(self.system, self.intervals, interval, abstain)
        if source is None:
            return self._open_split(split or "test", trust)
        reading = answering.read_to_measure(
            self.system, self.recipe, source, target, self.record, lenient=lenient
        )
        if split is not None and own_data.are_of(self.record, reading):
            own_data.note_moved(self.record, reading, self.recipe.data.source)
            return self._open_split(split, trust, reading)
        path, examples, findings = answering.of_reading(
            self.system, self.recipe, reading, split, self.record
        )
        examples = overlay.by_annotations(self.record.path, self.system, examples)
        for finding in findings:
            warnings.warn(finding.message, NetwrightWarning, stacklevel=2)
        own = self.record.own(examples.ids)
        answer = self._answerer()  # may refuse: before the opening, which counts
        if own.get("test"):
            self.note_opening(f"{own['test']} of its examples in {path}")
        metrics = (*self.system.all_metrics(self.codec), *trust.metrics)
        examples, found = answering.answered(
            self.system, self.codec, lambda some: answer(some).answers, examples
        )
        measured = measure(metrics, examples, found)
        answering.warn_of_unlike(examples, self.record.seen())
        if own.get("train"):
            warnings.warn(
                f"{own['train']:,} of these {counted(len(examples), 'example')} are among those"
                f" that {self.id} was trained on: the figures look better than they are.",
                NetwrightWarning,
                stacklevel=2,
            )
        if trust.ends:
            answering.warn_of_dev(own.get("dev", 0), examples, self.id)
        return {name: one.as_json() for name, one in measured.items()}

    @cached_property
    def graph(self) -> NetGraph:
        """The net as ``export`` writes it: what a verb asks that takes an exported file, too.

        Raises:
            RunError: nets of its system are not exported.
        """
        from netwright.api.exporting import graph

        return graph.of_run(self)

    @property
    def verbs(self) -> dict[str, str]:
        """The verbs that the run's system brings, each with the first line of its help."""
        return {name: own.about for name, own in system_of_run.verbs(self.record).items()}

    def verb(self, name: str, *arguments: Any, **options: Any) -> Any:
        """Call a verb that the run's system brings, ``run.verb("write", length=100)``: the function
        of that name in its verbs.py, with this run first.

        Raises:
            RunError: its system brings no such verb.
            NetwrightError: its verbs.py cannot be loaded.
        """
        own = system_of_run.verb(self.record, name)
        return systems.verb(self.info["system"], own)(self, *arguments, **options)

    def diagnose(self, human_error: HumanError | None = None) -> Diagnosis:
        """Where the error comes from: each gap with its interval, and the knobs for the largest;
        kept in the record.

        Args:
            human_error: the error of people on this task, 0 to 1 (in the metric's unit for
                numbers); None: unknown.
        """
        return self.diagnosed(human_error)[0]

    def diagnosed(
        self,
        human_error: HumanError | None = None,
        *,
        status: str | None = None,
        report: bool = True,
    ) -> tuple[Diagnosis, RunFiles]:
        """The diagnosis, kept in the record and in the report, and the run's files, read once.

        Args:
            status: as which the report shows it, for who trains it and is about to note that; None:
                as it is.
            report: whether the report is written, too.

        Raises:
            RunError: its figures are not there, or another process trains it.
        """
        with self.record.alone():
            return diagnosing.diagnosed(self.record, self.system, human_error, status, report)

    def errors(
        self, sample: int = 100, *, order: Order = "uniform", seed: int = 0
    ) -> ErrorAnalysis:
        """Its mistakes on dev, of which a person looks at a sample: tags, corrected labels, and the
        table of what each kind of mistake would bring.

        Args:
            sample: how many to look at.
            order: ``uniform``: drawn, so that it speaks for all; ``worst``: the largest losses.
            seed: of the draw.

        Raises:
            RunError: it has no answers on dev.
            NetwrightError: what was noted earlier cannot be read.
        """
        from netwright.api.errors import analysis

        return analysis.of_record(self.record, self.system, sample, order, seed)

    def labels(self, split: str = "dev") -> LabelReview:
        """Which labels of dev, or of test once it was opened, may be wrong; which people corrected;
        and whether that is worth the time.

        Raises:
            RunError: the split is sealed, or the run has no answers on it.
            NetwrightError: what was noted earlier cannot be read.
        """
        from netwright.api.errors import labels

        return labels.of_record(self.record, self.system, split)

    @property
    def report(self) -> Path:
        """The report, one HTML file."""
        return self.record.path / "report.html"

    def ready_to_answer(self) -> answering.Answering:
        """What gives one answer an example, once all that it takes is known to be there."""
        answer = self._answerer()
        return lambda examples: answer(examples).answers

    @property
    def test_openings(self) -> int:
        """How often the test split was opened."""
        return len(self.record.events("test_opened"))

    def write_report(self, path: str | Path | None = None, *, examples: bool = True) -> Path:
        """Write the report, whole or, to pass it on, without examples; returns the file.

        Args:
            path: of the file; None: in the run's folder.
        """
        from netwright.report import html_page

        place = None if path is None else Path(path)
        with self.record.alone():
            return html_page.write_of(self.files, place, examples=examples)

    @property
    def members(self) -> list[Run]:
        """The runs whose nets answer for it; empty where it has a net of its own.

        Raises:
            RunError: one is gone, or has other weights than it had.
        """
        several = members.of(self.record)
        modules = [copy.deepcopy(self.module) for _ in several]  # each has its own weights
        return [
            dataclasses.replace(self, record=one, module=module, held=None)
            for one, module in zip(several, modules, strict=True)
        ]

    def _answerer(self) -> Callable[[Examples], Evaluated]:
        """What answers examples, once all that it takes is known to be there."""
        from netwright.runs import codecs

        if runs := self.members:
            each = [run._answerer() for run in runs]
            return members.by_all(self.system, each, [run.chosen for run in runs])
        own = answering.answerer(self.net, self.system, self.codec, self.recipe, self.chosen)

        def answer(examples: Examples) -> Evaluated:
            with codecs.on_a_table(self.record):
                return own(examples)

        return answer

    def note_opening(self, how: str) -> None:
        """Log that examples of the test split are looked at, and how they came to be; the report
        calls it sealed no more.
        """
        with self.record.alone():
            self._log_opening(how)
            self.write_report()

    def _log_opening(self, how: str) -> None:
        with self.record.alone():
            self.record.event("test_opened", times=self.test_openings + 1, how=how)

    def _open_split(
        self, split: str, trust: trusting.Trust, reading: Reading | None = None
    ) -> dict[str, dict[str, Any]]:
        from netwright.metrics.measure import measure

        is_kept = split != "test" and split in self.record.measures()
        # dev and train say nothing of an interval that dev made
        beside = trust.of_labels if is_kept else trust.metrics
        if is_kept and not beside:
            return self._judged(split)
        examples = answering.of_split(self.system, self.recipe, self.record, split, reading)
        if is_kept:
            answers = answering.to_own_data(self._answerer(), examples, self.record).answers
            return {**self._judged(split), **_measured(beside, examples, answers)}
        # whatever may refuse comes before the opening: afterwards it counts
        diagnosing.to_diagnose(self.record, self.system, None)
        diagnosing.expect_ended(self.record)
        answer = self._answerer()
        if split == "test":
            self._log_opening("by name")  # the report comes with its figure
        found = answering.to_own_data(answer, examples, self.record)
        measured = measure(self.system.all_metrics(self.codec), examples, found.answers)
        with self.record.alone():
            self.record.write_predictions(split, self.system, examples, found.answers, found.losses)
            self.record.write_measures({**self.record.measures(), split: measured})
            self.diagnose()
        return {**self._judged(split), **_measured(beside, examples, found.answers)}

    def _judged(self, split: str) -> dict[str, dict[str, Any]]:
        """Its figures on a split, by the labels as they are corrected now."""
        from netwright.api.kept import judged_again

        kept = self.record.measures()
        return measures_as_json(judged_again.measures(self.record, self.system, kept)[0])[split]


def _measured(
    metrics: Sequence[Metric], examples: Examples, answers: Sequence[Answer] | AnswerColumns
) -> dict[str, dict[str, Any]]:
    """These figures alone, beside those that are kept."""
    from netwright.metrics.measure import measure

    found = measure(metrics, examples, answers) if metrics else {}
    return {one.name: found[one.name].as_json() for one in metrics if one.name in found}


def with_module(system: AnySystem, module: nn.Module) -> AnySystem:
    """The system with a person's own net in the place of the recipe's; its stages are by its
    children.
    """
    return dataclasses.replace(system, model=lambda codec, recipe: module, body=None)
