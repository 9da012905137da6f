"""The system of texts: its words, what it reads, its nets, and every way in and out."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import netwright as nw
from netwright import systems
from netwright.api.reading import read_to_learn
from netwright.base.errors import DataError, NetwrightError, NetwrightWarning, RecipeError
from netwright.cli.main import command, main
from netwright.contract import Example
from netwright.data.tables.rows import Rows
from netwright.data.text import text_file
from netwright.data.text.prose import text_columns
from netwright.data.text.show import show
from netwright.data.text.vocabulary import UNKNOWN, Vocabulary
from netwright.data.text.words import words_of
from netwright.nets.sequence.bag import Bag
from netwright.nets.sequence.recurrent_mean import RecurrentMean
from netwright.nets.sequence.transformer_mean import TransformerMean
from netwright.nets.sequence.word_vectors import WordVectors
from netwright.recipe import Recipe
from netwright.training.setup import arranged

pytestmark = pytest.mark.usefixtures("no_pictures")

ROOT = Path(__file__).parents[1]
QUICK = {
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
}
ALONE = {**QUICK, "data.beside": []}
GOOD, BAD = ("bright", "warm", "lively"), ("dull", "grey", "slow")


def review(at: int) -> str:
    words = (GOOD, BAD)[at % 2]
    return f"I saw film {at} and it was {words[at % 3]}, a {words[at // 2 % 3]} evening in all"


TEXTS = [review(at) for at in range(120)]
LABELS = [("good", "bad")[at % 2] for at in range(120)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same reviews as a table, as lines of JSON and as files."""
    folder = tmp_path_factory.mktemp("home")
    frame = pl.DataFrame({"day": range(0, 240, 2), "review": TEXTS, "verdict": LABELS})
    frame.write_csv(folder / "r.csv")
    frame.write_parquet(folder / "r.parquet")
    rows = [
        json.dumps({"text": text, "label": label})
        for text, label in zip(TEXTS, LABELS, strict=True)
    ]
    (folder / "r.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    for at, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True)):
        (folder / "files" / label).mkdir(parents=True, exist_ok=True)
        (folder / "files" / label / f"{at:03}.txt").write_text(text + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(home: Path) -> Any:
    return nw.train(home / "r.csv", target="verdict", epochs=12, set=ALONE, store=home / "runs")


# --- texts that are empty


def with_holes(kind: str, folder: Path) -> Any:
    """The reviews, of which those at 3 and 50 are empty, blank or not there."""
    holes = {"empty": ("", ""), "blank": ("  ", "\t"), "null": (None, None)}[kind.split()[-1]]
    texts = list[str | None](TEXTS)
    texts[3], texts[50] = holes
    if kind.startswith("lists"):
        return (texts, LABELS)
    if kind.startswith("lines"):
        rows = [{"text": one, "label": label} for one, label in zip(texts, LABELS, strict=True)]
        path = folder / "holes.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path
    if kind.startswith("files"):
        for at, (text, label) in enumerate(zip(texts, LABELS, strict=True)):
            (folder / "f" / label).mkdir(parents=True, exist_ok=True)
            (folder / "f" / label / f"{at:03}.txt").write_text(text or "", encoding="utf-8")
        return folder / "f"
    frame = pl.DataFrame({"review": texts, "verdict": LABELS})
    path = folder / f"holes.{kind.split()[0]}"
    frame.write_parquet(path) if path.suffix == ".parquet" else frame.write_csv(path)
    return path


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("csv null", "holes.csv:5"),
        ("csv blank", "holes.csv:5"),
        ("parquet empty", "holes.parquet:3"),
        ("lines null", "holes.jsonl:4"),
        ("lines empty", "holes.jsonl:4"),
        ("lists null", "memory[3]"),
        ("lists blank", "memory[3]"),
        ("files empty", "f/bad/003.txt"),
    ],
)
def test_texts_that_are_empty_are_left_out_and_counted(
    kind: str, first: str, tmp_path: Path
) -> None:
    target = "verdict" if kind.split()[0] in ("csv", "parquet") else None
    recipe = Recipe.of({"data": {"target": target}})
    system, reading = read_to_learn(with_holes(kind, tmp_path), recipe)
    assert system.name == "text" and len(reading.examples) == 120
    found = arranged(system, reading, system.recipe())
    assert len(found.examples) == 118 and first not in found.examples.sources
    (finding,) = (one for one in found.findings if one.code == "NW218")
    begins = f"2 of 120 examples are left out, as their texts are empty, first {first}"
    assert finding.message.startswith(begins)


