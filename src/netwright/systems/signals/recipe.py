"""Every hyperparameter of a classifier of signals and volumes."""

from __future__ import annotations

from netwright.recipe import Initialization, LabelObjective, NetModel, Recipe, knob
from netwright.recipe.turns import Turn, only


class SignalModel(NetModel):
    """The net: those of images that are made for any number of axes."""

    name: str = knob(
        "auto",
        "the architecture",
        scale="choice",
        tier=3,
        turns=(
            Turn("bigger net", only(("linear",), "mlp")),
            Turn("another net", only(("mlp", "linear"), "resnet-small")),
        ),
    )


class SignalRecipe(Recipe):
    """What every system has, and the nets for numbers that lie at places."""

    model: SignalModel = SignalModel()
    initialization: Initialization = Initialization()
    objective: LabelObjective = LabelObjective()
