"""A whole training opens each file of its source once, and decodes and encodes each example once.

Opened files and listed folders are counted by Python's audit events, decoded pictures where Pillow
begins to decode, encoded examples by the ids that a codec is given.
"""

from __future__ import annotations

import functools
import gzip
import json
import os
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image, ImageFile

import netwright as nw
import recognize
from netwright import systems
from netwright.cli.main import main
from netwright.data.images.columns import as_array
from netwright.report import html_page
from netwright.systems.classifier.codec import LabelCodec
from netwright.systems.regressor.codec import NumberCodec
from netwright.training.batching import hold
from netwright.training.batching.loader import row_bytes
from netwright.training.batching.memory import InMemory

pytestmark = pytest.mark.usefixtures("no_pictures")

COUNTED = 40
QUICK = {
    "training.batch_size": 8,
    "training.threads": 1,
    "training.precision": "float32",
    "training.layout": "contiguous",
    "model.hidden": [4],
}


@dataclass
class Counts:
    """What was done with the files below a folder.

    Args:
        opened, listed: path -> how often; decoded: digest of the bytes -> how often.
        encoded: id -> how often.
    """

    folder: Path
    opened: Counter[Path] = field(default_factory=Counter)
    listed: Counter[Path] = field(default_factory=Counter)
    decoded: Counter[str] = field(default_factory=Counter)
    encoded: Counter[str] = field(default_factory=Counter)

    def copy(self) -> Counts:
        """As it is now; what a test looks up afterwards does not count."""
        counters = (self.opened, self.listed, self.decoded, self.encoded)
        return Counts(self.folder, *(counter.copy() for counter in counters))


READS = {"open": "opened", "os.scandir": "listed", "os.listdir": "listed"}
"""Audit event -> where it is counted."""

counting: list[Counts] = []


def _count(kind: str, path: Path) -> None:
    for counts in counting:
        if path.is_relative_to(counts.folder):
            getattr(counts, kind)[path] += 1


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if not counting or event not in READS or not isinstance(args[0], str | Path):
        return
    if event == "open" and (args[1] is None or not args[1].startswith("r")):
        return  # by os.open, whose event leaves out which folder the name is in, or to write
    _count(READS[event], Path(args[0]))


@functools.cache
def audited() -> None:
    """From the first test that counts on: a hook stays, and slows all that follows."""
    sys.addaudithook(_audit)


def _os_open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
    """``os.open``; a file that it opens to be read is counted where it lies, links followed."""
    handle = os_open(path, flags, mode, dir_fd=dir_fd)
    if stat.S_ISREG(os.fstat(handle).st_mode) and flags & os.O_ACCMODE == os.O_RDONLY:
        _count("opened", Path(f"/dev/fd/{handle}").resolve())
    return handle


os_open = os.open


@pytest.fixture
def counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counts]:
    """Of all that happens to ``tmp_path/source`` during a test."""
    audited()
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    found = Counts(tmp_path / "source")
    found.folder.mkdir()

    def load_prepare(image: Any) -> Any:
        found.decoded[digest(image.fp.getvalue())] += 1
        return prepare(image)

    def counted(encode: Callable[..., Any]) -> Callable[..., Any]:
        def encode_counted(codec: Any, examples: Any) -> Any:
            found.encoded.update(examples.ids)
            return encode(codec, examples)

        return encode_counted

    prepare = ImageFile.ImageFile.load_prepare
    monkeypatch.setattr(os, "open", _os_open)
    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", load_prepare)
    for codec in (LabelCodec, NumberCodec):
        monkeypatch.setattr(codec, "encode", counted(codec.encode))
    counting.append(found)
    yield found
    counting.remove(found)


def digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()


def pictures(folder: Path, count: int = COUNTED) -> list[Path]:
    """PNG and JPEG files of two classes, every fifth lying on its side."""
    rng, exif = np.random.default_rng(0), Image.Exif()
    exif[0x0112] = 6
    paths = []
    for at in range(count):
        image = Image.fromarray(rng.integers(0, 256, (12, 20, 3), dtype=np.uint8))
        path = folder / ("cat", "dog")[at % 2] / f"{at}.{('png', 'jpg')[at // 2 % 2]}"
        path.parent.mkdir(exist_ok=True)
        image.save(path, **({"exif": exif} if at % 5 == 0 else {}))
        paths.append(path)
    return paths


