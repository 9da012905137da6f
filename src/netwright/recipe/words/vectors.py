"""Word vectors that others learned."""

from __future__ import annotations

from typing import Literal

from netwright.recipe.knobs import Auto, Section, knob


class GivenVectors(Section):
    """Vectors of words that others learned, which words unseen in training have, too."""

    source: str = knob(
        "auto",
        "glove (of the extra text), a file of word2vec, GloVe or fastText, or none; auto: glove,"
        " where it is installed and knows most words",
    )
    use: Auto | Literal["frozen", "thawed"] = knob(
        "auto",
        "frozen: as they are, with learned ones beside them; thawed: those of known words move;"
        " auto: by how much there is to learn from",
        scale="choice",
        tier=3,
    )
