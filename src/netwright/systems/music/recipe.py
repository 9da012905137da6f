"""Every hyperparameter of a composer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from netwright.recipe import Recipe, Section, knob
from netwright.recipe.knobs import Auto
from netwright.recipe.sequences.language_model import LanguageModelKnobs
from netwright.recipe.turns import Turn, less, times


class NoteTokens(Section):
    """How notes are written as tokens, and what of them is read."""

    kind: Literal["remi", "events"] = knob(
        "remi",
        "remi: bars, positions in them, pitches and lengths; events: notes begin and end, and"
        " between these time moves on",
        scale="choice",
        tier=3,
    )
    grid: Annotated[int, Field(ge=1, le=48)] = knob(
        12, "ticks of a quarter note, to the nearest of which notes are moved"
    )
    velocities: Auto | Annotated[int, Field(ge=0, le=32)] = knob(
        "auto",
        "how many velocities (how hard a note is struck) are told apart, 0: none; auto: 8, none"
        " where all notes of training have the same",
    )


class Transposing(Section):
    """Changes of pieces in training; none of dev and test is changed."""

    transpose: Auto | Annotated[int, Field(ge=0, le=6)] = knob(
        "auto",
        "semitones by up to which a piece is moved up or down, anew each time it is read, its key"
        " too; auto: 5, 0 where all is drums",
        low=0,
        high=6,
        tier=3,
        turns=(
            Turn("less regularization", less(2)),
            Turn("more augmentation", times(2, most=6, start=3)),
        ),
    )


class MusicRecipe(Recipe):
    """What every system has, the tokens, the nets over them, and how pieces are moved."""

    tokens: NoteTokens = NoteTokens()
    model: LanguageModelKnobs = LanguageModelKnobs()
    augment: Transposing = Transposing()
