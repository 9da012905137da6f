"""Every hyperparameter of a writer."""

from __future__ import annotations

from typing import Literal

from netwright.recipe import Recipe, Section, knob
from netwright.recipe.knobs import Count
from netwright.recipe.sequences.language_model import LanguageModelKnobs


class TokenKnobs(Section):
    """What is read and written, one after the other."""

    kind: Literal["auto", "characters", "words", "jieba", "pairs"] = knob(
        "auto",
        "characters, words, words with Chinese ones by jieba (of the extra chinese), or pieces of"
        " words joined from pairs; auto: characters of short texts, pairs from 2 million characters"
        " on",
        scale="choice",
        tier=3,
    )
    most: Count = knob(10_000, "tokens that are known at most, the most frequent ones")
    least: Count = knob(2, "how often a token must stand in training to be known")


class WriterRecipe(Recipe):
    """What every system has, the tokens, and the nets over them."""

    tokens: TokenKnobs = TokenKnobs()
    model: LanguageModelKnobs = LanguageModelKnobs()
