"""A run on disk: a folder of files that a person and pandas can read. Nothing is pickled; reading
one runs no code of its own.
"""

from __future__ import annotations

import contextlib
import csv
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import NetwrightError, RunError
from netwright.base.files import append_line, digest, replacing, write_json, write_text
from netwright.runs.formats import FORMAT, upgraded

if TYPE_CHECKING:
    import polars as pl

    from netwright.contract import Examples

TOGETHER = 1 << 13
"""Examples that are written together where all are."""

CURVES = (
    "epoch",
    "step",
    "seconds",
    "cpu_seconds",
    "examples_per_second",
    "rate",
    "loss",
    "grad_norm",
    "dev_loss",
)


@dataclass(frozen=True)
class Record:
    """The files of one run, by meaning. ``path`` is the folder; its name is the run's id."""

    path: Path

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.path.name

    # --- what the run is

    def info(self) -> dict[str, Any]:
        """``run.json``: id, status, system, model, source, result and what was said.

        Raises:
            RunError: it is missing, damaged, or of a newer format.
        """
        if self.path.is_dir() and not self.has("run.json"):
            raise RunError(
                f"{self.path} holds no run.json: wait if its training is just beginning; else"
                f" {self._way_out}."
            )
        values = self.mapping("run.json")
        if not is_count(values.get("format", 0)):
            raise self._changed("run.json", "format", values["format"], str(FORMAT))
        if values.get("format", 0) > FORMAT:
            raise RunError(
                f"{self.path} was written by a newer netwright (format {values['format']}, this one"
                f" reads {FORMAT}): upgrade netwright."
            )
        absent = [
            name for name in ("status", "system", "model") if not isinstance(values.get(name), str)
        ]
        if absent:
            raise RunError(
                f"{self.path / 'run.json'} lacks '{absent[0]}': the run is incomplete or was"
                f" changed; {self._way_out}."
            )
        return values

    def summary(self) -> dict[str, Any]:
        """What a list shows of the run: id, status, source, model, epochs, seconds, metric, and the
        figure on dev, or None.

        Raises:
            RunError: it cannot be read, or holds something else than a run does.
        """
        info = self.info()
        metric = info.get("metric", {})
        expected: list[tuple[str, Any, bool, str]] = [
            ("source", source := info.get("source", ""), isinstance(source, str), "text"),
            ("epochs", epochs := info.get("epochs", 0), is_count(epochs), "a whole number"),
            ("seconds", seconds := info.get("seconds", 0.0), is_figure(seconds), "a number"),
            (
                "metric",
                metric,
                isinstance(metric, dict) and isinstance(metric.get("name", ""), str),
                "a mapping with a name",
            ),
        ]
        for name, value, good, what in expected:
            if not good:
                raise self._changed("run.json", name, value, what)
        name = metric.get("name", "")
        measures = self.measures() if self.has("measures.json") else {}
        return {
            "id": self.id,
            "status": self.status,
            "source": source,
            "model": info["model"],
            "epochs": epochs,
            "seconds": float(seconds),
            "metric": name,
            "dev": measures.get("dev", {}).get(name),
        }

    def measures(self) -> dict[str, dict[str, dict[str, Any]]]:
        """split -> metric -> value, n, low, high.

        Raises:
            RunError: they are not there, or were changed.
        """
        found: dict[str, dict[str, dict[str, Any]]] = self.json("measures.json")
        if not _are_measures(found):
            raise RunError(
                f"{self.path / 'measures.json'} does not hold what a run's does: it was changed;"
                f" {self._way_out}."
            )
        return found

    @property
    def _way_out(self) -> str:
        return f"put the file back from a copy, or delete {self.path} if the run is not needed"

    def _changed(self, file: str, name: str, value: Any, expected: str) -> RunError:
        return RunError(
            f"{self.path / file}: {name} = {_short(value)}: expected {expected}; {self._way_out}."
        )

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Inside the block no other process trains into this run; the lock ends with the process,
        however it ends.

        Raises:
            RunError: another process holds it.
        """
        path = self.path / ".lock"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o666)
        except OSError as error:
            raise NetwrightError(f"{path} cannot be written: {error.strerror or error}.") from None
        try:
            if not _lock(handle):
                raise RunError(
                    f"{self.id} is being trained by another process: wait for it, or stop it first."
                )
            yield
        finally:
            os.close(handle)

    @property
    def trained_now(self) -> bool:
        """Whether a process trains it."""
        try:
            with self.held():
                return False
        except RunError:
            return True

    @property
    def status(self) -> str:
        """As noted; ``killed`` where it says ``running`` and nobody trains it any more.

        Raises:
            RunError: see ``info``.
        """
        noted = str(self.info()["status"])
        try:
            return "killed" if noted == "running" and not self.trained_now else noted
        except NetwrightError:  # another's folder: nobody can tell
            return noted

    def discard(self) -> None:
        """Take the folder away: for a run that never began."""
        shutil.rmtree(self.path, ignore_errors=True)

    def note(self, **changes: Any) -> None:
        """Change entries of ``run.json``, atomically."""
        old = (
            self.json("run.json")
            if (self.path / "run.json").exists()
            else {"format": FORMAT, "id": self.id}
        )
        write_json(self.path / "run.json", {**old, "format": FORMAT, **changes})

    def event(self, kind: str, **fields: Any) -> None:
        """Append to ``events.jsonl``: tweaks, stops, resumes, openings of the test split."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        append_line(
            self.path / "events.jsonl",
            json.dumps({"time": now, "event": kind, **fields}, ensure_ascii=False),
        )

    def events(self, kind: str) -> list[dict[str, Any]]:
        """All events of one kind, oldest first."""
        path = self.path / "events.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [event for line in lines if (event := _event(line)).get("event") == kind]

    # --- files

    def json(self, name: str) -> Any:
        """The content of a JSON file of the run.

        Raises:
            RunError: it is missing or damaged.
        """
        path = self.path / name
        try:
            if path.exists() and not path.is_file():
                raise RunError(f"{path} is no file: {self._way_out}.")
            return upgraded(name, json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise RunError(f"{self.path} is no complete run: {name} is missing.") from None
        except NotADirectoryError:
            raise RunError(
                f"{self.path} is a file where a run's folder is expected: move it elsewhere."
            ) from None
        except (OSError, ValueError, RecursionError) as error:
            raise RunError(f"{path} cannot be read ({_reason(error)}): {self._way_out}.") from None

    def mapping(self, name: str) -> dict[str, Any]:
        """The content of a JSON file of the run that holds a mapping.

        Raises:
            RunError: it is missing, damaged or holds something else.
        """
        values = self.json(name)
        if not isinstance(values, dict):
            raise RunError(
                f"{self.path / name} does not hold what a run's does: expected a mapping, got"
                f" {type(values).__name__}; {self._way_out}."
            )
        return values

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file of the run, atomically."""
        write_json(self.path / name, value)

    def has(self, name: str) -> bool:
        """Whether the file is there."""
        return (self.path / name).exists()

    # --- curves

    def curves(self, name: str = "curves.csv") -> list[dict[str, float]]:
        """One row an epoch, of the run or (``abandoned.csv``) of what its rewinds left behind; an
        empty cell is left out.

        Raises:
            RunError: it is damaged.
        """
        path = self.path / name
        if not path.exists():
            return []
        try:
            with path.open(encoding="utf-8", newline="") as file:
                return [
                    {name: float(cell) for name, cell in row.items() if cell}
                    for row in csv.DictReader(file)
                ]
        except (OSError, TypeError, ValueError, csv.Error) as error:
            raise RunError(f"{path} cannot be read ({error}).") from None

    def layers(self) -> list[dict[str, Any]]:
        """``layers.csv``: one row a layer and moment; NaN where there is no figure.

        Raises:
            RunError: it is damaged.
        """
        path = self.path / "layers.csv"
        if not path.exists():
            return []
        try:
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            if any(
                not {"step", "layer", "rms", "gradient", "dead", "flat"} <= row.keys()
                for row in rows[:1]
            ):
                raise ValueError("it lacks columns")
            return [
                {
                    name: cell if name == "layer" else float(cell or "nan")
                    for name, cell in row.items()
                }
                for row in rows
            ]
        except (OSError, TypeError, ValueError, csv.Error) as error:
            raise RunError(f"{path} cannot be read ({error}).") from None

    def write_rows(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a CSV file of the run, atomically."""
        with (
            replacing(self.path / name) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else [])
            writer.writeheader()
            writer.writerows(rows)

    # --- answers

    def write_predictions(
        self, split: str, examples: Examples, answers: Sequence[Any], losses: Sequence[float]
    ) -> None:
        """``predictions/<split>.parquet``: id, source, truth, answer, probabilities (of a
        classifier), loss.
        """
        import polars as pl

        columns: dict[str, Any] = {
            "id": list(examples.ids),
            "source": list(examples.sources),
            "truth": list(examples.targets),
        }
        columns |= answer_columns(answers)
        columns["loss"] = pl.Series(losses, dtype=pl.Float32)
        with replacing(self.path / "predictions" / f"{split}.parquet") as temporary:
            pl.DataFrame(columns, strict=False).write_parquet(temporary)

    def predictions(self, split: str) -> pl.DataFrame:
        """The answers on a split.

        Raises:
            RunError: they are not there, or the file is damaged.
        """
        import polars as pl

        path = self.path / "predictions" / f"{split}.parquet"
        try:
            return pl.read_parquet(path)
        except FileNotFoundError:
            raise RunError(f"{self.id} holds no answers on {split}.") from None
        except pl.exceptions.PolarsError as error:
            raise RunError(f"{path} cannot be read ({error}).") from None

    def write_splits(self, examples: Examples, splits: Sequence[str]) -> None:
        """``splits.parquet``: the split of every example, written a few thousand at a time."""
        import polars as pl
        from polars.io.plugins import register_io_source

        def parts(*asked: Any) -> Iterator[pl.DataFrame]:
            for start in range(0, max(len(examples), 1), TOGETHER):
                some = slice(start, start + TOGETHER)
                columns = {"id": examples.ids, "source": examples.sources, "split": splits}
                yield pl.DataFrame(
                    {name: list(column[some]) for name, column in columns.items()}, schema
                )

        schema = dict.fromkeys(("id", "source", "split"), pl.String)
        with replacing(self.path / "splits.parquet") as temporary:
            register_io_source(parts, schema=schema).sink_parquet(
                temporary, row_group_size=2 * TOGETHER
            )

    def splits(self) -> list[str]:
        """The split of every example, in the order in which the source was read."""
        found: list[str] = self._splits()["split"].to_list()
        return found

    def own(self, ids: Sequence[str]) -> dict[str, int]:
        """split -> how many of these examples lie in it, by content."""
        import polars as pl

        known = self._splits().unique("id")
        counts = pl.DataFrame({"id": list(ids)}).join(known, on="id").group_by("split").len()
        return dict(counts.iter_rows())

    def _splits(self) -> pl.DataFrame:
        import polars as pl

        try:
            return pl.read_parquet(self.path / "splits.parquet", columns=["id", "split"])
        except (FileNotFoundError, pl.exceptions.PolarsError) as error:
            raise RunError(f"{self.path / 'splits.parquet'} cannot be read ({error}).") from None

    # --- model

    @property
    def weights(self) -> Path:
        """``net.safetensors``."""
        return self.path / "net.safetensors"

    @property
    def checkpoint(self) -> Path:
        """Where training goes on from; gone once the run is complete."""
        return self.path / "checkpoint" / "state.safetensors"

    def seal_weights(self) -> None:
        """Note the digest of the weights, by which a later change of the file is seen."""
        self.note(weights=digest(self.weights.read_bytes()))

    def check_weights(self) -> None:
        """Raises:
        RunError: the weights are missing or are not those that the run wrote.
        """
        noted = self.info().get("weights")
        if not self.weights.exists():
            raise RunError(
                f"{self.id} has no weights yet: it stopped before its first epoch ended; netwright"
                f" train --resume {self.id} goes on."
            )
        if noted and digest(self.weights.read_bytes()) != noted:
            raise RunError(
                f"{self.weights} is not the file that this run wrote: it was changed afterwards."
            )

    def write_recipe(self, text: str) -> None:
        """``recipe.yaml``."""
        write_text(self.path / "recipe.yaml", text)


def answer_columns(answers: Sequence[Any]) -> dict[str, Any]:
    """Answers as columns: ``answer`` is their first field; a mapping among the others becomes a
    list column of its name.
    """
    import polars as pl

    from netwright.contract import AnswerColumns

    if isinstance(answers, AnswerColumns):
        first, *others = answers.columns
        lists = {
            name: column
            for name in others
            if getattr(column := answers.columns[name], "ndim", 1) == 2
        }
        rest = {
            name: pl.Series(column.astype("float32")).arr.to_list()
            for name, column in lists.items()
        }
        return {"answer": answers.columns[first], **rest}
    rows = [asdict(answer) for answer in answers]
    if not rows:
        return {"answer": []}
    first, *others = rows[0]
    columns: dict[str, Any] = {"answer": [_plain(row[first]) for row in rows]}
    for name in others:
        if isinstance(rows[0][name], Mapping):
            columns[name] = pl.Series(
                [list(row[name].values()) for row in rows], dtype=pl.List(pl.Float32)
            )
    return columns


def is_figure(value: Any) -> bool:
    """Whether it is a number that can be reckoned with; JSON may also hold NaN, infinity, and whole
    numbers of any length.
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def is_count(value: Any) -> bool:
    """Whether it is a whole number that counts something."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _are_measures(found: Any) -> bool:
    """Whether this is split -> metric -> {value, n, low, high}."""
    if not isinstance(found, dict) or not all(
        isinstance(figures, dict) for figures in found.values()
    ):
        return False
    entries = [entry for figures in found.values() for entry in figures.values()]
    return all(
        isinstance(entry, dict)
        and is_figure(entry.get("value"))
        and is_count(entry.get("n"))
        and all(entry.get(end) is None or is_figure(entry[end]) for end in ("low", "high"))
        for entry in entries
    )


def _reason(error: Exception) -> str:
    """Why a text is no JSON, without Python's own words for it."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON, or cut off, at line {error.lineno}, column {error.colno}"
    return (
        "it is nested too deeply"
        if isinstance(error, RecursionError)
        else "it holds a number too large to be read"
    )


def _short(value: Any) -> str:
    """A value of a file, for a sentence."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks: nothing to hold
        pass
    return True


def _event(line: str) -> dict[str, Any]:
    """One line of ``events.jsonl``; nothing when it was cut by a kill."""
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _plain(value: Any) -> Any:
    return (
        value
        if isinstance(value, str | int | float | bool) or value is None
        else json.dumps(value, ensure_ascii=False)
    )
