"""A language model on the contract: what systems that predict the next token have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwright.contract import Batch, EarlierRun, Stages
from netwright.recipe import resolved
from netwright.recipe.sequences.language_model import LanguageModelKnobs

if TYPE_CHECKING:
    from torch import Tensor, nn

    from netwright.nets.sequence.language_model import NextCosts


def made(tokens: int, wanted: LanguageModelKnobs, *, drop_inputs: bool) -> nn.Module:
    """The net that the knobs of a completed recipe describe.

    Args:
        tokens: how many there are.
        drop_inputs: whether a recurrent net drops of the tokens' vectors, too: not where a token
            says little.
    """
    from netwright.nets.sequence.dropout import Drops
    from netwright.nets.sequence.language_model import LanguageModel
    from netwright.nets.sequence.over_words.adaptive import AdaptiveSoftmax, ends_of
    from netwright.nets.sequence.over_words.softmax import OverWords, Softmax
    from netwright.nets.sequence.recurrent.layers import Recurrent
    from netwright.nets.sequence.transformer import Transformer
    from netwright.nets.sequence.word_vectors import WordVectors

    vector, units = resolved(wanted.vector), resolved(wanted.units)
    dropout = resolved(wanted.dropout)
    embed = WordVectors(tokens, vector)
    states: Recurrent | Transformer
    if wanted.name == "transformer":
        heads = next(heads for heads in (4, 2, 1) if units % heads == 0)
        states = Transformer(
            vector, units, layers=wanted.layers, heads=heads, causal=True, dropout=dropout
        )
    else:
        drops = Drops(
            inputs=dropout if drop_inputs else 0.0,
            between=dropout,
            outputs=dropout,
            recurrent=wanted.recurrent_dropout,
        )
        states = Recurrent(wanted.name, vector, units, layers=wanted.layers, drops=drops)
    over: OverWords
    if wanted.over == "adaptive":
        over = AdaptiveSoftmax(units, tokens, ends=ends_of(tokens))
    else:
        over = Softmax(units, tokens, tied=embed if wanted.over == "tied" else None)
    return LanguageModel(embed, states, over)


def seen_by(wanted: LanguageModelKnobs, whole: str) -> str:
    """What each token is predicted from.

    Args:
        whole: what a net with a state reads from its beginning on.
    """
    if wanted.name == "transformer":
        return f"at most {wanted.window} tokens of its window"
    return f"all tokens before it in its {whole}"


def body(net: nn.Module) -> Stages:
    """The tokens' vectors; the states; the softmax."""
    return (("embed",), ("states",), ("over",))


def adopt(net: nn.Module, codec: Any, before: EarlierRun) -> tuple[str, ...]:
    """All weights: the tokens are the same."""
    return tuple(net.state_dict())


def forward(net: nn.Module, batch: Batch, recipe: Any) -> NextCosts:
    """The costs of the next tokens, and the state behind them."""
    return net(*batch.inputs, *batch.carry)  # type: ignore[no-any-return]


def loss(net: nn.Module, outputs: NextCosts, batch: Batch, recipe: Any, training: bool) -> Tensor:
    """(B,) -log p of the next tokens of each window."""
    return outputs.costs.sum(dim=1) * (batch.count > 0)


def carry(net: nn.Module, recipe: Any, lanes: int) -> tuple[Tensor, ...]:
    """The state that each lane begins with."""
    return tuple(net.begin(lanes))  # type: ignore[operator]


def carried(outputs: NextCosts) -> tuple[Tensor, ...]:
    """The state to go on from."""
    return outputs.carried
