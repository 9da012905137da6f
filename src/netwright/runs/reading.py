"""The one door through which the files of a run are read: bounded, upgraded, checked.

Whatever is wrong ends in one sentence: which file, which field, what was found, what was expected,
and what to do. A run may come from a stranger.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from netwright.base import read_csv, read_json
from netwright.base.errors import NetwrightError, RunError, UnreadableError, reason_of
from netwright.base.files import digest, read_bytes, read_text
from netwright.base.measure import Measure
from netwright.base.parquet import read as read_parquet
from netwright.base.paths import Inside, opened, stray
from netwright.base.shapes import ABSENT, MisfitError, count
from netwright.runs import schema
from netwright.runs.formats import FORMAT, upgraded
from netwright.runs.keeping import stages

if TYPE_CHECKING:
    import polars as pl

MOST_EVENTS = 10_000
"""Lines of ``events.jsonl``: a run that is tweaked once a second for three hours."""

MOST_RECIPE = 4 * 2**20
"""Bytes of ``recipe.yaml``."""

MOST_WEIGHTS = 8 * 2**30
"""Bytes of ``net.safetensors``: two thousand million weights."""

MOST_LINES = 8 * 2**20
"""Bytes of ``events.jsonl``."""


AT_THE_END = ("chosen.json", "measures.json", "diagnosis.json")
"""Files that a training writes when it is done."""

WEIGHTS = "net.safetensors"
"""Written with every checkpoint, once an epoch has ended."""

STATE = stages.STATE
"""Where training goes on from; of a complete run, where a longer one would."""


class AbsentError(RunError):
    """A file of a run is not there."""


class DamagedError(RunError):
    """A file of a run does not hold what it should.

    Args:
        folder: the run's.
        name: of the file.
        why: what is wrong with it, to follow its name: ``cannot be read (it is not UTF-8)``.
    """

    def __init__(self, folder: Path, name: str, why: str) -> None:
        self.why = why
        super().__init__(f"{folder / name} {why}; {way_out(folder)}.")


def way_out(folder: Path) -> str:
    """What to do about a damaged file."""
    return f"put the file back from a copy, or delete {folder} if the run is not needed"


def id_of(folder: Path) -> str:
    """What a run is called: as its folder, which may have been renamed or copied."""
    return os.path.basename(os.path.abspath(folder))  # noqa: PTH100, PTH119 (no link is followed)


@contextlib.contextmanager
def _errors_of(folder: Path, name: str) -> Iterator[None]:
    """What is wrong with a file of a run is said of it by name."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _absent(folder, name, error) from None
    except UnreadableError as error:
        raise DamagedError(folder, name, f"cannot be read ({error})") from None
    except MisfitError as error:
        raise DamagedError(folder, name, str(error)) from None


def plain_json(folder: Path, name: str) -> Any:
    """What a JSON file of a run holds, in today's names, whatever it is.

    Raises:
        AbsentError: it is not there.
        DamagedError: it cannot be read.
    """
    known = schema.JSON_FILES.get(name)
    most = known.most if known else read_json.MOST_BYTES
    with _errors_of(folder, name):
        return upgraded(name, read_json.load(Inside(folder, name), most))


def json_file(folder: Path, name: str) -> Any:
    """What a JSON file of a run holds, checked.

    Raises:
        AbsentError: it is not there.
        DamagedError: it cannot be read, or does not hold what its schema says.
    """
    values = plain_json(folder, name)
    if name in schema.JSON_FILES:
        with _errors_of(folder, name):
            schema.JSON_FILES[name].check(values, "")
    return values


def info(folder: Path) -> schema.RunInfo:
    """``run.json``, with the folder's name as its ``id``.

    Raises:
        RunError: it is missing, damaged, or of a newer format.
    """
    check_no_way_out(folder)
    values = plain_json(folder, "run.json")
    if isinstance(values, dict) and "format" in values:
        try:
            count(values["format"], "format")
        except MisfitError:
            wrong = MisfitError("format", values["format"], str(FORMAT))
            raise DamagedError(folder, "run.json", str(wrong)) from None
        if values["format"] > FORMAT:
            raise RunError(
                f"{folder} was written by a newer netwright (format {values['format']}, this one"
                f" reads {FORMAT}): upgrade netwright."
            )
    with _errors_of(folder, "run.json"):
        schema.run(values, "")
    return cast(schema.RunInfo, {**values, "id": id_of(folder)})


