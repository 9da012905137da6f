"""Data before any net: sources, readers, tables, images, splits, duplicates, catalogue."""
