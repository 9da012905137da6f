"""What this system reads: arrays of signals and volumes, files of volumes, tables of series."""

from __future__ import annotations

from netwright.data.signals import nifti, reader
from netwright.data.signals.tables import reader as series

READERS = (reader.READER, nifti.READER, series.READER)
