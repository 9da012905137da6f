"""Why a recipe is refused, in one sentence that names the nearest right key or value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from netwright.base.errors import nearest
from netwright.base.figures import shorten
from netwright.recipe.knobs import Section, knobs


def expected(field: FieldInfo) -> str:
    """What a knob takes, in words: ``auto or a number above 0, at most 1000``."""
    return _in_words(field.annotation, list(field.metadata))


def _in_words(kind: Any, bounds: list[Any]) -> str:
    origin = get_origin(kind)
    if origin is Annotated:
        inner, *more = get_args(kind)
        if words := [info for info in more if isinstance(info, str)]:
            return words[0]
        return _in_words(
            inner,
            [*bounds, *(limit for info in more for limit in getattr(info, "metadata", [info]))],
        )
    if origin is Literal:
        return (
            "one of " + ", ".join(map(str, get_args(kind)))
            if len(get_args(kind)) > 1
            else str(get_args(kind)[0])
        )
    if origin is tuple:
        most = [b.max_length for b in bounds if getattr(b, "max_length", None) is not None]
        length = f" of at most {most[0]:,}" if most else ""
        return f"a list{length}, each {_in_words(get_args(kind)[0], [])}"
    if origin is dict:
        return f"a mapping, each value {_in_words(get_args(kind)[1], [])}"
    if origin is not None:  # a union
        return " or ".join(_in_words(part, bounds) for part in get_args(kind))
    noun = {
        int: "a whole number",
        float: "a number",
        str: "a word",
        bool: "true or false",
        type(None): "nothing",
    }[kind]
    if any(getattr(b, "pattern", None) for b in bounds):
        return "cpu, cuda, cuda:N or mps"
    signs = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    limits = [
        f"{sign} {_limit(limit)}"
        for name, sign in signs.items()
        for b in bounds
        if (limit := getattr(b, name, None)) is not None
    ]
    return " ".join([noun, *([", ".join(limits)] if limits and kind in (int, float) else [])])


def _limit(limit: float) -> str:
    return f"{limit:,}" if isinstance(limit, int) and abs(limit) >= 10_000 else f"{limit:g}"


def sentence(recipe: type[Section], error: ValidationError, values: Any) -> str:
    """What is wrong with the values of a recipe.

    Args:
        values: nested, as they were received.
    """
    known = knobs(recipe)
    for detail in error.errors():
        place = [str(part) for part in detail["loc"]]
        if detail["type"] == "extra_forbidden":
            return unknown_key(".".join(place), known)
        key = next(
            (".".join(place[:n]) for n in range(len(place), 0, -1) if ".".join(place[:n]) in known),
            None,
        )
        if key is not None:
            return f"{key} = {_shown(_value(values, key))}: expected {expected(known[key])}."
        if detail["type"] == "string_unicode":  # the key itself holds a byte that is no text
            return unknown_key(".".join([*place, str(detail["input"])]), known)
        if detail["type"] == "value_error":
            return f"{detail['ctx']['error']}."
        return no_section(".".join(place), detail["input"], known)
    return str(error)


def unknown_key(key: str, known: Mapping[str, FieldInfo]) -> str:
    """That no knob is called so, and which one may be meant."""
    return f"unknown key {_shown(key)}{_nearest_key(key, known)}"


def no_section(key: str, value: Any, known: Mapping[str, FieldInfo]) -> str:
    """That a section was given a value."""
    keys = ", ".join(one for one in known if one.startswith(f"{key.partition('.')[0]}."))
    return f"{_shown(key)} = {_shown(value)}: expected a section with the keys {keys}."


def _shown(value: Any) -> str:
    return shorten(repr(value), 200)


def _value(values: Any, key: str) -> Any:
    """What was received for ``key``, whole, whichever part of it was refused."""
    for part in key.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _nearest_key(key: str, known: Mapping[str, FieldInfo]) -> str:
    """The nearest full key: by its bare name (``lr``), by its description, by its spelling."""
    sections = {one.rpartition(".")[0] for one in known} - {""}
    by_name = [full for full in known if full.rpartition(".")[2] == key.rpartition(".")[2]]
    if len(by_name) == 1:
        return f"; did you mean '{by_name[0]}'?"
    section = key.rpartition(".")[0]
    words = key.rpartition(".")[2].replace("_", " ")
    described = [
        full
        for full, field in known.items()
        if full.startswith(section)
        and re.search(rf"\b{re.escape(words)}\b", field.description or "")
    ]
    if len(described) == 1:
        return f"; did you mean '{described[0]}'?"
    siblings = (
        [full for full in known if full.rpartition(".")[0] == section]
        if section in sections
        else [*known, *sections]
    )
    found = nearest(key, siblings)
    return (
        found
        if found.startswith("; did") or section in sections
        else f"; known sections are {', '.join(sorted(sections))}."
    )
