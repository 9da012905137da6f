"""The nets over the words of a text, and their stages by depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.contract import Stages
from netwright.systems.text.recipe import RECURRENT

if TYPE_CHECKING:
    from torch import nn

    from netwright.nets.sequence.word_vectors import WordVectors
    from netwright.systems.text.codec import TextCodec
    from netwright.systems.text.recipe import TextRecipe

NETS = ("bag", *RECURRENT, "transformer")


def model(codec: TextCodec, recipe: TextRecipe) -> nn.Module:
    """The net that the recipe names, one output a class."""
    from netwright.nets.sequence.bag import Bag
    from netwright.nets.sequence.recurrent_mean import RecurrentMean
    from netwright.nets.sequence.transformer_mean import TransformerMean

    wanted, words, outputs = recipe.model, vectors(codec, recipe), len(codec.classes)
    rows = codec.beside
    columns = None if rows is None else (rows.shape[0], rows.cardinalities)
    if wanted.name == "bag":
        return Bag(words, outputs, dropout=wanted.dropout, pairs=wanted.pairs, columns=columns)
    if wanted.name == "transformer":
        return TransformerMean(
            words, outputs, layers=wanted.layers, dropout=wanted.dropout, columns=columns
        )
    return RecurrentMean(
        words,
        wanted.name,
        wanted.units,
        outputs,
        layers=wanted.layers,
        dropout=wanted.dropout,
        recurrent_dropout=wanted.recurrent_dropout,
        columns=columns,
    )


def vectors(codec: TextCodec, recipe: TextRecipe) -> WordVectors:
    """One for each word, drawn, beside given ones; of a bag, one for each pair behind them."""
    from netwright.nets.sequence.word_vectors import WordVectors

    pairs = recipe.model.pairs if recipe.model.name == "bag" else 0
    return WordVectors.beside(
        len(codec.vocabulary) + pairs,
        recipe.model.vector,
        given=0 if codec.vectors is None else codec.vectors.size,
        thawed=recipe.vectors.use == "thawed",
    )


def body(net: nn.Module) -> Stages:
    """The words' vectors; what reads them, layer by layer; the head."""
    from netwright.nets.sequence.recurrent_mean import RecurrentMean
    from netwright.nets.sequence.transformer_mean import TransformerMean

    if isinstance(net, RecurrentMean):
        above = () if net.above is None else (("above",),)
        return (("embed",), ("drop", "onward", "back"), *above, ("drop_mean", "head"))
    if isinstance(net, TransformerMean):
        return (("embed",), ("read",), ("drop_mean", "head"))
    return (("embed",), ("drop", "head"))
