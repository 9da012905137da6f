"""Data before any net: sources and their readers, tables, images, splits, duplicates, the
catalogue.
"""
