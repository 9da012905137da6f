"""What one run and several runs that answer together have in common: inputs answered as they are
read, and the examples that a measurement is made on.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwright.api.inputs import read_as
from netwright.api.kept import own_data
from netwright.api.reading import read, read_again, to_measure
from netwright.base.errors import DataError, NetwrightWarning, RunError, UnlikeTrainingWarning
from netwright.base.figures import counted
from netwright.base.findings import DOES_NOT_FIT, Finding
from netwright.contract import Answer, AnySystem, Chosen, Codec, Examples, Reading, ReadOptions
from netwright.data import labels
from netwright.data.several_targets.names import in_a_line
from netwright.runs.keeping import stages

if TYPE_CHECKING:
    from torch import nn

    from netwright.data.tables.seen import Unlike
    from netwright.recipe import Recipe
    from netwright.runs.record import Record
    from netwright.training.evaluate import Evaluated

ANSWERED_AT_ONCE = 1 << 12
"""Inputs that are answered before their answers are given out, at most."""

LEFT_OUT = ("NW201", "NW220", DOES_NOT_FIT)
"""What a reader found that it left out, or took for missing: figures say so."""

Answering = Callable[[Examples], Sequence[Answer]]
"""Examples -> one answer each."""

Seen = Mapping[str, Mapping[str, Any]]
"""Column of a table -> what training saw of it, as ``Record.seen`` has it."""


@dataclass(frozen=True)
class AnsweredInput:
    """An input and its answer.

    Args:
        source: what the input is called.
        answer: of the system.
        beside: what else is known of this input, by name: ``unlike``, the columns in which a row
            is unlike all of training.
    """

    source: str
    answer: Answer
    beside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reads:
    """How new inputs are read.

    Args:
        system: by whose readers.
        options: as the run's own data were.
        seen: column of its table -> what training saw of it.
    """

    system: str
    options: ReadOptions
    seen: Seen


def answer_each(inputs: Any, reads: Reads, answer: Answering) -> Iterator[AnsweredInput]:
    """Each input with its answer, in order, as soon as it is answered; see ``Run.predict_each``.

    Warns:
        UnlikeTrainingWarning: once, after the last one: some rows hold what training never saw.
    """
    parts, answered = inputs if isinstance(inputs, Iterator) else iter([inputs]), 0
    watch = _watching(reads.seen)
    for part in parts:
        streamed = parts is inputs
        examples = read_as(part, reads.system, reads.options, lines=streamed)
        for start in range(0, len(examples), ANSWERED_AT_ONCE):
            some = examples[start : start + ANSWERED_AT_ONCE]
            sources = some.sources
            if streamed:
                first = answered + start + 1
                sources = [f"line {first + at}" for at in range(len(some))]
            found = answer(some)
            unlike = watch.look(some)
            for at, source in enumerate(sources):
                beside = {} if unlike is None else {"unlike": unlike[at]}
                yield AnsweredInput(source, found[at], beside)
        answered += len(examples)
    _warn(watch)


def warn_of_dev(count: int, examples: Examples, run: str) -> None:
    """Warn where coverage is measured on what the interval was made of."""
    if count:
        warnings.warn(
            f"{count:,} of these {counted(len(examples), 'example')} are of dev, of which"
            f" {run} makes its intervals: their coverage looks better than it is.",
            NetwrightWarning,
            stacklevel=3,
        )


def warn_of_unlike(examples: Examples, seen: Seen) -> None:
    """Warn of rows that hold what training never saw, with how many they are."""
    watch = _watching(seen)
    watch.look(examples)
    _warn(watch)


def _watching(seen: Seen) -> Unlike:
    from netwright.data.tables.seen import ColumnSeen, Unlike

    return Unlike({name: ColumnSeen.of(column) for name, column in seen.items()})


def _warn(watch: Unlike) -> None:
    if message := watch.message():
        warnings.warn(message, UnlikeTrainingWarning, stacklevel=4)


def answerer(
    net: nn.Module, system: AnySystem, codec: Codec, recipe: Recipe, chosen: Chosen
) -> Callable[[Examples], Evaluated]:
    """What answers examples with a trained net, on the recipe's device."""
    from netwright.training import devices, evaluate, units
    from netwright.training.batching import hold, loader

    knobs = recipe.training
    device = devices.choose(knobs.device, "float32", net).torch_device
    net = net.to(device)

    def answer(examples: Examples) -> Evaluated:
        budget = knobs.memory * loader.MIB
        cut = units.units_of(system, examples, recipe, codec)
        held, _ = hold.hold(cut.units, codec, device, place=knobs.batches, budget=budget)
        return evaluate.answers(net, system, codec, held, recipe, chosen, units=cut)

    return answer


