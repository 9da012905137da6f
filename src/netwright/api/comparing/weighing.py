"""Another yardstick (notes 3.1.7): what a mistake of a class costs, or one of an example by its
columns, on answers that are there. Runs are ranked anew without training.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from netwright.api.comparing.expression import Expression, parse
from netwright.api.judged.columns import RunTable, of_run
from netwright.api.run import Run
from netwright.base import typed_numbers
from netwright.base.errors import DataError, RecipeError, RunError, UnreadableError, nearest
from netwright.base.figures import setting
from netwright.contract import AnySystem, Examples

Weigh = Mapping[str, float] | str | None
"""Class -> how much its examples count, or an expression over the columns of the data."""


def typed(texts: Sequence[str]) -> Weigh:
    """``cat=10`` once or more, as class -> weight; or an expression.

    Raises:
        RecipeError: it does not read, a class stands twice, or an expression beside another.
    """
    found: dict[str, float] = {}
    for text in texts:
        label, _, weight = text.rpartition("=")
        try:
            number = typed_numbers.number(weight)
        except UnreadableError:
            number = math.nan
        compares = not label or label.endswith(("=", "<", ">", "!"))
        if text.count("=") == 1 and not compares and not number >= 0:
            raise RecipeError(
                f"--weigh {text}: expected CLASS=NUMBER with a weight of 0 or more, or an"
                " expression over columns."
            )
        if compares or not number >= 0:
            parse(text)
            if len(texts) > 1:
                raise RecipeError(
                    f"--weigh {text}: an expression stands alone: write all of it in one, joined by"
                    " *, or name classes alone, CLASS=NUMBER."
                )
            return text
        if label in found:
            raise RecipeError(f"--weigh: the class '{label}' is given twice.")
        found[label] = number
    return found


@dataclass
class Weighing:
    """How much each example counts, where that is another yardstick than the one trained by.

    Args:
        classes: class -> weight; others count 1.
        expression: over the columns of the data; None: there is none.
    """

    classes: Mapping[str, float]
    expression: Expression | None = None
    _tables: dict[str, RunTable] = field(default_factory=dict)

    @classmethod
    def of(cls, weigh: Weigh) -> Weighing:
        """As a person gives it.

        Raises:
            RecipeError: it does not read.
        """
        return cls({}, parse(weigh)) if isinstance(weigh, str) else cls(dict(weigh or {}))

    def __bool__(self) -> bool:
        return bool(self.classes) or self.expression is not None

    def __str__(self) -> str:
        if self.expression is not None:
            return self.expression.text
        return ", ".join(f"{name}={setting(weight)}" for name, weight in self.classes.items())

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        by = {} if self.expression is None else {"expression": self.expression.text}
        return {"weights": dict(self.classes), **by}

    def weighed(self, run: Run, examples: Examples) -> Examples:
        """Examples of a run's data with these weights, times their own.

        Raises:
            RecipeError: the system has no classes, there is no such class or column, a weight
                cannot be, the data are not there any more, or nothing counts any more.
        """
        if not self:
            return examples
        own = examples.weights or [1.0] * len(examples)
        if self.expression is None:
            factors = _of_classes(self.classes, examples, run.system)
        else:
            factors = self._by_columns(self.expression, run, examples)
        found = [weight * factor for weight, factor in zip(own, factors, strict=True)]
        if not any(found):
            raise RecipeError(
                f"--weigh {self} leaves no example that counts: give some a weight above 0."
            )
        return replace(examples, weights=found)

    def _by_columns(self, expression: Expression, run: Run, examples: Examples) -> list[float]:
        columns = dict(self._table(run, expression).of(examples))
        target = run.recipe.data.target
        if target and all(isinstance(one, str | float | int) for one in examples.targets):
            columns.setdefault(target, list(examples.targets))
        if not columns:
            raise RecipeError(
                f"--weigh {expression.text}: the data of {run.id} have no columns to reckon with:"
                " weigh classes, CLASS=NUMBER."
            )
        return expression.weights(columns, examples.sources)

    def _table(self, run: Run, expression: Expression) -> RunTable:
        """The table of a run, read once for all runs of the same data.

        Raises:
            RecipeError: the data are not there any more.
        """
        data = str(run.record.mapping("data.json").get("fingerprint"))
        if data not in self._tables:
            try:
                self._tables[data] = of_run(run)
            except (DataError, RunError):
                raise RecipeError(
                    f"--weigh {expression.text}: its columns are read from the data of {run.id},"
                    " which are not where they were, or have changed: put"
                    f" {run.recipe.data.source or 'them'} back, or weigh classes, CLASS=NUMBER."
                ) from None
        return self._tables[data]


def _of_classes(weights: Mapping[str, float], examples: Examples, system: AnySystem) -> list[float]:
    labels = system.labels(examples.targets)
    known = {label for label in labels if label is not None}
    if not known:
        raise RecipeError(
            f"--weigh weighs classes, and the targets of the system '{system.name}' are none."
        )
    for label in weights:
        if label not in known:
            raise RecipeError(f"--weigh: no class '{label}' in dev{nearest(label, known)}")
    return [weights.get(label, 1.0) if label is not None else 1.0 for label in labels]
