"""What to learn from, and which examples train, choose and judge."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from netwright.base.typed_numbers import SAMPLE_NUMBER
from netwright.recipe.knobs import Auto, Fraction, Section, Seed, knob
from netwright.recipe.turns import Turn, times


def _written(value: str) -> str:
    if "%" in value or SAMPLE_NUMBER.fullmatch(value):
        return value
    raise ValueError("it shows neither dates nor numbers")


Written = Annotated[
    str, AfterValidator(_written), "how dates or numbers are written (%d.%m.%Y, 1.234,5)"
]
Holds = Literal["number", "category", "boolean", "date", "ignore"] | Written
"""What a person may say that a column holds."""


def _as_word(value: Any) -> Any:
    """Clinics and sites are often numbers, as which a typed setting is read."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


DomainName = Annotated[str, BeforeValidator(_as_word)]


class Data(Section):
    """What to learn from."""

    source: str = knob("", "a ready data set's name, a folder, or a file")
    target: str | None = knob(
        None,
        "what to predict: a column, several: a,b (tables), a class of boxes (images)",
    )
    group: str | None = knob(None, "the column whose equal values stay in one split (tables)")
    weight: str | None = knob(
        None,
        "the column that says how much each row counts, in the loss and in the figures (tables)",
    )
    time: str | None = knob(
        None, "the column that says when each row is of, for split.by: time (tables); no input"
    )
    time_is_input: bool = knob(False, "learn from the column data.time, too")
    series: str | None = knob(
        None,
        "the column that says which series a row is a step of, in the order of data.time (tables);"
        " an example is a series then",
    )
    domain: str | None = knob(
        None,
        "the column that says what kind of place a row comes from (web, phone), for split.domain"
        " (tables); no input",
    )
    task: Auto | Literal["classification", "regression"] = knob(
        "auto", "what the target is (tables)"
    )
    columns: dict[str, Holds] = knob(
        {},
        "what columns hold, if you know better: {zip: category, id: ignore, when: date} (tables)",
    )
    skip_unreadable: bool = knob(False, "go on without files that cannot be read, however many")


class Split(Section):
    """Which examples train, which choose, which judge (notes 2.1.1).

    Splits that the source brings are kept.
    """

    by: Literal["hash", "group", "time"] = knob(
        "hash",
        "hash: drawn, by content or by group; group: the same, of groups alone; time: the latest",
    )
    dev: Auto | Fraction = knob(
        "auto",
        "fraction of the examples for dev",
        turns=(Turn("larger dev set", times(2, most=0.4), blind="larger"),),
    )
    test: Auto | Fraction = knob("auto", "fraction of the examples for test")
    gap: Annotated[int, Field(ge=0)] | str = knob(
        0, "left out before dev and test, by time: rows; '7 days' of dates; '30 units' of numbers"
    )
    domain: DomainName | None = knob(
        None,
        "the domain that dev and test are drawn from, where there are several (none: 'target')",
    )
    train_dev: Auto | Annotated[float, Field(ge=0, lt=1)] = knob(
        "auto",
        "fraction of train held out, which tells mismatch from variance (auto: where domains are)",
    )
    stratify: bool = knob(
        True,
        "keep the fractions of classes, or of tenths of a number's range, equal across splits (not"
        " by time)",
    )
    seed: Seed = knob(0, "random seed of the split (not by time)")

    @model_validator(mode="after")
    def _leaves_some_to_train(self) -> Self:
        dev, test = (0.0 if fraction == "auto" else fraction for fraction in (self.dev, self.test))
        if dev + test >= 1:
            raise ValueError(
                f"split.dev + split.test is {dev + test:g}, which leaves nothing to train on:"
                " expected less than 1"
            )
        return self
