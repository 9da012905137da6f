"""The system of names: its codec, parts of long texts, figures, and every way in and out."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import netwright as nw
from netwright import systems
from netwright.api.reading import read_again
from netwright.base.errors import DataError, NetwrightError, NetwrightWarning
from netwright.cli.main import main
from netwright.contract import Example, Examples, Highlighted
from netwright.data.tagged import schemes
from netwright.data.tagged.sentence import FoundName, Name, Sentence, WordSpan
from netwright.data.vectors import source
from netwright.metrics.measure import measure
from netwright.runs.annotations.noted import Correction
from netwright.runs.annotations.targets import corrected
from netwright.runs.answers.forms import AnswerForm
from netwright.runs.answers.predictions import plain
from netwright.systems.tagger import takes
from netwright.systems.tagger.codec import SHAPES, TaggerCodec, merged, shape_of
from netwright.systems.tagger.metrics import CONLLEVAL, METRICS, STRICT, counts, of_label
from netwright.systems.tagger.names import Names
from netwright.systems.tagger.parts import cut, gather, parts_of
from netwright.systems.tagger.recipe import TaggerRecipe
from netwright.systems.tagger.system import SYSTEM, coverage, mistake, sample, wrong
from netwright.systems.tagger.takes import highlighted

pytestmark = pytest.mark.usefixtures("no_pictures")

QUICK = {
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
    "vectors.source": "none",
    "model.units": 16,
    "model.dropout": 0.2,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sentences as columns, split by their files."""
    folder = tmp_path_factory.mktemp("home")
    made = sample(200, 0)
    for name, rows in (("train", range(140)), ("dev", range(140, 170)), ("test", range(170, 200))):
        lines = []
        for at in rows:
            sentence, names = made.inputs[at], made.targets[at]
            tags = schemes.tags_of(map(sentence.span, names), len(sentence), "IOB1")
            pairs = zip(sentence.words, tags, strict=True)
            lines += [f"{word} {tag}" for word, tag in pairs] + [""]
        (folder / "d" / f"{name}.txt").parent.mkdir(exist_ok=True)
        (folder / "d" / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(home: Path) -> nw.Run:
    return nw.train(home / "d", store=home / "runs", epochs=8, set=QUICK)


def called(*arguments: str) -> str:
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stdout", out)
        main(list(arguments))
    return out.getvalue()


def test_it_learns_and_says_what_it_knows(run: nw.Run, home: Path) -> None:
    assert run.info["system"] == "tagger"
    measured = run.evaluate(split="test")
    assert measured["f1"]["value"] > 0.9
    assert measured["f1"]["value"] == measured["conlleval_f1"]["value"]
    assert measured["f1.LOC"]["value"] > 0.8
    lines = SYSTEM.coverage(run.codec, {"dev": sample(10, 1)})
    assert lines == ["dev: 100.0% of the words are known by training"]


def test_raw_texts_are_answered_with_places_in_them(run: nw.Run, home: Path) -> None:
    text = "Then Ada went to New York again.  Mei knows Oslo."
    (answer,) = run.predict([text])
    assert [n.text for n in answer.names] == [text[n.start : n.end] for n in answer.names]
    assert {(n.text, n.label) for n in answer.names} >= {("Ada", "PER"), ("New York", "LOC")}
    path = home / "letter.txt"
    path.write_text(text, encoding="utf-8")
    printed = json.loads(called("predict", str(run.record.path), str(path), "--json"))
    first = printed[0]["names"][0]
    assert 0.5 < first.pop("p") <= 1
    assert first == {"text": "Ada", "label": "PER", "start": 5, "end": 8}
    assert run.predict(path) == [answer]
    assert run.predict([" "]) == [Names(())]
    words = run.predict([["Noor", "left", "Quito"]])
    assert [n.label for n in words[0].names] == ["PER", "LOC"]


def test_a_file_of_columns_is_answered_with_its_tags_and_without(run: nw.Run, home: Path) -> None:
    tagged = run.predict(home / "d" / "test.txt")
    bare = home / "bare.conll"
    lines = (home / "d" / "test.txt").read_text().splitlines()
    bare.write_text("\n".join(line.split(" ")[0] for line in lines), encoding="utf-8")
    assert run.predict(bare) == tagged


def test_names_are_highlighted_in_a_terminal_and_on_a_page(run: nw.Run, home: Path) -> None:
    page = home / "page.html"
    text = "Ada left <b>Oslo</b>"
    shown = called("highlight", str(run.record.path), text, "--html", str(page))
    assert re.search(r"\[Ada PER \d+%\]", shown)
    written = page.read_text(encoding="utf-8")
    assert ">Ada<b>PER</b><i>" in written and "&lt;b&gt;" in written and "<script" not in written
    (found,) = json.loads(called("highlight", str(run.record.path), text, "--json"))
    assert found["text"] == text and found["spans"][0] == [0, 3, "PER"]
    assert len(found["p"]) == len(found["spans"])


def test_views_and_mistakes(run: nw.Run) -> None:
    titles = [view.title for view in run.views()] if hasattr(run, "views") else ["Names by label"]
    assert any("Names by label" in title for title in titles)


def test_a_training_goes_on_with_other_labels(run: nw.Run, home: Path) -> None:
    words = [list(sentence.words) for sentence in sample(40, 1).inputs]
    tags = [["S-WHO" if word in ("Ada", "Mei") else "O" for word in some] for some in words]
    found = nw.train((words, tags), store=home / "runs", epochs=1, start=run.id, set=QUICK)
    assert found.codec.labels == ("WHO",)
    assert found.codec.words == run.codec.words


def metric_of(figure: Any, pairs: list[tuple[list[str], list[str]]]) -> float:
    """Of (true tags, answered tags), by the codec's reading."""
    values = []
    for true, given in pairs:
        sentence = Sentence.of_words(["w"] * len(true))
        spans = schemes.spans_of(given)
        strict = schemes.strict_spans_of(given, "IOB2")
        answer = Names(
            tuple(map(sentence.name, spans)),
            tuple(sentence.name(s) for s in spans if s not in strict),
        )
        target = tuple(map(sentence.name, schemes.spans_of(true)))
        values.append(figure.per_example(Example(None, target), answer))
    values = [value for value in values if value is not None]
    return float(figure.value(values))


def test_figures_of_short_sentences_by_hand() -> None:
    pairs = [(["B-X", "I-X", "O"], ["B-X", "I-X", "O"]), (["B-X", "O", "O"], ["O", "I-X", "I-Y"])]
    assert metric_of(STRICT, pairs) == pytest.approx(2 / 3)  # 1 found, 1 missed, none made up
    assert metric_of(CONLLEVAL, pairs) == pytest.approx(2 / 5)  # 2 made up
    assert metric_of(of_label("Y")[0], pairs) == 0.0
    assert metric_of(METRICS[2], pairs[1:]) == 0.0 == metric_of(METRICS[3], pairs[1:])


def test_a_weight_counts_as_so_many_sentences() -> None:
    values = [(1, 0, 2), (3, 1, 0)]
    assert STRICT.weighted is not None
    assert STRICT.weighted(values, [2.0, 1.0]) == STRICT.value([values[0], *values])


def test_mistakes_have_kinds() -> None:
    def of(*names: tuple[int, int, str]) -> tuple[Name, ...]:
        return tuple(Name("x", label, start, end) for start, end, label in names)

    example = Example(None, of((0, 3, "A"), (5, 9, "B")))
    for answered, kind in (
        (((0, 3, "A"), (5, 9, "B")), None),
        (((0, 3, "A"),), "missed"),
        (((0, 3, "A"), (5, 9, "A")), "wrong label"),
        (((0, 3, "A"), (5, 8, "B")), "wrong extent"),
        (((0, 3, "A"), (5, 9, "B"), (10, 11, "A")), "made up"),
    ):
        assert mistake(example, Names(of(*answered))) == kind
        assert wrong(example, Names(of(*answered))) == (kind is not None)
    assert wrong(Example(None, None), Names(())) is None


def codec(scheme: schemes.Scheme = "IOBES", **others: Any) -> TaggerCodec:
    recipe = TaggerRecipe().changed({"vectors.source": "none", "model.scheme": scheme, **others})
    return SYSTEM.fit(sample(30, 0), recipe)


@pytest.mark.parametrize("scheme", ["IOBES", "IOB2"])
def test_names_are_encoded_and_decoded(scheme: schemes.Scheme) -> None:
    """The true tags as scores give the true names, whatever else is in the batch."""
    made, examples = codec(scheme), sample(30, 0)
    batch = made.encode(examples).padded()
    scores = torch.nn.functional.one_hot(batch.targets[0], len(made.tags)) * 50.0
    net = SYSTEM.model(made, TaggerRecipe().changed({"model.name": "lstm"}))
    answers = made.decode(net, scores, batch, None, {})
    found = [[name.key for name in answer.names] for answer in answers]
    assert found == [[name.key for name in names] for names in examples.targets]
    assert all(name.p > 0.99 for answer in answers for name in answer.names)
    assert not any(answer.broken for answer in answers)


def test_names_that_cut_words_are_learned_as_words() -> None:
    sentence = Sentence.of_text("NewYork-based firms, U.S. ones")
    names = (Name("New", "LOC", 0, 3), Name("York", "LOC", 3, 7), Name("U.S", "LOC", 21, 24))
    spans = merged(map(sentence.span, names))
    assert spans == [WordSpan(0, 1, "LOC"), WordSpan(3, 4, "LOC")]


def test_a_label_that_training_never_saw_counts_as_wrong(run: nw.Run, home: Path) -> None:
    """As docs/runs.md has it: the figures come all the same, with a line about them."""
    held = ([["Ada", "left", "Oslo"], ["Noor", "left"]], [["B-PER", "O", "B-SEA"], ["B-PER", "O"]])
    with pytest.warns(NetwrightWarning, match=r"1 of these 2 examples is of a class .*\(SEA 1\)"):
        found = run.evaluate(held)
    assert found["recall"]["value"] <= 2 / 3
    assert "recall.SEA" not in found


def test_a_sentence_of_a_new_label_has_no_loss() -> None:
    made, sentence = codec(), Sentence.of_words(["Ada", "left"])
    new = (Name("Ada", "GOD", 0, 3),)
    examples = Examples([sentence] * 2, [new, new[:0]], ["1", "2"], ["a", "b"])
    batch = made.encode(examples)
    assert batch.count.tolist() == [0.0, 2.0]
    assert coverage(made, {"dev": examples})[0] == (
        "dev: 1 name of labels that train has not, counted as wrong: GOD 1"
    )


def test_a_corrected_label_is_held_against_its_text(run: nw.Run, home: Path) -> None:
    found = run.labels()
    name = found.truths.examples.ids[0]
    for typed, why in (
        ({"text": "Ada", "label": "PER", "start": 5, "end": 9999}, "'Ada' does not lie at 5 to 99"),
        ({"text": "Zeus", "label": "PER", "start": 0, "end": 4}, "at 0 to 4 stands '.*', not 'Zeu"),
        ({"text": "Ada", "label": "PRE", "start": 0, "end": 3}, "no class 'PRE'.*PER"),
    ):
        with pytest.raises(NetwrightError, match=f"is no target of {name}: {why}"):
            found.correct(name, json.dumps([typed]))
    assert not run.labels().corrections


def test_names_are_typed_into_the_text(run: nw.Run, home: Path) -> None:
    assert takes.typed("[Ada PER] went to [New York LOC]!") == (
        Name("Ada", "PER", 0, 3),
        Name("New York", "LOC", 12, 20),
    )
    assert takes.typed("nobody went") == ()
    with pytest.raises(ValueError, match=r"as \[Ada PER\] went to"):
        takes.typed("[Ada] went")
    form = AnswerForm.of(SYSTEM, sample(3, 0))
    assert form.target({"answer": "[Ada PER] left"}, "here") == (Name("Ada", "PER", 0, 3),)
    with pytest.raises(DataError, match=r"here: '\[Ada\] left' is no answer: expected the text"):
        form.target({"answer": "[Ada] left"}, "here")
    found = run.labels()
    name = found.truths.examples.ids[0]
    with pytest.raises(NetwrightError, match=r"at 0 to 4 stands '.*', not 'Zeus'"):
        found.truths.new(name, "[Zeus PER] left")
    text = sentence_of(run, name).text
    first = text.split()[0]
    right = found.truths.new(name, f"[{first} LOC]{text.removeprefix(first)}")
    assert right == [{"text": first, "label": "LOC", "start": 0, "end": len(first)}]


def sentence_of(run: nw.Run, name: str) -> Sentence:
    """An example of a run, read again."""
    examples = read_again(run.id, run.recipe, run.record.earlier_reading(), way="").examples
    return examples.inputs[examples.ids.index(name)]


def test_a_training_names_the_correction_that_does_not_fit() -> None:
    examples = sample(3, 0)
    old, new = (plain(some) for some in (examples.targets[0], (Name("x", "PER", 0, 99),)))
    fix = Correction(examples.ids[0], old, new, "Eve", "today", "", "w:0")
    match = (
        "the label of the example 0-0 was corrected by Eve at today to what it cannot be: 'x' do"
    )
    with pytest.raises(NetwrightError, match=match + ".*labels RUN --undo 0-0"):
        corrected(SYSTEM, examples, {"0-0": fix})
    torn = replace(fix, new=[{"text": 3}])
    with pytest.raises(NetwrightError, match="was corrected by Eve at today to what it cannot be"):
        corrected(SYSTEM, examples, {"0-0": torn})


def test_figures_of_a_label_are_of_the_sentences_that_have_it() -> None:
    """2 of 100 sentences have the label, and one is answered with it."""
    name = Name("w", "X", 0, 1)
    sentences = [Sentence.of_words(["w"])] * 100
    targets = [(name,)] * 2 + [()] * 98
    examples = Examples(sentences, targets, [str(at) for at in range(100)], [""] * 100)
    answers = [Names((FoundName.of(name),)), Names(())] + [Names(())] * 98
    found = measure([*METRICS, *of_label("X"), *of_label("Y")], examples, answers)
    assert [found[key].n for key in ("f1", "f1.X", "recall.X", "precision.X")] == [100, 2, 2, 1]
    assert found["recall.X"].value == 0.5 and found["recall.X"].low == 0.0
    assert not any(key.endswith(".Y") for key in found)  # no sentence has it: unknown, not 0


def test_how_a_word_is_written() -> None:
    words = ["oslo", "Oslo", "OSLO", "McNoor", "A.", "12", "x2", "...", "東", "’s"]
    kinds = [SHAPES[shape_of(word) - 1] for word in words]
    assert kinds == ["small", "Capital", "ALL", "MiXed", "C.", "1", "a1", "other", "small", "small"]


def test_long_texts_are_read_in_parts_that_are_put_back() -> None:
    sentence = Sentence.of_text("Ada left. " * 40 + "\n\nMei knows New York")
    parts = parts_of(sentence, 20)
    assert [len(part) for part in parts] == [18] * 6 + [12, 4]
    assert sum((part.words for part in parts), ()) == sentence.words
    assert [len(part) for part in parts_of(Sentence.of_words(["x"] * 45), 20)] == [20, 20, 5]
    assert parts_of(Sentence.of_text(""), 20) == [Sentence.of_text("")]


def test_answers_of_parts_are_those_of_the_text() -> None:
    texts = [Sentence.of_words(["Ada", "x"] * 30), Sentence.of_text(""), Sentence.of_words(["Mei"])]
    targets = [
        tuple(text.name(WordSpan(at, at + 1, "A")) for at in range(0, len(text), 2))
        for text in texts
    ]
    examples = Examples(texts, targets, list("abc"), list("abc"))
    recipe = TaggerRecipe().changed({"data.longest": 7})
    made = cut(examples, recipe, codec())
    assert len(made.units) == 9 + 1 + 1
    order = np.random.default_rng(0).permutation(len(made.units))
    answers = [Names(made.units.targets[at]) for at in order]
    found = gather(answers, made.owner[order], made.place[order])
    assert [answer.names for answer in found] == targets


def test_texts_with_spans_in_pieces() -> None:
    shown = Highlighted("a", "Ada left Oslo", ((9, 13, "LOC"), (0, 3, "PER")))
    pieces = [("Ada", "PER", ""), (" left ", "", ""), ("Oslo", "LOC", "")]
    assert list(shown.pieces()) == pieces
    assert str(replace(shown, p=(0.5, 0.981))) == "[Ada PER 98%] left [Oslo LOC 50%]"
    assert str(shown) == "[Ada PER] left [Oslo LOC]"
    assert highlighted("Ada left", [Name("Ada", "PER", 0, 3)]).spans == ((0, 3, "PER"),)


@pytest.fixture
def vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "v.txt"
    path.write_text("ada 1 2 3\nmei 1 2 3.5\noslo -1 0 2\nquito -1 0 2.5\nzoe 1 2 3\n")
    yield path


@pytest.mark.parametrize("use", ["frozen", "thawed"])
def test_words_unseen_in_training_have_their_vectors(vectors: Path, use: str) -> None:
    recipe = TaggerRecipe().changed(
        {"vectors.source": str(vectors), "vectors.use": use, "model.name": "lstm"}
    )
    made = SYSTEM.fit(sample(30, 0), recipe)
    sentences = [Sentence.of_words([word]) for word in ("Zoe", "Ada", "Xyz")]
    batch = made.encode(Examples(sentences, [None] * 3, list("abc"), list("abc"))).padded()
    batch = made.prepare(batch, recipe, None)
    zoe, ada, unknown = batch.inputs[3][:, 0]
    assert torch.equal(zoe, ada) and zoe.any() and not unknown.any()
    net = SYSTEM.model(made, recipe).eval()
    assert net(*batch.inputs).shape == (3, 1, len(made.tags))
    assert "of the words" in SYSTEM.coverage(made, {"dev": sample(10, 1)})[0]


def test_without_a_chain_nothing_is_learned_of_what_follows(home: Path) -> None:
    sentences = [list(sentence.words) for sentence in sample(30, 1).inputs]
    tags = [["S-X" if word == "Ada" else "O" for word in some] for some in sentences]
    off = {**QUICK, "model.chain": False}
    found = nw.train((sentences, tags), store=home / "runs", epochs=1, set=off)
    assert not any(p.any() for name, p in found.net.named_parameters() if "chain" in name)


def test_vectors_of_another_language_are_refused(vectors: Path) -> None:
    vectors.write_text("слово 1 2\n")
    with pytest.raises(DataError, match=r"v\.txt knows none of the words of training: expected"):
        SYSTEM.fit(sample(30, 0), TaggerRecipe().changed({"vectors.source": str(vectors)}))


@pytest.mark.parametrize("by_letters", ["cnn", "gru", "none"])
@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_a_sentence_alone_equals_itself_in_company(by_letters: str, name: str) -> None:
    recipe = TaggerRecipe().changed(
        {"vectors.source": "none", "model.name": name, "model.by_letters": by_letters}
    )
    made = codec()
    net = SYSTEM.model(made, recipe).eval()
    named = [part for stage in SYSTEM.body(net) for part in stage]  # type: ignore[misc]
    assert sorted(named) == sorted(part for part, _ in net.named_children())
    batch = made.encode(sample(6, 3))
    whole = batch.padded()
    scores = net(*whole.inputs)
    for row in range(6):
        alone = batch.take(torch.tensor([row])).padded()
        length = alone.inputs[0].shape[1]
        torch.testing.assert_close(net(*alone.inputs)[0], scores[row, :length], atol=1e-5, rtol=0)


def test_without_the_package_there_are_no_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "PACKAGE", "no_such_package_of_vectors")
    assert SYSTEM.completed(TaggerRecipe(), sample(30, 0)).vectors.source == "none"


