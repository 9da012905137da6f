"""``references.json``: how well usual methods do on the dev examples of a run, and how the net
compares; ``references/NN.parquet``: what each says of every example, to compare them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from netwright.base.measure import Measure
from netwright.contract import AnySystem, Examples, Reference
from netwright.metrics.measure import Lead
from netwright.runs.answers import predictions
from netwright.runs.record import Record

FILE, FOLDER = "references.json", "references"


@dataclass(frozen=True)
class Compared:
    """A reference, its figure on dev by the run's single number, and how far the net is ahead."""

    reference: Reference
    measure: Measure
    lead: Lead


def keep(record: Record, system: AnySystem, dev: Examples, found: Sequence[Compared]) -> None:
    """Write them; nothing where there are none."""
    if not found:
        return
    unknown = [float("nan")] * len(dev)  # a loss is the net's
    entries = []
    for at, one in enumerate(found):
        name = f"{at:02}.parquet"
        with record.alone():
            place = record.inside(f"{FOLDER}/{name}")
            predictions.write(place, system, dev, one.reference.answers, unknown)
        entries.append(
            {
                "name": one.reference.name,
                "how": one.reference.how,
                "file": name,
                "measure": one.measure.as_json(),
                "lead": asdict(one.lead),
            }
        )
    record.write_json(FILE, entries)
