"""What an exported file says of itself beside its graph: JSON under ``netwright`` in its
metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from netwright.base import read_json
from netwright.base.errors import UnreadableError
from netwright.base.shapes import (
    MisfitError,
    anything,
    count,
    fields,
    listed,
    mapped,
    number,
    text,
)
from netwright.contract import Arrays, ColumnForm, Examples, Export, ReadOptions

KEY, FORMAT = "netwright", 1

MOST_VALUES = 20_000_000
"""Of a description: the words of a vocabulary, how far off a run was on each example of dev."""

DESCRIPTION = fields(
    {
        "format": count,
        "run": text,
        "system": text,
        "model": text,
        "about": mapped(anything),
        "options": mapped(anything),
        "seen": mapped(mapped(anything)),
    },
    {
        "residuals": mapped(listed(number, most=10_000_000)),
        "no_interval": text,
        "checked": mapped(anything),
        "others": listed(mapped(anything)),
    },
)


@dataclass(frozen=True)
class FileDescription:
    """All that is needed to answer as the run does.

    Args:
        run, system, model: their names.
        about: of the inputs and the answers, as ``Export.about`` gives it.
        options: how inputs are read.
        seen: column of a table -> what training saw of it.
        residuals: name of a number -> how far off the run was on each example of dev, from which
            its intervals follow.
        no_interval: why there are none.
        checked: how many examples were held against the run, and the largest difference.
        others: as ``about``, of nets that read other inputs than the first, where several answer.
    """

    run: str
    system: str
    model: str
    about: Mapping[str, Any]
    options: ReadOptions
    seen: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    residuals: Mapping[str, list[float]] = field(default_factory=dict)
    no_interval: str = ""
    checked: Mapping[str, Any] = field(default_factory=dict)
    others: Sequence[Mapping[str, Any]] = ()

    def arrays(self, export: Export, examples: Examples) -> Arrays:
        """The inputs of the graph: those of the nets that read others are called by their number.

        Raises:
            DataError: the examples are not like those of training.
        """
        return {
            input_name(name, number): array
            for number, about in enumerate((self.about, *self.others))
            for name, array in export.arrays(about, examples).items()
        }

    def written(self) -> str:
        """As the file holds it."""
        columns = self.options.columns
        forms = None if columns is None else {n: form.as_json() for n, form in columns.items()}
        plain = {**asdict(self), "options": {**asdict(self.options), "columns": forms}}
        return json.dumps({"format": FORMAT, **plain}, ensure_ascii=False, allow_nan=False)

    @classmethod
    def of(cls, written: str) -> FileDescription:
        """The description that a file holds.

        Raises:
            UnreadableError: it is damaged, or of a newer netwright.
        """
        values = read_json.parse(written, MOST_VALUES)
        try:
            DESCRIPTION(values, "")
            if (newer := values.pop("format")) > FORMAT:
                raise UnreadableError(
                    f"a newer netwright wrote it (format {newer}, this one reads {FORMAT}):"
                    " upgrade netwright"
                )
            return cls(**{**values, "options": _options(values["options"])})
        except MisfitError as error:
            raise UnreadableError(f"its description {error}") from None


def input_name(name: str, number: int) -> str:
    """What an input is called of the nets that read the first thing (0), the second, ..."""
    return f"{name}_{number + 1}" if number else name


def _options(values: dict[str, Any]) -> ReadOptions:
    """Raises MisfitError where these are no options."""
    try:
        columns = values.pop("columns")
        forms = None if columns is None else {n: ColumnForm.of(one) for n, one in columns.items()}
        return ReadOptions(**values, columns=forms)
    except (AttributeError, KeyError, TypeError):
        raise MisfitError("options", values, "how inputs are read") from None
