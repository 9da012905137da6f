"""``python -m benchmarks doctor``: whether the doctor is right, on cases whose disease is known.

simulated   ladders that begin at the errors of real nets, with a planted gap
trained     whole trainings with a planted disease, by the hand that made the rules
planted     whole trainings by another hand, and ladders drawn from what their nets answered
covering    whether the intervals of scikit-learn's nets and of netwright's hold the truth

Each part runs alone as ``doctor-PART``; ``--json`` has every case with its figures and with all
that the doctor reports.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.harness import Table

Log = Callable[[str], None]


def run(rounds: int, log: Log, parts: Sequence[str] = ()) -> list[Table]:
    """Every case of these parts once, or of all; ``rounds`` is not used."""
    return [table for name in parts or PARTS for table in PARTS[name](log)]


def _simulated(log: Log) -> list[Table]:
    from benchmarks.doctor import nets, simulated

    return [simulated.run(list(nets.every(log)), log)]


def _trained(log: Log) -> list[Table]:
    from benchmarks.doctor import trained

    return [trained.run(log)]


def _planted(log: Log) -> list[Table]:
    from benchmarks.doctor.planted import cases, running

    return running.run(cases.every(), log)


def _covering(log: Log) -> list[Table]:
    from benchmarks.doctor import covering, nets
    from benchmarks.doctor.planted import cover

    return [covering.run(list(nets.every(log)), log), cover.run(log)]


PARTS: dict[str, Callable[[Log], list[Table]]] = {
    "simulated": _simulated,
    "trained": _trained,
    "planted": _planted,
    "covering": _covering,
}
