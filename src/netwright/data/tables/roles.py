"""The columns of a table that are no input: targets, group, weight, time and domain of its rows."""

from __future__ import annotations

import dataclasses
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.findings import Finding
from netwright.contract import Examples, ReadOptions, Source
from netwright.data import targets, weights
from netwright.data.packed import Floats, Labels
from netwright.data.several_targets import columns as several
from netwright.data.several_targets.names import named_columns, nearest_column
from netwright.data.tables.columns import like_data
from netwright.data.tables.formats.table_look import HeldAt, nowhere
from netwright.data.times import times_of

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Apart:
    """The columns of a table that are no input.

    What to predict, what keeps rows together, how much a row counts, when it is of.

    Args:
        time_is_input: whether the time is an input all the same.
        series: whose step each row is.
    """

    targets: tuple[str, ...] = ()
    group: str | None = None
    weight: str | None = None
    time: str | None = None
    time_is_input: bool = False
    domain: str | None = None
    series: str | None = None

    @property
    def by_role(self) -> tuple[tuple[str, str | None], ...]:
        """(role, column) of each."""
        return (
            *(("target", name) for name in self.targets),
            ("group", self.group),
            ("weight", self.weight),
            ("time", self.time),
            ("domain", self.domain),
            ("series", self.series),
        )

    @property
    def names(self) -> list[str]:
        """Those that are named."""
        time = None if self.time_is_input else self.time
        named = (*self.targets, self.group, self.weight, time, self.domain, self.series)
        return [name for name in named if name]

    @property
    def unidentified(self) -> list[str]:
        """Those that a row's id does not depend on."""
        return [name for name in (*self.targets, self.weight, self.domain) if name]

    @property
    def key(self) -> str:
        """What stands for them in the cache."""
        targets = self.targets[0] if len(self.targets) == 1 else self.targets or None
        # without these nothing is added: such folders are those of earlier releases
        time = f"\n{self.time}" if self.time and not self.time_is_input else ""
        domain = f"\ndomain {self.domain}" if self.domain else ""
        return f"{targets}\n{self.group}\n{self.weight}{time}{domain}"


def apart_of(source: Source, names: Sequence[str], held_at: HeldAt = nowhere) -> Apart:
    """The columns of a table that are no input, as the source's options name them.

    Args:
        names: of all columns.
        held_at: see ``TableLook``.

    Raises:
        DataError: one is not there, or is named for two things.
    """
    apart = named_apart(source.options, names)
    _check_columns(names, source.path, apart, held_at)
    return apart


def named_apart(options: ReadOptions, names: Sequence[str]) -> Apart:
    """The same, wherever they are.

    Args:
        names: of all columns, those of targets among them.

    Raises:
        DataError: a target is none of them.
    """
    return Apart(
        named_columns(options.target, names),
        options.group,
        options.weight,
        options.time,
        options.time_is_input,
        options.domain,
        options.series,
    )


def _check_columns(names: Sequence[str], source: str, apart: Apart, held_at: HeldAt) -> None:
    targets, group, weight, roles = apart.targets, apart.group, apart.weight, apart.by_role
    for role, name in roles:
        if name is not None and name not in names:
            header = " (its first line looks like data, not names)" if like_data(names) else ""
            place = held_at(name)
            known = (
                nearest_column(name, names)
                if place is None
                else f"; {place} holds '{name}': if that is the header, delete the rows above it."
            )
            raise DataError(f"{source} has no {role} column '{name}'{header}{known}")
    if group is not None and group in targets:
        raise DataError(f"'{group}' is both target and group: the group must be another column.")
    if weight is not None and weight in (*targets, group):
        raise DataError(
            f"'{weight}' is both weight and {'target' if weight in targets else 'group'}: the"
            " weight must be another column."
        )
    for own, named in roles[-3:]:
        for role, name in roles:
            if role != own and named is not None and name == named:
                raise DataError(
                    f"'{named}' is both {own} and {role}: the {own} must be another column."
                )


