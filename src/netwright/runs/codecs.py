"""A system's codec to JSON and back: checked as data, never run as code."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from netwright.base.errors import RunError
from netwright.contract import AnySystem


def dump(system: AnySystem, codec: Any) -> Any:
    """The codec as plain values."""
    return TypeAdapter(system.codec).dump_python(codec, mode="json")


def load(system: AnySystem, values: Any) -> Any:
    """The codec from plain values.

    Raises:
        RunError: they do not fit this system.
    """
    try:
        return TypeAdapter(system.codec).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RunError(
            f"codec.json does not fit the system '{system.name}': {place}: {first['msg']}."
        ) from None
