"""The examples as the system arranges them, before they are split."""

from __future__ import annotations

from dataclasses import replace

from netwright.base.figures import counted
from netwright.base.findings import Finding
from netwright.contract import Examples, Reading, Takes
from netwright.contract.reading import split_notes


def arranged(reading: Reading, takes: Takes) -> Reading:
    """The reading with its examples arranged, a note on splits that the system gives them, and a
    finding on those that it leaves out, and on what it leaves out of each.

    Args:
        takes: of the system, by the recipe.
    """
    before, after = reading.examples, takes.arrange(reading.examples)
    own = set(after.splits or ()) - set(before.splits or ())
    notes = split_notes(after, "the system") if own else ()
    return replace(
        reading,
        examples=after,
        notes=(*reading.notes, *notes),
        findings=(
            *reading.findings,
            *_left_out(before, after, takes),
            *takes.left_of_each(before, after),
        ),
    )


def _left_out(before: Examples, after: Examples, takes: Takes) -> tuple[Finding, ...]:
    """What a person should know of examples that are learned from no more."""
    count = len(before) - len(after)
    if count <= 0:
        return ()
    kept = set(after.sources)
    names = [source for source in before.sources if source not in kept]
    listed = f", first {', '.join(names[:3])}" if names else ""
    return (
        Finding(
            "NW218",
            f"{count:,} of {counted(len(before), 'example')} are left out,"
            f" {takes.leaves_out}{listed}.",
            {"left_out": count, "examples": len(before), "first": names[:20]},
            (
                *takes.to_keep_all(before),
                "see that what is left does not differ in kind from what was left out",
            ),
        ),
    )
