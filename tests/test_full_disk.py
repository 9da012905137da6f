"""Whatever writes a file, we or a library, a full disk is the one sentence that says so."""

from __future__ import annotations

import contextlib
import random
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import toy_answers
from netwright.base import files
from netwright.base.errors import NetwrightError
from netwright.base.parquet.write import replacing_by_polars
from netwright.base.paths import Inside
from netwright.contract import Examples
from netwright.runs import to_tensorboard
from netwright.runs.answers import predictions
from netwright.runs.record import Record
from netwright.searching.storage import journal_file
from netwright.training.recording import tensor_file
from toy_answers import Sentence

ROWS = 5_000
NAMES = [f"{random.Random(at).getrandbits(64):016x}" for at in range(ROWS)]
EXAMPLES = Examples([None] * ROWS, [None] * ROWS, NAMES, NAMES)
SENTENCES = toy_answers.SYSTEMS["sentences"]


@contextlib.contextmanager
def a_file_may_hold(size: int) -> Iterator[None]:
    """What stands for a disk with so much room: the system refuses to make a file any longer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def splits(folder: Path) -> None:
    Record(folder).write_splits(EXAMPLES, ["train"] * ROWS)


def answers(folder: Path) -> None:
    place, given = Inside(folder, "predictions/dev.parquet"), [Sentence(name, ()) for name in NAMES]
    predictions.write(place, SENTENCES, EXAMPLES, given, [0.5] * ROWS)


def tensors(folder: Path) -> None:
    tensor_file.write(Inside(folder, "net.safetensors"), {"w": torch.zeros(50_000)}, None)


def text(folder: Path) -> None:
    files.write_text(Inside(folder, "report.html"), "x" * 100_000)


def lines(folder: Path) -> None:
    for _ in range(1_000):
        Record(folder).event("tweak", words="x" * 200)


def trials(folder: Path) -> None:
    study_of(folder).set_user_attr("plan", "x" * 100_000)


def study_of(folder: Path) -> Any:
    import optuna

    storage = journal_file.open_file(folder / "search").optuna
    return optuna.create_study(storage=storage, study_name="s", load_if_exists=True)


WRITERS = [splits, answers, tensors, text, lines, trials]


@pytest.mark.parametrize("room", [0, 100, 20_000])
@pytest.mark.parametrize("write", WRITERS)
def test_it_is_one_sentence_and_nothing_half_written(
    write: Callable[[Path], None], room: int, tmp_path: Path
) -> None:
    with a_file_may_hold(room), pytest.raises(NetwrightError) as refused:
        write(tmp_path)
    said = str(refused.value)
    assert str(tmp_path) in said and "could not be written: " in said
    assert "File too large" in said or "No space left on device" in said
    assert "\n" not in said
    whole = [path for path in tmp_path.rglob("*") if path.suffix in (".parquet", ".safetensors")]
    assert not whole
    write(tmp_path)


def test_what_polars_refuses_for_another_reason_is_no_full_disk(tmp_path: Path) -> None:
    import polars as pl

    with pytest.raises(pl.exceptions.ColumnNotFoundError), replacing_by_polars(tmp_path / "x"):
        pl.DataFrame({"a": [1]}).select("b")


def test_a_line_of_a_search_that_did_not_fit_spoils_none_that_follows(tmp_path: Path) -> None:
    """Those who hold the file open go on with it."""
    one, two = study_of(tmp_path), study_of(tmp_path)
    journal = tmp_path / "search" / journal_file.TRIALS
    with (
        a_file_may_hold(journal.stat().st_size + 30),
        pytest.raises(NetwrightError, match="File too large"),
    ):
        one.set_user_attr("lost", "x" * 1_000)
    assert not journal.read_bytes().endswith(b"\n"), "half of it is there"
    two.set_user_attr("kept", 1)
    assert one.user_attrs == two.user_attrs == study_of(tmp_path).user_attrs == {"kept": 1}


def test_the_curves_for_tensorboard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboard")

    class Row:
        step = 1

        def as_dict(self) -> dict[str, float]:
            return {f"figure {at}": 0.5 for at in range(1_000)}

    monkeypatch.setattr(Record, "curves", lambda record: [Row()])
    with (
        a_file_may_hold(2_000),
        pytest.raises(NetwrightError, match=r"--tensorboard .* \(File too large\)"),
    ):
        to_tensorboard.to_tensorboard(Record(tmp_path / "run"), tmp_path)
    assert not capsys.readouterr().err
