"""Every hyperparameter of a tagger."""

from __future__ import annotations

from typing import Literal

from netwright.recipe import Data, GivenVectors, Model, Recipe, Section, TextSynthesis, knob
from netwright.recipe.knobs import Count, Fraction, Units
from netwright.recipe.turns import for_dropout, for_width


class TaggerData(Data):
    """What to learn from."""

    longest: Count = knob(
        128, "words that are read at once; of a longer text, parts that end with a sentence"
    )


class TaggerVocabulary(Section):
    """How a word is read."""

    min_count: Count = knob(2, "training sentences that a word must occur in to be known")
    size: Count = knob(30_000, "words that are known at most, the most frequent ones")
    letters: Count = knob(
        14, "letters of a word that are read; of a longer one its first and its last"
    )


class TaggerModel(Model):
    """The net: a recurrent one from both ends (lstm, gru), and a chain over the tags."""

    vector: Units = knob(
        50,
        "numbers of a word that are learned (beside given ones that are thawed: none)",
        low=16,
        high=200,
        scale="log",
        tier=3,
        turns=for_width(),
    )
    by_letters: Literal["cnn", "gru", "none"] = knob(
        "cnn", "what reads the letters of a word", scale="choice", tier=3
    )
    letter_units: Units = knob(
        50, "numbers that it makes of them", low=16, high=100, scale="log", tier=3
    )
    units: Units = knob(
        128,
        "units of a recurrent layer in each direction",
        low=32,
        high=512,
        scale="log",
        tier=2,
        turns=for_width(),
    )
    layers: Count = knob(1, "recurrent layers", low=1, high=3, tier=3)
    chain: bool = knob(True, "learn which tag is likely after which; else some are forbidden alone")
    scheme: Literal["IOBES", "IOB2"] = knob(
        "IOBES", "how names are written as tags for the net, whatever the data have", scale="choice"
    )
    dropout: Fraction = knob(
        0.5,
        "fraction of the numbers of a word, and of the states, that is dropped",
        low=0.0,
        high=0.7,
        tier=2,
        turns=for_dropout(most=0.7),
    )
    word_dropout: Fraction = knob(
        0.3,
        "fraction of the words that training reads as unknown, by letters and given vectors alone",
        low=0.0,
        high=0.5,
        tier=3,
        turns=for_dropout(),
    )


class TaggerRecipe(Recipe):
    """What every system has, how words are read, and the net."""

    data: TaggerData = TaggerData()
    vocabulary: TaggerVocabulary = TaggerVocabulary()
    vectors: GivenVectors = GivenVectors()
    model: TaggerModel = TaggerModel()
    synthesis: TextSynthesis = TextSynthesis()
