"""Two runs of one training: every figure of every file that differs, and may not.

What a run was called, when it was made and how long it took is left out; so is how often it was
interrupted, as its events tell. All else is equal to the last bit: weights, curves, predictions,
measures, pictures, the recipe, the state from which a longer training goes on, and the report.
"""

from __future__ import annotations

import fnmatch
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.compare_checkouts import leaves, nested, shown

MAY_DIFFER = (
    "run.json:id",
    "run.json:created",
    "run.json:process",
    "run.json:estimate",
    "run.json:*seconds*",
    "run.json:repeats",
    "*.csv:*seconds*",
    "*examples_per_second",
    "environment.json:command",
    "checkpoint/state.safetensors:*seconds*",
    "events.jsonl:*",  # compared by ``events_of``
)
"""``file:name`` of what two trainings by the same code do not have in common."""

INTERRUPTIONS = ("first_step", "resumed", "stopped", "failed")
"""Events of a training that was interrupted; any other happens as often in one that was not."""

PASSING = ("time", "seconds", "message")
"""Fields of an event that belong to the moment."""

MOMENTS = (
    (re.compile(r"\d{8}-\d{6}-[\w.-]*?-[0-9a-f]{3}\b"), "RUN"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:\+00:00| UTC|Z)?"), "MOMENT"),
    (re.compile(r"\b[\d,]+ examples a second"), "SPEED"),
    (re.compile(r"\b\d[\d,.]*\s*(?:ms|s|min|h)\b(?:\s*\d+\s*(?:s|min)\b)?"), "TIME"),
)
"""What a page or a message has of ids, dates and times, and what stands for it here."""


CURVES = re.compile(r'<section id="curves".*?</section>', re.DOTALL)


@dataclass(frozen=True)
class Comparison:
    """How a run differs from one that nothing disturbed.

    Args:
        differences: ``file:name`` and both values, a line each.
        missing: files that the other has and this one has not.
        left_over: files that this one has and the other has not.
    """

    differences: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    left_over: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether there is nothing to report."""
        return not (self.differences or self.missing or self.left_over)

    def __str__(self) -> str:
        """Everything, in a line each."""
        return "\n".join(
            [
                *(f"differs: {line}" for line in self.differences),
                *(f"missing: {name}" for name in self.missing),
                *(f"left over: {name}" for name in self.left_over),
            ]
        )


def compare(run: Path, undisturbed: Path) -> Comparison:
    """How a run differs from one of the same training that nothing disturbed."""
    mine, other = files_of(run), files_of(undisturbed)
    both = mine & other
    stopped = any('"stopped"' in line for line in _lines(run))
    here, there = (figures(each, both, without_curves=stopped) for each in (run, undisturbed))
    apart = [
        f"{name}: {shown(there.get(name), here.get(name))}"
        for name in sorted({*here, *there})
        if here.get(name) != there.get(name)
    ]
    return Comparison(tuple(apart), tuple(sorted(other - mine)), tuple(sorted(mine - other)))


def files_of(run: Path) -> set[str]:
    """The names of all that lies in a run's folder; of a folder, those of its files."""
    return {path.relative_to(run).as_posix() for path in run.rglob("*") if not path.is_dir()}


def figures(run: Path, files: set[str], *, without_curves: bool = False) -> dict[str, str]:
    """``file:name`` -> value, of all that must be the same again in these files.

    Args:
        without_curves: leave the report's curves out, which show where a run was stopped; their
            figures are those of ``curves.csv``.
    """
    found = {
        name: without_moments(value.replace(str(run.parent), "STORE"))
        for name, value in leaves(run).items()
        if name.partition(":")[0] in files
    }
    if "report.html" in files:
        found |= {f"report.html:{at}": line for at, line in _report(run, without_curves)}
    found |= {f"events:{at}": event for at, event in enumerate(events_of(run))}
    found |= _state(run)
    return {
        name: value
        for name, value in found.items()
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in MAY_DIFFER)
    }


def events_of(run: Path) -> list[str]:
    """What happened in a run but for its interruptions, in order, without moments."""
    events = [json.loads(line) for line in _lines(run)]
    kept = [
        json.dumps({key: value for key, value in event.items() if key not in PASSING})
        for event in events
        if event["event"] not in INTERRUPTIONS
    ]
    # whoever goes on notes once more what was noted just before a kill
    return [event for event, _ in itertools.groupby(kept)]


def without_moments(text: str) -> str:
    """The text with a word in place of each id, date and time."""
    for pattern, word in MOMENTS:
        text = pattern.sub(word, text)
    return text


def _lines(run: Path) -> list[str]:
    path = run / "events.jsonl"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _report(run: Path, without_curves: bool) -> Iterator[tuple[int, str]]:
    """The lines of a report without what belongs to the moment."""
    text = (run / "report.html").read_text(encoding="utf-8").replace(str(run.parent), "STORE")
    text = CURVES.sub("", text) if without_curves else text
    yield from enumerate(without_moments(text).splitlines(), 1)


def _state(run: Path) -> Mapping[str, str]:
    """What stands beside the tensors in the state from which a training goes on."""
    from safetensors import safe_open

    path = run / "checkpoint" / "state.safetensors"
    if not path.exists():
        return {}
    with safe_open(path, framework="numpy") as file:
        held: Any = json.loads(file.metadata()["state"])
    return {f"checkpoint/state.safetensors:{name}": value for name, value in nested(held)}
