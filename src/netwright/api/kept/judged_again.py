"""The figures of a run by the labels as they are corrected now, from its stored answers."""

from __future__ import annotations

from netwright.base.errors import RunError
from netwright.contract import AnySystem
from netwright.runs import codecs
from netwright.runs.annotations import overlay
from netwright.runs.answers.predictions import plain
from netwright.runs.record import Record
from netwright.runs.schema import Measures


def measures(record: Record, system: AnySystem, kept: Measures) -> tuple[Measures, dict[str, int]]:
    """split -> metric -> figure, and split -> how many labels are corrected, of those that have
    any.

    What the run kept stands where nothing was corrected since it was measured; elsewhere every
    metric is taken anew. No net answers again.

    Args:
        kept: the figures of the run.

    Raises:
        RunError: figures or answers cannot be read.
    """
    from netwright.metrics.measure import measure

    found, counts = dict(kept), dict[str, int]()
    if not overlay.there_are_any(record.path):
        return found, counts
    for split in kept:
        try:
            then = record.examples_as_kept(split, system)
        except RunError:  # an earlier release kept no answers on train
            continue
        now, count = overlay.as_of_now(record.path, system, then)
        if now.targets is not then.targets and plain(now.targets) != plain(then.targets):
            try:
                answers = record.answers(split, system)
            except RunError:  # an earlier release kept them in part: its figures stand
                continue
            metrics = system.all_metrics(codecs.load(system, record))
            found[split] = {**found[split], **measure(metrics, now, answers)}
        if count:
            counts[split] = count
    return found, counts
