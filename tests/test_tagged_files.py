"""Sentences with names: the schemes of tags, the words of a raw text, and the files."""

from __future__ import annotations

import itertools
import json
import random
import unicodedata
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.api.reading import recognize
from netwright.base.errors import DataError
from netwright.contract import Look, Reading, ReadOptions, Source
from netwright.data.sources.looking import look_at
from netwright.data.tagged import columns, reader, schemes
from netwright.data.tagged.schemes import Scheme
from netwright.data.tagged.sentence import Name, Sentence, WordSpan
from netwright.data.text.words import places_of, words_of
from netwright.data.writing import tokens

SCHEMES: tuple[Scheme, ...] = ("IOB1", "IOB2", "IOBES")
LETTERS = ("O", *(f"{a}-{b}" for a in "BIES" for b in "XY"))


@st.composite
def spans(draw: st.DrawFn) -> tuple[list[WordSpan], int]:
    """Spans of a sentence, which do not overlap, and how many words it has."""
    edges = sorted(draw(st.sets(st.integers(0, 12), max_size=8)))
    found = [
        WordSpan(a, b, draw(st.sampled_from("XY")))
        for a, b in pairwise(edges)
        if draw(st.booleans())
    ]
    return found, 12


def conlleval(tags: tuple[str, ...]) -> list[WordSpan]:
    """conlleval.pl of the CoNLL-2000 task, its conditions one by one, with S as seqeval has it."""

    def split(tag: str) -> tuple[str, str]:
        return ("O", "") if tag == "O" else (tag[0], tag[2:])

    def ends(a: str, at: str, b: str, bt: str) -> bool:
        return (
            a in ("E", "S")
            or (a, b) in {("B", "B"), ("B", "S"), ("B", "O"), ("I", "B"), ("I", "S"), ("I", "O")}
            or (a != "O" and at != bt)
        )

    def starts(a: str, at: str, b: str, bt: str) -> bool:
        return (
            b in ("B", "S") or (a in ("E", "S", "O") and b in ("E", "I")) or (b != "O" and at != bt)
        )

    found, begun = [], 0
    before = ("O", "")
    for at, now in enumerate([*map(split, tags), ("O", "")]):
        if before[0] != "O" and ends(*before, *now):
            found.append(WordSpan(begun, at, before[1]))
        if starts(*before, *now):
            begun = at
        before = now
    return found


@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_names_of_tags_are_conllevals(length: int) -> None:
    for tags in itertools.product(LETTERS, repeat=length):
        assert schemes.spans_of(tags) == conlleval(tags), tags


@given(spans(), st.sampled_from(SCHEMES))
@settings(max_examples=100)
def test_spans_go_to_tags_and_back(found: tuple[list[WordSpan], int], scheme: Scheme) -> None:
    tags = schemes.tags_of(*found, scheme)
    assert schemes.spans_of(tags) == found[0]
    assert schemes.strict_spans_of(tags, scheme) == found[0]
    assert not schemes.broken(tags, scheme)


@pytest.mark.parametrize("scheme", ["IOB2", "IOBES"])
def test_steps_that_are_allowed_are_those_that_a_scheme_writes(scheme: Scheme) -> None:
    """Of all short sequences: legal from step to step, or broken somewhere."""
    tags = schemes.tags_for(("X", "Y"), scheme)
    for found in itertools.product(tags, repeat=4):
        legal = all(schemes.follows(*pair, scheme) for pair in pairwise([None, *found, None]))
        assert legal == (not schemes.broken(found, scheme)), found


def test_a_tag_of_bilou_is_one_of_iobes() -> None:
    assert schemes.parts("U-PER") == ("S", "PER")
    assert schemes.spans_of(["B-X", "L-X", "U-X"]) == schemes.spans_of(["B-X", "E-X", "S-X"])
    assert schemes.strict_spans_of(["B-X", "L-X", "U-X"], "IOBES") == [
        WordSpan(0, 2, "X"),
        WordSpan(2, 3, "X"),
    ]
    with pytest.raises(ValueError, match="'X-PER' is no tag"):
        schemes.parts("X-PER")


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("B-X I-X O", "IOB2"),
        ("I-X I-X O I-X", "IOB1"),
        ("I-X B-X O", "IOB1"),
        ("B-X E-X", "IOBES"),
        ("U-X O", "IOBES"),
        ("O O", "IOB2"),
    ],
)
def test_a_scheme_is_recognized(tags: str, scheme: str) -> None:
    assert schemes.scheme_of([tags.split()]) == scheme


