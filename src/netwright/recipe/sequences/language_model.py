"""The knobs of a language model: a net that predicts each token from those before it."""

from __future__ import annotations

from typing import Literal

from netwright.recipe.knobs import Auto, Count, Fraction, Units, knob
from netwright.recipe.model import Model
from netwright.recipe.turns import for_dropout, for_width

RECURRENT = ("rnn", "gru", "lstm")
LANGUAGE_MODELS = (*RECURRENT, "transformer")


class LanguageModelKnobs(Model):
    """The net: recurrent layers (rnn, gru, lstm), whose state goes on from window to window, or
    blocks of attention over one window (transformer).
    """

    vector: Units | Auto = knob(
        "auto",
        "numbers in the vector of a token; auto: as many as units, 64 at most where the tokens are"
        " few kinds, such as characters",
        low=16,
        high=1024,
        scale="log",
        tier=3,
    )
    units: Units | Auto = knob(
        "auto",
        "units of a layer; auto: by how much there is to learn from",
        low=32,
        high=1024,
        scale="log",
        tier=2,
        turns=for_width(),
    )
    layers: Count = knob(1, "layers or blocks, one above the other", low=1, high=4, tier=3)
    window: Count = knob(
        100,
        "tokens through which the gradient flows back; transformer: all that it sees",
        low=20,
        high=400,
        scale="log",
        tier=3,
    )
    dropout: Fraction | Auto = knob(
        "auto",
        "fraction of what a layer reads that is dropped; auto: less where there is more to learn"
        " from",
        low=0.0,
        high=0.6,
        tier=2,
        turns=for_dropout(most=0.6),
    )
    recurrent_dropout: Fraction = knob(
        0.0,
        "fraction of the weights from state to state that is dropped (rnn, gru, lstm)",
        low=0.0,
        high=0.5,
        tier=3,
        when=("model.name", RECURRENT),
        turns=for_dropout(),
    )
    over: Literal["auto", "full", "tied", "adaptive"] = knob(
        "auto",
        "the softmax over the tokens: full, by the tokens' own vectors (tied), or with few numbers"
        " for rare ones (adaptive); auto: full where they are few kinds, tied otherwise",
        scale="choice",
        tier=3,
    )
