"""What a diagnosis says of labels that people corrected."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from netwright.base.figures import counted
from netwright.base.findings import Finding

CODE = "NW118"


def find(counts: Mapping[str, int], muted: Collection[str] = frozenset()) -> tuple[Finding, ...]:
    """That figures count corrected labels, where they do.

    Args:
        counts: split -> how many of its labels are corrected.
        muted: codes to leave out.
    """
    if not counts or CODE in muted:
        return ()
    listed = ", ".join(f"{split} {count:,}" for split, count in counts.items())
    return (
        Finding(
            CODE,
            f"{counted(sum(counts.values()), 'label')} {_are(counts)} corrected by annotations"
            f" ({listed}): the figures here are by these, the answers and mistakes that the report"
            " shows by the labels that the run was trained with.",
            dict(counts),
            (
                "netwright labels RUN shows them, and takes one back with --undo",
                "correct dev and test alike, so that they stay of one kind",
            ),
            "note",
        ),
    )


def _are(counts: Mapping[str, int]) -> str:
    return "is" if sum(counts.values()) == 1 else "are"
