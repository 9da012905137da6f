"""The examples of a run as a person sees them: drawn by the system from the data themselves, and
the training examples that the net takes for most alike.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from netwright.api import answering
from netwright.api.run import Run
from netwright.base.errors import NetwrightError
from netwright.base.seeds import seed_of
from netwright.contract import Examples
from netwright.contract.views import Shown

if TYPE_CHECKING:
    import numpy as np

MOST_TRAIN = 5_000
"""Training examples that near ones are looked for among."""

NEAREST = 5


@dataclass(frozen=True)
class Neighbour:
    """A training example that is near to another.

    Args:
        row: of the training examples that were looked at.
        truth: as a person reads it.
        distance: between what the net makes of both before its last layer.
    """

    row: int
    source: str
    truth: str
    distance: float


class RunExamples:
    """The dev and training examples of a run with their inputs, read when the first is shown.

    Args:
        run: whose.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.why = ""
        """Why examples cannot be drawn; empty where they can, or nobody tried."""
        self.why_no_neighbours = ""
        self._reading, self._comparing = threading.RLock(), threading.RLock()

    def shown(self, row: int) -> Shown | None:
        """A dev example, drawn with its answer; None where it cannot be."""
        with self._reading:
            if self._dev is None:
                return None
            answer = None if self._answers is None else self._answers[row]
            return self.run.system.show(self._dev[row], answer)

    def shown_of_train(self, row: int) -> Shown | None:
        """A training example, drawn; None where it cannot be."""
        with self._reading:
            if self._train is None or not 0 <= row < len(self._train):
                return None
            return self.run.system.show(self._train[row], None)

    def nearest(self, row: int) -> list[Neighbour]:
        """The training examples that are nearest to a dev example, the nearest first; none where
        that cannot be known, and ``why_no_neighbours`` says why.
        """
        with self._reading:
            dev, train = self._dev, self._train
        if dev is None or train is None:
            self.why_no_neighbours = self.why
            return []
        with self._comparing:  # the net may take a while: pictures need not wait for it
            if self._features is None:
                return []
            own = self._of(dev.take([row]))[0]
            distances = ((self._features - own) ** 2).sum(1) ** 0.5
        order = distances.argsort(kind="stable")[:NEAREST].tolist()
        return [
            Neighbour(
                at, train.sources[at], _words(self.run, train.targets[at]), float(distances[at])
            )
            for at in order
        ]

    @property
    def among(self) -> int:
        """Among how many training examples near ones are looked for."""
        return 0 if self._train is None else len(self._train)

    @cached_property
    def _read_again(self) -> Any:
        run = self.run
        try:
            return answering.own_again(run.recipe, run.record, "dev")
        except NetwrightError as error:
            self.why = str(error)
            return None

    def _split(self, split: str) -> Examples | None:
        run = self.run
        if self._read_again is None:
            return None
        try:
            return answering.of_split(run.system, run.recipe, run.record, split, self._read_again)
        except NetwrightError as error:
            self.why = str(error)
            return None

    @cached_property
    def _dev(self) -> Examples | None:
        found = self._split("dev")
        ids = self.run.record.predictions("dev")["id"].to_list()
        if found is not None and list(found.ids) != ids:
            self.why = f"the dev examples of {self.run.id} are in another order than they were."
            return None
        return found

    @cached_property
    def _train(self) -> Examples | None:
        import numpy as np

        found = self._split("train")
        if found is None or len(found) <= MOST_TRAIN:
            return found
        rng = np.random.default_rng(seed_of(0, "nearest training examples"))
        return found.take(np.sort(rng.permutation(len(found))[:MOST_TRAIN]).tolist())

    @cached_property
    def _answers(self) -> list[Any] | None:
        try:
            return self.run.record.answers("dev", self.run.system)
        except NetwrightError:
            return None

    @cached_property
    def _features(self) -> np.ndarray[Any, Any] | None:
        try:
            return None if self._train is None else self._of(self._train)
        except NetwrightError as error:
            self.why_no_neighbours = str(error)
            return None

    def _of(self, examples: Examples) -> np.ndarray[Any, Any]:
        from netwright.training.probes import last_features

        run = self.run
        return last_features.features(run.system, run.net, run.codec, run.recipe, examples)


def _words(run: Run, target: Any) -> str:
    from netwright.base import figures

    own = None if target is None else run.system.in_words(target)
    return figures.value(target if own is None else own)
