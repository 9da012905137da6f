"""What a source holds: counts, shapes, values, balance, duplicates, oddities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.findings import Finding
from netwright.base.names import natural
from netwright.base.typed_numbers import LARGEST_FIGURE
from netwright.contract import SPLITS, Contents, Examples, Takes, View
from netwright.contract.reading import Reading
from netwright.data import classes, duplicates, leaks, splits
from netwright.data.duplicates import Duplicates
from netwright.data.images.describe import Images, describe_images
from netwright.data.leaks.near_copies import near_pairs_of
from netwright.data.numbers import NumberSummary, summary
from netwright.data.splits import Timeline, unread
from netwright.data.standardize import check_size
from netwright.data.tables.describe import Column, describe_columns
from netwright.data.tables.encoder import check_numbers

if TYPE_CHECKING:
    from netwright.recipe import Recipe


@dataclass(frozen=True)
class Description:
    """A source, described.

    Args:
        splits: split -> examples, as a run would assign them; empty if they cannot be assigned.
        classes: label -> split -> examples; empty when the targets are no labels.
        target: split -> summary of the numbers to predict; empty when they are labels, or neither.
        images, columns: what the inputs are, where they are images or rows.
        timeline: what the splits span, where they are by time.
        tables: what the system sees in the examples of each split.
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
    timeline: Timeline | None = None
    tables: tuple[View, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        plain = asdict(replace(self, tables=()))
        tables = [table.as_json() for table in self.tables]
        findings = [finding.as_json() for finding in self.findings]
        return {**plain, "tables": tables, "findings": findings}


def describe(
    reading: Reading,
    takes: Takes | None = None,
    muted: Collection[str] = (),
    recipe: Recipe | None = None,
) -> Description:
    """Count, measure and look for what is odd. Splits are those that a run would have.

    Args:
        takes: of the system that would learn from it; None: none would.
        muted: codes of findings to leave out.
        recipe: by which it is split; None: one of defaults.

    Raises:
        RecipeError: the recipe does not suit the examples.
    """
    if recipe is None and reading.examples.domains is not None:
        from netwright.recipe import Recipe  # most data need none to be split by default

        recipe = Recipe()
    if takes is not None:
        reading = splits.arranged(reading, takes)
    examples = reading.examples
    labels: Sequence[str | None] = (
        [None] * len(examples) if takes is None else takes.labels(examples.targets)
    )
    assigned, refused = _assign(examples, labels, takes, recipe)
    timeline = (
        None if recipe is None or refused else splits.timeline_if_any(examples, assigned, recipe)
    )
    images = describe_images(examples.inputs)
    twice = duplicates.find(examples, assigned, labels, near_pairs_of(examples.inputs))
    counts = _classes(labels, assigned)
    columns = describe_columns(examples.inputs, reading.columns)
    contents = _contents(examples, [] if refused else assigned, takes)
    found = (
        *reading.findings,
        *refused,
        *classes.check(labels),
        *splits.check(labels, assigned),
        *(() if takes is None else _parts_unmeasured(examples, assigned, takes)),
        *duplicates.findings(twice, len(examples)),
        *leaks.check(examples, labels, assigned),
        *_too_large(examples, assigned, columns),
        *contents.findings,
    )
    found = tuple(finding for finding in found if finding.code not in muted)
    of_splits = unread.messages(examples, recipe, assigned.count(splits.GAP)) if recipe else ()
    return Description(
        source=reading.source.path,
        kind=reading.source.kind,
        why=reading.source.why,
        notes=(*reading.notes, *of_splits),
        count=len(examples),
        fingerprint=reading.fingerprint,
        splits=(
            {} if refused else {name: count for name in SPLITS if (count := assigned.count(name))}
        ),
        classes=counts,
        target={} if counts else _target(examples, assigned),
        images=images,
        columns=columns,
        duplicates=twice,
        findings=found,
        timeline=timeline,
        tables=tuple(contents.tables),
    )


def _contents(examples: Examples, assigned: Sequence[str], takes: Takes | None) -> Contents:
    if takes is None:
        return Contents()
    rows = {name: [at for at, one in enumerate(assigned) if one == name] for name in SPLITS}
    return takes.contents({name: examples.take(some) for name, some in rows.items() if some})


def _parts_unmeasured(
    examples: Examples, assigned: Sequence[str], takes: Takes
) -> tuple[Finding, ...]:
    return splits.check_parts(takes.known_parts(examples.targets), assigned)


def _too_large(
    examples: Examples, assigned: Sequence[str], columns: Sequence[Column]
) -> tuple[Finding, ...]:
    """Numbers that a training refuses, in its words: a target, or an input of its split."""
    train = examples.take([at for at, split in enumerate(assigned) if split == "train"])
    try:
        if any(_far(one.low, one.high) for one in columns):
            check_numbers(train)
        for numbers in _columns_of_numbers(examples.targets):
            check_size(numbers, lambda at: f"the target of {examples.sources[at]}")
    except DataError as error:
        return (Finding("NW240", str(error), {}, ("mend the cell, or empty it",), "problem"),)
    return ()


def _far(*numbers: float | None) -> bool:
    return any(number is not None and abs(number) > LARGEST_FIGURE for number in numbers)


def _columns_of_numbers(targets: Sequence[Any]) -> Iterator[np.ndarray]:
    """(N,) of each target that holds numbers: NaN where it is unknown."""
    first = next((target for target in targets if target is not None), None)
    names = list(first) if isinstance(first, dict) else [None]
    for name in names:
        held = [one if name is None else (one or {}).get(name) for one in targets]
        yield np.array([one if isinstance(one, float) else np.nan for one in held])


def _assign(
    examples: Examples,
    labels: Sequence[str | None],
    takes: Takes | None,
    recipe: Recipe | None,
) -> tuple[list[str], tuple[Finding, ...]]:
    """The splits, or (all in one, why not)."""
    given = [split or "train" for split in examples.splits or [None] * len(examples)]
    if not given:
        why = "no examples were found: there is nothing to learn from."
        return given, (_not_split(why, 0, do="see that the source holds some"),)
    if "train" not in given:  # made to be measured on, not to be trained on
        return given, ()
    known = Takes(lambda examples: None) if takes is None else takes
    try:
        if recipe is not None:
            return splits.as_wanted(known, examples, recipe), ()
        return splits.assign(examples, stratify=known.stratify, classes=labels), ()
    except DataError as error:
        counts = Counter(label for label in labels if label is not None)
        if len(counts) > 1 and min(counts.values()) == 1:
            found = _not_split(str(error), len(examples), "NW206", "collect more of the class")
        elif len(counts) == 1 and None not in labels:
            found = _not_split(str(error), len(examples), "NW207", "add examples of another class")
        else:
            found = _not_split(str(error), len(examples))
        return given, (found,)


def _not_split(
    why: str,
    count: int,
    code: str = "NW222",
    do: str = "collect more examples, or split them otherwise: split.by, split.gap, split.dev",
) -> Finding:
    return Finding(code, why, {"examples": count}, (do,), "problem")


def _classes(labels: Sequence[str | None], assigned: Sequence[str]) -> dict[str, dict[str, int]]:
    counts = Counter(zip(labels, assigned, strict=True))
    names = sorted({label for label, _ in counts if label is not None}, key=natural)
    return {name: {split: n for split in SPLITS if (n := counts[name, split])} for name in names}


def _target(examples: Examples, assigned: Sequence[str]) -> dict[str, NumberSummary]:
    """Split -> a summary of the targets; empty where they are no numbers."""
    parts = {
        name: summary(
            [
                target
                for target, split in zip(examples.targets, assigned, strict=True)
                if split == name and target is not None
            ]
        )
        for name in SPLITS
    }
    return {name: found for name, found in parts.items() if found is not None}
