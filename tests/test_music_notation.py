"""Notated music as it sounds: tunes in ABC and scores in MusicXML, as their standards have it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.data.music import files
from netwright.data.music.abc import read as abc
from netwright.data.music.abc.lines import tunes_of
from netwright.data.music.found import Oddities
from netwright.data.music.musicxml import container
from netwright.data.music.musicxml import read as musicxml
from netwright.data.music.notation.repeats import Repeats, order_of
from netwright.data.music.piece import Key, Meter, Part, Piece

HEAD = "X:1\nT:A tune\nC:Nobody\nM:4/4\nL:1/4\nK:C\n"

Sounds = list[tuple[float, float, int]]


def sounds(piece: Piece) -> Sounds:
    """(start, length, pitch) of its notes, in quarter notes."""
    quarter = piece.quarter
    return [(note.start / quarter, note.length / quarter, note.pitch) for note in piece.notes]


def tune(text: str) -> tuple[Piece, Oddities]:
    (found,) = tunes_of(text)
    return abc.piece_of(found, "x.abc")


def played(music: str, head: str = HEAD) -> str:
    """The notes of a tune as letters, a rest for what is silent: ``C D2``."""
    piece, _ = tune(head + music + "\n")
    names = ["C", "^C", "D", "^D", "E", "F", "^F", "G", "^G", "A", "^A", "B"]
    return " ".join(
        f"{names[pitch % 12]}{pitch // 12 - 5 or ''}:{length:g}".removesuffix(":1")
        for _, length, pitch in sounds(piece)
    )


# --- ABC: each by section 4 of the standard

MUSIC: dict[str, tuple[str, str]] = {
    "octaves": ("C c c' C, C,,", "C C1 C2 C-1 C-2"),
    "lengths": ("C2 C/ C// C3/2 C/4 C3/", "C:2 C:0.5 C:0.25 C:1.5 C:0.25 C:1.5"),
    "accidentals hold in a bar, in all octaves": ("^F F f =F F|F", "^F ^F ^F1 F F F"),
    "doubled accidentals": ("^^C __B", "D A"),
    "broken rhythm": ("C>D C<D C>>D", "C:1.5 D:0.5 C:0.5 D:1.5 C:1.75 D:0.25"),
    "triplet": ("(3CDE F", "C:0.666667 D:0.666667 E:0.666667 F"),
    "tuplet in full": ("(3:2:2C2D F", "C:1.33333 D:0.666667 F"),
    "duplet of a meter in two": ("(2CD", "C:1.5 D:1.5"),
    "tie over a bar line": ("^C-|C D", "^C:2 D"),
    "a tie to another note is a slur": ("C-D", "C D"),
    "chord": ("[CEG]2 [C2E2] C", "C:2 E:2 G:2 C:2 E:2 C"),
    "decorations, slurs, words and spacers": ('.C !trill!D ~E "Am"(F G) y', "C D E F G"),
    "repeat": ("CD|EF:|G", "C D E F C D E F G"),
    "repeat begins at its sign": ("C|:D:|E", "C D D E"),
    "repeat begins after a double bar": ("C||D:|E", "C D D E"),
    "two at once": ("|:C::D:|", "C C D D"),
    "endings": ("|:C|1D:|2E||F", "C D C E F"),
    "three endings": ("|:C|1,2D:|3E|]", "C D C D C E"),
    "brackets of endings": ("|:C|[1D:|[2E|]", "C D C E"),
    "key in the music": ("F[K:G]F|F\nK:C\nF", "F ^F ^F F"),
    "unit in the music": ("C[L:1/8]C", "C C:0.5"),
    "rests": ("C z2 D x E", "C D E"),
    "bars of rest": ("C|Z2|D", "C D"),
    "another voice in a bar": ("C2 D2 & E4|F", "C:2 E:4 D:2 F"),
    "grace notes": ("{gf}C", "C"),
    "lines that go on": ("C\\\nD % a comment\nw:la la\nE", "C D E"),
    "a note and a bar line, no field": ("C|\nD:|", "C D C D"),
}


@pytest.mark.parametrize("case", MUSIC)
def test_music_in_abc_sounds_as_the_standard_has_it(case: str) -> None:
    music, expected = MUSIC[case]
    assert played(music) == expected


KEYS = {
    # signature by the circle of fifths; a modal key is of its tonic, major or minor by its third
    "G": ("^F", Key(0, 1)),
    "Bb": ("F", Key(0, -2)),
    "Em": ("^F", Key(0, 1, True)),
    "E minor": ("^F", Key(0, 1, True)),
    "ADor": ("^F", Key(0, 0, True)),
    "D mixolydian": ("^F", Key(0, 2)),
    "E phr": ("F", Key(0, 1, True)),
    "F lyd": ("F", Key(0, -1)),
    "B loc": ("F", Key(0, 2, True)),
    "C# major": ("^F", Key(0, 7)),
    "C exp ^f": ("^F", Key(0, 0)),
    "Hp": ("^F", Key(0, 2)),
    "EM": ("^F", Key(0, 4)),
}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_alters_its_notes(key: str) -> None:
    expected, stated = KEYS[key]
    head = HEAD.replace("K:C", f"K:{key}")
    assert played("F", head) == expected
    assert tune(head + "F\n")[0].keys == (stated,)


def test_a_tune_has_what_its_head_says() -> None:
    head = 'X:7\nT:Reel\nT:or Jig\nC:Anon\nM:6/8\nQ:3/8=60\nV:1 name="Whistle"\nV:2\nK:D\n'
    piece, odd = tune(head + "[V:1]ABc def|\n[V:2]D3 A,3|\n")
    assert (piece.title, piece.composer) == ("Reel", "Anon")
    assert piece.parts == (Part("Whistle"), Part("2"))
    assert piece.meters == (Meter(0, 6, 8),)
    assert piece.tempos[0].microseconds == round(60e6 / 90)  # 60 dotted quarters, 90 quarters
    assert sounds(piece)[:3] == [(0, 0.5, 69), (0, 1.5, 62), (0.5, 0.5, 71)]
    assert not odd


def test_a_pickup_and_a_short_bar_begin_bars_anew() -> None:
    piece, _ = tune(HEAD + "C|DEFG|A2|B4|\n")
    assert [bar.start // piece.quarter for bar in piece.bars] == [0, 1, 5, 7]
    assert [bar.offset // piece.quarter for bar in piece.bars] == [3, 0, 0, 0]
    # a bar that a repeat cuts in two is one bar
    whole, _ = tune(HEAD + "C|DEFG|A3:|C|DEFG|A3|\n")
    assert [bar.start // whole.quarter for bar in whole.bars] == [0, 1, 5, 9, 13, 17, 21]


BROKEN = {
    "no key": ("X:1\nT:a\nM:4/4\n", "x.abc:1: the tune has no key"),
    "key": ("X:1\nK:Q\n", "x.abc:2:3: the key is 'Q': expected one such as G, F#m or D dorian."),
    "far key": ("X:1\nK:G# lyd\n", "x.abc:2:3: the key 'G# lyd' has 9 sharps or flats"),
    "meter": ("X:1\nM:4/5\nK:C\n", "x.abc:2:3: the meter is '4/5': expected one such as 6/8."),
    "unit": ("X:1\nL:0\nK:C\n", "x.abc:2:3: the unit of length is '0': expected"),
    "chord": (HEAD + "CD\nE[CE\n", "x.abc:8:2: '[' is not closed in its line."),
    "length": (HEAD + "CD0\n", "x.abc:7:2: a length is '0', which is nothing."),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_tune_that_is_none_is_refused_with_line_and_column(case: str) -> None:
    text, message = BROKEN[case]
    with pytest.raises(DataError) as caught:
        tune(text)
    assert message in str(caught.value) and "\n" not in str(caught.value)


@settings(max_examples=80, deadline=None)
@given(st.text("ABCabcz[]{}()|:123/<>-^_='\",.&\\KLMQV \n%!+~", max_size=60))
def test_whatever_stands_in_a_tune_it_is_read_or_refused(music: str) -> None:
    try:
        for one in tunes_of(HEAD + music):
            piece, _ = abc.piece_of(one, "x.abc")
            assert len(piece.bars) <= len(piece.notes) * 8 + 20_000
    except DataError as error:
        assert str(error).startswith("x.abc:")


# --- the order of bars


def bars_of(words: str) -> list[Repeats]:
    """``|:`` begins a section, ``:|`` ends it; ``1`` is the ending that a bar is of."""
    return [
        Repeats("|:" in one, 2 if ":|" in one else 1, tuple(int(c) for c in one if c.isdecimal()))
        for one in words.split()
    ]


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ("a b:| c", "0 1 0 1 2"),
        ("a |:b c:| d", "0 1 2 1 2 3"),
        ("a b1:| c2 d", "0 1 0 2 3"),
        ("a b1 c:| d2 e", "0 1 2 0 3 4"),  # the bracket of the first ending is drawn over one bar
        ("a b:| c2 d", "0 1 0 1 2 3"),  # a second ending without a first one
        ("|:a:| |:b1:| c2:|", "0 0 1 2"),
        ("a b2 c", "0 1 2"),
    ],
)
def test_bars_are_played_in_the_order_of_their_repeats(words: str, order: str) -> None:
    found = order_of(bars_of(words), Oddities())
    assert " ".join(map(str, found)) == order


@settings(max_examples=60)
@given(st.lists(st.builds(Repeats, st.booleans(), st.integers(1, 40), st.sampled_from(
    [(), (), (1,), (2,), (1, 2), (3,)])), max_size=8))  # fmt: skip
def test_no_bar_is_lost_and_none_is_played_without_end(bars: list[Repeats]) -> None:
    order = order_of(bars, Oddities())
    assert set(order) == set(range(len(bars)))
    assert len(order) <= 16 * len(bars)


# --- MusicXML


def note(pitch: str, duration: int, more: str = "") -> str:
    """A note such as ``F#4``; ``r``: a rest."""
    if pitch == "r":
        return f"<note><rest/><duration>{duration}</duration>{more}</note>"
    alter = "<alter>1</alter>" if "#" in pitch else ""
    return (
        f"<note>{more}<pitch><step>{pitch[0]}</step>{alter}<octave>{pitch[-1]}</octave></pitch>"
        f"<duration>{duration}</duration></note>"
    )


