"""Texts that are nearly equal: found, named, and kept in one split."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.api.reading import read
from netwright.data import duplicates
from netwright.data.leaks.near_copies import roots_of
from netwright.data.text.words import words_of
from netwright.data.writing.near import ALIKE, FEWEST, LENGTH, near_pairs
from netwright.recipe import Recipe

WORDS = ["sea", "boat", "tide", "gull", "shore", "wave", "rope", "net", "salt", "sand"]


def prose(seed: int, words: int = 300) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) + rng.choice("abcdefgh") for _ in range(words))


def phrases(text: str) -> set[tuple[str, ...]]:
    words = words_of(text)
    return {tuple(words[at : at + LENGTH]) for at in range(len(words) - LENGTH + 1)}


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 0.3), st.integers(5, 80)), max_size=8))
@settings(max_examples=40, deadline=None)
def test_the_pairs_are_those_with_half_of_their_phrases_in_common(
    kinds: list[tuple[int, float, int]],
) -> None:
    texts = []
    for at, (seed, changed, words) in enumerate(kinds):
        rng = random.Random(at)
        held = prose(seed, words).split()
        texts.append(" ".join("new" if rng.random() < changed else word for word in held))
    own = list(map(phrases, texts))
    expected = [
        (a, b)
        for a in range(len(texts))
        for b in range(a + 1, len(texts))
        if min(len(own[a]), len(own[b])) >= FEWEST
        and len(own[a] & own[b]) >= ALIKE * min(len(own[a]), len(own[b]))
    ]
    assert near_pairs(texts) == expected


def test_of_many_copies_all_belong_together() -> None:
    texts = [f"{prose(1)} and so it ended {at}" for at in range(50)]
    assert roots_of(near_pairs(texts), 50) == [0] * 50


def test_han_is_compared_sign_by_sign() -> None:
    text = "".join(chr(0x4E00 + at * 7 % 900) for at in range(200))
    assert near_pairs([text, text[:90] + "。" + text[95:], text[::-1]]) == [(0, 1)]


def test_files_that_are_nearly_equal_are_named_and_lie_in_one_split(tmp_path: Path) -> None:
    for at in range(8):
        (tmp_path / f"{at}.txt").write_text(prose(at) + ".\n", encoding="utf-8")
    (tmp_path / "edition.txt").write_text("With a preface.\n" + prose(3), encoding="utf-8")
    found = read(tmp_path, Recipe(system="writer"))
    named = zip(found.examples.sources, found.examples.groups or [], strict=True)
    groups = {source.partition("#")[0]: group for source, group in named}
    assert groups["3.txt"] == groups["edition.txt"]
    assert len(set(groups.values())) == 8
    (note,) = [one for one in found.notes if "nearly equal" in one]
    assert (
        "1 text nearly equal to another, first edition.txt to 3.txt, in one split with it" in note
    )


@pytest.mark.parametrize("twice", [False, True])
def test_a_passage_that_stands_in_a_lone_text_twice_is_named_across_splits(
    tmp_path: Path, twice: bool
) -> None:
    """Not as a whole text is, but by NW204: a text is split in its order."""
    parts = [prose(at, 600) + "\n\n" for at in range(20)]
    if twice:
        parts[-1] = parts[0]
    (tmp_path / "book.txt").write_text("".join(parts), encoding="utf-8")
    examples = read(tmp_path / "book.txt", Recipe(system="writer")).examples
    assigned = ["train"] * (len(examples) - 4) + ["dev"] * 2 + ["test"] * 2
    codes = [
        one.code for one in duplicates.across_splits(examples, assigned, [None] * len(examples))
    ]
    assert codes == (["NW204"] if twice else [])
