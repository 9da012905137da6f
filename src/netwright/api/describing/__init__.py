"""What is in a source before training.

read_source   the examples and who would learn from them, by the recipe that a training begins with
augmented   examples as training sees them
"""
