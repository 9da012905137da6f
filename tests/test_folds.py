"""Folds: every example outside test is judged by a net that never saw it, for every system; what is
kept is a run like any other; a kill trains nothing twice.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
import small_runs
from netwright import systems
from netwright.api.going_on import earlier
from netwright.api.studies import folds as folding
from netwright.api.studies.trained import StudyData
from netwright.base.errors import DataError, NetwrightError, RecipeError, RunError
from netwright.base.findings import Finding
from netwright.cli.main import main
from netwright.contract import Examples
from netwright.data import splits
from netwright.doctor import fold_findings
from netwright.doctor.advice.findings import BY_FOLDS
from netwright.recipe import knobs
from netwright.runs.record import Record
from netwright.studies import study as studies
from netwright.training import trainer

pytestmark = pytest.mark.usefixtures("no_reports")

QUICK = {**small_runs.QUICK, "training.epochs": 2}
BUILT_IN = [name for name in small_runs.SYSTEMS if not name.startswith("toy-")]


def data_of(name: str, folder: Path, **changes: Any) -> StudyData:
    """A system's own sample, as small as in the contract suite."""
    system, examples = small_runs.SYSTEMS[name], small_runs.sample(name)
    small = {key: value for key, value in small_runs.SMALL.items() if key in knobs(system.recipe)}
    small |= small_runs.SMALLER.get(name, {})
    recipe = system.recipe().changed({**QUICK, **small, **changes})
    arranged = system.arrange(examples, recipe)
    assigned = splits.as_wanted(system, arranged, recipe)
    return StudyData(system, small_runs.reading(examples), recipe, arranged, assigned, folder)


