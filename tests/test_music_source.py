"""Music as a source: what is taken for it, what its examples are, which belong to one another."""

from __future__ import annotations

import importlib.util
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from netwright import systems
from netwright.base.errors import DataError
from netwright.contract import Claim, Reading, ReadOptions, Source
from netwright.data import duplicates
from netwright.data.catalogue import ENTRIES
from netwright.data.describe import describe
from netwright.data.leaks.near_copies import near_pairs_of
from netwright.data.music import near, reader
from netwright.data.music.midi.write import midi_of
from netwright.data.music.piece import Key, Note, Part, Piece
from netwright.data.sources import looking, ready
from netwright.data.splits import assign

TUNE = "X:{0}\nT:Tune {0}\nC:Anon\nM:3/4\nL:1/4\nK:{1}\n{2}|\n\n"


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def melody(seed: int, count: int = 40, more: int = 0) -> Piece:
    """Notes of steps that are drawn, another way for each seed; ``more`` semitones higher."""
    draw = random.Random(seed)
    notes = [Note(4 * at, draw.randint(1, 4), draw.randint(40, 80) + more) for at in range(count)]
    return Piece(4, notes, keys=[Key(0)])


def claim(source: Any) -> Claim | None:
    return reader.recognize(looking.look_at(source))


def read(source: Any, **options: Any) -> Reading:
    look = looking.look_at(source)
    return reader.read(look, Source("music", str(look), "", ReadOptions(**options)))


def test_what_is_music_by_its_name_or_its_beginning(tmp_path: Path) -> None:
    for name in ("a.mid", "a.MIDI", "a.mxl", "a.musicxml", "a.abc"):
        found = claim(write(tmp_path / name, "anything"))
        assert found is not None and found.strength == 3
    score = write(tmp_path / "score.xml", '<?xml version="1.0"?>\n<score-partwise version="4.0">')
    assert claim(score) is not None
    assert claim(write(tmp_path / "boxes.xml", "<annotation/>")) is None
    assert claim(write(tmp_path / "a.txt", "X:1")) is None
    assert claim([melody(1)]) is not None and claim(["a", "b"]) is None


def test_a_folder_is_music_where_most_of_its_files_are(tmp_path: Path) -> None:
    for at in range(3):
        write(tmp_path / "s" / "book" / f"{at}.mid", midi_of(melody(at)))
    write(tmp_path / "s" / "README.txt", "about")
    write(tmp_path / "s" / "cover.png", "x")
    found = claim(tmp_path / "s")
    assert found is not None and found.why.endswith("for music: it holds 3 .mid")
    for at in range(3):
        write(tmp_path / "s" / f"{at}.png", "x")
    assert claim(tmp_path / "s") is None


def test_a_piece_is_an_example_and_a_tune_of_a_book_is_one(tmp_path: Path) -> None:
    write(tmp_path / "s" / "a.mid", midi_of(melody(1)))
    book = TUNE.format(7, "G", "GAB") + TUNE.format(8, "Em", "EFG") + TUNE.format(8, "D", "Adf")
    write(tmp_path / "s" / "book.abc", book)
    found = read(tmp_path / "s")
    places = ["s/a.mid", "s/book.abc#7", "s/book.abc#8:9", "s/book.abc#8:17"]
    assert list(found.examples.sources) == places
    assert found.examples.targets == found.examples.inputs
    columns = found.beside()
    assert columns["key"] == ["C major", "G major", "E minor", "D major"]
    assert columns["meter"] == [None, "3/4", "3/4", "3/4"]
    assert columns["composer"] == [None, "Anon", "Anon", "Anon"]
    assert columns["seconds"][1] == 1.5
    assert found.notes[0] == "4 pieces of 49 notes; 1 part 4"
    assert "keys: C major 1, G major 1, E minor 1, D major 1" in found.notes


def test_a_piece_is_known_in_whatever_key_tempo_and_ticks() -> None:
    piece = melody(3)
    same = [
        piece.transposed(5),
        piece.in_ticks(480),
        Piece(4, piece.notes, [Part("other", 40)]),
    ]
    assert {near.id_of(one) for one in same} == {near.id_of(piece)}
    assert near.id_of(melody(4)) != near.id_of(piece)
    later = Piece(4, [Note(note.start + 1, note.length, note.pitch) for note in piece.notes])
    assert near.id_of(later) != near.id_of(piece)


def test_nearly_equal_pieces_lie_in_one_split_whatever_their_key() -> None:
    pieces = [melody(seed) for seed in range(12)]
    changed = melody(5, more=7).notes
    varied = Piece(4, [*changed[:20], Note(80, 2, 3), *changed[21:]])
    found = read([*pieces, varied])
    assert near.near_pairs([*pieces, varied]) == [(5, 12)]
    groups = found.examples.groups
    assert groups is not None and groups[12] == groups[5] and len({*groups}) == 12
    assigned = assign(found.examples)
    assert assigned[12] == assigned[5]
    twice = duplicates.find(
        found.examples, assigned, [None] * 13, near_pairs_of(found.examples.inputs)
    )
    (finding,) = duplicates.findings(twice, 13)
    assert finding.code == "NW204" and finding.severity == "note"
    assert "1 pair of pieces are nearly equal, in whatever key, first" in finding.message


