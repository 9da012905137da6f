"""The system of pieces: what it learns, composes, scores and finds copied; n-grams beside it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import small_runs
from netwright.api import Run
from netwright.base.errors import DataError
from netwright.contract import Draws
from netwright.data.music.midi.write import midi_of
from netwright.data.music.novelty import TrainingPassages
from netwright.data.music.piece import Key, Meter, Note, Part, Piece
from netwright.data.music.sanity import sanity_of
from netwright.data.music.tokens.tokens import MOST_SEMITONES, moved, tokens_of
from netwright.data.music.tokens.vocabulary import NoteVocabulary
from netwright.data.next_tokens.ngrams import NGrams
from netwright.systems.music import composing, moving, system
from netwright.systems.music.codec import MusicCodec, windows_of
from netwright.systems.music.metrics import PieceCost
from netwright.systems.music.recipe import MusicRecipe

pytestmark = pytest.mark.usefixtures("no_reports")

REMI = NoteVocabulary("remi", 12, 0)
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def melody(pitches: Any, quarter: int = 4, **more: Any) -> Piece:
    notes = [Note(quarter * at, quarter, pitch) for at, pitch in enumerate(pitches)]
    return Piece(quarter, notes, meters=[Meter(0)], keys=[Key(0)], **more)


# --- n-grams


@given(st.lists(st.lists(st.integers(1, 3), max_size=6), min_size=1, max_size=4), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_n_grams_give_probabilities(rows: list[list[int]], order: int) -> None:
    made = NGrams(order, 4)
    made.learn(rows, 0)
    for context in ((), (0,), (0, 1), (2, 1, 3)):
        each = [math.exp(-made.cost((*context, token), 0)) for token in range(4)]
        before = math.exp(-made.cost(context, 0))
        assert sum(each) == pytest.approx(before)


def test_n_grams_are_as_witten_and_bell_say() -> None:
    made = NGrams(2, 4)
    made.learn([[1, 2, 1, 3]], 0)
    alone = (1 + 3 / 4) / (4 + 3)  # of 2, behind nothing: 1 of 4, 3 kinds
    assert math.exp(-made.cost([1, 2], 0)) == pytest.approx(
        ((1 + 1 * (2 + 3 / 4) / 7) / 2) * ((1 + 2 * alone) / (2 + 2))
    )


# --- moves


def recipe_of(**changes: Any) -> MusicRecipe:
    return system.complete(MusicRecipe().changed(changes), system.sample(20, 0))


def test_a_piece_is_moved_as_it_began_in_all_of_its_windows() -> None:
    recipe = recipe_of(**{"model.window": 5})
    codec = MusicCodec(REMI)
    piece = melody(SCALE)
    made = system.cut(system.Examples([piece], [piece], ["a"], ["a"]), recipe, codec)
    assert len(made.units) > 2
    torch.manual_seed(0)
    net: Any = system.model(codec, recipe).eval()
    state = moving.carry(net, recipe, 1)
    nats = 0.0
    for at in range(len(made.units)):
        batch = codec.prepare(codec.encode(made.units.take([at])).padded(), recipe, None)
        drawn = torch.tensor([MOST_SEMITONES + (3 if at == 0 else -2)])  # only the first counts
        batch = replace(batch, inputs=(*batch.inputs[:3], drawn), carry=state)
        outputs = moving.forward(net, batch, recipe)
        state = outputs.carried
        nats += outputs.costs.sum().item()
    higher = windows_of(piece.transposed(3), 1_000, REMI)
    whole = codec.prepare(
        codec.encode(system.Examples(higher, [piece], ["a"], ["a"])).padded(), recipe, None
    )
    whole = replace(whole, carry=moving.carry(net, recipe, 1))
    assert nats == pytest.approx(moving.forward(net, whole, recipe).costs.sum().item(), rel=1e-4)


def test_only_training_moves_pieces_and_by_no_more_than_is_said() -> None:
    codec = MusicCodec(REMI)
    examples = system.sample(60, 0)
    recipe = recipe_of(**{"augment.transpose": 2})
    encoded = codec.encode(system.cut(examples, recipe, codec).units).padded()
    assert set(codec.prepare(encoded, recipe, None).inputs[3].tolist()) == {MOST_SEMITONES}
    draws = Draws(0, 0, torch.device("cpu"), len(encoded), slice(0, len(encoded)))
    moves = codec.prepare(encoded, recipe, draws).inputs[3] - MOST_SEMITONES
    assert set(moves.tolist()) == {-2, -1, 0, 1, 2}
    still = recipe_of(**{"augment.transpose": 0})
    assert set(codec.prepare(encoded, still, draws).inputs[3].tolist()) == {MOST_SEMITONES}


def test_a_piece_of_drums_alone_is_not_moved() -> None:
    drums = Piece(1, [Note(0, 1, 36)], [Part("", 0, True)])
    made = system.complete(MusicRecipe(), system.Examples([drums], [drums], ["a"], ["a"]))
    assert made.augment.transpose == 0
    table = moved(REMI, 5)
    tokens = tokens_of(drums, REMI)
    assert [table[token] for token in tokens] == tokens


# --- what a person asks for


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("G minor", Key(0, -2, True)),
        ("Bb", Key(0, -2)),
        ("f# min", Key(0, 3, True)),
        ("c", Key(0, -3, True)),
        ("E♭ major", Key(0, -3)),
    ],
)
def test_keys_as_people_type_them(text: str, key: Key) -> None:
    assert composing.key_named(text) == key


@pytest.mark.parametrize("text", ["H minor", "", "G# major", "G mixolydian"])
def test_a_key_that_is_none_is_one_sentence(text: str) -> None:
    with pytest.raises(DataError, match="expected a key such as"):
        composing.key_named(text)


def test_a_meter_is_one_that_tokens_can_name() -> None:
    assert composing.meter_named("6/8", REMI) == Meter(0, 6, 8)
    for text in ("3", "3/5", "40/4", "0/4", "x/4"):
        with pytest.raises(DataError, match="expected a meter such as 3/4"):
            composing.meter_named(text, REMI)


# --- novelty and sanity


def test_a_copy_counts_in_any_key() -> None:
    others = [melody((60, 60, 62, 60)), melody(SCALE, title="the scale")]
    training = TrainingPassages(others, ["one.mid", "two.mid"], REMI)
    made = melody([50, 50, *(pitch - 5 for pitch in SCALE[2:]), 40], quarter=12)
    copy = training.longest_of(made)
    assert (copy.notes, copy.source) == (6, "two.mid")
    assert training.longest_of(Piece(12, [Note(0, 5, 60)])).notes == 0


def test_sanity_is_what_it_is_called() -> None:
    found = sanity_of(melody((60, 61, 64, 60)))
    assert (found.in_key, found.ends_home, found.compass, found.filled) == (0.75, True, 4, 1)
    gap = replace(melody((60,)), notes=[Note(0, 4, 60), Note(32, 4, 62)], keys=())
    assert sanity_of(gap).filled == pytest.approx(2 / 3)
    assert sanity_of(gap).in_key is None is sanity_of(gap).ends_home


# --- a trained one


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    few = {"training.epochs": 8, "training.batch_size": 4, "tokens.grid": 1, "augment.transpose": 0}
    made = small_runs.finished(
        "music", tmp_path_factory.mktemp("music"), few, system.sample(300, 0)
    )
    return Run(made.record)


def test_it_predicts_better_than_frequencies_and_its_figures_add_up(run: Run) -> None:
    dev = run.measures["dev"]
    assert dev["bits_per_note"]["high"] < run.info["baseline"] - 3
    answers = list(run.record.answers("dev", run.system))
    bits = sum(a.nats for a in answers) / math.log(2) / sum(a.notes for a in answers)
    assert dev["bits_per_note"]["value"] == pytest.approx(bits)
    assert all(answer.notes == 4 for answer in answers)
    kept = list(run.record.examples("dev", run.system).targets)
    assert all(isinstance(piece, Piece) for piece in kept)


def test_what_it_composes_is_drawn_by_the_seed_and_is_as_asked_for(run: Run) -> None:
    made = list(run.verb("compose", count=4, key="G major", meter="4/4", bars=2))
    assert made == list(run.verb("compose", count=4, key="G major", meter="4/4", bars=2))
    assert made != list(run.verb("compose", count=4, key="G major", meter="4/4", bars=2, seed=2))
    assert all("G major, 4/4" in one.piece for one in made)
    assert all(0 <= one.forbidden < 0.2 for one in made)
    assert any(one.ended for one in made)


def test_a_piece_costs_what_its_notes_do_and_what_predict_says(run: Run, tmp_path: Path) -> None:
    piece = system.sample(1, 5).inputs[0]
    (tmp_path / "a.mid").write_bytes(midi_of(piece))
    *notes, whole = run.verb("score", [tmp_path / "a.mid"], notes=True)
    assert [one.pitch for one in notes] == [note.pitch for note in piece.notes]
    assert whole.bits_per_note * 4 == pytest.approx(whole.bits)
    assert sum(one.bits for one in notes) < whole.bits, "the end is of no note"
    (answer,) = run.predict([str(tmp_path / "a.mid")])
    assert isinstance(answer, PieceCost)
    assert answer.bits_per_note == pytest.approx(whole.bits_per_note, rel=1e-4)


def test_a_beginning_is_gone_on_with(run: Run, tmp_path: Path) -> None:
    begun = replace(system.sample(1, 5).inputs[0], keys=[Key(0, 1)])
    (tmp_path / "a.mid").write_bytes(midi_of(begun))
    out = tmp_path / "made"
    (made,) = run.verb("compose", start=tmp_path / "a.mid", bars=1, out=out)
    assert sorted(path.suffix for path in out.iterdir()) == [".mid", ".svg", ".wav"]
    assert {Path(name).parent for name in made.files} == {out}
    with pytest.raises(DataError, match="is there already"):
        list(run.verb("compose", out=out))


@pytest.mark.parametrize(
    ("given_to", "why"),
    [
        ({"key": "H"}, "key 'H'"),
        ({"meter": "3"}, "meter '3'"),
        ({"temperature": -0.5}, "temperature = -0.5"),
        ({"bars": 0}, "bars 0"),
        ({"start": Path("nowhere.mid")}, "nowhere.mid"),
    ],
)
def test_composing_without_sense_is_one_sentence(
    run: Run, given_to: dict[str, Any], why: str
) -> None:
    with pytest.raises(DataError, match=why):
        list(run.verb("compose", **given_to))
