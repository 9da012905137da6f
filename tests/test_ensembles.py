"""Several runs that answer together: the mean by hand, what they share, what is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import netwright as nw
import small_runs
from netwright import systems
from netwright.base.errors import DataError, NetwrightWarning, RunError
from netwright.cli.main import main
from netwright.contract import Examples
from netwright.data import labels
from netwright.data.images.letterbox import Corners
from netwright.metrics import intervals
from netwright.systems.localizer import fusion
from netwright.systems.localizer.codec import Located
from netwright.systems.multi_regressor import codec as multi_regressor
from netwright.systems.multi_regressor.codec import Predicted
from netwright.systems.tags import codec as tags
from netwright.systems.tags.codec import Tags

pytestmark = pytest.mark.usefixtures("no_reports")

QUICK = {
    "training.epochs": 4,
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
}


def rows(count: int, seed: int, classes: str = "abc") -> Any:
    """Three overlapping places; a net alone mistakes some."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, len(classes), count)
    middles = np.array([[0, 0], [2, 0], [0, 2], [2, 2]])[kinds]
    return (middles + rng.normal(0, 0.8, (count, 2))).astype(np.float32), np.array(
        [classes[kind] for kind in kinds]
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


def train(data: Any, folder: Path, **changes: Any) -> nw.Run:
    given = {**QUICK, **{key.replace("__", "."): value for key, value in changes.items()}}
    return nw.train(data, store=folder, set=given, model="mlp")


@pytest.fixture(scope="module")
def table(folder: Path) -> Path:
    x, y = rows(300, 0)
    lines = ["a,b,kind", *(f"{a},{b},{kind}" for (a, b), kind in zip(x, y, strict=True))]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "rows.csv"


@pytest.fixture(scope="module")
def members(folder: Path, table: Path) -> list[nw.Run]:
    return [train(table, folder, training__seed=seed, data__target="kind") for seed in range(3)]


# --- the answers


def test_labels_by_the_mean_of_probabilities(members: list[nw.Run]) -> None:
    x, _ = rows(50, 5)
    frame = inputs_of(x)
    found = nw.combine(members).predict(frame)
    stated = [
        [[answer.probabilities[c] for c in "abc"] for answer in member.predict(frame)]
        for member in members
    ]
    means = np.mean(np.array(stated, np.float64), axis=0)
    for answer, mean in zip(found, means, strict=True):
        assert [answer.probabilities[c] for c in "abc"] == pytest.approx(mean, abs=1e-15)
        assert answer.label == "abc"[mean.argmax()]
        assert answer.probability == max(answer.probabilities.values())
    alone = {tuple(np.array(one).argmax(axis=1)) for one in stated}
    assert len(alone) > 1, "the members do not differ: nothing was shown"


def inputs_of(x: Any) -> Any:
    import polars as pl

    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1]})


def test_numbers_by_their_mean(tmp_path: Path) -> None:
    x, _ = rows(200, 0)
    runs = [train((x, x[:, 0] * x[:, 1]), tmp_path, training__seed=seed) for seed in range(2)]
    found = [answer.value for answer in nw.combine(runs).predict(x[:9])]
    each = [[answer.value for answer in run.predict(x[:9])] for run in runs]
    assert found == pytest.approx(np.mean(each, axis=0), rel=1e-15)


def test_texts_too(tmp_path: Path) -> None:
    made = [
        small_runs.finished("text", tmp_path, {"training.seed": seed}).record.id for seed in (0, 1)
    ]
    both = nw.combine(made, store=tmp_path)
    (answer,) = both.predict(["the wave and the salt shore"])
    each = [run.predict(["the wave and the salt shore"])[0] for run in both.members]
    assert answer.probabilities["sea"] == pytest.approx(
        np.mean([one.probabilities["sea"] for one in each])
    )


def test_equal_probabilities_give_the_first_class() -> None:
    sure = [labels.Label(c, 1.0, {"a": float(c == "a"), "b": float(c == "b")}) for c in "ba"]
    assert labels.combine(sure, [{}, {}]) == labels.Label("a", 0.5, {"a": 0.5, "b": 0.5})


def small(system: str, folder: Path) -> tuple[list[nw.Run], Any]:
    """Two runs of a system's own sample that differ in their seed, and inputs for both."""
    made = [
        small_runs.finished(system, folder, {"training.seed": seed, "training.epochs": 2})
        for seed in (0, 1)
    ]
    runs = [nw.Run(one.record) for one in made]
    return runs, small_runs.SYSTEMS[system].sample(40, 9).inputs


