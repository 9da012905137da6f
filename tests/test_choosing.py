"""What is set on dev after training: chosen on one half, measured on the other; kept, and read by
whoever answers.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
import small_runs
from netwright.api.run import Run
from netwright.base.errors import RunError
from netwright.contract import Examples
from netwright.training.recording import choosing

pytestmark = pytest.mark.usefixtures("no_pictures")

TAGS = small_runs.SYSTEMS["tags"]


def named(ids: list[str], groups: list[str] | None = None) -> Examples:
    return Examples([None] * len(ids), [None] * len(ids), ids, ids, groups=groups)


def test_halves_are_about_equal_and_keep_together_what_is_equal() -> None:
    ids = [str(at // 2) for at in range(200)]
    first, second = choosing.halves(named(ids))
    assert sorted(first + second) == list(range(200)) and len(first) == len(second)
    assert not {ids[at] for at in first} & {ids[at] for at in second}
    groups = [str(at % 7) for at in range(200)]
    first, second = choosing.halves(named(list(map(str, range(200))), groups))
    assert {groups[at] for at in first}.isdisjoint(groups[at] for at in second)
    assert choosing.halves(named(["one", "one"])) == ([], [0, 1])


def test_the_halves_do_not_depend_on_the_order_of_the_source() -> None:
    ids = [str(at) for at in range(50)]
    forward, backward = choosing.halves(named(ids)), choosing.halves(named(ids[::-1]))
    assert {ids[at] for at in forward[0]} == {ids[::-1][at] for at in backward[0]}


def best_by_trial(stated: Any, truth: Any) -> float:
    """The largest F1, every threshold tried."""
    known = truth == truth
    scores = [_f1(stated[known] >= at, truth[known] == 1) for at in [0.0, *stated[known]]]
    return max(scores)


def _f1(on: Any, true: Any) -> float:
    return 2 * (on & true).sum() / max(1, on.sum() + true.sum())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = small_runs.finished("tags", tmp_path_factory.mktemp("runs"), {})
    return Run(made.record)


def test_dev_is_answered_with_the_thresholds_of_the_other_half(run: Run, tmp_path: Path) -> None:
    """By hand: the kept probabilities of dev, halved, each half's best thresholds on the other."""
    from netwright.systems.tags.thresholds import best_threshold

    made = small_runs.start("tags", tmp_path, {})  # the same splits
    dev = made.setup.dev
    kept = run.record.answers("dev", TAGS)
    stated = np.array([[*answer.probabilities.values()] for answer in kept])
    truth = np.array(dev.targets.held)
    halves = choosing.halves(dev)
    found = np.zeros_like(stated, bool)
    differ = False
    for here, other in (halves, halves[::-1]):
        for at in range(3):
            chosen = best_threshold(stated[other, at], truth[other, at], np.ones(len(other)))
            on = stated[other, at] >= chosen
            known = truth[other, at] == truth[other, at]
            best = best_by_trial(stated[other, at], truth[other, at])
            assert _f1(on[known], truth[other, at][known] == 1) == pytest.approx(best)
            found[here, at] = stated[here, at] >= chosen
            differ |= chosen != run.chosen["thresholds"][("high", "sum", "near")[at]]
    assert differ
    assert [answer.tags for answer in kept] == [
        tuple(tag for tag, yes in zip(("high", "sum", "near"), row, strict=True) if yes)
        for row in found
    ]
    by_hand = [
        _f1(found[known, at], truth[known, at] == 1)
        for at in range(3)
        for known in [truth[:, at] == truth[:, at]]
    ]
    assert run.measures["dev"]["macro_f1"]["value"] == pytest.approx(np.mean(by_hand))


