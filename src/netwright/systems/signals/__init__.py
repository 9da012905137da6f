"""Tell which one of a set of labels a signal or a volume has (notes 4.4.12).

Curves of sensors, of several channels; scans.
"""