def test_words_of_a_raw_text_lie_where_they_stand() -> None:
    text = "Mr. O'Hara isn't in the U.S.; it's 3,500.50 at http://t.co/a1. café 東京 @me_2 x-ray’s"
    words = "Mr|.|O'Hara|is|n't|in|the|U.S.|;|it|'s|3,500.50|at|http://t.co/a1|.|café|東|京|@|me_2"
    assert [text[a:b] for a, b in places_of(text)] == [*words.split("|"), "x-ray", "’s"]


@pytest.mark.parametrize(
    "text",
    [
        "नरेंद्र मोदी दिल्ली गए",
        "שָׁלוֹם עֲלֵיכֶם",
        "السَّلَامُ عَلَيْكُمْ",
        "می\u200cخواهم بروم",
        "Zoe\u0308 Zoë",
        "தமிழ் மொழி",
    ],
)
def test_a_sign_on_a_letter_cuts_no_word(text: str) -> None:
    words = text.split(" ")
    assert [text[a:b] for a, b in places_of(text)] == words
    assert words_of(text) == [unicodedata.normalize("NFC", word).lower() for word in words]
    assert [word.strip() for word in tokens.words_of(text)] == words


def test_letters_of_scripts_without_blanks_are_a_word_each_with_their_signs() -> None:
    text = "สวัสดี 東京 ❤️"
    words = ["ส", "วั", "ส", "ดี", "東", "京", "❤️"]
    assert [text[a:b] for a, b in places_of(text)] == words == words_of(text)


@given(st.text(max_size=60))
@settings(max_examples=150)
def test_words_of_any_text_are_all_but_its_blanks(text: str) -> None:
    places = places_of(text)
    assert all(a < b for a, b in places)
    assert all(a[1] <= b[0] for a, b in pairwise(places))
    inside = {at for a, b in places for at in range(a, b)}
    assert all(at in inside for at, letter in enumerate(text) if letter.isalnum())


def test_a_span_of_words_and_a_name_of_characters() -> None:
    sentence = Sentence.of_text("Ada left New York.")
    name = Name("New York", "LOC", 9, 17)
    assert sentence.span(name) == WordSpan(2, 4, "LOC")
    assert sentence.name(WordSpan(2, 4, "LOC")) == name
    assert sentence.fits(name)
    assert not sentence.fits(Name("Yo", "LOC", 13, 15))
    assert sentence.span(Name("Yo", "LOC", 13, 15)) == WordSpan(3, 4, "LOC")
    assert sentence.span(Name(" ", "LOC", 3, 4)) is None


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding=encoding)
    return path


def read(path: Path, **options: Any) -> Reading:
    look = look_at(path)
    claim = reader.recognize(look)
    assert claim is not None and claim.strength == 3
    return reader.read(look, Source("tagged", str(path), claim.why, ReadOptions(**options)))


def is_left_to_others(path: Path) -> bool:
    """Whether a file is read as sentences only where the tagger is named."""
    claim = reader.recognize(look_at(path))
    return claim is None or claim.strength == 0


CONLL_2003 = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
German JJ B-NP B-MISC
call NN I-NP O

Peter NNP B-NP B-PER
Blackburn NNP I-NP I-PER

-DOCSTART- -X- -X- O

