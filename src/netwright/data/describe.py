"""What a source holds: counts, shapes, values, balance, duplicates, oddities."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from netwright.base.errors import DataError
from netwright.base.findings import Finding
from netwright.base.names import natural
from netwright.contract import Examples
from netwright.contract.reading import Reading
from netwright.data import balance, duplicates, splits
from netwright.data.duplicates import Duplicates
from netwright.data.tables.rows import Rows

LOOKED_AT = 500


@dataclass(frozen=True)
class Column:
    """One input column of a table.

    Args:
        kind: ``number``, ``yes/no`` or ``words``.
        missing: rows without a value (infinite ones included).
        distinct: different values.
        low, high, mean: of a numeric column.
        top: the most frequent value of another one, and how often it occurs.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    top: str | None = None
    top_count: int = 0


@dataclass(frozen=True)
class NumberSummary:
    """A summary of numbers."""

    count: int
    mean: float
    deviation: float
    low: float
    high: float


@dataclass(frozen=True)
class Images:
    """The images of a source.

    Args:
        shapes: ``28x28x1`` -> how many of those looked at.
        values: of the pixels, 0 to 255.
        looked_at: how many images the shapes and values come from.
    """

    shapes: dict[str, int]
    values: NumberSummary
    looked_at: int


@dataclass(frozen=True)
class Description:
    """A source, described.

    Args:
        splits: split -> examples, as a run with default settings would assign them; empty if they
            cannot be assigned.
        classes: label -> split -> examples; empty when the targets are no labels.
        target: split -> summary of the numbers to predict; empty when they are labels.
        images, columns: what the inputs are.
    """

    source: str
    kind: str
    why: str
    notes: tuple[str, ...]
    count: int
    fingerprint: str
    splits: dict[str, int]
    classes: dict[str, dict[str, int]]
    target: dict[str, NumberSummary]
    images: Images | None
    columns: tuple[Column, ...]
    duplicates: Duplicates
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        plain = asdict(self)
        return {**plain, "findings": [finding.as_json() for finding in self.findings]}


def describe(reading: Reading, muted: Collection[str] = ()) -> Description:
    """Count, measure and look for what is odd. Splits are those of a run with default settings.

    Args:
        muted: codes of findings to leave out.
    """
    examples = reading.examples
    assigned, refused = _assign(examples)
    is_rows = isinstance(examples.inputs, Rows)
    pictures = not is_rows and not isinstance(examples.inputs, list)
    twice = duplicates.find(examples, assigned, near=pictures)
    known = [target for target in examples.targets if target is not None]
    labelled = bool(known) and isinstance(known[0], str)
    classes = _classes(examples, assigned) if labelled else {}
    found = (
        *reading.findings,
        *refused,
        *balance.check(examples.targets),
        *splits.check(examples, assigned),
        *duplicates.findings(twice, len(examples)),
    )
    found = tuple(finding for finding in found if finding.code not in muted)
    return Description(
        source=reading.source.path,
        kind=reading.source.kind,
        why=reading.source.why,
        notes=reading.notes,
        count=len(examples),
        fingerprint=reading.fingerprint,
        splits=(
            {}
            if refused
            else {name: count for name in splits.NAMES if (count := assigned.count(name))}
        ),
        classes=classes,
        target={} if labelled or not known else _target(examples, assigned),
        images=_images(examples.inputs) if pictures else None,
        columns=_columns(examples.inputs) if is_rows else (),
        duplicates=twice,
        findings=found,
    )


def numbers(values: Sequence[float]) -> NumberSummary:
    """Count, mean, deviation (of the population), low and high."""
    parts, unit = _scaled(values)
    mean = math.fsum(parts) / len(parts)
    deviation = math.sqrt(math.fsum((part - mean) ** 2 for part in parts) / len(parts))
    return NumberSummary(len(values), mean * unit, deviation * unit, min(values), max(values))


