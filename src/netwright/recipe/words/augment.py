"""How the words of a text are changed while training."""

from __future__ import annotations

from typing import ClassVar, Literal

from netwright.recipe.knobs import Fraction, Section, knob


class WordAugment(Section):
    """Changes of the words that keep the label, drawn anew at every epoch; 0 is off."""

    LIVE: ClassVar[Literal["all"]] = "all"

    left_out: Fraction = knob(
        0.0, "fraction of the words of a text that are left out, the others close up"
    )
    synonyms: Fraction = knob(
        0.0,
        "fraction of the words that become one whose given vector is near (vectors.source)",
    )