def test_empty_texts_are_said_before_training_and_answered_after_it(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = with_holes("csv null", tmp_path)
    main(["data", str(path), "--target", "verdict"])
    assert "NW218 examples-left-out: 2 of 120" in " ".join(capsys.readouterr().out.split())
    with pytest.warns(NetwrightWarning) as caught:
        assert run.evaluate(path)["error"]["n"] == 118
    assert "2 of 120 examples are left out, as their texts" in str(caught[0].message)
    assert len(run.predict(["", "so bright", "  "])) == 3
    with pytest.raises(DataError, match="each of the 4 texts is empty"):
        nw.train((["", " ", "", " "], ["a", "b"] * 2), system="text", store=tmp_path / "runs")


def test_a_list_of_texts_is_not_taken_for_files(run: Any, tmp_path: Path) -> None:
    texts = ["8/10", "and/or", "n/a", "a.b", "~nobody/x", "and/or"]
    assert len(run.predict(texts)) == 6 and len(run.predict(["8/10"])) == 1
    assert [source for source, _ in run.predict_each(texts)][:2] == ["text 1", "text 2"]
    with pytest.raises(DataError, match=r"^8/10: no such file or folder\.$"):
        run.predict("8/10")
    with pytest.raises(DataError, match="no such file or folder"):
        run.predict(["8/10", Path("9/10")])
    (tmp_path / "note.txt").write_text("so bright", encoding="utf-8")
    with pytest.raises(DataError, match=r"^and/or: no such file or folder"):
        run.predict([str(tmp_path / "note.txt"), "and/or"])
    typed = ["predict", str(run.record.path)]
    with pytest.raises(NetwrightError, match=r"^8/10: no such file or folder"):
        command.main([*typed, "8/10"], standalone_mode=False)


# --- words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It's 3.5 stars!", ["it's", "3.5", "stars", "!"]),
        ("Don’t—ever, well-made", ["don't", "—", "ever", ",", "well-made"]),
        ("ÜBER naïve E\u0301TE\u0301", ["über", "naïve", "été"]),
        ("好看 film", ["好", "看", "film"]),
        ("foo_bar -x- '", ["foo", "_", "bar", "-", "x", "-", "'"]),
        (" \n", []),
    ],
)
def test_a_text_is_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text())
def test_words_lose_nothing_but_blanks_and_are_words_themselves(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words
    assert all(word and not re.search(r"\s", word) for word in words)


def test_the_vocabulary_is_of_words_in_enough_texts_the_most_frequent_first() -> None:
    texts = [["b", "a", "a"], ["b", "c"], ["b", "c", "d", "d"]]
    assert Vocabulary.of(texts, min_count=2, most=9).words == ("b", "c")
    assert Vocabulary.of(texts, min_count=1, most=3).words == ("b", "c", "a")
    known = Vocabulary.of(texts, min_count=1, most=9)
    assert len(known) == 6 and known.indices(["b", "d", "x"]) == [2, 5, UNKNOWN]


def test_the_column_of_prose_is_found_by_its_words() -> None:
    rows = Rows(
        pl.DataFrame(
            {
                "kind": ["long and wide as the sea is in may"] * 20,
                "name": [f"Mrs. Ann B. Smith {at}" for at in range(20)],
                "review": TEXTS[:20],
                "x": range(20),
            }
        )
    )
    columns = text_columns(rows)
    assert [column.name for column in columns] == ["review", "kind", "name"]
    assert [column.is_prose for column in columns] == [True, False, False]
    assert columns[0].distinct == 1 and columns[1].distinct == 0.05
    assert text_columns(["a text"]) == []


def test_a_text_is_shown_and_a_long_one_is_cut() -> None:
    shown = show(Example({"x": 1, "name": "Ann", "review": "so warm"}))
    assert shown is not None and shown.text == "so warm"
    long = show(Example("warm " * 200))
    assert long is not None and len(long.text) == 400 and long.text.endswith("…")
    assert show(Example(None)) is None and show(Example({"x": None})) is None


# --- nets


def nets() -> list[torch.nn.Module]:
    return [
        Bag(WordVectors(50, 8), 3, dropout=0.0),
        Bag(WordVectors(70, 8), 3, dropout=0.0, pairs=20),
        RecurrentMean(WordVectors(50, 8), "gru", 6, 3),
        RecurrentMean(WordVectors(50, 8), "lstm", 6, 3, layers=2),
        TransformerMean(WordVectors(50, 8), 3, layers=2),
    ]


@pytest.mark.parametrize("net", nets(), ids=["bag", "pairs", "gru", "lstm", "transformer"])
def test_what_stands_behind_a_text_changes_nothing(net: torch.nn.Module) -> None:
    words = torch.randint(1, 50, (4, 9))
    lengths = [9, 5, 1, 0]
    for row, length in enumerate(lengths):
        words[row, length:] = 0
    at_once = net(words)
    for row, length in enumerate(lengths):
        alone = net(words[row : row + 1, : max(1, length)])
        torch.testing.assert_close(at_once[row : row + 1], alone, atol=1e-5, rtol=0)


def test_a_bag_is_the_mean_of_its_words_and_pairs() -> None:
    net = Bag(WordVectors(70, 8), 3, dropout=0.0, pairs=20)
    words = [7, 3, 9]
    places = [*words, *(50 + (a * 1_000_003 + b * 7_919) % 20 for a, b in ((7, 3), (3, 9)))]
    expected = net.head(net.embed.weight[places].mean(dim=0))
    torch.testing.assert_close(net(torch.tensor([[*words, 0]]))[0], expected)


def test_the_gru_equals_torchs_own_both_ways() -> None:
    net = RecurrentMean(WordVectors(50, 8), "gru", 6, 3)
    both = torch.nn.GRU(8, 6, batch_first=True, bidirectional=True)
    for name, weights in net.onward.named_parameters():
        both.get_parameter(name).data = weights.data
        both.get_parameter(f"{name}_reverse").data = net.back.get_parameter(name).data
    words = torch.tensor([[4, 9, 2, 30, 7]])
    expected = net.head(both(net.embed(words))[0].mean(dim=1))
    torch.testing.assert_close(net(torch.cat([words, words * 0], dim=1)), expected)


def test_the_gru_has_the_names_that_runs_keep_its_weights_by() -> None:
    parts = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    ways = [f"{way}.{part}" for way in ("onward", "back") for part in parts]
    net = RecurrentMean(WordVectors(50, 8), "gru", 6, 3)
    assert list(net.state_dict()) == ["embed.weight", *ways, "head.weight", "head.bias"]


# --- ways in


@pytest.mark.parametrize("name", ["r.csv", "r.parquet", "r.jsonl", "files", "memory"])
def test_the_same_reviews_from_anywhere(name: str, home: Path) -> None:
    source: Any = (TEXTS, LABELS) if name == "memory" else home / name
    table = name in ("r.csv", "r.parquet")
    system, reading = read_to_learn(
        source, Recipe.of({"data": {"target": "verdict" if table else None}})
    )
    assert system.name == "text"
    recipe = system.complete(system.recipe(), reading.examples)
    codec = system.fit(reading.examples, recipe)
    assert codec.column == ("review" if table else "text")
    assert codec.classes == ("bad", "good") and "warm" in codec.vocabulary.words
    assert codec.encode(reading.examples).inputs[0].lengths.tolist() == [14] * 120


def test_splits_of_folders_and_weights_are_kept(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for name in ("good", "bad"):
            (tmp_path / split / name).mkdir(parents=True)
            (tmp_path / split / name / "1.txt").write_text(f"{split} {name}", encoding="utf-8")
    _, reading = read_to_learn(tmp_path, Recipe())
    assert sorted(reading.examples.splits or ()) == ["test", "test", "train", "train"]
    _, weighed = read_to_learn((TEXTS, LABELS, [2.0] * 120), Recipe())
    assert [one.weight for one in weighed.examples] == [2.0] * 120


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ((TEXTS, LABELS[:3]), "x has 120 rows and y has 3: expected as many"),
        ((TEXTS[:40], [at / 7 for at in range(40)]), "no system takes these examples"),
    ],
)
def test_lists_that_are_refused(source: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_to_learn(source, Recipe())


def test_a_text_says_its_encoding_and_may_be_packed(tmp_path: Path) -> None:
    words = "käse\n"
    (tmp_path / "a.txt").write_bytes(words.encode("utf-16"))
    (tmp_path / "b.txt").write_bytes(gzip.compress(words.encode()))
    (tmp_path / "c.txt").write_bytes(b"\xef\xbb\xbf" + words.encode())
    assert [text_file.text_of(tmp_path / f"{name}.txt") for name in "abc"] == [words] * 3
    with pytest.raises(DataError, match="more than 4"):
        text_file.text_of(tmp_path / "b.txt", 4)
    (tmp_path / "d.txt").write_bytes(gzip.compress(b"a" * 1_000))
    with pytest.raises(DataError, match="it unfolds to more than 100 bytes"):
        text_file.text_of(tmp_path / "d.txt", 100)


def test_files_that_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"a/1\.txt:1 is not UTF-8 text"):
        read_to_learn(tmp_path, Recipe())
    path = tmp_path / "r.jsonl"
    for content, message in {
        "[1]\n": "r.jsonl:1 is no JSON object",
        '{"text": "a"}\n\n{"text": ': "r.jsonl:3 cannot be read: it is no JSON",
        '{"text": ["a"]}\n': "r.jsonl:1: 'text' is a list or an object",
        '{"text": "a"}\n{"text": "\\ud800 a"}\n': "r.jsonl:2: 'text' holds half a character",
        "\n": "holds no rows",
    }.items():
        path.write_text(content, encoding="utf-8")
        with pytest.raises(DataError, match=re.escape(message)):
            read_to_learn(path, Recipe())


