"""The methods that people with tables try first, fitted beside the net by scikit-learn.

matrices   rows of a table as these methods read them
methods    logistic and ridge regression, gradient boosting: fitted within a time
offered    what a system offers: each method with its answers
"""
