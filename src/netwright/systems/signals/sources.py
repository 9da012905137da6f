"""What this system reads: tables of series, arrays of signals and volumes, and files of volumes."""

from __future__ import annotations

from netwright.data.signals import nifti, reader
from netwright.data.signals.tables import reader as series

READERS = (series.READER, reader.READER, nifti.READER)
