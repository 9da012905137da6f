"""Examples from several domains: splits, train-dev, mismatch, the table of two sources."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import netwright as nw
from netwright.api.errors import by_folds
from netwright.base.errors import DataError, RecipeError, RunError
from netwright.cli.main import main
from netwright.cli.text.diagnosis import diagnosis_text
from netwright.contract import Example, Examples
from netwright.data import splits
from netwright.doctor.gaps.ladder import Diagnosis
from netwright.recipe import Recipe
from netwright.systems.classifier.system import SYSTEM as CLASSIFIER

pytestmark = pytest.mark.usefixtures("no_pictures")

FAR = (1.5, -1.5)
"""How far off the rows of the phone lie."""


def rows(count: int, phone: float, seed: int = 0) -> str:
    """A table of which so many rows are of the phone, where what tells the kinds apart is moved."""
    rng = np.random.default_rng(seed)
    lines = ["camera,a,b,kind"]
    for at in range(count):
        is_phone, kind = at < phone * count, at % 2
        a, b = rng.normal((3 * kind, 0), 1) + (np.array(FAR) if is_phone else 0)
        lines.append(f"{'phone' if is_phone else 'web'},{a:.4f},{b:.4f},{'xy'[kind]}")
    return "\n".join(lines) + "\n"


def examples_of(domains: str, ids: str = "", groups: str = "") -> Examples:
    """One a letter: its domain; ids and groups alike."""
    return Examples.of([
        Example(
            {"x": float(at)}, "ab"[at // 5 % 2], (ids or "".join(map(chr, range(200, 900))))[at],
            f"row {at}", group=groups[at] if groups else None, domain=domain,
        )
        for at, domain in enumerate(domains)
    ])  # fmt: skip


def assigned(examples: Examples, **knobs: object) -> list[str]:
    recipe = Recipe().changed({f"split.{name}": value for name, value in knobs.items()})
    return splits.as_wanted(CLASSIFIER, examples, recipe)


def test_dev_and_test_are_of_the_target_and_train_dev_is_of_train() -> None:
    examples = examples_of("wwwp" * 60)
    found = assigned(examples, domain="p")
    of = {split: Counter() for split in set(found)}
    for split, domain in zip(found, examples.domains or (), strict=True):
        of[split][domain] += 1
    assert set(of["dev"]) == set(of["test"]) == {"p"}
    assert set(of["train"]) == set(of["train_dev"]) == {"w", "p"}
    assert of["train_dev"].total() == of["dev"].total() == 12
    more = assigned(examples, domain="p", train_dev=0.5)
    assert more.count("train_dev") == pytest.approx(more.count("train"), abs=2)
    assert assigned(examples, domain="p", train_dev=0).count("train_dev") == 0
    assert [one if one != "train_dev" else "train" for one in more] == assigned(
        examples, domain="p", train_dev=0
    )


def test_without_domains_train_dev_is_cut_where_it_is_asked_for() -> None:
    examples = CLASSIFIER.sample(200, 0)
    before, after = assigned(examples), assigned(examples, train_dev=0.1)
    assert "train_dev" not in before
    assert after.count("train_dev") == 12
    kept = [one if one != "train_dev" else "train" for one in after]
    assert kept == before


@pytest.mark.parametrize("by", ["ids", "groups"])
def test_what_equals_an_example_of_dev_is_not_learned_from(by: str) -> None:
    names = "".join(map(chr, range(1000, 1040)))
    # each row of the phone has a twin of the web
    examples = examples_of(
        "p" * 40 + "w" * 80, **{by: names + names + "".join(map(chr, range(2000, 2040)))}
    )
    found = assigned(examples, domain="p")
    for own, twin in zip(found[:40], found[40:80], strict=True):
        assert twin == "gap" if own in ("dev", "test") else twin in ("train", "train_dev")
    assert "gap" not in found[80:]


@pytest.mark.parametrize(
    ("domains", "knobs", "message"),
    [
        ("wp", {}, r"come from 2 domains, w \(60\), p \(60\): say which"),
        ("wp", {"domain": "q"}, "there is no domain 'q'; known are p, w"),
        ("wp", {"domain": "p", "by": "time"}, "split.by = 'time' with domains"),
        (None, {"domain": "p"}, "names a domain, and the examples have none"),
        (None, {"by": "time", "train_dev": 0.1}, "train-dev would be dev itself"),
    ],
)
def test_what_does_not_fit_is_refused(
    domains: str | None, knobs: dict[str, object], message: str
) -> None:
    examples = examples_of(domains * 60) if domains else examples_of("w" * 120)
    if domains is None:
        examples = Examples.of([Example(one.input, one.target, one.id) for one in examples])
    with pytest.raises((RecipeError, DataError), match=message):
        assigned(examples, **knobs)


def test_a_row_without_a_domain_is_named(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_text(rows(60, 0.5).replace("web", "", 1))
    with pytest.raises(DataError, match=r"shop.csv:32: the column 'camera' is empty"):
        nw.train(path, target="kind", set={"data.domain": "camera"}, store=tmp_path / "runs")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    folder = tmp_path_factory.mktemp("domains")
    (folder / "shop.csv").write_text(rows(2400, 0.2))
    settings = {
        "data.domain": "camera", "split.domain": "phone", "split.dev": 0.45, "split.test": 0.45,
        "training.reference_seconds": 0, "training.threads": 1,
    }  # fmt: skip
    return nw.train(
        folder / "shop.csv", target="kind", model="linear", epochs=20, set=settings,
        human_error="1%/500", store=folder / "runs",
    )  # fmt: skip


def test_mismatch_is_told_from_variance(run: nw.Run) -> None:
    found = run.diagnose()
    assert [rung.name for rung in found.rungs] == ["human", "train", "train_dev", "dev"]
    first = max(found.gaps, key=lambda gap: gap.size)
    assert (first.name, first.verdict) == ("data mismatch", "first")
    variance = next(gap for gap in found.gaps if gap.name == "variance")
    assert variance.verdict == "noise"
    steps = [step for finding in found.findings for step in finding.do]
    assert any(f"netwright mismatch {run.id} names it" in step for step in steps)
    assert " RUN" not in json.dumps(found.as_json())
    assert not any("--folds" in step for step in steps)  # which domains do not know


def test_labels_of_train_by_folds_are_without_domains(run: nw.Run) -> None:
    sentence = rf"{run.id} learned from domains.* train with --ignore camera and --folds 3"
    with pytest.raises(RunError, match=sentence):
        by_folds.review(run, 3)


def test_the_table_of_two_sources_is_that_of_the_answers(run: nw.Run) -> None:
    found = run.diagnose()
    table = found.two_sources
    assert table is not None
    assert (table.target, table.general) == ("phone", ("web",))
    for split, row, column in (
        ("train", "trained on", "general"), ("train", "trained on", "target"),
        ("train_dev", "not trained on", "general"), ("dev", "not trained on", "target"),
    ):  # fmt: skip
        frame = run.predictions(split)
        of = frame.filter((frame["domain"] == "phone") == (column == "target"))
        cell = table.cell(row, column)
        assert cell.figure is not None
        assert cell.figure.value == pytest.approx(of["wrong"].mean())
        assert (cell.figure.n, cell.of) == (len(of), split)
    human = table.cell("human", "target").figure
    assert human is not None
    assert human.value == 0.01
    asks = f"netwright human {run.id} --domain general"
    assert table.cell("human", "general").needs == asks
    assert Diagnosis.from_json(json.loads(json.dumps(found.as_json()))) == found
    text = diagnosis_text(found)
    assert "general (web)" in text
    assert f"human, general: {asks}" in text


def test_people_of_the_target_beside_training_of_both_are_told_apart(run: nw.Run) -> None:
    found = run.diagnose({"people": "60%/500"})
    table, (past,) = found.two_sources, [one for one in found.findings if one.code == "NW106"]
    assert table is not None
    figure = table.cell("trained on", "target").figure
    assert figure is not None
    wanted = (
        "Two sources are compared: the human level is of phone, training of",
        f" and {figure.n:,} of phone; on those of phone alone training is"
        f" {100 * figure.value:.1f}%, beside 60.0% of people.",
    )
    bias = next(gap for gap in found.gaps if gap.name == "avoidable bias")
    for text in (past.message, bias.why, diagnosis_text(found)):
        assert all(part in " ".join(text.split()) for part in wanted)
    run.diagnose({"people": "1%/500"})


def test_the_run_keeps_where_its_examples_come_from(run: nw.Run) -> None:
    domains = run.record.mapping("data.json")["domains"]
    assert set(domains["dev"]) == {"phone"}
    assert set(domains["train"]) == set(domains["train_dev"]) == {"phone", "web"}
    # the column is no input: a later table without it is answered
    assert run.predict([{"a": 0.0, "b": 0.0}])[0].label in ("x", "y")
    again = nw.train(repeat=run.id, store=run.record.path.parent)
    assert again.measures == run.measures
    assert "Two sources" in run.report.read_text(encoding="utf-8")


def test_other_data_need_no_domain_to_be_measured(run: nw.Run, tmp_path: Path) -> None:
    text = "\n".join(line.partition(",")[2] for line in rows(200, 1, seed=5).splitlines())
    (tmp_path / "new.csv").write_text(text + "\n")
    found = run.evaluate(tmp_path / "new.csv")
    assert found["error"]["n"] == 200


def test_twins_that_are_left_out_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = rows(300, 0.5)
    twins = "".join(
        line.replace("phone", "web") + "\n" for line in text.splitlines() if "phone" in line
    )
    (tmp_path / "shop.csv").write_text(text + twins)
    settings = ["--set", "data.domain=camera", "--set", "split.domain=phone"]
    main(["data", str(tmp_path / "shop.csv"), "--target", "kind", *settings])
    shown = capsys.readouterr().out
    assert "60 examples of other domains are left out: their equals" in shown
    main([
        "train", str(tmp_path / "shop.csv"), "--target", "kind", "--model", "linear", "--epochs",
        "1", "--store", str(tmp_path / "runs"), *settings,
    ])  # fmt: skip
    assert "60 examples of other domains are left out" in "".join(capsys.readouterr())


def test_folders_of_two_domains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    for domain, count in (("general", 60), ("target", 20)):
        for kind, level in (("dark", 60), ("light", 180)):
            folder = tmp_path / "photos" / domain / kind
            folder.mkdir(parents=True)
            for at in range(count):
                pixels = np.clip(rng.normal(level, 30, (8, 8, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{at}.png")
    main(["data", str(tmp_path / "photos")])
    shown = capsys.readouterr().out
    assert "160 images in 2 class folders" in shown
    assert "domains: general 120, target 40; dev and test are drawn from target" in shown
    assert "8 dev, 8 test" in shown
