"""The benchmarks measure what they claim: ratios inside rounds, failures kept as rows."""

from __future__ import annotations

import gzip
import json
import os
import random
import struct
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks import (
    localizer,
    memory,
    sequence,
    startup,
    text,
    text_names,
    text_speed,
    throughput,
    transfer,
)
from benchmarks.few.pictures import few
from benchmarks.fuzz import public_tables
from benchmarks.harness import BenchmarkError, Ratio, Table, Worker, interleave, python_of
from benchmarks.improve import methods
from benchmarks.tables import accuracy, packages, r_data, reading
from benchmarks.tables.public import TABLES
from benchmarks.workloads import WORKLOADS, prepare

from netwright.metrics.intervals import wilson


def silent(line: str) -> None:
    """Takes progress and prints nothing."""


def test_a_ratio_is_taken_inside_each_round() -> None:
    ours, theirs = [10.0, 1.0, 6.0], [5.0, 1.0, 2.0]  # the machine was slow in round 2
    ratio = Ratio.between(ours, theirs)
    assert (ratio.median, ratio.low, ratio.high) == (2.0, 1.0, 3.0)


def test_rounds_are_interleaved_and_the_first_does_not_count() -> None:
    calls: list[tuple[str, int]] = []

    def asking(name: str) -> dict[str, float]:
        return {"order": float(len(calls))}

    def ask_a(seed: int) -> dict[str, float]:
        calls.append(("a", seed))
        return asking("a")

    def ask_b(seed: int) -> dict[str, float]:
        calls.append(("b", seed))
        return asking("b")

    answers, failed = interleave({"a": ask_a, "b": ask_b}, rounds=2, log=silent)
    assert calls == [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 2), ("b", 2)]
    assert answers == {"a": [{"order": 4.0}, {"order": 5.0}], "b": [{"order": 3.0}, {"order": 6.0}]}
    assert failed == {}


def test_who_fails_once_is_measured_no_more_and_the_reason_is_kept() -> None:
    calls: list[int] = []

    def breaks(seed: int) -> dict[str, float]:
        calls.append(seed)
        raise BenchmarkError("failed: no such layer")

    answers, failed = interleave(
        {"bad": breaks, "good": lambda seed: {"x": 1.0}}, rounds=3, log=silent
    )
    assert calls == [0]
    assert list(answers) == ["good"] and len(answers["good"]) == 3
    assert failed == {"bad": "failed: no such layer"}


def test_a_worker_that_dies_leaves_its_last_line() -> None:
    with (
        Worker(Path(sys.executable), ("benchmarks.bare", "no-such-workload")) as worker,
        pytest.raises(BenchmarkError, match="invalid choice: 'no-such-workload'"),
    ):
        worker.ask(0)


def test_the_bare_loop_learns_and_answers_for_every_line() -> None:
    prepare(WORKLOADS["mlp"])
    with Worker(Path(sys.executable), ("benchmarks.bare", "mlp", "fused")) as worker:
        first, second = worker.ask(0), worker.ask(0)
    assert first["examples_per_cpu_second"] > 0
    assert first["final_loss"] == second["final_loss"] < 0.15  # 2.30 is chance


def test_a_peer_that_is_nowhere_is_named_with_the_way_to_install_it() -> None:
    with pytest.raises(BenchmarkError, match=r"install\.sh no_such_peer"):
        python_of("no_such_peer")


def test_the_table_keeps_the_row_of_who_could_not_run_and_voids_a_speed_without_quality() -> None:
    def rounds(speed: float, loss: float) -> list[dict[str, float]]:
        return [
            {"examples_per_cpu_second": speed, "examples_per_second": speed, "final_loss": loss}
        ] * 3

    answers = {
        throughput.FUSED: rounds(100, 0.1),
        throughput.OURS: rounds(99, 0.1),
        "hasty": rounds(900, 0.9),
    }
    order = (throughput.OURS, throughput.FUSED, "hasty", "absent")
    table = throughput._table(
        WORKLOADS["lenet5-64"], answers, {"absent": "not installed: do it"}, order
    )
    assert [row[0] for row in table.rows] == list(order)
    assert table.rows[0][2] == "0.99 (0.99-0.99)"
    assert table.rows[3][1] == "not installed"
    assert any(
        note.startswith("met: netwright / bare loop, fused Adam 0.99") for note in table.notes
    )
    assert any(note.startswith("void: hasty") for note in table.notes)


