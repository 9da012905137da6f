"""Which component of a run's system its error on dev comes from: the truth in the place of what a
component made of each example, and the components after it asked again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.api import answering
from netwright.api.kept.store import open_run
from netwright.api.run import Run
from netwright.base.errors import DataError, RunError
from netwright.contract import Answer, AnySystem, Chosen, Examples
from netwright.doctor.errors.components import Blame, Replaced, blamed
from netwright.runs import codecs
from netwright.runs.annotations import overlay

if TYPE_CHECKING:
    from torch import nn

SPLIT = "dev"

AT_ONCE = 1 << 9
"""Examples that a component works on at once."""

NEAR = 1e-6
"""Figures that differ by less than this part of them differ by rounding alone."""

Outputs = Sequence[Any]

Truths = Mapping[str, Outputs]
"""Component -> the truth of what it makes of each example, None where that is not known."""


def blame(
    run: Run | str, *, store: str | Path | None = None, system: str | Path | None = None
) -> Blame:
    """Which component of a system that answers in steps the error on dev comes from: what the whole
    gains, step by step, where the output of one is replaced by the truth, and that of all up to it.

    Args:
        run: or its name.
        store: where runs are kept (default: ``runs``).
        system: the folder of its system, where that is one of your own.

    Raises:
        RunError: its system answers at once, its net has learned from dev, or its data have
            changed.
        DataError: the data are not there any more, or no component's truth is known.
    """
    opened = run if isinstance(run, Run) else open_run(run, store=store, system=system)
    _expect_components(opened)
    examples = answering.of_split(opened.system, opened.recipe, opened.record, SPLIT)
    examples = overlay.by_annotations(opened.record.path, opened.system, examples)
    known = [row for row, target in enumerate(examples.targets) if target is not None]
    examples = examples.take(known)
    truths = _truths(opened, examples)
    rows, missing = _with_every_truth(opened, truths)
    examples = examples.take(rows)
    truths = {name: [column[row] for row in rows] for name, column in truths.items()}
    with codecs.on_own_data(opened.record):
        net = opened.net.cpu()
        answer = chained(opened.system, examples, net, opened.codec, opened.recipe, opened.chosen)
        own = answer({})
        replaced = [
            Replaced(
                " + ".join([*missing[name], name]),
                answer({name: truths[name]}),
                answer({one: truths[one] for one in list(truths)[: at + 1]}),
            )
            for at, name in enumerate(truths)
        ]
    metric, bare = opened.system.metrics[0], examples.without_inputs()
    found = blamed(opened.id, metric, bare, own, replaced, of=len(known))
    return dataclasses.replace(found, notes=tuple(_notes(opened, found, truths)))


def _expect_components(run: Run) -> None:
    """Refuse a run of which there is nothing to take apart, or nothing held out.

    Raises:
        RunError: so it is.
    """
    if not run.system.components:
        raise RunError(
            f"the system '{run.system.name}' of {run.id} answers at once: blame takes apart a"
            " system that names its components, each with how its output is made and what is true"
            " of it (components; docs/blame.md)."
        )
    if "folds" in run.info:
        raise RunError(
            f"{run.id} was trained by folds, and its net has learned from the examples that it is"
            " judged on: blame a run that holds out dev, or one of the folds' own runs."
        )


def chained(
    system: AnySystem, examples: Examples, net: nn.Module, codec: Any, recipe: Any, chosen: Chosen
) -> Callable[[Truths], list[Answer]]:
    """What gives the whole's answers to examples, the outputs of some components replaced.

    Args:
        net, codec, recipe, chosen: that it answers by.
    """
    import torch

    def part(rows: slice, replaced: Truths) -> list[Answer]:
        some, made, last = examples[rows], dict[str, Outputs](), list[Any]()
        for one in system.components:
            if one.name in replaced:
                last = list(replaced[one.name][rows])
            else:
                found = one.output(net, some, dict(made), codec, recipe, chosen)
                last = [found[at] for at in range(len(found))]
            if len(last) != len(some):
                raise DataError(
                    f"the component '{one.name}' of the system '{system.name}' gives"
                    f" {len(last):,} outputs to {len(some):,} examples: expected one each."
                )
            made[one.name] = last
        return last

    def answer(replaced: Truths) -> list[Answer]:
        with torch.no_grad():
            starts = range(0, len(examples), AT_ONCE)
            return [one for at in starts for one in part(slice(at, at + AT_ONCE), replaced)]

    return answer


def _truths(run: Run, examples: Examples) -> dict[str, list[Any]]:
    """Of each component whose truth is known of any example, in their order.

    Raises:
        DataError: of none it is.
    """
    found = {
        one.name: [one.truth(example) for example in examples] for one in run.system.components
    }
    known = {name: column for name, column in found.items() if any(v is not None for v in column)}
    if not known:
        raise DataError(
            f"of none of the {len(examples):,} dev examples of {run.id} the truth of a component"
            f" ({', '.join(found)}) is known: give the data what is true of one."
        )
    return known


def _with_every_truth(run: Run, truths: Truths) -> tuple[list[int], dict[str, list[str]]]:
    """The examples of which the truth of all of these is known; and, of each, the components right
    before it whose truth is not.

    Raises:
        DataError: there is no such example.
    """
    rows = [
        row
        for row, every in enumerate(zip(*truths.values(), strict=True))
        if all(one is not None for one in every)
    ]
    if not rows:
        raise DataError(
            f"no dev example of {run.id} has the truth of all of {', '.join(truths)}: give some"
            " examples the truth of each."
        )
    before: dict[str, list[str]] = {}
    waiting: list[str] = []
    for one in run.system.components:
        if one.name in truths:
            before[one.name], waiting = waiting, []
        else:
            waiting.append(one.name)
    return rows, before


def _notes(run: Run, found: Blame, truths: Truths) -> list[str]:
    notes = []
    if found.n < found.of:
        notes.append(
            f"on the {found.n:,} of {found.of:,} dev examples of which the truth of"
            f" {', '.join(truths)} is known"
        )
    names = [one.name for one in run.system.components]
    if left := names[max(map(names.index, truths)) + 1 :]:
        notes.append(
            f"the truth of {', '.join(left)} is known of no example: what the others leave is"
            " theirs"
        )
    kept = run.evaluate(split=SPLIT)[found.metric]["value"]
    is_whole = found.n == found.of and not run.chosen  # what is chosen is measured by halves
    if is_whole and abs(kept - found.own.value) > NEAR * abs(kept):
        notes.append(
            f"its components, chained, reach {found.metric} {found.own.value:.4g}, and the run's"
            f" answers {kept:.4g}: see whether they are still those that the system answers by"
        )
    return notes
