"""How a training begins that starts from other weights and freezes what came with them.

features    what the net makes of each example before its new last layer, once
depth       how many stages stay frozen: by cross-validation on features, where that is ``auto``
head        the new last layer, fitted on the features
training    of the last layer alone on the features; of what is not frozen on what comes out of the
            frozen stages, where nothing is augmented; else on the examples
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from netwright.base.errors import RecipeError
from netwright.base.figures import counted, duration, percent, plain, readable, size_in_words
from netwright.base.paths import Inside
from netwright.contract import Batch, Examples
from netwright.training import checkpoints
from netwright.training.freezing import (
    behind_frozen,
    feature_codec,
    features,
    fitted_head,
    phases,
    stages,
)
from netwright.training.freezing.features import HEAD, KeptFeatures
from netwright.training.freezing.fitted_head import TriedFeatures
from netwright.training.setup import TrainingSetup

Log = Callable[[str], None]

DEPTHS = (0.4, 0.6, 0.75, 0.9)
"""Parts of the stages before the last after which a last layer is tried, beside all of them."""


def begun(
    setup: TrainingSetup, log: Log | None = None, *, anew: bool = True
) -> tuple[TrainingSetup, list[str]]:
    """The setup as its training goes on from here, its depth resolved; and what was found, in a
    line each.

    Args:
        anew: whether the last layer is to be fitted; else its weights come from a checkpoint.
    """
    knobs = setup.recipe.training
    deepest = len(stages.stages_of(setup.system, setup.net)) - 1
    if knobs.freeze == "all":
        setup = _frozen(setup, deepest)
    if not knobs.cache_features:
        return _frozen(setup, setup.recipe.training.frozen), []
    head = features.head_of(setup.system, setup.net)
    if not features.reads_features(setup, head):
        setup = setup.with_recipe(setup.recipe.changed({"training.cache_features": False}))
        return _frozen(setup, setup.recipe.training.frozen), [
            "features are not computed once: the last layer does not read one vector of each"
            " example (where answers are means of two images it reads two), or examples are mixed"
        ]
    if log is not None:
        log(f"computing what {setup.recipe.model.name} makes of the examples ...")
    return _on_features(setup, head, deepest, anew=anew)


def gone_on(setup: TrainingSetup, state: Inside | None) -> TrainingSetup:
    """The same of a training that goes on from a saved state; None: it has none yet, and begins.
    Where stages are thawed by then, all of the net is run from there on.
    """
    knobs = setup.recipe.training
    if knobs.cache_features and state is not None:
        now = phases.frozen_in(setup.recipe, checkpoints.epoch_of(state))
        if now < knobs.frozen:
            return setup
        checkpoints.load_net(state, setup.net)
    return begun(setup, anew=state is None)[0]


def check_change(setup: TrainingSetup, changes: Mapping[str, Any]) -> None:
    """Refuse to thaw what is not run, and to freeze what is kept as it was before it was thawed.

    Raises:
        RecipeError: the training is on features.
    """
    if setup.kept is None or "training.thaw" not in changes:
        return
    if setup.passed is not None and changes["training.thaw"] != setup.recipe.training.thaw:
        raise RecipeError(
            "training.thaw: this run trains on what its frozen stages make, as it was planned:"
            " train anew --from this run, or begin with --set training.cache_features=false."
        )
    if setup.passed is None and changes["training.thaw"] is not None:
        raise RecipeError(
            "training.thaw: this run trains its last layer on features, and nothing before it is"
            " run: train anew --from this run, whose other stages then move."
        )


def _frozen(setup: TrainingSetup, count: int) -> TrainingSetup:
    return setup.with_recipe(setup.recipe.changed({"training.freeze": count}))


def _on_features(
    setup: TrainingSetup, head: str, deepest: int, *, anew: bool
) -> tuple[TrainingSetup, list[str]]:
    is_auto, all_stages = (
        setup.recipe.training.freeze == "auto",
        stages.stages_of(setup.system, setup.net),
    )
    depths = _depths(deepest) if is_auto else [deepest]
    after = {depth: all_stages[depth - 1] for depth in depths if depth < deepest}
    front = features.front_of(setup, head, after)
    parts = [setup.train, setup.dev] if len(setup.dev) else [setup.train]
    found = features.kept(front, parts)
    lines = [_of_the_cache(parts, found)]
    codec = feature_codec.of_parts(front, parts, [one.values[HEAD] for one in found])
    if anew and _is_new(setup, head):
        batch = codec.encode(setup.train).to(found[0].values[HEAD].device)
        tried = _tried(setup, head, batch, {**found[0].values, str(deepest): found[0].values[HEAD]})
        _put(setup, head, batch, tried[deepest])
        lines += _table(setup, tried, deepest)
        if is_auto:
            setup = _frozen(setup, _best(setup, tried))
    elif is_auto:
        setup = _frozen(setup, 0)
    if setup.recipe.training.frozen == deepest and not setup.recipe.training.thaws:
        lines.append("the last layer alone is trained, on these features: nothing is augmented")
        return feature_codec.on_features(setup, codec), lines
    setup, line = behind_frozen.begun(setup, head, parts)
    return setup, lines + ([line] if line else [])


def _is_new(setup: TrainingSetup, head: str) -> bool:
    """Whether the last layer was newly drawn."""
    taken = setup.taken_over
    return taken is not None and any(name.startswith(f"{head}.") for name in taken.drawn)


def _tried(
    setup: TrainingSetup, head: str, batch: Batch, values: Mapping[str, Tensor]
) -> dict[int, TriedFeatures]:
    """Depth -> what a last layer on the features after so many stages reaches."""
    layer, depths = setup.net.get_submodule(head), sorted(int(one) for one in values if one != HEAD)
    return {
        depth: fitted_head.cross_validated(setup, layer, batch, values[str(depth)])
        for depth in depths
    }


def _put(setup: TrainingSetup, head: str, batch: Batch, tried: TriedFeatures) -> None:
    """The last layer as it is fitted best."""
    own = setup.net.get_submodule(head)
    found = fitted_head.fitted(setup, own, batch, tried.penalty)
    with torch.no_grad():
        for mine, fitted in zip(own.parameters(), found.parameters(), strict=True):
            mine.copy_(fitted)


def _depths(deepest: int) -> list[int]:
    """How many stages are tried frozen."""
    return sorted({max(1, round(part * deepest)) for part in DEPTHS} | {deepest})


def _best(setup: TrainingSetup, tried: dict[int, TriedFeatures]) -> int:
    """The deepest that is not worse than the best beyond the 95% interval of that one."""
    lower = setup.system.metrics[0].better == "lower"
    best = fitted_head.best_of(list(tried.values()), lower=lower)
    worst = best.high if lower else best.low
    edge = best.value if worst is None else worst
    return max(
        depth for depth, one in tried.items() if (one.value <= edge if lower else one.value >= edge)
    )


def _of_the_cache(parts: Sequence[Examples], found: Sequence[KeptFeatures]) -> str:
    size = sum(rows.nbytes for one in found for rows in one.values.values())
    seconds = [one.computed for one in found if one.computed is not None]
    how = f"computed in {duration(sum(seconds))} and kept in" if seconds else "read from"
    return (
        f"features of {counted(sum(map(len, parts)), 'example')} ({size_in_words(size)}) {how}"
        f" {found[0].place.parent}, which may be deleted"
    )


def _table(setup: TrainingSetup, tried: Mapping[int, TriedFeatures], deepest: int) -> list[str]:
    """What was tried, a line each depth."""
    metric = setup.system.metrics[0]
    shown = percent if metric.unit == "fraction" else readable
    return [
        f"a last layer on the {one.width:,} features after {depth} of {deepest} frozen stages:"
        f" {plain(metric.name)} {shown(one.value)} ({fitted_head.FOLDS} folds of train)"
        for depth, one in tried.items()
    ]
