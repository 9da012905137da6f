"""Classes of any name, from folders and from tables: trained, shown, reported, answered."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import netwright as nw
from netwright.cli.main import main

NAMES = [
    " leading and trailing ",
    "-leading-dash",
    "--set",
    "Žluťoučký kůň",
    "猫",
    "🐈‍⬛",
    "مرحبا",
    "tab\there",
    "line\nbreak",
    "bell\x07 and \x1b[31mred\x1b[0m",
    "<script>alert(1)",
    "=1+1",
    "a,b;c|d",
    'quote"quote',
    "it's",
    "[bold]rich",
    "{x}",
    "%s",
    "null",
    "nan",
    "1e3",
    "x" * 200,
    "__init__",
    "COM1",
    "\u202eright to left",
    "e\u0301",
    "\u00e9",
]
"""The last two look the same, and are two."""

NO_FOLDERS = {"nan", "null"}


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: Any) -> str:
        capsys.readouterr()
        main([str(word) for word in words])
        return capsys.readouterr().out

    return run


def folders(place: Path, names: list[str]) -> Path:
    rng = np.random.default_rng(0)
    for name in names:
        (place / name).mkdir(parents=True)
        for at in range(4):
            Image.fromarray(rng.integers(0, 256, (6, 6), dtype=np.uint8)).save(
                place / name / f"{at}.png"
            )
    return place


def clean(text: str) -> bool:
    """Whether a terminal is given nothing that moves it."""
    return not any(one in text for one in ("\x1b[31m", "\x07", "\u202e"))


def test_folders_of_any_name(tmp_path: Path, shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    source, store = folders(tmp_path / "pets", NAMES), tmp_path / "runs"
    found = json.loads(shell("data", source, "--json"))
    assert set(found["classes"]) == set(NAMES)
    assert clean(shell("data", source))
    assert clean(shell("train", source, "--epochs", 1, "--model", "linear", "--store", store))
    run = nw.open("last", store=store)
    assert set(run.codec.classes) == set(NAMES)
    page = run.report.read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    assert clean(shell("show", "last", "--store", store))
    first = source / NAMES[8] / "0.png"
    assert clean(shell("predict", "last", first, "--store", store))
    answered = json.loads(shell("predict", "last", source, "--json", "--store", store))
    assert len(answered) == 4 * len(NAMES)
    assert {one["label"] for one in answered} <= set(NAMES)
    assert set(answered[0]["probabilities"]) == set(NAMES)
    text = shell("predict", "last", first, "--csv", "--store", store)
    head, _ = csv.reader(io.StringIO(text, newline=""))
    assert len(head) > len(NAMES)
    figures = json.loads(shell("evaluate", "last", source, "--json", "--store", store))
    assert figures["measures"]["error"]["n"] == 4 * len(NAMES)


def test_labels_of_any_name_in_tables(tmp_path: Path, shell: Any) -> None:
    names = [name for name in NAMES if name not in NO_FOLDERS]
    labels = [names[at % len(names)] for at in range(6 * len(names))]
    frame = pl.DataFrame({"a": range(len(labels)), "y": labels})
    frame.write_parquet(tmp_path / "t.parquet")
    store = tmp_path / "runs"
    said = shell(
        *("train", tmp_path / "t.parquet", "--target", "y", "--epochs", 1, "--model", "linear"),
        *("--store", store),
    )
    assert clean(said) and clean(shell("show", "last", "--store", store))
    run = nw.open("last", store=store)
    assert set(run.codec.classes) == set(names)
    assert len(run.predict(str(tmp_path / "t.parquet"))) == len(labels)
    assert run.evaluate(split="test")["error"]["n"] > 0


@given(
    names=st.lists(
        st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0/"),
            min_size=1,
            max_size=20,
        ),
        min_size=2,
        max_size=4,
        unique=True,
    )
)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_a_class(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    from netwright.data import classes

    folder = tmp_path_factory.mktemp("any")
    x = np.random.default_rng(0).normal(size=(8 * len(names), 2))
    pair = (x, [names[at % len(names)] for at in range(len(x))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("netwright.report.html_page.write_of", lambda *run, **how: None)
        run = nw.train(pair, model="linear", epochs=1, store=folder)
    again = nw.open(run.id, store=folder)
    assert set(again.codec.classes) == set(names)
    assert {one.label for one in again.predict(x)} <= set(names)
    assert classes.like_named(names) is not None
