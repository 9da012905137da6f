"""Every picture, from plain arrays. matplotlib is imported in this room alone.

Each function returns one ``<svg>`` element or PNG bytes: ``curves`` (loss, single number), ``gaps``
(the ladder), ``confusion``, ``residuals``, ``calibration``, ``sheet`` (pictures side by side);
``style`` is the look they share.
"""