def tie(kind: str) -> str:
    return f'<tie type="{kind}"/>'


def line(repeat: str = "", ending: str = "", kind: str = "start") -> str:
    """A bar line with a repeat, an ending."""
    parts = f'<ending number="{ending}" type="{kind}"/>' if ending else ""
    parts += f'<repeat direction="{repeat}"/>' if repeat else ""
    return f"<barline>{parts}</barline>"


TIME = "<time><beats>4</beats><beat-type>4</beat-type></time>"
START = f"<attributes><divisions>2</divisions><key><fifths>1</fifths></key>{TIME}</attributes>"


def score(*parts: list[str], heads: str = "", named: str = "", root: str = "score-partwise") -> str:
    """A score; each part is a list of measures."""
    listed = "".join(
        f'<score-part id="P{at}"><part-name>Part {at}</part-name>{named}</score-part>'
        for at in range(len(parts))
    )
    music = "".join(
        f'<part id="P{at}">'
        + "".join(f'<measure number="{n + 1}">{one}</measure>' for n, one in enumerate(measures))
        + "</part>"
        for at, measures in enumerate(parts)
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD" "partwise.dtd">'
        f"<{root}>{heads}<part-list>{listed}</part-list>{music}</{root}>"
    )


def scored(*parts: list[str], **more: str) -> Piece:
    return musicxml.piece_of(score(*parts, **more).encode(), "x.xml")[0]


