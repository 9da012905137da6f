"""A MusicXML score to a piece."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from netwright.base.errors import DataError
from netwright.data.music.found import Oddities
from netwright.data.music.musicxml.container import score_of
from netwright.data.music.musicxml.measures import PartReading
from netwright.data.music.notation.bars import NotatedBar, as_played
from netwright.data.music.piece import Part, Piece
from netwright.data.text.xml_tree import Element

DRUM_CHANNEL = "10"

FINEST = 10_080
"""Ticks of a quarter note where its divisions have no common measure below MIDI's bound."""


def piece_of(content: bytes, name: str) -> tuple[Piece, Oddities]:
    """The piece that a score holds, as it sounds: repeats played, ties joined, instruments that
    transpose at their pitch.

    Args:
        content: of a file, packed or not.
        name: of the file, for messages.

    Raises:
        DataError: it is no score, or a number in it is none, with part and measure.
    """
    score = score_of(content, name)
    if score.name not in ("score-partwise", "score-timewise"):
        raise DataError(
            f"{name} is XML, but no score (its root is '{score.name}'): expected MusicXML, with"
            " 'score-partwise' at its root."
        )
    odd = Oddities()
    quarter = _quarter(score, name)
    stated = {
        part.attributes.get("id", ""): part
        for parts in score.all("part-list")
        for part in parts.all("score-part")
    }
    bars: list[NotatedBar] = []
    parts = []
    for at, (known, measures) in enumerate(_parts(score)):
        is_drums, drums, program = _instruments(stated.get(known))
        reading = PartReading(at, f"{name}, part {known}", quarter, drums, odd)
        for number, measure in enumerate(measures):
            if number == len(bars):
                bars.append(NotatedBar())
            reading.add_to(bars[number], measure)
        title = stated[known].words("part-name") if known in stated else ""
        parts.append(Part(title, program, is_drums or reading.unpitched > 0))
    if not parts:
        raise DataError(f"{name} is a score without a part: expected notes in some.")
    known_of_it = Piece(quarter, (), parts, title=_title(score), composer=_composer(score))
    return as_played(bars, odd, known_of_it), odd


def _parts(score: Element) -> Iterator[tuple[str, Sequence[Element]]]:
    """(id, measures) of each part, however the score is ordered."""
    if score.name == "score-partwise":
        for part in score.all("part"):
            yield part.attributes.get("id", ""), part.all("measure")
        return
    found: dict[str, list[Element]] = {}
    for measure in score.all("measure"):
        for part in measure.all("part"):
            alone = Element("measure", part.line, measure.attributes, children=part.children)
            found.setdefault(part.attributes.get("id", ""), []).append(alone)
    yield from found.items()


def _quarter(score: Element, name: str) -> int:
    """Ticks of a quarter note, of which each part's divisions are whole ones."""
    found = 1
    for _, measures in _parts(score):
        for measure in measures:
            for attributes in measure.all("attributes"):
                words = attributes.words("divisions")
                if not words:
                    continue
                if not words.isdecimal() or not int(words):
                    return FINEST
                found = math.lcm(found, int(words))
                if found >= 1 << 15:
                    return FINEST
    return found


def _instruments(part: Element | None) -> tuple[bool, Mapping[str, int], int]:
    """(whether it is of drums, the drum that each of its instruments is, MIDI's program)."""
    held = part.all("midi-instrument") if part is not None else []
    is_drums = any(one.words("midi-channel") == DRUM_CHANNEL for one in held)
    drums = {
        one.attributes.get("id", ""): int(one.words("midi-unpitched")) - 1
        for one in held
        if one.words("midi-unpitched").isdecimal()
    }
    programs = [int(words) for one in held if (words := one.words("midi-program")).isdecimal()]
    program = programs[0] - 1 if programs and 1 <= programs[0] <= 128 else 0
    return is_drums, drums, program


def _title(score: Element) -> str:
    """Of the work or the movement; where there is none, what is written above the notes."""
    work, credit = score.first("work"), score.first("credit")
    named = (
        score.words("movement-title"),
        "" if work is None else work.words("work-title"),
        "" if credit is None else credit.words("credit-words"),
    )
    return " ".join(next(filter(None, named), "").split())


def _composer(score: Element) -> str:
    identification = score.first("identification")
    found = [] if identification is None else identification.all("creator")
    return next(
        (
            " ".join("".join(one.texts).split())
            for one in found
            if one.attributes.get("type") == "composer"
        ),
        "",
    )
