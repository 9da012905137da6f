"""Cases from real answers: a trained net's own answers to examples that it never saw, of which dev,
train-dev and test are drawn anew; the gap that its disease makes is in the answers themselves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.doctor.confusion import Judgement
from benchmarks.doctor.planted.diseases import DISEASES, ERRORS, HEALTHY, OVERFIT, STRAY
from benchmarks.doctor.planted.sources import Rows
from benchmarks.doctor.planted.trial import Trained, Trial, true_gaps
from netwright.doctor.gaps.judgement import diagnose_ladder
from netwright.doctor.gaps.ladder import Rung

SIZES = (400, 800, 1600)
DRAWS = 4
"""Of each net with a gap; of a healthy one twice as many."""


@dataclass(frozen=True)
class Answers:
    """What a net answered.

    Args:
        disease: planted in it.
        wrong: figure -> whether each answer is wrong; ``dev`` is its own dev set.
        train, people: errors.
        learned_from: training examples.
    """

    disease: str
    data: str
    wrong: Mapping[str, NDArray[np.bool_]]
    train: float
    people: float
    learned_from: int

    def figures(self) -> dict[str, float]:
        """Name -> the true error."""
        true = {name: float(flags.mean()) for name, flags in self.wrong.items()}
        return {**true, "train": self.train, "people": self.people}


def of(found: Trained, trial: Trial) -> Answers | None:
    """Those of a trained net; None: its disease is none of the ladder's, or it answers numbers."""
    disease = found.case.disease
    if disease != HEALTHY and not DISEASES[disease].gap:
        return None
    measures = found.run.measures
    if "error" not in measures["dev"]:
        return None
    wrong = {name: wrong_answers(found, rows) for name, rows in found.planted.outside.items()}
    wrong["dev"] = found.run.predictions("dev")["wrong"].to_numpy()
    train = measures["train"]["error"]
    people = trial.figures["held" if disease == HEALTHY else "people"]
    return Answers(disease, found.case.data, wrong, train["value"], people, train["n"])


def wrong_answers(found: Trained, rows: Rows) -> NDArray[np.bool_]:
    """Whether each answer to rows outside is wrong."""
    system = found.run.system
    examples, answers = answered(found.run, *found.stored.given(rows))
    return np.array([system.wrong(*pair) for pair in zip(examples, answers, strict=True)], bool)


def answered(run: Any, source: Any, target: str | None) -> tuple[Any, Sequence[Any]]:
    """The examples of a source, and what the run answers to them."""
    from netwright.api import answering

    reading = answering.read_to_measure(run.system, run.recipe, source, target, run.record)
    _, examples, _ = answering.of_reading(run.system, run.recipe, reading, None, run.record)
    return answering.answered(run.system, run.codec, run.ready_to_answer(), examples)


def cases(nets: Sequence[Answers]) -> Iterator[Judgement]:
    """Draws of each net that have the gap that they should have."""
    rng = np.random.default_rng(2)
    for net in nets:
        for _ in range(DRAWS * (2 if net.disease == HEALTHY else 1)):
            n = int(rng.choice(SIZES))
            if _counts(net, n):
                verdict = _verdict(net, n, rng)
                right = DISEASES[net.disease].gap or HEALTHY
                yield Judgement(right, verdict, verdict == right)


def _counts(net: Answers, n: int) -> bool:
    """Whether its gap is large enough beside the noise of n examples, and the largest."""
    figures = net.figures()
    error = math.sqrt(figures["held"] * (1 - figures["held"]) / n)
    gaps = true_gaps(figures)
    if net.disease == HEALTHY:
        return max(abs(figures["held"] - figures["train"]), gaps["avoidable bias"]) <= STRAY * error
    one = DISEASES[net.disease]
    worse, better = (figures[name] for name in (one.worse, one.better))
    return worse - better >= ERRORS * error and gaps[one.gap] == max(gaps.values())


def _verdict(net: Answers, n: int, rng: Any) -> str:
    """The first verdict on a ladder of drawn answers."""
    figures, one = net.figures(), DISEASES[net.disease]

    def drawn(name: str, figure: str) -> Rung:
        return Rung(name, float(rng.choice(net.wrong[figure], n).mean()), n)

    rungs = [Rung("human", net.people), Rung("train", figures["train"], net.learned_from)]
    if "general" in net.wrong:
        rungs.append(drawn("train_dev", "general"))
    if one.gap == OVERFIT and "other" not in net.wrong:  # the dev set that it was fitted to
        rungs.append(Rung("dev", figures["dev"], len(net.wrong["dev"])))
    else:
        rungs.append(drawn("dev", "held"))
    rungs.append(drawn("test", "other" if "other" in net.wrong else "held"))
    found = diagnose_ladder(rungs)
    return next((gap.name for gap in found.gaps if gap.verdict == "first"), HEALTHY)
