"""The space of a search: from the recipe's knobs by tier (notes 2.3.1), or as a person names it."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from netwright.base.errors import RecipeError, UnreadableError, nearest
from netwright.base.figures import setting
from netwright.recipe import Recipe, knobs, metadata
from netwright.searching.space import SCALES, Dimension, Space, ordered

NOT_SEARCHED = {
    "system": "every trial must be of one system",
    "split": "every trial must be judged on the same dev examples",
    "data": "every trial must learn from the same examples",
    "training.seed": "a lucky seed is no setting",
    "training.device": "every trial must be measured alike",
}
"""Sections and knobs of every system that a search leaves alone, and why."""

FIELDS = ("low", "high", "scale", "choices", "when")


def space_of(
    recipe: Recipe,
    *,
    tier: int | None = None,
    named: Mapping[str, Any] | None = None,
    unread: Collection[str] = (),
) -> Space:
    """What to search, of the knobs that the recipe's system has.

    Args:
        recipe: where the search starts, without ``auto`` in what its data and its net read.
        tier: every knob of this tier or a smaller one; None: those that are named, or tier 1 when
            none is.
        named: knob -> ``{low, high, scale}``, ``{choices}``, each with ``when``; ``[low, high]``;
            or a list of choices.
        unread: keys of knobs that these data leave unread.

    Raises:
        RecipeError: an unknown knob, an empty or reversed range, a log scale over zero, a value
            that the knob refuses.
    """
    named = named or {}
    fields = knobs(type(recipe))
    wanted = tier if tier is not None else (None if named else 1)
    by_tier = [
        key
        for key, field in fields.items()
        if wanted is not None
        and key not in {*named, *unread}
        and _in_tier(recipe, key, field, wanted)
    ]
    found = [_of_field(recipe, key, fields[key], {}) for key in by_tier]
    found += [named_dimension(recipe, key, entry) for key, entry in named.items()]
    if not found:
        raise RecipeError(
            "there is nothing to search: name a knob, for example --space"
            " optimizer.lr=1e-4:1e-1:log."
        )
    return _with_conditions(recipe, found, set(by_tier), unread)


def named_dimension(recipe: Recipe, key: str, entry: Any) -> Dimension:
    """One knob as a person wrote it, checked."""
    field = knobs(type(recipe)).get(key)
    if field is None:
        recipe.changed({key: None})  # refuses, with the nearest right key
        raise RecipeError(f"search: '{key}' is a section: name one of its knobs.")
    if reason := _left_alone(key):
        raise RecipeError(f"search: {key} is not searched: {reason}.")
    dimension = _of_field(recipe, key, field, _entry(key, entry))
    _check(recipe, dimension)
    return dimension


def parse(text: str) -> tuple[str, Any]:
    """``key=low:high[:scale]`` or ``key=a,b,c`` as typed on the command line -> (key, entry).

    Raises:
        RecipeError: it is neither.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise RecipeError(
            f"--space {text}: expected KEY=LOW:HIGH[:SCALE] or KEY=A,B,C, for example --space"
            " optimizer.lr=1e-4:1e-1:log."
        )
    parts = value.split(":")
    if len(parts) == 1:
        return key.strip(), {"choices": _typed_choices(text, value)}
    if len(parts) > 3:
        raise RecipeError(
            f"--space {text}: expected KEY=LOW:HIGH or KEY=LOW:HIGH:SCALE, got {len(parts)} parts."
        )
    low, high = (_number(key.strip(), part) for part in parts[:2])
    return key.strip(), {
        "low": low,
        "high": high,
        **({"scale": parts[2].strip()} if len(parts) == 3 else {}),
    }


def _typed_choices(text: str, value: str) -> list[Any]:
    """``a,b,c`` or ``[16],[256,128]``: the entries of a YAML list."""
    from netwright.base import read_yaml

    try:
        return list(read_yaml.parse(f"[{value}]"))
    except UnreadableError as error:
        raise RecipeError(f"--space {text[:200]}: a choice cannot be read ({error}).") from None


