"""Standard MIDI files: what is written is read again, and others' files are read or refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.data.music.midi.read import piece_of
from netwright.data.music.midi.write import midi_of
from netwright.data.music.piece import Key, Meter, Note, Part, Piece, Tempo

ticks = st.integers(0, 5_000)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def without_nesting(notes: list[Note]) -> list[Note]:
    """Of the notes of one part and pitch the first to begin is the first to end."""
    by_voice: dict[tuple[int, int], list[Note]] = {}
    for note in sorted(notes):
        by_voice.setdefault((note.part, note.pitch), []).append(note)
    found = []
    for own in by_voice.values():
        ends = sorted(note.end for note in own)
        found += [
            replace(note, length=max(1, end - note.start))
            for note, end in zip(own, ends, strict=True)
        ]
    return found


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    melodic = st.builds(Part, texts, st.integers(0, 127))
    parts = draw(
        st.lists(st.one_of(melodic, st.just(Part("kit", 5, True))), min_size=1, max_size=6)
    )
    note = st.builds(
        Note,
        ticks,
        st.integers(1, 900),
        st.integers(50, 56),
        st.integers(1, 127),
        st.integers(0, len(parts) - 1),
    )
    return Piece(
        draw(st.integers(1, 32767)),
        without_nesting(draw(st.lists(note, max_size=30))),
        parts,
        draw(st.lists(st.builds(Tempo, ticks, st.integers(1, 2**24 - 1)), max_size=3)),
        draw(
            st.lists(
                st.builds(Meter, ticks, st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 128])),
                max_size=3,
            )
        ),
        draw(st.lists(st.builds(Key, ticks, st.integers(-7, 7), st.booleans()), max_size=3)),
        draw(texts),
    )


@settings(max_examples=60, deadline=None)
@given(pieces())
def test_a_piece_that_is_written_is_read_again(piece: Piece) -> None:
    read, odd = piece_of(midi_of(piece), "x.mid")
    assert read == piece
    assert not odd


HYMN = Piece(
    480,
    [Note(0, 480, 60), Note(480, 960, 64, 90, 1), Note(480, 10, 38, 100, 2)],
    [Part("alto", 0), Part("tenor", 40), Part("kit", 0, True)],
    [Tempo(0, 600_000)],
    [Meter(0, 3, 4)],
    [Key(0, -3, True)],
    "Hymn",
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4))
def test_damaged_bytes_are_read_or_refused(changes: list[tuple[int, int]]) -> None:
    content = bytearray(midi_of(HYMN))
    for at, value in changes:
        content[at % len(content)] = value
    for end in (len(content), changes[0][0] % len(content)):
        try:
            piece_of(bytes(content[:end]), "x.mid")
        except DataError as error:
            assert str(error).startswith("x.mid ") and str(error).count("\n") == 0


def file_of(*tracks: bytes, kind: int = 1, division: int = 96) -> bytes:
    """A file of tracks without their heads."""
    head = b"MThd\0\0\0\6" + b"".join(n.to_bytes(2) for n in (kind, len(tracks), division))
    return head + b"".join(b"MTrk" + len(one).to_bytes(4) + one for one in tracks)


def test_running_status_and_a_note_on_of_no_velocity_end_a_note() -> None:
    # by the standard: 0x90 holds for what follows, and an end may be written as velocity 0
    track = bytes.fromhex("00 90 3c 40 60 3c 00 00 3e 50 30 3e 00 00 ff 2f 00".replace(" ", ""))
    piece, odd = piece_of(file_of(track, kind=0), "x.mid")
    assert piece.notes == (Note(0, 96, 60, 64), Note(96, 48, 62, 80))
    assert not odd


def test_system_messages_and_unknown_metas_are_passed_over() -> None:
    track = bytes.fromhex("00f0037e7ff700ff7f02123400ff01016100b0074000903c4060803c40")
    piece, odd = piece_of(file_of(track), "x.mid")
    assert piece.notes == (Note(0, 96, 60, 64),)
    assert not odd


def test_what_is_odd_is_counted_and_nothing_is_lost() -> None:
    stuck = bytes.fromhex("00ff510300000000ff5804000218080000ff59020800")
    stuck = bytes.fromhex("00ff510300000000ff58040002180800ff5902080000903c4060903e4010803f00")
    piece, odd = piece_of(file_of(stuck), "x.mid")
    assert piece.notes == (Note(0, 112, 60, 64), Note(96, 16, 62, 64))
    assert odd == {
        "tempos of 0 passed over": 1,
        "meters that are none passed over": 1,
        "keys that are none passed over": 1,
        "notes without an end": 2,
        "ends of notes that had not begun": 1,
    }


def test_a_track_that_the_head_counts_and_the_file_lacks_is_missed() -> None:
    content = bytearray(file_of(bytes.fromhex("00903c40 60803c40"), b""))
    content[content.rindex(b"MTrk")] = ord("X")  # a chunk of another kind
    assert piece_of(bytes(content), "x.mid")[1] == {"tracks missing": 1}


def test_a_program_change_begins_another_part_and_channel_10_is_drums() -> None:
    track = bytes.fromhex("00c00500903c4010803c0000c01800903c4010803c000099264010892600")
    piece, _ = piece_of(file_of(track, kind=0), "x.mid")
    assert piece.parts == (Part("", 5), Part("", 24), Part("", 0, True))
    assert [note.part for note in piece.notes] == [0, 1, 2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"",
            "x.mid is no whole MIDI file: at byte 0 the head of a file, MThd, was expected.",
        ),
        (file_of(b"")[:12], "at byte 8 the head of 6 bytes begins, but only 4 are left."),
        (file_of(b"", kind=2), "x.mid is a MIDI file of format 2: expected 0 or 1"),
        (file_of(b"", division=0xE728), "x.mid counts in frames of film (SMPTE)"),
        (file_of(bytes.fromhex("003c40")), "at byte 23 data stand without an event."),
        (file_of(bytes.fromhex("00903cff")), "at byte 23 the event 0x90 has 2 bytes of data"),
        (file_of(bytes.fromhex("00f4")), "at byte 23 0xf4 stands where an event begins."),
        (file_of(bytes.fromhex("ffffffff00")), "at byte 22 a number has more than four bytes."),
        (file_of(b"\0" * 9)[:25], "at byte 22 a track of 9 bytes begins, but only 3 are left."),
        (file_of(bytes.fromhex("00ff017f61")), "a meta of 127 bytes begins, but only 1 is left."),
    ],
)
def test_what_is_no_sound_file_is_refused_in_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(DataError) as caught:
        piece_of(content, "x.mid")
    assert words in str(caught.value)


def test_more_parts_than_channels_play_by_instrument() -> None:
    parts = [Part(f"voice {at}", at % 3) for at in range(20)]
    piece = Piece(4, [Note(at, 8, 60, part=at) for at in range(20)], parts)
    assert piece_of(midi_of(piece), "x.mid")[0] == piece
    many = Piece(4, [], [Part("", at) for at in range(16)])
    with pytest.raises(DataError, match="16 instruments and 0 drum kits"):
        midi_of(many)
