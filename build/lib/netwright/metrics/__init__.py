"""Figures that say how good answers are, and how sure the figure is."""