def test_of_very_many_notes_some_figures_tell_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [melody(seed, count=200) for seed in range(6)]
    pieces += [pieces[3].transposed(2), melody(9, count=200)]
    monkeypatch.setattr(near, "MOST_NOTES", 500)
    assert near.near_pairs(pieces) == [(3, 6)]


def test_folders_called_as_splits_are_splits(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for at in range(4):
            piece = melody(at + 10 * (split == "test"))
            write(tmp_path / "s" / split / f"{at}.mid", midi_of(piece))
    # a copy, in another key, of what is learned from
    write(tmp_path / "s" / "test" / "copy.mid", midi_of(melody(2, more=3)))
    found = read(tmp_path / "s")
    assert found.examples.splits is not None
    assert found.examples.splits.count("test") == 5 and found.examples.groups is None
    described = describe(found, systems.takes("writer"))
    assert [one.code for one in described.findings if one.code == "NW203"] == ["NW203"]


def test_what_cannot_be_read_is_refused_or_left_out(tmp_path: Path) -> None:
    book = TUNE.format(1, "G", "GAB") + TUNE.format(2, "Q", "EFG") + TUNE.format(3, "C", "z3")
    write(tmp_path / "s" / "book.abc", book)
    write(tmp_path / "s" / "a.mid", b"MThd")
    with pytest.raises(DataError) as caught:
        read(tmp_path / "s")
    assert str(caught.value).startswith(
        "2 of 4 pieces cannot be read: s/a.mid is no whole MIDI file: at byte 4 the head of 4 bytes"
        " begins, but only 0 are left. s/book.abc:14:3: the key is 'Q': expected"
    )
    found = read(tmp_path / "s", skip_unreadable=True)
    assert list(found.examples.sources) == ["s/book.abc#1"]
    assert [finding.code for finding in found.findings] == ["NW201"]
    assert "1 piece without a note left out" in found.notes
    write(tmp_path / "rest.abc", TUNE.format(1, "C", "z3"))
    with pytest.raises(DataError, match=r"rest\.abc holds no piece with a note: expected some"):
        read(tmp_path / "rest.abc")


def test_new_inputs_have_no_targets(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mid", midi_of(melody(1)))
    looks = [looking.look_at(path), looking.look_at([melody(2)])]
    found = reader.inputs(looks, ReadOptions())
    assert found is not None and found.targets == [None, None]
    assert found.inputs == [melody(1), melody(2)]
    assert reader.inputs([looking.look_at(["words"])], ReadOptions()) is None


def test_the_sample_is_read(tmp_path: Path) -> None:
    path, options = reader.sample(tmp_path)
    assert len(read(path).examples) == 30 and options == ReadOptions()


def test_no_system_but_one_of_music_takes_pieces(tmp_path: Path) -> None:
    found = read(reader.sample(tmp_path)[0]).examples
    takers = [name for name in systems.names() if systems.takes(name).accepts(found)]
    assert [name for name in takers if name != "music"] == []


CORPUS = importlib.util.find_spec("music21")


@pytest.mark.skipif(CORPUS is None, reason="the extra [music] is not installed")
def test_ready_music_is_read_from_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ENTRIES:
        if ENTRIES[name].kind == "music":
            assert any(ready._locate(ENTRIES[name].package, ENTRIES[name].file, name).iterdir())
    folder = ready._locate("music21", "corpus/bach", "chorales")
    for name in ("bwv66.6.mxl", "bwv253.mxl", "bwv67.4.xml", "bwv846.mxl"):
        shutil.copy(folder / name, tmp_path / name)
    monkeypatch.setattr(ready, "_locate", lambda *_: tmp_path)
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    look = looking.look_at("chorales")
    found = ready.read(look, Source("ready", "chorales", ""))
    (kept,) = (tmp_path / "cache" / "ready").iterdir()
    for damage in ("", "x"):  # as it was kept, and read anew where it is not sound
        kept.write_text(damage + kept.read_text(encoding="utf-8"), encoding="utf-8")
        again = ready.read(look, Source("ready", "chorales", ""))
        assert again.examples == found.examples and again.notes == found.notes
    sources = ["chorales/bwv253.mxl", "chorales/bwv66.6.mxl", "chorales/bwv67.4.xml"]
    assert list(found.examples.sources) == sources
    assert found.notes[0].startswith("3 pieces from the package music21; licence: ")
    assert found.notes[1].startswith("this version of music21 holds other files")
    # BWV 66.6 by its score: four voices, a pickup of one quarter, F sharp minor
    piece = found.examples.inputs[1]
    assert len(piece.parts) == 4 and len(piece.notes) == 163
    assert str(piece.key) == "F♯ minor" and piece.bars[0].offset == 3 * piece.quarter
    assert [note.pitch for note in piece.notes if note.part == 0][:5] == [73, 71, 69, 71, 73]


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        DataError, match=r"lies in the package music21 .* pip install 'netwright\[m"
    ):
        ready.read(looking.look_at("tunes"), Source("ready", "tunes", ""))
