"""Which knob reduces which gap: one knob, one goal (orthogonalization, notes 3.1.1).

Fits train: a bigger network, a better optimizer, longer, another architecture. Fits dev: more data,
augmentation, regularization. Fits the target's data: training data more like it. Fits test: a
larger dev set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

BIAS, VARIANCE, MISMATCH, OVERFIT = "avoidable bias", "variance", "data mismatch", "overfit to dev"

_UNKNOWN = object()
_FLAT_MODELS = ("linear", "mlp")


@dataclass(frozen=True)
class Knob:
    """A change to the recipe, or a request to the person.

    Args:
        gap: the gap it reduces.
        change: recipe key -> ``"30 -> 60"``, or words when the present value is unknown; empty for
            a request.
        message: one sentence for a person.
        cost: what it takes.
        hurts: its side effect: the gap that may grow; empty when none.
    """

    gap: str
    change: Mapping[str, str]
    message: str
    cost: str
    hurts: str = ""


@dataclass(frozen=True)
class _Change:
    """How one key of the recipe is changed.

    Args:
        key: dotted.
        move: the present value -> the new one; None: no further.
        blind: what is written when the present value is unknown; empty: nothing.
        models: the nets that have this key; empty: all.
    """

    key: str
    move: Callable[[Any], Any]
    blind: str
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Advice:
    title: str
    cost: str
    hurts: str = ""
    changes: tuple[_Change, ...] = ()
    images: bool = False
    request: str = ""


def _times(factor: float, *, most: float, start: float | None = None) -> Callable[[Any], Any]:
    """Multiply up to ``most``; from 0 or nothing, go to ``start``; a list is left to its author."""

    def move(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return None
        if not value:
            return start
        changed = min(most, value * factor)
        return None if changed <= value else type(value)(float(f"{changed:.3g}"))

    return move


def _less(factor: float) -> Callable[[Any], Any]:
    """Divide what is above 0, each of a list."""

    def move(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [float(f"{one / factor:.3g}") for one in value] if any(value) else None
        return float(f"{value / factor:.3g}") if value else None

    return move


def _only(old: tuple[Any, ...], new: Any) -> Callable[[Any], Any]:
    """``new`` where one of ``old`` stands."""
    return lambda value: new if value in old else None


def _wider(value: Any) -> Any:
    return [2 * units for units in value] or None


def _both_ways(value: Any) -> str:
    return f"{3 * value:.2g}, or {value / 3:.2g}"


_AUGMENT_MORE = (
    _Change("augment.shift", _times(1.5, most=0.15, start=0.1), "above 0"),
    _Change("augment.rotate", _times(1.5, most=20, start=10.0), "above 0"),
    _Change("augment.zoom", _times(1.5, most=0.2, start=0.1), "above 0"),
    _Change("augment.shear", _times(1.5, most=15, start=5.0), "above 0"),
)

_LARGER_DEV = _Change("split.dev", _times(2, most=0.4), "larger")

ADVICE: dict[str, tuple[_Advice, ...]] = {
    BIAS: (
        _Advice(
            "Bigger network",
            cost="about 4 times the time a step",
            hurts="variance, unless it is regularized",
            changes=(
                _Change("model.width", _times(2, most=1024), "twice", models=("resnet-small",)),
                _Change("model.hidden", _wider, "twice", models=("mlp",)),
                _Change("model.name", _only(("linear",), "mlp"), "", models=("linear",)),
            ),
        ),
        _Advice(
            "Longer training",
            cost="twice the time",
            hurts=VARIANCE,
            changes=(_Change("training.epochs", _times(2, most=1e9), "twice"),),
        ),
        _Advice(
            "Better optimizer",
            cost="one run a value",
            changes=(
                _Change(
                    "optimizer.name",
                    _only(("sgd", "momentum", "nesterov", "rmsprop"), "adamw"),
                    "-> adamw",
                ),
                _Change("optimizer.lr", _both_ways, "three times, then a third of it"),
                _Change("schedule.name", _only(("constant",), "one_cycle"), "-> one_cycle"),
            ),
        ),
        _Advice(
            "Another architecture",
            cost="one run; slower a step",
            changes=(
                _Change(
                    "model.name",
                    _only(
                        ("lenet5", "notes-4.1.10", "notes-4.1.13", "mlp", "linear"), "resnet-small"
                    ),
                    "-> one made for this kind of data",
                ),
            ),
            images=True,
        ),
        _Advice(
            "Less regularization",
            cost="one run",
            hurts=VARIANCE,
            changes=(
                _Change("model.dropout", _less(2), "less"),
                _Change("optimizer.weight_decay", _less(3), "less"),
                _Change("objective.label_smoothing", _less(2), "less"),
                _Change("augment.shift", _less(2), "less"),
                _Change("augment.rotate", _less(2), "less"),
                _Change("augment.zoom", _less(2), "less"),
                _Change("augment.shear", _less(2), "less"),
            ),
        ),
    ),
    VARIANCE: (
        _Advice(
            "More training data",
            cost="collecting and labelling it",
            request="the surest knob; how much it brings shows only once it is there",
        ),
        _Advice(
            "Augmentation",
            cost="little; longer training pays",
            hurts="avoidable bias, when too strong",
            changes=_AUGMENT_MORE,
            images=True,
        ),
        _Advice(
            "Regularization",
            cost="one run a value",
            hurts=BIAS,
            changes=(
                _Change("optimizer.weight_decay", _times(3, most=0.3, start=0.05), "three times"),
                _Change("model.dropout", _times(1.5, most=0.5, start=0.2), "0.2"),
                _Change("objective.label_smoothing", _only((0, 0.0), 0.1), "0.1"),
            ),
        ),
        _Advice(
            "Keep the best or the average weights",
            cost="none",
            changes=(
                _Change("training.keep", _only(("last",), "best"), "best"),
                _Change("training.average", _only((0, 0.0), 0.99), "0.99"),
            ),
        ),
        _Advice(
            "Another architecture",
            cost="one run; slower a step",
            changes=(
                _Change(
                    "model.name",
                    _only(("mlp", "linear", "lenet5"), "resnet-small"),
                    "-> one made for this kind of data",
                ),
            ),
            images=True,
        ),
    ),
    MISMATCH: (
        _Advice(
            "Look at about 100 wrong dev examples beside training ones",
            cost="an hour",
            request="say what differs between the two",
        ),
        _Advice(
            "Training data more like dev",
            cost="collecting it",
            request="move target-like examples into train, or collect them",
        ),
        _Advice(
            "Make training examples look like dev's",
            cost="little",
            hurts="avoidable bias",
            changes=_AUGMENT_MORE,
            images=True,
        ),
        _Advice(
            "Synthesize what differs (noise, blur, background)",
            cost="a day",
            hurts="variance, when few base items are used again and again",
            request="compose it onto many different base examples",
        ),
    ),
    OVERFIT: (
        _Advice(
            "Larger dev set",
            cost="new examples, or fewer to train on",
            hurts=VARIANCE,
            changes=(_LARGER_DEV,),
        ),
        _Advice(
            "Fresh dev set from where test comes from",
            cost="collecting it",
            request="then choose again among the runs",
        ),
        _Advice(
            "Fewer choices made by dev",
            cost="none",
            request="go back to the simplest run whose dev error is within the noise of the best",
        ),
    ),
}


def prescribe(gap: str, recipe: Mapping[str, Any]) -> tuple[Knob, ...]:
    """The knobs for ``gap``, the most useful first.

    Args:
        gap: a key of ``ADVICE``.
        recipe: the run's recipe as nested plain values; empty when it is unknown. What does not
            apply is left out.
    """
    known = (_knob(gap, advice, recipe) for advice in ADVICE[gap])
    return tuple(knob for knob in known if knob is not None)


def _knob(gap: str, advice: _Advice, recipe: Mapping[str, Any]) -> Knob | None:
    if advice.images and not may_be_images(recipe):
        return None
    change = {
        one.key: text for one in advice.changes if (text := _change_text(one, recipe)) is not None
    }
    if advice.changes and not change:
        return None
    how = _spoken(change) or advice.request
    return Knob(
        gap=gap,
        change=change,
        message=f"{advice.title}: {how}.",
        cost=advice.cost,
        hurts=advice.hurts,
    )


def _spoken(change: Mapping[str, str]) -> str:
    """``a and b twice, c 1 -> 2``: keys that are changed alike are named at once."""
    alike: dict[str, list[str]] = {}
    for key, text in change.items():
        alike.setdefault(text, []).append(key)
    return ", ".join(f"{_listed(keys)} {text}" for text, keys in alike.items())


def _listed(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"


def _change_text(change: _Change, recipe: Mapping[str, Any]) -> str | None:
    """``30 -> 60``; ``blind`` when the value is unknown; None when the change does not apply."""
    model = value_at(recipe, "model.name")
    if change.models and model is not _UNKNOWN and model not in change.models:
        return None
    regression = (
        value_at(recipe, "data.task") == "regression" or value_at(recipe, "system") == "regressor"
    )
    if change.key == "objective.label_smoothing" and regression:
        return None
    if change.key.startswith("augment.") and not may_be_images(recipe):
        return None
    value = value_at(recipe, change.key)
    if value is _UNKNOWN:
        return change.blind or None
    new = change.move(value)
    return None if new is None or new == value else f"{_plain(value)} -> {_plain(new)}"


def may_be_images(recipe: Mapping[str, Any]) -> bool:
    """False when the recipe shows that rows are learned from: a flat net and nothing augmented."""
    if value_at(recipe, "data.target") not in (None, "", _UNKNOWN):
        return False
    if value_at(recipe, "model.name") not in _FLAT_MODELS:
        return True
    return any(value_at(recipe, change.key) not in (0, 0.0, _UNKNOWN) for change in _AUGMENT_MORE)


def value_at(recipe: Mapping[str, Any], key: str) -> Any:
    """The value at a dotted key; ``_UNKNOWN`` when the recipe lacks it or holds ``auto``."""
    place: Any = recipe
    for part in key.split("."):
        if not isinstance(place, Mapping) or part not in place:
            return _UNKNOWN
        place = place[part]
    return _UNKNOWN if place == "auto" else place


def _plain(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    return str(list(value)) if isinstance(value, list | tuple) else str(value)
