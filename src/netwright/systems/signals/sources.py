"""What this system reads: arrays of signals and volumes, and files of volumes."""

from __future__ import annotations

from netwright.data.signals import nifti, reader

READERS = (reader.READER, nifti.READER)
