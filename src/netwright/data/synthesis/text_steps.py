"""Slips of the keyboard, marks and capitals that are left out, as strong as the recipe says."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from netwright.base.seeds import seed_of
from netwright.contract import Examples, SynthesisStep
from netwright.recipe import Recipe, TextSynthesis

FITTED = ("typos", "unpunctuated", "lower", "upper")

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
"""Of a keyboard; a wrong key is most often beside the right one."""

_WORD = re.compile(r"[^\W\d_]{4,}")
_PUNCTUATION = re.compile(r"[^\w\s]")


def steps(examples: Examples, recipe: Recipe) -> list[SynthesisStep]:
    """Those that a text can take."""
    return [SynthesisStep(f"synthesis.{name}", 0.0, 1.0) for name in FITTED]


def changed(text: str, name: str, knobs: TextSynthesis, seed: int) -> str:
    """A text as the knobs change it, by its name and the seed alone."""
    return changed_pieces([text], name, knobs, seed)[0]


def changed_pieces(pieces: Sequence[str], name: str, knobs: TextSynthesis, seed: int) -> list[str]:
    """The same of a text in pieces, each by itself: words, and what lies between them."""
    random = np.random.default_rng(seed_of(seed, "synthesis", name))
    lower, upper = random.random(2)

    def one(text: str) -> str:
        if knobs.typos:
            text = _WORD.sub(
                lambda word: _slip(word[0], random) if random.random() < knobs.typos else word[0],
                text,
            )
        if knobs.unpunctuated:
            text = _PUNCTUATION.sub(
                lambda sign: "" if random.random() < knobs.unpunctuated else sign[0], text
            )
        if upper < knobs.upper:
            return text.upper()
        return text.lower() if lower < knobs.lower else text

    return list(map(one, pieces))


def _slip(word: str, random: np.random.Generator) -> str:
    """Two letters exchanged, one left out, one twice, or the key beside it; the first stays."""
    at, kind = int(random.integers(1, len(word))), int(random.integers(4))
    before, letter, after = word[:at], word[at], word[at + 1 :]
    if kind == 0:
        return before[:-1] + letter + before[-1] + after
    if kind == 1:
        return before + after
    return before + (letter + letter if kind == 2 else _beside(letter, random)) + after


def _beside(letter: str, random: np.random.Generator) -> str:
    row = next((row for row in ROWS if letter.lower() in row), "")
    if not row:
        return letter + letter
    at = row.index(letter.lower())
    near = row[max(0, at - 1) : at] + row[at + 1 : at + 2]
    found = near[int(random.integers(len(near)))]
    return found.upper() if letter.isupper() else found
