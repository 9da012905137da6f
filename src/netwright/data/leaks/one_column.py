"""A column that gives the target away by itself."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from netwright.base.findings import Finding
from netwright.data.leaks.seen_rows import SeenRows, binned, explained

NEARLY_ALL = 0.98
"""Of the error on dev: what is measured tells nearly all of it only where it is the target by
another name, or was made from it.
"""


def check(seen: SeenRows, but: Sequence[str]) -> tuple[Finding, ...]:
    """Columns each of which alone tells the target, where others are there too. Dates are not
    meant: a target that goes with time is (NW236).

    Args:
        but: columns of which more is known.
    """
    if len(seen.columns) < 2:
        return ()
    found = {
        name: explained(seen, binned(column, seen.is_dev))
        for name, column in seen.columns.items()
        if name not in but and not column.is_date
    }
    telling = {name: removed for name, removed in found.items() if removed >= NEARLY_ALL}
    if not telling:
        return ()
    listed = ", ".join(f"'{name}' ({removed:.1%})" for name, removed in list(telling.items())[:5])
    one = len(telling) == 1
    ignored = " ".join(f"--ignore {shlex.quote(name)}" for name in list(telling)[:5])
    return (
        Finding(
            "NW234",
            f"{'a column tells' if one else 'columns tell'} the target nearly by"
            f" {'itself' if one else 'themselves'}, by the fraction of dev's error that"
            f" {'it removes' if one else 'each removes'}: {listed}.",
            {"columns": telling},
            (
                f"ask whether {'its value is' if one else 'their values are'} known before the"
                f" target is; if not: {ignored}",
            ),
        ),
    )
