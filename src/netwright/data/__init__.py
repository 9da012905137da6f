"""Sources and readers, splits, duplicates, images, tables, augmentation, the catalogue of ready
data sets.
"""
