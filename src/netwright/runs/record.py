"""A run on disk: a folder of files that a person and pandas can read. Nothing is pickled; reading
one runs no code of its own.
"""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from netwright.base.errors import RunError, UnreadableError
from netwright.base.files import append_line, replacing, write_json, write_text
from netwright.base.measure import Measure
from netwright.base.parquet.write import replacing_by_polars
from netwright.base.paths import Inside, lies
from netwright.contract import FIRST_IDS, ColumnForm, EarlierReading, Examples
from netwright.runs import reading
from netwright.runs.formats import FORMAT
from netwright.runs.keeping import stages
from netwright.runs.keeping.writing import alone
from netwright.runs.schema import Event, Measures, RunInfo

if TYPE_CHECKING:
    import polars as pl

    from netwright.contract import Answer, AnswerColumns, AnySystem, Examples
    from netwright.runs.answers.predictions import Predictions
    from netwright.runs.rows import EpochRow, LayerRow, Row

STATE = reading.STATE

WRITTEN_AT_ONCE = 1 << 13
"""Examples that are written at once where all are."""


PlainMeasures = dict[str, dict[str, dict[str, Any]]]
"""split -> metric -> value, n, low, high, unit, better, is_proportion."""


class Summary(TypedDict):
    """What a list shows of a run; ``dev``: the single number on dev, or None."""

    id: str
    status: str
    source: str
    model: str
    epochs: int
    seconds: float
    metric: str
    dev: dict[str, Any] | None


