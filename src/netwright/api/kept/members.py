"""A run that keeps no net of its own: the nets of its members answer together, as the system
combines answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from netwright.base.errors import RunError
from netwright.contract import AnySystem, Chosen, Examples
from netwright.runs.record import Record

if TYPE_CHECKING:
    from netwright.training.evaluate import Evaluated


def of(record: Record) -> list[Record]:
    """The runs whose nets answer for it; empty where it has a net of its own.

    Raises:
        RunError: one is gone, or has other weights than it had.
    """
    found = []
    for member in record.info().get("members", []):
        one = Record(record.path.parent / member["run"])
        if not one.has("run.json"):
            raise RunError(
                f"{record.id} answers by the nets of other runs, and {member['run']} is not in"
                f" {record.path.parent} any more: put it back, or train anew."
            )
        one.check_weights()
        if (one.info().get("weights") or "") != member["weights"]:
            raise RunError(
                f"{record.id} answers by the nets of other runs, and {one.id} has other weights"
                " than it had: put it back from a copy, or train anew."
            )
        found.append(one)
    return found


def by_all(
    system: AnySystem,
    answer: Sequence[Callable[[Examples], Evaluated]],
    chosen: Sequence[Chosen],
) -> Callable[[Examples], Evaluated]:
    """What answers examples by several nets; the loss of an example is the mean of theirs.

    Args:
        answer, chosen: of each net what answers by it, and what was set on its dev.

    Raises:
        RunError: the system combines no answers.
    """
    from netwright.training.evaluate import Evaluated

    combine = system.combine
    if combine is None:
        raise RunError(f"the system '{system.name}' combines no answers, as it did: train anew.")

    def combined(examples: Examples) -> Evaluated:
        every = [one(examples) for one in answer]
        answers = [
            combine(some, chosen) for some in zip(*(one.answers for one in every), strict=True)
        ]
        losses = [
            sum(some) / len(some) for some in zip(*(one.losses for one in every), strict=True)
        ]
        return Evaluated(answers, losses, every[0].counts)

    return combined
