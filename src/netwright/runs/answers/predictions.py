"""``predictions/<split>.parquet``: every example with its truth and its answer, whole, and back.

A row has ``id``, ``source``, ``truth``, ``answer`` (the answer's first field), its other fields by
their names, and ``loss``; ``group``, ``weight`` and ``domain`` where examples have them; where the
system says so, ``label`` (the class of the truth), ``answered`` (the class of the answer),
``stated`` (the probability that the answer gives that class), ``wrong``, ``truth_in_words`` and
``answer_in_words``. What a column cannot hold as it is
(lists, mappings, boxes) is JSON; how each was written stands in the file's metadata. Files of
earlier releases have none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, TypedDict, get_type_hints

from netwright.base import figures, read_json
from netwright.base.errors import UnreadableError
from netwright.base.parquet import read as read_parquet
from netwright.base.parquet.write import replacing_by_polars
from netwright.base.paths import Place
from netwright.base.shapes import MisfitError, count, listed, mapped, maybe, one_of, text
from netwright.base.shapes import fields as fields_of
from netwright.contract import Answer, AnswerColumns, AnySystem, Examples

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

KEY = "netwright"
"""Under which the metadata of a file hold how its columns were written."""

JUDGED = ("label", "answered", "stated", "wrong", "truth_in_words", "answer_in_words")
"""What the system says of an example and its answer."""

OWN = ("id", "source", "group", "weight", "domain", "truth", "answer", *JUDGED, "loss")
"""Columns that are ours: an answer's field of such a name is called ``answer.<name>``."""

BESIDE = ("group", "weight", "domain")
"""What an example may have beside its target."""

LARGEST_INT = 2**53
"""Whole numbers up to this are exact as floats, so that they may share a column with them."""


AS_THEY_ARE = (str, int, float, bool)
"""Types of a field that a column holds as they are."""


NUMBERS = "biufc"
"""Kinds of numpy's numbers, as its type strings spell them: ``<f4``."""


class Form(TypedDict, total=False):
    """How a column was written.

    ``kind``: ``plain`` (as it is), ``json``, ``mapping`` (label -> number: a list, in the order of
    ``keys``) or ``array`` (flat lists of ``dtype``; of one ``shape``, or with a column
    ``<name>.shape``).
    """

    kind: str
    keys: list[str]
    dtype: str
    shape: list[int] | None


PLAIN: Form = {"kind": "plain"}

FORMS = mapped(
    fields_of(
        {"kind": one_of("plain", "json", "mapping", "array")},
        {"keys": listed(text), "dtype": text, "shape": maybe(listed(count, most=10))},
    )
)