def test_tags_by_the_mean_of_probabilities_and_of_thresholds(tmp_path: Path) -> None:
    runs, given = small("tags", tmp_path)
    found = nw.combine(runs).predict(given.held)
    each = [run.predict(given.held) for run in runs]
    names = list(found[0].probabilities)
    stated = np.array([[[a.probabilities[n] for n in names] for a in some] for some in each])
    limits = np.array([[run.chosen["thresholds"][name] for name in names] for run in runs])
    assert (limits[0] != limits[1]).any()
    above = stated.mean(axis=0) >= limits.mean(axis=0)
    for answer, row, there in zip(found, stated.mean(axis=0), above, strict=True):
        assert list(answer.probabilities.values()) == pytest.approx(row.tolist(), abs=1e-12)
        assert answer.tags == tuple(n for n, yes in zip(names, there, strict=True) if yes)
    assert any(answer.tags for answer in found) and not all(answer.tags for answer in found)
    with pytest.warns(NetwrightWarning, match=r"of dev, on which .* chose its thresholds: the fig"):
        warned_of_dev(runs, "tags")


def warned_of_dev(runs: list[nw.Run], system: str) -> None:
    """Measure them on their own sample, which is their dev, too."""
    from netwright.api import ensembles

    examples = small_runs.SYSTEMS[system].sample(240, 0)
    dev = [at for at, one in enumerate(runs[0].record.splits()) if one == "dev"]
    ensembles._note(runs[0], examples.take(dev), "", "combined")


def test_several_numbers_each_by_its_mean(tmp_path: Path) -> None:
    runs, given = small("multi_regressor", tmp_path)
    found = nw.combine(runs).predict(given.held)
    each = [run.predict(given.held) for run in runs]
    for answer, *alone in zip(found, *each, strict=True):
        for name, value in answer.values.items():
            assert value == pytest.approx(np.mean([one.values[name] for one in alone]), rel=1e-14)


def test_other_tags_and_targets_are_refused() -> None:
    several = [Tags((), {"a": 0.1, "b": 0.2}), Tags((), {"a": 0.1, "c": 0.2})]
    with pytest.raises(DataError, match="the tag 'b' is known to one run and not to another"):
        tags.combine(several, [{}, {}])
    numbers = [Predicted({"a": 1.0}), Predicted({"a": 1.0, "b": 2.0})]
    with pytest.raises(DataError, match=r"the target 'b' is known to .* on the same targets"):
        multi_regressor.combine(numbers, [{}, {}])


def located(*edges: float, p: float, label: str = "cell") -> Located:
    return Located(Corners(*edges), p, label)


NONE = Located(None, 0.3, None)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        # (0.9 * 0 + 0.6 * 2) / 1.5 = 0.8, (0.9 * 10 + 0.6 * 12) / 1.5 = 10.8
        (
            [located(0, 0, 10, 10, p=0.9), located(2, 0, 12, 10, p=0.6)],
            located(0.8, 0, 10.8, 10, p=0.75),
        ),
        # one that sees none counts in p alone
        ([located(0, 0, 10, 10, p=0.9), NONE], located(0, 0, 10, 10, p=0.6)),
        ([located(0, 0, 10, 10, p=0.6), NONE, NONE], Located(None, 0.4, None)),
        ([Located(None, 0.8, None)] * 2, Located(None, 0.8, None)),
        # two boxes that do not touch are of two things: the surer one, not the middle of both
        (
            [located(0, 0, 10, 10, p=0.7), located(50, 50, 60, 60, p=0.9)],
            located(50, 50, 60, 60, p=0.8),
        ),
        # and two nets that agree outvote a surer third
        (
            [
                located(50, 50, 60, 60, p=0.9, label="other"),
                located(0, 0, 10, 10, p=0.6),
                located(0, 0, 10, 10, p=0.6),
            ],
            located(0, 0, 10, 10, p=0.7),
        ),
        # of one thing the class with more p
        (
            [
                located(0, 0, 8, 8, p=0.9, label="b"),
                located(0, 0, 8, 8, p=0.5, label="a"),
                located(0, 0, 8, 8, p=0.55, label="a"),
            ],
            located(0, 0, 8, 8, p=0.65, label="a"),
        ),
    ],
)
def test_boxes_by_weighted_fusion(answers: list[Located], expected: Located) -> None:
    found = fusion.combine(answers, [{}] * len(answers))
    assert (found.box, found.label) == (expected.box, expected.label)
    assert found.p == pytest.approx(expected.p)


