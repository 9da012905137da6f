"""The checks. Each gives a sentence that says what is wrong, or an empty one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from netwright import systems
from netwright.api.checking.components import chain_to_its_answers
from netwright.api.checking.exports import answers_outside
from netwright.api.checking.tried import Tried, answers, curves, fitted, prepared, same
from netwright.base.errors import NetwrightError
from netwright.contract import Examples
from netwright.data import splits
from netwright.recipe import Recipe, knobs
from netwright.runs import codecs
from netwright.training.freezing import stages
from netwright.training.optim import flat_weights
from netwright.training.steps import autograd

LEARNED = 600
"""So many examples are learned from where it is asked whether a system learns."""

REFERENCE_SECONDS = 5.0
"""For the usual methods beside the net, about; by it a system says on how many rows they learn."""

CheckFunction = Callable[[Tried], str]


def takes_its_sample(tried: Tried) -> str:
    """Its own sample it accepts; its takes.py, where it has one, leaves the splits to defaults that
    its recipe has too.
    """
    if tried.system.accepts(tried.examples) is None:
        return "accepts refuses the examples of the system's own sample"
    name, recipe = tried.system.name, tried.system.recipe()
    if name not in systems.places() or systems.takes(name).recipe is not None:
        return ""
    own = [
        key
        for key in knobs(Recipe)
        if key.startswith(("data.", "split.")) and recipe.value(key) != Recipe().value(key)
    ]
    return f"the recipe has another default of {', '.join(own)}: leave takes.py out" if own else ""


def splits_its_sample(tried: Tried) -> str:
    """Of 240 and of 600 of its sample the recipe's own splits leave train and dev known targets."""
    recipe = tried.system.recipe().changed(tried.changes)
    for count in (240, LEARNED):
        examples = tried.system.arrange(tried.system.sample(count, 0), recipe)
        try:
            splits.as_wanted(tried.system, examples, recipe)
        except NetwrightError as error:
            return f"sample({count}, 0), by the recipe's default splits: {error}"
    return ""


def survives_json(tried: Tried) -> str:
    """Recipe and codec are read back from JSON as they were."""
    setup = tried.made.setup
    recipe, codec = setup.recipe, codecs.load(tried.system, tried.made.record)
    if codec != setup.codec:
        return "the codec read back from JSON is not the one that was written"
    if tried.system.recipe.of(json.loads(recipe.model_dump_json())) != recipe:
        return "the recipe read back from JSON is not the one that was written"
    return ""


def learns(tried: Tried) -> str:
    """So many of its sample in 25 epochs: better than its baseline by more than the interval."""
    made = tried.finished({"training.epochs": 25}, tried.system.sample(LEARNED, 0))
    metric = tried.system.metrics[0]
    dev, baseline = made.record.measures()["dev"][metric.name], made.record.info()["baseline"]
    if dev.low is None or dev.high is None or baseline is None:
        return f"{metric.name} on dev is {dev.value:g}, without an interval"
    cleared = dev.high < baseline if metric.better == "lower" else dev.low > baseline
    return (
        ""
        if cleared
        else f"{metric.name} on dev is {dev.value:.4g} ({dev.low:.4g} to {dev.high:.4g}), no better"
        f" than {baseline:.4g}, which the baseline reaches"
    )


def repeats_by_seed(tried: Tried) -> str:
    """The same seed gives the same curve, and another seed another."""
    first = curves(tried.made.record)
    if curves(tried.finished().record) != first:
        return "a second training with the same seed has another curve: chance that is not seeded?"
    other = tried.finished({"training.seed": 1})
    return "" if curves(other.record) != first else "another seed gives the same curve"


def resumes(tried: Tried) -> str:
    """Killed after four steps and resumed, it ends bit for bit the same."""
    if same(tried.made.record, tried.killed_and_resumed(after=4)):
        return ""
    return "resumed after a kill it ends with other weights: is something kept beside the net?"


def freezes_its_stages(tried: Tried) -> str:
    """What is frozen, all stages but the last, stays bit for bit; the last one learns."""
    found = stages.stages_of(tried.system, tried.start({}).setup.net)
    if len(found) < 2:
        return ""  # the last one is always trained
    made = tried.start({"training.freeze": len(found) - 1, "training.epochs": 1})
    net: nn.Module = made.setup.net
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    fitted(made)
    frozen = tuple(f"{name}." for stage in found[:-1] for name in stage)
    moved = [name for name in before if not torch.equal(before[name], net.state_dict()[name])]
    for name in moved:
        if name.startswith(frozen):
            return f"'{name}' is frozen and moves: does a function of the system change it?"
    return "" if moved else "the last stage of body has no weights that learn"


def works_in_parts(tried: Tried) -> str:
    """A batch worked through in parts gives the same gradient: a row's loss is its own."""
    made = tried.start({})
    # batch statistics and dropout differ by part, by their nature
    net = made.setup.net.double().eval()
    flat = flat_weights.flatten(net)
    batch = prepared(made, tried.arranged.take(range(30))).map(_double)
    gradients = []
    for parts in (1, 4):
        step = autograd.Eager(net, made.setup.loss, flat, made.setup.device, parts)
        step(batch, batch.count.sum())
        gradients.append(flat.gradient.clone())
    if not bool(gradients[0].abs().max() > 0):
        return "the loss has no gradient"
    if torch.allclose(gradients[0], gradients[1], rtol=1e-6, atol=1e-9):
        return ""
    return "a batch in four parts has another gradient: loss gives (B,), each of its own row alone"


def _double(column: Tensor) -> Tensor:
    return column.double() if column.is_floating_point() else column