@dataclass(frozen=True)
class Predictions:
    """What a file holds.

    Args:
        frame: one row an example, as at the top of this file; a column that the system says nothing
            for is all null.
        forms: column -> how it was written; empty for files of earlier releases.
    """

    frame: pl.DataFrame
    forms: Mapping[str, Form] = field(default_factory=dict)

    def take(self, rows: Sequence[int]) -> Predictions:
        """Some of the rows, in that order."""
        return replace(self, frame=self.frame[list(rows)])

    def worst(self, most: int) -> list[int]:
        """The rows of the wrong answers, the largest loss first; where nobody can say what is
        wrong, of all answers.
        """
        frame = self.frame.with_row_index("row")
        if frame["wrong"].is_not_null().any():
            frame = frame.filter(frame["wrong"])
        frame = frame.filter(frame["loss"].is_finite())
        ordered = frame.sort(["loss", "source"], descending=[True, False])
        rows: list[int] = ordered["row"].head(most).to_list()
        return rows

    def values(self, column: str) -> list[Any]:
        """What a column holds as plain values; tuples and arrays come back as lists.

        Raises:
            UnreadableError: the file was changed: the column does not hold what it says.
        """
        held: list[Any] = self.frame[column].to_list()
        form = self.forms.get(column, PLAIN)
        try:
            if form["kind"] == "json":
                return [None if text is None else read_json.parse(text) for text in held]
            if form["kind"] == "mapping":
                keys = form["keys"]
                return [None if row is None else dict(zip(keys, row, strict=True)) for row in held]
            if form["kind"] == "array":
                arrays = self._arrays(column)
                return [None if array is None else array.tolist() for array in arrays]
        except (UnreadableError, ValueError, TypeError) as error:
            raise UnreadableError(f"its column '{column}': {str(error)[:150]}") from None
        return held

    def in_words(self, column: Literal["truth", "answer"], most: int) -> list[str]:
        """What a person reads of each row, of at most so many characters: as the system words it,
        else the value in a line.

        Raises:
            UnreadableError: as of ``values``.
        """
        words = self.frame[f"{column}_in_words"].to_list()
        return [
            figures.value(value if own is None else own, most)
            for own, value in zip(words, self.values(column), strict=True)
        ]

    def examples(self, system: AnySystem) -> Examples:
        """The examples without their inputs, their targets as they were; what metrics read.

        Raises:
            UnreadableError: the file is of another system, or was changed.
        """
        names = [name for name in BESIDE if name in self.frame.columns]
        columns = {name: self.frame[name].to_list() for name in names}
        return Examples(
            inputs=[None] * len(self.frame),
            targets=self._field("truth", system.target),
            ids=self.frame["id"].to_list(),
            sources=self.frame["source"].to_list(),
            groups=columns.get("group"),
            weights=columns.get("weight"),
            domains=columns.get("domain"),
        )

    def answers(self, system: AnySystem) -> list[Answer]:
        """The answers as they were given.

        Raises:
            UnreadableError: the file is of a release that did not keep all of an answer, of another
                system, or was changed.
        """
        hints = get_type_hints(system.answer)
        columns = _columns_of(system)
        if absent := [name for name in columns.values() if name not in self.forms]:
            raise UnreadableError(
                f"it does not hold all of an answer ('{absent[0]}' is missing), as those of earlier"
                " releases do not"
            )
        parts = {name: self._field(column, hints[name]) for name, column in columns.items()}
        return [
            system.answer(**dict(zip(parts, row, strict=True)))
            for row in zip(*parts.values(), strict=True)
        ]

    def _field(self, column: str, hint: Any) -> list[Any]:
        """One column, of the type that the system says: a field of every answer, or the targets."""
        kind = self.forms.get(column, PLAIN)["kind"]
        if kind == "array":
            return self._arrays(column)
        if kind == "mapping" or (kind == "plain" and hint in AS_THEY_ARE):
            return self.values(column)
        held = self.frame[column].to_list()
        if held.count(None) == len(held):
            return held
        from pydantic import TypeAdapter, ValidationError

        adapter: TypeAdapter[Any] = TypeAdapter(hint)
        read = adapter.validate_json if kind == "json" else adapter.validate_python
        try:
            return [None if value is None else read(value) for value in held]
        except ValidationError as error:
            why = error.errors()[0]["msg"]
            raise UnreadableError(f"its column '{column}' holds no {hint}: {why}") from None

    def _arrays(self, column: str) -> list[np.ndarray[Any, Any] | None]:
        import numpy as np

        form, held = self.forms[column], self.frame[column].to_list()
        shape = form.get("shape")
        shapes = [shape] * len(held) if shape else self.frame[f"{column}.shape"].to_list()
        return [
            None if row is None else np.array(row, form["dtype"]).reshape(of)
            for row, of in zip(held, shapes, strict=True)
        ]


def write(
    place: Place,
    system: AnySystem,
    examples: Examples,
    answers: Sequence[Answer] | AnswerColumns,
    losses: Sequence[float],
) -> None:
    """Write the examples of a split with what was answered.

    Args:
        losses: one an example; NaN where nothing is labelled.

    Raises:
        NetwrightError: the file cannot be written.
    """
    import polars as pl

    table = _Table({}, {})
    table.add("id", list(examples.ids))
    table.add("source", list(examples.sources))
    if examples.groups is not None:
        table.add("group", list(examples.groups))
    if examples.weights is not None:
        table.add("weight", [float(weight) for weight in examples.weights])
    if examples.domains is not None:
        table.add("domain", list(examples.domains))
    table.add("truth", list(examples.targets))
    for name, (values, keys) in _fields(system, answers).items():
        table.add(_columns_of(system)[name], values, keys)
    for name, judged in _judged(system, examples, answers).items():
        if any(value is not None for value in judged):
            table.columns[name] = pl.Series(name, judged, dtype=_judged_as(name))
    table.columns["loss"] = pl.Series(losses, dtype=pl.Float32)
    with replacing_by_polars(place) as temporary:
        pl.DataFrame(table.columns).write_parquet(
            temporary, metadata={KEY: json.dumps(table.forms, ensure_ascii=False)}
        )