def _scaled(values: Sequence[float]) -> tuple[list[float], float]:
    """The values over a power of two, which is exact: none is above 2, so no square overflows."""
    _, exponent = math.frexp(max(map(abs, values)))
    unit = math.ldexp(1.0, exponent - 1)
    return [value / unit for value in values], unit


def _assign(examples: Examples) -> tuple[list[str], tuple[Finding, ...]]:
    """The splits, or (all in one, why not)."""
    given = [split or "train" for split in examples.splits or [None] * len(examples)]
    if "train" not in given:  # made to be measured on, not to be trained on
        return given, ()
    labelled = isinstance(next((t for t in examples.targets if t is not None), None), str)
    try:
        return (
            splits.assign(examples, stratify=splits.by_label if labelled else splits.by_quantile),
            (),
        )
    except DataError as error:
        one_class = labelled and len(set(examples.targets)) == 1
        code, do = (
            ("NW207", "add examples of another class")
            if one_class
            else ("NW206", "collect more examples")
        )
        return given, (Finding(code, str(error), {"examples": len(examples)}, (do,), "problem"),)


def _classes(examples: Examples, assigned: Sequence[str]) -> dict[str, dict[str, int]]:
    counts = Counter(zip(examples.targets, assigned, strict=True))
    names = sorted({target for target, _ in counts if target is not None}, key=natural)
    return {
        name: {split: n for split in splits.NAMES if (n := counts[name, split])} for name in names
    }


def _target(examples: Examples, assigned: Sequence[str]) -> dict[str, NumberSummary]:
    parts = {
        name: [
            t
            for t, split in zip(examples.targets, assigned, strict=True)
            if split == name and t is not None
        ]
        for name in splits.NAMES
    }
    return {name: numbers(values) for name, values in parts.items() if values}


def _images(inputs: Any) -> Images:
    """Shapes and pixel values; of files only some are looked at, evenly spread."""
    import numpy as np

    from netwright.data.images.pixel_array import PixelArray
    from netwright.data.images.pixels import value_counts

    if isinstance(inputs, np.ndarray | PixelArray):
        parts, each = (
            (inputs.chunks(), inputs.each)
            if isinstance(inputs, PixelArray)
            else ([inputs], inputs.shape[1:])
        )
        counts = sum(map(value_counts, parts))
        return Images({"x".join(map(str, each)): len(inputs)}, _from_counts(counts), len(inputs))
    step = max(1, len(inputs) // LOOKED_AT)
    shapes: Counter[str] = Counter()
    counts = np.zeros(256, np.int64)
    looked = range(0, len(inputs), step)
    for at in looked:
        pixels = inputs[at]
        shapes["x".join(map(str, pixels.shape))] += 1
        counts += value_counts(pixels)
    return Images(dict(shapes.most_common()), _from_counts(counts), len(looked))


def _from_counts(counts: Any) -> NumberSummary:
    """A summary of pixel values from how often each of 0..255 occurs."""
    total = int(counts.sum())
    pairs = [(value, int(count)) for value, count in enumerate(counts) if count]
    mean = sum(value * count for value, count in pairs) / total
    deviation = math.sqrt(sum((value - mean) ** 2 * count for value, count in pairs) / total)
    return NumberSummary(total, mean, deviation, pairs[0][0], pairs[-1][0])


def _columns(rows: Rows) -> tuple[Column, ...]:
    held = rows.read()
    return tuple(_column(name, held.column(name)) for name in held.columns)


def _column(name: str, values: Sequence[Any]) -> Column:
    known = [
        v for v in values if v is not None and not (isinstance(v, float) and not math.isfinite(v))
    ]
    missing = len(values) - len(known)
    if not known:
        return Column(name, "words", missing, 0)
    if isinstance(known[0], bool | str):
        counts = Counter(map(str, known))
        top, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
        return Column(
            name,
            "words" if isinstance(known[0], str) else "yes/no",
            missing,
            len(counts),
            top=top,
            top_count=count,
        )
    parts, unit = _scaled(known)
    mean = math.fsum(parts) / len(parts) * unit
    return Column(
        name, "number", missing, len(set(known)), float(min(known)), float(max(known)), mean
    )