def test_boxes_of_two_runs(tmp_path: Path) -> None:
    runs, given = small("localizer", tmp_path)
    found = nw.combine(runs).predict(given)
    each = [run.predict(given) for run in runs]
    assert found == [fusion.combine(pair, [{}, {}]) for pair in zip(*each, strict=True)]
    assert [one.p for one in found] == [(a.p + b.p) / 2 for a, b in zip(*each, strict=True)]


# --- measured


def test_a_split_that_all_share(members: list[nw.Run]) -> None:
    """The error by hand, from the members' own kept answers; its interval Wilson's."""
    frames = [member.predictions("dev").sort("id") for member in members]
    truth = frames[0]["truth"].to_list()
    stated = np.mean([np.array(frame["probabilities"].to_list()) for frame in frames], axis=0)
    wrong = sum("abc"[k] != true for k, true in zip(stated.argmax(axis=1), truth, strict=True))
    found = nw.combine(members).evaluate(split="dev")["error"]
    assert found["value"] == pytest.approx(wrong / len(truth))
    assert found["n"] == len(truth)
    low, high = intervals.wilson(wrong, len(truth))
    assert (found["low"], found["high"]) == pytest.approx((low, high))


def test_it_is_no_worse_than_the_mean_of_its_members(members: list[nw.Run], table: Path) -> None:
    """The log loss of a mean of probabilities is at most the mean of the log losses (Jensen)."""
    x, y = rows(2000, 77)
    frame = inputs_of(x)

    def loss(answers: list[Any]) -> float:
        stated = [answer.probabilities[true] for answer, true in zip(answers, y, strict=True)]
        return float(-np.log(np.maximum(stated, 1e-12)).mean())

    alone = [loss(member.predict(frame)) for member in members]
    assert loss(nw.combine(members).predict(frame)) < np.mean(alone)


def test_the_test_split_is_opened_in_every_member(folder: Path, table: Path) -> None:
    two = [train(table, folder, training__seed=s, data__target="kind") for s in (5, 6)]
    both = nw.combine(two)
    assert both.test_openings == 0
    found = both.evaluate()
    assert [run.test_openings for run in two] == [1, 1]
    assert found["error"]["n"] == two[0].info["splits"]["test"]
    (event,) = two[1].record.events("test_opened")
    assert event["how"] == f"{found['error']['n']} of its examples, combined with other runs"
    assert "test" not in two[0].measures  # that figure is no member's


def test_other_splits_would_leak(folder: Path, table: Path, members: list[nw.Run]) -> None:
    other = train(table, folder, split__seed=3, data__target="kind")
    dev = members[0].predictions("dev")["id"].to_list()
    trained = other.record.own(dev)["train"]
    with pytest.raises(RunError) as refused:
        nw.combine([members[0], other]).evaluate(split="dev")
    assert str(refused.value) == (
        f"{other.id} was trained on {trained} of the {len(dev)} dev examples of {members[0].id}:"
        " together they would be measured on what one of them has seen; combine runs that split the"
        " same data alike (split.seed), or name a source that none was trained on."
    )


def test_a_split_of_other_data(folder: Path, tmp_path: Path, members: list[nw.Run]) -> None:
    x, y = rows(200, 9)
    other = train((inputs_of(x), list(y)), tmp_path)
    with pytest.raises(RunError, match="hold other examples: combine runs that split the same"):
        nw.combine([members[0], other]).evaluate(split="dev")


def test_a_source_that_a_member_was_trained_on(members: list[nw.Run], table: Path) -> None:
    with pytest.warns(NetwrightWarning) as warned:
        found = nw.combine(members).evaluate(table)
    assert found["error"]["n"] == 300
    lines = [str(one.message) for one in warned if one.category is NetwrightWarning]
    assert [line.split(" that ")[1].split(" was")[0] for line in lines] == [
        member.id for member in members
    ]


# --- what is refused


def test_one_alone(members: list[nw.Run]) -> None:
    with pytest.raises(RunError, match="1 run to combine: expected at least two"):
        nw.combine(members[:1])