def test_chords_voices_and_rests_stand_where_they_sound() -> None:
    first = START + note("C4", 2) + note("E4", 4, "<chord/>") + note("r", 2) + note("F#4", 4)
    second = "<backup><duration>8</duration></backup><forward><duration>2</duration></forward>"
    piece = scored([first + second + note("A3", 6)], [START + note("G2", 8)])
    assert sounds(piece) == [(0, 1, 60), (0, 2, 64), (0, 4, 43), (1, 3, 57), (2, 2, 66)]
    assert [one.part for one in piece.notes] == [0, 0, 1, 0, 0]
    assert piece.parts == (Part("Part 0"), Part("Part 1"))
    assert piece.keys == (Key(0, 1),) and piece.meters == (Meter(0, 4, 4),)


def test_ties_are_joined_over_bars_and_grace_notes_are_counted() -> None:
    grace = "<note><grace/><pitch><step>D</step><octave>4</octave></pitch></note>"
    measures = [START + grace + note("C4", 8, tie("start")), note("C4", 2, tie("stop")) * 1]
    piece, odd = musicxml.piece_of(score(measures).encode(), "x.xml")
    assert sounds(piece) == [(0, 5, 60)]
    assert odd == {"grace notes passed over": 1}


def test_repeats_and_endings_are_played() -> None:
    piece = scored(
        [
            START + line("forward") + note("C4", 8),
            line("", "1") + note("D4", 8) + line("backward", "1", "stop"),
            line("", "2") + note("E4", 8) + line("", "2", "discontinue"),
            note("F4", 8),
        ]
    )
    assert [pitch for _, _, pitch in sounds(piece)] == [60, 62, 60, 64, 65]


def test_an_instrument_that_transposes_sounds_at_its_pitch() -> None:
    moved = START.replace("</key>", "</key><transpose><chromatic>-2</chromatic></transpose>")
    named = (
        '<midi-instrument id="I"><midi-channel>3</midi-channel><midi-program>72</midi-program>'
        "</midi-instrument>"
    )
    piece = scored([moved + note("D4", 8)], named=named)
    assert sounds(piece) == [(0, 4, 60)]
    assert piece.keys == (Key(0, -1),)  # written in G, it sounds in F
    assert piece.parts[0].program == 71