def test_the_column_may_be_named(home: Path) -> None:
    given: dict[str, Any] = {"target": "verdict", "epochs": 1, "store": home / "named"}
    wrong = {**QUICK, "data.text_column": "revue"}
    with pytest.raises(
        RecipeError, match=r"data\.text_column = 'revue' is no column of words; did"
    ):
        nw.train(home / "r.csv", set=wrong, **given)
    right = {**QUICK, "data.text_column": "review"}
    assert nw.train(home / "r.csv", set=right, **given).codec.column == "review"


# --- ways out


def test_it_learns_and_answers_files_tables_and_texts(run: Any, home: Path) -> None:
    assert run.info["system"] == "text"
    assert run.measures["dev"]["error"]["value"] == 0
    labels = [answer.label for answer in run.predict(["warm and bright!", "a grey, dull day"])]
    assert labels == ["good", "bad"]
    assert run.predict("a warm one")[0].label == "good"
    for name in ("r.csv", "r.parquet", "files"):
        assert len(run.predict(home / name)) == 120
    with pytest.warns(NetwrightWarning, match="of these 9 examples are among those"):
        assert run.evaluate((TEXTS[:9], LABELS[:9]))["error"]["value"] == 0
    page = (run.record.path / "report.html").read_text(encoding="utf-8")
    assert "Confusion" in page
    with pytest.raises(DataError, match="has no column 'review' of texts"):
        run.predict(home / "r.jsonl")