def read(place: Place) -> Predictions:
    """What a file holds, of this release or an earlier one.

    Raises:
        FileNotFoundError: it is not there.
        UnreadableError: it is damaged.
    """
    import polars as pl

    frame = read_parquet.load(place)
    try:
        forms: dict[str, Form] = read_json.parse(read_parquet.metadata_of(place).get(KEY, "{}"))
        FORMS(forms, "")
    except MisfitError as error:
        raise UnreadableError(f"its metadata {error}") from None
    _check(frame, forms)
    if not forms:
        frame = _upgraded(frame)
    absent = [name for name in JUDGED if name not in frame.columns]
    empty = [pl.lit(None, dtype=_judged_as(name)).alias(name) for name in absent]
    return Predictions(frame.with_columns(empty), forms)


def _check(frame: pl.DataFrame, forms: Mapping[str, Form]) -> None:
    """See that each column has the type that its form is written in.

    Raises:
        UnreadableError: it has another, or is not there.
    """
    import polars as pl

    types: dict[str, Any] = {"json": pl.String, "mapping": pl.List, "array": pl.List}
    for name, form in forms.items():
        kind = form["kind"]
        if name not in frame.columns:
            raise UnreadableError(f"its column '{name}' is missing")
        if kind in types and frame.schema[name] != types[kind]:
            raise UnreadableError(f"its column '{name}' is no {kind}")
        if kind == "mapping" and "keys" not in form:
            raise UnreadableError(f"its column '{name}' lacks its keys")
        if kind == "array" and form.get("dtype", "")[1:2] not in tuple(NUMBERS):
            raise UnreadableError(f"its column '{name}' holds no array of numbers")
    for name in JUDGED:
        if forms and frame.schema.get(name, _judged_as(name)) != _judged_as(name):
            raise UnreadableError(f"its column '{name}' is {frame.schema[name]}")
    if not frame.schema.get("loss", pl.Float32).is_numeric():
        raise UnreadableError("its column 'loss' holds no numbers")


def _upgraded(frame: pl.DataFrame) -> pl.DataFrame:
    """A file of an earlier release: those with probabilities are of classifiers, which answered
    with labels.
    """
    import polars as pl

    if not {"truth", "answer", "probabilities"} <= set(frame.columns):
        return frame
    if frame["truth"].dtype != pl.String or frame["answer"].dtype != pl.String:
        return frame
    stated = pl.col("probabilities").list.max().cast(pl.Float32)
    return frame.with_columns(
        label=pl.col("truth"),
        answered=pl.col("answer"),
        wrong=pl.col("truth") != pl.col("answer"),
        stated=stated,
    )


def _judged_as(name: str) -> Any:
    """The type of a column that the system decides."""
    import polars as pl

    return {"stated": pl.Float32, "wrong": pl.Boolean}.get(name, pl.String)


def _judged(
    system: AnySystem, examples: Examples, answers: Sequence[Answer] | AnswerColumns
) -> dict[str, list[Any]]:
    """What the system says of each example and its answer."""
    first = attrgetter(fields(system.answer)[0].name)
    worded = system.answer_in_words or (lambda answer: system.in_words(first(answer)))
    found: dict[str, list[Any]] = {
        "answered": [],
        "stated": [],
        "wrong": [],
        "answer_in_words": [],
    }
    for example, answer in zip(examples.without_inputs(), answers, strict=True):
        answered = system.label(first(answer))
        stated = system.probabilities(answer)
        found["answered"].append(answered)
        found["stated"].append(None if stated is None or answered is None else stated.get(answered))
        found["wrong"].append(system.wrong(example, answer))
        found["answer_in_words"].append(worded(answer))
    truths = [None if target is None else system.in_words(target) for target in examples.targets]
    return {"label": system.labels(examples.targets), "truth_in_words": truths, **found}


def _columns_of(system: AnySystem) -> dict[str, str]:
    """The answer's fields -> the columns that hold them."""
    first, *others = (part.name for part in fields(system.answer))
    return {
        first: "answer",
        **{name: f"answer.{name}" if name in OWN else name for name in others},
    }