def test_what_is_chosen_by_noise_does_not_look_better_than_it_is(tmp_path: Path) -> None:
    """A system that chooses what to answer from dev's own truths, and knows nothing else."""

    def by_memory(dev: Any, answer: Any, codec: Any, recipe: Any) -> dict[str, Any]:
        rates = np.nanmean(dev.targets.held, axis=0)
        return {"thresholds": {tag: float(rates[at]) for at, tag in enumerate(codec.tags)}}

    asked = []
    system = dataclasses.replace(TAGS, choose=by_memory)
    made = small_runs.start("tags", tmp_path, {})
    setup = dataclasses.replace(made.setup, system=system)

    def answer(chosen: Any) -> Any:
        from netwright.training import evaluate
        from netwright.training.batching import memory

        asked.append(chosen)
        store = memory.InMemory(setup.codec.encode(setup.dev))
        return evaluate.answers(setup.net, system, setup.codec, store, setup.recipe, chosen)

    chosen, found = choosing.choose(setup, answer)
    first, second = choosing.halves(setup.dev)
    others = [setup.dev.take(rows) for rows in (second, first)]
    expected = [by_memory(other, None, setup.codec, None) for other in others]
    assert asked == [{}, *expected]
    assert chosen == by_memory(setup.dev, None, setup.codec, None)
    parts = [answer(one).answers for one in expected]
    for rows, part in ((first, parts[0]), (second, parts[1])):
        assert [found.answers[row] for row in rows] == [part[row] for row in rows]


def test_what_was_chosen_is_read_by_whoever_answers(run: Run) -> None:
    kept = json.loads((run.record.path / "chosen.json").read_text())
    assert run.chosen == kept and set(kept["thresholds"]) == {"high", "sum", "near"}
    some = TAGS.sample(60, 5)
    for answer in run._answerer()(some).answers:
        expected = {tag for tag, p in answer.probabilities.items() if p >= kept["thresholds"][tag]}
        assert set(answer.tags) == expected


def test_a_complete_run_without_it_is_refused(tmp_path: Path) -> None:
    run = Run(small_runs.finished("tags", tmp_path, {"training.epochs": 1}).record)
    (run.record.path / "chosen.json").write_text("[1]")
    with pytest.raises(RunError, match=r"chosen.json holds .*expected"):
        _ = run.chosen
    (run.record.path / "chosen.json").unlink()
    with pytest.raises(
        RunError, match=r"chosen.json is missing; netwright train --resume .* makes it again"
    ):
        run._answerer()


def test_killed_and_resumed_the_same_is_chosen(tmp_path: Path) -> None:
    whole = small_runs.finished("tags", tmp_path, {})
    again = small_runs.killed_and_resumed("tags", tmp_path, {}, 5)
    name = "chosen.json"
    assert whole.record.json(name) == again.record.json(name)
    assert whole.record.json("measures.json") == again.record.json("measures.json")


def test_before_the_end_nothing_is_chosen(tmp_path: Path) -> None:
    left = small_runs.left_by_a_kill("tags", tmp_path, {}, 20)
    run = Run(left)
    assert run.chosen == {}
    assert all(
        set(answer.tags) == {tag for tag, p in answer.probabilities.items() if p >= 0.5}
        for answer in run._answerer()(TAGS.sample(30, 1)).answers
    )


def test_one_example_of_dev_is_answered_with_nothing_chosen() -> None:
    class Setup:
        system = dataclasses.replace(TAGS, choose=lambda dev, *others: {"on": len(dev)})
        dev = named(["one", "one"])
        codec = own_codec = recipe = None

    from netwright.training.evaluate import Evaluated

    def answer(chosen: Any) -> Evaluated:
        return Evaluated([chosen.get("on", 0)] * 2, [0.0, 0.0], [1.0, 1.0])

    chosen, found = choosing.choose(Setup(), answer)  # type: ignore[arg-type]
    assert chosen == {"on": 2} and found.answers == [0, 0]


def test_the_report_and_show_say_what_was_chosen(run: Run, capsys: Any) -> None:
    from netwright.cli.main import main
    from netwright.report import html_page

    page = html_page.write(run.record.path).read_text()
    assert "Chosen on dev after training" in page and "thresholds" in page
    main(["show", run.id, "--store", str(run.record.path.parent)])
    assert "chosen on dev  thresholds high " in capsys.readouterr().out
    main(["show", run.id, "--store", str(run.record.path.parent), "--json"])
    assert json.loads(capsys.readouterr().out)["chosen"] == run.chosen


def test_a_system_that_chooses_nothing_writes_no_file(tmp_path: Path) -> None:
    run = nw.train(
        (np.eye(40), ["a", "b"] * 20), epochs=1, store=tmp_path, set={"optimizer.lr": 0.01}
    )
    assert not run.record.has("chosen.json") and run.chosen == {}
    assert "Chosen on dev" not in run.report.read_text()