@dataclass(frozen=True)
class Record:
    """The files of one run, by meaning.

    Args:
        path: the folder; its name is the run's id.
        as_last: whether it was found as the last of its store, by no name of its own.
    """

    path: Path
    as_last: bool = field(default=False, compare=False)

    @property
    def id(self) -> str:
        """The folder's name."""
        return reading.id_of(self.path)

    # --- what the run is

    def info(self) -> RunInfo:
        """``run.json``: id, status, system, model, source, result and messages.

        Raises:
            RunError: it is missing, damaged, or of a newer format.
        """
        return reading.info(self.path)

    def summary(self) -> Summary:
        """What a list shows of the run.

        Raises:
            RunError: it cannot be read, or holds something else than a run does.
        """
        info = self.info()
        name = info["metric"]["name"] if "metric" in info else ""
        measures = self.measures() if self.has("measures.json") else {}
        dev = measures.get("dev", {}).get(name)
        return {
            "id": self.id,
            "status": reading.status_of(self.path, info["status"]),
            "source": info.get("source", ""),
            "model": info["model"],
            "epochs": info.get("epochs", 0),
            "seconds": float(info.get("seconds", 0.0)),
            "metric": name,
            "dev": None if dev is None else dev.as_json(),
        }

    def measures(self) -> Measures:
        """split -> metric -> figure.

        Raises:
            RunError: they are not there, or were changed.
        """
        return reading.measures(self.path)

    def write_measures(self, measures: Measures) -> None:
        """``measures.json``: split -> metric -> figure."""
        self.write_json("measures.json", measures_as_json(measures))

    def held(self) -> contextlib.AbstractContextManager[None]:
        """Inside the block no other process trains into this run; the lock ends with the process,
        however it ends.

        Raises:
            RunError: another process holds it.
        """
        return reading.held(self.path)

    @property
    def trained_now(self) -> bool:
        """Whether a process trains it."""
        return reading.is_held(self.path)

    @property
    def status(self) -> str:
        """As noted; ``killed`` where it says ``running`` and nobody trains it any more.

        Raises:
            RunError: see ``info``.
        """
        return reading.status_of(self.path, self.info()["status"])

    def discard(self) -> None:
        """Take the folder away: for a run that never began."""
        shutil.rmtree(self.path, ignore_errors=True)

    def alone(self) -> contextlib.AbstractContextManager[None]:
        """Inside the block nobody else writes into the run, see ``keeping.writing``.

        Raises:
            RunError: its folder is not there any more.
        """
        return alone(self.path)

    def note(self, **changes: Any) -> None:
        """Change entries of ``run.json``, atomically; nobody's change is lost.

        Raises:
            RunError: the run's folder is not there any more.
        """
        with self.alone():
            # unchecked: the first notes of a run are not yet all that its schema asks for
            old = (
                reading.plain_json(self.path, "run.json")
                if self.has("run.json")
                else {"format": FORMAT, "id": self.id}
            )
            self.write_json("run.json", {**old, "format": FORMAT, **changes})

    def event(self, kind: str, **fields: Any) -> None:
        """Append to ``events.jsonl``: tweaks, stops, resumes, openings of the test split."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": now, "event": kind, **fields}, ensure_ascii=False)
        with self.alone():
            append_line(self.inside("events.jsonl"), line)

    def events(self, kind: str) -> list[Event]:
        """All events of one kind, oldest first.

        Raises:
            RunError: they cannot be read.
        """
        try:
            found, _ = reading.events(self.path)
        except reading.AbsentError:
            return []
        return [event for event in found if event["event"] == kind]

    # --- files

    def json(self, name: str) -> Any:
        """The content of a JSON file of the run.

        Raises:
            RunError: it is missing or damaged.
        """
        return reading.json_file(self.path, name)

    def mapping(self, name: str) -> dict[str, Any]:
        """The content of a JSON file of the run that holds a mapping.

        Raises:
            RunError: it is missing, damaged or holds something else.
        """
        values = self.json(name)
        if not isinstance(values, dict):
            raise reading.DamagedError(self.path, name, "holds no mapping")
        return values

    def earlier_reading(self, *, lenient: bool = False) -> EarlierReading:
        """How the table that was trained on was understood; of other data, and of runs of before it
        was noted, without columns.

        Args:
            lenient: whether what does not fit counts as missing now.

        Raises:
            RunError: ``data.json`` is damaged.
        """
        about = self.mapping("data.json") if self.has("data.json") else {}
        noted = about.get("columns", {})
        columns = {name: ColumnForm.of(form) for name, form in noted.items()}
        return EarlierReading(columns, about.get("ids", FIRST_IDS), lenient)

    def seen(self) -> dict[str, dict[str, Any]]:
        """What training saw of each column of its table, as plain values; empty of other data, and
        of runs of before it was noted.

        Raises:
            RunError: ``data.json`` is damaged.
        """
        about = self.mapping("data.json") if self.has("data.json") else {}
        seen: dict[str, dict[str, Any]] = about.get("seen", {})
        return seen

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file of the run, atomically."""
        with self.alone():
            write_json(self.inside(name), value)

    def has(self, name: str) -> bool:
        """Whether the file is there.

        Raises:
            RunError: a folder that leads to it is a link, or may not be read.
        """
        try:
            return lies(self.inside(name)) is not None
        except UnreadableError as error:
            raise reading.DamagedError(self.path, name, f"cannot be read ({error})") from None

    def inside(self, name: str) -> Inside:
        """A file of the run, opened through no link."""
        return Inside(self.path, name)

    # --- curves

    def curves(self, name: str = "curves.csv") -> list[EpochRow]:
        """One row an epoch, of the run or (``abandoned.csv``) of what its rewinds left behind.

        Raises:
            RunError: it is damaged.
        """
        from netwright.runs import rows  # its types take 3 ms to make: a list of runs needs none

        return rows.epochs(self.path, name) if self.has(name) else []

    def layers(self) -> list[LayerRow]:
        """One row a layer and moment.

        Raises:
            RunError: it is damaged.
        """
        from netwright.runs import rows

        return rows.layers(self.path) if self.has("layers.csv") else []

    def write_rows(self, name: str, rows: Sequence[Row]) -> None:
        """Write a CSV file of the run, atomically; what a row lacks is an empty cell."""
        written = [row.as_dict() for row in rows]
        columns = list(dict.fromkeys(name for row in written for name in row))
        with (
            self.alone(),
            replacing(self.inside(name)) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.DictWriter(file, fieldnames=columns)
            writer.writeheader()
            writer.writerows(written)

    # --- answers

    def write_predictions(
        self,
        split: str,
        system: AnySystem,
        examples: Examples,
        answers: Sequence[Answer] | AnswerColumns,
        losses: Sequence[float],
    ) -> None:
        """``predictions/<split>.parquet``: every example with its truth and its whole answer."""
        from netwright.runs.answers import predictions  # a list of runs needs none

        with self.alone():
            predictions.write(self._predictions(split), system, examples, answers, losses)

    def read_predictions(self, split: str) -> Predictions:
        """The truths and answers on a split, and how they were written.

        Raises:
            RunError: they are not there, or the file is damaged.
        """
        from netwright.runs.answers import predictions

        try:
            reading.check_table(self.path, f"predictions/{split}.parquet")
            return predictions.read(self._predictions(split))
        except (FileNotFoundError, reading.AbsentError):
            raise RunError(
                f"{self.id} holds no answers on {split}{self._way_to_answers(split)}."
            ) from None
        except UnreadableError as error:
            raise self.unreadable(split, error) from None

    def _way_to_answers(self, split: str) -> str:
        """How there come to be answers on a split, to follow a sentence's beginning."""
        info, name = self.info(), f"predictions/{split}.parquet"
        if self.status == "running":
            return ": it is being trained now, and writes them when it ends: wait"
        if info["status"] != "complete" and name not in info.get("promised", ()):
            return f", as {reading.unended(self.path, info)}"
        if split == "test":
            return f": netwright evaluate {self.id} --split test opens it"
        made = f", or {stages.resume(self.path, info)} makes them"
        return f": put {name} back from a copy{'' if 'members' in info else made}"

    def predictions(self, split: str) -> pl.DataFrame:
        """The truths and answers on a split, one row an example.

        Raises:
            RunError: they are not there, or the file is damaged.
        """
        return self.read_predictions(split).frame

    def answers(self, split: str, system: AnySystem) -> list[Answer]:
        """The answers on a split as they were given.

        Raises:
            RunError: they are not there, the file is damaged, or it is of an earlier release, which
                did not keep them whole.
        """
        try:
            return self.read_predictions(split).answers(system)
        except UnreadableError as error:
            raise self.unreadable(split, error) from None

    def examples(self, split: str, system: AnySystem) -> Examples:
        """The examples of a split that was answered, without their inputs, their labels as people
        have corrected them until now.

        Raises:
            RunError: as of ``answers``.
            NetwrightError: the corrections cannot be read.
        """
        from netwright.runs.annotations import overlay

        return overlay.as_of_now(self.path, system, self.examples_as_kept(split, system))[0]

    def examples_as_kept(self, split: str, system: AnySystem) -> Examples:
        """The same, with the labels that the run was trained and measured with.

        Raises:
            RunError: as of ``answers``.
        """
        try:
            return self.read_predictions(split).examples(system)
        except UnreadableError as error:
            raise self.unreadable(split, error) from None

    def unreadable(self, split: str, error: UnreadableError) -> RunError:
        """The answers on a split cannot be read, and why."""
        name = f"predictions/{split}.parquet"
        return reading.DamagedError(self.path, name, f"cannot be read ({error})")

    def _predictions(self, split: str) -> Inside:
        return self.inside(f"predictions/{split}.parquet")

    def write_splits(self, examples: Examples, splits: Sequence[str]) -> None:
        """``splits.parquet``: the split of every example, written a few thousand at a time.

        Raises:
            NetwrightError: the disk is full.
        """
        import polars as pl
        from polars.io.plugins import register_io_source

        def parts(*_: Any) -> Iterator[pl.DataFrame]:
            for start in range(0, max(len(examples), 1), WRITTEN_AT_ONCE):
                some = slice(start, start + WRITTEN_AT_ONCE)
                columns = {"id": examples.ids, "source": examples.sources, "split": splits}
                yield pl.DataFrame(
                    {name: list(column[some]) for name, column in columns.items()}, schema
                )

        schema = dict.fromkeys(("id", "source", "split"), pl.String)
        with replacing_by_polars(self.inside("splits.parquet")) as temporary:
            register_io_source(parts, schema=schema).sink_parquet(
                temporary, row_group_size=2 * WRITTEN_AT_ONCE
            )

    def splits(self) -> list[str]:
        """The split of every example, in the order in which the source was read.

        Raises:
            RunError: they are not there, or the file is damaged.
        """
        found: list[str] = reading.table(self.path, "splits.parquet")["split"].to_list()
        return found

    def splits_of(self, examples: Examples) -> list[str]:
        """The split of each of the examples that the run was trained on, as they are read again.

        Raises:
            RunError: there are more of them or fewer, or as for ``splits``.
        """
        found = self.splits()
        if len(found) != len(examples):
            raise RunError(
                f"{self.id} was trained on {len(found):,} examples, and its system makes"
                f" {len(examples):,} of the same data now: it leaves out others than it did then;"
                " train anew."
            )
        return found

    def own(self, ids: Sequence[str]) -> dict[str, int]:
        """split -> how many of these examples lie in it, by content.

        Raises:
            RunError: the run's own are not there, or the file is damaged.
        """
        import polars as pl

        known = reading.table(self.path, "splits.parquet").unique("id")
        wanted = pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})  # there may be none
        counts = wanted.join(known, on="id").group_by("split").len()
        return dict(counts.iter_rows())

    def known(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of the ids that are of the run's own examples; none where these are not there."""
        import polars as pl

        if not self.has("splits.parquet"):
            return frozenset()
        own = reading.table(self.path, "splits.parquet")["id"]
        return frozenset(own.filter(own.is_in(pl.Series(list(ids), dtype=pl.String).implode())))

    # --- model

    @property
    def weights(self) -> Path:
        """``net.safetensors``."""
        return self.path / reading.WEIGHTS

    @property
    def checkpoint(self) -> Path:
        """Where training goes on from; of a complete run, where a longer one would."""
        return self.path / STATE

    @property
    def state(self) -> Inside:
        """The checkpoint, to be opened."""
        return self.inside(STATE)

    @property
    def has_state(self) -> bool:
        """Whether there is a state to go on from."""
        return self.has(STATE)

    def seal_weights(self) -> None:
        """Note the digest of the weights, by which a later change of the file is seen."""
        self.note(weights=reading.digest_of_weights(self.path))

    def check_weights(self) -> None:
        """See that the weights are those that the run wrote.

        Raises:
            RunError: the weights are missing or are not those that the run wrote; or it has none of
                its own, as others answer for it.
        """
        info = self.info()
        if members := info.get("members"):
            raise RunError(
                f"{self.id} has no net of its own: the nets of other runs answer for it; name one"
                f" of them, such as {members[0]['run']}."
            )
        noted = info.get("weights")
        found = reading.digest_of_weights(self.path)
        if noted and found != noted:
            raise RunError(
                f"{self.weights} is not the file that this run wrote: it was changed afterwards."
            )

    def recipe(self) -> dict[str, Any]:
        """The nested values of ``recipe.yaml``.

        Raises:
            RunError: it is missing or damaged.
        """
        return reading.recipe(self.path)

    def write_recipe(self, text: str) -> None:
        """``recipe.yaml``."""
        write_text(self.inside("recipe.yaml"), text)


def measures_as_json(measures: Mapping[str, Mapping[str, Measure]]) -> PlainMeasures:
    """Figures as plain values."""
    return {
        split: {name: found.as_json() for name, found in figures.items()}
        for split, figures in measures.items()
    }
