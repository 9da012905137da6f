"""Which knob to turn next, by itself (notes 3.1.1, 3.1.2, 3.1.12).

changes     the changes that are worth a training: of the largest gap first, the cheapest first
open_gaps   how large each gap is, be it a bound, and which are worth work
judge       whether a change helped beyond noise, and whether it moved the gap that it promised
"""
