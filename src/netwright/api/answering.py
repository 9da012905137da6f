"""What one run and several runs that answer together have in common: inputs answered as they are
read, and the examples that a measurement is made on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from netwright.api.inputs import read_inputs
from netwright.api.reading import read, read_again, to_measure
from netwright.base.errors import DataError, RunError
from netwright.base.figures import counted
from netwright.base.findings import DOES_NOT_FIT, Finding
from netwright.contract import Answer, AnySystem, Chosen, Codec, EarlierReading, Examples
from netwright.data.several_targets.names import in_a_line
from netwright.recipe import Recipe
from netwright.runs.record import Record

if TYPE_CHECKING:
    from torch import nn

    from netwright.training.evaluate import Answers

ANSWERED_AT_ONCE = 1 << 12
"""Inputs that are answered before their answers are given out, at most."""

Answering = Callable[[Examples], Sequence[Answer]]
"""Examples -> one answer each."""


def answer_each(
    inputs: Any, system: str, recipe: Recipe, answer: Answering, before: EarlierReading
) -> Iterator[tuple[str, Answer]]:
    """(source, answer) of each input, in order, as soon as it is answered; see
    ``Run.predict_each``.

    Args:
        before: how the run understood its table.
    """
    parts, answered = inputs if isinstance(inputs, Iterator) else iter([inputs]), 0
    for part in parts:
        streamed = parts is inputs
        examples = read_inputs(part, system, recipe, lines=streamed, before=before)
        for start in range(0, len(examples), ANSWERED_AT_ONCE):
            some = examples[start : start + ANSWERED_AT_ONCE]
            sources = some.sources
            if streamed:
                first = answered + start + 1
                sources = [f"line {first + at}" for at in range(len(some))]
            yield from zip(sources, answer(some), strict=True)
        answered += len(examples)


def answerer(
    net: nn.Module, system: AnySystem, codec: Codec, recipe: Recipe, chosen: Chosen
) -> Callable[[Examples], Answers]:
    """What answers examples with a trained net, on the recipe's device."""
    from netwright.training import devices, evaluate, units
    from netwright.training.batching import hold, loader

    knobs = recipe.training
    device = devices.choose(knobs.device, "float32", net).torch_device
    net = net.to(device)

    def answer(examples: Examples) -> Answers:
        budget = knobs.memory * loader.MIB
        cut = units.units_of(system, examples, recipe, codec)
        held, _ = hold.hold(cut.units, codec, device, place=knobs.batches, budget=budget)
        return evaluate.answers(net, system, codec, held, recipe, chosen, units=cut)

    return answer


def of_source(
    system: AnySystem,
    recipe: Recipe,
    source: Any,
    split: str | None,
    target: str | Sequence[str] | None,
    record: Record,
    *,
    lenient: bool = False,
) -> tuple[str, Examples, tuple[Finding, ...]]:
    """What a source is called, its examples to measure on, and findings on those that the system
    leaves out and on cells that count as missing; see ``Run.evaluate``.

    Args:
        record: of the run that is measured.

    Raises:
        DataError: the data cannot be used, or hold no such split.
    """
    from netwright.training.setup import arranged

    wanted = recipe if target is None else recipe.changed({"data.target": in_a_line(target)})
    whole = read(source, to_measure(source, wanted), record.earlier_reading(lenient=lenient))
    reading = arranged(system, whole, recipe)
    examples, path = reading.examples, reading.source.path
    missing = [found for found in whole.findings if found.code == DOES_NOT_FIT]
    findings = (*missing, *reading.findings[len(whole.findings) :])
    if wanted.data.target is None and _without_truth(whole.examples):
        raise DataError(f"{path} holds no truth to measure against: name the column with --target.")
    if split is None:
        _expect_truth(path, examples)
        return path, examples, findings
    rows = [i for i, own in enumerate(examples.splits or []) if own == split]
    if not rows:
        raise DataError(
            f"{path} has no split '{split}' of its own: leave out --split to measure on all of it,"
            f" or leave out SOURCE for the split of {record.id}."
        )
    some = examples.take(rows)
    _expect_truth(f"the split '{split}' of {path}", some)
    return path, some, findings


def of_split(system: AnySystem, recipe: Recipe, record: Record, split: str) -> Examples:
    """The examples of a split of a run's own data, read again.

    Raises:
        RunError: the data have changed since.
        DataError: the run has no such split.
    """
    reading = read_again(record.id, recipe, record.earlier_reading())
    if reading.fingerprint != record.mapping("data.json").get("fingerprint"):
        raise RunError(
            f"the data of {record.id} have changed since it was trained: name the source to measure"
            " on."
        )
    whole = system.arrange(reading.examples, recipe)
    assigned = record.splits_of(whole)
    rows = [i for i, own in enumerate(assigned) if own == split]
    if not rows:
        raise DataError(
            f"{record.id} has no split '{split}'; it has {', '.join(sorted(set(assigned)))}."
        )
    examples = whole.take(rows)
    _expect_truth(f"the {split} split of {record.id}", examples)
    return examples


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
