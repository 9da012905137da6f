"""The order of class names: one order, the same in the data sheet, the codec and the report."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import netwright as nw
from netwright import systems
from netwright.api.reading import read
from netwright.base.names import natural
from netwright.data.describe import describe
from netwright.recipe import Recipe

DIGITS = ["0", "1", "2", "9", "10", "11", "100"]


def test_numbers_stand_in_the_order_of_their_size_before_words() -> None:
    names = [*DIGITS, "cat", "fold2", "fold10", "fold10b"]
    mixed = random.Random(0).sample(names, len(names))
    assert sorted(mixed, key=natural) == names


@given(st.lists(st.text(max_size=6), unique=True), st.randoms())
def test_any_names_have_one_order_whatever_order_they_come_in(
    names: list[str], draw: random.Random
) -> None:
    mixed = draw.sample(names, len(names))
    assert sorted(names, key=natural) == sorted(mixed, key=natural)


def test_names_that_count_alike_and_signs_that_only_look_like_digits_are_ordered() -> None:
    assert sorted(["7", "07", "²", "3²"], key=natural) == ["3²", "07", "7", "²"]


def test_the_description_and_the_codec_name_the_classes_in_one_order(tmp_path: Path) -> None:
    names = ["fold10", "fold9", "10", "9"]
    pixels = np.random.default_rng(0).integers(0, 256, (80, 8, 8), dtype=np.uint8)
    labels = [names[at % 4] for at in range(80)]
    expected = ["9", "10", "fold9", "fold10"]
    labeller = systems.takes("classifier")
    assert list(describe(read((pixels, labels), Recipe()), labeller).classes) == expected
    unlabelled = (pixels, [None, *labels[1:]])
    assert list(describe(read(unlabelled, Recipe()), labeller).classes) == expected
    run = nw.train((pixels, labels), epochs=1, store=tmp_path, set={"model.name": "linear"})
    assert list(run.codec.classes) == expected
    page = run.report.read_text()
    rows = [page.index(f'<tr><th scope="row">{name}</th>') for name in expected]
    assert rows == sorted(rows)