def test_tempo_titles_and_drums_are_read() -> None:
    heads = (
        "<work><work-title>Hymn</work-title></work><identification>"
        '<creator type="composer">N. N.</creator></identification>'
    )
    drums = (
        '<midi-instrument id="D"><midi-channel>10</midi-channel>'
        "<midi-unpitched>37</midi-unpitched></midi-instrument>"
    )
    tempo = '<direction><direction-type><words>Slow</words></direction-type><sound tempo="60"/>'
    hit = '<note><unpitched/><duration>2</duration><instrument id="D"/></note>'
    piece = scored([START + tempo + "</direction>" + hit], heads=heads, named=drums)
    assert (piece.title, piece.composer) == ("Hymn", "N. N.")
    assert piece.parts[0].drums and sounds(piece) == [(0, 1, 36)]
    assert piece.tempos[0].microseconds == 1_000_000


def test_tempos_of_all_parts_hold_in_their_order_and_again_in_a_repeat() -> None:
    slow, fast = (f'<sound tempo="{tempo}"/>' for tempo in (60, 120))
    first = START + slow + note("C4", 4) + fast + note("C4", 4)
    piece = scored([first, note("C4", 8) + line("backward")], [START + slow + note("C3", 8)])
    assert [(one.at // piece.quarter, one.per_minute) for one in piece.tempos] == [
        (0, 60), (2, 120), (8, 60), (10, 120),
    ]  # fmt: skip


def packed(**entries: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return made.getvalue()


def test_a_packed_score_is_the_one_that_its_container_names() -> None:
    plain, other = score([START + note("C4", 8)]), score([START + note("D4", 8)])
    named = '<container><rootfiles><rootfile full-path="b.xml"/></rootfiles></container>'
    content = packed(a_xml=other, b_xml=plain, **{"META-INF__container_xml": named})
    assert musicxml.piece_of(content, "x.mxl")[0] == musicxml.piece_of(plain.encode(), "x")[0]
    assert sounds(musicxml.piece_of(packed(a_xml=other), "x.mxl")[0]) == [(0, 4, 62)]


BAD_SCORES: dict[str, tuple[bytes, str]] = {
    "no xml": (
        b"<score-partwise><part>",
        "x.mxl cannot be read as MusicXML: it is no XML at line 1",
    ),
    "another root": (b"<notes/>", "x.mxl is XML, but no score (its root is 'notes')"),
    "entities": (
        b'<!DOCTYPE a [<!ENTITY b "c">]><score-partwise/>',
        "it has a document type at line 1, which may define entities",
    ),
    "no part": (b"<score-partwise/>", "x.mxl is a score without a part"),
    "a step": (
        score([START + note("H4", 2)]).encode(),
        "x.mxl, part P0, measure 1: a note's step is 'H': expected C, D, E, F, G, A or B.",
    ),
    "a duration": (
        score([START + note("C4", 2).replace(">2<", ">two<")]).encode(),
        "measure 1: the duration is 'two': expected a number.",
    ),
    "no zip": (packed(a_xml="<a/>")[:30], "x.mxl cannot be unpacked: "),
    "no score in it": (packed(a_txt="a"), "x.mxl holds no score"),
}


@pytest.mark.parametrize("case", BAD_SCORES)
def test_what_is_no_score_is_refused_in_a_sentence(case: str) -> None:
    content, message = BAD_SCORES[case]
    with pytest.raises(DataError) as caught:
        musicxml.piece_of(content, "x.mxl")
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_a_bomb_is_refused_as_it_unfolds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MOST_BYTES", 1 << 20)
    with pytest.raises(DataError, match=r"x\.mxl unfolds from .* bytes to"):
        musicxml.piece_of(packed(a_xml=" " * (1 << 21)), "x.mxl")


SIGNS = b'<>/"0129-.aZ \xff'
WHOLE = score([START + note("C4", 2) + note("E4", 4) + line("backward"), note("F#4", 8)]).encode()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4_000), st.sampled_from(b'<>/"0129-.aZ \xff')), max_size=4)
)
def test_a_damaged_score_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE)
    for at, value in changes:
        content[at % len(content)] = value
    try:
        musicxml.piece_of(bytes(content), "x.xml")
    except DataError as error:
        assert str(error).startswith("x.xml")


# --- files


def test_a_file_with_one_piece_is_opened_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "book.abc"
    path.write_text(HEAD + "CDEF|\n", encoding="utf-8")
    assert sounds(files.one_in(path))[0] == (0, 1, 60)
    path.write_text(HEAD + "C|\n\n" + HEAD + "D|\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds 2 tunes: expected a file with one"):
        files.one_in(path)
    with pytest.raises(DataError, match=r"no\.mid cannot be read: No such file"):
        files.one_in(tmp_path / "no.mid")


def test_a_piece_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text(score([START + note("C4", 1 << 30)]), encoding="utf-8")
    with pytest.raises(DataError, match="quarter notes long: expected at most"):
        files.one_in(path)