def test_a_goal_that_the_rounds_disagree_on_is_called_so() -> None:
    assert throughput.verdict(Ratio(1.2, 1.1, 1.3), 1.0) == "met"
    assert throughput.verdict(Ratio(1.2, 0.9, 1.3), 1.0) == "met, but the rounds disagree"
    assert throughput.verdict(Ratio(0.9, 0.8, 1.1), 1.0) == "NOT met, but the rounds disagree"
    assert throughput.verdict(Ratio(0.9, 0.8, 0.95), 1.0) == "NOT met"


def test_a_table_is_markdown() -> None:
    table = Table("T", ("name", "x"), (("a", "1"), ("long", "10")), ("a note",), {})
    assert str(table).splitlines()[2:] == [
        "| name |  x |",
        "|------|----|",
        "| a    |  1 |",
        "| long | 10 |",
        "",
        "- a note",
    ]


def test_the_idx_files_hold_the_images_and_labels(tmp_path: Path) -> None:
    memory.write_idx(tmp_path / "set", 30, side=64)
    pixels = (tmp_path / "set" / "train-images-idx3-ubyte").read_bytes()
    labels = (tmp_path / "set" / "train-labels-idx1-ubyte").read_bytes()
    assert (
        struct.unpack(">IIII", pixels[:16]) == (0x803, 30, 64, 64)
        and len(pixels) == 16 + 30 * 64 * 64
    )
    assert struct.unpack(">II", labels[:8]) == (0x801, 30) and set(labels[8:]) == set(range(10))
    images = np.frombuffer(pixels, np.uint8, offset=16).reshape(30, 64, 64)
    bright = (images == 255).all(axis=2).argmax(axis=1)
    # the higher the class, the lower its bar
    assert list(np.argsort(bright[:10])) == list(labels[8:18])


