"""Texts with numbers and categories beside them: learned from, answered, and refused by name."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

import netwright as nw
import small_runs
import test_contract as contract
from netwright import systems
from netwright.api.reading import read_to_learn
from netwright.base.errors import DataError, RecipeError
from netwright.contract import AnySystem, Examples
from netwright.data.tables.encoder import fit_rows
from netwright.data.tables.rows import Rows
from netwright.nets.sequence.joined import JoinedHead
from netwright.recipe import Recipe

pytestmark = pytest.mark.usefixtures("no_pictures")

QUICK = {
    "training.precision": "float32",
    "training.layout": "contiguous",
    "training.threads": 1,
    "training.batch_size": 16,
}
GOOD, BAD = ("bright", "warm", "lively"), ("dull", "grey", "slow")


def table(count: int = 400, seed: int = 0) -> pl.DataFrame:
    """Reviews with a number, a category and a yes/no beside them, of which some are missing; each
    could decide about a label.
    """
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, count)
    price = rng.normal(30, 10, count).round(2)
    town = rng.choice(["york", "bath", "ely"], count)
    texts = [
        f"I saw film {at} on a long day and it was {(GOOD, BAD)[k][at % 3]} all the way through"
        for at, k in enumerate(kind)
    ]
    return pl.DataFrame(
        {
            "price": [None if at % 17 == 0 else float(one) for at, one in enumerate(price)],
            "town": [None if at % 13 == 0 else str(one) for at, one in enumerate(town)],
            "new": rng.integers(0, 2, count).astype(bool),
            "review": texts,
            "by_text": ["bad" if k else "good" for k in kind],
            "by_number": ["dear" if one > 30 else "cheap" for one in price],
            "by_middle": ["middle" if abs(one - 30) < 6.7 else "edge" for one in price],
            "by_town": ["north" if one == "york" else "south" for one in town],
            "by_both": [
                "yes" if (one > 30) == bool(k) else "no" for one, k in zip(price, kind, strict=True)
            ],
        }
    )


WHOLE = table(800)
INPUTS = ["price", "town", "new", "review"]


def one_target(name: str, frame: pl.DataFrame = WHOLE) -> pl.DataFrame:
    return frame.select(*INPUTS, name)


def train(frame: Any, folder: Path, target: str | None, **changes: Any) -> Any:
    epochs = changes.pop("epochs", 12)
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return nw.train(frame, target=target, epochs=epochs, set={**QUICK, **dotted}, store=folder)


# --- it learns from each of them


@pytest.mark.parametrize(
    ("target", "most"),
    [("by_text", 0.02), ("by_middle", 0.25), ("by_town", 0.15), ("by_both", 0.2)],
)
def test_a_label_is_learned_from_what_it_depends_on(
    target: str, most: float, tmp_path: Path
) -> None:
    """A seventeenth of the numbers and a thirteenth of the categories are missing: 3% and 4% of
    the labels that depend on them cannot be known. The baseline is wrong in half of them, or a
    third.
    """
    run = train(one_target(target), tmp_path, target, epochs=20)
    assert run.info["system"] == "text"
    assert run.measures["dev"]["error"]["value"] < most < run.info["baseline"] - 0.05


def test_from_the_texts_alone_a_label_of_the_numbers_is_not_learned(tmp_path: Path) -> None:
    run = train(one_target("by_both"), tmp_path, "by_both", epochs=5, data__beside=[])
    assert run.measures["dev"]["error"]["value"] > 0.35


def test_the_gru_reads_them_too(tmp_path: Path) -> None:
    frame = one_target("by_number", table(300))
    run = train(frame, tmp_path, "by_number", epochs=8, model__name="gru")
    assert run.measures["dev"]["error"]["value"] < 0.25


# --- what the net reads


def test_columns_are_encoded_as_the_rows_of_a_table_are() -> None:
    system, reading = read_to_learn(
        one_target("by_number"), Recipe.of({"data": {"target": "by_number"}})
    )
    train = reading.examples.take(range(300))
    recipe = system.complete(system.recipe().changed({"vectors.source": "none"}), train)
    assert recipe.data.text_column == "review" and recipe.data.beside == ("price", "town", "new")
    codec = system.fit(train, recipe)
    some = reading.examples.take(range(250, 330))
    words, numbers, categories = codec.encode(some).inputs
    frame = WHOLE[250:330]
    known = WHOLE[:300]["price"].drop_nulls().to_numpy()
    value = frame["price"].fill_null(known.mean()).to_numpy()
    wanted = np.stack(
        [(value - known.mean()) / known.std(), frame["price"].is_null().to_numpy()], 1
    )
    torch.testing.assert_close(numbers, torch.tensor(wanted, dtype=torch.float32))
    places = {None: 0, "bath": 1, "ely": 2, "york": 3}
    assert categories[:, 0].tolist() == [places[town] for town in frame["town"]]
    assert len(words) == len(numbers) == len(categories) == 80
    rows = replace(train, inputs=train.inputs.only(["price", "town", "new"]))
    assert codec.beside == fit_rows(rows)


def test_the_head_is_what_its_formula_says() -> None:
    head = JoinedHead(6, 3, numbers=2, categories=[4, 5])
    vector, numbers = torch.randn(7, 6), torch.randn(7, 2)
    places = torch.randint(0, 4, (7, 2))
    first, second = (embed.weight for embed in head.embeddings)
    x = torch.cat([vector, numbers, first[places[:, 0]], second[places[:, 1]]], 1)
    hidden = (x @ head.hidden.weight.T + head.hidden.bias).clamp_min(0)
    wanted = torch.cat([x, hidden], 1) @ head.out.weight.T + head.out.bias
    torch.testing.assert_close(head(vector, numbers, places), wanted)


def test_texts_alone_are_what_they_were(tmp_path: Path) -> None:
    """A table of texts alone trains to the bits of the same texts in a list, which have no
    columns.
    """
    frame = WHOLE[:200]
    texts, labels = frame["review"].to_list(), frame["by_text"].to_list()
    listed = train((texts, labels), tmp_path / "list", None, epochs=3)
    sole = train(frame.select("review", "by_text"), tmp_path / "table", "by_text", epochs=3)
    none = train(
        one_target("by_text", frame), tmp_path / "none", "by_text", epochs=3, data__beside=[]
    )
    assert listed.codec.beside is sole.codec.beside is none.codec.beside is None
    weights = [run.record.weights.read_bytes() for run in (listed, sole, none)]
    assert weights[0] == weights[1] == weights[2]


# --- ways in and out


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    frame = one_target("by_number", WHOLE[:300])
    frame.write_csv(folder / "r.csv")
    frame.write_parquet(folder / "r.parquet")
    rows = [json.dumps(row) for row in frame.iter_rows(named=True)]
    (folder / "r.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(home: Path) -> Any:
    return train(home / "r.csv", home / "runs", "by_number")


def test_the_same_from_anywhere(run: Any, home: Path) -> None:
    frame = one_target("by_number", WHOLE[:300])
    answers = [one.label for one in run.predict(home / "r.csv")]
    rows = list(frame.iter_rows(named=True))
    for source in (home / "r.parquet", home / "r.jsonl", frame, rows):
        assert [one.label for one in run.predict(source)] == answers
    for name, source in (
        ("parquet", home / "r.parquet"),
        ("jsonl", home / "r.jsonl"),
        ("rows", rows),
    ):
        again = train(source, home / name, "by_number", epochs=1)
        assert again.codec.beside.names == run.codec.beside.names == ["price", "town", "new"]
    page = (run.record.path / "report.html").read_text(encoding="utf-8")
    assert "beside them" in page


def test_a_column_that_is_missing_is_one_sentence(run: Any, home: Path) -> None:
    with pytest.raises(DataError, match="column 'town' is missing: the model was trained with it"):
        run.predict(WHOLE.select("price", "new", "review"))
    with pytest.raises(DataError, match=r"^texts alone lack 'price', 'town', 'new', which the"):
        run.predict(["a warm and bright film"])
    with pytest.raises(DataError, match="column 'price' holds 'dear': expected a number"):
        run.predict(WHOLE[:2].with_columns(price=pl.lit("dear")))
    # missing values are answered, and unknown categories
    odd = WHOLE[:2].with_columns(price=pl.lit(None, pl.Float64), town=pl.lit("Rome"))
    assert len(run.predict(odd)) == 2


def test_two_columns_of_prose_are_asked_about(tmp_path: Path) -> None:
    frame = one_target("by_text", WHOLE[:80]).with_columns(
        reply=pl.Series([f"thank you for all that you said of number {at}" for at in range(80)])
    )
    with pytest.raises(
        RecipeError, match=r"the columns 'review', 'reply' are all prose: say which .*text_column="
    ):
        train(frame, tmp_path / "a", "by_text")
    named = train(frame, tmp_path / "b", "by_text", epochs=1, data__text_column="reply")
    assert named.codec.column == "reply"
    assert named.codec.beside.names == ["price", "town", "new"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data__beside": ["prize"]}, r"names 'prize', and there is no such column; did you mean"),
        ({"data__beside": ["review"]}, "names 'review', which is the column of the texts"),
    ],
)
def test_columns_that_are_refused(changes: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=message):
        train(one_target("by_text", WHOLE[:80]), tmp_path, "by_text", **changes)
    texts = (WHOLE["review"].to_list(), WHOLE["by_text"].to_list())
    with pytest.raises(RecipeError, match="there is no such column: the source is no table"):
        train(texts, tmp_path, None, data__beside=["price"])


def test_a_group_and_a_time_are_no_columns_beside(tmp_path: Path) -> None:
    frame = one_target("by_text", WHOLE[:120]).with_columns(day=pl.Series(range(120)))
    wanted = {"data__group": "town", "data__time": "day", "epochs": 1}
    made = train(frame.drop_nulls("town"), tmp_path, "by_text", **wanted)
    assert made.codec.beside.names == ["price", "new"]


def test_rows_by_name_are_measured_with_their_weights(tmp_path: Path) -> None:
    """As a frame of the same rows is, and as the columns by name are."""
    frame = one_target("by_text", WHOLE[:120]).with_columns(w=pl.Series([1.0, 3.0] * 60))
    made = train(frame, tmp_path, "by_text", epochs=1, data__weight="w")
    new = frame.with_columns(review=pl.lit("it is ") + pl.col("review"))
    wanted = made.evaluate(new)
    assert wanted["error"]["value"] != wanted["unweighted_error"]["value"]
    assert made.evaluate(new.to_dicts()) == made.evaluate(new.to_dict(as_series=False)) == wanted


# --- the contract


def sample(count: int, seed: int) -> Examples:
    """Of texts and of what stands beside them, on which the labels depend alike."""
    frame = table(count, seed)
    ids = [f"{seed}-{at}" for at in range(count)]
    rows = Rows(frame.select(INPUTS))
    return Examples(rows, frame["by_both"].to_list(), ids, [f"sample[{at}]" for at in range(count)])


CHECKS: list[Callable[..., None]] = [
    contract.test_it_learns,
    contract.test_codec_and_recipe_survive_json,
    contract.test_the_same_seed_gives_the_same_curve_and_another_seed_another,
    contract.test_killed_and_resumed_it_ends_bit_for_bit_the_same,
    contract.test_a_batch_worked_through_in_parts_gives_the_same_gradient,
    contract.test_an_answer_alone_equals_the_answer_in_company,
    contract.test_values_of_many_examples_are_those_one_by_one,
    contract.test_answers_are_kept_whole,
    contract.test_a_masked_label_has_no_gradient,
    contract.test_the_traced_step_equals_autograd_bit_for_bit,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_contract_holds_with_columns(
    check: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system: AnySystem = replace(systems.load("text"), sample=sample)
    monkeypatch.setitem(small_runs.SYSTEMS, "text", system)
    wanted, examples = inspect.signature(check).parameters, system.sample(240, 0)
    given = {"system": system, "examples": examples, "tmp_path": tmp_path, "after": 5}
    if "trained" in wanted:
        given["trained"] = contract.finished(system, examples, tmp_path / "trained")
    if "left" in wanted:
        given["left"] = small_runs.left_by_kills("text", tmp_path / "left", {}, [given["after"]])
    check(**{name: given[name] for name in wanted if name in given})


def test_streamed_it_trains_to_the_same_weights(home: Path, tmp_path: Path) -> None:
    one, other = (
        train(home / "r.csv", tmp_path / place, "by_number", epochs=2, training__batches=place)
        for place in ("memory", "stream")
    )
    assert one.record.weights.read_bytes() == other.record.weights.read_bytes()
