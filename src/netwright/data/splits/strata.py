"""What the fractions are kept equal of, across splits; and labels that a split lacks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.base.findings import Finding
from netwright.contract import Examples
from netwright.data.packed import as_floats


def by_label(targets: Sequence[Any]) -> list[str]:
    """The labels themselves; unknown ones are a label of their own."""
    return ["" if target is None else str(target) for target in targets]


def by_quantile(targets: Sequence[float | None], bins: int = 10) -> list[str]:
    """For numbers: which of ``bins`` equally filled intervals each lies in.

    So small splits have the same spread.
    """
    values = as_floats(targets)
    known = np.sort(values[~np.isnan(values)])
    edges = (
        np.unique(known[[len(known) * k // bins for k in range(1, bins)]]) if len(known) else known
    )
    names = [*map(str, range(bins)), ""]
    at = np.where(np.isnan(values), bins, np.searchsorted(edges, values, side="right"))
    return [names[code] for code in at.astype(np.int8).tobytes()]


def check_classes(labels: Sequence[str | None], examples: Examples, free: Sequence[int]) -> None:
    """Refuse labels that cannot be learned and measured both."""
    counts = Counter(label for label in labels if label is not None)
    if len(counts) == 1:
        only = next(iter(counts))
        raise DataError(
            f"the label of {counted(counts[only], 'example')} is always '{only}': expected at least"
            " two classes to tell apart."
        )
    single = [label for label, count in counts.items() if count == 1]
    if single:
        source = examples.sources[free[labels.index(single[0])]]
        more = len(single) - 1
        others = f" (and {counted(more, 'other class', 'other classes')})" if more else ""
        raise DataError(
            f"class '{single[0]}'{others} has one example, {source}: it cannot be both learned and"
            " measured; add more, remove or merge the class, or --set split.stratify=false."
        )


def check(labels: Sequence[str | None], assigned: Sequence[str]) -> tuple[Finding, ...]:
    """Findings on labels that train never saw, and on classes without dev examples.

    Args:
        labels: the class of each example; None where it has none.
    """
    seen: dict[str, set[str]] = defaultdict(set)
    for label, split in zip(labels, assigned, strict=True):
        if label is not None:
            seen[split].add(label)
    findings = []
    for split in ("dev", "test"):
        unseen = sorted(seen[split] - seen["train"])
        if unseen and seen["train"]:
            message = (
                f"{split} holds {len(unseen)} label{'s' if len(unseen) > 1 else ''} that train"
                f" never saw: {_listed(unseen)}."
            )
            findings.append(
                Finding(
                    "NW208",
                    message,
                    {"split": split, "labels": unseen[:100]},
                    (
                        f"add examples of them to train, merge them with other classes, or take"
                        f" them out of {split}: no training begins with them there",
                    ),
                    "problem",
                )
            )
    absent = sorted(seen["train"] - seen["dev"])
    if absent and seen["dev"]:
        message = (
            f"{len(absent)} class{'es have' if len(absent) > 1 else ' has'} no example in dev:"
            f" {_listed(absent)}."
        )
        findings.append(
            Finding(
                "NW206",
                message,
                {"classes": absent[:100]},
                ("collect more of them, or merge them with others",),
            )
        )
    return tuple(findings)


def check_parts(known: Sequence[Sequence[str]], assigned: Sequence[str]) -> tuple[Finding, ...]:
    """NW219 for each part of the targets that is known in train and never in dev.

    Args:
        known: of each example the names of those parts of its target that are known.
    """
    counts: dict[str, Counter[str]] = {split: Counter() for split in ("train", "dev")}
    for names, split in zip(known, assigned, strict=True):
        if split in counts:
            counts[split].update(names)
    dev = sum(split == "dev" for split in assigned)
    return tuple(
        Finding(
            "NW219",
            f"'{name}' is known in 0 of {counted(dev, 'dev example')} and in {count:,} of train: no"
            " figure measures it.",
            {"part": name, "dev": 0, "dev_examples": dev, "train": count},
            (
                f"add examples where '{name}' is known, at least ten",
                "or leave it out of data.target, or draw other splits with --set split.seed=1",
            ),
        )
        for name, count in counts["train"].items()
        if dev and not counts["dev"][name]
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:5]) + (", ..." if len(names) > 5 else "")
