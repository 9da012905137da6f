"""Predict a number from an image or a row.

Linear regression is its case without a hidden layer (notes 1.4.6). The squared error on a
standardized target by default; the absolute and the Huber error where outliers should count less.
"""
