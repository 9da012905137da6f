"""Texts with names as those of another source: how they differ, and names at their new places."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.data.synthesis import text_steps
from netwright.data.tagged.changing import changed
from netwright.data.tagged.sentence import Sentence, WordSpan
from netwright.recipe import TextSynthesis
from netwright.systems.tagger.recipe import TaggerRecipe
from netwright.systems.tagger.system import SYSTEM, sample

WORDS = st.lists(st.sampled_from(["Ada", "went", ".", "New", "York", "!?", "İstanbul"]), min_size=1)


@given(WORDS, st.data())
@settings(max_examples=80, deadline=None)
def test_names_are_of_the_same_words_wherever_these_are(words: list[str], data: Any) -> None:
    sentence = Sentence.of_words(words)
    ends = sorted(data.draw(st.sets(st.integers(0, len(words)), max_size=6)))
    spans = [WordSpan(a, b, "X") for a, b in zip(ends[::2], ends[1::2], strict=False)]
    names = tuple(map(sentence.name, spans))
    bare = lambda pieces: [re.sub(r"[^\w\s]", "", piece).lower() for piece in pieces]  # noqa: E731
    made, found = changed(sentence, names, bare)
    assert found is not None
    if not any(map(str.isalpha, words)):
        assert (made, found) == (sentence, names)
        return
    assert list(made.words) == [word.lower() for word in words if word.isalpha()]
    kept = [[w.lower() for w in words[s.first : s.end] if w.isalpha()] for s in spans]
    assert [name.text.split() for name in found] == [some for some in kept if some]
    assert all(made.text[name.start : name.end] == name.text for name in found)
    assert all(made.fits(name) for name in found)


def test_a_text_in_pieces_is_changed_as_it_is_whole() -> None:
    knobs = TextSynthesis(typos=0.5, unpunctuated=0.5, lower=0.5)
    text = "We went to Lisbon, then home: it was grand!"
    for name in "abcdef":
        assert text_steps.changed_pieces([text], name, knobs, 0) == [
            text_steps.changed(text, name, knobs, 0)
        ]


def test_training_has_them_as_the_target_writes() -> None:
    recipe = TaggerRecipe().changed({"synthesis.lower": 1.0, "synthesis.typos": 0.5})
    before = sample(20, 0)
    before = replace(before, domains=["general"] * 15 + ["target"] * 5, targets=[*before.targets])
    after = SYSTEM.as_trained(before, "train", recipe)
    assert after.ids == before.ids and SYSTEM.as_trained(before, "dev", recipe) == before
    for at, (sentence, names) in enumerate(zip(after.inputs, after.targets, strict=True)):
        was = before.inputs[at]
        assert len(sentence) == len(was)
        assert [sentence.span(name) for name in names] == [
            was.span(name) for name in before.targets[at]
        ]
        assert (sentence == was) == (at >= 15)
    encoded = SYSTEM.fit(after, recipe.changed({"vectors.source": "none"})).encode(after)
    assert len(encoded) == 20


def test_how_texts_are_written_is_measured() -> None:
    upper = sample(30, 0)
    lower = replace(
        upper, inputs=[Sentence.of_words([w.lower() for w in s.words]) for s in upper.inputs]
    )
    others = sample(30, 1)
    found = [SYSTEM.statistics(some, others, TaggerRecipe()) for some in (upper, lower)]  # type: ignore[misc]
    assert np.nanmean(found[0]["capital letters"]) > 0.05
    assert not found[1]["capital letters"].any() and found[1]["no capitals"].all()
