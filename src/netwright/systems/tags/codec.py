"""From examples to tensors and from outputs to tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from netwright.contract import AnswerColumns, Batch, Chosen, Draws, Examples
from netwright.data.encoder import Encoder
from netwright.data.several_targets.columns import as_array
from netwright.data.several_targets.shared import masked, mean_of_each

if TYPE_CHECKING:
    from torch import Tensor, nn

USUAL_THRESHOLD = 0.5


@dataclass(frozen=True)
class Tags:
    """The answer: the tags that it has, and the probability of each tag.

    The probabilities are in the order of the tags, and do not add up to 1.
    """

    tags: tuple[str, ...]
    probabilities: dict[str, float]


@dataclass(frozen=True)
class TagCodec:
    """An input encoder and the names of the T tags, in the order of the source."""

    encoder: Encoder
    tags: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.tags) < 2 or len(set(self.tags)) < len(self.tags):
            raise ValueError(f"tags {self.tags}: expected at least two, all different")

    def encode(self, examples: Examples) -> Batch:
        """Inputs; targets (N, T) float32 of 0 and 1, and (N, T) 1 where one is known; count: how
        many are.

        Raises:
            DataError: a tag that training never saw.
        """
        import numpy as np

        held = as_array(examples.targets, self.tags)
        return Batch(self.encoder.encode(examples), *masked(np.nan_to_num(held), held))

    def prepare(self, batch: Batch, recipe: Any, draws: Draws | None) -> Batch:
        """Inputs normalized, and augmented when ``draws`` is given."""
        return replace(batch, inputs=self.encoder.prepare(batch.inputs, recipe, draws))

    def decode(
        self, net: nn.Module, outputs: Tensor, batch: Batch, recipe: Any, chosen: Chosen
    ) -> AnswerColumns:
        """The sigmoid of the net's outputs, in float32; a tag is there from its threshold on.

        Args:
            chosen: ``thresholds``, tag -> probability; 0.5 where there is none. ``temperature``: of
                all of them.
        """
        return self.answers(sigmoid(outputs, chosen).cpu().numpy(), chosen)

    def answers(self, rows: Any, chosen: Chosen) -> AnswerColumns:
        """(N, T) probabilities as N answers."""
        return answers_of(rows, self.tags, chosen.get("thresholds", {}))


def sigmoid(outputs: Tensor, chosen: Chosen) -> Tensor:
    """(N, T) probabilities, in float32."""
    found: Tensor = (outputs.float() / chosen.get("temperature", 1.0)).sigmoid()
    return found


def answers_of(rows: Any, tags: Sequence[str], thresholds: Mapping[str, float]) -> AnswerColumns:
    """(N, T) probabilities as N answers: a tag is there from its threshold on."""
    import numpy as np

    least = np.array([thresholds.get(tag, USUAL_THRESHOLD) for tag in tags])

    def build(on: Any, row: Any) -> Tags:
        having = tuple(tag for tag, yes in zip(tags, on.tolist(), strict=True) if yes)
        return Tags(having, dict(zip(tags, row.tolist(), strict=True)))

    columns = {"on": rows >= least, "probabilities": rows}
    return AnswerColumns(build, columns, keys={"probabilities": tags})


def chosen_of_all(chosen: Sequence[Chosen]) -> Chosen:
    """The mean of the thresholds of several nets; the usual one is that of who chose none."""
    each = [one.get("thresholds", {}) for one in chosen]
    tags = dict.fromkeys(tag for one in each for tag in one)
    means = {tag: fmean(one.get(tag, USUAL_THRESHOLD) for one in each) for tag in tags}
    return {"thresholds": means}


def combine(answers: Sequence[Tags], chosen: Sequence[Chosen]) -> Tags:
    """The mean of the probabilities; a tag is there where it reaches the mean of the thresholds:
    where the nets lie above their own ones, on average.

    Raises:
        DataError: not all of them know the same tags.
    """
    means = mean_of_each([answer.probabilities for answer in answers], "tag")
    thresholds = chosen_of_all(chosen)["thresholds"]
    least = {tag: thresholds.get(tag, USUAL_THRESHOLD) for tag in means}
    return Tags(tuple(tag for tag, p in means.items() if p >= least[tag]), means)