def _in_tier(recipe: Recipe, key: str, field: FieldInfo, tier: int) -> bool:
    """Whether a knob of this tier has a range and is read; what nothing reads stays ``auto``."""
    written = metadata(field)
    if written["tier"] > tier or _left_alone(key):
        return False
    has_range = written["low"] is not None or (written["scale"] == "choice" and _literals(field))
    return bool(has_range) and recipe.value(key) != "auto"


def _left_alone(key: str) -> str:
    """Why a knob is not searched; empty: it may be, as every knob of a system's own."""
    parts = (key, key.partition(".")[0]) if key in knobs(Recipe) else ()
    return next((NOT_SEARCHED[part] for part in parts if part in NOT_SEARCHED), "")


def _of_field(recipe: Recipe, key: str, field: FieldInfo, entry: Mapping[str, Any]) -> Dimension:
    """A dimension from the entry, with the knob's own range and scale where it says nothing."""
    written = metadata(field)
    when = _when(entry["when"], key) if "when" in entry else None
    literals = [choice for choice in _literals(field) if choice != "auto"]
    has_range = "low" in entry or "high" in entry or written["low"] is not None
    choices = entry.get("choices", [] if has_range else literals)
    if choices:
        return Dimension(key, scale="choice", choices=tuple(choices), when=when)
    if not has_range:
        raise RecipeError(
            f"search: {key} has no range of its own: give {{low: ..., high: ...}} or {{choices:"
            " [...]}."
        )
    low, high = (_number(key, entry.get(end, written[end])) for end in ("low", "high"))
    scale = entry.get("scale", "linear" if written["scale"] == "choice" else written["scale"])
    kinds = set(_kinds(field.annotation))
    value, whole = recipe.value(key), int in kinds and float not in kinds
    layers = 0 if tuple not in kinds or not whole else len(value) if isinstance(value, tuple) else 2
    return Dimension(key, low, high, scale, whole, layers, (), when)


def _entry(key: str, entry: Any) -> dict[str, Any]:
    """Whatever a person may write for a knob, as a mapping."""
    if isinstance(entry, Mapping):
        for name in entry:
            if name not in FIELDS:
                raise RecipeError(
                    f"search: {key}: unknown key '{name}'{nearest(str(name), FIELDS)}"
                )
        if "choices" in entry and ("low" in entry or "high" in entry or "scale" in entry):
            raise RecipeError(f"search: {key}: expected a range or choices, got both.")
        if entry.get("scale", "linear") not in SCALES[:3]:
            raise RecipeError(
                f"search: {key}: no scale"
                f" '{entry['scale']}'{nearest(str(entry['scale']), SCALES[:3])}"
            )
        found = dict(entry)
    elif isinstance(entry, list | tuple):
        numbers = len(entry) == 2 and all(
            isinstance(one, int | float) and not isinstance(one, bool) for one in entry
        )
        found = {"low": entry[0], "high": entry[1]} if numbers else {"choices": list(entry)}
    else:
        raise RecipeError(
            f"search: {key} = {entry!r}: expected {{low, high, scale}}, [low, high] or {{choices:"
            " [...]}."
        )
    if "choices" in found:
        found["choices"] = _choices(key, found["choices"])
    return found


def _choices(key: str, choices: Any) -> list[Any]:
    if not isinstance(choices, list | tuple) or len(choices) < 2:
        raise RecipeError(f"search: {key}: expected at least two choices, got {choices!r}.")
    plain = json.loads(json.dumps(list(choices), default=str))
    if len({setting(one) for one in plain}) < len(plain):
        raise RecipeError(
            f"search: {key}: a choice stands there twice:"
            f" {', '.join(setting(one) for one in plain)}."
        )
    return list(plain)


def _when(entry: Any, key: str) -> tuple[str, tuple[Any, ...]]:
    if not isinstance(entry, Mapping) or len(entry) != 1:
        raise RecipeError(
            f"search: {key}: when = {entry!r}: expected one knob and its values, {{optimizer.name:"
            " [adam, adamw]}."
        )
    other, values = next(iter(entry.items()))
    return str(other), tuple(values) if isinstance(values, list | tuple) else (values,)


