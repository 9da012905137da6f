"""The principles by hand: every formula of the course, forward and backward, in plain NumPy.

Letters and shapes are the notes': a column per example, X (n_x, m), W[l] (n[l], n[l-1]), b[l]
(n[l], 1). Each file is one idea, to be read from top to bottom; nothing here knows of the rest of
netwright.
"""
