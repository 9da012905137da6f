"""What a person points at, read, and the system that learns from it: the one way in of every verb.

All readers of all systems look at the source; the strongest claim wins. The systems that take the
reader then look at the examples; again the strongest claim wins. Where two are equally strong, or
none claims it, the person is asked. A system that the person named is the only one asked.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from netwright import systems
from netwright.api.kept import own_data
from netwright.base.errors import DataError
from netwright.base.figures import counted
from netwright.contract import (
    AnySystem,
    Claim,
    EarlierReading,
    Look,
    Reader,
    Reading,
    ReadOptions,
    Source,
)
from netwright.data import catalogue
from netwright.data.sources import hints, looking, tables
from netwright.data.tables import json_lines

if TYPE_CHECKING:
    from netwright.recipe import Recipe


Value = TypeVar("Value")


@dataclass(frozen=True)
class Recognized:
    """A source, and the reader that reads it.

    Args:
        systems: the names of the systems that take what it reads.
        broken: what is wrong with systems outside the package that could not be used, a sentence
            each.
    """

    look: Look
    reader: Reader
    claim: Claim
    systems: tuple[str, ...]
    broken: tuple[str, ...] = ()

    def read(self, options: ReadOptions) -> Reading:
        """Its examples.

        Raises:
            DataError: it cannot be read as what it was taken for.
        """
        named = {"ready": self.look.name, "memory": "memory"}
        path = named.get(self.look.kind, str(self.look.path))
        source = Source(self.reader.kind, path, self.claim.why, options)
        reading = self.reader.read(self.look, source)
        notes = [f"not asked: {fault}" for fault in self.broken]
        return dataclasses.replace(reading, notes=(*reading.notes, *notes)) if notes else reading


def recognize(source: Any, system: str = "auto", options: ReadOptions | None = None) -> Recognized:
    """What a person points at, and who reads it; the systems are not loaded, nothing is read.

    Args:
        source: a name or path, (x, y), (x, y, weights), or a data frame.
        system: only what this one reads; ``auto``: what any reads.
        options: how it is to be read, which some readers alone can.

    Raises:
        DataError: nothing is there, nobody reads it so, or two readers claim it alike.
    """
    look = looking.look_at(source)
    of_systems, broken = _of_each(systems.readers, systems.places(), system)
    if system == "auto":
        broken = [*systems.faults().values(), *broken]
    readers = _meant(_readers(of_systems), options or ReadOptions(), system)
    claims = [(reader, claim) for reader, _ in readers if (claim := reader.recognize(look))]
    claims = [one for one in claims if one[1].strength or system != "auto"]
    best = _strongest(claims)
    if not best:
        refusal = _nobody_reads(look, [reader for reader, _ in readers], system)
        raise DataError(systems.with_broken(refusal, broken))
    takers = {id(reader): tuple(names) for reader, names in readers}
    if len(best) > 1:
        raise DataError(_alike(look, [(reader.kind, takers[id(reader)]) for reader, _ in best]))
    reader, claim = best[0]
    return Recognized(look, reader, claim, takers[id(reader)], tuple(broken))


def read(source: Any, recipe: Recipe, before: EarlierReading | None = None) -> Reading:
    """The examples of a source, as the recipe says; of its system where it names one.

    Args:
        before: column of a table -> how the run that reads it understood it in training.

    Raises:
        DataError: it cannot be read.
    """
    return _read(recognize(source, recipe.system, options_of(recipe)), recipe, before)


def read_to_learn(source: Any, recipe: Recipe) -> tuple[AnySystem, Reading]:
    """The system that learns from a source, and its examples.

    Args:
        recipe: ``system`` may name the system.

    Raises:
        DataError: it cannot be read, or no system takes its examples.
    """
    recognized = recognize(source, recipe.system, options_of(recipe))
    reading = _read(recognized, recipe)
    system, why = system_for(reading, recognized.systems, recipe.system)
    return system, _with_note(reading, system.name, why)


def system_for(reading: Reading, takers: Sequence[str], wanted: str) -> tuple[AnySystem, str]:
    """The system that learns from these examples, and why.

    Args:
        takers: the names of those that take what was read.
        wanted: the one that the person named, or ``auto``.

    Raises:
        DataError: none takes them, or two claim them alike.
    """
    best, broken = _best_takers(reading, takers, wanted)
    if len(best) == 1:
        name, claim = best[0]
        return systems.load(name), _why(claim, broken, wanted)
    source = reading.source.path
    if best:
        ways = [f"{name} ({claim.why})" for name, claim in best]
        raise DataError(
            f"{source} may be learned by {' or '.join(ways)}: say which with --system NAME."
        )
    if all(target is None for target in reading.examples.targets):
        raise DataError(_nothing_to_learn(reading))
    known = systems.places()
    if wanted != "auto":
        raise DataError(
            f"{source}: the system '{wanted}' does not take these examples; what it does:"
            f" {known[wanted].about}.{_with_labels(reading, [wanted])}"
        )
    refusal = f"{source}: no system takes these examples; it was offered to {', '.join(takers)}."
    refusal += _with_labels(reading, takers)
    raise DataError(systems.with_broken(refusal, broken))


def _with_labels(reading: Reading, takers: Sequence[str]) -> str:
    """Of targets that are numbers: who would take labels in their place, and how these come to be;
    empty where nobody would.
    """
    examples = reading.examples
    if not all(target is None or isinstance(target, float) for target in examples.targets):
        return ""
    labels = [None if target is None else str(target) for target in examples.targets]
    named = dataclasses.replace(examples, targets=labels)
    best, _ = _best_takers(dataclasses.replace(reading, examples=named), takers)
    if not best:
        return ""
    return (
        f" The targets are numbers, and '{best[0][0]}' would take labels: give words for ranges of"
        " them, such as low and high, or --task classification where each number is a class."
    )


def _nothing_to_learn(reading: Reading) -> str:
    """Why, of examples of which no target is known."""
    source, target = reading.source.path, reading.source.options.target
    if not len(reading.examples):
        return f"{source} holds no examples: there is nothing to learn from."
    if target is not None:
        some = counted(len(reading.examples), "example")
        return f"{source}: no target of its {some} is known in '{target}': nothing to learn."
    return f"{source} has no targets: nothing to learn; for a table name the column with --target."


def _why(claim: Claim, broken: Sequence[str], wanted: str) -> str:
    """Why a system learns from examples."""
    why = "".join([claim.why, *(f"; not asked: {fault}" for fault in broken)])
    return why if wanted == "auto" else "as asked for"


def _with_note(reading: Reading, system: str, why: str) -> Reading:
    """With a note that says who learns from it."""
    return dataclasses.replace(reading, notes=(*reading.notes, f"system {system}: {why}"))


def taken_if_any(
    reading: Reading, takers: Sequence[str], wanted: str
) -> tuple[str | None, Reading]:
    """The name of the system that would learn from these examples, which a note says, too; None:
    none would, or two alike.

    Args:
        takers, wanted: as of ``system_for``.
    """
    best, broken = _best_takers(reading, takers, wanted)
    if len(best) != 1:
        return None, reading
    name, claim = best[0]
    return name, _with_note(reading, name, _why(claim, broken, wanted))


def options_of(recipe: Recipe, before: EarlierReading | None = None) -> ReadOptions:
    """How a recipe says that its source is read; ``before`` as for ``read``."""
    data = recipe.data
    return ReadOptions(
        target=data.target,
        group=data.group,
        weight=data.weight,
        task=data.task,
        skip_unreadable=data.skip_unreadable,
        memory=recipe.training.memory * 2**20,
        time=data.time,
        time_is_input=data.time_is_input,
        domain=data.domain,
        series=data.series,
        columns=None if before is None else before.columns,
        ids=ReadOptions.ids if before is None else before.ids,
        lenient=before is not None and before.lenient,
        wanted=data.columns,
    )


def read_again(
    run: str, recipe: Recipe, before: EarlierReading | None = None, *, way: str
) -> Reading:
    """The source that a run was trained on.

    Args:
        run: its id.
        recipe: as used.
        before: as for ``read``.
        way: the command that reads it where it lies now, NEWPATH.

    Raises:
        DataError: it was data in memory, is no longer where it was, or cannot be read.
    """
    name = recipe.data.source
    if not name:
        raise DataError(f"{run} was trained on data in memory: give them again.")
    own_data.expect_there(run, name, way)
    return read(name, recipe, before)


def with_weights(source: Any, weights: Any) -> Any:
    """Data in memory together with their weights, as ``read`` takes them.

    Raises:
        DataError: the source is not in memory.
    """
    if weights is None:
        return source
    if source is None or isinstance(source, str | Path):
        raise DataError(
            "weights are given beside data in memory, (x, y): for a table name the column,"
            " data.weight."
        )
    return (*source, weights) if isinstance(source, tuple) else (source, None, weights)


def to_measure(source: Any, recipe: Recipe) -> Recipe:
    """The recipe without ``data.weight``, ``data.time`` and ``data.domain`` where other data lack
    the column: there every example counts once, and nothing is split.
    """
    named = {key: recipe.value(key) for key in ("data.weight", "data.time", "data.domain")}
    if recipe.data.series is not None:
        del named["data.time"]  # which is the order of the steps
    if not any(named.values()):
        return recipe
    there = _columns(source)
    return recipe.changed({key: None for key, name in named.items() if name not in there})


def expect_columns(reading: Reading, options: ReadOptions) -> None:
    """See that columns were found where the options name them.

    Raises:
        DataError: the source has none.
    """
    examples = reading.examples
    for key, name, found in (
        ("data.weight", options.weight, examples.weights),
        ("data.group", options.group, examples.groups),
        ("data.time", options.time, examples.times),
        ("data.domain", options.domain, examples.domains),
    ):
        if name is not None and found is None:
            raise DataError(
                f"{key} = '{name}' names a column, and {reading.source.path} is no table: leave it"
                " out."
            )


def what_they_read(readers: Iterable[Reader]) -> str:
    """What these readers read, each once: ``a, b, or c``."""
    *most, last = dict.fromkeys(reader.takes for reader in readers)
    return f"{', '.join(most)}, or {last}" if most else last


def _columns(source: Any) -> list[str]:
    """The names of the columns of a table, a frame, or rows in memory; none of other data."""
    if not isinstance(source, str | Path):
        first = source[0] if isinstance(source, list) and source else source
        return list(
            map(str, first if isinstance(first, Mapping) else getattr(first, "columns", ()))
        )
    look = looking.look_at(source)
    if look.kind == "ready":
        return list(catalogue.ENTRIES[look.name].columns)
    if not _is_table(look):
        return []
    from netwright.data.tables import table_files

    return table_files.look(look.path).names


def _is_table(look: Look) -> bool:
    """Whether it is a file of rows by column."""
    return json_lines.recognize(look) is not None or tables.recognize(look) is not None


def _read(recognized: Recognized, recipe: Recipe, before: EarlierReading | None = None) -> Reading:
    reading = recognized.read(options_of(recipe, before))
    expect_columns(reading, options_of(recipe))
    return reading


def _of_each(
    ask: Callable[[str], Value], names: Iterable[str], wanted: str
) -> tuple[dict[str, Value], list[str]]:
    """What ``ask`` gives of the system that the person named; of each of these where none is named,
    with a sentence on each that cannot be loaded.
    """
    return systems.of_each(ask, names) if wanted == "auto" else ({wanted: ask(wanted)}, [])


def _readers(of: Mapping[str, Sequence[Reader]]) -> list[tuple[Reader, list[str]]]:
    """Every reader of these systems once, with the names of those that take it."""
    found: dict[int, tuple[Reader, list[str]]] = {}
    for name, readers in of.items():
        for reader in readers:
            found.setdefault(id(reader), (reader, []))[1].append(name)
    return list(found.values())


def _meant(
    readers: Sequence[tuple[Reader, list[str]]], options: ReadOptions, system: str
) -> Sequence[tuple[Reader, list[str]]]:
    """Those that the options mean; all, where they mean none.

    Raises:
        DataError: the options mean one, and it is none of these.
    """
    meant = [one for one in readers if one[0].meant(options)]
    if options.series is not None and not meant:
        raise DataError(
            f"data.series = '{options.series}' names a column of steps, and the system '{system}'"
            " reads no series of them: leave it out, or name another system."
        )
    return meant or readers


def _best_takers(
    reading: Reading, takers: Sequence[str], wanted: str = "auto"
) -> tuple[list[tuple[str, Claim]], list[str]]:
    """The names of the systems with the strongest claim to the examples, and what is wrong with
    those that cannot be asked. Only what they know of examples is loaded, not they themselves: that
    takes 10 ms each.
    """
    known, broken = _of_each(systems.takes, takers, wanted)
    claims = ((name, takes.accepts(reading.examples)) for name, takes in known.items())
    return _strongest([(name, claim) for name, claim in claims if claim]), broken


def _strongest(claims: Sequence[tuple[Any, Claim]]) -> list[tuple[Any, Claim]]:
    """The claims that none surpasses."""
    most = max((claim.strength for _, claim in claims), default=0)
    return [one for one in claims if one[1].strength == most]


def _alike(look: Look, ways: Sequence[tuple[str, tuple[str, ...]]]) -> str:
    """That several readers claim a source alike.

    Args:
        ways: (kind, systems that take it) of each reader.
    """
    named = " or as ".join(f"{kind} (for {' or '.join(takers)})" for kind, takers in ways)
    way = "say which with --system NAME"
    if len({takers for _, takers in ways}) == 1:  # whose name would say nothing
        way = "name the file or the folder of one of them"
    return f"{look} may be read as {named}: {way}."


def _nobody_reads(look: Look, readers: Sequence[Reader], system: str) -> str:
    hint = hints.hint(look)
    if hint is not None and (system == "auto" or hint[0] in [reader.kind for reader in readers]):
        return hint[1]
    what = (
        f"{look} is an empty folder" if hints.is_empty(look) else f"{look} cannot be read as data"
    )
    if look.kind == "file" and not look.suffix:
        what += " (its name has no ending)"
    who = "" if system == "auto" else f" by the system '{system}'"
    return f"{what}{who}: expected {what_they_read(readers)}."
