"""What a tagger answers with: names with probabilities, several nets together, a net in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import netwright as nw
from netwright.base.errors import DataError, RunError
from netwright.cli.main import main
from netwright.contract import Examples
from netwright.data.tagged import schemes
from netwright.data.tagged.sentence import FoundName, Name, Sentence
from netwright.systems.tagger.names import LEAST, Names, combine
from netwright.systems.tagger.system import SYSTEM, sample

pytestmark = pytest.mark.usefixtures("no_reports", "no_pictures")

VECTORS = "ada 1 2 3\nmei 1 2 3.5\nnoor 1 2 2.5\noslo -1 0 2\nquito -1 0 2.5\nzoe 1 2 3\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NETWRIGHT_CACHE", str(folder / "cache"))
        yield folder


@pytest.fixture(scope="module")
def words() -> list[list[str]]:
    return [list(sentence.words) for sentence in sample(150, 0).inputs]


@pytest.fixture(scope="module")
def run(folder: Path, words: list[list[str]]) -> nw.Run:
    """With vectors from a file, which know a name that training has not."""
    (folder / "v.txt").write_text(VECTORS)
    made = sample(150, 0)
    spans = [map(s.span, names) for s, names in zip(made.inputs, made.targets, strict=True)]
    tags = [schemes.tags_of(own, len(w), "IOB2") for own, w in zip(spans, words, strict=True)]
    quick = {
        "training.precision": "float32",
        "training.threads": 1,
        "vectors.source": str(folder / "v.txt"),
        "model.units": 16,
        "model.dropout": 0.2,
    }
    return nw.train((words, tags), store=folder / "runs", epochs=6, set=quick)


@pytest.fixture(scope="module")
def file(run: nw.Run, folder: Path, words: list[list[str]]) -> Path:
    found = nw.export(run, folder / "names.onnx", check=words)
    assert found.examples == 150 and found.difference < 1e-5
    return folder / "names.onnx"


TEXTS = [
    "Then Ada went to New York again.  Mei knows Oslo.\n\nZoe left.",
    "",
    "Noor",
    "Zoe went to Lisbon. " * 60,
]


def keys(answer: Names) -> list[tuple[int, int, str]]:
    return [name.key for name in answer.names]


def test_a_file_answers_as_the_run_with_the_same_places(file: Path, run: nw.Run) -> None:
    """In parts, in company and alone; a word unseen in training by its vector, too."""
    here, net = run.predict(TEXTS), nw.load_onnx(file)
    there = net.predict(TEXTS)
    assert list(map(keys, there)) == list(map(keys, here))
    assert "Zoe" not in run.codec.words.words and ("Zoe", "PER") in {
        (name.text, name.label) for name in there[0].names
    }
    for one, other in zip(there, here, strict=True):
        assert [n.p for n in one.names] == pytest.approx([n.p for n in other.names], abs=1e-4)
        assert [n.p for n in one.maybe] == pytest.approx([n.p for n in other.maybe], abs=1e-4)
    for at in (0, 2, 3):
        (alone,) = net.predict([TEXTS[at]])
        assert keys(alone) == keys(there[at])
        assert [n.p for n in alone.names] == pytest.approx([n.p for n in there[at].names], abs=1e-4)


def test_names_are_highlighted_by_a_file(
    file: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["highlight", str(file), TEXTS[0], "--html", str(folder / "page.html"), "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert found["spans"][0] == [5, 8, "PER"] and 0.5 < found["p"][0] <= 1
    assert ">Ada<b>PER</b><i>" in (folder / "page.html").read_text(encoding="utf-8")


def test_a_verb_that_asks_for_more_than_a_file_holds_takes_the_run(
    file: Path, run: nw.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = nw.load_onnx(file)
    with pytest.raises(RunError, match="which has no verb 'write'; known are highlight"):
        net.verb("write")
    vars(net)["system"] = SYSTEM.export.__class__(**{**vars(SYSTEM.export), "verbs": ()})
    with pytest.raises(RunError, match=rf"which 'highlight' takes: give the run .*, {run.id}\."):
        net.verb("highlight", ["Ada"])


def test_vectors_that_are_gone_are_said(file: Path, folder: Path) -> None:
    net = nw.load_onnx(file)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NETWRIGHT_CACHE", str(folder / "empty"))
        (folder / "v.txt").rename(folder / "away.txt")
        with pytest.raises(DataError, match=r"v\.txt that this net reads are not kept any more"):
            net.predict(["Ada"])
        (folder / "away.txt").rename(folder / "v.txt")


def test_names_that_exclude_each_other_have_1_together(run: nw.Run) -> None:
    for answer in run.predict(TEXTS):
        every = (*answer.names, *answer.maybe)
        assert all(LEAST <= name.p <= 1 for name in answer.maybe)
        for one in every:
            rivals = [n.p for n in every if n.start < one.end and one.start < n.end]
            assert sum(rivals) <= len(rivals) and (len(rivals) < 2 or min(rivals) <= 0.5)


def test_how_sure_it_is_stands_beside_how_often_it_is_right() -> None:
    from types import SimpleNamespace

    sentence = Sentence.of_words(["Ada", "left"])
    true = sentence.name(schemes.WordSpan(0, 1, "PER"))
    made_up = FoundName("left", "PER", 4, 8, 0.25)
    judged: Any = SimpleNamespace(
        examples=Examples([sentence] * 4, [(true,)] * 4, list("abcd"), list("abcd")),
        answers=[Names((FoundName.of(true, 0.95),), maybe=(made_up,))] * 4,
        losses=[0.0] * 4,
        codec=SimpleNamespace(labels=("PER",)),
    )
    (view,) = [one for one in SYSTEM.views(judged) if one.title.startswith("How sure")]  # type: ignore[misc]
    assert [row[:3] for row in view.rows] == [(4, "25.0%", "0.0%"), (4, "95.0%", "100.0%")]


def test_several_nets_answer_the_names_that_they_give_more_than_half() -> None:
    ada, adas = Name("Ada", "PER", 0, 3), Name("Ada S", "PER", 0, 5)
    one = Names((FoundName.of(ada, 0.6),), maybe=(FoundName.of(adas, 0.4),))
    other = Names((FoundName.of(adas, 0.75),), maybe=(FoundName.of(ada, 0.2),))
    found = combine([one, other], [{}, {}])
    assert found.names == (FoundName.of(adas, pytest.approx(0.575)),)  # type: ignore[arg-type]
    assert found.maybe == (FoundName.of(ada, pytest.approx(0.4)),)  # type: ignore[arg-type]
    assert combine([one], [{}]) == one
    assert combine([one, Names(())], [{}, {}]).names == ()
