"""What people note of single examples: tags of mistakes, corrected labels. They belong to the data,
not to a run: ``annotations/`` beside the runs, keyed by content, appended to and never changed.
"""
