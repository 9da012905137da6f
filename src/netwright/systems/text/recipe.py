"""Every hyperparameter of a classifier of texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from netwright.recipe import (
    Data,
    GivenVectors,
    LabelObjective,
    Model,
    Recipe,
    Section,
    TextSynthesis,
    WordAugment,
    knob,
)
from netwright.recipe.knobs import Auto, Count, Fraction, Units
from netwright.recipe.turns import for_dropout, for_width

RECURRENT = ("gru", "lstm")


class TextData(Data):
    """What to learn from."""

    text_column: str = knob(
        "auto", "the column that holds the texts; auto: the one that is most like prose (tables)"
    )
    beside: Auto | tuple[str, ...] = knob(
        "auto",
        "columns learned from beside the text; auto: all that are no prose; []: none (tables)",
    )

    @model_validator(mode="before")
    @classmethod
    def _once_columns(cls, values: Any) -> Any:
        """Earlier releases called ``beside`` ``columns``, which held no mapping."""
        if not isinstance(values, Mapping) or isinstance(values.get("columns", {}), Mapping):
            return values
        rest = {key: value for key, value in values.items() if key != "columns"}
        return {**rest, "beside": values["columns"]}


class VocabularyKnobs(Section):
    """The words that the net knows; every other one is the unknown word."""

    kind: Auto | Literal["words", "characters", "pairs", "jieba"] = knob(
        "auto",
        "words by Unicode rules, characters, pieces of words joined from pairs, or Chinese words by"
        " jieba (of the extra chinese); auto: words, of which each Chinese character is one",
        scale="choice",
        tier=3,
    )
    min_count: Count = knob(2, "training texts that a word must occur in to be known")
    size: Count = knob(30_000, "words that are known at most, the most frequent ones")


class TextModel(Model):
    """The net: the mean of the words' vectors (bag), a GRU or an LSTM both ways over them (gru,
    lstm), or blocks of attention (transformer).
    """

    vector: Units = knob(
        64,
        "numbers of a word that are learned (beside given ones that are thawed: none)",
        low=16,
        high=256,
        scale="log",
        tier=2,
        turns=for_width(),
    )
    pairs: Annotated[int, Field(ge=0)] = knob(
        0,
        "vectors for pairs of words that follow each other, found by a hash; 0: none (bag)",
        when=("model.name", ("bag",)),
    )
    units: Units = knob(
        64,
        "units in each direction (gru, lstm)",
        low=16,
        high=256,
        scale="log",
        tier=2,
        when=("model.name", RECURRENT),
        turns=for_width(),
    )
    layers: Count = knob(
        1,
        "layers or blocks, one above the other (gru, lstm, transformer)",
        low=1,
        high=3,
        tier=3,
        when=("model.name", (*RECURRENT, "transformer")),
    )
    dropout: Fraction = knob(
        0.5,
        "fraction of what the last layer reads that is dropped; but for bag of what each layer"
        " reads, too",
        low=0.0,
        high=0.7,
        tier=3,
        turns=for_dropout(most=0.7),
    )
    recurrent_dropout: Fraction = knob(
        0.0,
        "fraction of the weights from state to state that is dropped (gru, lstm)",
        low=0.0,
        high=0.5,
        tier=3,
        when=("model.name", RECURRENT),
        turns=for_dropout(),
    )
    word_dropout: Fraction = knob(
        0.1,
        "fraction of the words that training reads as unknown",
        low=0.0,
        high=0.5,
        tier=3,
        turns=for_dropout(),
    )


class TextRecipe(Recipe):
    """What every system has, the words, and the nets for them."""

    data: TextData = TextData()
    vocabulary: VocabularyKnobs = VocabularyKnobs()
    vectors: GivenVectors = GivenVectors()
    augment: WordAugment = WordAugment()
    model: TextModel = TextModel()
    objective: LabelObjective = LabelObjective()
    synthesis: TextSynthesis = TextSynthesis()
