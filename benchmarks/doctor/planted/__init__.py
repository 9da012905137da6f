"""Whole trainings with planted diseases, by another hand than the one that made the doctor's rules:
the list of cases and what is right for each was committed before the rules were read or a verdict
was seen.

sources     real pictures, tables and texts
plants      what is done to their rows
reused      a net that was fitted to its dev set by hand
diseases    what is right for each disease, and by which figures its effect is true
cases       the list
trial       one training and what the doctor says of it
confusion   planted against first verdicts
"""
