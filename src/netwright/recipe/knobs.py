"""What a hyperparameter is: a typed field, its default, what it does, its search range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from netwright.base.errors import RecipeError
from netwright.recipe.turns import Turn

Auto = Literal["auto"]
Find = Literal["find"]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""As far as torch takes one."""

Units = Annotated[int, Field(ge=1, le=1_000_000)]
"""The width of a layer: units, channels."""

MOST_LAYERS = 1000
"""Entries of a list of layers: each is built, one after the other."""

Value = TypeVar("Value")


def resolved(value: Value | Literal["auto", "find", "largest"]) -> Value:
    """A knob's value once it is chosen: neither ``auto`` nor ``find``.

    ``complete`` replaces the one, a trial the other.

    Raises:
        RecipeError: it is ``largest``, which a training alone finds out; or it was left open, as
            only a record that was changed afterwards does.
    """
    if value in ("auto", "find"):
        raise RecipeError(
            f"a knob is at {value} where its value is needed: complete of the system does not"
            " replace it, or the record of the run is incomplete or was changed."
        )
    if value == "largest":
        raise RecipeError(
            "training.batch_size = 'largest' is known only once a training begins; "
            "netwright batch-size SOURCE --largest finds it, give that number here."
        )
    return value  # type: ignore[return-value]


def knob(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    scale: Literal["linear", "log", "one_minus_log", "choice"] = "linear",
    tier: Literal[1, 2, 3, 4] = 4,
    when: tuple[str, tuple[Any, ...]] | None = None,
    turns: tuple[Turn, ...] = (),
) -> Any:
    """A hyperparameter: its default, what it does, where a search looks for it (notes 2.3.1), and
    when a diagnosis advises to change it.

    What values it takes the field's type says: low and high bound nothing.

    Args:
        default: the value that it has where nobody sets it.
        help: what it does, for the command line and docs/settings.md.
        low, high: the range a search covers; None when it is not searched.
        scale: how a search spreads its points over the range.
        tier: 1 is tried first (the learning rate), 4 last.
        when: (another knob's full key, its values): read only where that knob has one of these;
            None: always.
        turns: how it is changed against what a diagnosis finds.
    """
    written: dict[str, Any] = {
        "low": low,
        "high": high,
        "scale": scale,
        "tier": tier,
        "when": when,
        "turns": turns,
    }
    return Field(default, description=help, json_schema_extra=written)


def metadata(field: FieldInfo) -> dict[str, Any]:
    """What ``knob`` wrote down besides default and help: low, high, scale, tier, when, turns."""
    extra = field.json_schema_extra
    assert isinstance(extra, dict), "every knob is made by recipe.knobs.knob"
    return dict(extra)


class Section(BaseModel):
    """A part of a recipe. Frozen; an unknown key is refused.

    ``LIVE`` names the knobs that can change between two steps of a training.
    """

    LIVE: ClassVar[tuple[str, ...] | Literal["all"]] = ()
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False
    )

    @field_validator("*", mode="before")
    @classmethod
    def _true_is_no_number(cls, value: Any, field: ValidationInfo) -> Any:
        """``true`` is no number, though Python counts it as 1."""
        kind = cls.model_fields[str(field.field_name)].annotation
        if _holds_boolean(value) and not _takes_boolean(kind):
            raise ValueError("true or false where something else is expected")
        return value


def _holds_boolean(value: Any) -> bool:
    """Whether a value is ``true`` or ``false``, or one of its parts is."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(map(_holds_boolean, value))
    return isinstance(value, bool)


def _takes_boolean(kind: Any) -> bool:
    """Whether a type, or one of its parts, is ``bool``, or a section, whose knobs are checked
    one by one."""
    is_section = isinstance(kind, type) and issubclass(kind, Section)
    return kind is bool or is_section or any(map(_takes_boolean, get_args(kind)))


def knobs(recipe: type[Section], prefix: str = "") -> dict[str, FieldInfo]:
    """Every knob by its full key, ``optimizer.lr``, in order."""
    found: dict[str, FieldInfo] = {}
    for name, field in recipe.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            found |= knobs(field.annotation, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = field
    return found


def key_of(recipe: type[Section], name: str) -> str:
    """The full key of the knob called ``name``, whichever section it lies in; ``name`` itself where
    there is none.
    """
    return next((key for key in knobs(recipe) if key.rpartition(".")[2] == name), name)


def live(recipe: type[Section], prefix: str = "") -> set[str]:
    """The full keys of the knobs that can change while a run trains."""
    found: set[str] = set()
    for name, field in recipe.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            found |= live(field.annotation, f"{prefix}{name}.")
        elif recipe.LIVE == "all" or name in recipe.LIVE:
            found.add(f"{prefix}{name}")
    return found


def keyed(
    values: Mapping[str, Any], known: Mapping[str, FieldInfo], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    """(full key, value) of nested values, down to the knobs that are known; a mapping in which no
    known knob lies is one value.
    """
    for name, value in values.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and any(one.startswith(f"{key}.") for one in known):
            yield from keyed(value, known, f"{key}.")
        else:
            yield key, value