def check_no_way_out(folder: Path) -> None:
    """See that a run's folder holds files and folders alone: a link may lead anywhere, and a device
    never ends. Whatever is put there later is not opened through a link, either.

    Raises:
        RunError: it holds something else, or cannot be read.
    """
    try:
        found = stray(folder)
    except (FileNotFoundError, NotADirectoryError):
        return  # what is missing is said by who reads it
    except (OSError, UnreadableError) as error:
        raise RunError(f"{folder} cannot be read: {reason_of(error)}.") from None
    if found:
        raise RunError(
            f"{folder} is not opened: its {found}, where only files and folders may lie;"
            f" {way_out(folder)}."
        )


def is_strange(folder: Path) -> bool:
    """Whether ``check_no_way_out`` refuses it."""
    try:
        check_no_way_out(folder)
    except RunError:
        return True
    return False


def measures(folder: Path) -> schema.Measures:
    """``measures.json``.

    Raises:
        RunError: it is missing or damaged.
    """
    return {
        split: {name: Measure.from_json(values) for name, values in figures.items()}
        for split, figures in json_file(folder, "measures.json").items()
    }


def rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of a CSV file of a run, column -> figure; an empty cell is left out. ``runs.rows``
    gives them typed.

    Raises:
        AbsentError: it is not there.
        DamagedError: it cannot be read, or lacks what its schema names.
    """
    table = schema.CSV_FILES[name]
    with _errors_of(folder, name):
        columns, found = read_csv.load(Inside(folder, name), table.text_columns)
        table.check(columns, found)
        return found


def events(folder: Path) -> tuple[list[schema.Event], int]:
    """``events.jsonl``, oldest first, and how many lines of it were torn by a kill.

    Raises:
        AbsentError: it is not there.
        DamagedError: it cannot be read, or an event lacks what its schema names.
    """
    name = "events.jsonl"
    found: list[schema.Event] = []
    torn = 0
    lines = text(folder, name, MOST_LINES).splitlines()
    if len(lines) > MOST_EVENTS:
        raise DamagedError(folder, name, f"holds more than {MOST_EVENTS:,} lines")
    for at, line in enumerate(lines, start=1):
        try:
            value = read_json.parse(line)
            schema.event(value, "")
        except UnreadableError:
            torn += 1
            continue
        except MisfitError as error:
            raise DamagedError(folder, name, f"line {at} {error}") from None
        found.append(value)
    return found, torn


def check_table(folder: Path, name: str) -> None:
    """See that ``splits.parquet``, or one of ``predictions/``, has the columns that it should.

    Its rows are not read: a Parquet file that was cut off lacks its end, which names the columns.

    Raises:
        AbsentError: it is not there.
        DamagedError: it cannot be read, or lacks what its schema names.
    """
    with _errors_of(folder, name):
        found = read_parquet.columns_of(Inside(folder, name))
        for column, holds in schema.parquet_file(name).columns.items():
            _check_column(column, found.get(column), holds)


def table(folder: Path, name: str) -> pl.DataFrame:
    """The rows of ``splits.parquet``, or of one of ``predictions/``.

    Raises:
        AbsentError: it is not there.
        DamagedError: see ``check_table``.
    """
    check_table(folder, name)
    with _errors_of(folder, name):
        return read_parquet.load(Inside(folder, name), schema.parquet_file(name).read)


def text(folder: Path, name: str, most: int = MOST_RECIPE) -> str:
    """A text file of a run, ``recipe.yaml``.

    Raises:
        AbsentError: it is not there.
        DamagedError: it cannot be read.
    """
    with _errors_of(folder, name):
        return read_text(Inside(folder, name), most)


def picture(folder: Path, name: str, most: int) -> bytes:
    """A picture of a run, in its folder ``pictures``.

    Args:
        name: of the file, as another file of the run says it.
        most: bytes that it may hold.

    Raises:
        AbsentError: it is not there.
        DamagedError: its name or a link leads elsewhere, or it cannot be read.
    """
    kept = f"pictures/{name}"
    if "/" in name or name in ("", ".", ".."):
        raise DamagedError(folder, kept, "does not lie in the run's folder")
    with _errors_of(folder, kept):
        return read_bytes(Inside(folder, kept), most)


def recipe(folder: Path) -> dict[str, Any]:
    """The nested values of ``recipe.yaml``.

    Raises:
        AbsentError: it is not there.
        DamagedError: it cannot be read, or holds no sections.
    """
    return recipe_values(folder, text(folder, "recipe.yaml"))


def recipe_values(folder: Path, written: str) -> dict[str, Any]:
    """The nested values of the text of ``recipe.yaml``.

    Raises:
        DamagedError: it is no YAML, or holds no sections.
    """
    from netwright.base import read_yaml

    with _errors_of(folder, "recipe.yaml"):
        values = read_yaml.parse(written)
    if not isinstance(values, dict):
        wrong = f"holds {type(values).__name__}: expected sections such as 'optimizer:'"
        raise DamagedError(folder, "recipe.yaml", wrong)
    return values


def digest_of_weights(folder: Path) -> str:
    """16 hexadecimal digits that stand for what ``net.safetensors`` holds.

    Raises:
        AbsentError: it is not there.
        DamagedError: it cannot be read.
    """
    with _errors_of(folder, WEIGHTS):
        return digest(read_bytes(Inside(folder, WEIGHTS), MOST_WEIGHTS))


def absent(folder: Path, name: str) -> AbsentError:
    """The error of a file that is not there, with what to do about it."""
    return AbsentError(f"{folder} is no complete run: {name} is missing; {_way_on(folder, name)}.")


def _absent(folder: Path, name: str, error: OSError) -> AbsentError:
    if isinstance(error, NotADirectoryError) and not folder.is_dir():
        return AbsentError(
            f"{folder} is a file where a run's folder is expected: move it elsewhere."
        )
    if name == "run.json" and folder.is_dir():
        return AbsentError(
            f"{folder} holds no run.json: wait if its training is just beginning; else"
            f" {way_out(folder)}."
        )
    return absent(folder, name)


def _way_on(folder: Path, name: str) -> str:
    """What to do about a file that is missing: what training has yet to write comes with it."""
    if name not in (*AT_THE_END, WEIGHTS):
        return way_out(folder)
    noted = info(folder)
    status = status_of(folder, noted["status"])
    if name in noted.get("promised", ()) and stages.has_state(folder):
        return f"{stages.resume(folder, noted)} makes it again"
    if status == "complete" or (name == WEIGHTS and noted.get("epoch_kept")):
        return way_out(folder)
    if status == "running":
        when = "with the next checkpoint" if name == WEIGHTS else "when it ends"
        return f"it is being trained now, and writes that file {when}: wait"
    return unended(folder, noted)


def unended(folder: Path, noted: Mapping[str, Any]) -> str:
    """Why a training has not written all that one does, and what to do."""
    why = "diverged" if noted["status"] == "diverged" else "has not ended"
    return f"its training {why}: {stages.way_on(folder, noted)}"


def _check_column(name: str, found: Any, holds: str) -> None:
    if found is None:
        raise MisfitError(name, ABSENT, "a column")
    fits = {"text": str(found) == "String", "numbers": found.is_numeric(), "anything": True}
    if not fits[holds]:
        raise MisfitError(f"the column '{name}' of type", str(found), holds)


# --- who trains it

LOOKED = 0.5
"""Seconds for which a lock that is taken may be that of someone who only looks whether it is."""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Inside the block no other process trains into this run.

    Raises:
        RunError: another process holds it.
        NetwrightError: the folder cannot be written.
    """
    with _lock_file(folder) as handle:
        until = time.monotonic() + LOOKED
        while not _lock(handle, fcntl.LOCK_EX):
            if time.monotonic() > until:
                raise RunError(
                    f"{id_of(folder)} is being trained by another process: wait for it, or stop it"
                    " first."
                )
            time.sleep(0.005)
        yield


def is_held(folder: Path) -> bool:
    """Whether a process trains the run.

    Raises:
        NetwrightError: the folder cannot be written.
    """
    with _lock_file(folder) as handle:
        return not _lock(handle, fcntl.LOCK_SH)  # shared: two who look do not see each other


def status_of(folder: Path, noted: str) -> str:
    """The status that ``run.json`` notes; ``killed`` where it says ``running`` and nobody trains
    the run any more.
    """
    try:
        return "killed" if noted == "running" and not is_held(folder) else noted
    except NetwrightError:  # another's folder: nobody can tell
        return noted


@contextlib.contextmanager
def _lock_file(folder: Path) -> Iterator[int]:
    place = Inside(folder, ".lock")
    with contextlib.ExitStack() as stack:
        try:
            handle = stack.enter_context(opened(place, os.O_WRONLY | os.O_CREAT))
        except (OSError, UnreadableError) as error:
            raise NetwrightError(f"{place} cannot be written: {reason_of(error)}.") from None
        yield handle


def _lock(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nothing to hold
        pass
    return True
