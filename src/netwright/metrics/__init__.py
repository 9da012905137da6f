"""Figures that say how good answers are, and how sure the figure is.

``labels``      error, weighted error, macro F1; the confusion matrix and the scores of each class
``regression``  RMSE, MAE, R squared
``measure``     every metric of a system on a set of answers, each with its interval
``intervals``   wilson (a proportion), bootstrap (any figure), combine (a difference of two figures)

To compare two models, each tested against the tables of its paper or by brute force:
``intervals.newcombe`` and ``intervals.bootstrap_difference`` on different examples,
``intervals.newcombe_paired`` and ``intervals.mcnemar`` on the same ones.
"""
