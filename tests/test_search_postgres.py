"""Searches in a real PostgreSQL server, started here: in a temporary folder, on a Unix socket
only.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.reliability.postgres import Server, programs

import netwright as nw
from netwright import api
from netwright.base.errors import NetwrightError
from netwright.searching.storage import postgres
from netwright.searching.study import last_round
from test_search import QUICK, RATES, beside, hangs, leads_and_refuses, wait_until

PROGRAMS = programs()

try:
    import psycopg  # noqa: F401

    DRIVER = True
except ImportError:
    DRIVER = False

pytestmark = [
    pytest.mark.usefixtures("no_pictures"),
    pytest.mark.skipif(PROGRAMS is None, reason="no PostgreSQL here: apt-get install postgresql"),
    pytest.mark.skipif(not DRIVER, reason="no driver here: pip install 'netwright[postgres]'"),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of an empty database."""
    with Server() as server:
        yield server.url


def test_several_workers_make_each_trial_once(url: str, tmp_path: Path) -> None:
    given: dict[str, Any] = {
        **QUICK,
        "space": RATES,
        "sampler": "random",
        "storage": url,
        "store": tmp_path,
    }
    done = nw.search("digits8", **given, trials=4, workers=2, name="several")
    assert sum(row.state == "complete" for row in done.rows) == 4
    assert all(row.state in ("complete", "lost") for row in done.rows), (
        "at most a surplus trial was withdrawn"
    )
    assert (done.folder / "report.html").exists()
    more = api.join("several", trials=5, storage=url, store=tmp_path)
    assert sum(row.state == "complete" for row in more.rows) == 5
    with pytest.raises(NetwrightError, match="there is a search 'several' with another space"):
        nw.search("digits8", **{**given, "space": {"optimizer.lr": [0.01, 0.02]}}, name="several")


def test_a_killed_workers_trial_is_tried_again_when_it_was_silent_for_long(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = postgres.open_url(url)

    def taken() -> bool:
        try:
            return any(row.values for row in last_round(place, "hangs").rows())
        except NetwrightError:
            return False

    with beside(hangs, tmp_path, url):
        wait_until(taken)
    monkeypatch.setattr(postgres, "BEAT", 1)
    monkeypatch.setattr(postgres, "SILENCE", 2)
    done = api.join("hangs", storage=url, store=tmp_path)
    assert [row.number for row in done.rows if row.state == "lost"] == [0]
    (again,) = [row for row in done.rows if row.again]
    assert again.values == done.rows[0].values
    assert sum(row.state == "complete" for row in done.rows) == 3


def test_one_process_leads_until_it_ends_and_who_joins_goes_on_then(
    url: str, tmp_path: Path
) -> None:
    one, other = postgres.open_url(url), postgres.open_url(url)
    with one.leading("a") as first, other.leading("a") as second, other.leading("b") as third:
        assert (first, second, third) == (True, False, True)
    with other.leading("a") as again:
        assert again

    def taken() -> bool:
        try:
            return any(row.values for row in last_round(one, "led").rows())
        except NetwrightError:
            return False

    with beside(leads_and_refuses, tmp_path, url):
        wait_until(taken)
        with one.leading("led") as ours:
            assert not ours
    done = api.join("led", storage=url, store=tmp_path)
    assert [
        sum(row.round == number and row.state == "complete" for row in done.rows)
        for number in (1, 2)
    ] == [5, 4]
    assert done.rounds[1].space != done.rounds[0].space  # the one that would have refused is gone


def test_names_that_are_not_there(url: str, tmp_path: Path) -> None:
    with pytest.raises(NetwrightError, match="no search 'nothing' in postgresql"):
        api.join("nothing", storage=url, store=tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        "postgresql://tester:secret@/postgres?host=/tmp/no-such-folder",
        "postgresql://tester:secret@127.0.0.1:1/postgres?connect_timeout=2",
    ],
)
def test_a_storage_that_cannot_be_reached_is_one_sentence_without_its_password(
    wrong: str, tmp_path: Path
) -> None:
    with pytest.raises(NetwrightError, match=r"^[^\n]+$") as refused:
        nw.search("digits8", **QUICK, storage=wrong, store=tmp_path)
    assert "cannot be reached" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_database_that_is_not_there_is_named(url: str, tmp_path: Path) -> None:
    with pytest.raises(
        NetwrightError, match=r'cannot be reached.*database "nowhere" does not exist'
    ):
        nw.search(
            "digits8", **QUICK, storage=url.replace("/postgres?", "/nowhere?"), store=tmp_path
        )
