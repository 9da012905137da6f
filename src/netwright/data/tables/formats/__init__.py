"""What a table may be kept in: one file a format, each of which makes a ``TableLook`` of a file."""
