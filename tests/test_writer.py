"""The writer: documents and passages, tokens, windows that hand on, drawing, writing, costs."""

from __future__ import annotations

import gzip
import math
from collections import Counter
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import netwright as nw
from netwright.api.reading import read
from netwright.base.errors import DataError, NetwrightError
from netwright.contract import (
    Arrays,
    Batch,
    Examples,
    Look,
    NetGraph,
    Reading,
    ReadOptions,
    Source,
)
from netwright.data.exported import next_tokens
from netwright.data.exported.next_tokens import RunningModel
from netwright.data.next_tokens import windows
from netwright.data.next_tokens.copies import longest_copy
from netwright.data.sources.looking import look_at
from netwright.data.text import pairs
from netwright.data.text.clusters import clusters_of
from netwright.data.writing import reader
from netwright.data.writing.passages import LONGEST, Passage, is_list, passages_of
from netwright.data.writing.tokens import (
    END,
    FIRST,
    KINDS,
    UNKNOWN,
    Tokens,
    characters_each,
    words_of,
)
from netwright.decoding.sampling import Sampling, drawn
from netwright.decoding.writing import costs_of
from netwright.metrics.sequences import likelihood
from netwright.recipe import Recipe
from netwright.systems.writer import system, writing
from netwright.systems.writer.codec import cut, windows_of
from netwright.systems.writer.metrics import Likelihood
from netwright.systems.writer.recipe import WriterRecipe
from netwright.systems.writer.takes import in_order

pytestmark = pytest.mark.usefixtures("no_reports")

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=200)
PROSE = "The sea was calm, and the boats lay still.\n" * 40


# --- documents


