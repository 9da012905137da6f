"""Tables to examples: CSV, TSV, Parquet and data frames; target and group taken out, rows named by file and line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError, nearest
from netwright.contract import Examples, Source
from netwright.data import columns, targets
from netwright.data.csvs import DELIMITERS, MOST_COLUMNS, read_words
from netwright.data.hashes import Hashes
from netwright.data.reading import Reading, reading
from netwright.data.rows import Places, Rows
from netwright.findings import Finding

if TYPE_CHECKING:
    import polars as pl

PARQUET = (".parquet", ".pq")

__all__ = ["Rows", "read_frame", "read_rows", "read_table"]


def read_table(source: Source) -> Reading:
    """The examples of a table file.

    Args:
        source: its options may hold ``target``, ``group`` and ``task``.

    Raises:
        DataError: the file cannot be read as a table, or target or group are not in it.
    """
    path = Path(source.path)
    frame, ids_from, sources, notes, findings = _load(path)
    return read_frame(frame, source, ids_from=ids_from, sources=sources, notes=notes, findings=findings)


def read_rows(path: Path) -> Examples:
    """The rows of a table as examples without targets: all columns are inputs.

    Raises:
        DataError: the file cannot be read as a table.
    """
    frame, ids_from, sources, _, _ = _load(Path(path))
    return Examples(Rows(frame), [None] * len(frame), _ids(ids_from), sources)


def read_frame(
    frame: pl.DataFrame,
    source: Source,
    *,
    ids_from: pl.DataFrame | None = None,
    sources: Sequence[str] | None = None,
    notes: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
) -> Reading:
    """The examples of a polars frame of numbers, booleans and words.

    Args:
        source: its options may hold ``target``, ``group`` and ``task``.
        ids_from: what the ids are computed from (default: the frame).
        sources: one a row (default: ``frame:0`` and so on).

    Raises:
        DataError: target or group are not among the columns, nothing is left to learn from, or the target is unusable.
    """
    target, group = source.options.get("target"), source.options.get("group")
    _check_columns(frame.columns, source.path, target, group, findings)
    text = frame if ids_from is None else ids_from
    ids = _ids(text.drop([target] if target else []))
    inputs, odd = columns.inspect(frame.drop([name for name in (target, group) if name]))
    if not inputs.columns:
        raise DataError(f"{source.path} holds no column to learn from beside {_beside(target, group)}.")
    examples = Examples(
        Rows(inputs), [None] * len(frame), ids, sources or Places(source.path, range(len(frame))),
        groups=None if group is None else _groups(frame[group], ids),
    )  # fmt: skip
    findings = (*findings, *odd)
    if target is None:
        return reading(examples, source, notes=(*notes, "no target is named"), findings=findings)
    return _with_target(examples, frame[target].to_list(), target, source, notes, findings)


def _with_target(
    examples: Examples,
    values: list[Any],
    target: str,
    source: Source,
    notes: tuple[str, ...],
    findings: tuple[Finding, ...],
) -> Reading:
    found = targets.work_out(values, task=source.options.get("task") or "auto", name=target)
    full = Examples(examples.inputs, found.values, examples.ids, examples.sources, examples.groups)
    kept = [at for at, value in enumerate(found.values) if value is not None]
    if len(kept) < len(values):
        full = full.take(kept)
        said = f"{len(values) - len(kept):,} of {len(values):,} rows have no '{target}' and are left out."
        findings = (*findings, Finding("NW214", said, {"without": len(values) - len(kept), "rows": len(values)},
                                       ("find out why they lack it: if not by chance, what is learned from the others is biased",)))  # fmt: skip
    return reading(full, source, notes=(*notes, found.note), findings=(*findings, *found.findings))


def _load(
    path: Path,
) -> tuple[pl.DataFrame, pl.DataFrame, Sequence[str], tuple[str, ...], tuple[Finding, ...]]:
    """(frame, what the ids are computed from, sources, notes, findings) of a table file."""
    if path.suffix.lower() in PARQUET:
        frame, notes = columns.plain(_parquet(path))
        return frame, frame, Places(path.name, range(len(frame))), notes, ()
    words = read_words(path)
    name = path.name
    frame, findings = columns.typed(words, name)
    note = f"cells are separated by {DELIMITERS[words.delimiter]}s; {len(frame.columns):,} columns, {len(frame):,} rows"
    return frame, words.cells, Places(name, words.lines), (note,), findings


def _parquet(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        count = len(pl.read_parquet_schema(path))
        if count <= MOST_COLUMNS:
            frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {(str(error).splitlines() or ['damaged'])[0]}.") from None
    if count > MOST_COLUMNS:
        raise DataError(
            f"{path} has {count:,} columns: expected at most {MOST_COLUMNS:,}; keep the ones that matter, or turn rows and columns."
        )
    if not len(frame):
        raise DataError(f"{path} has no rows: nothing to read.")
    return frame


def _check_columns(
    names: Sequence[str], where: str, target: str | None, group: str | None, findings: tuple[Finding, ...]
) -> None:
    for role, name in (("target", target), ("group", group)):
        if name is not None and name not in names:
            header = " (its first line looks like data, not names)" if any(f.code == "NW216" for f in findings) else ""
            raise DataError(f"{where} has no {role} column '{name}'{header}{_nearest_column(name, names)}")
    if target is not None and target == group:
        raise DataError(f"'{target}' is both target and group: the group must be another column.")


def _nearest_column(name: str, names: Sequence[str]) -> str:
    """The nearest name, else the first fifty."""
    close = nearest(name, names)
    if close.startswith("; did"):
        return close
    return f"; its columns are {', '.join(names[:50])}{f', ... ({len(names):,})' if len(names) > 50 else ''}."


def _ids(text: pl.DataFrame) -> Sequence[str]:
    """The content hash of each row's words, as ``files.digest`` gives it."""
    import polars as pl

    if not text.columns:
        return [""] * len(text)
    joined = text.select(
        pl.concat_str([pl.col(name).cast(pl.String).fill_null("") for name in text.columns], separator="\x1f").alias("row")
    )  # fmt: skip
    rows = joined["row"].cast(pl.Binary)
    return Hashes(b"".join(hashlib.blake2b(row, digest_size=8).digest() for row in rows))


def _groups(column: pl.Series, ids: Sequence[str]) -> list[str]:
    """The group of each row; a row without one is a group of its own."""
    return [
        identity if targets.is_missing(value) else str(value)
        for value, identity in zip(column.to_list(), ids, strict=True)
    ]


def _beside(target: str | None, group: str | None) -> str:
    return " and ".join(f"'{name}'" for name in (target, group) if name) or "missing values"