BRUSSELS NNP B-NP B-LOC
"""


def test_columns_of_conll_2003(tmp_path: Path) -> None:
    for name in ("eng.train", "eng.testa", "eng.testb"):
        write(tmp_path / "s" / name, CONLL_2003)
    found = read(tmp_path / "s").examples
    assert [s.words for s in found.inputs[:3]] == [
        ("EU", "rejects", "German", "call"),
        ("Peter", "Blackburn"),
        ("BRUSSELS",),
    ]
    assert [n.label for n in found.targets[0]] == ["ORG", "MISC"]
    assert found.targets[1] == (Name("Peter Blackburn", "PER", 0, 15),)
    assert found.splits == ["dev"] * 3 + ["test"] * 3 + ["train"] * 3
    assert found.groups is not None and found.groups[0] == found.groups[1] != found.groups[2]
    assert found.sources[1] == "s/eng.testa:8"


def test_a_folder_of_many_files(tmp_path: Path) -> None:
    """A few are looked at; the others are of the form that those of their ending have."""
    for at in range(70):
        write(tmp_path / "s" / f"{at:02}.conll", CONLL_2003)
        write(tmp_path / "s" / f"{at:02}.md", "no words with tags")
    assert len(read(tmp_path / "s").examples) == 70 * 3
    asked = reader.inputs([look_at(tmp_path / "s")], ReadOptions())
    assert asked is not None and len(asked) == 70 * 3


def test_another_column_is_named_by_its_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.conll", CONLL_2003)
    chunks = read(path, target="3").examples
    assert [n.label for n in chunks.targets[0]] == ["NP", "VP", "NP"]
    with pytest.raises(DataError, match=r"a.conll has 4 columns.*the number of the one.*2 to 4"):
        read(path, target="5")
    with pytest.raises(DataError, match=r"a.conll:3: 'NNP' in column 2 is no tag"):
        read(path, target="2")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_any_scheme_is_read(tmp_path: Path, scheme: Scheme, ends: str) -> None:
    draw = random.Random(0)
    truth, lines = [], []
    for _ in range(30):
        held = [WordSpan(0, 2, "A"), WordSpan(2, 3, "A"), WordSpan(5, 8, "B")][: draw.randint(0, 3)]
        tags = schemes.tags_of(held, 9, scheme)
        lines += [f"w{at}\t{tag}" for at, tag in enumerate(tags)] + [""]
        truth.append(held)
    path = write(tmp_path / "a.iob", ends.join(lines))
    found = read(path)
    assert [
        [s.span(n) for n in names]
        for s, names in zip(found.examples.inputs, found.examples.targets, strict=True)
    ] == truth
    assert f"the tags are {scheme}" in found.notes
    assert not found.findings


def test_tags_that_break_the_scheme_are_named(tmp_path: Path) -> None:
    lines = ["a\tB-X", "b\tI-X", "", "c\tO", "d\tI-X", "", "e\tB-X", "f\tI-X", "g\tI-Y", ""]
    found = read(write(tmp_path / "a.conll", "\n".join(lines * 3)))
    assert [f.code for f in found.findings] == ["NW250"]
    assert "6 tags break the scheme, first I-X in a.conll:5" in found.findings[0].message
    assert [n.label for n in found.examples.targets[2]] == ["X", "Y"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\tO\nb\tB-X\nc\tO\n\nd\tO\textra\n", r"a.conll:5 has 3 columns: expected 2, as in"),
        ("a O\nb B-X\nc O\n\nd\n", r"a.conll:5 has 1 column: expected 2"),
        (
            "a O\nb B-X\nc O\n\nd X-Y\n",
            r"a.conll:5: 'X-Y' in column 2 is no tag: expected O, or B-",
        ),
        ("a O\nb B-X\nc O\n\nd B-\n", r"a.conll:5: 'B-' in column 2 is no tag"),
    ],
)
def test_columns_that_vary_and_tags_that_are_none(tmp_path: Path, text: str, why: str) -> None:
    path = write(tmp_path / "a.conll", text)
    with pytest.raises(DataError, match=why):
        list(columns.sentences_of(path.read_text(), "a.conll"))


def test_comments_and_words_that_are_signs(tmp_path: Path) -> None:
    text = "# sent_id = 1\n1\tAda\tB-PER\n2\t#\tO\n3\tleft\tO\n\n# text = Oslo\n1\tOslo\tB-LOC\n"
    found = read(write(tmp_path / "a.conllu", text)).examples
    assert [s.words for s in found.inputs] == [("Ada", "#", "left"), ("Oslo",)]
    tweets = "#\tO\nOslo\tB-LOC\n \tO\nke s\tO\n"
    assert read(write(tmp_path / "b.conll", tweets)).examples.inputs[0].words == (
        "#",
        "Oslo",
        " ",
        "ke s",
    )


SENTENCES = "Ada\tB-PER\nleft\tO\nOslo\tB-LOC\n.\tO\n\n" * 10


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("stray line of five cells", "a{}:21 has 1 column: expected 2, as in most lines"),
        ("foo\tQ-PER", "a{}:21: 'Q-PER' in column 2 is no tag"),
        ("foo\tb-per", "a{}:21: 'b-per' in column 2 is no tag"),
        ("foo\tPER", "a{}:21: 'PER' in column 2 is no tag: expected O, or B-, I-, E- or S- and a"),
        ("#foo\tPER", "a{}:21: 'PER' in column 2 is no tag"),
    ],
)
@pytest.mark.parametrize("ending", [".conll", ".txt", ".tsv"])
def test_a_slip_in_one_line_is_named(tmp_path: Path, line: str, why: str, ending: str) -> None:
    lines = SENTENCES.split("\n")
    path = write(tmp_path / f"a{ending}", "\n".join([*lines[:20], line, *lines[20:]]))
    with pytest.raises(DataError, match=why.format(ending)):
        read(path)


@pytest.mark.parametrize("tag", ["PER", "b-per", "Q-PER"])
def test_an_ending_or_a_named_system_is_enough_to_be_told_what_is_wrong(
    tmp_path: Path, tag: str
) -> None:
    lines = "\n".join(["Ada O", "left O", f"Oslo {tag}", "", *([f"in {tag}"] * 20)])
    refusal = f":3: '{tag}' in column 2 is no tag: expected O, or B-, I-, E- or S- and a label, as"
    with pytest.raises(DataError, match=refusal):
        read(write(tmp_path / "a.conll", lines))
    path = write(tmp_path / "a.txt", lines)
    assert is_left_to_others(path)
    with pytest.raises(DataError, match=refusal):
        recognize(path, "tagger").read(ReadOptions())
    with pytest.raises(DataError, match=refusal):
        recognize(path.parent, "tagger").read(ReadOptions())


def test_the_column_that_holds_the_tags_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.conll", "Ada\tB-PER\tNN\nleft\tO\tVB\n" * 3)
    with pytest.raises(DataError, match=r"'NN' in column 3 is no tag.*; column 2 holds tags: --ta"):
        read(path)
    assert read(path, target="2").examples.targets[0][0].text == "Ada"


def test_blanks_and_tabs_divide_words_as_most_lines_have_it(tmp_path: Path) -> None:
    mixed = "Ada\tB-PER\nleft  O\nOslo\tB-LOC\n. O\n"
    assert read(write(tmp_path / "a.conll", mixed)).examples.inputs[0].text == "Ada left Oslo ."
    number = "10\u00a0000 O\nin O\nOslo B-LOC\n"
    found = read(write(tmp_path / "b.conll", number)).examples.inputs[0]
    assert found.words == ("10\u00a0000", "in", "Oslo")


@pytest.mark.parametrize("ends", ["\tB-X\tNN", " B-X NN"])
def test_words_that_begin_with_a_number_sign_are_words(tmp_path: Path, ends: str) -> None:
    other = ends.replace("B-X", "O")
    comment = "# a comment of words that are as many as they are"
    lines = [comment, f"#Oslo{ends}", f"we{other}", f"#{other}", f"go{other}", "# a c"]
    found = read(write(tmp_path / "a.conll", "\n".join(lines)), target="2").examples
    assert found.inputs[0].words == ("#Oslo", "we", "#", "go")
    words = write(tmp_path / "b.conll", "# text = we go\nwe\n#go\n#\n\n#\nhere\n")
    asked = reader.inputs([look_at(words)], ReadOptions())
    assert asked is not None
    assert [s.words for s in asked.inputs] == [("we", "#go", "#"), ("#", "here")]


def test_whether_words_are_numbered_is_decided_for_the_file(tmp_path: Path) -> None:
    lines = "1\tWe\tO\n2-3\tsaw'em\tO\n2\tsaw\tO\n3\tthem\tO\n3.1\tleft\tO\n\n1\tOslo\tB-X\n"
    found = read(write(tmp_path / "a.conllu", lines)).examples
    assert [s.words for s in found.inputs] == [("We", "saw", "them"), ("Oslo",)]
    assert found.sources[1] == "a.conllu:7"
    with pytest.raises(DataError, match=r"b.conllu:\d+: 'x' in column 1 is no number of a word"):
        read(write(tmp_path / "b.conllu", lines * 3 + "x\tx\tO\n"))
    lone = "We NN X O\nsaw NN X O\nOslo NN X B-X\n\n1 CD X O\n"
    assert read(write(tmp_path / "c.conll", lone)).examples.inputs[1].words == ("1",)


def test_a_document_lies_in_one_split_whatever_its_file_is_called(tmp_path: Path) -> None:
    one, other = (
        read(write(tmp_path / name, CONLL_2003)).examples for name in ("a.conll", "b/c.iob")
    )
    assert one.groups == other.groups
    assert one.groups is not None and len(set(one.groups)) == 2


def test_columns_without_tags_can_be_answered(tmp_path: Path) -> None:
    path = write(tmp_path / "a.conll", "Ada\tNNP\nleft\tVBD\n\nOslo\tNNP\n")
    asked = reader.inputs([look_at(path)], ReadOptions())
    assert asked is not None and [s.words for s in asked.inputs] == [("Ada", "left"), ("Oslo",)]


def test_another_encoding(tmp_path: Path) -> None:
    text = "Oslo\tB-LOC\n\n" + "süß\tO\nab\tO\ncd\tO\n" * 9
    same = read(write(tmp_path / "u.conll", text)).examples.ids
    assert read(write(tmp_path / "w.conll", text, "utf-16")).examples.ids == same
    with pytest.raises(
        DataError, match=r"l.conll:3 is not UTF-8 text \(byte 0xfc\): save it as UTF-8.*iconv"
    ):
        read(write(tmp_path / "l.conll", text, "latin-1"))


def test_one_giant_line_and_one_giant_sentence(tmp_path: Path) -> None:
    giant = write(tmp_path / "a.txt", "word O " * 100_000)
    assert is_left_to_others(giant)
    lines = "\n".join(f"w{at}\t{'B-X' if at % 7 == 0 else 'O'}" for at in range(20_000))
    found = read(write(tmp_path / "b.conll", lines)).examples
    assert len(found) == 1 and len(found.inputs[0]) == 20_000
    assert len(found.targets[0]) == 2_858


PERSON = {"text": "Ada left Oslo.", "entities": [[0, 3, "PER"], [9, 13, "LOC"]]}
SPELLED: dict[str, Any] = {
    "lists": PERSON,
    "spans of Prodigy": {
        "text": PERSON["text"],
        "spans": [{"start": 0, "end": 3, "label": "PER"}, {"start": 9, "end": 13, "label": "LOC"}],
    },
    "labels of doccano": {"text": PERSON["text"], "label": PERSON["entities"]},
    "offsets of doccano": {
        "text": PERSON["text"],
        "entities": [
            {"id": 1, "start_offset": 9, "end_offset": 13, "label": "LOC"},
            {"id": 2, "start_offset": 0, "end_offset": 3, "label": "PER"},
        ],
    },
    "a pair of spaCy's": [PERSON["text"], {"entities": PERSON["entities"]}],
    "words and tags": {
        "tokens": ["Ada", "left", "Oslo", "."],
        "ner_tags": ["B-PER", "O", "B-LOC", "O"],
    },
}


@pytest.mark.parametrize("name", SPELLED)
def test_no_other_reader_claims_a_form(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.jsonl", f"{json.dumps(SPELLED[name])}\n")
    assert recognize(path).reader is reader.READER


@pytest.mark.parametrize("name", SPELLED)
def test_forms_of_json(tmp_path: Path, name: str) -> None:
    record = SPELLED[name]
    line = json.dumps(record)
    lines = read(write(tmp_path / "a.jsonl", f"{line}\n\n{line}\n")).examples
    whole = read(write(tmp_path / "a.json", f"[{line}, {line}]")).examples
    for found in (lines, whole):
        assert [sorted((n.text, n.label) for n in names) for names in found.targets] == [
            [("Ada", "PER"), ("Oslo", "LOC")]
        ] * 2
    assert lines.sources == ["a.jsonl:1", "a.jsonl:3"]
    assert whole.sources == ["a.json[0]", "a.json[1]"]


def test_documents_of_spacy(tmp_path: Path) -> None:
    tokens = [{"id": 0, "orth": "Ada", "ner": "U-PER"}, {"id": 1, "orth": "left", "ner": "O"}]
    document = {"id": 0, "paragraphs": [{"raw": "Ada left", "sentences": [{"tokens": tokens}] * 2}]}
    found = read(write(tmp_path / "a.json", json.dumps([document]))).examples
    assert [n.text for names in found.targets for n in names] == ["Ada", "Ada"]


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (
            {"text": "Ada", "entities": [[0, 4, "PER"]]},
            r"a.jsonl:2: a name from 0 to 4 does not lie",
        ),
        ({"text": "Ada", "entities": [[2, 2, "PER"]]}, r"a name from 2 to 2 does not lie"),
        ({"text": "Ada", "entities": [[0, 3]]}, r"a.jsonl:2: \[0, 3\] is no name: expected start"),
        ({"text": "Ada", "entities": [[0, 3, ""]]}, r"is no name"),
        ({"text": "Ada", "entities": [[0.5, 3, "PER"]]}, r"is no name"),
        ({"text": "Ada", "entities": [["0", "3", "PER"]]}, r"is no name"),
        (
            {"text": "A b", "entities": [[1, 2, "PER"]]},
            r"from 2 to 1 is of blanks alone|blanks alone",
        ),
        (
            {"text": "Ada Bo", "entities": [[0, 4, "PER"], [2, 6, "LOC"]]},
            r"'Ada' \(PER\) and 'a Bo' \(LOC\) overlap|overlap",
        ),
        ({"text": "Ada", "entities": 3}, r"expected a list of names"),
        ({"tokens": ["a", "b"], "ner_tags": ["O"]}, r"expected a tag for each of its 2 words"),
        ({"tokens": ["a"], "ner_tags": ["Q-X"]}, r"'Q-X' is no tag"),
        ({"tokens": ["a"], "ner_tags": [3]}, r"a.jsonl:2: its tags are numbers, \[3\], and what"),
        ({"words": 3}, r"is no text with names: expected"),
        ([1, 2], r"is no text with names"),
    ],
)
def test_offsets_that_do_not_fit(tmp_path: Path, record: Any, why: str) -> None:
    path = write(tmp_path / "a.jsonl", f"{json.dumps(PERSON)}\n{json.dumps(record)}\n")
    with pytest.raises(DataError, match=why):
        read(path)


def test_json_that_is_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", f"{json.dumps(PERSON)}\n{{'text'}}\n")
    with pytest.raises(DataError, match=r"a.jsonl:2: it is no JSON"):
        read(path)


def test_names_that_cut_words_are_named_and_kept(tmp_path: Path) -> None:
    record = {"text": "the NewYork-based firm", "entities": [[4, 11, "LOC"]]}
    path = write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, [PERSON, record])))
    found = read(path)
    assert [f.code for f in found.findings] == ["NW251"]
    assert (
        "1 name begins or ends within a word, first 'NewYork' in a.jsonl:2"
        in found.findings[0].message
    )
    assert found.examples.targets[1] == (Name("NewYork", "LOC", 4, 11),)


def test_empty_documents(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl", "\n".join(map(json.dumps, [PERSON, {"text": " ", "entities": []}]))
    )
    assert list(map(len, read(path).examples.inputs)) == [4, 0]
    empty = write(tmp_path / "b.jsonl", json.dumps({"text": "", "entities": []}))
    with pytest.raises(DataError, match=r"b.jsonl holds no sentence: expected words in some"):
        read(empty)


@pytest.mark.parametrize(
    "value",
    [
        ([["Ada", "left"], ["Oslo"]], [["B-PER", "O"], ["B-LOC"]]),
        ([("Ada", "left"), ("Oslo",)], [("S-PER", "O"), ("S-LOC",)]),
        [("Ada left", {"entities": [(0, 3, "PER")]}), ("Oslo", {"entities": [(0, 4, "LOC")]})],
    ],
)
def test_data_in_memory(value: Any) -> None:
    look = Look("memory", "memory", value=value)
    assert reader.recognize(look) is not None
    found = reader.read(look, Source("tagged", "memory", "")).examples
    assert [n.label for names in found.targets for n in names] == ["PER", "LOC"]


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2\n3,4\n",
        "one two\nthree four\nfive six\n",
        "x\tO\ny\tO\nz\tO\n",
        "It was O\nthe best B-52\nof times\n",
        "O B-X\nO\n",
        "",
        "a O\nb B-X\n",
        '{"text": "a b", "label": "good"}\n' * 4,
        '{"text": "a b", "label": ["x", "y"]}\n' * 4,
    ],
)
@pytest.mark.parametrize("ending", [".txt", ".jsonl", ".tsv", ".json"])
def test_what_is_not_clearly_of_names_is_left_to_others(
    tmp_path: Path, text: str, ending: str
) -> None:
    assert is_left_to_others(write(tmp_path / f"a{ending}", text))


@given(st.binary(max_size=200), st.sampled_from([".conll", ".jsonl", ".json", ".txt"]))
@settings(max_examples=80)
def test_rubbish_is_refused_in_one_sentence(
    tmp_path_factory: Any, content: bytes, ending: str
) -> None:
    path = tmp_path_factory.getbasetemp() / f"rubbish{ending}"
    for begun in (b"", b"a\tB-X\nb\tO\nc\tO\n", json.dumps(PERSON).encode() + b"\n"):
        path.write_bytes(begun + content)
        look = look_at(path)
        if reader.recognize(look) is None:
            continue
        try:
            found = reader.read(look, Source("tagged", str(path), "")).examples
        except DataError as error:
            assert "\n" not in str(error)
        else:
            for sentence, names in zip(found.inputs, found.targets, strict=True):
                assert all(n.text == sentence.text[n.start : n.end] for n in names or ())
