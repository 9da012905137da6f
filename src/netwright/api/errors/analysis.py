"""A run's mistakes in the hands of a person: a sample, what is noted of each, the table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api.errors import level as levels
from netwright.api.errors.fitting import truths_of
from netwright.base.errors import NetwrightError
from netwright.contract import AnySystem, Examples
from netwright.doctor.errors import similar, words
from netwright.doctor.errors.sample import USUAL, Order, Sample, draw
from netwright.doctor.errors.table import ErrorLevel, ErrorTable, Looked, table
from netwright.runs.annotations import files, overlay
from netwright.runs.annotations.lines import LABEL_IS_WRONG, Annotation, tag_name
from netwright.runs.annotations.noted import Annotations, Noted
from netwright.runs.annotations.targets import Truths
from netwright.runs.record import Record

if TYPE_CHECKING:
    from netwright.runs.answers.predictions import Predictions

SPLIT = "dev"

LONGEST = 300
"""Characters of a truth or an answer."""


@dataclass(frozen=True)
class SampledMistake:
    """One mistake of the sample.

    Args:
        row: of the dev split.
        id: by content; what is noted is noted of it.
        truth, answer: as a person reads them.
        probability: that the answer states; None: it states none.
        count: how often it was drawn.
        group: mistakes that are alike have one; empty: nothing is alike.
    """

    row: int
    id: str
    source: str
    truth: str
    answer: str
    probability: float | None
    loss: float | None
    count: int
    group: str


@dataclass(frozen=True)
class ErrorAnalysis:
    """The sample of a run's dev mistakes, what people noted of them, and the table of it.

    Args:
        run: the run's id.
        store: the folder that it lies in, ``annotations/`` beside it.
        level: the error that the mistakes are of.
        mistakes: the sample, in order.
        is_random: whether it speaks for all mistakes.
        truths: of all of dev, which a person may correct.
        annotations: what is noted of any example, by all who wrote.
        writer: of what is noted from here.
        tagged: examples of the same data that had notes at the beginning, of dev or not.
    """

    run: str
    store: Path
    level: ErrorLevel
    mistakes: tuple[SampledMistake, ...]
    is_random: bool
    truths: Truths
    annotations: Annotations
    writer: files.AnnotationWriter = field(repr=False)
    tagged: frozenset[str] = field(default=frozenset(), repr=False)

    def __str__(self) -> str:
        """The table as text."""
        return words.in_lines(self.table)

    def like(self, one: SampledMistake) -> list[SampledMistake]:
        """The mistakes of the sample that are like one, itself first."""
        others = [other for other in self.mistakes if one.group and other.group == one.group]
        return [one, *(other for other in others if other is not one)]

    # --- what is noted

    def reread(self) -> None:
        """Take in what others noted meanwhile.

        Raises:
            NetwrightError: a file cannot be read.
        """
        vars(self.annotations).update(vars(files.read(self.store)))

    def noted(self, id: str) -> Noted:
        """Of one example."""
        return self.annotations.of_example(id)

    def tags(self) -> list[str]:
        """Those that examples of this data have; others' would fill the keys in vain."""
        return self.annotations.tags(self.tagged.union(self.truths.examples.ids))

    def tag(self, ids: str | Sequence[str], name: str, *, like: str = "") -> None:
        """Give a tag to one example or to several.

        Args:
            like: the one of them that was looked at; the others have the tag because they are like
                it, and count once they are looked at, or once nothing of the sample waits.

        Raises:
            NetwrightError: it cannot be a tag, or differs from another in case or blanks alone; an
                example is not of dev.
        """
        chosen = tag_name(name)
        self.annotations.expect_new(chosen)
        self._write(ids, "tag", tag=chosen, like=like)

    def untag(self, ids: str | Sequence[str], name: str) -> None:
        """Take a tag away."""
        self._write(ids, "untag", tag=tag_name(name))

    def correct(self, id: str, new: Any, why: str = "") -> None:
        """Say that the label of an example is wrong, and what is right.

        Raises:
            NetwrightError: it is no target of this system, or the example is not of dev.
        """
        old, right = self.truths.change(id, new)
        self._write(id, "label", old=old, new=right, why=why)

    def skip(self, ids: str | Sequence[str]) -> None:
        """Leave an example out of the count."""
        self._write(ids, "skip")

    def see(self, ids: str | Sequence[str]) -> None:
        """Note that it was looked at: without a tag it counts as one of no kind."""
        self._write(ids, "seen")

    def undo(self, key: str | None = None) -> Annotation | None:
        """Undo what was noted last from here, or the lines of a key; returns one of them, or None
        where there is nothing to undo.
        """
        return files.undo(self.annotations, self.writer, key)

    def _write(self, ids: str | Sequence[str], kind: Any, **values: Any) -> None:
        chosen = [ids] if isinstance(ids, str) else list(ids)
        for one in chosen:
            self.truths.expect(one)
        if chosen:
            for line in self.writer.write(chosen, kind, **values):
                self.annotations.add(line)

    # --- what comes of it

    @property
    def table(self) -> ErrorTable:
        """Of what the mistakes are, and what each kind would bring."""
        # of most mistakes nothing is noted: these are counted, and no more
        touched = [one for one in self.mistakes if one.id in self.annotations.by_id]
        sampled = sum(one.count for one in self.mistakes)
        whole = self._is_whole
        looked = (self._looked(one, whole=whole) for one in touched)
        return table(self.level, looked, sampled=sampled, is_random=self.is_random)

    @property
    def _is_whole(self) -> bool:
        """Whether nothing of the sample waits. Before, those tagged for their likeness are no
        random part of it, and count for nothing.
        """
        found = (self.noted(one.id) for one in self.mistakes)
        return all(one.is_looked_at or one.is_alike or one.skipped for one in found)

    def _looked(self, one: SampledMistake, *, whole: bool) -> Looked:
        noted, groups = self.noted(one.id), self.truths.examples.groups
        wrong_label = (LABEL_IS_WRONG,) if noted.correction is not None else ()
        group = "" if groups is None else groups[one.row]
        tags = (*noted.tags, *wrong_label)
        counts = noted.is_looked_at or (whole and noted.is_alike)
        return Looked(one.count, tags, counts, noted.skipped, group or "")

    def rows(self) -> Iterator[dict[str, Any]]:
        """The sample as rows of a table, with what is noted of each."""
        whole = self._is_whole
        for one in self.mistakes:
            noted = self.noted(one.id)
            fix = noted.correction
            yield {
                **{key: value for key, value in asdict(one).items() if key != "row"},
                "tags": "; ".join(noted.tags),
                "skipped": noted.skipped,
                "looked_at": self._looked(one, whole=whole).is_looked_at,
                "tagged_alike": noted.is_alike,
                "right_label": "" if fix is None else in_words(fix.new),
                "why": "" if fix is None else fix.why,
                "who": "" if (last := self.annotations.last_line(one.id)) is None else last.who,
                "time": "" if last is None else last.time,
            }

    def as_json(self) -> dict[str, Any]:
        """Plain values: the table, the tags, and the sample with what is noted of each."""
        return {
            "run": self.run,
            "table": self.table.as_json(),
            "tags": self.tags(),
            "mistakes": [{**row, "tags": list(self.noted(row["id"]).tags)} for row in self.rows()],
        }


