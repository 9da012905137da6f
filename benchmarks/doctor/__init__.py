"""``python -m benchmarks doctor``: whether the doctor is right, on cases whose disease is known.

simulated   ladders that begin at the errors of real nets, with a planted gap
trained     whole trainings with a planted disease
covering    whether the intervals of real nets hold the truth
"""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.harness import Table


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Every case once; ``rounds`` is not used."""
    from benchmarks.doctor import covering, nets, simulated, trained

    made = list(nets.every(log))
    return [simulated.run(made, log), covering.run(made, log), trained.run(log)]
