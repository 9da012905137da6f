"""Which knob serves which gap: one knob, one goal (orthogonalization, notes 3.1.1).

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
        gap: the gap it serves.
        change: recipe key -> ``"30 -> 60"``, or words when the present value is unknown; empty for
            a request.
        message: one sentence for a person.
        cost: what it takes.
        hurts: the gap that may grow; empty when none.
    """

    gap: str
    change: Mapping[str, str]
    message: str
    cost: str
    hurts: str = ""


@dataclass(frozen=True)
class _Turn:
    """One key of the recipe: where it is turned from where it stands (None: no further), and how to
    say it blindly (empty: not at all)."""

    key: str
    move: Callable[[Any], Any]
    blind: str
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Advice:
    title: str
    cost: str
    hurts: str = ""
    turns: tuple[_Turn, ...] = ()
    images: bool = False
    asks: str = ""


def _times(factor: float, *, most: float, start: float | None = None) -> Callable[[Any], Any]:
    """Multiply up to ``most``; from 0 or nothing, go to ``start``; a list is left to its author."""

    def move(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return None
        if not value:
            return start
        turned = min(most, value * factor)
        return None if turned <= value else type(value)(float(f"{turned:.3g}"))

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
    _Turn("augment.shift", _times(1.5, most=0.15, start=0.1), "above 0"),
    _Turn("augment.rotate", _times(1.5, most=20, start=10.0), "above 0"),
    _Turn("augment.zoom", _times(1.5, most=0.2, start=0.1), "above 0"),
    _Turn("augment.shear", _times(1.5, most=15, start=5.0), "above 0"),
)

_LARGER_DEV = _Turn("split.dev", _times(2, most=0.4), "larger")

ADVICE: dict[str, tuple[_Advice, ...]] = {
    BIAS: (
        _Advice(
            "Bigger network",
            cost="about 4 times the time a step",
            hurts="variance, unless it is regularized",
            turns=(
                _Turn("model.width", _times(2, most=1024), "twice", models=("resnet-small",)),
                _Turn("model.hidden", _wider, "twice", models=("mlp",)),
                _Turn("model.name", _only(("linear",), "mlp"), "", models=("linear",)),
            ),
        ),
        _Advice(
            "Longer training",
            cost="twice the time",
            hurts=VARIANCE,
            turns=(_Turn("training.epochs", _times(2, most=1e9), "twice"),),
        ),
        _Advice(
            "Better optimizer",
            cost="one run a value",
            turns=(
                _Turn(
                    "optimizer.name",
                    _only(("sgd", "momentum", "nesterov", "rmsprop"), "adamw"),
                    "-> adamw",
                ),
                _Turn("optimizer.lr", _both_ways, "three times, then a third of it"),
                _Turn("schedule.name", _only(("constant",), "one_cycle"), "-> one_cycle"),
            ),
        ),
        _Advice(
            "Another architecture",
            cost="one run; slower a step",
            turns=(
                _Turn(
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
            turns=(
                _Turn("model.dropout", _less(2), "less"),
                _Turn("optimizer.weight_decay", _less(3), "less"),
                _Turn("objective.label_smoothing", _less(2), "less"),
                _Turn("augment.shift", _less(2), "less"),
                _Turn("augment.rotate", _less(2), "less"),
                _Turn("augment.zoom", _less(2), "less"),
                _Turn("augment.shear", _less(2), "less"),
            ),
        ),
    ),
    VARIANCE: (
        _Advice(
            "More training data",
            cost="collecting and labelling it",
            asks="the surest knob; the learning curve says how much it brings",
        ),
        _Advice(
            "Augmentation",
            cost="little; longer training pays",
            hurts="avoidable bias, when too strong",
            turns=_AUGMENT_MORE,
            images=True,
        ),
        _Advice(
            "Regularization",
            cost="one run a value",
            hurts=BIAS,
            turns=(
                _Turn("optimizer.weight_decay", _times(3, most=0.3, start=0.05), "three times"),
                _Turn("model.dropout", _times(1.5, most=0.5, start=0.2), "0.2"),
                _Turn("objective.label_smoothing", _only((0, 0.0), 0.1), "0.1"),
            ),
        ),
        _Advice(
            "Keep the best or the average weights",
            cost="none",
            turns=(
                _Turn("training.keep", _only(("last",), "best"), "best"),
                _Turn("training.average", _only((0, 0.0), 0.99), "0.99"),
            ),
        ),
        _Advice(
            "Another architecture",
            cost="one run; slower a step",
            turns=(
                _Turn(
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
            asks="say what differs between the two",
        ),
        _Advice(
            "Training data more like dev",
            cost="collecting it",
            asks="move target-like examples into train, or collect them",
        ),
        _Advice(
            "Make training examples look like dev's",
            cost="little",
            hurts="avoidable bias",
            turns=_AUGMENT_MORE,
            images=True,
        ),
        _Advice(
            "Synthesize what differs (noise, blur, background)",
            cost="a day",
            hurts="variance, when few base items are used again and again",
            asks="compose it onto many different base examples",
        ),
    ),
    OVERFIT: (
        _Advice(
            "Larger dev set",
            cost="new examples, or fewer to train on",
            hurts=VARIANCE,
            turns=(_LARGER_DEV,),
        ),
        _Advice(
            "Fresh dev set from where test comes from",
            cost="collecting it",
            asks="then choose again among the runs",
        ),
        _Advice(
            "Fewer choices made by dev",
            cost="none",
            asks="go back to the simplest run whose dev error is within the noise of the best",
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
        turn.key: text for turn in advice.turns if (text := _turned(turn, recipe)) is not None
    }
    if advice.turns and not change:
        return None
    how = _spoken(change) or advice.asks
    return Knob(
        gap=gap,
        change=change,
        message=f"{advice.title}: {how}.",
        cost=advice.cost,
        hurts=advice.hurts,
    )


def _spoken(change: Mapping[str, str]) -> str:
    """``a and b twice, c 1 -> 2``: keys that are turned alike stand together."""
    alike: dict[str, list[str]] = {}
    for key, text in change.items():
        alike.setdefault(text, []).append(key)
    return ", ".join(f"{_listed(keys)} {text}" for text, keys in alike.items())


def _listed(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"


def _turned(turn: _Turn, recipe: Mapping[str, Any]) -> str | None:
    """``30 -> 60``; the blind words when the value is unknown; None when the turn does not
    apply.
    """
    model = value_at(recipe, "model.name")
    if turn.models and model is not _UNKNOWN and model not in turn.models:
        return None
    regression = (
        value_at(recipe, "data.task") == "regression" or value_at(recipe, "system") == "regressor"
    )
    if turn.key == "objective.label_smoothing" and regression:
        return None
    if turn.key.startswith("augment.") and not may_be_images(recipe):
        return None
    value = value_at(recipe, turn.key)
    if value is _UNKNOWN:
        return turn.blind or None
    new = turn.move(value)
    return None if new is None or new == value else f"{_plain(value)} -> {_plain(new)}"


def may_be_images(recipe: Mapping[str, Any]) -> bool:
    """False when the recipe shows that rows of a table are learned from: a flat net and nothing
    augmented.
    """
    if value_at(recipe, "data.target") not in (None, "", _UNKNOWN):
        return False
    if value_at(recipe, "model.name") not in _FLAT_MODELS:
        return True
    return any(value_at(recipe, turn.key) not in (0, 0.0, _UNKNOWN) for turn in _AUGMENT_MORE)


def value_at(recipe: Mapping[str, Any], key: str) -> Any:
    """The value at a dotted key; a mark of its own when the recipe lacks it or says ``auto``."""
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
