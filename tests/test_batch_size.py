"""Batch sizes: memory that is measured, the largest that fits, what is advised."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
import torch

import netwright as nw
import small_runs
from netwright.api.batch_sizes import bytes_of
from netwright.base.errors import NetwrightError, RecipeError
from netwright.training.probes import memory
from netwright.training.probes.batch_sizes import Measured, choose
from netwright.training.probes.fit_memory import find

pytestmark = pytest.mark.usefixtures("no_reports")

CPU = torch.device("cpu")
MB = 10**6


def test_a_peak_is_what_the_work_held_at_once() -> None:
    def work() -> None:
        first = torch.ones(20 * MB // 4)
        second = first + 1
        del first, second
        torch.ones(10 * MB // 4)

    taken = memory.peak(work, 1000 * MB, CPU)
    assert taken is not None and 39 * MB < taken < 52 * MB


def test_what_takes_too_much_ends_the_child_alone() -> None:
    assert memory.peak(lambda: torch.ones(10**9), 100 * MB, CPU) is None  # refused by the limit
    assert memory.peak(lambda: torch.ones(50 * MB // 4), 40 * MB, CPU) is None  # over it
    # as the system does it
    assert memory.peak(lambda: os.kill(os.getpid(), signal.SIGKILL), 40 * MB, CPU) is None


def test_work_that_fails_for_another_reason_names_it() -> None:
    with pytest.raises(NetwrightError, match="shapes cannot be multiplied"):
        memory.peak(lambda: torch.ones(2, 3) @ torch.ones(2, 3), 100 * MB, CPU)


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    for place, limit in ((folder, "max"), (tmp_path / "a", "1000")):
        (place / "memory.max").write_text(limit)
        (place / "memory.current").write_text("400")
        (place / "memory.stat").write_text("anon 300\ninactive_file 100\n")
    own = tmp_path / "cgroup"
    own.write_text("0::/a/b\n")
    assert memory._container(tmp_path, own) == [700]  # 1000 - 400 + the page cache that can go


@pytest.mark.parametrize("count", [5, 90, 3000, 10**6])
@pytest.mark.parametrize("bound", [1_100, 20_000, 777_777])
@pytest.mark.parametrize("seen", [True, False], ids=["measured", "refused"])
def test_the_largest_batch_is_found_to_three_percent_in_few_trials(
    count: int, bound: int, seen: bool
) -> None:
    def peak(size: int) -> int | None:
        taken = 1000 + 7 * size
        return taken if seen or taken <= bound else None

    exact = min(count, (bound - 1000) // 7)
    size, trials = find(peak, bound, count)
    assert size <= exact and size >= exact * (1 - 1 / 32) - 8
    assert len(trials) <= 18


def test_a_bound_under_one_example_is_refused() -> None:
    with pytest.raises(RecipeError, match="one example takes more than"):
        find(lambda size: 100 * size, 99, 1000)


def rows_of(count: int, **rates: float) -> list[Measured]:
    return [
        Measured(int(n[1:]), int(n[1:]) / rate, 1, -(-count // int(n[1:])))
        for n, rate in rates.items()
    ]


@pytest.mark.parametrize(
    ("count", "rates", "advised"),
    [
        # saturated
        (100_000, {"b16": 500, "b32": 900, "b64": 1000, "b128": 1010, "b256": 1020}, 64),
        (100_000, {"b64": 1000, "b128": 2000, "b256": 4000, "b512": 7000, "b1024": 9999}, 512),
        (3_000, {"b16": 1000, "b32": 2000, "b64": 4000, "b128": 8000}, 64),  # 30 steps an epoch
        (100, {"b16": 1000, "b32": 2000, "b100": 9000}, 16),
    ],
)
def test_the_advice_weighs_examples_a_second_against_steps(
    count: int, rates: dict[str, float], advised: int
) -> None:
    assert choose(rows_of(count, **rates), count)[0] == advised


def test_few_examples_get_the_advice_of_the_notes() -> None:
    assert (
        "whole split, 1,000, as one batch" in choose(rows_of(1000, b16=1000, b32=2000), 1000)[1][-1]
    )


def test_a_size_in_words_is_bytes() -> None:
    assert bytes_of("500MB") == 500 * MB and bytes_of("2GiB") == 2 * 2**30 and bytes_of(7) == 7
    for wrong in ("3potato", "-1MB", "0", ""):
        with pytest.raises(RecipeError, match="for example 500MB"):
            bytes_of(wrong)


def test_a_training_takes_the_largest_batch_and_its_messages_name_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = nw.largest_batch("digits8", model="mlp", memory="4MB")
    assert 16 <= found.size < found.count and len(found.trials) > 3
    monkeypatch.setattr(memory, "available", lambda device: 6 * MB)
    run = nw.train(
        "digits8", model="mlp", epochs=1, set={"training.batch_size": "largest"}, store=tmp_path
    )
    size = run.recipe.training.batch_size
    assert isinstance(size, int) and 16 <= size <= found.count
    assert any("the largest batch is" in line for line in run.info["messages"])
    assert any("the learning rate stays" in line for line in run.info["messages"])


def test_two_processes_find_the_largest_batch_of_mixed_examples(tmp_path: Path) -> None:
    """The main process tries steps alone: it asks the other for no partners of a mixed batch, which
    would never answer.
    """
    changes = {"augment.mixup": 0.5, "training.batch_size": "largest", "training.epochs": 1}
    run = small_runs.by_two("classifier", tmp_path / "two", changes)
    assert run.info()["status"] == "complete"


def test_what_needs_a_number_refuses_largest() -> None:
    with pytest.raises(RecipeError, match="known only once a training begins"):
        nw.schedule(source="digits8", set={"training.batch_size": "largest"})
