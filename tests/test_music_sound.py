"""What pieces sound like and how they are drawn."""

from __future__ import annotations

import io
import time
import wave
from xml.etree import ElementTree

import numpy as np
import pytest

from netwright.base.errors import DataError
from netwright.data.music.piece import Note, Part, Piece, Tempo
from netwright.data.music.sound.synthesis import LOUDEST, RATE, sound_of, wav_of
from netwright.plots.music.piano_roll import Roll, RolledNote, picture

ROOM = Piece(4, [Note(0, 8, 69)], [Part("flute", 73)])


@pytest.mark.parametrize("program", range(0, 128, 8))
def test_a_tone_has_the_frequency_of_its_pitch(program: int) -> None:
    piece = Piece(4, [Note(0, 8, 69)], [Part("", program)])
    heard = sound_of(piece, stereo=False)[: RATE // 2, 0]
    # A4 is 440 Hz: half a second resolves 2 Hz
    strength = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    near = strength[215:226]
    assert near.max() > 20 * np.median(strength)
    assert abs(np.argmax(near) + 215 - 220) <= 1


@pytest.mark.parametrize("rate", [22_050, 44_100])
def test_sound_is_as_long_and_as_loud_as_it_is_to_be(rate: int) -> None:
    piece = Piece(4, [Note(4, 4, pitch) for pitch in range(40, 90)], tempos=[Tempo(0, 1_000_000)])
    samples = sound_of(piece, rate=rate)
    assert samples.shape[1] == 2 and 2 <= len(samples) / rate < 2.5
    assert np.abs(samples).max() == pytest.approx(LOUDEST, abs=1e-6)
    assert not samples[: rate // 2].any()  # nothing before the first note
    assert np.abs(samples[-1]).max() < 0.01  # and no click at the end


def test_drums_are_noise_of_their_band() -> None:
    kit = [Part("kit", 0, True)]
    bass, hat = (sound_of(Piece(4, [Note(0, 1, pitch)], kit), stereo=False) for pitch in (36, 42))
    for heard, low, high in ((bass, 20, 200), (hat, 5_000, 11_000)):
        power = np.abs(np.fft.rfft(heard[:, 0])) ** 2
        hertz = np.fft.rfftfreq(len(heard), 1 / RATE)
        assert power[(hertz > low) & (hertz < high)].sum() > 0.9 * power.sum()


def test_parts_are_set_apart_in_stereo() -> None:
    parts = [Part(), Part()]
    left, right = (sound_of(Piece(4, [Note(0, 4, 60, 80, at)], parts)) for at in (0, 1))
    assert np.abs(left[:, 0]).max() > np.abs(left[:, 1]).max()
    assert np.abs(right[:, 1]).max() > np.abs(right[:, 0]).max()


def test_a_wav_file_is_one() -> None:
    with wave.open(io.BytesIO(wav_of(ROOM, stereo=False))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        held = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.abs(held).max() == pytest.approx(LOUDEST * 32_767, abs=1)
    with wave.open(io.BytesIO(wav_of(Piece(4, [])))) as file:
        assert file.getnframes() == 0


def test_an_hour_is_too_long() -> None:
    with pytest.raises(DataError, match=r"the piece lasts .*: expected at most 1 h"):
        sound_of(Piece(1, [Note(10_000, 1, 60)], tempos=[Tempo(0, 1_000_000)]))


def test_a_minute_of_four_voices_takes_less_than_a_second() -> None:
    voices = (0, 41, 56, 73)
    piece = Piece(
        1,
        [
            Note(at, 1, 40 + 7 * part + at * 5 % 12, 80, part)
            for at in range(120)
            for part in range(4)
        ],
        [Part("", program) for program in voices],
    )
    assert piece.seconds == 60
    assert min(seconds_of(piece) for _ in range(2)) < 1


def seconds_of(piece: Piece) -> float:
    """CPU seconds that its sound takes."""
    began = time.process_time()
    sound_of(piece)
    return time.process_time() - began


def test_a_roll_shows_bars_and_parts() -> None:
    notes = [RolledNote(at, at + 1, 60 + at % 5, at % 2) for at in range(40)]
    notes.append(RolledNote(28, 34, 72, 0))  # over the end of a line: drawn in both
    bars = [0, *range(1, 42, 4)]
    parts = [("Alto & <Bass>", False), ("", False)]
    drawn = picture(Roll(notes, parts, bars, pickup=True), "A <roll>")
    root = ElementTree.fromstring(drawn)
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"A <roll>", "Alto & <Bass>", "part 2", "C4", "1", "10"} <= {*texts}
    assert "0" not in texts  # a pickup has no number
    rounded = [one for one in root.iter("{http://www.w3.org/2000/svg}rect") if one.get("rx") == "1"]
    assert len(rounded) == 42
    assert len({one.get("fill") for one in rounded}) == 2


def test_drums_are_drawn_below_and_a_long_piece_ends() -> None:
    notes = [RolledNote(at, at + 1, 36 + at % 3, 0) for at in range(2_000)]
    drawn = picture(Roll(notes, [("kit", True)], range(0, 2_001, 4)), "drums")
    assert drawn.count("<circle") == 32 * 14
    assert "and 388 bars more" in drawn
    assert picture(Roll([], [], [0]), "nothing").startswith("<svg")