def table(folder: Path, count: int = 90, seed: int = 0) -> Path:
    """Two overlapping classes, in groups of three that share a place."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 2, count)
    x = kinds + rng.normal(0, 0.7, count)
    rows = [f"{x[at]:.6f},{'ab'[kinds[at]]},g{at // 3},{at}" for at in range(count)]
    path = folder / f"rows{count}-{seed}.csv"
    path.write_text("\n".join(["x,kind,of,day", *rows]) + "\n", encoding="utf-8")
    return path


GIVEN: dict[str, Any] = {"target": "kind", "model": "mlp", "set": QUICK}


# --- the folds


def assigned(data: StudyData, count: int) -> list[list[str]]:
    return splits.folds(data.system, data.examples, data.assigned, data.recipe, count)


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_example_outside_test_is_in_one_fold(name: str, tmp_path: Path) -> None:
    data = data_of(name, tmp_path)
    made = assigned(data, 4)
    for row, before in enumerate(data.assigned):
        now = Counter(one[row] for one in made)
        assert now == ({"test": 4} if before == "test" else {"dev": 1, "train": 3})
    sizes = [one.count("dev") for one in made]
    assert max(sizes) - min(sizes) <= 1


def test_labels_are_spread_evenly(tmp_path: Path) -> None:
    data = data_of("classifier", tmp_path)
    labels = data.system.labels(data.examples.targets)
    for kind in set(labels):
        held = [
            sum(one == "dev" and label == kind for one, label in zip(fold, labels, strict=True))
            for fold in assigned(data, 4)
        ]
        assert max(held) - min(held) <= 1


def grouped(tmp_path: Path, **changes: Any) -> StudyData:
    from netwright.api.studies import trained

    given = {**QUICK, "data.target": "kind", "data.columns": {"of": "ignore"}, **changes}
    return trained.begun_with(table(tmp_path), tmp_path / "runs", given)


def test_groups_stay_whole(tmp_path: Path) -> None:
    data = grouped(tmp_path, **{"data.columns": {}, "data.group": "of"})
    for fold in assigned(data, 5):
        held: dict[str, set[str]] = {}
        for group, split in zip(data.examples.groups or (), fold, strict=True):
            held.setdefault(group, set()).add(split)
        assert all(len(one) == 1 for one in held.values())


def test_by_time_a_fold_is_learned_from_what_comes_before_it(tmp_path: Path) -> None:
    data = grouped(tmp_path, **{"data.time": "day", "split.by": "time", "split.gap": 2})
    made = assigned(data, 3)
    days = np.asarray(data.examples.times)
    judged: list[int] = []
    for fold in made:
        names = np.asarray(fold)
        assert days[names == "train"].max() + 2 < days[names == "dev"].min()
        assert days[names == "dev"].max() < days[names == "test"].min()
        judged += np.flatnonzero(names == "dev").tolist()
    assert judged == sorted(set(judged)), "a later fold is later, and no example is in two"
    assert [fold.count("train") for fold in made] == sorted(fold.count("train") for fold in made)


def test_too_many_folds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"--folds 80: there are 72 examples outside test"):
        assigned(grouped(tmp_path), 80)
    with pytest.raises(RecipeError, match=r"--folds 1: expected 2 or more"):
        assigned(grouped(tmp_path), 1)
    several = grouped(tmp_path, **{"data.columns": {}, "data.group": "of"})
    with pytest.raises(DataError, match=r"--folds 25: there are 24 groups outside test"):
        assigned(several, 25)
    with pytest.raises(RecipeError, match=r"expected at most 100"):
        nw.train(table(tmp_path), folds=101, store=tmp_path / "runs", **GIVEN)
    assert not (tmp_path / "runs").exists()


def test_a_label_of_one_fold_alone_is_refused(tmp_path: Path) -> None:
    lines = [f"{at},{'ab'[at % 2]},g{at % 6}" for at in range(60)]
    lines += [f"{at},c,rare" for at in range(12)]
    (tmp_path / "rare.csv").write_text("\n".join(["x,kind,of", *lines]), encoding="utf-8")
    with pytest.raises(DataError, match=r"cannot be learned from the others: dev holds 1 label"):
        nw.train(
            tmp_path / "rare.csv",
            folds=2,
            store=tmp_path / "runs",
            target="kind",
            set={**QUICK, "data.group": "of"},
        )


# --- what is kept


@pytest.mark.parametrize(
    ("name", "keep"),
    [*((name, "one") for name in BUILT_IN), ("tags", "ensemble"), ("localizer", "ensemble")],
)
def test_what_is_kept_holds_the_answers_out_of_fold(name: str, keep: str, tmp_path: Path) -> None:
    data = data_of(name, tmp_path)
    run = folding.train(data, 2, keep)
    outside = [row for row, split in enumerate(data.assigned) if split != "test"]
    examples = run.record.examples("dev", run.system)
    assert examples.ids == [data.examples.ids[row] for row in outside]
    mine = dict(zip(outside, map(repr, run.record.answers("dev", run.system)), strict=True))
    study = studies.every(tmp_path)[0]
    for number, fold in enumerate(assigned(data, 2), start=1):
        record = Record(tmp_path / study.members()[f"fold {number}"]["run"])
        rows = [row for row, split in enumerate(fold) if split == "dev"]
        assert [mine[row] for row in rows] == list(map(repr, record.answers("dev", run.system)))
    assert run.info["folds"] == {"study": study.id, "count": 2, "kept": keep}
    assert run.info["splits"]["train"] == len(outside) and "dev" not in run.info["splits"]
    assert [found.code for found in run.diagnose().findings if found.code == "NW117"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def ensemble(folder: Path) -> nw.Run:
    return nw.train(table(folder), folds=3, store=folder / "runs", **GIVEN)


@pytest.fixture(scope="module")
def one(folder: Path) -> nw.Run:
    return nw.train(table(folder), folds=3, keep="one", store=folder / "runs", **GIVEN)


def test_the_nets_answer_together(ensemble: nw.Run, folder: Path) -> None:
    import polars as pl

    given = pl.DataFrame({"x": [0.1, 0.9], "of": ["g1", "g2"], "day": [3, 4]})
    members = [member["run"] for member in ensemble.info["members"]]
    together = nw.combine(members, store=folder / "runs").predict(given)
    assert ensemble.predict(given) == together
    with pytest.raises(RunError, match="has no net of its own: the nets of other runs answer"):
        _ = ensemble.net


def test_every_verb_reads_it(ensemble: nw.Run, one: nw.Run) -> None:
    for run in (ensemble, one):
        assert run.evaluate(split="dev")["error"]["n"] == 72
        assert run.evaluate(split="test")["error"]["n"] == 18
        assert run.test_openings == 1
        assert len(run.predictions("train")) == 72
    assert nw.compare([ensemble, one]).rows[0].figures["error"].n == 72
    assert one.info["epoch_kept"] == one.curves[-1]["epoch"]


def test_a_member_that_is_gone_or_another_is_named(folder: Path, tmp_path: Path) -> None:
    import shutil

    run = nw.train(table(folder), folds=2, store=tmp_path / "runs", **GIVEN)
    first, second = (tmp_path / "runs" / member["run"] for member in run.info["members"])
    shutil.copy(first / "net.safetensors", second / "net.safetensors")
    with pytest.raises(RunError, match="is not the file that this run wrote"):
        run.evaluate(split="test")
    shutil.rmtree(first)
    with pytest.raises(RunError, match=f"{first.name} is not in .* any more"):
        run.evaluate(split="test")
    assert not run.test_openings


def test_what_cannot_be_is_refused(folder: Path) -> None:
    def refused(why: str, **given: Any) -> None:
        with pytest.raises(NetwrightError, match=why):
            nw.train(table(folder), store=folder / "none", **{**GIVEN, **given})

    refused("--keep both: expected one of auto, ensemble, one", folds=2, keep="both")
    refused("name their number", keep="one")
    refused("time and folds exclude each other", folds=2, time="10s")
    plateau = {**QUICK, "schedule.name": "plateau"}
    refused("the one net that is kept has none", folds=2, keep="one", set=plateau)
    assert not (folder / "none").exists()
    with pytest.raises(RecipeError, match="combines no answers: --keep one"):
        folding.train(data_of("toy-tagger", folder), 2, "ensemble")


def test_a_small_dev_set_is_told_of_folds(folder: Path) -> None:
    run = nw.train("iris", store=folder / "runs", set={**QUICK, "training.epochs": 15})
    steps = [step for found in run.diagnose().findings for step in found.do]
    (step,) = [step for step in steps if "--folds 5" in step]
    assert step.startswith(f"netwright train --recipe {run.record.path}/recipe.yaml --store")


# --- killed and gone on with


class Killed(BaseException):
    """As a process ends that is killed: nothing is noted."""


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The ids of the runs that took a step."""
    stepped: list[str] = []
    fit = trainer.fit

    def counting(training: Any, *given: Any, **how: Any) -> Any:
        stepped.append(training.record.id)
        return fit(training, *given, **how)

    monkeypatch.setattr(trainer, "fit", counting)
    yield stepped


