"""Command lines: every option of the verbs that are cheap, with every kind of value."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import click

from netwright import systems
from netwright.cli.main import GROUPS
from netwright.recipe import Recipe
from netwright.recipe.knobs import knobs

BASES: Mapping[str, Sequence[str]] = {
    "data": ["data", "iris"],
    "summary": ["summary", "linear"],
    "schedule": ["schedule"],
    "systems": ["systems"],
    "plan-splits": ["plan-splits", "--error", "0.1", "--resolve", "0.01"],
    "explain": ["explain", "J = 2*a", "a=1"],
    "info": ["info"],
    "train": ["train", "none.csv"],
    "search": ["search", "none.csv"],
    "find-lr": ["find-lr", "none.csv"],
    "batch-size": ["batch-size", "none.csv"],
    "tweak": ["tweak", "none"],
    "rewind": ["rewind", "none", "--epoch", "1"],
    "runs": ["runs"],
    "show": ["show", "none"],
    "report": ["report", "none"],
    "evaluate": ["evaluate", "none", "none.csv"],
    "predict": ["predict", "none", "none.csv"],
    "diagnose": ["diagnose", "none"],
    "ladder": ["ladder", "train=0.1/100", "dev=0.2/100"],
}
"""Verb -> a command line that ends soon: where it would train, its source is not there."""

WRITES = ("--out", "--sheet", "--tensorboard", "--store")
"""Options that name a place to write to: theirs are plain names, of the working folder."""

VALUES: tuple[str, ...] = (
    "",
    " ",
    "-",
    "--",
    "nan",
    "inf",
    "-inf",
    "-1",
    "0",
    "1",
    "2",
    "1.5",
    "1e308",
    "1e400",
    "1e-200",
    "1e-320",
    "9" * 19,
    "9" * 23,
    "9" * 400,
    "9" * 5000,
    "0x10",
    "1_0",
    "1,5",
    "1%",
    "101%",
    "0.1/1e308",
    "2*-1",
    "1e400*a",
    "a=1",
    "a=",
    "=",
    "=1",
    "a=b=c",
    "a.b.c=1",
    ".=1",
    "..=1",
    "optimizer=1",
    "optimizer.lr.x=1",
    "\udcff=1",
    "optimizer.lr=\udcff",
    "\udcff",
    "\x1b[2J=\x1b[2J",
    "\x1b]0;t\x07",
    "\u202egnp.",
    "a\nb",
    "x" * 300,
    "x" * 5000,
    "*,y",
    "^a.*$",
    "a,b",
    ",",
    "a,a",
    "[",
    "[" * 200,
    "[]",
    "{}",
    "{a: 1}",
    "null",
    "~",
    "true",
    "2001-99-99",
    "2026-11-22",
    "!!int x",
    "&a [*a]",
    "<<: 1",
    "a: b: c",
    "'",
    '"',
    "`",
    "/dev/null",
    "/dev/zero",
    "~nobody/x",
    "last",
    "digits",
    "iris",
    "auto",
    "find",
    "largest",
    "none",
    "optimizer.lr=1:0",
    "optimizer.lr=nan:inf",
    "optimizer.lr=0:1:log",
    "optimizer.lr=1e-3:1e-1:cubic",
    "model.name=mlp,\udcff",
    "model.hidden=[1],[[[",
    "latency<=5ms",
    "size<=1e308GB",
    "accuracy>=nan",
    "10m",
    "1e308d",
    "-5s",
    "dev=1/0",
    "human=\u0663%",
)
"""What options have stumbled over, or might."""


@dataclass(frozen=True)
class Slot:
    """A place of a command line that takes a value.

    Args:
        base: the line before it.
        option: that goes before the value; None: the value is an argument.
    """

    base: tuple[str, ...]
    option: str | None

    def line(self, value: str) -> list[str]:
        """The command line with a value there."""
        if self.option is None:
            return [*self.base, value]
        if self.option in WRITES:
            value = value.replace("/", "_").replace("..", "_") or "_"
        return [*self.base, self.option, value]


def slots() -> list[Slot]:
    """Every option that takes a value, and the arguments, of the verbs in ``BASES``."""
    found = []
    for verb, base in BASES.items():
        found += [Slot(tuple(base), option) for option in _options(verb)]
        if "none.csv" not in base:  # it would train on what is there
            found.append(Slot((verb,), None))
        found.append(Slot(tuple(base), None))
    return found


def settings() -> list[str]:
    """Every knob of every system by its full key."""
    recipes: list[type[Recipe]] = [systems.load(name).recipe for name in systems.places()]
    return list(dict.fromkeys(key for recipe in recipes for key in knobs(recipe)))


def drawn(rng: random.Random, slots: Sequence[Slot], keys: Sequence[str]) -> list[str]:
    """A command line by chance: one value, or two of one line."""
    slot = rng.choice(slots)
    line = slot.line(_value(rng, slot, keys))
    if rng.random() < 0.3:
        same = [other for other in slots if other.base == slot.base and other.option]
        if same:
            other = rng.choice(same)
            line += other.line(_value(rng, other, keys))[len(other.base) :]
    return line


def _value(rng: random.Random, slot: Slot, keys: Sequence[str]) -> str:
    value = rng.choice(VALUES)
    if rng.random() < 0.2:
        value += rng.choice(VALUES)
    if slot.option in ("--set", "--space") and rng.random() < 0.7:
        return f"{rng.choice(keys)}={value}"
    return value


def _options(verb: str) -> Iterator[str]:
    module = importlib.import_module(f"netwright.cli.{GROUPS[verb]}.{verb.replace('-', '_')}")
    for parameter in module.command.params:
        if isinstance(parameter, click.Option) and not parameter.is_flag:
            yield parameter.opts[0]