def with_roles(
    examples: Examples, apart: Apart, column: Callable[[str], pl.Series], dates: Sequence[str] = ()
) -> Examples:
    """The examples with group, weight, time and domain of each, where columns are named for them.

    Args:
        column: name -> its values.
        dates: columns whose numbers are days since 1970.

    Raises:
        DataError: the column of weights holds none, that of times, or of domains.
    """
    groups: Any = None if apart.group is None else _groups(column(apart.group), examples.ids)
    weighed: Any = None
    if apart.weight is not None:
        weighed = _weights(column(apart.weight), apart.weight, examples.sources)
    times: Any = None
    if apart.time is not None:
        times = _times(column(apart.time), apart, examples.sources, dates)
    domains: Any = None
    if apart.domain is not None:
        domains = _domains(column(apart.domain), apart.domain, examples.sources)
    return dataclasses.replace(
        examples, groups=groups, weights=weighed, times=times, domains=domains
    )


def with_targets(
    examples: Examples, named: Mapping[str, pl.Series], task: str, *, learn: bool = True
) -> tuple[Examples, str, tuple[Finding, ...]]:
    """The examples with their targets, without those that lack one; a note on what the targets are,
    and what is odd about them.

    Args:
        named: the columns with the targets: one, or several.
        learn: whether they are to be learned from, so that one must not be always the same.

    Raises:
        DataError: they are unusable.
    """
    if len(named) > 1:
        values = several.of_columns(named, examples.sources, task=task)
        full = dataclasses.replace(examples, targets=values)
        kept, odd = _labelled(full, values.known, "none of the targets")
        return kept, values.note, odd
    ((name, column),) = named.items()
    found = targets.of_column(column, task=task, name=name, learn=learn, sources=examples.sources)
    full = dataclasses.replace(examples, targets=found.values)
    known: Sequence[int] = range(len(full))
    if None in found.values:
        known = array("q", (at for at, value in enumerate(found.values) if value is not None))
    kept, odd = _labelled(full, known, f"no '{name}'")
    return kept, found.note, (*odd, *found.findings)


def _labelled(
    full: Examples, known: Sequence[int], what: str
) -> tuple[Examples, tuple[Finding, ...]]:
    """The rows with a target, and a finding on the others."""
    without = len(full) - len(known)
    if not without:
        return full, ()
    finding = Finding(
        "NW214",
        f"{without:,} of {len(full):,} rows have {what} and are left out.",
        {"without": without, "rows": len(full)},
        (
            (
                "find out why they lack it: if not by chance, what is learned from the others is"
                " biased"
            ),
        ),
    )
    return full.take(known), (finding,)


def _groups(column: pl.Series, ids: Sequence[str]) -> Labels:
    """The group of each row; a row without one is a group of its own."""
    groups = targets.coded(column)
    alone = np.flatnonzero(groups.codes < 0)
    codes = groups.codes.copy()
    codes[alone] = len(groups.names) + np.arange(len(alone))
    return Labels(codes, (*groups.names, *(ids[at] for at in alone.tolist())))


def _weights(column: pl.Series, name: str, sources: Sequence[str]) -> Floats:
    """How much each row counts.

    Raises:
        DataError: the column holds no weights.
    """
    if not column.dtype.is_numeric():
        raise DataError(f"the weight column '{name}' holds words: expected numbers of at least 0.")
    return weights.checked(column.to_numpy(), f"the weight '{name}'", sources)


def _times(column: pl.Series, apart: Apart, sources: Sequence[str], dates: Sequence[str]) -> Any:
    """When each row is of.

    Raises:
        DataError: a row has no time.
    """
    name = str(apart.time)
    return times_of(column, name, sources, dates=name in dates)


def beside(apart: Apart) -> str:
    """Those that are named, in words."""
    return " and ".join(f"'{name}'" for name in apart.names) or "missing values"


def _domains(column: pl.Series, name: str, sources: Sequence[str]) -> Labels:
    """The domain of each row.

    Raises:
        DataError: a row has none.
    """
    found = targets.coded(column)
    if len(without := np.flatnonzero(found.codes < 0)):
        raise DataError(
            f"{sources[int(without[0])]}: the column '{name}' is empty, which says where a row"
            " comes from (data.domain): fill it in, or leave the row out."
        )
    return Labels(found.codes, tuple(map(str, found.names)))
