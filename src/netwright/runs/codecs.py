"""A system's codec to JSON and back: checked as data, never run as code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from netwright.base.errors import DataError, NoColumnError
from netwright.base.shapes import ABSENT, MisfitError
from netwright.contract import AnySystem
from netwright.runs.reading import DamagedError
from netwright.runs.record import Record


def dump(system: AnySystem, codec: Any) -> Any:
    """The codec as plain values."""
    return TypeAdapter(system.codec).dump_python(codec, mode="json")


def load(system: AnySystem, record: Record) -> Any:
    """The codec that a run's ``codec.json`` holds.

    Raises:
        RunError: it is missing or damaged, or does not fit this system.
    """
    values = record.json("codec.json")
    try:
        return TypeAdapter(system.codec).validate_python(values)
    except ValidationError as error:
        found = _misfit(error.errors()[0], values)
        why = f"{found}, as the system '{system.name}' reads it"
        raise DamagedError(record.path, "codec.json", why) from None


@contextlib.contextmanager
def on_own_data(record: Record) -> Iterator[None]:
    """Where a run reads the very data that it was trained on: what its codec cannot read there may
    be the codec's fault.

    Raises:
        DataError: the codec cannot read them; its file is named.
    """
    try:
        yield
    except DataError as error:
        raise DataError(
            f"{str(error).rstrip('.')}: these are the data that {record.id} was trained on; see"
            f" whether {record.path / 'codec.json'} was changed."
        ) from None


@contextlib.contextmanager
def on_a_table(record: Record) -> Iterator[None]:
    """Where a run reads any table: a column that it misses must be one that training had.

    Raises:
        RunError: the codec names a column that ``data.json`` does not: one of them was changed.
    """
    try:
        yield
    except NoColumnError as error:
        trained = record.earlier_reading().columns
        if trained and error.column not in trained:
            why = (
                f"names the column '{error.column}', and training had none, as data.json lists"
                f" its columns ({', '.join(list(trained)[:10])}): one of the two was changed"
            )
            raise DamagedError(record.path, "codec.json", why) from None
        raise


def _misfit(detail: ErrorDetails, values: Any) -> MisfitError:
    """The first of pydantic's findings in our words."""
    place, context = _place(detail["loc"], values), detail.get("ctx", {})
    if detail["type"] == "missing":
        return MisfitError(f"{place}.{detail['loc'][-1]}".lstrip("."), ABSENT, "a value")
    if detail["type"] == "union_tag_not_found":
        return MisfitError(f"{place}.kind", ABSENT, "a value")
    if detail["type"] == "union_tag_invalid":
        return MisfitError(f"{place}.kind", context["tag"], f"one of {context['expected_tags']}")
    reason = context.get("error", detail["msg"].removeprefix("Input should be "))
    return MisfitError(place, detail["input"], str(reason))


def _place(path: Sequence[str | int], values: Any) -> str:
    """The keys of the file that pydantic's path leads through; it names kinds of parts, too."""
    keys = []
    for part in path:
        inside = values if isinstance(values, Mapping) else dict(enumerate(_listed(values)))
        if part in inside:
            keys.append(str(part))
            values = inside[part]
    return ".".join(keys)


def _listed(values: Any) -> Sequence[Any]:
    return values if isinstance(values, list) else []