def of_record(
    record: Record, system: AnySystem, n: int = USUAL, order: Order = "uniform", seed: int = 0
) -> ErrorAnalysis:
    """The mistakes of a run on dev, of which a sample is looked at.

    Raises:
        RunError: it has no answers on dev.
        NetwrightError: what was noted cannot be read.
    """
    found = record.read_predictions(SPLIT)
    examples = overlay.as_in_the_source(record.path, system, record.examples_as_kept(SPLIT, system))
    try:
        answers = record.answers(SPLIT, system)
    except NetwrightError:  # of an earlier release: words and losses are there
        answers = []
    sizes, level = levels.of_predictions(found, examples)
    sample = draw(sizes, found.frame["loss"].to_list(), n, order, seed)
    store = record.path.parent
    annotations = files.read(store)
    return ErrorAnalysis(
        run=record.id,
        store=store,
        level=level,
        mistakes=tuple(_mistakes(found, sample, _groups(system, found, sample, examples, answers))),
        is_random=sample.is_random,
        truths=truths_of(record, system, examples, answers),
        annotations=annotations,
        writer=files.AnnotationWriter(store),
        tagged=record.known(annotations.by_id),
    )


def _groups(
    system: AnySystem,
    found: Predictions,
    sample: Sample,
    examples: Examples,
    answers: Sequence[Any],
) -> list[str]:
    """The name of the group of each mistake."""
    frame, kinds = found.take(sample.rows).frame, []
    pairs = zip(frame["label"].to_list(), frame["answered"].to_list(), strict=True)
    for row, (truth, answer) in zip(sample.rows, pairs, strict=True):
        if truth is not None and answer is not None:
            kinds.append(f"{truth} → {answer}")
        else:
            kinds.append((answers and system.mistake(examples[row], answers[row])) or "")
    return similar.groups(kinds, _vectors(system, examples, answers, sample))


def _mistakes(found: Predictions, sample: Sample, groups: list[str]) -> Iterator[SampledMistake]:
    some = found.take(sample.rows)
    frame = some.frame
    columns = zip(
        sample.rows,
        frame["id"].to_list(),
        frame["source"].to_list(),
        some.in_words("truth", LONGEST),
        some.in_words("answer", LONGEST),
        frame["stated"].to_list(),
        [figure if math.isfinite(figure) else None for figure in frame["loss"].to_list()],
        sample.counts,
        groups,
        strict=True,
    )
    return (SampledMistake(*values) for values in columns)


def _vectors(system: AnySystem, examples: Any, answers: Sequence[Any], sample: Sample) -> Any:
    """(N, D) what the answers of the sample say: probabilities, or how far off numbers are; None
    where they say neither.
    """
    import numpy as np

    if not answers or not sample.rows:
        return None
    rows = []
    for row in sample.rows:
        values = system.probabilities(answers[row])
        if values is None:
            values = _residuals(system, examples.targets[row], answers[row])
        if values is None:
            return None
        rows.append(list(values.values()))
    if len({len(row) for row in rows}) > 1:
        return None
    return np.nan_to_num(np.asarray(rows, float))


def _residuals(system: AnySystem, target: Any, answer: Any) -> dict[str, float] | None:
    """How far off each number is, 0 where it is not known; None: there are none."""
    given = system.numbers(getattr(answer, fields(system.answer)[0].name))
    truth = system.numbers(target)
    if given is None or truth is None:
        return None
    return {name: value - truth.get(name, value) for name, value in given.items()}


def in_words(value: Any) -> str:
    """A target as JSON holds it, in a line."""
    from netwright.base import figures

    return figures.value(value, LONGEST)
