"""What differs between the sources of a run, what lessens it, and whether it shrank (notes 3.2.9).

comparing   the verb, and what it gives
sources     the examples of the training source and of the target
class_mix   how often each class is in either
fitted      the steps that make the one look like the other, tried on held-out examples
before      the run of before, and the gap of both
pictures    the page: small plots, and the examples that differ most
"""