@given(st.text("ab .\n", min_size=1, max_size=3_000), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_passages_joined_are_the_document(document: str, wanted: int) -> None:
    found = passages_of(document, wanted)
    assert "".join(one.text for one in found) == document
    assert [one.begins for one in found] == [True] + [False] * (len(found) - 1)
    assert [one.ends for one in found] == [False] * (len(found) - 1) + [True]
    assert all(len(one) <= 1.25 * LONGEST for one in found)


def test_a_passage_ends_where_a_line_does() -> None:
    assert all(one.text.endswith("\n") for one in passages_of(PROSE * 3))


def test_a_list_is_told_from_prose_and_verse() -> None:
    names = [f"Anna{'bcdefghijklmnopqrstuvwxyz'[at % 25]}" for at in range(40)]
    assert is_list("\n".join(names))
    assert not is_list(PROSE)
    assert not is_list("Shall I compare thee,\n" * 30)
    assert not is_list("春眠不觉晓，处处闻啼鸟。\n" * 30)
    assert not is_list("\n\n".join(names)), "paragraphs"
    assert not is_list("\n".join(names[:5])), "too few"


def test_files_folders_lists_and_memory(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("\n".join(f"name{at}a" for at in range(30)) + "\n")
    found = read(str(tmp_path / "names.txt"), Recipe())
    assert found.source.kind == "documents" and len(found.examples) == 30
    assert found.examples.sources[2] == "names.txt:3"
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "README.txt").write_text("about them")
    (folder / "one.txt").write_text(PROSE)
    (folder / "empty.txt").write_text(" \n")
    with gzip.open(folder / "two.txt.gz", "wt") as file:
        file.write("\ufeffAnother book.\r\nIt is short.\r\n")
    made = read(str(folder), Recipe())
    assert len(set(made.examples.groups or ())) == 2
    (folder / "one.txt").rename(folder / "uno.txt")
    again = read(str(folder), Recipe()).examples.groups
    assert set(again or ()) == set(made.examples.groups or ()), "known by what they hold"
    assert made.examples.targets[-1] == "Another book.\nIt is short.\n"
    assert made.notes[1] == "1 file without a character left out: empty.txt"
    assert made.notes[2] == "1 file beside the texts left out: README.txt"
    (folder / "source-of-the-nile.txt").write_text("Where is it?")
    assert "source-of-the-nile.txt" in read(str(folder), Recipe()).examples.sources
    of_memory = read(["a text", "and another"], Recipe())
    assert [one.text for one in of_memory.examples.inputs] == ["a text", "and another"]


def options_after(examples: Reading) -> ReadOptions:
    """As those of a run that was trained on what was read."""
    return ReadOptions(columns=examples.columns)


def test_what_was_learned_from_decides_how_later_files_are_read(tmp_path: Path) -> None:
    names = [f"name{at}a" for at in range(30)]
    (tmp_path / "names.txt").write_text("\n".join(names))
    (tmp_path / "few.txt").write_text("anna\n\nbert\n")
    learned = options_after(read(str(tmp_path / "names.txt"), Recipe()))
    few = look_at(tmp_path / "few.txt")
    found = reader.read(few, Source("documents", "few.txt", "", learned)).examples
    assert found.targets == ["anna", "bert"] and found.sources == ["few.txt:1", "few.txt:3"]
    wanted = reader.inputs([few, few], learned)
    assert wanted is not None and [one.text for one in wanted.inputs] == ["anna", "bert"] * 2
    typed = reader.inputs([Look("memory", "memory", value=["two\nlines"])], learned)
    assert typed is not None and len(typed) == 1
    whole = options_after(read([PROSE], Recipe()))
    found = reader.read(
        look_at(tmp_path / "names.txt"), Source("documents", "", "", whole)
    ).examples
    assert len(found) == 1, "a run of prose has a list as one text"


def test_a_text_is_read_alike_whatever_lies_beside_it(tmp_path: Path) -> None:
    long = PROSE * 20
    (tmp_path / "long.txt").write_text(long)
    learned = options_after(read([PROSE] * 7, Recipe()))
    alone = Look("memory", "memory", value=[long])
    many = Look("memory", "memory", value=[long, *(["x"] * 49)])
    for look in (alone, many):
        wanted = reader.inputs([look], learned)
        assert wanted is not None and wanted.inputs[0] == Passage(long)
        assert len(wanted) == len(look.value)
    one, other = (
        reader.read(look, Source("documents", "", "", learned)).examples for look in (alone, many)
    )
    assert one.ids == other.ids[: len(one)] and len(other) == len(one) + 49


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.txt", b"", "a.txt: 1 text without a character"),
        ("a.txt", b"good\nca\xe9", r"a\.txt:2 is not UTF-8 text \(byte 0xe9\)"),
        ("a.txt", b"\xff\xfe\x00\xd8", "begins as UTF-16"),
        ("a.txt", b" \n\n ", "without a character"),
        ("a.txt.gz", b"\x1f\x8b rubbish", "cannot be read as a text"),
        ("a.txt.gz", gzip.compress(b"caf\xe9", mtime=0), r"a\.txt\.gz:1 is not UTF-8 text"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(NetwrightError, match=why):
        nw.train(str(tmp_path / name), system="writer", store=tmp_path / "runs")


def test_a_lone_document_is_split_in_its_order_with_gaps() -> None:
    passages = passages_of(PROSE * 20)
    ids = [str(at) for at in range(len(passages))]
    made = in_order(Examples(passages, [one.text for one in passages], ids, ids), 0.1, 0.1)
    assert made.splits is not None
    assert [split for split, _ in groupby(made.splits)] == ["train", "gap", "dev", "gap", "test"]
    assert made.splits.count("gap") == 2


def test_of_ten_passages_one_is_dev_and_one_is_test() -> None:
    passages = passages_of("x" * 400 * 10)
    ids = [str(at) for at in range(len(passages))]
    found = in_order(Examples(passages, ids, ids, ids), 0.1, 0.1)
    assert found.splits == [*["train"] * 6, "gap", "dev", "gap", "test"]
    none = in_order(Examples(passages, ids, ids, ids), 0.2, 0.0)
    assert none.splits == [*["train"] * 7, "gap", "dev", "dev"]
    with pytest.raises(DataError, match="leave none of 10 passages"):
        in_order(Examples(passages, ids, ids, ids), 0.5, 0.5)


# --- tokens

TOKENS = Tokens.of([PROSE], "words", most=10, least=1)


@given(TEXTS, st.sampled_from(KINDS))
@settings(max_examples=150, deadline=None)
def test_tokens_side_by_side_are_the_text(text: str, kind: str) -> None:
    tokens = Tokens.of([text, PROSE], kind, most=500, least=1)
    assert "".join(tokens.pieces(text)) == text
    assert tokens.text(tokens.indices(tokens.pieces(text))) == text


def test_a_character_is_what_a_person_takes_for_one() -> None:
    text = "e\u0301👍🏽👩\u200d👩\u200d👧🇩🇪🇫🇷x"
    assert characters_each(["e", "\u0301👍", "🏽", "👩\u200d👩\u200d👧🇩🇪🇫🇷x"]) == [1, 1, 0, 4]
    assert sum(w.beside[1] for w in windows_of(text, True, 2, TOKENS)) == 6
    assert clusters_of(text) == ["e\u0301", "👍🏽", "👩\u200d👩\u200d👧", "🇩🇪", "🇫🇷", "x"]


def test_words_keep_their_blank() -> None:
    assert words_of("It's a day,  or 12.") == ["It's", " a", " day", ",", " ", " or", " 12", "."]


WORDS = st.dictionaries(st.text("abc", min_size=1, max_size=8), st.integers(1, 9), min_size=1)


@given(WORDS, st.integers(3, 20))
@settings(max_examples=80, deadline=None)
def test_pairs_are_those_of_counting_anew_each_time(words: dict[str, int], most: int) -> None:
    pieces = {word: list(word) for word in words}
    expected = []
    while len(expected) < most - len({letter for word in words for letter in word}):
        counts = Counter[pairs.Pair]()
        for word, parts in pieces.items():
            for pair in pairwise(parts):
                counts[pair] += words[word]
        if not counts or max(counts.values()) < pairs.LEAST:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        expected.append(best)
        pieces = {word: pairs.joined(parts, best) for word, parts in pieces.items()}
    assert list(pairs.learned(words, most)) == expected


def test_an_unknown_token_is_spelled_so_that_no_text_is_cheap() -> None:
    tokens = Tokens.of(["aaab", "abab"], "characters", most=1, least=1)
    assert tokens.indices(["a", "b", "z"]) == [FIRST, UNKNOWN, UNKNOWN]
    free, known, strange = tokens.spelled_each(["a", "b", "z"])
    assert free == 0
    assert known == pytest.approx(tokens.letters["b"] + math.log(2))
    assert strange > math.log(0x110000)
    letters = [p for one, p in tokens.letters.items() if one]
    assert sum(math.exp(-p) for p in letters) + tokens.letters[""] == pytest.approx(1)


# --- windows


@given(st.text("abc ", min_size=1, max_size=60), st.integers(1, 20), st.booleans())
@settings(max_examples=60, deadline=None)
def test_windows_predict_each_token_once(text: str, size: int, ends: bool) -> None:
    tokens = Tokens.of(["abc "], "characters", most=9, least=1)
    windows = windows_of(text, ends, size, tokens)
    nexts = [at for one in windows for at in one.tokens[1:]]
    assert nexts == tokens.indices(list(text)) + [END] * ends
    assert windows[0].tokens[0] == END
    for one, other in pairwise(windows):
        assert one.tokens[-1] == other.tokens[0], "it goes on from the last one"
    assert sum(one.beside[1] for one in windows) == len(text)


def small(name: str = "lstm", **changes: Any) -> WriterRecipe:
    train = examples(["abab", "bcbc"])
    settings_of = {"model.name": name, "model.units": 8, "model.vector": 6, "model.window": 5}
    return system.complete(WriterRecipe().changed({**settings_of, **changes}), train)


def examples(texts: list[str], ends: bool = True) -> Examples:
    ids = [str(at) for at in range(len(texts))]
    return Examples([Passage(text, True, ends) for text in texts], list(texts), ids, ids)


def graph_of(net: Any, recipe: WriterRecipe) -> NetGraph:
    """Of a net without a run."""

    def outputs(arrays: Arrays) -> Arrays:
        tokens, *carry = (torch.from_numpy(array) for array in arrays.values())
        batch = Batch((tokens,), (), torch.ones(len(tokens)), carry=tuple(carry))
        found = next_tokens.outputs(next_tokens.forward(net, batch, recipe), None, {})
        return {name: tensor.detach().numpy() for name, tensor in found.items()}

    return NetGraph(next_tokens.about_net(net, recipe), outputs)


def test_every_window_comes_and_few_wait_for_another_epoch() -> None:
    """Passages of very unequal length: nothing hangs on where in a long one a window lies."""
    tokens = Tokens.of([PROSE], "characters", most=100, least=1)
    lengths = (400, 10, 10, 37, 5)
    passages = [Passage(PROSE[:length]) for length in lengths]
    ids = [str(at) for at in range(len(passages))]
    recipe = WriterRecipe().changed({"model.window": 10, "training.batch_size": 4})
    codec = system.WriterCodec(tokens)
    units = cut(Examples(passages, [one.text for one in passages], ids, ids), recipe, codec).units
    seen = set[int]()
    for epoch in range(12):
        batches = windows.plan(units, recipe, 1, epoch)
        assert {len(batch) for batch in batches} == {4}
        come = [int(at) for batch in batches for at in batch]
        assert len(set(come)) == len(come) > len(units) - 4
        for lane in zip(*batches, strict=True):
            for before, after in pairwise(lane):
                assert units.inputs[after].begins or after == before + 1
        seen |= set(come)
    assert seen == set(range(len(units)))


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("over", ["full", "tied", "adaptive"])
def test_handed_on_windows_cost_what_the_whole_text_does(name: str, over: str) -> None:
    texts = ["abcabcabcaabbcc", "cab"]
    recipe = small(name, **{"model.over": over, "model.layers": 2})
    train = examples(texts)
    codec = system.fit(train, recipe)
    torch.manual_seed(0)
    net: Any = system.model(codec, recipe).eval()
    made = cut(train, recipe, codec)
    state = net.begin(1)
    answers = []
    for at in range(len(made.units)):
        batch = codec.encode(made.units.take([at])).padded()
        outputs = net(*batch.inputs, *state)
        state = outputs.carried
        answers += codec.decode(net, outputs, batch, recipe, {})
    whole = likelihood.gather(answers, made.owner, made.place)
    for text, answer in zip(texts, whole, strict=True):
        model = RunningModel(graph_of(net, recipe))
        costs = costs_of(model, END, [*codec.tokens.indices(list(text)), END])
        assert answer.nats == pytest.approx(sum(costs), rel=1e-4)
        assert (answer.tokens, answer.characters) == (len(text) + 1, len(text))


def test_a_transformer_sees_its_window_alone() -> None:
    recipe = small("transformer", **{"model.window": 5})
    codec = system.fit(examples(["abcabc"]), recipe)
    torch.manual_seed(0)
    net: Any = system.model(codec, recipe).eval()
    far, near = ([FIRST] * 9, [FIRST + 1] * 4 + [FIRST] * 5)
    same = [RunningModel(graph_of(net, recipe)).reads(tokens)[-1] for tokens in (far, near)]
    np.testing.assert_allclose(same[0], same[1], rtol=1e-5)


# --- drawing


@given(
    st.lists(st.floats(-8, 0), min_size=2, max_size=12),
    st.floats(0.05, 5),
    st.integers(0, 12),
    st.floats(0.05, 1),
)
@settings(max_examples=100, deadline=None)
def test_knobs_of_drawing_do_what_their_definitions_say(
    scores: list[float], temperature: float, top_k: int, nucleus: float
) -> None:
    logs = np.array(scores) - np.log(np.exp(scores).sum())
    p = Sampling(temperature, top_k, nucleus).of(logs)
    assert p.sum() == pytest.approx(1)
    free = Sampling(temperature).of(logs)
    expected = np.exp(logs / temperature) / np.exp(logs / temperature).sum()
    np.testing.assert_allclose(free, expected, atol=1e-9)
    kept = p > 0
    if top_k:
        assert kept.sum() <= top_k
    np.testing.assert_allclose(p[kept], free[kept] / free[kept].sum(), rtol=1e-6)
    assert free[kept].min() >= free[~kept].max(initial=0), "the most probable are kept"
    if nucleus < 1 and not top_k:
        assert free[kept].sum() >= nucleus - 1e-9
        least = free[kept].min()
        assert free[kept].sum() - least < nucleus + 1e-9, "the fewest"


def test_at_temperature_0_the_most_probable_is_drawn() -> None:
    p = Sampling(0).of(np.log([0.2, 0.5, 0.3]))
    assert list(p) == [0, 1, 0]


def test_draws_follow_the_probabilities() -> None:
    p, rng = np.array([0.5, 0.0, 0.3, 0.2]), np.random.default_rng(0)
    counts = Counter(drawn(p, rng) for _ in range(4_000))
    assert counts[1] == 0
    for at, probability in enumerate(p):
        assert counts[at] / 4_000 == pytest.approx(probability, abs=0.03)


@pytest.mark.parametrize(
    ("how", "why"),
    [((-1,), "temperature"), ((1, -2), "top-k"), ((1, 0, 0), "nucleus"), ((1, 0, 2), "nucleus")],
)
def test_drawing_without_sense_is_refused(how: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Sampling(*how)


def test_a_beginning_is_known_as_it_stands_within_a_text() -> None:
    tokens = Tokens.of(["So The sea and The sea"], "words", most=20, least=2)
    assert tokens.pieces("The") == ["The"] and tokens.vocabulary == (" The", " sea")
    assert writing.expect_known("The sea", tokens) == tokens.indices([" The", " sea"])
    with pytest.raises(DataError, match="holds 'The', ' hill'"):
        writing.expect_known("The hill", Tokens.of(["a b a b"], "words", most=9, least=1))


@given(st.text("ab", max_size=12), st.text("ab", max_size=30))
@settings(max_examples=80, deadline=None)
def test_the_longest_copy_is_that_of_looking_at_all_parts(text: str, training: str) -> None:
    parts = {text[a:b] for a in range(len(text) + 1) for b in range(a, len(text) + 1)}
    longest = max(len(part) for part in parts if part in training)
    found = longest_copy(text, training)
    assert len(found) == longest and found in training and found in text


# --- a trained one


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    made = system.sample(300, 0)
    few = {"training.threads": 1, "training.epochs": 12, "model.units": 32}
    store = tmp_path_factory.mktemp("writer")
    return nw.train(list(made.targets), set=few, store=store)


def test_it_predicts_better_than_frequencies_and_its_figures_add_up(run: nw.Run) -> None:
    dev = run.measures["dev"]
    assert dev["bits_per_character"]["high"] < run.info["baseline"] - 0.3
    answers = list(run.record.answers("dev", run.system))
    bits = sum(a.nats for a in answers) / math.log(2) / sum(a.characters for a in answers)
    assert dev["bits_per_character"]["value"] == pytest.approx(bits)
    assert dev["perplexity"]["value"] == pytest.approx(
        math.exp(sum(a.nats - a.spelled for a in answers) / sum(a.tokens for a in answers))
    )


def test_what_it_writes_is_drawn_by_the_seed_and_looks_like_its_texts(run: nw.Run) -> None:
    made = [one.text for one in run.verb("write", count=20, temperature=0.7)]
    assert made == [one.text for one in run.verb("write", count=20, temperature=0.7)]
    assert made != [one.text for one in run.verb("write", count=20, temperature=0.7, seed=2)]
    good = sum(
        one[::2].strip("kmnrst") == "" and one[1::2].strip("aeo") == "" and 6 <= len(one) <= 8
        for one in made
    )
    assert good >= 15, made
    (begun,) = run.verb("write", start="ka")
    assert begun.text.startswith("ka")
    after = run.verb("next_tokens", start="k", top_k=2)
    assert sum(one.drawn > 0 for one in after) == 2
    assert {one.token for one in after if one.drawn} <= set("aeo")


def test_next_tokens_are_all_that_may_come(run: nw.Run) -> None:
    after = run.verb("next_tokens", most=1_000)
    assert sum(one.net for one in after) == pytest.approx(1, abs=1e-5)
    assert sum(one.drawn for one in after) == pytest.approx(1)
    assert [one.drawn for one in after if one.token in ("<unk>", "<pad>")] == [0, 0]
    with pytest.raises(DataError, match="most 0: expected 1 or more"):
        run.verb("next_tokens", most=0)


def test_score_takes_files_as_predict_does(run: nw.Run, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("kamena")
    (of_file,), (typed,) = run.verb("score", [str(path)]), run.verb("score", ["kamena"])
    assert of_file.bits == pytest.approx(typed.bits) and of_file.source == "a.txt"
    with pytest.raises(DataError, match="no such file"):
        list(run.verb("score", [str(path), str(tmp_path / "gone.txt")]))


def test_a_text_costs_what_its_tokens_do_and_what_predict_says(run: nw.Run) -> None:
    *tokens, whole = run.verb("score", ["kamena"], tokens=True)
    assert [one.token for one in tokens] == [*"kamena", "<eos>"]
    assert whole.bits == pytest.approx(sum(one.bits for one in tokens))
    (answer,) = run.predict(["kamena"])
    assert isinstance(answer, Likelihood)
    assert whole.bits_per_character == pytest.approx(answer.bits_per_character, rel=1e-4)
    assert answer.spelled == 0
    assert (whole.source, whole.text) == ("text 1", "kamena") and tokens[0].source == "text 1"
    (odd,) = run.predict(["k@mena"])
    assert odd.spelled > 10
    (strange,) = run.verb("score", ["k@mena"])
    assert strange.bits > whole.bits + 10


@pytest.mark.parametrize(
    ("given_to", "why"),
    [
        ({"start": "k@"}, r"the beginning holds '@'"),
        ({"temperature": -0.5}, "temperature = -0.5"),
        ({"length": 0}, "length 0"),
    ],
)
def test_writing_without_sense_is_one_sentence(
    run: nw.Run, given_to: dict[str, Any], why: str
) -> None:
    with pytest.raises(DataError, match=why):
        list(run.verb("write", **given_to))
