"""What a stop by hand left of a study: the command that goes on."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from netwright.base.errors import StoppedError


@contextlib.contextmanager
def study_named(store: str | None) -> Iterator[None]:
    """A stop inside the block ends with the command by which the study goes on."""
    from netwright.runs import store as stores
    from netwright.studies import study as studies

    try:
        yield
    except KeyboardInterrupt as stop:
        there = studies.named(str(stop.args[0]), stores.folder(store)) if stop.args else None
        if there is None:
            raise StoppedError("stopped before training began.") from None
        raise StoppedError(f"stopped; {studies.way_on(there)} goes on from there.") from None