def answers_alone(tried: Tried) -> str:
    """An answer alone equals the answer in company."""
    few = tried.arranged.take(range(20))
    company = answers(tried.made, few)
    for at in range(len(few)):
        alone = answers(tried.made, few.take([at]))
        near = alone.losses[0] == company.losses[at] or (
            abs(alone.losses[0] - company.losses[at]) <= 1e-5 * max(1, abs(company.losses[at]))
        )
        if not near and company.losses[at] == company.losses[at]:
            return f"{few.sources[at]} alone has another loss than beside others"
    return ""


def masks_labels(tried: Tried) -> str:
    """What has no label leaves the weights as they are: count is 0 and so is its gradient."""
    made = tried.start({})
    few = tried.arranged.take(range(8))
    batch = prepared(made, replace(few, targets=[None] * len(few)))
    if batch.count.any():
        return "encode counts examples whose target is None: their count is to be 0"
    net: nn.Module = made.setup.net.eval()
    loss = made.setup.loss(net, batch).sum()
    weights = [weight for weight in net.parameters() if weight.requires_grad]
    gradients = torch.autograd.grad(loss, weights, materialize_grads=True)
    if all(bool((gradient == 0).all()) for gradient in gradients):
        return ""
    return "examples whose target is None have a gradient: multiply each loss by its count"


def keeps_answers(tried: Tried) -> str:
    """The answers of a run, and the targets of its examples, are read back as they were; each
    answer is of the answer's class.
    """
    system, train = tried.system, tried.made.setup.train
    found = answers(tried.made, train).answers
    here = [found[at] for at in range(len(train))]
    if not all(isinstance(answer, system.answer) for answer in here):
        return f"decode gives {type(here[0]).__name__}: expected {system.answer.__name__}"
    kept = tried.made.record.answers("train", system)
    if list(map(repr, kept)) != list(map(repr, here)):
        return "answers are read back changed"
    targets = tried.made.record.examples("train", system).targets
    if list(map(repr, targets)) != list(map(repr, train.targets)):
        return "targets are read back changed: say what they are by System.target"
    return ""


def asks_alike(tried: Tried) -> str:
    """``label``, ``wrong`` and ``probabilities`` say what they are to say."""
    system, dev = tried.system, tried.made.setup.dev
    found = answers(tried.made, dev).answers
    for at, example in enumerate(dev.without_inputs()):
        stated, label = system.probabilities(found[at]) or {}, system.label(example.target)
        if system.wrong(example, found[at]) not in (True, False, None):
            return "wrong gives something else than True, False or None"
        if not all(0 <= p <= 1.0001 for p in stated.values()):
            return "probabilities gives a number outside 0 to 1"
        if label is not None and stated and label not in stated:
            return f"probabilities gives none to the label '{label}'"
    return ""


def refers_to_train_alone(tried: Tried) -> str:
    """Its references give an answer an example, of its class, the same each time, and without the
    targets of the examples that they are asked of.
    """
    system, setup = tried.system, tried.made.setup
    if system.references is None:
        return ""
    train, dev = setup.train, setup.dev

    def of(examples: Examples) -> dict[str, list[Any]]:
        assert system.references is not None
        given = system.references(train, examples, setup.recipe, setup.codec, REFERENCE_SECONDS)
        return {one.name: [one.answers[at] for at in range(len(one.answers))] for one in given}

    first, blind = of(dev), of(replace(dev, targets=[None] * len(dev)))
    for name, found in first.items():
        if len(found) != len(dev):
            return f"{name} gives {len(found)} answers to {len(dev)} examples"
        other = next((one for one in found if not isinstance(one, system.answer)), None)
        if other is not None:
            return f"{name} gives {type(other).__name__}: expected {system.answer.__name__}"
    if repr(of(dev)) != repr(first):
        return "references say another thing the second time: chance that is not seeded?"
    if repr(blind) != repr(first):
        return "references look at the targets of the examples that they are asked of"
    return ""


def orders_its_metrics(tried: Tried) -> str:
    """No metric changes when the examples come in another order."""
    system, dev = tried.system, tried.made.setup.dev
    found = answers(tried.made, dev).answers
    for metric in system.metrics:
        values = [
            metric.per_example(example, found[at])
            for at, example in enumerate(dev.without_inputs())
            if example.target is not None
        ]
        figures = [metric.value(values), metric.value(values[::-1])]
        if not all(abs(a - b) <= 1e-9 * max(1, abs(a)) for a, b in pairwise(figures)):
            return f"{metric.name} depends on the order of the examples"
    return ""


CHECKS: Mapping[str, CheckFunction] = {
    "it accepts its own sample": takes_its_sample,
    "its sample leaves train and dev known targets": splits_its_sample,
    "recipe and codec survive JSON": survives_json,
    "it learns": learns,
    "the same seed gives the same curve, another seed another": repeats_by_seed,
    "killed and resumed, it ends bit for bit the same": resumes,
    "what is frozen of it stays bit for bit": freezes_its_stages,
    "a batch in parts has the same gradient": works_in_parts,
    "an answer alone equals the answer in company": answers_alone,
    "an example without a label has no gradient": masks_labels,
    "answers are kept whole": keeps_answers,
    "label, wrong and probabilities agree": asks_alike,
    "components, chained, give its answers": chain_to_its_answers,
    "metrics do not depend on the order": orders_its_metrics,
    "exported, its net answers as it does here": answers_outside,
    "references learn from train alone, and say the same twice": refers_to_train_alone,
}
"""What holds -> the function that tries it."""