def _number(key: str, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # YAML reads 1e-4 as a word
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise RecipeError(f"search: {key}: an end of the range is {value!r}: expected a number.")
    return number


def _check(recipe: Recipe, knob: Dimension) -> None:
    """Refuse an empty range, one that its scale cannot hold, and values that the knob refuses."""
    if knob.scale != "choice":
        subject = f"search: {knob.key} from {knob.low:g} to {knob.high:g}"
        if knob.low == knob.high:
            raise RecipeError(
                f"{subject}: the range is empty; expected low below high, or --set"
                f" {knob.key}={knob.low:g}."
            )
        if knob.low > knob.high:
            raise RecipeError(
                f"{subject}: the range is reversed; did you mean {knob.high:g} to {knob.low:g}?"
            )
        if knob.scale == "log" and knob.low <= 0:
            raise RecipeError(
                f"{subject}: a log scale holds no zero and nothing below; take a small number above"
                " 0 as low, or the linear scale."
            )
        if knob.scale == "one_minus_log" and knob.high >= 1:
            raise RecipeError(f"{subject}: the scale one_minus_log holds only values below 1.")
        if knob.integer and (knob.low % 1 or knob.high % 1):
            raise RecipeError(f"{subject}: expected whole numbers.")
    ends = knob.choices if knob.scale == "choice" else tuple(knob.value(end) for end in knob.ends)
    for value in ends:
        try:
            recipe.changed({knob.key: value})
        except RecipeError as error:
            raise RecipeError(f"search: {str(error).removeprefix('recipe: ')}") from None


def _with_conditions(
    recipe: Recipe, found: Sequence[Dimension], by_tier: set[str], unread: Collection[str]
) -> Space:
    """The knobs that are read, each with the condition under which it is.

    Conditions that always hold are dropped. A knob that nothing reads is left out; one that a
    person named is refused.
    """
    keys, fields = {knob.key for knob in found}, knobs(type(recipe))
    kept = []
    for knob in found:
        when = knob.when or metadata(fields[knob.key])["when"]
        if when is not None and when[0] in keys and when[0] != knob.key:
            kept.append(replace(knob, when=when))
            continue
        idle = _idle(recipe, when)
        if not idle and when is None and knob.key in unread:
            idle = "neither these data nor this net reads it"
        if idle and knob.key not in by_tier:
            raise RecipeError(f"search: {knob.key} changes nothing here: {idle}.")
        if not idle:
            kept.append(replace(knob, when=None))
    try:
        return ordered(kept)
    except ValueError as error:
        raise RecipeError(f"search: {error}: each waits for another.") from None


def _idle(recipe: Recipe, when: tuple[str, tuple[Any, ...]] | None) -> str:
    """Why a knob with this condition is not read, or the empty text."""
    if when is None:
        return ""
    key, values = when
    if key not in knobs(type(recipe)):
        recipe.changed({key: None})
    now = recipe.value(key)
    if now in values:
        return ""
    wanted = " or ".join(map(setting, values))
    return f"it is read with {key} = {wanted}, which is {setting(now)}"


def _literals(field: FieldInfo) -> list[Any]:
    """The words that a knob takes, in order; none when it takes numbers or texts, too."""
    kinds = [kind for kind in _parts(field.annotation) if get_origin(kind) is not Literal]
    return [] if kinds else [word for kind in _parts(field.annotation) for word in get_args(kind)]


def _kinds(annotation: Any) -> Iterator[Any]:
    for part in _parts(annotation):
        if get_origin(part) is tuple:
            yield tuple
            yield from _kinds(get_args(part)[0])
        elif get_origin(part) is not Literal:
            yield part


def _parts(annotation: Any) -> Iterator[Any]:
    """The members of a union, without their annotations."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif origin is None or origin in (Literal, tuple):
        yield annotation
    else:
        for part in get_args(annotation):
            yield from _parts(part)
