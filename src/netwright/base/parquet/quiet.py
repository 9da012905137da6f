"""Silence about a breakdown that becomes a sentence of ours."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_one = threading.Lock()


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Nothing reaches standard error inside the block: a library in Rust that breaks down over a
    damaged file writes pages to it before it raises.
    """
    with _one:
        if sys.stderr is not None:
            sys.stderr.flush()
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
