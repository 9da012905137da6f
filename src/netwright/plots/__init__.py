"""Every picture, from plain arrays. matplotlib is imported in this room alone.

Each function returns one ``<svg>`` element: ``curves`` (loss, single number), ``gaps`` (the
ladder), ``confusion``, ``residuals``, ``calibration``, ``layers``, ``lr_finder``, ``schedule``,
``search``; ``style`` is the look that all have in common.
"""
