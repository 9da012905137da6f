"""The sections of the report: a run's files as plain values for the template, pictures as SVG."""
