"""Files of a source that cannot be read: refused, or left out with a finding."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.base.errors import DataError
from netwright.base.findings import Finding
from netwright.contract import ReadOptions

MOST_UNREADABLE = 0.01
"""Of the files, from which on the person has to say that they are to be left out."""


def left_out(
    faults: Sequence[str],
    names: Sequence[str],
    count: int,
    options: ReadOptions,
    *,
    things: str = "files",
    missing: str = "a class",
) -> tuple[Finding, ...]:
    """NW201 on those that cannot be read; nothing where there are none.

    Args:
        faults: why, a sentence each; names: what each is called.
        count: of all, those that can be read too.
        things: what they are, several of them.
        missing: what may lack them without anybody's knowing.

    Raises:
        DataError: none can be read; or 1% or more cannot, and the options do not skip them.
    """
    if not faults:
        return ()
    message = f"{len(faults):,} of {count:,} {things} cannot be read"
    if len(faults) == count or (len(faults) / count >= MOST_UNREADABLE and not options.skips):
        hint = "" if len(faults) == count else f" Or go on without them with {options.to_skip}."
        raise DataError(f"{message}: {' '.join(faults[:3])}{hint}")
    return (
        Finding(
            "NW201",
            f"{message} and are left out:"
            f" {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}.",
            {"unreadable": len(names), "files": count, "first": list(names[:20])},
            (
                f"replace or remove them, so that nothing is missing from {missing} without your"
                " knowing",
            ),
        ),
    )
