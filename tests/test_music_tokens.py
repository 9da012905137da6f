"""Music as tokens: a piece comes back as it is on the grid, and what the grammar lets be drawn is
always a piece.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.data.music.piece import Key, Meter, Note, Part, Piece, Tempo
from netwright.data.music.tokens.grid import on_grid
from netwright.data.music.tokens.tokens import (
    TokenReading,
    costs_by_note,
    moved,
    piece_of,
    tokens_of,
)
from netwright.data.music.tokens.vocabulary import (
    END,
    KINDS,
    TEMPOS,
    NoteVocabulary,
    tempo_of,
    tempo_value,
    velocity_of,
    velocity_value,
)

VOCABULARIES = st.builds(
    NoteVocabulary,
    st.sampled_from(KINDS),
    st.sampled_from([1, 4, 6, 12]),
    st.sampled_from([0, 1, 8, 32]),
)
TICKS = st.integers(0, 90)


def notes(parts: int) -> st.SearchStrategy[Note]:
    return st.builds(
        Note,
        TICKS,
        st.one_of(st.integers(1, 20), st.integers(1, 400)),
        st.one_of(st.integers(60, 64), st.integers(0, 127)),
        st.integers(1, 127),
        st.integers(0, parts - 1),
    )


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    drawn = draw(
        st.lists(
            st.builds(Part, st.just("a name"), st.integers(0, 127), st.booleans()),
            min_size=1,
            max_size=4,
        )
    )
    return Piece(
        draw(st.sampled_from([4, 6, 7])),
        draw(st.lists(notes(len(drawn)), min_size=1, max_size=12)),
        drawn,
        draw(st.lists(st.builds(Tempo, TICKS, st.integers(150_000, 2_500_000)), max_size=3)),
        draw(
            st.lists(
                st.builds(
                    Meter, TICKS, st.integers(1, 40), st.sampled_from([1, 2, 4, 8, 16, 64, 256])
                ),
                max_size=4,
            )
        ),
        draw(st.lists(st.builds(Key, TICKS, st.integers(-7, 7), st.booleans()), max_size=3)),
        "a title",
    )


@given(pieces(), VOCABULARIES)
@settings(max_examples=150, deadline=None)
def test_a_piece_comes_back_as_it_is_on_the_grid(piece: Piece, vocabulary: NoteVocabulary) -> None:
    placed = on_grid(piece, vocabulary)
    assert on_grid(placed, vocabulary) == placed
    tokens = tokens_of(piece, vocabulary)
    assert piece_of(tokens, vocabulary) == placed
    reading = TokenReading(vocabulary)
    for at, token in enumerate(tokens):
        assert reading.allowed()[token], (at, [vocabulary.name(one) for one in tokens])
        if token != END:
            reading.read(token)


@given(st.integers(0, 2**32), VOCABULARIES, st.sampled_from([None, 1, 3]), st.floats(0.0, 0.9))
@settings(max_examples=60, deadline=None)
def test_whatever_is_drawn_by_the_grammar_is_a_piece(
    seed: int, vocabulary: NoteVocabulary, bars: int | None, repeat: float
) -> None:
    rng = np.random.default_rng(seed)
    reading = TokenReading(vocabulary, bars)
    by_kind = list(vocabulary.ranges.values())
    for _ in range(80):
        allowed = reading.allowed()
        assert allowed.any()
        kinds = [some for some in by_kind if allowed[some.start : some.stop].any()]
        if not kinds or (allowed[END] and rng.random() < 0.1):
            break
        some = kinds[int(rng.integers(len(kinds)))]
        may = np.flatnonzero(allowed[some.start : some.stop])
        reading.read(some.start + int(may[0] if rng.random() < repeat else rng.choice(may)))
    piece = reading.piece()
    assert on_grid(piece, vocabulary) == piece
    if piece.notes:
        assert piece_of(tokens_of(piece, vocabulary), vocabulary) == piece
    last = max((note.start for note in piece.notes), default=0)
    assert not bars or sum(bar.start <= last for bar in piece.bars) <= bars


def test_the_tokens_of_a_small_piece_by_bars() -> None:
    vocabulary = NoteVocabulary("remi", 4, 0)
    piece = Piece(
        2,
        [Note(0, 2, 67), Note(2, 3, 60, part=0), Note(2, 40, 48, part=1)],
        [Part(), Part("bass", 32)],
        [Tempo(0, 500_000)],
        [Meter(0, 3, 4), Meter(2, 3, 4)],
        [Key(0, -2, True)],
    )
    assert [vocabulary.name(token) for token in tokens_of(piece, vocabulary)] == [
        *("key G minor", "beats 3", "unit 4", "tempo 120", "program 0", "program 32"),
        *("position 8", "bar", "position 8", "pitch 67", "length 4"),
        *("bar", "position 0", "pitch 60", "length 6"),
        *("part 1", "pitch 48", "length 32", "length 32", "length 16", "<eos>"),
    ]


def test_the_tokens_of_a_small_piece_in_time() -> None:
    vocabulary = NoteVocabulary("events", 2, 4)
    piece = Piece(2, [Note(1, 2, 60, 127), Note(2, 2, 60, 1)], [Part("", 3, True)])
    assert [vocabulary.name(token) for token in tokens_of(piece, vocabulary)] == [
        *("no key", "no meter", "no tempo", "program 128", "shift 1", "drum 60", "velocity 3"),
        *("shift 1", "drum off 60", "drum 60", "velocity 0", "shift 2", "drum off 60", "<eos>"),
    ]


def test_tempos_and_velocities_are_the_nearest_ones() -> None:
    for value in range(1, TEMPOS + 1):
        assert tempo_value(tempo_of(value)) == value
    for velocities in (1, 8, 32):
        for value in range(velocities):
            assert velocity_value(velocity_of(value, velocities), velocities) == value
    for velocity in range(1, 128):
        assert abs(velocity_of(velocity_value(velocity, 32), 32) - velocity) <= 3


@given(pieces(), VOCABULARIES, st.integers(-6, 6))
@settings(max_examples=40, deadline=None)
def test_tokens_are_moved_as_the_piece_is(
    piece: Piece, vocabulary: NoteVocabulary, semitones: int
) -> None:
    placed = on_grid(piece, vocabulary)
    inside = [n for n in placed.notes if 6 <= n.pitch < 122]
    if not inside:
        return
    # keys of one sound are one when they are moved
    keys = [key for key in placed.keys if -5 <= key.fifths <= 6]
    placed = on_grid(replace(placed, notes=inside, keys=keys), vocabulary)
    table = moved(vocabulary, semitones)
    higher = [table[token] for token in tokens_of(placed, vocabulary)]
    assert higher == tokens_of(placed.transposed(semitones), vocabulary)


@pytest.mark.parametrize("kind", KINDS)
def test_what_notes_cost_adds_up(kind: str) -> None:
    vocabulary = NoteVocabulary(kind, 4, 0)
    piece = Piece(4, [Note(0, 4, 60), Note(4, 4, 62)])
    tokens = tokens_of(piece, vocabulary)
    costs = [1.0] * len(tokens)
    found = costs_by_note(tokens, costs, vocabulary)
    assert found.keys() == {(0, 0, 60), (4, 0, 62)}
    assert sum(found.values()) == len(tokens) - 1
