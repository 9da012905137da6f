"""From passages to windows of tokens, and from what they cost to answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from netwright.contract import Batch, Chosen, Cut, Draws, Examples, Ragged
from netwright.data.writing.tokens import END, PAD, UNKNOWN, Tokens
from netwright.systems.writer.metrics import Foreseen

if TYPE_CHECKING:
    from torch import nn

    from netwright.nets.sequence.language_model import NextCosts
    from netwright.systems.writer.recipe import WriterRecipe


class Window(NamedTuple):
    """Some tokens of a passage.

    Args:
        begins: whether the passage begins with it.
        tokens: what stands before the next ones, and these: one more than there are to foresee.
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
        is how many next tokens are to be foreseen.
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
    ) -> list[Foreseen]:
        """What each window costs."""
        tokens, spelled, characters = (column.tolist() for column in batch.meta)
        nats = outputs.costs.double().sum(dim=1).tolist()
        columns = zip(nats, spelled, tokens, characters, strict=True)
        return [Foreseen(own + more, many, long) for own, more, many, long in columns]


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
    """A passage as windows of at most ``size`` tokens to foresee, its end one of them."""
    pieces = [*tokens.pieces(text), *([""] if ends else [])]
    known = [END if piece == "" else at for piece, at in _numbered(pieces, tokens)]
    row = [END, *known]
    windows = []
    for start in range(0, max(1, len(pieces)), size):
        some = pieces[start : start + size]
        strange = [one for one, at in zip(some, known[start:], strict=False) if at == UNKNOWN]
        windows.append(
            Window(
                start == 0,
                tuple(row[start : start + len(some) + 1]),
                sum(map(tokens.spelled, strange)),
                sum(map(len, some)),
            )
        )
    return windows


def _numbered(pieces: Sequence[str], tokens: Tokens) -> Any:
    return zip(pieces, tokens.indices(pieces), strict=True)


def gather(answers: Sequence[Foreseen], owner: Any, place: Any) -> list[Foreseen]:
    """The sums over the windows of each passage."""
    import numpy as np

    nats, tokens, characters = (
        np.bincount(owner, [getattr(answer, name) for answer in answers])
        for name in ("nats", "tokens", "characters")
    )
    rows = zip(nats.tolist(), tokens.tolist(), characters.tolist(), strict=True)
    return [Foreseen(own, int(many), int(long)) for own, many, long in rows]
