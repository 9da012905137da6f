"""A piece: its bars, its time, in another key, on a grid; each held against its definition."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.data.music.piece import Bar, Key, Meter, Note, Part, Piece, Tempo

meters = st.builds(
    Meter, st.integers(0, 200), st.integers(1, 13), st.sampled_from([1, 2, 4, 8, 16])
)
tempos = st.builds(Tempo, st.integers(0, 200), st.integers(1, 2_000_000))
notes = st.builds(Note, st.integers(0, 200), st.integers(1, 40), st.integers(20, 100))
pieces = st.builds(
    Piece,
    st.sampled_from([4, 12, 30, 480]),
    st.lists(notes, max_size=8),
    tempos=st.lists(tempos, max_size=3),
    meters=st.lists(meters, max_size=3),
)


@settings(max_examples=70, deadline=None)
@given(pieces)
def test_bars_follow_one_another_by_the_meter_in_force(piece: Piece) -> None:
    bars = piece.bars
    assert not bars or (bars[0].start == 0 and bars[-1].start < piece.end <= bars[-1].end)
    for before, bar in pairwise(bars):
        assert before.end == bar.start and bar.offset == 0
    for bar in bars:
        assert bar.meter == (piece.in_force(piece.meters, bar.start) or bars[0].meter)
        assert bar.end - bar.start <= piece.bar_ticks(bar.meter) + 1
    at_once = {bar.start for bar in bars}
    assert all(meter.at in at_once for meter in piece.meters if meter.at < piece.end)


def test_a_pickup_is_a_first_bar_that_is_cut_short() -> None:
    piece = Piece(2, [Note(0, 20, 60)], meters=[Meter(0, 3, 4), Meter(2, 3, 4), Meter(14, 2, 4)])
    assert piece.bars == (
        Bar(0, 2, Meter(0, 3, 4), 4),
        Bar(2, 8, Meter(2, 3, 4)),
        Bar(8, 14, Meter(2, 3, 4)),
        Bar(14, 18, Meter(14, 2, 4)),
        Bar(18, 22, Meter(14, 2, 4)),
    )
    # a meter that comes first after the beginning holds from there on, and before
    assert Piece(1, [Note(0, 9, 60)], meters=[Meter(3, 3, 4)]).bars[0] == Bar(0, 3, Meter(0, 3, 4))
    assert [bar.end for bar in Piece(1, [Note(0, 6, 60)]).bars] == [4, 8]


@settings(max_examples=50, deadline=None)
@given(pieces, st.integers(0, 240))
def test_seconds_are_the_sum_over_ticks(piece: Piece, tick: int) -> None:
    each = (piece.in_force(piece.tempos, at) or Tempo(0) for at in range(tick))
    expected = sum(Fraction(tempo.microseconds, piece.quarter) for tempo in each) / 10**6
    assert piece.seconds_at(tick) == pytest.approx(float(expected), rel=1e-9, abs=1e-12)


KEYS = ["C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"]


@given(st.integers(-7, 7), st.booleans(), st.integers(-24, 24))
def test_a_key_moves_with_its_notes(fifths: int, minor: bool, semitones: int) -> None:
    key = Key(0, fifths, minor)
    moved = key.transposed(semitones)
    assert moved.tonic == (key.tonic + semitones) % 12
    assert -7 <= moved.fifths <= 7 and moved.minor == minor


def test_keys_are_called_as_musicians_call_them() -> None:
    assert [str(Key(0, 0).transposed(by)) for by in range(12)] == [f"{one} major" for one in KEYS]
    assert [str(Key(0, fifths, True)) for fifths in (-7, 0, 7)] == [
        "A♭ minor",
        "A minor",
        "A♯ minor",
    ]


def test_drums_stay_where_they_are() -> None:
    piece = Piece(4, [Note(0, 4, 60), Note(0, 4, 38, 80, 1)], [Part(), Part("kit", 0, True)])
    assert {note.pitch for note in piece.transposed(7).notes} == {67, 38}
    assert piece.compass == (60, 60)
    with pytest.raises(ValueError, match="pitch=130"):
        piece.transposed(70)


@settings(max_examples=50, deadline=None)
@given(pieces, st.sampled_from([1, 2, 3, 4, 12]))
def test_on_a_grid_each_note_is_at_the_nearest_tick(piece: Piece, quarter: int) -> None:
    moved = piece.in_ticks(quarter)
    for note in moved.notes:
        near = [
            one
            for one in piece.notes
            if one.pitch == note.pitch
            and abs(Fraction(one.start, piece.quarter) - Fraction(note.start, quarter))
            <= Fraction(1, 2 * quarter)
        ]
        assert near and note.length >= 1
    places = [(note.start, note.pitch, note.part) for note in moved.notes]
    assert len({*places}) == len(places) <= len(piece.notes)
    assert moved.in_ticks(quarter) == moved


@pytest.mark.parametrize(
    "wrong",
    [
        {"quarter": 0},
        {"notes": [Note(0, 0, 60)]},
        {"notes": [Note(0, 1, 128)]},
        {"notes": [Note(0, 1, 60, 0)]},
        {"notes": [Note(0, 1, 60, 80, 1)]},
        {"parts": [Part("", 128)]},
        {"tempos": [Tempo(0, 0)]},
        {"meters": [Meter(0, 3, 5)]},
        {"keys": [Key(0, 8)]},
    ],
)
def test_what_is_no_piece_is_none(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Piece(**{"quarter": 4, "notes": [Note(0, 1, 60)], **wrong})  # type: ignore[arg-type]
