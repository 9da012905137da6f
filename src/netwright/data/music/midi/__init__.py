"""Standard MIDI files, read and written."""
