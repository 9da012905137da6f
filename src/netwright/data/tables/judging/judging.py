"""How the columns of a table are read: as before, as a person says, or as all their values say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from netwright.base.errors import DataError
from netwright.base.findings import Finding
from netwright.contract import ColumnForm
from netwright.data.tables import columns
from netwright.data.tables.judging import oddities
from netwright.data.tables.judging.judged import Table
from netwright.data.tables.judging.survey import Parts, survey
from netwright.data.tables.judging.wanted import by_column, wanted_forms


@dataclass(frozen=True)
class Understood:
    """How the columns of a table are read.

    Args:
        forms: column -> how its cells are read.
        count: of rows.
        notes, findings: what a person should know of it.
        odd: column of words -> its first cell that is why it is no number, and the line.
    """

    forms: Mapping[str, ColumnForm]
    count: int
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    odd: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def left_out(self) -> list[str]:
        """The columns of which nothing is read."""
        return [name for name, form in self.forms.items() if form.kind == "ignore"]


@dataclass(frozen=True)
class Judging:
    """What is known of the columns before they are looked at.

    Args:
        before: column -> how an earlier reading understood it; None: there was none. Empty: it
            noted nothing, and columns are judged as the first releases did.
        wanted: column -> what a person says that it holds.
        labels: columns that hold targets; roles: those that are no input.
        lenient: where values that do not fit are counted; None: they are refused.
    """

    before: Mapping[str, ColumnForm] | None = None
    wanted: Mapping[str, str] = field(default_factory=dict)
    labels: Collection[str] = ()
    roles: Collection[str] = ()
    lenient: columns.Lenient | None = None

    @property
    def as_at_first(self) -> bool:
        """Whether columns are judged as the first releases did."""
        return self.before is not None and not self.before

    def of(
        self,
        parts: Parts,
        names: Sequence[str],
        *,
        path: str = "",
        delimiter: str = "",
        stated: Mapping[str, ColumnForm] | None = None,
        untyped: Mapping[str, str] | None = None,
    ) -> Understood:
        """The columns of a table, all rows looked through.

        Args:
            path: of its file, for messages; delimiter: what parts its cells.
            stated: column -> how the file itself says that it is read.
            untyped: see ``TableLook``.

        Raises:
            DataError: a person says something of a column that is not there, or wants to read one
                that holds lists or the like.
        """
        table = Table(names, delimiter, self.labels, self.roles, self.as_at_first)
        before, wanted = self.before or {}, by_column(self.wanted, names)
        for name, why in (untyped or {}).items():
            if self._reads(name, wanted):
                raise DataError(f"{why}{'' if before else ', or leave it out with --ignore'}.")
        stated = {**(stated or {}), **dict.fromkeys(untyped or {}, ColumnForm("ignore"))}
        judged, count = survey(parts, table, known={*before, *stated}, kept={*before, *wanted})
        here = {
            one.name: stated[one.name]
            if one.name in stated and one.form.kind not in ("ignore", "prose")
            else one.form
            for one in judged
        }
        nearly = {one.name: one.nearly for one in judged if one.nearly is not None}
        own = wanted_forms({} if before else wanted, here, nearly, path or "the table")
        forms = {**here, **columns.understood(before, here), **own}
        resolved = {
            *before,
            *own,
            *(name for name, form in here.items() if form is stated.get(name)),
        }
        new = [one for one in judged if one.name not in resolved]
        odd = oddities.oddities(new, path)
        notes = () if self.as_at_first else oddities.notes(new)
        odd_cells = {one.name: one.odd for one in judged if one.odd is not None}
        return Understood(forms, count, notes, odd, odd_cells)

    def expect_fitting(self) -> None:
        """See that cells, all of which were read, are what a person says that their column holds.

        Raises:
            DataError: none of a column is.
        """
        if self.before is None and self.lenient is not None:
            self.lenient.expect_some()

    def _reads(self, name: str, wanted: Mapping[str, str]) -> bool:
        """Whether anything hangs on the values of a column."""
        if self.before:
            known = self.before.get(name)
            return name in self.labels or (known is not None and known.kind != "ignore")
        return wanted.get(name) != "ignore"
