"""The first stages of a net held as they are, for a whole training or its first epochs (notes
3.2.10-3.2.12).
"""