@pytest.mark.parametrize(
    "text", ["warm, bright " * 400, "~ warm and bright", "warm / bright.", "\u6696" * 300]
)
def test_any_text_is_answered_whatever_a_file_may_be_called(run: Any, text: str) -> None:
    assert len(run.predict(text)) == 1
    assert len(run.predict([text, "", "grey"])) == 3


def test_on_the_command_line(
    run: Any, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = SimpleNamespace(buffer=io.BytesIO(b"warm and lively\nso slow\n"))
    monkeypatch.setattr("sys.stdin", lines)
    capsys.readouterr()
    main(["predict", run.id, "-", "--store", str(home / "runs"), "--jsonl"])
    labels = [json.loads(line)["label"] for line in capsys.readouterr().out.splitlines()]
    assert labels == ["good", "bad"]


def test_it_says_which_columns_it_reads(home: Path) -> None:
    lines: list[str] = []
    given: dict[str, Any] = {"target": "verdict", "epochs": 1, "log": lines.append}
    nw.train(home / "r.csv", set=QUICK, store=home / "l", **given)
    whole = "\n".join(lines)
    assert "system text: the column 'review' is prose (11 words a row, 100% of its" in whole
    assert "learns from the texts in column 'review' and from 'day' beside them" in whole
    nw.train(home / "r.csv", set=ALONE, store=home / "l", **given)
    assert "learns from the texts in column 'review' alone" in lines


def test_mistakes_are_shown_as_texts(home: Path) -> None:
    wrong = [LABELS[at] if at % 5 else ("bad", "good")[at % 2] for at in range(120)]
    made = nw.train((TEXTS, wrong), epochs=4, set=QUICK, store=home / "wrong")
    page = (made.record.path / "report.html").read_text(encoding="utf-8")
    assert re.search(r"I saw film \d+ and it was", page)


def test_it_is_stopped_resumed_searched(run: Any, home: Path) -> None:
    def stop(progress: object) -> None:
        raise KeyboardInterrupt

    given: dict[str, Any] = {"store": home / "stopped"}
    with pytest.raises(KeyboardInterrupt):
        nw.train(home / "r.csv", target="verdict", epochs=12, set=ALONE, watch=stop, **given)
    again = nw.train(resume="last", **given)
    assert again.record.weights.read_bytes() == run.record.weights.read_bytes()
    found = nw.search(
        home / "files", trials=2, epochs=1, name="texts", set=QUICK, seed=1, store=home / "s"
    )
    assert found.winner is not None


@pytest.mark.parametrize("name", ["gru", "lstm", "transformer"])
def test_each_net_that_reads_in_order_learns(name: str, home: Path) -> None:
    made = nw.train(home / "files", model=name, epochs=8, set=QUICK, store=home / name)
    assert made.measures["dev"]["error"]["value"] < 0.2
    assert made.predict(["warm and bright"])[0].label == "good"


def test_the_same_text_with_another_column_beside_it_lies_in_one_split(tmp_path: Path) -> None:
    """The column beside it is not learned from: it makes no other example of the text."""
    rng = random.Random(0)
    sentence = "the old film was a long walk home in rain and it never ends well for us"
    texts = [" ".join(rng.choices(sentence.split(), k=12)) + f" {at}" for at in range(60)]
    rows = [(text, stars, rng.choice(["bad", "good"])) for stars in range(3) for text in texts]
    table = tmp_path / "reviews.csv"
    lines = [
        "review,stars,verdict",
        *(f"{text},{stars},{verdict}" for text, stars, verdict in rows),
    ]
    table.write_text("\n".join(lines), encoding="utf-8")
    run = nw.train(table, system="text", target="verdict", epochs=1, store=tmp_path / "runs")
    split = dict[str, set[str]]()
    for (text, _, _), name in zip(rows, run.record.splits(), strict=True):
        split.setdefault(text, set()).add(name)
    assert all(len(names) == 1 for names in split.values())


def test_another_optimizer_gets_its_rate_by_a_sweep() -> None:
    text = systems.load("text")
    train = text.sample(120, 0)
    for name, rate in (("adamw", 0.004), ("sgd", "find")):
        recipe = text.complete(text.recipe().changed({"optimizer.name": name}), train)
        assert recipe.optimizer.lr == rate