def _fields(
    system: AnySystem, answers: Sequence[Answer] | AnswerColumns
) -> dict[str, tuple[Any, Sequence[str]]]:
    """Field -> its values, one a row, and the keys of those that are rows of a mapping."""
    names = [part.name for part in fields(system.answer)]
    # columns that are the fields need no answers built
    if isinstance(answers, AnswerColumns) and list(answers.columns) == names:
        return {name: (answers.columns[name], answers.keys.get(name, ())) for name in names}
    rows = list(answers)
    return {name: (list(map(attrgetter(name), rows)), ()) for name in names}


@dataclass(frozen=True)
class _Table:
    """Columns on their way to a file, and how each is written."""

    columns: dict[str, Any]
    forms: dict[str, Form]

    def add(self, name: str, values: Any, keys: Sequence[str] = ()) -> None:
        """Add a column in the plainest form that holds every value."""
        import numpy as np
        import polars as pl

        if keys:
            self.forms[name] = {"kind": "mapping", "keys": list(keys)}
            self.columns[name] = pl.Series(np.asarray(values)).arr.to_list()
        elif isinstance(values, np.ndarray) and values.ndim == 1:
            self.forms[name] = {"kind": "plain"}
            self.columns[name] = pl.Series(values)
        elif (kind := _plain_type(values)) is not None:
            self.forms[name] = {"kind": "plain"}
            self.columns[name] = pl.Series(values, dtype=kind, strict=False)
        elif all(value is None or isinstance(value, np.ndarray) for value in values):
            self._add_arrays(name, list(values))
        elif alike := _alike_keys(values):
            self.forms[name] = {"kind": "mapping", "keys": alike}
            rows = [None if value is None else list(value.values()) for value in values]
            self.columns[name] = pl.Series(rows, dtype=pl.List(pl.Float64))
        else:
            self.forms[name] = {"kind": "json"}
            self.columns[name] = pl.Series(list(map(_json, values)), dtype=pl.String)

    def _add_arrays(self, name: str, values: Sequence[np.ndarray[Any, Any] | None]) -> None:
        """Arrays of numbers as flat lists; their shapes beside them where they differ."""
        import numpy as np
        import polars as pl

        known = [value for value in values if value is not None]
        shapes = {value.shape for value in known}
        shape = list(known[0].shape) if len(shapes) == 1 else None
        dtype = np.result_type(*known)
        self.forms[name] = {"kind": "array", "dtype": dtype.str, "shape": shape}
        self.columns[name] = pl.Series(
            [None if value is None else value.ravel().tolist() for value in values],
            dtype=pl.List(pl.Series(np.empty(0, dtype)).dtype),
        )
        if shape is None:
            self.columns[f"{name}.shape"] = pl.Series(
                [None if value is None else list(value.shape) for value in values],
                dtype=pl.List(pl.Int64),
            )


def plain(value: Any) -> Any:
    """A value as JSON holds it: tuples and arrays as lists, dataclasses as mappings."""
    if value is None or type(value) in AS_THEY_ARE:  # most values: answers hold many
        return value
    import numpy as np

    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: plain(getattr(value, part.name)) for part in fields(value)}
    return value


def numbers_in(value: Any) -> Iterator[float]:
    """All numbers in an answer, or in a list of them, in their order."""
    value = plain(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from numbers_in(part)
    elif isinstance(value, int | float):
        yield float(value)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(plain(value), ensure_ascii=False)


def _plain_type(values: Sequence[Any]) -> Any:
    """The type of a column that holds these values as they are; None: none does."""
    import polars as pl

    kinds = {type(value) for value in values if value is not None}
    if not kinds or kinds == {str}:
        return pl.String
    if kinds == {bool}:
        return pl.Boolean
    if kinds == {float}:
        return pl.Float64
    whole = all(abs(value) <= LARGEST_INT for value in values if type(value) is int)
    if kinds == {int} and whole:
        return pl.Int64
    return pl.Float64 if kinds == {int, float} and whole else None


def _alike_keys(values: Sequence[Any]) -> list[str]:
    """The keys that all mappings of text to floats have; empty where a value is another thing."""
    first = next((value for value in values if value is not None), None)
    if not isinstance(first, Mapping):
        return []
    keys = list(first)
    alike = all(
        value is None
        or (
            isinstance(value, Mapping)
            and list(value) == keys
            and all(type(part) is float for part in value.values())
        )
        for value in values
    )
    return keys if alike and all(type(key) is str for key in keys) else []
