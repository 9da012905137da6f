"""A finished run that a stranger changed: every verb says one clear sentence that names the file,
or does its work; no traceback, no hang, nothing touched outside the run.

Here a sample of what ``benchmarks/hostile`` knows.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.hostile import attack, files, targets
from benchmarks.hostile.attack import RUN, STORE, VERBS, Target
from benchmarks.hostile.files import Mutation

import netwright as nw
from netwright.base.errors import RunError
from netwright.base.paths import Inside
from netwright.runs import contents

pytestmark = pytest.mark.usefixtures("whole_pictures")

SAMPLE = 8
"""Pairs of a change and a verb, of each kind of run."""

KINDS = ("rows", "images", "texts")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Target]:
    """Each kind of run, trained once."""
    known: dict[str, Target] = {}

    def make(name: str) -> Target:
        if name not in known:
            known[name] = targets.make(name, tmp_path_factory.mktemp(name))
        return known[name]

    return make


@pytest.mark.parametrize("name", KINDS)
def test_changes_drawn_at_random(name: str, made: Callable[[str], Target], tmp_path: Path) -> None:
    found = attack.attack(made(name), tmp_path / "place", sample=SAMPLE, seed=13)
    assert not [str(failure) for failure in found]


def changing(name: str, **values: Any) -> Mutation:
    """A JSON file with other values at its top."""

    def apply(run: Path) -> None:
        path = run / name
        held = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**held, **values}), encoding="utf-8")

    return Mutation(name, str(values)[:50], apply)


def found(target: Target, file: str, what: str) -> Mutation:
    """The change of ``benchmarks/hostile`` that is called so."""
    return next(one for one in files.mutations_of(target.run, file) if one.what.startswith(what))


RECORDED: list[tuple[str, str, str, str]] = [
    ("rows", "measures.json", "dev.error = zero", "runs"),
    ("rows", "run.json", "epochs = inf", "runs"),
    ("rows", "curves.csv", "epoch = '0'", "show"),
    ("rows", "curves.csv", "no column step", "repeat"),
    ("rows", "curves.csv", "no column epoch", "repeat"),
    ("rows", "events.jsonl", "deep", "show"),
    ("rows", "events.jsonl", "not UTF-8", "evaluate test"),
    ("rows", "events.jsonl", "a bare tweak", "repeat"),
    ("rows", "events.jsonl", "200,000 lines", "diagnose"),
    ("rows", "run.json", "human_error = a word", "diagnose"),
    ("rows", "run.json", "baseline = a word", "diagnose"),
    ("rows", "run.json", "metric = missing", "diagnose"),
    ("rows", "layers.csv", "step = 'nan'", "diagnose"),
    ("rows", "layers.csv", "3,000 layers", "diagnose"),
    ("rows", "predictions/dev.parquet", "probabilities of text", "diagnose"),
    ("rows", "predictions/dev.parquet", "loss of text", "diagnose"),
    ("rows", "predictions/dev.parquet", "a bomb", "diagnose"),
    ("images", "pictures/worst.json", "0.file = a long text", "diagnose"),
    ("images", "codec.json", "encoder.height = large", "predict"),
    ("images", "codec.json", "encoder.height = minus one", "predict"),
    ("images", "codec.json", "encoder.mu = an empty list", "predict"),
    ("images", "codec.json", "20,000 classes", "predict"),
    ("images", "codec.json", "20,000 classes", "diagnose"),
    ("rows", "checkpoint/state.safetensors", "state: all of it = deep", "go on"),
    ("rows", "checkpoint/state.safetensors", "state: extra.best_epoch = a word", "go on"),
    ("rows", "run.json", "a pipe", "runs"),
    ("rows", "run.json", "a link to /dev/zero", "show"),
    ("rows", "codec.json", "a pipe", "predict"),
]
"""Single changes that once ended in a traceback, a hang or gigabytes: run, file, change, verb."""


@pytest.mark.parametrize(("name", "file", "what", "verb"), RECORDED)
def test_what_once_ended_in_a_traceback(
    name: str, file: str, what: str, verb: str, made: Callable[[str], Target], tmp_path: Path
) -> None:
    target = made(name)
    if file == "run.json" and what.startswith("human_error"):
        change = changing(file, human_error="x")
    else:
        change = found(target, file, what)
    assert attack.tried(target, change, verb, tmp_path / "place") is None


# --- links


REFUSES = [verb for verb in VERBS if verb not in ("runs", "runs --json", "tidy", "remove")]


WITH_LINKS = ("events.jsonl", ".lock", "checkpoint", "predictions", "pictures")


@pytest.mark.parametrize(("at", "verb"), list(enumerate(VERBS)))
def test_a_run_with_a_link_in_it_is_refused_by_name(
    at: int, verb: str, made: Callable[[str], Target], tmp_path: Path
) -> None:
    """What the link leads to stays as it was."""
    target, place = made("images"), tmp_path / "place"
    run, file = place / STORE / RUN, WITH_LINKS[at % len(WITH_LINKS)]
    change = found(target, file, "a link to where it was moved")
    assert attack.tried(target, change, verb, place) is None
    assert run.exists() == (verb != "remove")
    if verb in REFUSES:
        said = attack.call([*VERBS[verb](target), "--store", str(run.parent)])
        assert said.code == 2
        assert f"{run} is not opened: its {file} is a link" in said.err


def test_links_that_lead_to_a_run_are_followed(
    made: Callable[[str], Target], tmp_path: Path
) -> None:
    target = made("rows")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / RUN).symlink_to(target.run)
    (tmp_path / "link").symlink_to(tmp_path / "store")
    run = nw.open(RUN, store=tmp_path / "link")
    assert len(run.predict(target.inputs)) == 150


@pytest.mark.parametrize("name", ["trials.jsonl", ".trials.lock", "workers"])
def test_a_search_with_a_link_in_it_is_refused_by_name(name: str, tmp_path: Path) -> None:
    from netwright.searching.storage import journal_file

    folder, outside = tmp_path / "searches" / "mine", tmp_path / "outside"
    folder.mkdir(parents=True)
    outside.mkdir() if name == "workers" else outside.write_bytes(b"not ours")
    (folder / name).symlink_to(outside)
    with pytest.raises(RunError, match=f"its {name} is a link"):
        journal_file.open_file(folder)
    assert not [*outside.iterdir()] if outside.is_dir() else outside.read_bytes() == b"not ours"


def test_a_worker_that_is_called_like_a_way_out_is_none(tmp_path: Path) -> None:
    from netwright.searching.storage import journal_file

    (tmp_path / "file").touch()
    (tmp_path / "search").mkdir()
    assert not journal_file._lives(Inside(tmp_path / "search", "workers/../../file"))
    assert not journal_file._lives(Inside(tmp_path / "search", f"workers/{tmp_path / 'file'}"))


# --- one damaged run hides no others


@contextlib.contextmanager
def unprivileged() -> Iterator[None]:
    """Not as the administrator, who may read everything."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def store() -> Iterator[Path]:
    """Where anybody may go."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "measures": lambda run: (run / "measures.json").write_text('{"dev": {"error": 3}}'),
    "huge": lambda run: os.truncate(run / "run.json", 2**40),
    "unreadable file": lambda run: (run / "run.json").chmod(0),
    "unreadable folder": lambda run: run.chmod(0),
    "unreadable folder in it": lambda run: (run / "predictions").chmod(0),
    "a link": lambda run: (run / "x").symlink_to("/dev/zero"),
    "a label": lambda run: (run / "label.json").write_text("[" * 10_000),
}


def test_each_damaged_run_is_listed_by_itself(made: Callable[[str], Target], store: Path) -> None:
    names = [f"20260101-00000{at}-net-aaa" for at in range(len(DAMAGES) + 2)]
    for name in names:
        shutil.copytree(made("rows").run, store / name)
        for path in (store / name, *(store / name).rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, 65534, 65534)
    for harm, name in zip(DAMAGES.values(), names[1:], strict=False):
        harm(store / name)
    with unprivileged():
        said = attack.call(["runs", "--store", str(store)])
        rows = attack.call(["runs", "--json", "--store", str(store)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            runs = nw.list_runs(store)
    assert (said.code, said.why, rows.code, rows.why) == (0, None, 0, None)
    # a label that cannot be read takes away its own name alone
    assert [run.id for run in runs] == [names[0], *names[-2:]]
    for path in store.rglob("*"):
        path.chmod(0o700)


# --- what is large and right


def test_a_large_honest_run_opens(made: Callable[[str], Target], tmp_path: Path) -> None:
    """1,000 classes, 2,000 epochs, 8,000 moments of layers, 1,000,000 examples: within seconds."""
    import polars as pl

    run = tmp_path / RUN
    shutil.copytree(made("rows").run, run)
    rows = "\n".join(f"{at},{10 * at},0.5,0.5,0.5" for at in range(1, 2_001))
    (run / "curves.csv").write_text(f"epoch,step,loss,dev_loss,dev_error\n{rows}\n")
    layers = "\n".join(f"{at // 200},layer {at % 200},1,1,0,0" for at in range(8_000))
    (run / "layers.csv").write_text(f"step,layer,rms,gradient,dead,flat\n{layers}\n")
    codec = json.loads((run / "codec.json").read_text())
    codec["classes"] = [f"class {at}" for at in range(1_000)]
    (run / "codec.json").write_text(json.dumps(codec))
    count = 1_000_000
    ids = pl.int_range(count, eager=True).cast(pl.String)
    splits = {"id": ids, "source": ids, "split": pl.repeat("dev", count, eager=True)}
    pl.DataFrame(splits).write_parquet(run / "splits.parquet", row_group_size=16_384)
    read = contents.read(run)
    assert not [name for name in read.missing if name != "predictions/dev.parquet"]
    assert (len(read.curves), len(read.layers)) == (2_000, 8_000)
    assert len(nw.open(RUN, store=tmp_path).record.splits()) == count
