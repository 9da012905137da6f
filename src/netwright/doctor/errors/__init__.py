"""Error analysis: a sample of mistakes, what they are of, and what each kind would bring; wrong
labels among them.
"""