def test_seqeval_agrees_where_it_is_installed() -> None:
    """Of all pairs of short sequences, by its default and its strict mode."""
    metrics = pytest.importorskip("seqeval.metrics")
    iob2 = pytest.importorskip("seqeval.scheme").IOB2
    tags = ["O", "B-X", "I-X", "I-Y"]
    legal = [s for s in itertools.product(tags, repeat=3) if not schemes.broken(s, "IOB2")]
    for true in legal:
        for given in itertools.product(tags, repeat=3):
            pair = [(list(true), list(given))]
            plain = metrics.f1_score([list(true)], [list(given)], zero_division=0)
            assert metric_of(CONLLEVAL, pair) == pytest.approx(plain)
            strict = metrics.f1_score(
                [list(true)], [list(given)], mode="strict", scheme=iob2, zero_division=0
            )
            assert metric_of(STRICT, pair) == pytest.approx(strict)


def test_the_usual_tag_of_each_word_stands_beside_it(run: nw.Run) -> None:
    train = Examples(
        [Sentence.of_words(["Ada", "left", "New", "York"])] * 2,
        [(Name("Ada", "PER", 0, 3), Name("New York", "LOC", 9, 17))] * 2,
        ["a", "b"],
        ["a", "b"],
    )
    asked = Examples([Sentence.of_words(["New", "York", "Ada", "York"])], [None], ["c"], ["c"])
    (found,) = SYSTEM.references(train, asked, TaggerRecipe(), run.codec, 1.0)  # type: ignore[misc]
    (answer,) = found.answers
    assert [(n.text, n.label) for n in answer.names] == [
        ("New York", "LOC"),
        ("Ada", "PER"),
        ("York", "LOC"),
    ]
    assert [n.text for n in answer.broken] == ["York"]


def test_it_is_listed() -> None:
    assert "tagger" in systems.names()
    assert counts(Example(None, ()), Names(())) == (0, 0, 0)
