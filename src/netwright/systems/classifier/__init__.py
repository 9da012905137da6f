"""Classify: which one of a set of labels an image or a row has.

Softmax over the classes (notes 2.3.8); logistic regression is its case of two classes and no hidden
layer (notes 1.2.2).
"""