def test_a_killed_study_goes_on_and_trains_nothing_twice(
    folder: Path, tmp_path: Path, counted: list[str]
) -> None:
    straight = nw.train(table(folder), folds=3, store=tmp_path / "straight", **GIVEN)
    trained = 0

    def kill(now: Any) -> None:
        nonlocal trained
        trained += now.step == now.steps and now.dev is not None
        if trained == 1 and now.step == 1:
            raise Killed

    counted.clear()
    store = tmp_path / "killed"
    often = {**GIVEN, "set": {**QUICK, "training.checkpoint_minutes": 0}}
    with pytest.raises(Killed):
        nw.train(table(folder), folds=3, store=store, watch=kill, **often)
    (study,) = studies.every(store)
    assert study.status == "killed" and list(study.members()) == ["fold 1"]
    begun = study.info()["begun"]
    assert begun is not None and begun["role"] == "fold 2"
    lines: list[str] = []
    again = nw.train(table(folder), folds=3, store=store, log=lines.append, **often)
    assert study.id in lines[0] and study.status == "complete"
    assert [counted.count(name) for name in dict.fromkeys(counted)] == [1, 2, 1]
    assert study.members()["fold 2"]["run"] == begun["run"]
    mine, other = (run.predictions("dev")["answer"].to_list() for run in (straight, again))
    assert mine == other
    assert nw.train(resume=study.id, store=store).id == again.id, "a complete one is shown"
    assert [entry["what"] for entry in study.notebook()].count("done") == 3


