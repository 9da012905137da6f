"""The sections of the report: from a run's files to plain values for the template, pictures as
SVG.
"""
