"""How well the names of dev are found, and sentences with them: tables and a picture of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import pairwise

import numpy as np

from netwright.base.figures import percent
from netwright.contract import JudgedRun, View
from netwright.data.tagged.sentence import Name, Sentence
from netwright.metrics.calibration import tenths
from netwright.systems.tagger.metrics import counts, f1, precision, recall
from netwright.systems.tagger.names import Names
from netwright.systems.tagger.page import colors_of

MOST_LABELS, MOST_SENTENCES, COLUMNS = 50, 12, 100
LETTER, LINE = 7.25, 25
"""Pixels of a letter of the picture, and of its lines."""


def views(run: JudgedRun) -> list[View]:
    """Of each label what is found; where names are told apart wrongly; sentences with names."""
    known = [at for at, target in enumerate(run.examples.targets) if target is not None]
    pairs = [(run.examples.targets[at], run.answers[at]) for at in known]
    return [_by_label(run), _sure(pairs), _confused(pairs), *_drawn(run, known)]


def _by_label(run: JudgedRun) -> View:
    rows = []
    examples = list(run.examples.without_inputs())
    known = [(e, a) for e, a in zip(examples, run.answers, strict=True) if e.target is not None]
    for label in run.codec.labels[:MOST_LABELS]:
        every = np.array([counts(*pair, label=label) for pair in known]).sum(axis=0).tolist()
        found, missed, false = every
        figures = [
            precision(*every) if found + false else None,
            recall(*every) if found + missed else None,
            f1(*every) if sum(every) else None,
        ]
        rows.append([label, found + missed, found, false, *figures])
    return View(
        "Names by label on dev",
        columns=("label", "true", "found", "made up", "precision", "recall", "F1"),
        rows=rows,
        of_examples=False,
    )


def _sure(pairs: Sequence[tuple[Sequence[Name], Names]]) -> View:
    """How often the names are there that it states with some probability, answered or not."""
    stated, right = list[float](), list[bool]()
    for true, answer in pairs:
        there = _keys(true)
        for name in (*answer.names, *answer.maybe):
            stated.append(name.p)
            right.append(name.key in there)
    return View(
        "How sure it is of names, and how often they are there",
        columns=("names", "stated", "there", "95% interval"),
        rows=[
            (one.n, percent(one.stated), percent(one.right), f"{one.low:.0%} to {one.high:.0%}")
            for one in tenths(stated, right)
        ],
        of_examples=False,
    )


def _confused(pairs: Sequence[tuple[Sequence[Name], Names]]) -> View:
    """Of the true names, what was answered at their place."""
    seen: Counter[tuple[str, str]] = Counter()
    for true, answer in pairs:
        exact = {(name.start, name.end): name.label for name in answer.names}
        for name in true:
            at = exact.get((name.start, name.end))
            beside = any(a.start < name.end and name.start < a.end for a in answer.names)
            seen[name.label, at or ("another extent" if beside else "nothing")] += 1
        ends = [(name.start, name.end) for name in true]
        for name in answer.names:
            if not any(a < name.end and name.start < b for a, b in ends):
                seen["no name", name.label] += 1
    wrong = [(a, b, count) for (a, b), count in seen.most_common() if a != b]
    return View(
        "What is taken for what, wrongly",
        columns=("true", "answered", "names"),
        rows=wrong[:20],
        of_examples=False,
    )


def _drawn(run: JudgedRun, known: Sequence[int]) -> list[View]:
    """The sentences of the largest loss that are wrong, as a picture."""
    losses = np.nan_to_num(np.asarray(run.losses, float))
    wrong = [at for at in known if _keys(run.examples.targets[at]) != _keys(run.answers[at].names)]
    worst = sorted(wrong, key=lambda at: -losses[at])[:MOST_SENTENCES]
    if not worst:
        return []
    new = [label for at in worst for label in run.codec.unseen(run.examples.targets[at])]
    colors = colors_of(list(dict.fromkeys([*run.codec.labels, *new])))
    parts, y = [], 18
    for at in worst:
        drawn, y = _sentence(
            run.examples.inputs[at], run.examples.targets[at], run.answers[at].names, colors, y
        )
        parts += drawn
    legend, x = [], 0.0
    for label, (color, _) in colors.items():
        wide = LETTER * (len(label) + 2)
        legend.append(f'<rect x="{x:.0f}" y="0" width="{wide:.0f}" height="18" fill="{color}"/>')
        legend.append(f'<text x="{x + LETTER:.0f}" y="13">{escape(label)}</text>')
        x += wide + 8
    body = "".join([*legend, f'<g transform="translate(0 24)">{"".join(parts)}</g>'])
    size = f'width="{LETTER * (COLUMNS + 2):.0f}" height="{y + 24}"'
    font = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font} fill="#1b1f24">{body}</svg>'
    return [View("Sentences with mistakes: answered names filled, true ones underlined", svg=svg)]


def _keys(names: Sequence[Name]) -> set[tuple[int, int, str]]:
    return {name.key for name in names}


def _sentence(
    sentence: Sentence,
    true: Sequence[Name],
    answered: Sequence[Name],
    colors: dict[str, tuple[str, str]],
    y: int,
) -> tuple[list[str], int]:
    """The lines of a sentence from a height on, and where the next one begins."""
    parts: list[str] = []
    for first, end in pairwise(_breaks(sentence.text)):
        for name in answered:
            a, b = max(first, name.start), min(end, name.end)
            if a < b:
                place = f'x="{LETTER * (a - first):.1f}" width="{LETTER * (b - a):.1f}"'
                parts.append(
                    f'<rect {place} y="{y - 13}" height="17" fill="{colors[name.label][0]}"/>'
                )
        for name in true:
            a, b = max(first, name.start), min(end, name.end)
            if a < b:
                place = f'x1="{LETTER * (a - first):.1f}" x2="{LETTER * (b - first):.1f}"'
                stroke = f'stroke="{colors[name.label][1]}" stroke-width="2"'
                parts.append(f'<line {place} y1="{y + 5}" y2="{y + 5}" {stroke}/>')
        line = escape(sentence.text[first:end].rstrip().replace("\n", " "))
        long = f'textLength="{LETTER * len(sentence.text[first:end].rstrip()):.1f}"'
        parts.append(f'<text x="0" y="{y}" xml:space="preserve" {long}>{line}</text>')
        y += LINE
        if y > 2_000:
            break
    return parts, y + 10


def _breaks(text: str) -> list[int]:
    """Where the lines of a text begin, and its end: at a blank where there is one."""
    found, at = [0], 0
    while len(text) - at > COLUMNS:
        blank = text.rfind(" ", at + COLUMNS // 2, at + COLUMNS)
        at = blank + 1 if blank > 0 else at + COLUMNS
        found.append(at)
    return [*found, len(text)]
