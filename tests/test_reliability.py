"""Nothing lost, nothing let in: a small part of ``python -m benchmarks reliability``, and the parts
themselves, held to what they must see.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from benchmarks import chromium
from benchmarks.reliability import at_once, browser, cases, disk, fuzz, kills
from benchmarks.reliability.comparing import compare
from benchmarks.reliability.kills import Peace
from benchmarks.reliability.zygote import Zygote

KILLS = 8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reliability")


@pytest.fixture(scope="module")
def zygote(folder: Path) -> Iterator[Zygote]:
    cache = {"NETWRIGHT_CACHE": str(folder / "cache")}
    with Zygote(cache, first="tests.hurried:hurry") as found:
        yield found


@pytest.fixture(scope="module")
def peace(zygote: Zygote, folder: Path) -> Peace:
    """Small, with dropout, and twice the same."""
    found = kills.in_peace(zygote, cases.small(), folder / "peace")
    assert found.again.equal, str(found.again)
    return found


# --- kills


def test_a_process_is_forked_printed_killed_and_waited_for(zygote: Zygote, folder: Path) -> None:
    shown = zygote.start(["ladder", "train=0.1/100", "dev=0.2/100"], folder / "shown")
    assert shown.wait() == 0 and "20.0%" in shown.printed
    wrong = zygote.start(["ladder", "dev=x"], folder / "wrong")
    assert wrong.wait() == 2 and wrong.printed.startswith("netwright: ")
    sleeps = zygote.start([signal.SIGUSR1], folder / "sleeps", function="signal:sigwait")
    assert sleeps.wait(0.01) is None
    sleeps.send(signal.SIGKILL)
    assert sleeps.wait() == -signal.SIGKILL


def test_trainings_killed_at_random_end_as_if_nothing_had_happened(
    zygote: Zygote, peace: Peace, folder: Path
) -> None:
    found = list(kills.chains(zygote, [peace], folder / "kills", KILLS, seed=1))
    assert sum(chain.kills for chain in found) == KILLS
    wrong = [f"{chain.comparison}{''.join(chain.troubles)}" for chain in found if not chain.good]
    assert not wrong, "\n".join(wrong)


def _drop(run: Path) -> None:
    (run / "report.html").unlink()


def _left(run: Path) -> None:
    (run / ".run.json.abcdefgh").write_text("{")


def _other_weights(run: Path) -> None:
    content = bytearray((run / "net.safetensors").read_bytes())
    content[-1] ^= 1
    (run / "net.safetensors").write_bytes(bytes(content))


def _another(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        text = (run / name).read_text()
        assert old in text
        (run / name).write_text(text.replace(old, new, 1))

    return change


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (_drop, "missing: report.html"),
        (_left, "left over: .run.json.abcdefgh"),
        (_other_weights, "differs: net.safetensors:"),
        (_another("run.json", '"status": "complete"', '"status": "running"'), "run.json:status"),
        (_another("recipe.yaml", "dropout: 0.3", "dropout: 0.2"), "recipe.yaml:model.dropout"),
        (_another("report.html", "</h1>", " </h1>"), "report.html:"),
        (_another("events.jsonl", '"complete"', '"tweak"'), "events:"),
        (_another("curves.csv", ",", ",1"), "curves.csv:"),
    ],
)
def test_the_comparison_sees(
    change: Callable[[Path], None], seen: str, peace: Peace, tmp_path: Path
) -> None:
    copy, other = (tmp_path / store / "runs" / peace.run.name for store in ("here", "there"))
    for place in (copy, other):
        shutil.copytree(peace.run, place)
    assert compare(copy, other).equal
    change(copy)
    assert seen in str(compare(copy, other))


# --- disks, and several at once


def test_on_a_full_disk_it_is_one_sentence_and_goes_on_once_there_is_room(
    zygote: Zygote, peace: Peace, folder: Path
) -> None:
    try:
        found = disk.full(zygote, peace, folder / "full", 2)
    except OSError as error:
        pytest.skip(f"no disk of our own here: {error}")
    assert not [line for trial in found for line in trial.troubles]


def test_of_two_that_go_on_with_a_run_one_does(zygote: Zygote, peace: Peace, folder: Path) -> None:
    assert not at_once.two_resumes(zygote, peace, folder / "resumes").troubles


# --- damaged input


def test_damaged_input_is_tried_in_processes_of_their_own(zygote: Zygote, folder: Path) -> None:
    found = fuzz.fuzz(zygote, "command lines", folder / "fuzz", 5, seed=3)
    assert found.inputs == 5 and not found.faults


def test_a_process_that_dies_on_its_input_is_counted(zygote: Zygote, folder: Path) -> None:
    found = fuzz.fuzz(zygote, "no such kind", folder / "dies", 1, seed=0)
    assert found.inputs == 1 and "died with exit code" in next(iter(found.faults))


# --- a browser


@pytest.mark.skipif(chromium.FOUND is None, reason="no browser here: apt-get install chromium")
def test_no_script_of_a_stranger_runs(zygote: Zygote, folder: Path) -> None:
    *reports, control = browser.pages(zygote, folder / "browser")
    assert control.ran
    assert len(reports) == 4 and not any(page.ran for page in reports)