def table(rows: int = 200) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 3)).round(6)
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": x.sum(axis=1)})


def by_split(run: nw.Run) -> dict[str, list[str]]:
    """Split -> the ids of its examples."""
    found: dict[str, list[str]] = {}
    for row in pl.read_parquet(run.record.path / "splits.parquet").iter_rows(named=True):
        found.setdefault(row["split"], []).append(row["id"])
    return found


def shown_again(run: nw.Run, folder: Path) -> Counter[Path]:
    """The dev pictures that a run keeps of its worst mistakes, in their own size, and the first of
    dev, which tells that they are pictures.
    """
    rows = pl.read_parquet(run.record.path / "splits.parquet").filter(pl.col("split") == "dev")
    worst = json.loads((run.record.path / "pictures" / "worst.json").read_text())
    sources = [rows["source"][0], *(entry["source"] for entry in worst)]
    assert len(sources) <= 25
    return Counter(folder.parent / source for source in sources)


def ids_of(paths: Counter[Path]) -> Counter[str]:
    return Counter({digest(path.read_bytes()): count for path, count in paths.items()})


def test_training_on_pictures_opens_decodes_and_encodes_each_once(
    tmp_path: Path, counts: Counts
) -> None:
    paths = pictures(counts.folder)
    run = nw.train(counts.folder, model="mlp", epochs=2, set=QUICK, store=tmp_path / "runs")
    done = counts.copy()
    again, splits = shown_again(run, counts.folder), by_split(run)
    used = Counter([*splits["train"], *splits["dev"]])
    assert len(paths) == COUNTED > len(used)
    assert done.opened == Counter(paths) + again
    assert done.decoded == used + ids_of(again)  # nothing of the test split
    assert done.encoded == used
    assert [done.listed[counts.folder / name] for name in ("cat", "dog")] == [1, 1]


@pytest.mark.parametrize("count", [COUNTED, 220])
def test_pictures_are_decoded_once_a_size_wherever_their_pixels_are_kept(
    counts: Counts, count: int
) -> None:
    paths = pictures(counts.folder, count)
    inputs = recognize.read(recognize.recognize(str(counts.folder))).examples.inputs
    for _ in range(2):
        whole = as_array(inputs, (6, 6), 3)
        assert np.array_equal(as_array(inputs.take([3, 1]), (6, 6), 3), whole[[3, 1]])
    assert counts.opened == Counter(paths)
    assert counts.decoded == ids_of(Counter(paths))
    as_array(inputs, (5, 5), 3)
    assert set(counts.decoded.values()) == {2}


def test_pictures_too_many_to_be_held_are_opened_once_more_and_look_the_same(
    counts: Counts,
) -> None:
    paths = pictures(counts.folder)
    source = recognize.recognize(str(counts.folder))
    size = sum(path.stat().st_size for path in paths)
    held = as_array(recognize.read(source, memory=8 * size).examples.inputs, (6, 6), 3)
    assert counts.opened == Counter(paths)
    free = as_array(recognize.read(source, memory=8 * size - 8).examples.inputs, (6, 6), 3)
    assert set(counts.opened.values()) == {3}
    assert np.array_equal(held, free)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("target", ["y", "kind"])
def test_training_on_a_table_opens_it_three_times_and_encodes_each_row_once(
    tmp_path: Path, counts: Counts, suffix: str, target: str
) -> None:
    """Opened to be recognized, by its first 64 KiB (of Parquet to see how far it unfolds, and once
    more for its first rows); to look at its columns, for whether it fits into memory; and to read
    its rows.
    """
    path = counts.folder / f"t.{suffix}"
    frame = table().with_columns(
        kind=pl.when(pl.col("a") > 0).then(pl.lit("p")).otherwise(pl.lit("n"))
    )
    frame.write_csv(path) if suffix == "csv" else frame.write_parquet(path)
    run = nw.train(path, target=target, epochs=2, set=QUICK, store=tmp_path / "runs")
    splits = by_split(run)
    assert counts.opened == {path: 3 if suffix == "csv" else 4}
    assert counts.encoded == Counter([*splits["train"], *splits["dev"]])


