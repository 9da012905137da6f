"""Film reviews by ``nw.train((texts, labels))`` beside tf-idf with logistic regression, beside
fastText and flair.

Ten folds of the sentence polarity data set (Pang and Lee 2005, 10,662 sentences, half of them
positive). All learn from the other nine folds; of these ours, fastText and flair hold a tenth out,
to choose the epoch or the settings. They answer the same sentences, so differences are taken
sentence by sentence. The defaults were chosen on the first three folds; the other seven chose
nothing. Ours is trained once a round, each time from another seed, at most three. fastText and
flair are left out where they are not installed (``benchmarks/peers/install.sh fasttext flair``).

What is measured is kept in ``.bench/text.jsonl``, and not measured again.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import BenchmarkError, Table, python_of
from benchmarks.workloads import CACHE

FOLDS = 10
CHOSE = 3
"""Folds, the first ones, on which the defaults were chosen."""

SEEDS = 3

SETTINGS = {"split.test": 0, "split.dev": 0.1, "training.threads": 1}

LINEAR = "tf-idf and logistic regression"
PLAIN = "netwright, vectors"
OURS: Mapping[str, Mapping[str, Any]] = {
    "netwright, no vectors": {"vectors.source": "none"},
    PLAIN: {},
}
AUGMENTED: Mapping[str, Mapping[str, Any]] = {
    PLAIN: {},
    "a tenth of the words left out": {"augment.left_out": 0.1},
    "a tenth of the words by near ones": {"augment.synonyms": 0.1},
}
GOALS = {"netwright, no vectors": 0.766, PLAIN: 0.78}
"""Fraction of all sentences that is to be right."""

PEERS = {
    "fastText, no vectors": ("fasttext", False),
    "fastText, vectors": ("fasttext", True),
    "flair, vectors": ("flair", True),
}
"""Who -> the module that asks it, and whether it has the same vectors as ours."""

Hits = np.ndarray[Any, np.dtype[np.float64]]
"""(N,) 1 where a sentence was answered right; of several seeds, their mean."""


@dataclass(frozen=True)
class Fold:
    """What is learned from, and what is answered."""

    texts: list[str]
    labels: list[str]
    new: list[str]
    truth: list[str]


@dataclass(frozen=True)
class Answered:
    """What one answered on one fold.

    Args:
        hits: a 1 where a sentence was answered right, else a 0.
        seconds: CPU seconds, training and answers.
    """

    who: str
    fold: int
    seed: int
    hits: str
    seconds: float


def run(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """Every fold of everyone who is installed, ours once a round."""
    return [table(_measured(rounds, lambda seed: _answering(seed, log), log))]


def augmented(rounds: int, log: Callable[[str], None]) -> list[Table]:
    """What words that are changed in training bring, beside the same without."""
    found = _measured(rounds, lambda seed: _ours_by(AUGMENTED, seed), log)
    return [_beside_plain([one for one in found if one.who in AUGMENTED])]


def _measured(
    rounds: int, who_answers: Callable[[int], Mapping[str, Answering]], log: Callable[[str], None]
) -> list[Answered]:
    """All that is kept, what was missing too."""
    texts, labels = sentences(CACHE / "sentiment")
    place = np.random.default_rng(0).permutation(len(texts)) % FOLDS
    kept = CACHE / "text.jsonl"
    done = {(one.who, one.fold, one.seed): one for one in read(kept)}
    for seed, at in itertools.product(range(min(rounds, SEEDS)), range(FOLDS)):
        fold = _fold(texts, labels, place == at)
        for who, answer in who_answers(seed).items():
            if (who, at, seed) in done:
                continue
            start = time.process_time()
            answers, seconds = answer(fold)
            hits = "".join("01"[a == b] for a, b in zip(answers, fold.truth, strict=True))
            one = Answered(who, at, seed, hits, seconds or time.process_time() - start)
            done[who, at, seed] = one
            with kept.open("a") as file:
                file.write(json.dumps(asdict(one)) + "\n")
            right = hits.count("1") / len(hits)
            log(f"{who}, fold {at}, seed {seed}: {right:.4f}, {one.seconds:.0f} CPU s")
    return list(done.values())


def sentences(folder: Path) -> tuple[list[str], list[str]]:
    """The sentences and their labels.

    Raises:
        BenchmarkError: the files are not there.
    """
    texts, labels = [], []
    for name in ("pos", "neg"):
        path = folder / f"rt-polarity.{name}"
        if not path.exists():
            raise BenchmarkError(
                f"{path} is missing: put the two files of the sentence polarity data set (nltk's"
                " corpus sentence_polarity) there"
            )
        found = path.read_text(encoding="utf-8", errors="replace").splitlines()
        texts += found
        labels += [name] * len(found)
    return texts, labels


def read(path: Path) -> list[Answered]:
    """What was measured before."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [Answered(**json.loads(line)) for line in lines]


def _fold(texts: Sequence[str], labels: Sequence[str], held: Any) -> Fold:
    train, test = np.flatnonzero(~held).tolist(), np.flatnonzero(held).tolist()
    return Fold(
        [texts[at] for at in train],
        [labels[at] for at in train],
        [texts[at] for at in test],
        [labels[at] for at in test],
    )


Answering = Callable[[Fold], tuple[Sequence[str], float]]
"""A fold -> the labels of its new sentences, and CPU seconds of another process; 0: of this one."""


def _answering(seed: int, log: Callable[[str], None]) -> dict[str, Answering]:
    """Who answers; others than ours with the first seed alone."""
    found = _ours_by(OURS, seed)
    if seed:
        return found
    found[LINEAR] = lambda fold: (_linear(fold), 0.0)
    for who, (peer, vectors) in PEERS.items():
        try:
            python_of(peer)
        except BenchmarkError as error:
            log(str(error))
            continue
        found[who] = lambda fold, peer=peer, vectors=vectors: _peer(fold, peer, vectors)  # type: ignore[misc]
    return found