def test_one_twice(members: list[nw.Run], folder: Path) -> None:
    with pytest.raises(RunError, match="is named twice: leave one out"):
        nw.combine([members[0], members[0].id], store=folder)


def test_two_systems(members: list[nw.Run], tmp_path: Path) -> None:
    x, _ = rows(100, 0)
    number = train((x, x[:, 0]), tmp_path)
    with pytest.raises(RunError) as refused:
        nw.combine([members[0], number])
    assert str(refused.value) == (
        f"{members[0].id} is of the system 'classifier' and {number.id} of 'regressor': combine"
        " runs of one system."
    )


def test_other_classes(members: list[nw.Run], tmp_path: Path) -> None:
    x, y = rows(200, 0, "abd")
    other = train((inputs_of(x), list(y)), tmp_path)
    with pytest.raises(DataError, match="the class 'c' is known to one run and not to another"):
        nw.combine([members[0], other]).predict(inputs_of(x[:3]))


def test_a_system_that_combines_none(members: list[nw.Run]) -> None:
    alone = []
    for member in members[:2]:
        run = nw.Run(member.record)
        run.__dict__["system"] = replace(member.system, combine=None)
        alone.append(run)
    with pytest.raises(RunError) as refused:
        nw.combine(alone)
    assert str(refused.value) == (
        "the system 'classifier' combines no answers: predict with one run."
    )


def test_a_member_that_is_not_there(members: list[nw.Run], folder: Path) -> None:
    with pytest.raises(RunError, match="no run 'nosuch'"):
        nw.combine([members[0].id, "nosuch"], store=folder)


# --- the command line


def test_on_the_command_line(
    members: list[nw.Run], folder: Path, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    three = ",".join(member.id for member in members)
    main(["predict", three, str(table), "--jsonl", "--store", str(folder)])
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    together = nw.combine(members)
    assert [row["label"] for row in answers] == [a.label for a in together.predict(str(table))]
    main(["evaluate", three, "--split", "dev", "--json", "--store", str(folder)])
    shown = json.loads(capsys.readouterr().out)
    assert shown["measures"] == together.evaluate(split="dev")
    assert shown["run"] == three
    main(["evaluate", three, "--split", "dev", "--store", str(folder)])
    assert "error" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["predict", f"{members[0].id},", str(table), "--store", str(folder)])
    assert "1 run to combine: expected at least two." in capsys.readouterr().err


# --- kept as a run


@pytest.fixture(scope="module")
def together(members: list[nw.Run]) -> Any:
    return nw.ensemble(members)


def test_it_is_a_run_that_answers_by_all(members: list[nw.Run], together: Any) -> None:
    x, _ = rows(50, 5)
    run = nw.open(together.run.id, store=together.run.record.path.parent)
    assert run.predict(inputs_of(x)) == nw.combine(members).predict(inputs_of(x))
    assert run.info["members"] == [
        {"run": one.id, "weights": one.info["weights"]} for one in members
    ]
    measured = nw.combine(members).evaluate(split="dev")["error"]
    assert run.measures["dev"]["error"]["value"] == measured["value"]
    assert run.diagnose().gaps and run.report.parent == run.record.path
    assert run.evaluate(split="test")["error"]["n"] == run.info["splits"]["test"]
    assert run.test_openings == 1
    (worst,) = nw.compare([run, members[0]], optimize="latency").rows[-1:]
    assert worst.name == run.id


