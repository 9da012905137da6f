"""Nothing inside a folder of a stranger is opened through a link: not for reading, not for writing,
not by a library, and by no line of ours that knows of no folder.
"""

from __future__ import annotations

import ast
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from safetensors.torch import load_file, save_file

from netwright.base import files, paths
from netwright.base.errors import NetwrightError, UnreadableError
from netwright.base.parquet import read as parquet
from netwright.base.parquet import unfolded
from netwright.base.paths import Inside
from netwright.searching import workers
from netwright.searching.storage import journal_file
from netwright.training.recording import tensor_file

PACKAGE = Path(__file__).parents[1] / "src" / "netwright"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder with a file, a folder in it, and beside it what links lead to."""
    (tmp_path / "outside" / "deep").mkdir(parents=True)
    (tmp_path / "outside" / "file.json").write_text('{"secret": 1}', encoding="utf-8")
    folder = tmp_path / "run"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "file.json").write_text("{}", encoding="utf-8")
    return folder


def linked_file(run: Path) -> Inside:
    (run / "sub" / "file.json").unlink()
    (run / "sub" / "file.json").symlink_to(run.parent / "outside" / "file.json")
    return Inside(run, "sub/file.json")


def linked_folder(run: Path) -> Inside:
    (run / "sub" / "file.json").unlink()
    (run / "sub").rmdir()
    (run / "sub").symlink_to(run.parent / "outside")
    return Inside(run, "sub/file.json")


def dotted(run: Path) -> Inside:
    return Inside(run, "../outside/file.json")


def absolute(run: Path) -> Inside:
    return Inside(run, str(run.parent / "outside" / "file.json"))


WAYS_OUT = [linked_file, linked_folder, dotted, absolute]

OPENERS: dict[str, Callable[[Inside], Any]] = {
    "read_bytes": lambda place: files.read_bytes(place, 100),
    "append_line": lambda place: files.append_line(place, "x"),
    "copy": lambda place: files.copy(place, Inside(place.folder, "copied")),
    "parquet": parquet.load,
}


def outside(run: Path) -> dict[str, bytes]:
    there = run.parent / "outside"
    return {str(path): path.read_bytes() for path in there.rglob("*") if path.is_file()}


@pytest.mark.parametrize("way", WAYS_OUT)
@pytest.mark.parametrize("opener", OPENERS)
def test_no_way_out_is_opened(way: Callable[[Path], Inside], opener: str, run: Path) -> None:
    place, before = way(run), outside(run)
    with pytest.raises(NetwrightError, match=r"is a link|is no name inside"):
        OPENERS[opener](place)
    assert outside(run) == before


@pytest.mark.parametrize("way", [linked_folder, dotted, absolute])
def test_nothing_is_written_taken_away_or_listed_behind_a_folder(
    way: Callable[[Path], Inside], run: Path
) -> None:
    place, before = way(run), outside(run)
    with pytest.raises(NetwrightError):
        files.write_bytes(place, b"x")
    with pytest.raises(UnreadableError):
        files.take_away(place)
    with pytest.raises(UnreadableError):
        paths.lies(place)
    with pytest.raises(UnreadableError):
        paths.names_in(Inside(place.folder, place.name.rpartition("/")[0] or ".."))
    assert outside(run) == before


def test_a_link_is_replaced_and_taken_away_itself(run: Path) -> None:
    place, before = linked_file(run), outside(run)
    files.write_bytes(place, b"ours")
    assert place.path.read_bytes() == b"ours" and not place.path.is_symlink()
    place = linked_file(run)
    files.take_away(place)
    assert not place.path.is_symlink()
    (run / "sub" / "deeper").mkdir()
    (run / "sub" / "deeper" / "link").symlink_to(run.parent / "outside")
    files.take_away(Inside(run, "sub"))
    assert not (run / "sub").exists() and outside(run) == before


def test_links_that_lead_to_the_folder_are_the_persons_own(run: Path) -> None:
    (run.parent / "elsewhere").symlink_to(run)
    place = Inside(run.parent / "elsewhere", "sub/file.json")
    files.write_text(place, "new")
    assert files.read_text(place, 10) == "new"
    assert files.read_text(run / "sub" / "file.json", 10) == "new"


def test_a_folder_that_becomes_a_link_meanwhile_is_written_as_it_was(run: Path) -> None:
    """Once it is open a folder is that folder, whatever its name comes to mean."""
    before = outside(run)
    with files.replacing(Inside(run, "sub/file.json")) as temporary:
        (run / "sub").rename(run / "was")
        (run / "sub").symlink_to(run.parent / "outside")
        temporary.write_bytes(b"ours")
    assert (run / "was" / "file.json").read_bytes() == b"ours"
    assert outside(run) == before


def test_a_file_that_becomes_a_link_while_it_is_written_changes_nothing_outside(run: Path) -> None:
    before = outside(run)
    with files.replacing(Inside(run, "sub/new.json")) as temporary:
        (aside,) = (path for path in (run / "sub").iterdir() if path.name.startswith(".new"))
        aside.unlink()
        aside.symlink_to(run.parent / "outside" / "file.json")
        temporary.write_bytes(b"ours")
    assert outside(run) == before


def test_a_folder_that_is_gone_is_not_made_anew(run: Path) -> None:
    gone = run.parent / "gone"
    for write in (files.write_bytes, lambda place, line: files.append_line(place, "x")):
        with pytest.raises(NetwrightError, match="could not be written: No such file"):
            write(Inside(gone, "a/b"), b"x")
    assert not gone.exists()


def socket(path: Path) -> None:
    import socket as sockets

    with contextlib.closing(sockets.socket(sockets.AF_UNIX)) as made:
        made.bind(str(path))


@pytest.mark.parametrize("put", [os.mkfifo, Path.mkdir, socket])
def test_what_is_no_file_is_refused_at_once(put: Callable[[Path], None], run: Path) -> None:
    put(run / "special")
    for opener in OPENERS.values():
        with pytest.raises(NetwrightError):
            opener(Inside(run, "special"))


@pytest.mark.parametrize(
    ("put", "named"),
    [
        (lambda run: (run / "sub" / "x").symlink_to("file.json"), "sub/x is a link"),
        (lambda run: (run / "x").symlink_to("/dev/zero"), "x is a link"),
        (lambda run: os.mkfifo(run / "sub" / "x"), "sub/x is a pipe"),
        (lambda run: None, None),
    ],
)
def test_what_may_lie_in_no_run_is_named(
    put: Callable[[Path], None], named: str | None, run: Path
) -> None:
    put(run)
    found = paths.stray(run)
    assert found is None if named is None else (found or "").startswith(named)


def test_a_folder_of_too_many_names(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "MOST_NAMES", 1)
    with pytest.raises(UnreadableError, match="more than 1 files"):
        paths.stray(run)


# --- what libraries write and read


def test_tensors_are_written_as_the_library_writes_them(tmp_path: Path) -> None:
    tensors = {
        f"{name} {dtype}": torch.ones(shape).to(dtype)
        for dtype in tensor_file.TYPES
        for name, shape in {"a": (2, 3), "b": (), "c": (0, 4), "ü": (5,)}.items()
    }
    for metadata in (None, {"state": '{"step": 1, "a": "ü"}'}):
        save_file(tensors, tmp_path / "theirs", metadata)
        tensor_file.write(Inside(tmp_path, "ours"), tensors, metadata)
        assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    strided = {"t": torch.arange(12.0).view(3, 4).t()}
    tensor_file.write(Inside(tmp_path, "ours"), strided, None)
    assert torch.equal(load_file(tmp_path / "ours")["t"], strided["t"])


LISTS = pl.Series([[0.25] * 10] * 2_000, dtype=pl.List(pl.Float32))
FRAME = pl.DataFrame(
    {"id": [f"id {at}" for at in range(2_000)], "p": LISTS, "n": range(2_000), "w": [True] * 2_000}
)


@pytest.mark.parametrize("compression", ["zstd", "snappy", "gzip", "lz4", "brotli", "uncompressed"])
def test_what_a_table_unfolds_to_is_found_before_it_is_read(
    compression: Any, tmp_path: Path
) -> None:
    """Within a factor of four of what Polars says that it holds."""
    FRAME.write_parquet(tmp_path / "x", compression=compression, row_group_size=700)
    with paths.opened(Inside(tmp_path, "x")) as handle:
        found = unfolded.unfolded(handle, (tmp_path / "x").stat().st_size)
    assert FRAME.estimated_size() / 2 < found < 4 * FRAME.estimated_size()


BOMBS: dict[str, Callable[[], pl.Series]] = {
    "one number": lambda: pl.repeat(0, 60_000_000, eager=True),
    "one list": lambda: pl.Series([[0.0] * 400_000]).new_from_index(0, 100),
    "one text": lambda: pl.repeat("x" * 100_000, 3_000, eager=True),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_table_that_unfolds_to_far_too_much_is_refused(bomb: str, tmp_path: Path) -> None:
    pl.DataFrame({"x": BOMBS[bomb]()}).write_parquet(tmp_path / "x")
    assert (tmp_path / "x").stat().st_size < 2**20
    with pytest.raises(UnreadableError, match="unfold to"):
        parquet.load(Inside(tmp_path, "x"))


def test_a_table_whose_end_understates_its_pages_is_measured_by_them(tmp_path: Path) -> None:
    """Readers believe a page's own header, and so does the bound: no size at the file's end is
    asked.
    """
    pl.DataFrame({"x": BOMBS["one number"]()}).write_parquet(tmp_path / "x")
    with paths.opened(Inside(tmp_path, "x")) as handle:
        size = (tmp_path / "x").stat().st_size
        footer = unfolded._footer(handle, size, size)
        for group in footer[4]:
            for chunk in group[1]:
                chunk[3][6] = 1  # bytes of its pages, unfolded
        pages = [
            page for one in unfolded._columns(footer) for page in unfolded._pages(handle, size, one)
        ]
    assert sum(page.values for page in pages) == 60_000_000


def test_any_changed_byte_of_a_table_is_read_or_refused(tmp_path: Path) -> None:
    FRAME.head(20).write_parquet(tmp_path / "x")
    content = (tmp_path / "x").read_bytes()
    for at in range(0, len(content), 7):
        changed = bytearray(content)
        changed[at] ^= 0x5A
        (tmp_path / "x").write_bytes(changed)
        with paths.opened(Inside(tmp_path, "x")) as handle, contextlib.suppress(UnreadableError):
            assert unfolded.unfolded(handle, len(changed)) >= 0


# --- hard links


def shared_file(run: Path) -> Inside:
    """A file with another name, outside."""
    (run / "sub" / "file.json").unlink()
    (run / "sub" / "file.json").hardlink_to(run.parent / "outside" / "file.json")
    return Inside(run, "sub/file.json")


def test_a_line_reaches_no_other_name_of_a_file(run: Path) -> None:
    place, before = shared_file(run), outside(run)
    for line in ("a", "b"):
        files.append_line(place, line)
    assert place.path.read_bytes() == b'{"secret": 1}\na\nb\n'
    assert outside(run) == before


def test_a_trial_is_added_to_no_file_of_two_names(tmp_path: Path) -> None:
    folder = tmp_path / "search"
    journal_file.open_file(folder)
    (tmp_path / "theirs").hardlink_to(folder / "trials.jsonl")
    (tmp_path / "theirs").write_bytes(b"torn")  # a last line that opening takes away
    with pytest.raises(NetwrightError, match="has another name"):
        journal_file.open_file(folder)
    assert (tmp_path / "theirs").read_bytes() == b"torn"
    (tmp_path / "theirs").unlink()
    journal_file.open_file(folder)


def test_a_workers_messages_reach_no_other_name(run: Path) -> None:
    place, before = shared_file(run), outside(run)
    workers._start(["--version"], place, None).wait(60)
    assert b"netwright" in place.path.read_bytes()
    assert outside(run) == before


# --- our own lines

OPENING = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "rmdir", "rename",
    "touch", "mkdir", "symlink_to", "load_file", "save_file", "safe_open", "read_parquet",
    "scan_parquet", "copyfile", "copytree", "rmtree", "move",
}  # fmt: skip
"""Calls that open, make or take away what a path names."""

SAFE = ("Inside(", ".inside(", "named(", "temporary", "kept", "_log(", "handle", "place")
"""In the source of a call: it is given a place inside a folder, or what is already open."""

OTHERS = {
    "runs/keeping/label.py": "label.rename",
    "runs/keeping/removal.py": "the run's folder as a whole",
    "runs/record.py": "discard: the run's folder as a whole, which rmtree enters by no link",
    "runs/keeping/writing.py": "the lock on the run's folder as a whole",
    "runs/store.py": "a new run's folder",
    "runs/to_tensorboard.py": "a folder that the person named",
    "training/probes/memory.py": "/proc and /sys",
    "searching/storage/journal_file.py": "the search's folder as a whole",
    "searching/workers.py": "the search's folder as a whole",
    "report/sections/pictures.py": "a picture that is already read",
}


def test_the_spine_opens_files_of_a_run_by_their_folder_alone() -> None:
    """Any other way in has a reason, which stands in ``OTHERS``."""
    found = []
    for room in ("runs", "training", "report", "searching"):
        for path in sorted((PACKAGE / room).rglob("*.py")):
            name = str(path.relative_to(PACKAGE))
            calls = (
                node
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call)
            )
            for call in calls:
                function = getattr(call.func, "attr", getattr(call.func, "id", ""))
                text = ast.unparse(call)
                if function in OPENING and name not in OTHERS:
                    found += [] if any(word in text for word in SAFE) else [f"{name}: {text}"]
    assert not found, "\n".join(found)