def read_to_measure(
    system: AnySystem,
    recipe: Recipe,
    source: Any,
    target: str | Sequence[str] | None,
    record: Record,
    *,
    lenient: bool = False,
) -> Reading:
    """A source with targets, read as a run understood its own; see ``Run.evaluate``.

    Args:
        record: of the run that is measured.

    Raises:
        DataError: the data cannot be used.
    """
    wanted = recipe if target is None else recipe.changed({"data.target": in_a_line(target)})
    wanted, before = to_measure(source, wanted), record.earlier_reading(lenient=lenient)
    target_form = before.columns.get(wanted.data.target or "")
    if system.label is not None and target_form is not None and target_form.kind != "words":
        # labels may be written otherwise: 1 and 0, yes and no
        inputs = {n: form for n, form in before.columns.items() if n != wanted.data.target}
        before = dataclasses.replace(before, columns=inputs)
    found = read(source, wanted, before)
    for task in ("classification", "regression"):
        if wanted.data.task != "auto" or system.accepts(found.examples) is not None:
            break  # else few rows looked like numbers that are labels, or like labels
        found = read(source, wanted.changed({"data.task": task}), before)
    if wanted.data.target is None and _without_truth(found.examples):
        raise DataError(
            f"{found.source.path} holds no truth to measure against: name the column with --target."
        )
    return found


def of_reading(
    system: AnySystem, recipe: Recipe, whole: Reading, split: str | None, record: Record
) -> tuple[str, Examples, tuple[Finding, ...]]:
    """What a source is called, its examples to measure on, and findings on those that its reader or
    the system leaves out; see ``Run.evaluate``.

    Raises:
        DataError: the source has no such split, or no target is known.
    """
    from netwright.training.setup import arranged

    reading = arranged(system, whole, recipe)
    examples, path = reading.examples, reading.source.path
    findings = (
        *(finding for finding in whole.findings if finding.code in LEFT_OUT),
        *reading.findings[len(whole.findings) :],
    )
    if split is None:
        _expect_truth(path, examples)
        return path, examples, findings
    rows = [i for i, own in enumerate(examples.splits or []) if own == split]
    if not rows:
        raise DataError(
            f"{path} has no split '{split}' of its own, and is not what {record.id} was trained on:"
            f" leave out --split to measure on all of it, or leave out SOURCE for the split of"
            f" {record.id}."
        )
    some = examples.take(rows)
    _expect_truth(f"the split '{split}' of {path}", some)
    return path, some, findings


def of_split(
    system: AnySystem, recipe: Recipe, record: Record, split: str, reading: Reading | None = None
) -> Examples:
    """The examples of a split of a run's own data, read again.

    Args:
        reading: the same data, where they have just been read, from wherever they lie now.

    Raises:
        RunError: the data have changed since.
        DataError: the run has no such split.
    """
    if reading is None:
        reading = own_again(recipe, record, split)
    whole = own_examples(system, recipe, record, reading)
    assigned = record.splits_of(whole)
    rows = [i for i, own in enumerate(assigned) if own == split]
    if not rows:
        raise DataError(
            f"{record.id} has no split '{split}'; it has {', '.join(sorted(set(assigned)))}."
        )
    examples = system.as_trained(whole.take(rows), split, recipe)
    _expect_truth(f"the {split} split of {record.id}", examples)
    return examples