def test_one_file_holds_the_nets_of_all(
    members: list[nw.Run],
    together: Any,
    table: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two that read the same columns in one way and have them in common, and one in another way."""
    apart = train(table, folder, data__target="kind", data__encoding="quantile")
    run = nw.ensemble([*members[:2], apart]).run
    found = nw.export(run, folder / "three.onnx")
    assert found.inputs == ["numbers", "numbers_2"] and found.difference < 1e-5
    x, _ = rows(300, 5)
    here = run.predict(inputs_of(x))
    there = nw.load_onnx(folder / "three.onnx").predict(inputs_of(x))
    for one, same in zip(here, there, strict=True):
        assert one.label == same.label
        other = [*same.probabilities.values()]
        assert list(one.probabilities.values()) == pytest.approx(other, abs=1e-6)
    assert nw.export(together.run, folder / "same.onnx").inputs == ["numbers"]
    none = replace(run.system.export, combined="boxes are compared")
    monkeypatch.setitem(run.__dict__, "system", replace(run.system, export=none))
    with pytest.raises(RunError, match=r"cannot be exported: boxes are compared\.$"):
        nw.export(run, folder / "never.onnx")


def test_a_graph_combines_tags_as_their_system_does() -> None:
    rng, names = np.random.default_rng(0), ("a", "b", "c")
    each = rng.random((3, 20, 3)).astype(np.float32)
    chosen = [{"thresholds": {"a": 0.2, "b": 0.7}}, {"thresholds": {"b": 0.6}}, {}]
    alone = [
        tags.answers_of(one, names, own.get("thresholds", {}))
        for one, own in zip(each, chosen, strict=True)
    ]
    wanted = [tags.combine(some, chosen) for some in zip(*alone, strict=True)]
    outputs = [{"probabilities": torch.from_numpy(one)} for one in each]
    export = systems.export("tags")
    assert not isinstance(export.combined, str)
    combined = {name: one.numpy() for name, one in export.combined(outputs).items()}
    about = {"tags": names, **export.combined_chosen(chosen)}
    found = export.answers(about, combined, Examples([], [], [], []))
    assert [one.tags for one in found] == [one.tags for one in wanted]
    assert [*found[0].probabilities.values()] == pytest.approx([*wanted[0].probabilities.values()])


def test_what_it_gains_and_costs(members: list[nw.Run], together: Any) -> None:
    best = min(members, key=lambda one: one.measures["dev"]["error"]["value"])
    assert together.best == best.id
    own = together.figures[together.run.id].value
    assert together.gain.value == pytest.approx(best.measures["dev"]["error"]["value"] - own)
    assert together.gain.low <= together.gain.value <= together.gain.high
    costs = together.costs
    assert costs[together.run.id]["size"].value == sum(
        costs[one.id]["size"].value for one in members
    )
    assert costs[together.run.id]["latency"].value > costs[best.id]["latency"].value


def test_the_same_runs_are_kept_once(
    members: list[nw.Run], together: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(together.run.record.path.parent)
    main(["ensemble", *(one.id for one in members), "--store", store])
    shown = capsys.readouterr().out
    assert f"kept   {together.run.id}: netwright predict" in shown
    assert "costs  size 3.0 times, latency" in shown
    main(["ensemble", "--resume", together.study, "--store", store, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == together.run.id and found["best"] == together.best
    assert nw.open_study(together.study, store=store).info["kept"] == together.run.id


def test_one_that_was_cut_off_is_made_anew(members: list[nw.Run], tmp_path: Path) -> None:
    from netwright.api.studies import together as work
    from netwright.runs import store as stores

    for one in members[:2]:
        shutil.copytree(one.record.path, tmp_path / one.id)
    pair = [nw.open(one.id, store=tmp_path) for one in members[:2]]
    study = work._study(pair)
    left = stores.create(tmp_path, "ensemble")
    left.note(status="running", system="classifier", model="mlp", members=[])
    study.begin("kept", left.id)
    found = nw.ensemble(pair)
    assert found.study == study.id and found.run.id != left.id
    assert not left.path.exists()
    found.run.remove()
    again = nw.ensemble(pair)
    assert again.run.id != found.run.id and again.study != study.id
    pair[1].remove()
    with pytest.raises(RunError, match=r"answers by the nets of other runs, and .* is not in"):
        again.run.predict(inputs_of(rows(3, 0)[0]))


def test_what_cannot_be_kept_together(
    members: list[nw.Run], together: Any, folder: Path, table: Path
) -> None:
    def refused(match: str, *runs: nw.Run) -> None:
        with pytest.raises(RunError, match=match):
            nw.ensemble(runs)

    refused("expected at least two", members[0])
    refused("is named twice", members[0], members[0])
    refused("is 3 runs together itself: name these", members[0], together.run)
    other = train(table, folder, split__seed=7, data__target="kind")
    refused(r"are of other splits of the same data \(split.seed\)", members[0], other)
    shutil.copytree(members[1].record.path, folder / "elsewhere" / members[1].id)
    copied = nw.open(members[1].id, store=folder / "elsewhere")
    refused(
        "lies in .* and .* in .*elsewhere: keep runs of one folder together", members[0], copied
    )
    x, y = rows(120, 3)
    refused("are of other data", members[0], train((x, y), folder))
