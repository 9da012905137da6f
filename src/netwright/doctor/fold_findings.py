"""That a run's answers on dev are out of fold, and that folds would help where dev is small."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from netwright.base.figures import counted
from netwright.base.findings import Finding
from netwright.doctor.advice.findings import BY_FOLDS
from netwright.runs.schema import RunInfo

CODE = "NW117"


def find(info: RunInfo, judged: int, muted: Collection[str] = frozenset()) -> tuple[Finding, ...]:
    """What dev is, of a run that a study of folds keeps.

    Args:
        judged: examples that dev holds.
        muted: codes to leave out.
    """
    folds = info.get("folds")
    if folds is None or CODE in muted:
        return ()
    count = folds["count"]
    kept = (
        f"the {count} nets, which answer together"
        if folds["kept"] == "ensemble"
        else "one net, trained on all of them"
    )
    return (
        Finding(
            CODE,
            f"Dev is out of fold: each of {counted(judged, 'example')} was answered by the one of"
            f" {count} nets that never saw it. What is kept is {kept}, and is itself measured by"
            " test alone.",
            {"folds": count, "n": judged, "kept": folds["kept"]},
            (
                "read the interval as that of other examples: that other training data would have"
                " given other nets is not in it",
            ),
            "note",
        ),
    )


def proposed(findings: Sequence[Finding], command: str | None) -> tuple[Finding, ...]:
    """The findings, with the command that folds the data of a run where folds are proposed.

    Args:
        command: that trains anew by the recipe of the run; None: its data are folded already, or
            cannot be.
    """
    return tuple(replace(one, do=tuple(_typed(one.do, command))) for one in findings)


def _typed(steps: Sequence[str], command: str | None) -> Iterator[str]:
    for step in steps:
        if not step.startswith(BY_FOLDS):
            yield step
        elif command is not None:
            yield f"{command} --folds 5{step.removeprefix(BY_FOLDS)}"