def _ours_by(changes: Mapping[str, Mapping[str, Any]], seed: int) -> dict[str, Answering]:
    return {
        who: lambda fold, some=some: (_ours(fold, {**some, "training.seed": seed}), 0.0)  # type: ignore[misc]
        for who, some in changes.items()
    }


def _ours(fold: Fold, changes: Mapping[str, Any]) -> list[str]:
    import netwright as nw

    with tempfile.TemporaryDirectory() as store:
        trained = nw.train((fold.texts, fold.labels), set={**SETTINGS, **changes}, store=store)
        return [answer.label for answer in trained.predict(fold.new)]


def _linear(fold: Fold) -> list[str]:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=1000))
    return list(pipeline.fit(fold.texts, fold.labels).predict(fold.new))


def _peer(fold: Fold, peer: str, vectors: bool) -> tuple[list[str], float]:
    """By its own interpreter, as ``benchmarks.peers`` asks it."""
    with tempfile.TemporaryDirectory() as folder:
        rows = list(zip(fold.texts, fold.labels, strict=True))
        np.random.default_rng(0).shuffle(rows)
        (Path(folder) / "train.json").write_text(json.dumps(rows))
        (Path(folder) / "test.json").write_text(json.dumps(fold.new))
        if vectors:
            words = {word for text in (*fold.texts, *fold.new) for word in text.split()}
            write_vectors(Path(folder) / "vectors.txt", words)
        command = [str(python_of(peer)), "-m", f"benchmarks.peers.{peer}", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = json.loads((Path(folder) / "answers.json").read_text())
    return found["answers"], found["seconds"]


def write_vectors(path: Path, words: set[str]) -> None:
    """Those of GloVe that some words have, as text."""
    from netwright.data.vectors import source

    table = source.read(source.GLOVE).table()
    ordered = sorted(word for word in words if not any(c.isspace() for c in word))
    places = table.rows_of(ordered)
    lines = [
        " ".join([word, *map(str, vector)])
        for word, vector, known in zip(ordered, table.at(places).tolist(), places, strict=True)
        if known
    ]
    path.write_text("\n".join([f"{len(lines)} {table.size}", *lines]) + "\n")


def interval(difference: Hits) -> tuple[float, float, float]:
    """(mean, low, high): 95%, by the normal approximation over the sentences."""
    mean = float(difference.mean())
    half = 1.96 * float(difference.std(ddof=1)) / len(difference) ** 0.5
    return mean, mean - half, mean + half


def table(found: Sequence[Answered]) -> Table:
    """A row for each who answered every fold with one seed at least."""
    names = [LINEAR, *PEERS, *OURS]
    folds = sorted({one.fold for one in found if one.who == LINEAR})
    whole = {who: _by_seed([one for one in found if one.who == who], folds) for who in names}
    linear = whole[LINEAR][0]
    rows, notes = [], []
    for who, seeds in whole.items():
        if not seeds:
            continue
        right = [float(np.concatenate(hits).mean()) for hits in seeds]
        untouched = np.mean([np.concatenate(hits[CHOSE:] or hits) for hits in seeds], axis=0)
        ahead = untouched - np.concatenate(linear[CHOSE:] or linear)
        seconds = np.mean([one.seconds for one in found if one.who == who])
        spread = f" ({min(right):.2%} to {max(right):.2%})" if len(right) > 1 else ""
        rows.append(
            (
                who,
                f"{np.mean(right):.2%}{spread}",
                f"{untouched.mean():.2%}",
                _points(*interval(ahead)),
                f"{seconds:.1f}",
            )
        )
        if who in GOALS:
            met = "met" if np.mean(right) >= GOALS[who] else "NOT met"
            notes.append(f"{met}: {who} at least {GOALS[who]:.1%}")
    size = sum(map(len, linear))
    return Table(
        title=f"Sentence polarity, {size:,} sentences, {len(linear)} folds",
        columns=("who", "right", "folds that chose nothing", "of these ahead of tf-idf", "CPU s"),
        rows=tuple(rows),
        notes=tuple(notes),
        figures={"answered": [asdict(one) for one in found]},
    )


def _beside_plain(found: Sequence[Answered]) -> Table:
    folds = sorted({one.fold for one in found if one.who == PLAIN})
    whole = {
        who: np.mean(
            [np.concatenate(hits) for hits in _by_seed([x for x in found if x.who == who], folds)],
            axis=0,
        )
        for who in AUGMENTED
    }
    rows = [
        (who, f"{hits.mean():.2%}", _points(*interval(hits - whole[PLAIN])))
        for who, hits in whole.items()
    ]
    return Table(
        title=f"Words changed in training, {len(whole[PLAIN]):,} film reviews",
        columns=("what", "right", "ahead of none"),
        rows=tuple(rows),
        notes=(),
        figures={"answered": [asdict(one) for one in found]},
    )


def _by_seed(found: Sequence[Answered], folds: Sequence[int]) -> list[list[Hits]]:
    """Of each seed that answered all folds, the hits of each."""
    by = {(one.seed, one.fold): np.array(list(map(int, one.hits)), float) for one in found}
    seeds = sorted({seed for seed, _ in by})
    return [
        [by[seed, at] for at in folds] for seed in seeds if all((seed, at) in by for at in folds)
    ]


def _points(mean: float, low: float, high: float) -> str:
    return f"{100 * mean:+.2f} points ({100 * low:+.2f} to {100 * high:+.2f})"
