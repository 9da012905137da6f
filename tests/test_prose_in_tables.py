"""Sentences in a table are no categories: a system of rows leaves them out and says so, that of
texts reads them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import netwright as nw
from netwright.base.errors import DataError
from netwright.cli.main import main
from netwright.contract import ColumnForm, ReadOptions, Source
from netwright.data.tables import to_examples
from netwright.data.tables.cells.repeated import Cells
from netwright.data.tables.judging.variety import Variety

pytestmark = pytest.mark.usefixtures("no_reports")

WORDS = [
    "a",
    "quiet",
    "house",
    "near",
    "the",
    "old",
    "sea",
    "road",
    "with",
    "dark",
    "rooms",
    "and",
    "one",
    "sunny",
    "garden",
]
ROWS = 300


def sentences(count: int = ROWS, words: int = 9, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, words)) for _ in range(count)]


def table(count: int = ROWS, **columns: Any) -> pl.DataFrame:
    rng = np.random.default_rng(1)
    rooms = rng.integers(1, 8, count)
    return pl.DataFrame(
        {
            "rooms": rooms,
            "advert": sentences(count),
            **columns,
            "price": rooms * 10 + rng.normal(size=count).round(2),
            "sold": rng.choice(["yes", "no"], count),
        }
    )


def parted_by_no_blank(different: int) -> list[list[str]]:
    """Columns of many small words that are no sentences, ``different`` values of each."""
    ways = (
        "https://www.shop.example.com/en/garden/tools/item-{}?source=mail&medium=x",
        "/var/log/app/server/east/node/run{}.log",
        "jane.doe{}@mail.example.co.uk",
        "the-red-shoe-with-a-long-heel-{}.jpeg",
        "user_of_the_old_shop_{}",
    )
    return [[way.format(at * 7 % different) for at in range(ROWS)] for way in ways]


def described(frame: pl.DataFrame, path: Path, *ways: str) -> dict[str, Any]:
    """What ``netwright data`` finds, by code, and the kinds of the columns."""
    import contextlib
    import io
    import json

    frame.write_csv(path / "t.csv")
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main(["data", str(path / "t.csv"), *ways, "--json"])
    found = json.loads(said.getvalue())
    kinds = {one["name"]: one["kind"] for one in found["columns"]}
    return {
        "kinds": kinds,
        "system": found["system"],
        **{one["code"]: one for one in found["findings"]},
    }


def test_beside_a_number_prose_is_left_out_and_said(tmp_path: Path) -> None:
    frame = table()
    found = described(frame, tmp_path, "--target", "price")
    assert found["kinds"]["advert"] == "left out" and found["kinds"]["rooms"] == "number"
    told = found["NW238"]
    assert told["figures"]["column"] == "advert"
    assert told["figures"]["different"] == frame["advert"].n_unique()
    assert frame["advert"][0][:40] in told["message"]
    assert not any("--system text" in do for do in told["do"])  # it learns labels alone
    ignored = described(frame, tmp_path, "--target", "price", "--ignore", "advert")
    assert "NW238" not in ignored


def test_beside_a_label_the_text_system_reads_it_and_nothing_is_said(tmp_path: Path) -> None:
    found = described(table(), tmp_path, "--target", "sold")
    assert found["kinds"]["advert"] == "prose" and "NW238" not in found


def test_other_prose_beside_the_text_is_said_to_be_left_out(tmp_path: Path) -> None:
    frame = table(title=sentences(words=4, seed=1)).drop("price")
    found = described(frame, tmp_path, "--target", "sold")
    assert found["kinds"]["advert"] == "prose" and found["kinds"]["title"] == "left out"
    assert found["NW238"]["figures"]["column"] == "title"
    run = nw.train(frame, target="sold", epochs=1, store=tmp_path)
    assert run.codec.beside.names == ["rooms"]
    told = run.record.json("data.json")["findings"]
    assert [one["figures"]["column"] for one in told if one["code"] == "NW238"] == ["title"]
    assert len(run.predict(frame.drop("sold", "title").head(3))) == 3


@pytest.mark.parametrize(
    ("way", "column"), [((), "advert"), (("--set", "data.text_column=title"), "title")]
)
def test_data_says_which_system_would_train(
    way: tuple[str, ...], column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = table(title=sentences(words=4, seed=1)).drop("price")
    found = described(frame, tmp_path, "--target", "sold", *way)
    assert found["system"] == "text" and found["kinds"][column] == "prose"
    notes: list[str] = []
    dotted = {"data.text_column": column} if way else {}
    nw.train(frame, target="sold", epochs=1, store=tmp_path, set=dotted, log=notes.append)
    main(["data", str(tmp_path / "t.csv"), "--target", "sold", *way])
    (line,) = (one for one in notes if one.startswith("system text: "))
    assert line in " ".join(capsys.readouterr().out.split())
    assert described(frame, tmp_path, "--system", "classifier")["system"] is None


@pytest.mark.parametrize(("every", "system"), [(10, "classifier"), (4, "classifier"), (1, "text")])
def test_texts_that_most_rows_lack_make_no_table_of_texts(
    every: int, system: str, tmp_path: Path
) -> None:
    """Not even where the first rows have one."""
    texts = [one if at < 50 or at % every == 0 else None for at, one in enumerate(sentences())]
    frame = table(advert=texts).drop("price")
    run = nw.train(frame, target="sold", epochs=1, store=tmp_path)
    assert run.info["system"] == system
    if system == "classifier":
        found = described(frame, tmp_path, "--target", "sold", "--system", "text")
        assert "--system classifier" in found["NW218"]["do"][0]
        assert "NW218" not in described(frame, tmp_path, "--target", "sold")


def test_one_row_in_ten_may_lack_its_text(tmp_path: Path) -> None:
    texts = [None if at % 10 == 5 else one for at, one in enumerate(sentences())]
    found = described(table(advert=texts).drop("price"), tmp_path, "--target", "sold")
    assert found["system"] == "text"
    assert "--system classifier" in found["NW218"]["do"][0]


def test_texts_that_come_again_beside_other_columns_are_no_equal_inputs(tmp_path: Path) -> None:
    texts = sentences()
    texts[1] = texts[0]
    frame = table(advert=texts, at=[at * 1.5 for at in range(ROWS)]).drop("price")
    frame = frame.with_columns(sold=pl.Series([("yes", "no")[at % 2] for at in range(ROWS)]))
    found = described(frame, tmp_path, "--target", "sold")
    assert "1 of 300 examples have the same text as another one" in found["NW202"]["message"]
    assert "with different labels and the same text, first t.csv:2" in found["NW217"]["message"]
    assert "no model" not in found["NW217"]["do"][0]
    rows = described(frame, tmp_path, "--target", "sold", "--system", "classifier")
    assert "NW202" not in rows and "NW217" not in rows


def test_where_nothing_is_beside_them_any_may_lack(tmp_path: Path) -> None:
    texts = [one if at % 3 == 0 else None for at, one in enumerate(sentences())]
    alone = table(advert=texts).select("advert", "sold")
    found = described(alone, tmp_path, "--target", "sold")
    assert found["system"] == "text" and found["kinds"]["advert"] == "prose"
    assert not any("classifier" in do for do in found["NW218"]["do"])  # nothing is beside it


def test_who_asks_for_rows_is_told_who_reads_texts(tmp_path: Path) -> None:
    found = described(table(), tmp_path, "--target", "sold", "--system", "classifier")
    assert found["kinds"]["advert"] == "left out"
    assert "--system text --set data.text_column=advert" in found["NW238"]["do"][0]


def test_the_net_does_without_it_and_so_do_later_rows(tmp_path: Path) -> None:
    frame = table().drop("sold")
    run = nw.train(frame, target="price", epochs=1, store=tmp_path)
    assert run.codec.encoder.names == ["rooms"]
    assert "NW238" in [one["code"] for one in run.record.json("data.json")["findings"]]
    alone = run.predict(frame.select("rooms").head(5))
    whole = run.predict(frame.drop("price").head(5))
    assert [one.value for one in alone] == [one.value for one in whole]


def test_the_text_system_trains_on_short_phrases_when_asked(tmp_path: Path) -> None:
    frame = table(advert=sentences(words=4)).drop("price")
    run = nw.train(frame, target="sold", system="text", epochs=1, store=tmp_path)
    assert run.codec.column == "advert" and run.codec.beside.names == ["rooms"]


def test_a_mute_silences_it(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text("mute: [NW238]\n")
    frame = table().drop("sold")
    run = nw.train(frame, target="price", epochs=1, store=tmp_path / "runs")
    assert "NW238" not in [one["code"] for one in run.record.json("data.json")["findings"]]


def test_who_knows_better_has_categories(tmp_path: Path) -> None:
    way = ("--set", "data.columns={advert: category}")
    found = described(table(), tmp_path, "--target", "price", *way)
    assert found["kinds"]["advert"] == "words" and "NW238" not in found and "NW239" not in found


@pytest.mark.parametrize(("target", "hint"), [("price", ""), ("sold", "--system text")])
def test_prose_alone_is_refused_by_systems_of_rows(target: str, hint: str) -> None:
    frame = table().select("advert", target)
    system = "classifier" if target == "sold" else None
    with pytest.raises(DataError, match="prose alone") as refused:
        nw.train(frame, target=target, epochs=1, system=system)
    assert hint in str(refused.value) and "data.columns={advert: category}" in str(refused.value)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (sentences(words=5), "NW238"),
        ([f"item {at} of the list" for at in range(ROWS)], "NW238"),
        ([f"part {at}" for at in range(ROWS)], "NW238"),  # a small word, and no two alike
        ([f"A/{at * 7 % 251}" for at in range(ROWS)], "NW239"),
        ([f"Smith, Ann {at * 7 % 251}" for at in range(ROWS)], "NW239"),
        ([f"AX{at}" for at in range(ROWS)], "NW230"),
        ([one.upper() for one in sentences(words=12)], "NW238"),
        ([f"ANN MARIE SMITH, {at * 7 % 251} OLD ROAD" for at in range(ROWS)], "NW239"),
        ([f"SMITH, ANN {at}" for at in range(ROWS)], "NW230"),
        *((links, "NW230") for links in parted_by_no_blank(ROWS)),
        *((links, "NW239") for links in parted_by_no_blank(251)),
        ([f"Smith {at % 40}" for at in range(ROWS)], None),
        ([("a quiet house by the sea", "a dark room")[at % 2] for at in range(ROWS)], None),
        ([f"x{at % 49}" if at < 60 else None for at in range(ROWS)], None),  # too few to matter
    ],
)
def test_what_a_column_of_words_is_taken_for(
    words: list[str], code: str | None, tmp_path: Path
) -> None:
    found = described(table(advert=words), tmp_path, "--target", "price")
    assert {one for one in found if one in ("NW230", "NW238", "NW239")} == {code} - {None}


def test_many_categories_that_come_again_are_none_of_it() -> None:
    """The first rows of a large table hold most of them once: all rows are counted."""
    rng = np.random.default_rng(0)
    look = Variety()
    values = pl.Series([f"the kind {at}" for at in rng.integers(0, 3000, 20_000)])
    for start in range(0, len(values), 2500):
        look.look(Cells(values[start : start + 2500]))
    assert look.hashes is not None and look.different == 0 and not look.is_prose


def test_the_target_is_never_prose(tmp_path: Path) -> None:
    frame = table().select("rooms", "price", pl.Series("kind", sentences(words=4)))
    found = described(frame, tmp_path, "--target", "kind")
    assert "NW238" not in found and "NW239" not in found


def test_by_place_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    table(3000).write_csv(tmp_path / "t.csv")
    source = Source("table", str(tmp_path / "t.csv"), "", ReadOptions(target="price"))
    held, kept = (to_examples.read_table(source, memory=most) for most in (2**31, 2**17))
    assert held.columns == kept.columns and held.columns["advert"].kind == "prose"
    assert held.examples.inputs.prose == kept.examples.inputs.prose == ("advert",)
    assert kept.examples.inputs.take([3, 1]).drop(["rooms"]).prose == ("advert",)
    assert held.examples.inputs.only(["rooms"]).prose == ()


def test_runs_of_before_keep_what_was_a_category(tmp_path: Path) -> None:
    table().drop("sold").write_csv(tmp_path / "t.csv")
    before = {name: ColumnForm("words") for name in ("advert",)} | {
        name: ColumnForm("number") for name in ("rooms", "price")
    }
    options = ReadOptions(target="price", columns=before)
    reading = to_examples.read_table(Source("table", str(tmp_path / "t.csv"), "", options))
    assert reading.examples.inputs.prose == () and reading.columns["advert"].kind == "words"