def own_again(recipe: Recipe, record: Record, split: str) -> Reading:
    """The data that a run was trained on, read again from where they lay.

    Args:
        split: that is wanted of them, for the sentence of what to type where they lie elsewhere.

    Raises:
        DataError: they are not there any more.
    """
    options = stages.given(record.path, record.info())
    way = f"netwright evaluate {record.id} NEWPATH --split {split}{options}"
    return read_again(record.id, recipe, record.earlier_reading(), way=way)


def own_examples(system: AnySystem, recipe: Recipe, record: Record, reading: Reading) -> Examples:
    """All examples of a run's own data, in the order in which its splits are noted.

    Raises:
        RunError: the data have changed since.
    """
    if not own_data.are_of(record, reading):
        raise RunError(
            f"the data of {record.id} have changed since it was trained: name the source to measure"
            " on."
        )
    return system.arrange(reading.examples, recipe)


def to_own_data(
    answer: Callable[[Examples], Evaluated], examples: Examples, record: Record
) -> Evaluated:
    """What a run answers to examples of the data that it was trained on.

    Raises:
        DataError: its codec cannot read them; its file is named.
    """
    from netwright.runs import codecs

    with codecs.on_own_data(record):
        return answer(examples)


def answered(
    system: AnySystem, codec: Codec, answer: Answering, examples: Examples
) -> tuple[Examples, Sequence[Answer]]:
    """The answers to examples of a source that a person names, and the examples, their labels
    written as in training where they are the same.

    A label that training never saw is wrong whatever the answer, and is warned of with its count.

    Warns:
        NetwrightWarning: some labels are of that kind.
    """
    known = _known_labels(system, answer, examples)
    if known is None:
        new = [system.unseen(codec, target) for target in examples.targets]
        _warn_of_unseen(examples, sum(map(bool, new)), Counter(label for of in new for label in of))
        return examples, answer(examples)
    names = {name: labels.same(name, known) for name in dict.fromkeys(examples.targets)}
    unseen = Counter(
        name for name in examples.targets if name is not None and names[name] not in known
    )
    _warn_of_unseen(examples, unseen.total(), unseen)
    written = [names[name] for name in examples.targets]
    to_answer = [None if name in unseen else name for name in written]
    found = answer(dataclasses.replace(examples, targets=to_answer))
    return dataclasses.replace(examples, targets=written), found


def _warn_of_unseen(examples: Examples, total: int, unseen: Counter[str]) -> None:
    """Warn of so many examples of classes that training never saw, each so often."""
    if not unseen:
        return
    listed = ", ".join(f"{name} {count:,}" for name, count in unseen.most_common(5))
    more = ", ..." if len(unseen) > 5 else ""
    warnings.warn(
        f"{total:,} of these {counted(len(examples), 'example')} {'is' if total == 1 else 'are'} of"
        f" {'a class' if len(unseen) == 1 else 'classes'} that training never saw"
        f" ({listed}{more}): counted as wrong.",
        NetwrightWarning,
        stacklevel=4,
    )


def _known_labels(
    system: AnySystem, answer: Answering, examples: Examples
) -> tuple[str, ...] | None:
    """The labels that a run answers with; None: it answers with no labels."""
    if system.label is None or system.probabilities is None or not len(examples):
        return None
    if not all(name is None or isinstance(name, str) for name in examples.targets):
        return None
    first = examples.take([0])
    (one,) = answer(dataclasses.replace(first, targets=[None]))
    found = system.probabilities(one)
    return None if found is None else tuple(found)


def _expect_truth(what: str, examples: Examples) -> None:
    """Refuse examples of which none can be measured.

    Raises:
        DataError: no target is known.
    """
    if _without_truth(examples):
        raise DataError(
            f"nothing to measure on: none of the {counted(len(examples), 'example')} of {what} has"
            " a known target."
        )


def _without_truth(examples: Examples) -> bool:
    return all(truth is None for truth in examples.targets)
