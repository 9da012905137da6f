"""What reading a source gives: the examples, what was understood, and what was found on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from netwright.base.findings import Finding
from netwright.contract.examples import Examples
from netwright.contract.source import ColumnForm, Source


@dataclass(frozen=True)
class Reading:
    """A source, read.

    Args:
        examples: the examples; ``examples.splits`` where the source brings its own.
        source: what was read and why it was taken for that.
        notes: lines for the person: how axes, delimiter, task and splits were understood.
        findings: what a person should look at.
        columns: column of a table -> how its cells were understood.
        beside: gives what the source knows of the examples that is neither input nor target: column
            -> a value an example. A run can be looked at by it, and learns nothing from it.
        fingerprint: stands for the content and the order of all ids, targets, given splits and
            weights. Inputs are in it by their ids alone, which stand for the content.
    """

    examples: Examples
    source: Source
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    fingerprint: str
    columns: Mapping[str, ColumnForm] = field(default_factory=dict)
    beside: Callable[[], Mapping[str, Sequence[Any]]] = dict


def reading(
    examples: Examples,
    source: Source,
    *,
    notes: tuple[str, ...] = (),
    findings: tuple[Finding, ...] = (),
    columns: Mapping[str, ColumnForm] | None = None,
    beside: Callable[[], Mapping[str, Sequence[Any]]] = dict,
) -> Reading:
    """What a reader's ``read`` gives: the reading with its fingerprint, and a note on the splits
    that the source brings.

    Args:
        examples, source, notes, findings, columns, beside: as in ``Reading``.
    """
    return Reading(
        examples,
        source,
        (*notes, *split_notes(examples)),
        findings,
        fingerprint(examples),
        columns or {},
        beside,
    )


def fingerprint(examples: Examples) -> str:
    """16 hexadecimal digits of ids, targets, given splits and weights, in their order."""
    total = hashlib.blake2b(digest_size=8)
    # without weights nothing is added: such fingerprints are those of earlier releases
    weights = () if examples.weights is None else (examples.weights,)
    for column in (examples.ids, examples.targets, examples.splits or (), *weights):
        between = b""
        for words in batched(map(str, column)):
            total.update(between + "\x1f".join(words).encode("utf-8", "surrogatepass"))
            between = b"\x1f"
        total.update(b"\x1e")
    return total.hexdigest()


def batched(words: Iterator[str], most: int = 1 << 12) -> Iterator[list[str]]:
    """Lists of at most so many words, one after the other."""
    while some := list(islice(words, most)):
        yield some


def split_notes(examples: Examples, who: str = "the source") -> tuple[str, ...]:
    """A line on the splits that the examples come with, and who brings them."""
    given = {split for split in examples.splits or () if split is not None}
    if not given:
        return ()
    names = " and ".join(name for name in ("train", "dev", "test") if name in given)
    if "dev" not in given and "train" in given:
        return (f"{who} brings {names}; dev is cut from train",)
    return (f"{who} brings {names}" + ("" if "test" in given else ", and no test"),)