def test_it_is_resumed_by_name_and_by_the_command_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "runs"

    def stop(now: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        nw.train(
            table(folder), folds=2, keep="one", store=store, watch=stop, human_error="2%", **GIVEN
        )
    (study,) = studies.every(store)
    assert stopped.value.args == (study.id,) and study.status == "stopped"
    assert earlier.study_named(study.id, store) == study
    main(["train", "--resume", study.id, "--store", str(store)])
    assert "dev error" in capsys.readouterr().out and study.status == "complete"
    kept = nw.open(study.info()["kept"], store=store)
    assert kept.info["human_error"] == 0.02
    assert kept.diagnose().rungs[0].name == "human"
    with pytest.raises(RunError, match="at work in another process"), study.held():
        nw.train(resume=study.id, store=store)


def test_a_damaged_study_is_one_sentence(ensemble: nw.Run, tmp_path: Path) -> None:
    study = studies.Study(tmp_path / "studies" / "20260101-000000-folds-000")
    study.path.mkdir(parents=True)
    known = studies.every(ensemble.record.path.parent)[0].info()
    for changes, why in (
        ({"members": 3}, r"study\.json has members = 3: expected a list"),
        ({"format": 99}, "was written by a newer netwright"),
        ({"plan": None}, r"has plan = null: expected a mapping"),
    ):
        (study.path / "study.json").write_text(json.dumps({**known, **changes}), encoding="utf-8")
        with pytest.raises(NetwrightError, match=why):
            study.info()
    (study.path / "study.json").write_text("{", encoding="utf-8")
    with pytest.raises(NetwrightError, match=r"study\.json cannot be read .* its runs stay"):
        study.info()


def test_the_folds_agree_with_one_held_out_set(tmp_path: Path) -> None:
    """Of a net that learns nothing, the error out of fold is that of its baseline, by hand."""
    data = data_of("classifier", tmp_path, **{"optimizer.lr": 1e-12, "model.name": "linear"})
    run = folding.train(data, 3)
    examples: Examples = run.record.examples("dev", run.system)
    answers = run.record.answers("dev", run.system)
    wrong = sum(a.label != truth for a, truth in zip(answers, examples.targets, strict=True))
    assert run.measures["dev"]["error"]["value"] == pytest.approx(wrong / len(examples))


def test_a_fold_is_repeated_as_it_was_and_what_is_kept_is_not(
    ensemble: nw.Run, one: nw.Run, folder: Path
) -> None:
    store = folder / "runs"
    fold = nw.open(ensemble.info["members"][0]["run"], store=store)
    again = nw.train(repeat=fold.id, store=store)
    assert again.record.splits() == fold.record.splits()
    assert again.info["weights"] == fold.info["weights"]
    for run in (ensemble, one):
        for how in ({"repeat": run.id}, {"resume": run.id, "epochs": 9}):
            with pytest.raises(RunError, match=r"is what the study .* keeps, and is made of its"):
                nw.train(store=store, **how)
    with pytest.raises(RunError, match="has no net of its own"):
        nw.train(table(folder), start=ensemble.id, store=store, **GIVEN)


@pytest.mark.parametrize("keep", ["ensemble", "one"])
def test_a_kill_while_it_is_kept_leaves_no_half(
    keep: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: list[str]
) -> None:
    given = {**GIVEN, "folds": 2, "keep": keep, "store": tmp_path}
    with monkeypatch.context() as patch:
        patch.setattr(nw.Run, "diagnosed", killed)
        with pytest.raises(Killed):
            nw.train(table(folder), **given)
    counted.clear()
    run = nw.train(table(folder), **given)
    assert run.info["status"] == "complete" and run.info["folds"]["kept"] == keep
    assert counted == ([] if keep == "ensemble" else [run.id])
    assert len(nw.list_runs(tmp_path)) == 3 and run.diagnose().findings
    (study,) = nw.list_studies(tmp_path)
    assert study["kept"] == run.id and study["status"] == "complete"


def killed(*given: Any, **how: Any) -> None:
    raise Killed


def test_the_report_says_what_dev_is(ensemble: nw.Run, one: nw.Run) -> None:
    from netwright.report import html_page

    for run, kept in ((ensemble, "their nets together"), (one, "one net on all of them")):
        page = html_page.render(run.files)
        assert f"3, dev is out of fold; kept: {kept}" in page and "NW117" in page
        assert f"--folds 3 --keep {run.info['folds']['kept']} --set KEY=VALUE" in page
        assert "--repeat" not in page
    assert f"have curves of their own: {ensemble.info['members'][0]['run']}" in html_page.render(
        ensemble.files
    )


def test_each_fold_begins_with_a_persons_own_net_as_it_was(tmp_path: Path) -> None:
    """Else the second fold's net would begin with what the first learned of its dev."""
    import copy

    import torch
    from torch import nn

    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    before = copy.deepcopy(net.state_dict())
    x = np.random.default_rng(0).normal(size=(80, 3)).astype("float32")
    data = (x, np.where(x[:, 0] > 0, "a", "b"))
    run = nw.train(data, folds=2, model=net, set=QUICK, store=tmp_path)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    members = [member["run"] for member in run.info["members"]]
    weights = [small_runs.kept(Record(tmp_path / name)) for name in members]
    assert not torch.equal(weights[0]["weight"], weights[1]["weight"])
    parts = [
        nw.open(name, store=tmp_path, model=copy.deepcopy(net)).predict(x[:9]) for name in members
    ]
    for found, *each in zip(run.predict(x[:9]), *parts, strict=True):
        mean = np.mean([one.probabilities["a"] for one in each])
        assert found.probabilities["a"] == pytest.approx(mean)
    again = Record(tmp_path / members[1]).curves()[0].figure("loss")
    alone = nw.train(repeat=members[1], model=copy.deepcopy(net), source=data, store=tmp_path)
    assert alone.curves[0]["loss"] == again


@pytest.mark.usefixtures("with_references")
def test_usual_methods_stand_out_of_fold(folder: Path, tmp_path: Path) -> None:
    """Each says of an example what it learned from the other folds alone."""
    quick = {**GIVEN, "model": "linear"}
    run = nw.train(table(folder), folds=2, store=tmp_path, **quick)
    dev = run.record.examples("dev", run.system)
    assert run.references
    for one in run.references:
        assert one["measure"]["n"] == len(dev) == sum(run.info["splits"].values()) - 18
        assert one["how"].endswith("; out of fold")
    assert "references.json" in run.info["promised"]


def test_views_are_made_of_the_one_net_that_is_kept(folder: Path, tmp_path: Path) -> None:
    outside = Path(__file__).parent / "outside" / "toy_words"
    name = systems.named(outside)
    (reader,) = systems.readers(name)
    texts, _ = reader.sample(tmp_path / "texts")
    how: dict[str, Any] = {"system": outside, "set": QUICK, "store": tmp_path}
    run = nw.train(texts, folds=2, keep="one", **how)
    assert [view["title"] for view in run.files.views] == ["Words known"]


def test_folds_are_proposed_where_they_can_be_made_alone() -> None:
    few = Finding("NW109", "Few.", {}, (f"{BY_FOLDS} judges on all", "more examples"))
    (typed,) = fold_findings.proposed([few], "netwright train a.csv")
    assert typed.do == ("netwright train a.csv --folds 5 judges on all", "more examples")
    (without,) = fold_findings.proposed([few], None)
    assert without.do == ("more examples",)
