"""."""

READERS = ()