def test_the_children_of_a_process_are_found() -> None:
    import subprocess

    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("needs /proc")
    command = [sys.executable, "-c", "print('here', flush=True); input()"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline().strip() == b"here"
    try:
        found = list(memory.tree(os.getpid()))
        assert found[0] == os.getpid() and child.pid in found
        assert memory._resident(child.pid) > 0.5
    finally:
        child.communicate(b"\n")
    assert child.pid not in list(memory.tree(os.getpid()))


def test_the_first_step_is_read_from_the_events(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    events = [{"event": "started"}, {"event": "first_step", "seconds_since_process_start": 2.5}]
    (tmp_path / "run" / "events.jsonl").write_text(
        "\n".join(map(json.dumps, events)) + "\n", encoding="utf-8"
    )
    assert startup.first_step_of(tmp_path) == 2.5


def test_a_run_without_the_event_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="no first_step event"):
        startup.first_step_of(tmp_path)


def test_the_mean_overlap_of_all_folds_has_an_interval(tmp_path: Path) -> None:
    assert localizer.overlap((0, 0, 4, 4), (2, 2, 6, 6)) == pytest.approx(4 / 28)
    assert (
        localizer.overlap((0, 0, 4, 4), None) == localizer.overlap((0, 0, 1, 1), (2, 0, 3, 1)) == 0
    )
    values = np.random.default_rng(1).uniform(0.6, 1.0, 400)
    low, high = localizer.interval(values)
    half = 1.96 * values.std() / 20  # the normal approximation
    assert low == pytest.approx(values.mean() - half, abs=half / 10)
    assert high == pytest.approx(values.mean() + half, abs=half / 10)
    for level, met in ((0.0, "- met: a mean IoU"), (0.2, "- NOT met: a mean IoU")):
        assert met in str(localizer.table(values - level, [0.8], [3.0]))
    with pytest.raises(BenchmarkError, match="bccd is missing: put Annotations and JPEGImages of"):
        localizer.pictures(tmp_path / "bccd")


def test_a_paired_difference_is_taken_sentence_by_sentence(tmp_path: Path) -> None:
    ours, theirs = np.array([1.0, 1, 0, 1]), np.array([1.0, 0, 0, 1])
    mean, low, high = text.interval(ours - theirs)
    assert (mean, low, high) == pytest.approx((0.25, 0.25 - 1.96 * 0.25, 0.25 + 1.96 * 0.25))
    hits = {text.LINEAR: "1001", "netwright, vectors": "1101"}
    found = [text.Answered(w, f, 0, hits[w], 2.0) for w in hits for f in range(4)]
    later = [text.Answered("netwright, vectors", f, 1, "1111", 4.0) for f in range(4)]
    made = str(text.table([*found, *later, text.Answered("flair, vectors", 0, 0, "1111", 9.0)]))
    assert "87.50% (75.00% to 100.00%)" in made and "+37.50 points" in made
    assert "- met: netwright, vectors at least 78.0%" in made and "flair" not in made
    with pytest.raises(BenchmarkError, match=r"rt-polarity\.pos is missing"):
        text.sentences(tmp_path)
    for name in ("pos", "neg"):
        (tmp_path / f"rt-polarity.{name}").write_text("a\nb\n", encoding="utf-8")
    assert text.sentences(tmp_path) == (["a", "b", "a", "b"], ["pos", "pos", "neg", "neg"])


def test_the_speed_of_texts_is_a_ratio_inside_each_round(monkeypatch: pytest.MonkeyPatch) -> None:
    hand, same = iter([9.0, 20_000.0, 10_000.0]), iter([9.0, 18_000.0, 9_400.0])

    def ours(texts: object, labels: object, settings: object) -> text_speed.Spent:
        return text_speed.Spent(next(same) if settings is text_speed.ALIKE else 5_000.0, 0.5)

    monkeypatch.setattr(text_speed, "data", lambda: ([], []))
    monkeypatch.setattr(text_speed, "by_hand", lambda *_: text_speed.Spent(next(hand), 0.5))
    monkeypatch.setattr(text_speed, "ours", ours)
    (table,) = text_speed.run(2, silent)
    assert table.rows[1][:3] == ("ours, doing the same", "13,700", "0.92 (0.90-0.94)")
    assert table.figures["by hand"] == [20_000.0, 10_000.0]
    assert "0.9 of the loop by hand: met (0.92)" in table.notes[0]
    assert "on a core: NOT met (13,700)" in table.notes[0]


def test_the_loop_by_hand_learns_what_ours_does(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"it was {('warm', 'dull')[at % 2]} on day {at % 50} of the year" for at in range(400)]
    labels = [("pos", "neg")[at % 2] for at in range(400)]
    monkeypatch.setattr(text_speed, "DEV", 100)
    monkeypatch.setattr(text_speed, "EPOCHS", 30)
    hand = text_speed.by_hand(texts, labels)
    same = text_speed.ours(texts, labels, {**text_speed.ALIKE, "training.epochs": 30})
    assert hand.loss < 0.5 and same.loss < 0.5 and abs(hand.loss - same.loss) < 0.1
    assert hand.speed > 0 and same.speed > 0


# --- public tables


def measured(value: float, half: float) -> dict[str, object]:
    figure = {"value": value, "n": 1200, "low": value - half, "high": value + half}
    return {**figure, "unit": "fraction"}


def outcome(name: str, *leads: tuple[float, float]) -> accuracy.Outcome:
    """Of a table on which gradient boosting trails by such leads, one a seed."""
    seeds = []
    for value, half in leads:
        ahead = {"value": value, "low": value - half, "high": value + half}
        even = {"value": 0.0, "low": 0.0, "high": 0.0}
        said = {
            "netwright": {"figure": measured(0.1, 0.02), "lead": even},
            "gradient boosting": {"figure": measured(0.1 + value, 0.02), "lead": ahead},
        }
        splits = {"notes": {}, "dev": said, "test": said}
        metric = {"name": "error", "unit": "fraction"}
        seeds.append({"kinds": {"a": "number"}, "seconds": 5.0, "metric": metric, "splits": splits})
    return accuracy.Outcome(TABLES[name], seeds)


def test_three_seeds_are_no_surer_than_one() -> None:
    found = outcome("diamonds", (0.02, 0.03), (0.04, 0.03), (0.06, 0.03))
    assert found.lead("gradient boosting") == pytest.approx((0.04, 0.01, 0.07))


def test_the_aims_are_counted_beyond_noise() -> None:
    worse, even, better = (
        outcome("diamonds", (-0.05, 0.02)),
        outcome("hi", (-0.05, 0.06)),
        outcome("movies", (0.05, 0.02)),
    )
    (shown, read) = accuracy._accuracy([worse, even, better], []), accuracy._read([worse])
    assert shown.notes[0].startswith("met") and "2 of 3 tables" in shown.notes[0]
    assert shown.notes[1].startswith("NOT met") and "0 of 0" in shown.notes[1]
    assert len(shown.rows) == 3 and "left out" in read.rows[0][3]


def test_a_refusal_is_right_where_it_is_expected() -> None:
    table = replace(TABLES["diamonds"], refused="no column to learn from")
    right = accuracy.Outcome(table, [{"refused": "x holds no column to learn from."}])
    wrong = accuracy.Outcome(TABLES["diamonds"], [{"refused": "x cannot be read."}])
    assert [row[3] for row in accuracy._read([right, wrong]).rows] == [
        "refused as expected",
        "REFUSED: x cannot be read.",
    ]


def test_every_table_is_named_with_its_licence() -> None:
    assert len(TABLES) >= 30
    assert all(table.package and table.licence and table.target for table in TABLES.values())
    expected = json.loads(accuracy.KINDS.read_text(encoding="utf-8"))
    assert expected.keys() <= TABLES.keys()


def test_the_packages_have_ranges() -> None:
    wanted = packages._wanted()
    assert len(wanted) == len(packages.FROM_PYPI) and all(">=" in one for one in wanted)


def test_a_data_frame_of_r_is_read(tmp_path: Path) -> None:
    """A data.frame(a = c(1.5, NA), f = factor(c("yes", "no"))), saved as d: format 2 of R's
    internals, 1.8.
    """

    def text(value: str) -> bytes:
        return struct.pack(">ii", 0x00040009, len(value)) + value.encode()

    def symbol(value: str) -> bytes:
        return struct.pack(">i", 1) + text(value)

    def strings(*values: str) -> bytes:
        return struct.pack(">ii", 16, len(values)) + b"".join(map(text, values))

    def pairs(*named: tuple[bytes, bytes]) -> bytes:
        tagged = struct.pack(">i", 0x402)
        return b"".join(tagged + name + value for name, value in named) + struct.pack(">i", 254)

    numbers = struct.pack(">iidQ", 14, 2, 1.5, 0x7FF00000000007A2)
    factor = struct.pack(">iiii", 0x30D, 2, 2, 1) + pairs(
        (symbol("levels"), strings("no", "yes")), (symbol("class"), strings("factor"))
    )
    rows = struct.pack(">iiii", 13, 2, -(2**31), -2)
    names = symbol("names"), strings("a", "f")
    attributes = pairs(names, (symbol("row.names"), rows))
    frame = struct.pack(">ii", 0x313, 2) + numbers + factor + attributes
    content = b"RDX2\nX\n" + struct.pack(">iii", 2, 0x40200, 0x20300)
    content += pairs((symbol("d"), frame))
    (tmp_path / "d.rda").write_bytes(gzip.compress(content))
    expected = {"": ["1", "2"], "a": ["1.5", "NA"], "f": ["yes", "no"]}
    assert r_data.frames(tmp_path / "d.rda") == {"d": expected}


def test_cells_of_a_table_become_what_peoples_cells_are() -> None:
    content, rng = b"a,b\n1,2\n3,4\n", random.Random(0)
    seen = {public_tables._with_cells(content, rng) for _ in range(50)}
    assert len(seen) > 20 and all(one.startswith(b"a,b\n") for one in seen)


def test_a_large_table_is_read_by_each_way(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    reading.write(path, 1000)
    head = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    assert len(head) == 12 and path.stat().st_size > 1000
    for way in reading.WAYS:
        reading.read_as(way, path)


def test_layers_over_sequences_are_timed_beside_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = {"UNITS": 8, "VECTOR": 4, "BATCHES": 1, "WORDS": 60, "LANES": 2, "PLACES": 5}
    for name, size in small.items():
        monkeypatch.setattr(sequence, name, size)
    found = sequence.run(2, silent)
    assert [[row[0] for row in table.rows] for table in found[:3]] == [
        ["packed", "padded (ours)"],
        ["full", "adaptive"],
        ["full", "adaptive"],
    ]
    assert [row[0] for row in found[3].rows][:2] == ["lstm", "rnn"]
    for table in found:
        assert all(len(rounds) == 2 for rounds in table.figures.values())
        assert "met" in table.notes[0] or "one operation" in table.notes[0]


def test_few_pictures_of_each_class_are_others_under_each_seed() -> None:
    x = np.arange(12, dtype=np.uint8)[:, None, None, None]
    y = np.array(["a", "b"] * 6)
    first, second = (few((x, y), 2, seed) for seed in (0, 1))
    assert first[0].ravel().tolist() == [0, 1, 2, 3]
    assert second[0].ravel().tolist() == [4, 5, 6, 7]
    assert first[1].tolist() == ["a", "b", "a", "b"]
    assert few((x, y), 0, 1)[0].shape == x.shape


def test_seeds_are_no_surer_than_the_pictures_they_are_judged_on(tmp_path: Path) -> None:
    cell = {"set": "cats", "count": 10, "way": "fastai", "of": 100}
    lines = [{**cell, "seed": seed, "wrong": 8 + 4 * seed, "cpu": 3.0 + seed} for seed in range(2)]
    path = tmp_path / "transfer.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n{torn", encoding="utf-8")
    there = list(transfer.results(path))
    assert there == lines
    (row,) = transfer.tables(there)[0].rows
    low, high = wilson(10, 100)
    error = f"10.0% ({low:.1%} to {high:.1%})"
    assert row == ("cats", "10", "fastai's fine_tune", error, "4", "2")


def test_names_are_counted_as_whole_ones() -> None:
    truths = [[(0, 2, "PER"), (3, 4, "LOC")], [(1, 2, "ORG")], []]
    answers = [[[0, 2, "PER"], [3, 5, "LOC"]], [[1, 2, "PER"]], [[0, 1, "LOC"]]]
    assert text_names.strict_f1(truths, answers) == 2 * 1 / (3 + 4)
    assert text_names.strict_f1([[]], [[]]) == 0.0


def test_a_training_that_is_given_up_counts_what_it_learned_and_has_no_dev_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an improvement ends it when its time is up."""
    from netwright.training import trainer

    record = SimpleNamespace(path=tmp_path, id="given-up", measures=lambda: {}["not there"])
    system = SimpleNamespace(metrics=[SimpleNamespace(name="error")])
    training = SimpleNamespace(record=record, setup=SimpleNamespace(system=system, train=[0] * 8))
    epochs = (SimpleNamespace(epoch=at) for at in (0.5, 1.0, 1.5))
    monkeypatch.setattr(trainer, "fit", lambda training: epochs)
    clock = methods.Clock(100.0)
    with clock.noting(cut=False):
        steps = trainer.fit(training)
        next(steps), next(steps)
        steps.close()
    (noted,) = clock.trainings
    assert (noted.run, noted.examples, noted.dev) == ("given-up", 8.0, None)