def test_a_table_kept_on_disk_is_opened_five_times_and_then_thrice(counts: Counts) -> None:
    """To recognize it, to look at it, for the digest that names it in the cache, and where it is
    not there yet to find the kinds of its columns and to write its rows.
    """
    path = counts.folder / "t.csv"
    table().write_csv(path)
    for opened in (5, 8):
        recognize.read(recognize.recognize(str(path), target="y"), memory=1)
        assert counts.opened == {path: opened}


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_are_opened_once_and_their_images_by_place_where_they_are_not_packed(
    counts: Counts, zipped: bool
) -> None:
    rng, opened = np.random.default_rng(0), gzip.open if zipped else open
    shapes = {"images": (8, 3, 60, 6, 6), "labels": (8, 1, 60)}
    for role, (kind, axes, *lengths) in shapes.items():
        name = f"train-{role}-idx{axes}-ubyte{'.gz' if zipped else ''}"
        head = bytes([0, 0, kind, axes]) + b"".join(n.to_bytes(4, "big") for n in lengths)
        with opened(counts.folder / name, "wb") as file:
            file.write(head + rng.integers(0, 2, lengths, dtype=np.uint8).tobytes())
    inputs = recognize.read(recognize.recognize(str(counts.folder))).examples.inputs
    ids = 0 if zipped else 1  # read once more for the ids, and again for whatever is encoded
    assert sorted(counts.opened.values()) == [1, 1 + ids]
    as_array(inputs, (6, 6), 1)
    assert sorted(counts.opened.values()) == [1, 1 + 2 * ids]


@pytest.mark.parametrize("system", ["classifier", "regressor"])
def test_what_is_held_is_encoded_part_by_part_and_is_what_is_encoded_at_once(
    system: str, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = systems.load(system)
    examples = chosen.sample(100, 0)
    codec = chosen.fit(examples, chosen.complete(chosen.recipe(), examples))
    whole = codec.encode(examples)
    monkeypatch.setattr(hold, "PART", 30 * row_bytes(whole))
    counts.encoded.clear()
    held, _ = hold.hold(examples, codec, torch.device("cpu"), place="memory", budget=0)
    assert counts.encoded == Counter(examples.ids)
    assert isinstance(held, InMemory)
    pairs = zip(held.encoded.tensors(), whole.tensors(), strict=True)
    assert all(torch.equal(mine, other) for mine, other in pairs)


def test_the_trials_of_a_search_read_the_source_once_in_all(tmp_path: Path, counts: Counts) -> None:
    paths = pictures(counts.folder)
    found = nw.search(
        counts.folder,
        model="mlp",
        epochs=1,
        set=QUICK,
        trials=3,
        sampler="random",
        pruner="none",
        store=tmp_path / "runs",
    )
    done = counts.copy()
    assert found.winner is not None
    run = nw.open(found.winner.run, store=tmp_path / "runs")
    again, splits = shown_again(run, counts.folder), by_split(run)
    used = Counter([*splits["train"], *splits["dev"]])
    assert done.opened == Counter(paths) + again
    assert done.decoded == used + ids_of(again)
    assert done.encoded == Counter(dict.fromkeys(used, 3))


def test_the_files_of_a_run_are_read_once_after_its_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Diagnosis, report and what the terminal prints stand on one reading; run.json is read where
    an entry of it is changed.
    """
    monkeypatch.setattr(os, "open", _os_open)
    store = Counts(tmp_path / "runs")
    counting.append(store)
    settings = [word for key, value in QUICK.items() for word in ("--set", f"{key}={value}")]
    try:
        main(["train", "digits8", "--model", "mlp", *settings, "--store", str(store.folder)])
    finally:
        counting.remove(store)
    assert "report" in capsys.readouterr().out
    opened = Counter(path.name for path in store.opened.elements())
    read = ("measures.json", "data.json", "environment.json", "codec.json", "pictures/worst.json")
    for name in (*map(Path, read), Path("curves.csv"), Path("layers.csv"), Path("recipe.yaml")):
        assert opened[name.name] == 1, (name, opened)


def test_a_report_is_the_same_when_its_files_are_read_again(tmp_path: Path) -> None:
    run = nw.train("iris", model="mlp", set=QUICK, store=tmp_path)
    before = run.report.read_bytes()
    html_page.write(run.record.path)
    assert run.report.read_bytes() == before
