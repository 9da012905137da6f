"""Predict several numbers of an image or a row, with one net; some of them may be unknown.

The squared error of the standardized targets, summed over those that are known (notes 3.2.13, with
numbers in the place of tags).
"""
