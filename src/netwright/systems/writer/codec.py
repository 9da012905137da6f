"""From passages to windows of tokens, and from what they cost to answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from netwright.contract import Batch, Chosen, Cut, Draws, Examples, Ragged
from netwright.data.writing.tokens import END, PAD, Tokens
from netwright.systems.writer.metrics import Likelihood

if TYPE_CHECKING:
    from torch import nn

    from netwright.nets.sequence.language_model import NextCosts
    from netwright.systems.writer.recipe import WriterRecipe


class Window(NamedTuple):
    """Some tokens of a passage.

    Args:
        begins: whether the passage begins with it.
        tokens: what stands before the next ones, and these: one more than there are to predict.
        spelled: nats that the unknown ones among the next cost by their characters.
        characters: of the next ones.
    """

    begins: bool
    tokens: tuple[int, ...]
    spelled: float
    characters: int


@dataclass(frozen=True)
class WriterCodec:
    """The tokens of the training split."""

    tokens: Tokens

    def encode(self, examples: Examples) -> Batch:
        """Of windows: the tokens (N, T) and the next ones, ragged, and where passages begin; count
        is how many next tokens are to be predicted.
        """
        import torch

        windows: Sequence[Window] = examples.inputs
        before = Ragged.of([one.tokens[:-1] for one in windows], pad=PAD, dtype=torch.int64)
        after = Ragged.of([one.tokens[1:] for one in windows], pad=PAD, dtype=torch.int64)
        begins = torch.tensor([one.begins for one in windows])
        known = [target is not None for target in examples.targets]
        counts = after.lengths.float() * torch.tensor(known)
        meta = (
            after.lengths,
            torch.tensor([one.spelled for one in windows], dtype=torch.float64),
            torch.tensor([one.characters for one in windows]),
        )
        return Batch((before, after, begins), (), counts, meta=meta)

    def prepare(self, batch: Batch, recipe: WriterRecipe, draws: Draws | None) -> Batch:
        """As it is."""
        return batch

    def decode(
        self, net: nn.Module, outputs: NextCosts, batch: Batch, recipe: WriterRecipe, chosen: Chosen
    ) -> list[Likelihood]:
        """What each window costs."""
        tokens, spelled, characters = (column.tolist() for column in batch.meta)
        nats = outputs.costs.double().sum(dim=1).tolist()
        columns = zip(nats, spelled, tokens, characters, strict=True)
        return [Likelihood(own + more, many, long, more) for own, more, many, long in columns]


def cut(examples: Examples, recipe: WriterRecipe, codec: WriterCodec) -> Cut:
    """The windows of each passage, side by side: each goes on from the last token before it."""
    import numpy as np

    windows, owner, place = list[Window](), list[int](), list[int]()
    for at, passage in enumerate(examples.inputs):
        some = windows_of(passage.text, passage.ends, recipe.model.window, codec.tokens)
        windows += some
        owner += [at] * len(some)
        place += range(len(some))
    ids = [f"{examples.ids[at]}/{number}" for at, number in zip(owner, place, strict=True)]
    targets = [examples.targets[at] for at in owner]
    return Cut(Examples(windows, targets, ids, ids), np.array(owner), np.array(place))


def windows_of(text: str, ends: bool, size: int, tokens: Tokens) -> list[Window]:
    """A passage as windows of at most ``size`` tokens to predict.

    Args:
        ends: whether its end is one of them.
    """
    pieces = tokens.pieces(text)
    nexts = tokens.indices(pieces) + [END] * ends
    spelled, row = tokens.spelled_each(pieces), [END, *nexts]
    return [
        Window(
            start == 0,
            tuple(row[start : start + size + 1]),
            sum(spelled[start : start + size]),
            sum(map(len, pieces[start : start + size])),
        )
        for start in range(0, max(1, len(nexts)), size)
    ]


def gather(answers: Sequence[Likelihood], owner: Any, place: Any) -> list[Likelihood]:
    """The sums over the windows of each passage."""
    import numpy as np

    each = [(one.nats, one.tokens, one.characters, one.spelled) for one in answers]
    sums = (np.bincount(owner, column).tolist() for column in zip(*each, strict=True))
    return [
        Likelihood(nats, int(tokens), int(characters), spelled)
        for nats, tokens, characters, spelled in zip(*sums, strict=True)
    ]
